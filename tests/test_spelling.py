import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qa import Assistant, Status
from qa.reader.model import Reader
from qa.spelling import Spelling

TEXT = (
    "John Nicholson alleged that weapons were smuggled. The allegations alarmed Kabul. Iraq and Osaka were not named."
)


@pytest.fixture(scope="module")
def spelling() -> Spelling:
    return Spelling([TEXT], Reader().words)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("nicholsen alegations weapons", "Nicholson allegations weapons"),
        ("Who is Nicholsen?", "Who is Nicholson?"),
        ("what were nicolsen's alegations", "what were Nicholson's allegations"),
        ("wich goverment recieved wepons?", "which government received weapons?"),
        ("whre were weapons smugled", "where were weapons smuggled"),
    ],
)
def test_a_slip_becomes_the_word_that_was_meant(spelling: Spelling, asked: str, meant: str) -> None:
    assert spelling.correct(asked) == meant


@pytest.mark.parametrize(
    "question",
    [
        "Did Iran smuggle weapons?",
        "Who is Nicklausson?",
        "Which weapon was it?",
        "What did Osaki say?",
        "teh xyzzq",
        "Has AHO said it?",
    ],
)
def test_another_name_is_never_taken_for_one_of_the_document(spelling: Spelling, question: str) -> None:
    assert spelling.correct(question) == question


@given(st.text(max_size=60))
@example("aho")
def test_correcting_twice_changes_nothing_more(text: str) -> None:
    spelling = Spelling([TEXT], ["weapons", "smuggled", "government"])
    once = spelling.correct(text)
    assert spelling.correct(once) == once


def test_every_word_of_the_document_is_left_as_it_is(spelling: Spelling) -> None:
    assert spelling.correct(TEXT) == TEXT


def test_a_misspelt_question_is_answered_and_the_receipt_says_how_it_was_read(of_brief: Assistant) -> None:
    answer = of_brief.ask("who is nicholsen")
    assert answer.status is Status.ANSWERED
    assert "Nicholson" in answer.text
    assert (answer.question, answer.understood) == ("who is nicholsen", "who is Nicholson")
