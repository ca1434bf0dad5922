"""The page as a person meets it: the real program, real HTTP, a real browser. Run by `make test-page`."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import CHROMIUM, QUESTION, ask, chromium, serve

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no browser at {CHROMIUM}; name one in CHROMIUM"),
]

HOSTILE = (
    "The mill burned down in 1834 <script>window.hacked=1</script> <img src=x onerror='window.hacked=1'> "
    "[click](javascript:window.hacked=1) and nobody rebuilt it."
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOOTNOTE_HOME", str(tmp_path_factory.mktemp("home")))
        with serve() as address:
            yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A fresh window on the page, which must ask no other host for anything and log no errors."""
    page = browser.new_page()
    wrong = list[str]()
    page.on("request", lambda sent: wrong.append(sent.url) if not sent.url.startswith((address, "data:")) else None)
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.goto(address)
    yield page
    page.close()
    assert wrong == []


def visible(page: Page, selector: str) -> bool:
    box, pane = page.locator(selector).bounding_box(), page.locator("#footnote-pane").bounding_box()
    assert box
    assert pane
    return pane["y"] <= box["y"] and box["y"] + box["height"] <= pane["y"] + pane["height"]


def test_a_footnote_scrolls_the_document_to_the_mark_that_holds_the_quote(page: Page) -> None:
    ask(page, QUESTION)
    mark = page.locator("mark").first
    words = mark.evaluate("node => node.firstChild.textContent")
    assert "Nicholson" in words
    assert words in page.locator("[data-testid=bot]").last.inner_text()
    page.locator("a[href^='#cited-']").first.click()
    page.wait_for_timeout(500)
    assert visible(page, "mark >> nth=0")


def test_footnotes_of_an_earlier_answer_still_lead_to_their_own_sentence(page: Page) -> None:
    ask(page, QUESTION)
    first = page.locator("a[href^='#cited-']").first
    place = first.get_attribute("href") or ""
    words = page.locator(place).inner_text()
    ask(page, "Which countries have held joint military exercises with Russia?")
    assert words.startswith(page.locator(place).inner_text())
    assert page.locator(f"mark{place}").count() == 0
    first.click()
    page.wait_for_timeout(500)
    assert visible(page, place)


def test_a_follow_up_is_answered_from_the_conversation(page: Page) -> None:
    ask(page, QUESTION)
    ask(page, "When was that?")
    assert "March 2018" in page.locator("[data-testid=bot]").last.inner_text()


def test_a_refusal_marks_nothing_and_says_so(page: Page) -> None:
    ask(page, "How long should I boil an egg?")
    said = page.locator("[data-testid=bot]").last.inner_text()
    assert "does not answer" in said
    assert "not evidence" in said
    assert page.locator("mark").count() == 0


def test_two_windows_never_see_each_others_conversation(page: Page, browser: Browser, address: str) -> None:
    ask(page, QUESTION)
    other = browser.new_page()
    other.goto(address)
    ask(other, "When was that?")
    assert "March 2018" not in other.locator("[data-testid=bot]").last.inner_text()
    assert other.locator("[data-testid=user]").count() == 1
    other.close()


def test_a_hostile_document_and_question_are_shown_as_text(tmp_path: Path, browser: Browser) -> None:
    path = tmp_path / "angry.txt"
    path.write_text(HOSTILE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOOTNOTE_HOME", str(tmp_path / "home"))
        assert os.environ["FOOTNOTE_HOME"] == str(tmp_path / "home")
        with serve(str(path)) as address:
            page = browser.new_page()
            page.goto(address)
            ask(page, "When did the mill burn down? <img src=x onerror='window.hacked=1'>")
            assert page.evaluate("window.hacked") is None
            assert HOSTILE in page.locator(".footnote-document").inner_text().replace("\n", " ")
            assert "<img src=x onerror='window.hacked=1'>" in page.locator("[data-testid=user]").inner_text()
            page.close()
