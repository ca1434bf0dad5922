"""The page as a person meets it: the real program, real HTTP, a real browser. Run by `make test-page`."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from index.sample import sample
from qa import Answer
from tests.browser import (
    CHROMIUM,
    EXERCISES,
    PATIENCE,
    QUESTION,
    ask,
    comes_into_view,
    marked,
    open_page,
    serve,
    watched,
    whole,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no browser at {CHROMIUM}; name one in CHROMIUM"),
]
expect.set_options(timeout=PATIENCE)

EGG = "How long should I boil an egg?"
HOSTILE = (
    "The mill burned down in 1834 <script>window.hacked=1</script> <img src=x onerror='window.hacked=1'> "
    "[click](javascript:window.hacked=1) ${window.hacked=1} {{hacked}} \u202egnorw\u202c and nobody rebuilt it."
)
PHONE = {"width": 390, "height": 780}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("home")
        patch.setenv("FOOTNOTE_HOME", str(folder))
        yield folder


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    assert home.is_dir()
    with serve() as address:
        yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A fresh browser on the page, which must ask no other host for anything and log no errors."""
    page = browser.new_context().new_page()
    wrong = watched(page, address)
    open_page(page, address)
    yield page
    page.context.close()
    assert wrong == []


def test_a_footnote_scrolls_to_the_mark_that_holds_exactly_the_quote(page: Page) -> None:
    turn = ask(page, QUESTION)
    page.locator(".document .text").evaluate("pane => pane.scrollTop = 0")
    turn.locator(".answer .note").first.click()
    start = turn.locator(".answer .note").first.get_attribute("data-start") or ""
    end = turn.locator(".answer .note").first.get_attribute("data-end") or ""
    assert sample().text[int(start) : int(end)] in marked(page)
    assert comes_into_view(page, f'mark[data-start="{start}"]')


def test_everything_is_done_by_keyboard_alone(page: Page) -> None:
    page.keyboard.press("Tab")
    for _ in range(30):
        if page.evaluate("document.activeElement.id") == "question":
            break
        page.keyboard.press("Tab")
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    turn = whole(page, 0)
    for _ in range(30):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.className") == "note":
            break
    expect(page.locator(".card")).to_contain_text("Nicholson")
    page.keyboard.press("Escape")
    expect(page.locator(".card")).to_be_hidden()
    page.locator(".document .text").evaluate("pane => pane.scrollTop = 0")
    page.keyboard.press("Enter")
    assert comes_into_view(page, "mark.here")
    expect(turn).to_have_attribute("aria-current", "true")


def test_hovering_shows_the_quote_in_a_card_until_the_pointer_leaves(page: Page) -> None:
    turn = ask(page, QUESTION)
    turn.locator(".note").first.hover()
    expect(page.locator(".card")).to_contain_text("alleged in March 2018")
    page.locator("h1").hover()
    expect(page.locator(".card")).to_be_hidden()


def test_marks_of_an_earlier_answer_come_back_when_it_is_selected(page: Page) -> None:
    first = ask(page, QUESTION)
    before = marked(page)
    ask(page, EXERCISES)
    assert marked(page) != before
    first.locator("h3").click()
    expect(first).to_have_attribute("aria-current", "true")
    assert marked(page) == before


def test_a_follow_up_is_answered_from_the_conversation(page: Page) -> None:
    ask(page, QUESTION)
    assert "March 2018" in ask(page, "When was that?").inner_text()


def test_a_refusal_marks_nothing_says_so_and_shows_what_is_near_as_no_evidence(page: Page) -> None:
    turn = ask(page, EGG)
    expect(turn).to_have_class(re.compile("not_in_document"))
    assert "Not in the document" in turn.inner_text()
    assert "Related, not evidence" in turn.inner_text()
    assert marked(page) == []
    turn.locator(".related button").first.click()
    assert page.locator("mark.near").count() > 0


def test_an_answer_is_waited_for_in_sight_and_announced_when_it_is_whole(page: Page) -> None:
    page.evaluate(
        """() => { window.seen = []; const turns = document.querySelector('.turns');
        new MutationObserver(() => window.seen.push(turns.querySelector('.turn')?.className))
        .observe(turns, { childList: true, subtree: true }); }"""
    )
    ask(page, QUESTION)
    seen = page.evaluate("window.seen")
    assert seen.index("turn waiting") < seen.index("turn answered")
    expect(page.get_by_role("status").first).to_contain_text("1 footnote")


def test_two_windows_of_one_browser_never_see_each_others_conversation(page: Page, address: str) -> None:
    ask(page, QUESTION)
    other = page.context.new_page()
    open_page(other, address)
    assert other.locator(".turn").count() == 0
    assert "March 2018" not in ask(other, "When was that?").inner_text()
    other.get_by_role("button", name="History").click()
    expect(other.locator("dialog.conversations")).to_contain_text("When was that?")
    expect(other.locator("dialog.conversations")).not_to_contain_text("smuggled")
    other.close()
    assert page.locator(".turn").count() == 1


def test_two_browsers_never_see_each_others_conversation(page: Page, browser: Browser, address: str) -> None:
    ask(page, QUESTION)
    other = browser.new_context().new_page()
    open_page(other, address)
    other.get_by_role("button", name="History").click()
    expect(other.locator("dialog.conversations")).to_contain_text("Nothing has been asked")
    other.context.close()


def test_a_reload_keeps_the_conversation_with_its_marks(page: Page) -> None:
    ask(page, QUESTION)
    before = marked(page)
    page.reload()
    turn = whole(page, 0)
    expect(turn).to_have_attribute("aria-current", "true")
    assert marked(page) == before
    assert "March 2018" in ask(page, "When was that?").inner_text()


def test_conversations_are_listed_renamed_exported_and_deleted(page: Page) -> None:
    ask(page, QUESTION)
    page.get_by_role("button", name="New", exact=True).click()
    expect(page.locator(".turn")).to_have_count(0)
    ask(page, EGG)
    page.get_by_role("button", name="History").click()
    dialog = page.locator("dialog.conversations")
    item = dialog.locator("li", has_text="smuggled")
    item.get_by_role("button", name="Rename").click()
    dialog.get_by_label("Title").fill("Weapons")
    dialog.get_by_label("Title").press("Enter")
    item = dialog.locator("li", has_text="Weapons")
    with page.expect_download() as markdown:
        item.get_by_role("button", name="Markdown").click()
    text = markdown.value.path().read_text()
    assert text.startswith("# Weapons")
    assert re.search(r"\[\^1-1\]: “John Nicholson", text)
    with page.expect_download() as receipts:
        item.get_by_role("button", name="Receipts").click()
    (receipt,) = json.loads(receipts.value.path().read_text())
    assert Answer.from_json(json.dumps(receipt)).short == "John Nicholson"
    item.get_by_role("button", name="Weapons").click()
    expect(page.locator(".turn h3")).to_have_text([QUESTION])
    page.get_by_role("button", name="History").click()
    item = dialog.locator("li", has_text="boil")
    item.get_by_role("button", name="Delete").click()
    item.get_by_role("button", name="Delete for good?").click()
    expect(dialog.locator("li")).to_have_count(1)


def test_the_last_question_is_asked_again_or_changed(page: Page) -> None:
    ask(page, QUESTION)
    ask(page, EGG)
    assert page.get_by_role("button", name="Edit question").count() == 1
    page.get_by_role("button", name="Retry").click()
    whole(page, 1)
    expect(page.locator(".turn")).to_have_count(2)
    page.get_by_role("button", name="Edit question").click()
    box = page.get_by_label("Question", exact=True)
    expect(box).to_have_value(EGG)
    box.fill(EXERCISES)
    box.press("Enter")
    expect(page.locator(".turn h3")).to_have_text([QUESTION, EXERCISES])
    whole(page, 1)
    page.reload()
    expect(page.locator(".turn h3")).to_have_text([QUESTION, EXERCISES])


def test_an_answer_is_copied_with_its_footnotes_and_its_receipt_is_downloaded(page: Page, address: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address.rstrip("/"))
    turn = ask(page, QUESTION)
    turn.get_by_role("button", name="Copy").click()
    expect(turn.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert re.search(r"\[1\]\n\n\[1\] “John Nicholson.+” \(.+, paragraph 6\)$", copied)
    turn.get_by_text("About this answer").click()
    expect(turn.locator("dl")).to_contain_text(sample().sha256)
    expect(turn.locator("dl")).to_contain_text("Time taken")
    with page.expect_download() as download:
        turn.get_by_role("button", name="Download the receipt").click()
    assert Answer.from_json(download.value.path().read_bytes()).question == QUESTION


def test_a_rating_is_kept_with_the_receipt(page: Page, home: Path) -> None:
    turn = ask(page, QUESTION)
    up = turn.get_by_role("button", name="Good answer")
    up.click()
    expect(up).to_have_attribute("aria-pressed", "true")
    line = json.loads((home / "feedback.jsonl").read_text().splitlines()[-1])
    assert line["rating"] == "up"
    assert Answer.from_json(json.dumps(line["receipt"])).question == QUESTION


def test_each_suggested_question_is_answered(page: Page) -> None:
    suggestions = page.locator(".suggestions button")
    expect(suggestions).to_have_count(3)
    question = suggestions.first.inner_text()
    suggestions.first.click()
    expect(whole(page, 0)).to_have_class("turn answered")
    expect(page.locator(".turn h3")).to_have_text([question])
    expect(suggestions).to_have_count(3)
    assert question not in suggestions.all_inner_texts()


def test_a_sentence_of_the_document_becomes_a_question(page: Page) -> None:
    page.locator(".sentence", has_text="John Nicholson").click()
    page.get_by_role("button", name="Ask about this").click()
    box = page.get_by_label("Question", exact=True)
    expect(box).to_have_value(re.compile("alleged that Russian weapons"))
    expect(box).to_be_focused()
    page.locator(".document .text").focus()
    page.keyboard.press("n")
    page.keyboard.press("Enter")
    expect(box).not_to_have_value(re.compile("alleged that Russian weapons"))
    box.press("Enter")
    expect(whole(page, 0).locator(".tools")).to_be_visible()


def test_on_a_phone_a_footnote_opens_the_document_as_a_sheet(page: Page) -> None:
    page.set_viewport_size(PHONE)  # pyright: ignore[reportArgumentType]
    sheet = page.locator(".panes .document")
    expect(sheet).to_be_hidden()
    turn = ask(page, QUESTION)
    note = turn.locator(".answer .note").first
    note.click()
    expect(sheet).to_be_visible()
    assert comes_into_view(page, "mark.here")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(note).to_be_focused()


def test_a_file_is_added_asked_and_removed_and_what_cannot_be_read_says_so(page: Page) -> None:
    page.get_by_role("button", name="Documents").click()
    dialog = page.locator("dialog.documents")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Drop a file here").set_input_files({"name": "x.pdf", "mimeType": "", "buffer": b"%PDF"})
    expect(dialog.get_by_role("alert")).to_contain_text("x.pdf: cannot read this kind of file")
    dialog.get_by_label("address of a web page").fill("https://example.org/a")
    dialog.get_by_role("button", name="Add").click()
    expect(dialog.get_by_role("alert")).to_contain_text("https://example.org/a: web addresses cannot be read yet")
    mill = b"The old mill by the river burned down in 1834. Its owner, Adam Reed, moved to Ghent afterwards."
    dialog.get_by_label("Drop a file here").set_input_files({"name": "mill.txt", "mimeType": "", "buffer": mill})
    expect(dialog.locator("li")).to_have_count(2)
    dialog.get_by_role("checkbox", name="How Moscow Deals").uncheck()
    dialog.get_by_role("button", name="Close").click()
    turn = ask(page, "When did the old mill burn down?")
    assert marked(page) == ["The old mill by the river burned down in 1834."], turn.inner_text()
    page.get_by_role("button", name="Documents").click()
    dialog.get_by_role("button", name="Remove mill").click()
    dialog.get_by_role("button", name="Remove mill").click()
    expect(dialog.locator("li")).to_have_count(1)
    dialog.get_by_role("button", name="Close").click()
    turn.locator(".note").first.click()
    expect(page.locator(".chat").get_by_role("alert")).to_contain_text("not here any more")


def test_a_hostile_document_and_question_are_shown_as_text(page: Page) -> None:
    page.get_by_role("button", name="Documents").click()
    dialog = page.locator("dialog.documents")
    expect(dialog).to_be_visible()
    angry = f"<script>window.hacked=1</script>\n\n{HOSTILE}\n\n{'x' * 10_000}".encode()
    upload = {"name": "<img src=x onerror=window.hacked=1>.txt", "mimeType": "", "buffer": angry}
    dialog.get_by_label("Drop a file here").set_input_files(upload)  # pyright: ignore[reportArgumentType]
    expect(dialog.locator("li", has_text="<img src=x")).to_have_count(1)
    dialog.get_by_role("checkbox", name="How Moscow Deals").uncheck()
    dialog.get_by_role("button", name="Close").click()
    turn = ask(page, "When did the mill burn down? <img src=x onerror='window.hacked=1'>")
    assert page.evaluate("window.hacked") is None
    assert "<img src=x onerror='window.hacked=1'>" in turn.locator("h3").inner_text()
    blocks = page.locator(".text .block").all_text_contents()
    assert HOSTILE in blocks
    assert "x" * 10_000 in blocks
    assert page.locator(".text bdi").first.text_content() == "\u202e"
    for pane in (".chat", ".document"):
        assert page.locator(pane).first.evaluate("pane => pane.scrollWidth <= pane.clientWidth + 1")
    page.get_by_role("button", name="Documents").click()
    doomed = dialog.locator("li", has_text="<img src=x").get_by_role("button")
    doomed.click()
    doomed.click()
    expect(dialog.locator("li")).to_have_count(1)


def test_a_question_that_cannot_be_asked_says_why_and_is_not_lost(page: Page) -> None:
    page.get_by_label("Question", exact=True).evaluate("box => box.maxLength = 9000")
    long = "mill " * 500
    turn = ask(page, long)
    assert "the most is 2000" in turn.inner_text()
    expect(page.get_by_label("Question", exact=True)).to_have_value(long)


def test_while_documents_are_indexed_the_page_says_so_and_a_question_can_be_stopped(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTNOTE_HOME", str(tmp_path / "home"))
    long = tmp_path / "long.txt"
    paragraph = "Paragraph {0} tells of mill {0}, its wheel, its owner and the town that lay below the weir. " * 5
    long.write_text("\n\n".join(paragraph.format(i) for i in range(1500)))
    with serve(str(long)) as address:
        page = browser.new_context().new_page()
        wrong = watched(page, address)
        open_page(page, address)
        expect(page.locator(".strip")).to_contain_text(re.compile("Loading the models|Indexing"))
        page.get_by_label("Question", exact=True).fill("Where is mill 7?")
        page.get_by_label("Question", exact=True).press("Enter")
        expect(page.locator(".turn .verdict")).to_contain_text(re.compile("Loading the models|Indexing"))
        page.get_by_role("button", name="Stop").click()
        expect(whole(page, 0)).to_contain_text("You stopped this answer")
        page.get_by_role("button", name="Retry").click()
        expect(page.locator(".turn .verdict")).to_contain_text(re.compile("Loading the models|Indexing"))
        assert wrong == []
        page.context.close()


def test_a_conversation_outlives_the_program(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_HOME", str(tmp_path / "home"))
    page = browser.new_context().new_page()
    with serve() as address:
        open_page(page, address)
        ask(page, QUESTION)
    port = int(address.rstrip("/").rsplit(":", 1)[1])
    with serve(port=port):
        window = page.context.new_page()
        page.close()
        open_page(window, address)
        window.get_by_role("button", name="History").click()
        window.locator("dialog.conversations").get_by_role("button", name=QUESTION).click()
        assert "John Nicholson" in whole(window, 0).inner_text()
        window.context.close()
