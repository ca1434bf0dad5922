import pytest

from qa.converse import Question, leans_back, standalone

HISTORY = [("Who alleged that the mayor burned the mill?", "Karel Novak alleged that the mayor burned it in 1834. [1]")]


@pytest.mark.parametrize(
    "question",
    ["When was that?", "Why?", "And the mayor?", "What about Ghent?", "What did he say about it?", "Who else?",
     "Where did this happen?", "Why did they do so?", "What were those three policies?", "How long did that last?"],
)  # fmt: skip
def test_a_follow_up_leans_on_the_turn_before(question: str) -> None:
    assert leans_back(question)
    rewritten = standalone(question, HISTORY)
    assert rewritten.startswith(question)
    assert "the mayor burned the mill" in rewritten


@pytest.mark.parametrize(
    "question",
    ["Who is the mayor of Ghent?", "Who alleged that weapons were smuggled?", "When did the mill burn down?",
     "What did Karel Novak say that the mayor had done?", "which countries border the northern sea"],
)  # fmt: skip
def test_a_question_that_stands_alone_is_left_alone(question: str) -> None:
    assert standalone(question, HISTORY) == question


def test_without_a_history_every_question_stands_alone() -> None:
    assert standalone("When  was\nthat?") == "When was that?"


def test_asking_about_another_does_not_repeat_the_last_answer() -> None:
    assert "1834" in standalone("When was that?", HISTORY)
    assert "1834" not in standalone("And the mayor?", HISTORY)


def test_a_refusal_is_nothing_to_lean_on() -> None:
    history = [("Who built the bridge?", "The document does not answer this question.")]
    assert standalone("Why?", history) == "Why? (Who built the bridge?)"


def test_a_follow_up_of_a_follow_up_reaches_the_first_question() -> None:
    longer = [*HISTORY, ("When was that?", "It was in 1834. [1]")]
    assert "the mayor burned the mill" in standalone("Why?", longer)


def test_a_question_that_says_nothing_by_itself_is_compared_and_read_with_the_turn_before_it() -> None:
    question = Question.of("When was that?", HISTORY)
    assert "the mayor burned the mill" in question.compared
    assert question.in_turns.startswith("Who alleged that the mayor burned the mill? | Karel Novak")


def test_a_question_that_says_something_is_read_by_itself_and_once_more_with_all_turns_before_it() -> None:
    question = Question.of("Did he say when the bridge of Ghent burned?", [("Hello?", "No answer."), *HISTORY])
    assert question.compared == question.in_turns == question.meant
    assert "the mayor burned the mill" in question.alone, "what is searched for still holds what it leans on"
    assert question.in_dialogue == " | ".join(["Hello?", HISTORY[0][0], HISTORY[0][1][:-4], question.meant])


def test_the_first_question_is_read_once() -> None:
    assert Question.of("Who alleged it?").in_dialogue is None


def test_a_question_that_was_put_in_other_words_is_searched_compared_and_read_in_them() -> None:
    words = "When did Karel Novak allege that the mayor burned the mill?"
    question = Question.of("When was that?", HISTORY).restated(words)
    assert question.asked == "When was that?"
    assert {question.meant, question.alone, question.compared, question.in_turns} == {words}
    assert question.in_dialogue == " | ".join([HISTORY[0][0], HISTORY[0][1][:-4], words])
