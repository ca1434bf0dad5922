import pytest

from qa import Assistant, Status
from qa.converse import leans_back
from qa.suggest import LONGEST, Suggestion, candidates, next_suggestions, question_about, suggest
from tests.conftest import document


@pytest.fixture(scope="module")
def suggested(of_brief: Assistant) -> list[Suggestion]:
    return list(suggest(of_brief.ask, of_brief.documents))


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        ("Anna Reed warned in May 1834 that the mill was unsafe.", "Who warned that the mill was unsafe?"),
        ("The mill was closed because the river ran dry.", "Why was the mill closed?"),
        ("The mill was built by monks in 1790.", "When was the mill built by monks?"),
        ("Adam Reed, the owner of the mill, moved to Ghent.", "Who is Adam Reed?"),
        ("A weir is a low dam across a river.", "What is a weir?"),
        ("In March 1834 the river rose by three feet.", "What happened in March 1834?"),
    ],
)
def test_a_sentence_makes_a_question(sentence: str, question: str) -> None:
    assert question in candidates(sentence)


@pytest.mark.parametrize(
    "sentence", ["", "He said that it was his.", "x" * 500, "They warned that this is so.", "(1834"]
)
def test_a_sentence_that_leans_on_others_makes_none(sentence: str) -> None:
    assert candidates(sentence) == []


def test_every_suggestion_is_answered_and_cites_the_sentence_it_was_made_from(
    of_brief: Assistant, suggested: list[Suggestion]
) -> None:
    assert len(suggested) >= 6
    for suggestion in suggested[:8]:
        answer = of_brief.ask(suggestion.question)
        assert answer.status is Status.ANSWERED
        assert suggestion.start in [citation.start for citation in answer.citations]
        assert len(suggestion.question) <= LONGEST
        assert not leans_back(suggestion.question)


def test_what_the_document_does_not_answer_is_not_suggested(of_brief: Assistant) -> None:
    other = document("Anna Reed warned in May 1834 that the mill was unsafe.")
    assert list(suggest(of_brief.ask, [other])) == []


def test_after_an_answer_the_next_suggestions_are_from_around_it_and_new(
    of_brief: Assistant, suggested: list[Suggestion]
) -> None:
    first = suggested[0]
    answer = of_brief.ask(first.question)
    after = next_suggestions(suggested, [first.question.upper()], answer, most=len(suggested))
    assert first not in after
    starts = [citation.start for citation in answer.citations]
    distances = [min(abs(s.start - start) for start in starts) for s in after]
    assert distances == sorted(distances)


def test_a_sentence_that_no_question_fits_is_asked_about_by_its_words(of_brief: Assistant) -> None:
    words = "Taliban rule nevertheless still gives Moscow reasons for concern."
    assert question_about(of_brief.ask, words, 0) == f"What is said about “{words}”?"
