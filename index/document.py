"""The values that the whole program passes around: a document, its passages, and a found passage.

Nothing here reads a file or loads a model. Every offset counts characters (Python string indices) of
`Document.text`, from 0, with an exclusive end.
"""

import hashlib
from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum


class BlockKind(StrEnum):
    """What a block of a document is, as far as evidence is concerned."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    CLUTTER = "clutter"
    """Shown to the reader, never searched: teasers and "Check Also" lists that a web page left behind."""


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, a paragraph or a piece of clutter: one stretch of the document, without outer white space."""

    start: int
    end: int
    kind: BlockKind


@dataclass(frozen=True, slots=True)
class Document:
    """A text as it was loaded, and how it is laid out.

    Attributes:
        id: Changes with the source, the text or its blocks; passages and citations name it.
        source: Where the text came from: an absolute path, or the name under which bytes were handed in.
        title: The first heading, else the file's name.
        text: The canonical text: every offset in the program points into it.
        pages: The offset at which each page starts; empty for sources without pages.
        sha256: SHA-256 of `text` in UTF-8, in hex.
        blocks: Headings, paragraphs and clutter, in order, not overlapping.
    """

    id: str
    source: str
    title: str
    text: str
    pages: tuple[int, ...]
    sha256: str
    blocks: tuple[Block, ...]

    @classmethod
    def of(
        cls, text: str, *, source: str, title: str, blocks: tuple[Block, ...], pages: tuple[int, ...] = ()
    ) -> "Document":
        """Make a document, with its id and digest computed from what it holds."""
        return cls(
            id=content_id(source, text, *(f"{b.start}-{b.end} {b.kind}" for b in blocks)),
            source=source,
            title=title,
            text=text,
            pages=pages,
            sha256=hashlib.sha256(text.encode()).hexdigest(),
            blocks=blocks,
        )

    def page_at(self, offset: int) -> int | None:
        """The page, counted from 1, that holds `offset`; None where the source has no pages."""
        return bisect_right(self.pages, offset) if self.pages else None


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: document offsets, and its paragraph's number, counted from 1 through the document."""

    start: int
    end: int
    paragraph: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of neighbouring sentences: the unit that is embedded and found.

    `document.text[passage.start:passage.end] == passage.text`, always.

    Attributes:
        id: A hash of the document, the position and the text.
        heading: The heading above the passage; "" where there is none.
        page: Counted from 1; None where the source has no pages.
        sentences: The sentences inside, in order.
    """

    id: str
    document_id: str
    text: str
    start: int
    end: int
    page: int | None
    heading: str
    sentences: tuple[Sentence, ...]

    @property
    def indexed_text(self) -> str:
        """What is embedded and searched: the passage below its heading, which often names the topic."""
        return f"{self.heading}\n{self.text}" if self.heading else self.text

    def slice(self, sentence: Sentence) -> str:
        """The words of one of the passage's sentences."""
        return self.text[sentence.start - self.start : sentence.end - self.start]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a search found, with the document it belongs to. A higher score is better."""

    passage: Passage
    document: Document
    score: float


def content_id(*parts: str) -> str:
    """A short id that is the same for the same parts: 16 hex digits of their SHA-256."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
