"""What the tests share: a home of their own, the real article where it is at hand, and assistants made once."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest

# Before anything reads the settings: no test may touch the user's own index.
os.environ["FOOTNOTE_HOME"] = tempfile.mkdtemp(prefix="footnote-tests-")

from index.document import Document
from index.layout import blocks_of
from qa import Assistant, open_assistant
from qa.cli import main

# A busy machine is no failure: speed is for benchmarks.
hypothesis.settings.register_profile("footnote", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("footnote")

ARTICLE = Path(os.environ.get("FOOTNOTE_ARTICLE", Path(__file__).parents[2] / "shared" / "article.txt"))


@dataclass(frozen=True)
class Ran:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def article() -> Path:
    """The article's file; the test is skipped where it is not at hand."""
    if not ARTICLE.is_file():
        pytest.skip(f"the article is not at {ARTICLE}; name its place in FOOTNOTE_ARTICLE")
    return ARTICLE


@pytest.fixture(scope="session")
def of_article(article: Path) -> Assistant:
    """An assistant on the article."""
    return open_assistant(article)


@pytest.fixture(scope="session")
def of_brief(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """An assistant on the built-in brief."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOOTNOTE_HOME", str(tmp_path_factory.mktemp("home")))
        yield open_assistant()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home for one test."""
    monkeypatch.setenv("FOOTNOTE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def footnote(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Runs `footnote` with arguments, in this process."""

    def run(*arguments: str | Path) -> Ran:
        monkeypatch.setattr(sys, "argv", ["footnote", *map(str, arguments)])
        capfd.readouterr()
        try:
            main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capfd.readouterr()
        return Ran(code, out, err)

    return run


def document(text: str, source: str = "made.txt") -> Document:
    """A document of a plain text, as `index.load` makes it."""
    return Document.of(text, source=source, title=source, blocks=blocks_of(text))
