"""What the tests share: a home of their own, the real article where it is at hand, and assistants made once."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Before anything reads the settings: no test may touch the user's own index.
os.environ["FOOTNOTE_HOME"] = tempfile.mkdtemp(prefix="footnote-tests-")
os.environ["FOOTNOTE_MODEL"] = os.environ["FOOTNOTE_MODEL_URL"] = ""  # nor ask the user's own chat model

from index.document import Document
from index.layout import blocks_of
from qa import Assistant, open_assistant
from qa.cli import main

# A busy machine is no failure: speed is for benchmarks. The same examples each time: a build says twice the same.
# `pytest --hypothesis-profile=search` looks for new ones.
SLOW = [hypothesis.HealthCheck.too_slow]
hypothesis.settings.register_profile("footnote", deadline=None, suppress_health_check=SLOW, derandomize=True)
hypothesis.settings.register_profile("search", deadline=None, suppress_health_check=SLOW, max_examples=1000)
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


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """A headless Chromium, for the tests of the page."""
    from tests.browser import chromium

    with chromium() as opened:
        yield opened


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
