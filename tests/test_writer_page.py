"""A chat model that writes on the page: the real program and browser, a scripted model. Run by `make test-page`."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from qa import Answer
from tests.browser import AXE, CHROMIUM, PATIENCE, QUESTION, ask, marked, open_page, serve, watched, whole
from tests.scripted import Reply, Scripted, scripted
from tests.test_accessible import violations

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no browser at {CHROMIUM}; name one in CHROMIUM"),
]
expect.set_options(timeout=PATIENCE)

BURNED = "The old mill by the river burned down in 1834."
OWNER = "Its owner, Adam Reed, moved to Ghent afterwards."
REBUILT = "The mill was rebuilt in 1840."
WHEN = "When did the old mill burn down?"
KEYS = {"FOOTNOTE_MODEL_KEY": "sk-mine-4711", "OPENAI_API_KEY": "sk-other-0815", "ANTHROPIC_API_KEY": "sk-third-1984"}


@dataclass(frozen=True)
class Served:
    """The page of a program that was started with a chat model."""

    address: str
    model: Scripted
    log: Path


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("mill")
    (folder / "mill.txt").write_text(f"{BURNED} {OWNER}")
    log = folder / "log"
    with scripted() as model, ExitStack() as served:
        with pytest.MonkeyPatch.context() as patch:  # for this program, and not for one that a test starts
            patch.setenv("FOOTNOTE_HOME", str(folder / "home"))
            patch.setenv("NO_PROXY", "127.0.0.1")
            patch.setenv("FOOTNOTE_MODEL_URL", model.url)
            patch.setenv("FOOTNOTE_MODEL_PRICE", "1,10")
            for name, key in KEYS.items():
                patch.setenv(name, key)
            address = served.enter_context(serve(str(folder / "mill.txt"), "--model", "small", log=log))
        yield Served(address, model, log)


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    """A fresh browser on the page, which must log no errors, and a program that must write no stack trace."""
    page = browser.new_context().new_page()
    wrong = watched(page, served.address)
    open_page(page, served.address)
    yield page
    page.context.close()
    assert wrong == []
    assert "Traceback" not in served.log.read_text()


def start(page: Page, question: str) -> Locator:
    """Send a question, and do not wait for its answer; gives the turn."""
    number = page.locator(".turn").count()
    box = page.get_by_label("Question", exact=True)
    box.fill(question)
    box.press("Enter")
    return page.locator(f'.turn[data-number="{number}"]')


def choose(page: Page, option: str, name: str = "") -> None:
    """Choose who writes."""
    page.locator(".by button").click()
    page.get_by_role("radio", name=option).check()
    if name:
        page.get_by_label("Its name").fill(name)
    page.get_by_role("button", name="Choose").click()


def test_each_sentence_is_shown_with_its_footnote_while_the_model_still_writes(page: Page, served: Served) -> None:
    served.model.says(Reply(f"{BURNED} [@1834]\n", then=f"{OWNER} [@Adam Reed]"))
    turn = start(page, WHEN)
    expect(turn.locator(".answer")).to_have_text(f"{BURNED} [1]")
    expect(turn).to_have_class("turn waiting")
    expect(turn.locator(".verdict")).to_have_text("small is writing…")
    served.model.go.set()
    expect(whole(page, 0).locator(".answer")).to_contain_text(f"{BURNED} [1] {OWNER} [2]")
    expect(turn).to_have_class("turn answered")
    assert marked(page) == [BURNED, OWNER]
    turn.get_by_text("About this answer").click()
    about = turn.locator("dl").inner_text()
    assert re.search(r"Chat model\s+small\s+Prompts\s+write \w{12}\s+Calls\s+1\s", about)
    assert re.search(r"Tokens\s+1,000 read, 20 written\s+Cost\s+0.001200 US dollars", about)


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not there; `make test-page` fetches it with npm")
def test_what_is_not_supported_is_struck_through_with_the_reason_and_axe_finds_nothing_wrong(
    page: Page, served: Served
) -> None:
    served.model.says(f"{BURNED} [@1834] {REBUILT} [@1834]", Reply(f"{REBUILT} [@1834]\n", then="NO ANSWER"))
    turn = start(page, WHEN)
    for state in ("waiting", "partial"):
        expect(turn).to_have_class(f"turn {state}")
        expect(turn.locator(".answer")).to_contain_text(BURNED)
        expect(turn.locator(".rejected del")).to_have_text([REBUILT])
        expect(turn.locator(".rejected .reason")).to_contain_text("1840")
        assert violations(page) == []
        served.model.go.set()
    page.locator(".by button").click()
    assert violations(page) == []


def test_a_dead_model_server_leaves_the_readers_answer_and_says_why(page: Page, served: Served) -> None:
    served.model.says(Reply(status=500))
    failed = ask(page, WHEN)
    expect(failed.locator(".short")).to_have_text("1834")
    expect(failed.locator(".why")).to_have_text(re.compile(r"failed \(status 500\)\. The offline reader answered\.$"))
    served.model.says("Not a question.", Reply(f"{BURNED} [@1834]\n", hang="silent"))
    hanging = start(page, "When did the old mill by the river burn down?")
    expect(hanging.locator(".answer")).to_contain_text(BURNED)
    page.get_by_role("button", name="Stop").click()
    assert served.model.left.wait(timeout=30), "the model went on"
    expect(whole(page, 1)).to_contain_text("You stopped this answer")


def test_a_server_that_is_gone_and_a_name_that_is_none_leave_the_readers_answer_and_a_sentence(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = {
        "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
        "NO_PROXY": "127.0.0.1",
        "OPENAI_API_KEY": KEYS["OPENAI_API_KEY"],
    }
    for name, value in {**gone, "FOOTNOTE_HOME": str(tmp_path), "FOOTNOTE_MODEL": "openai:small"}.items():
        monkeypatch.setenv(name, value)
    with serve(log=tmp_path / "log") as address:
        page = browser.new_context().new_page()
        wrong = watched(page, address)
        open_page(page, address)
        turn = ask(page, QUESTION)
        expect(turn.locator(".short")).to_have_text("John Nicholson")
        expect(turn.locator(".why")).to_contain_text("cannot be reached")
        choose(page, "Another", "<b>nonsense</b>")
        turn = ask(page, QUESTION)
        expect(turn.locator(".short")).to_have_text("John Nicholson")
        expect(page.locator(".chat").get_by_role("alert")).to_contain_text("'<b>nonsense</b>' names no model.")
        page.context.close()
        assert wrong == []
        assert "Traceback" not in (tmp_path / "log").read_text()


def test_who_writes_is_chosen_for_one_window_and_kept_in_it(page: Page, served: Served) -> None:
    served.model.says(f"{BURNED} [@1834]")
    expect(page.locator(".by")).to_have_text("Answers are written by small")
    choose(page, "No model")
    ask(page, WHEN)
    assert served.model.asked == []
    choose(page, "Another", "x" * 100)
    page.reload()
    expect(page.locator(".by")).to_have_text(f"Answers are written by {'x' * 100}")
    ask(page, WHEN)
    assert served.model.asked[-1]["model"] == "x" * 100
    other = page.context.new_page()
    open_page(other, served.address)
    expect(other.locator(".by")).to_have_text("Answers are written by small")
    choose(page, "small")
    ask(page, WHEN)
    assert served.model.asked[-1]["model"] == "small"


def test_a_courtesy_gets_a_plain_reply(page: Page, served: Served) -> None:
    served.model.says("Nothing to see. [1]")
    turn = ask(page, "Thanks!")
    expect(turn).to_have_class("turn courtesy")
    expect(turn.locator(".answer")).to_have_text("You are welcome.")
    assert turn.locator(".verdict, .related").count() == 0
    assert served.model.asked == []


def test_no_key_is_on_the_page_in_the_receipt_or_in_what_the_program_says(page: Page, served: Served) -> None:
    said = list[str]()
    for reply in (Reply(status=401), Reply(status=500), Reply(f"{BURNED} [@1834]")):
        served.model.says(reply)
        turn = ask(page, WHEN)
        assert set(served.model.keys) == {KEYS["FOOTNOTE_MODEL_KEY"]}
        turn.get_by_text("About this answer").click()
        with page.expect_download() as download:
            turn.get_by_role("button", name="Download the receipt").click()
        receipt = download.value.path().read_text()
        assert Answer.from_json(receipt).question == WHEN
        said += [page.content(), receipt, served.log.read_text()]
    assert not [key for key in KEYS.values() for text in said if key in text]
