"""The page's HTML and actions. What a person sees of them is tested in a browser: `test_browser.py`."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from time import sleep
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.document import Document, Hit
from index.split import split
from qa import Answer, Settings
from qa.answer import Claim, Draft, as_quote
from qa.conversations import Exchange
from qa.library import Library, open_library
from qa.page.desk import Desk
from qa.page.message import Message
from qa.page.render import document_html, failed_html, shown, turn_html, waiting_html
from qa.page.tool import asking_tool
from qa.verify import verify
from tests.conftest import document
from tests.scripted import scripted

HOSTILE = (
    '<script>alert(1)</script> <img src=x onerror="alert(1)"> [x](javascript:alert(1)) ${a} {{b}} \u202egnorw\u202c'
)
MILL = "The old mill by the river burned down in 1834. Its owner, Adam Reed, moved to Ghent afterwards."
QUESTION = "When did the old mill burn down?"
BROWSER = "b" * 32


class Shown(HTMLParser):
    """What a browser makes of some HTML: its elements, its text, and the text of its blocks and sentences."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags = list[str]()
        self.text = ""
        self.blocks = list[str]()
        self.sentences = dict[tuple[int, int], str]()
        self._open = list[dict[str, str | None]]()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag in ("circle", "path"):
            return
        self._open.append(dict(attrs))
        if "block" in str(dict(attrs).get("class")).split():
            self.blocks.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("circle", "path"):
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self.text += data
        if any("block" in str(a.get("class")).split() for a in self._open):
            self.blocks[-1] += data
        for a in self._open:
            if a.get("class") == "sentence":
                key = (int(a["data-start"] or 0), int(a["data-end"] or 0))
                self.sentences[key] = self.sentences.get(key, "") + data


def exchange(made: Document, *claims: Claim, question: str = "When?") -> Exchange:
    hits = [Hit(passage, made, 1.0) for passage in split(made)]
    return Exchange(question, "2026-01-01", 0.1, verify(Draft(question, claims, "test"), hits))


def claim(made: Document, sentence: str | None = None) -> Claim:
    (passage,) = split(made)
    first = passage.sentences[0]
    return Claim(sentence or passage.slice(first), (as_quote(passage.id, first),))


def html_of(asked: Exchange) -> str:
    return turn_html(asked, 0, last=True, model="m")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    path = tmp_path_factory.mktemp("texts") / "mill.txt"
    path.write_text(MILL)
    library = open_library([path], settings=Settings(home=tmp_path_factory.mktemp("home")))
    library.prepare()
    return library


@dataclass(frozen=True)
class Window:
    """A window of the page on the mill, with a conversation of its own."""

    desk: Desk
    conversation: str = field(default_factory=lambda: uuid4().hex)

    def say(self, do: str, **fields: Any) -> dict[str, Any]:
        return self.desk.call({"do": do, "browser": BROWSER, "conversation": self.conversation, **fields})

    def ask(self, question: str, run: str = "1") -> list[dict[str, Any]]:
        sent = Message(browser=BROWSER, conversation=self.conversation, run=self.conversation + run, question=question)
        return list(self.desk.ask(sent))

    def stop(self, question: str) -> dict[str, Any]:
        return self.say("stop", question=question, run=self.conversation + "1")


@pytest.fixture
def window(library: Library) -> Window:
    return Window(Desk(library))


@given(st.text(st.characters(exclude_characters="\r\0", exclude_categories=["Cs"]), max_size=300))
def test_a_document_is_shown_whole_and_each_sentence_holds_the_text_at_its_offsets(text: str) -> None:
    made = document(text)
    html = Shown(document_html(made))
    assert html.blocks == [text[b.start : b.end] for b in made.blocks]
    assert html.sentences == {(s.start, s.end): text[s.start : s.end] for p in split(made) for s in p.sentences}


@given(st.text(max_size=200) | st.text("<>&\"'/!-;#ltai =\u202e", max_size=30))
def test_any_text_is_shown_as_just_that_text(text: str) -> None:
    html = Shown(str(shown(text)).replace("\0", "\ufffd").replace("\r", "\n"))
    assert html.text == text.replace("\0", "\ufffd").replace("\r", "\n")
    assert set(html.tags) <= {"bdi"}


def test_characters_that_turn_the_reading_direction_are_boxed_and_named() -> None:
    html = str(shown("a\u202eb"))
    assert 'data-code="U+202E"' in html
    assert re.search("<bdi [^>]*>\u202e</bdi>b", html)


def test_a_hostile_document_question_and_answer_are_shown_as_text() -> None:
    made = document(f"{HOSTILE} said the mill, and then it burned to the ground in the summer.")
    for html in (
        document_html(made),
        html_of(exchange(made, claim(made), question=HOSTILE)),
        html_of(exchange(made, question=HOSTILE)),
        html_of(exchange(made, claim(made, HOSTILE), question=HOSTILE)),
        waiting_html(HOSTILE, 0, reason=HOSTILE, so_far=exchange(made, claim(made, HOSTILE), question=HOSTILE).answer),
        failed_html(HOSTILE, 0, reason=HOSTILE),
    ):
        assert not {"script", "img", "a"} & set(Shown(html).tags)
        assert "<script" not in html
        assert HOSTILE in Shown(html).text


def test_each_marker_is_a_button_that_knows_the_offsets_of_its_quote() -> None:
    made = document(MILL)
    (start, end) = re.findall(
        r'class="note"[^>]*data-start="(\d+)" data-end="(\d+)"', html_of(exchange(made, claim(made)))
    )[0]
    assert made.text[int(start) : int(end)] == "The old mill by the river burned down in 1834."


def test_a_marker_in_the_documents_own_words_is_no_button() -> None:
    made = document("The mill burned in 1834 [7].")
    assert re.findall(r">\[(\d)\]</button>", html_of(exchange(made, claim(made)))) == ["1", "1"]


def test_the_three_states_differ_in_words_and_shape_not_in_colour_alone() -> None:
    made = document("The mill burned in 1834.")
    states = [exchange(made, claim(made)), exchange(made, claim(made), claim(made, "It was arson.")), exchange(made)]
    shapes = {re.search(r'<p class="verdict">(.+?)</p>', html_of(state), re.DOTALL) for state in states}
    assert len({str(shape and shape[1]) for shape in shapes}) == 3


def test_what_is_not_supported_is_struck_through_with_its_reason() -> None:
    made = document("The mill burned in 1834.")
    html = html_of(exchange(made, claim(made), claim(made, "It was arson.")))
    assert "Not supported by the document" in html
    assert "<del>It was arson.</del>" in html
    assert "Its words are not those of the text it cites" in html


def test_a_refusal_names_its_passages_as_no_evidence_and_has_no_footnote() -> None:
    html = html_of(exchange(document("The mill burned in 1834.")))
    assert "does not answer" in html
    assert "Related, not evidence" in html
    assert 'class="note"' not in html


def test_a_question_is_answered_kept_and_there_again_when_the_window_opens(window: Window) -> None:
    *before, last = window.ask(QUESTION)
    assert [reply["state"] for reply in before] == ["waiting"] * len(before)
    assert last["state"] == "done"
    assert last["say"].endswith("burned down in 1834. 1 footnote.")
    assert last["turn"] in window.say("enter")["turns"]


def test_a_question_that_cannot_be_asked_comes_back_with_its_reason(window: Window) -> None:
    *_, last = window.ask("x" * 3000)
    assert last["state"] == "failed"
    assert "the most is 2000" in last["turn"]


def test_a_question_asked_in_place_of_another_replaces_it(window: Window) -> None:
    window.ask(QUESTION)
    window.ask("Where did Adam Reed move to?", run="2")
    turns = window.say("enter")["turns"]
    assert "Adam Reed move" in turns
    assert QUESTION not in turns


def test_what_was_stopped_stays_stopped(window: Window) -> None:
    assert "You stopped this answer" in window.stop(QUESTION)["turn"]
    assert [reply for reply in window.ask(QUESTION) if reply["state"] == "done"] == []
    assert "You stopped this answer" in window.say("enter")["turns"]


def test_what_was_answered_before_the_stop_came_stays_answered(window: Window) -> None:
    window.ask(QUESTION)
    assert "burned down in 1834" in window.stop(QUESTION)["turn"]


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"do": "enter", "conversation": "../../etc/passwd"}, "not the id of a conversation"),
        ({"do": "enter", "browser": "short"}, "Load the page again"),
        ({"do": "__init__"}, "Load it again"),
        ({"do": "rate", "rating": "sideways"}, "does not know"),
        ({"do": "stop", "model": "x" * 101}, "at most 100 characters"),
        ({"do": "receipt", "number": 7}, "no answer 8"),
        ({"do": "document", "id": "0"}, "not here any more"),
        ({"do": "add", "name": "a.pdf", "data": "JVBERg=="}, "a.pdf: cannot read this kind of file"),
        ({"do": "add", "name": "a.txt", "data": "&"}, "did not send the whole file"),
        ({"do": "add", "address": "file:///etc/passwd"}, "is no web address"),
        ({"do": "add", "address": "https://example.org"}, "https://example.org: web addresses cannot be read yet"),
    ],
)
def test_a_wrong_message_is_answered_with_a_sentence(message: dict[str, str], reason: str, window: Window) -> None:
    assert reason in window.say(**message)["error"]


def test_the_tool_gives_the_receipt_and_names_the_documents_where_it_knows_none(library: Library) -> None:
    tool = asking_tool(library)
    assert Answer.from_json(tool(QUESTION, ["mill"], None)).short == "1834"
    with pytest.raises(ValueError, match="Those that are: 'mill'"):
        tool("When?", ["moon"], None)


def test_suggestions_and_questions_about_a_sentence_never_call_the_chat_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    (tmp_path / "mill.txt").write_text(MILL)
    with scripted() as model:
        model.says("Nothing to see. [1]")
        settings = Settings(home=tmp_path / "home", model_url=model.url)
        library = open_library([tmp_path / "mill.txt"], settings=settings)
        library.prepare()
        window = Window(Desk(library))
        while window.say("suggestions")["more"]:
            sleep(0.01)
        about = window.say("about_this", document=library.documents[0].id, start=0, end=46)
        assert about["question"]
        assert model.asked == []
        window.ask(QUESTION)
        assert model.asked, "the question itself does"
