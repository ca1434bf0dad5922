from pathlib import Path

import pytest

from qa import Assistant, open_assistant
from qa.judge import UNSURE
from qa.read import FIRST_READING
from qa.reader.model import LARGE

TEXT = """The old mill by the river burned down in 1834. The miller, Adam Reed, moved to Ghent with three of his sons.

Karel Novak denied that the mayor had set fire to the mill. The mill was insured for forty crowns, because the town
had asked for it. The insurance was paid in the spring."""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("read")
    (folder / "mill.txt").write_text(TEXT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOOTNOTE_HOME", str(folder / "home"))
        return open_assistant(folder / "mill.txt")


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("When did the old mill burn down?", "1834"),
        ("Who moved to Ghent?", "Adam Reed"),
        ("Where did the miller Adam Reed move?", "Ghent"),
        ("How many of his sons moved to Ghent with Adam Reed?", "three"),
    ],
)
def test_a_question_for_something_short_gets_it_and_its_sentence(
    assistant: Assistant, question: str, short: str
) -> None:
    answer = assistant.ask(question)
    assert answer.short
    assert short in answer.short
    assert answer.short in answer.citations[0].quote


@pytest.mark.parametrize(
    "question", ["What did Karel Novak deny?", "Why was the mill insured?", "How was the mill destroyed?"]
)
def test_a_question_for_what_was_said_or_why_gets_no_short_answer(assistant: Assistant, question: str) -> None:
    assert assistant.ask(question).short is None


def test_the_sentence_that_denies_keeps_its_denial(assistant: Assistant) -> None:
    answer = assistant.ask("What did Karel Novak deny?")
    assert answer.sentences[0].text == "Karel Novak denied that the mayor had set fire to the mill."


def test_what_is_shown_is_whole_sentences_of_the_document_in_its_order(assistant: Assistant) -> None:
    for question in ("What happened to the mill?", "What about the insurance of the mill?"):
        answer = assistant.ask(question)
        starts = [citation.start for citation in answer.citations]
        assert starts == sorted(starts)
        assert all(Path(c.source).name == "mill.txt" and TEXT[c.start : c.end] == c.quote for c in answer.citations)


def test_a_question_about_something_else_is_refused_with_a_low_score(assistant: Assistant) -> None:
    answer = assistant.ask("How do I undo my last commit in git?")
    assert not answer.sentences
    assert answer.scores["answer"] < 0.2


@pytest.mark.usefixtures("home")
def test_a_short_answer_is_set_apart_only_where_the_reader_is_sure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTNOTE_THRESHOLD", "0.1")
    (tmp_path / "mill.txt").write_text(TEXT)
    answer = open_assistant(tmp_path / "mill.txt").ask("When did the miller come to Ghent?")
    assert answer.sentences
    assert answer.scores["answer"] < 0.5
    assert answer.short is None, "the mill burned in 1834; when he came is not said"


@pytest.mark.usefixtures("home")
def test_words_of_a_sentence_that_denies_are_not_set_apart_as_the_answer(tmp_path: Path) -> None:
    (tmp_path / "mill.txt").write_text("It is not true that the old mill by the river burned down in 1834.")
    answer = open_assistant(tmp_path / "mill.txt").ask("When did the old mill burn down?")
    assert answer.short is None


@pytest.mark.parametrize("question", ["When did the old mill burn down?", "How do I undo my last commit in git?"])
def test_what_the_small_reader_is_sure_of_is_not_read_again(assistant: Assistant, question: str) -> None:
    assert list(assistant.ask(question).scores) == ["answer"]


def test_what_the_small_reader_is_not_sure_of_the_large_one_decides(assistant: Assistant) -> None:
    answer = assistant.ask("When did the miller come to Ghent?")
    assert UNSURE[0] < answer.scores[FIRST_READING] < UNSURE[1]
    assert answer.scores["answer"] != answer.scores[FIRST_READING]


@pytest.mark.usefixtures("home")
def test_a_list_stays_whole_where_the_large_reader_decides() -> None:
    answer = open_assistant().ask("Which three policies is Russia pursuing towards the Taliban?")
    assert FIRST_READING in answer.scores
    assert len(answer.sentences) == 4, "what announces the three, and each of them, from two sections"


@pytest.mark.usefixtures("home")
def test_another_reader_decides_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_READER_MODEL", str(LARGE))
    (tmp_path / "mill.txt").write_text(TEXT)
    answer = open_assistant(tmp_path / "mill.txt").ask("When did the miller come to Ghent?")
    assert list(answer.scores) == ["answer"]
