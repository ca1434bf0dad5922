"""The documents that are asked: the built-in brief always, the article that it restates where it is at hand."""

import os
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from index.document import Document
from index.load import LoadError, load_bytes
from index.sample import SOURCE
from index.split import split

ARTICLE = Path(os.environ.get("FOOTNOTE_ARTICLE", Path(__file__).parents[2] / "shared" / "article.txt"))
"""The article is its publisher's text, and not part of this project: it is read from where it lies, if it does."""


@dataclass(frozen=True)
class Subject:
    """A document under test.

    Attributes:
        name: "brief" or "article".
        source: The file's name; its ending chooses how it is read.
        raw: The file's text, before it is read: what mutations change.
    """

    name: str
    source: str
    raw: str

    @cached_property
    def document(self) -> Document:
        """The file as the program reads it."""
        return load_bytes(self.raw.encode(), name=self.source)

    @cached_property
    def sentences(self) -> tuple[tuple[int, int], ...]:
        """Where the sentences that can be quoted start and end in the document."""
        found = {(s.start, s.end) for passage in split(self.document) for s in passage.sentences}
        return tuple(sorted(found))

    @property
    def sentence_texts(self) -> list[str]:
        """Their words."""
        return [self.document.text[start:end] for start, end in self.sentences]


def brief() -> Subject:
    """The built-in document."""
    return Subject("brief", SOURCE, files("index.sample").joinpath(SOURCE).read_text(encoding="utf-8"))


def article(path: Path = ARTICLE) -> Subject | None:
    """The article, or None where it is not at hand.

    Raises:
        LoadError: There is a file, but it is not text in UTF-8.
    """
    if not path.is_file():
        return None
    try:
        return Subject("article", path.name, path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise LoadError(f"{path}: not text in UTF-8. Save it as UTF-8, or unset FOOTNOTE_ARTICLE.") from error
