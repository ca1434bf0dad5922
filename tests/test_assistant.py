import os
from pathlib import Path

import pytest
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable

import qa
from index.load import LoadError
from qa import Answer, Assistant, Settings, Status, ask, open_assistant
from qa.assistant import QuestionError
from qa.settings import SettingsError

MILL = "The old mill by the river burned down in 1834. Its owner, Adam Reed, moved to Ghent afterwards."
BRIDGE = "A bridge of seven arches crosses the water below the town. Masons from Bruges built it in 1790."


@pytest.fixture
def mill(tmp_path: Path) -> Path:
    path = tmp_path / "mill.txt"
    path.write_text(MILL)
    return path


def test_the_public_names_are_these() -> None:
    assert sorted(qa.__all__) == [
        "Answer", "Assistant", "Citation", "Rejection", "Settings", "Status", "ask", "open_assistant"
    ]  # fmt: skip
    assert all(hasattr(qa, name) for name in qa.__all__)


@pytest.mark.usefixtures("home")
def test_one_call_answers_from_a_path_and_cites_the_documents_own_words(mill: Path) -> None:
    answer = ask("When did the old mill burn down?", document=mill)
    assert answer.status is Status.ANSWERED
    assert answer.citations[0].quote == "The old mill by the river burned down in 1834."
    assert MILL[answer.citations[0].start : answer.citations[0].end] == answer.citations[0].quote
    assert answer.citations[0].source == str(mill)


def test_the_pieces_of_a_stream_are_the_text_and_then_the_answer(of_brief: Assistant) -> None:
    for question in ("What are Russia's three policies?", "How do I boil an egg?"):
        *pieces, answer = of_brief.stream(question)
        assert isinstance(answer, Answer)
        assert "".join(str(piece) for piece in pieces) == answer.text
        assert answer == of_brief.ask(question)


def test_the_same_question_gives_the_same_bytes_whatever_was_asked_before(of_brief: Assistant) -> None:
    questions = ["Who alleged that weapons were smuggled?", "Why did engagement revive?", "Where is Ghent?"]
    first = [of_brief.ask(question).to_json() for question in questions]
    again = Assistant(of_brief._search._store, of_brief.documents, Settings.load())  # pyright: ignore[reportPrivateUsage]
    again._search.encode.cache_clear()  # pyright: ignore[reportPrivateUsage]
    assert [again.ask(question).to_json() for question in reversed(questions)][::-1] == first


def test_a_follow_up_is_answered_from_its_history(of_brief: Assistant) -> None:
    first = of_brief.ask("Who alleged that Russian weapons were smuggled over the Tajik border?")
    assert "Nicholson" in first.text
    assert "March 2018" in of_brief.ask("When was that?", history=[(first.question, first.text)]).text


def test_questions_that_cannot_be_asked_are_refused_in_one_sentence(of_brief: Assistant) -> None:
    for question in ("", " \n ", "why " * 1000):
        with pytest.raises(QuestionError):
            of_brief.ask(question)


@pytest.mark.parametrize("question", ["?", "%s {0} ${x}", "🙂", "\u202egnirts", "<b>who</b>", "x" * 1999, "the of and"])
def test_odd_questions_get_an_answer_and_no_error(of_brief: Assistant, question: str) -> None:
    assert of_brief.ask(question).status in Status


def test_without_a_document_the_indexed_ones_answer_or_the_built_in_one(home: Path, mill: Path) -> None:
    assert not home.exists()
    assert [d.source for d in open_assistant().documents] == ["russia-and-the-taliban.md"]
    open_assistant(mill)
    assert [d.source for d in open_assistant().documents] == [str(mill)]


@pytest.mark.usefixtures("home")
def test_several_documents_and_folders_are_asked_together(mill: Path, tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "bridge.txt").write_text(BRIDGE)
    assistant = open_assistant([mill, folder, mill])
    assert [Path(d.source).name for d in assistant.documents] == ["mill.txt", "bridge.txt"]
    sources = {
        Path(assistant.ask(q).citations[0].source).name
        for q in ("When did the mill burn down?", "How many arches has the bridge?")
    }
    assert sources == {"mill.txt", "bridge.txt"}


@pytest.mark.usefixtures("home")
def test_a_document_is_indexed_once_and_again_when_its_bytes_change(mill: Path) -> None:
    told: list[int] = []
    for text, times in ((MILL, 1), (MILL, 1), (MILL.replace("1834", "1843"), 2)):
        mill.write_text(text)
        assistant = open_assistant(mill, progress=lambda _, done, total: told.append(done) if done == total else None)
        assert len(told) == times
    assert "1843" in assistant.ask("When did the old mill burn down?").text


def test_no_documents_at_all_is_a_load_error() -> None:
    with pytest.raises(LoadError):
        open_assistant([])


def test_it_is_a_langchain_runnable_and_a_retriever(of_brief: Assistant) -> None:
    runnable, retriever = of_brief.as_runnable(), of_brief.as_retriever()
    assert isinstance(runnable, Runnable)
    assert isinstance(retriever, BaseRetriever)
    question = "Who alleged that Russian weapons were smuggled over the Tajik border?"
    answer = of_brief.ask(question)
    assert runnable.invoke(question) == answer
    followed = runnable.batch([{"question": "When was that?", "history": [(question, answer.text)]}])
    assert "March 2018" in followed[0].text
    for found in retriever.invoke(question):
        text = of_brief.documents[0].text
        assert text[found.metadata["start"] : found.metadata["end"]] == found.page_content


def test_the_built_in_brief_holds_no_sentence_of_the_article(of_brief: Assistant, article: Path) -> None:
    def runs(text: str) -> set[tuple[str, ...]]:
        words = text.replace("’", "'").casefold().split()
        return {tuple(words[i : i + 8]) for i in range(len(words) - 7)}

    assert runs(of_brief.documents[0].text).isdisjoint(runs(article.read_text()))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FOOTNOTE_PORT", "eighty"),
        ("FOOTNOTE_MAX_FILE_MB", "-1"),
        ("FOOTNOTE_THRESHOLD", "2"),
        ("FOOTNOTE_CHROMA_URL", "localhost"),
    ],
)
def test_a_wrong_setting_is_one_sentence_that_quotes_it(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=f"{name}={value}"):
        Settings.load()


def test_the_threshold_can_be_set(of_brief: Assistant) -> None:
    strict = Settings(home=Path(os.environ["FOOTNOTE_HOME"]), threshold=1)
    assistant = Assistant(of_brief._search._store, of_brief.documents, strict)  # pyright: ignore[reportPrivateUsage]
    assert assistant.ask("Who alleged that weapons were smuggled?").status is Status.NOT_IN_DOCUMENT
