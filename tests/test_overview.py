from pathlib import Path

import pytest

from qa import Assistant, Status, open_assistant
from qa.overview import MOST_SENTENCES, asks_for_overview


@pytest.mark.parametrize(
    "question",
    [
        "What is it about?",
        "What is this article about?",
        "Summarise the document.",
        "tl;dr",
        "What does the author argue?",
        "What is the analysis's main argument?",
        "Give me the key points",
        "What are the main conclusions of the report?",
    ],
)
def test_a_question_about_the_whole_is_recognised(question: str) -> None:
    assert asks_for_overview(question)


@pytest.mark.parametrize(
    "question",
    ["What is the argument about Russia?", "What does the author conclude about Pakistan?", "Who wrote it?",
     "What were the talks about?", "How many main roads are there?", "When?", ""],
)  # fmt: skip
def test_a_question_about_something_in_the_document_is_not_one_about_the_whole(question: str) -> None:
    assert not asks_for_overview(question)


def test_what_the_brief_is_about_is_told_in_its_own_order_by_sentences_that_do_not_repeat_each_other(
    of_brief: Assistant,
) -> None:
    answer = of_brief.ask("What is the main argument?")
    assert answer.status is Status.ANSWERED
    assert 2 <= len(answer.sentences) <= MOST_SENTENCES
    starts = [citation.start for citation in answer.citations]
    assert starts == sorted(starts)
    assert "diplomacy" in answer.text
    assert "deterrence" in answer.text
    assert len({sentence.text for sentence in answer.sentences}) == len(answer.sentences)


@pytest.mark.usefixtures("home")
def test_of_several_documents_each_is_told_about(tmp_path: Path) -> None:
    for name, text in (("mill.txt", "The mill ground corn for the valley until 1834."),
                       ("bridge.txt", "The bridge carries the railway over the gorge of the river.")):  # fmt: skip
        (tmp_path / name).write_text(text)
    answer = open_assistant([tmp_path / "mill.txt", tmp_path / "bridge.txt"]).ask("What are they about?")
    assert {citation.title for citation in answer.citations} == {"mill", "bridge"}


@pytest.mark.usefixtures("home")
def test_a_document_without_a_single_full_sentence_is_not_summarised(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("milk, eggs, flour")
    assert open_assistant(tmp_path / "list.txt").ask("What is it about?").status is Status.NOT_IN_DOCUMENT
