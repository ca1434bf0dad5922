"""The document that the program was made for, asked as a journalist would: see `article_questions.jsonl`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qa import Assistant, Status
from tests.conftest import Ran

CASES: list[dict[str, Any]] = [
    json.loads(line) for line in Path(__file__).with_name("article_questions.jsonl").read_text().splitlines()
]


def right(case: dict[str, Any], answer_text: str, quotes: list[str]) -> bool:
    text = answer_text.casefold()
    said = all(any(word.casefold() in text for word in alternatives) for alternatives in case["answer"])
    return said and any(all(word.casefold() in quote.casefold() for word in case["quote"]) for quote in quotes)


def test_there_are_at_least_forty_questions_and_twelve_of_them_have_no_answer() -> None:
    assert len(CASES) >= 40
    assert sum(case["kind"] == "unanswerable" for case in CASES) >= 12


@pytest.mark.usefixtures("home")
def test_the_article_can_be_indexed_from_the_command_line(article: Path, footnote: Callable[..., Ran]) -> None:
    ran = footnote("index", article)
    assert ran.code == 0
    assert ran.out == f"indexed\t{article.resolve()}\n"
    assert footnote("index", article).out == f"unchanged\t{article.resolve()}\n"


MISSED = {
    # A rewording that is refused.
    "Why does the new Taliban cabinet go against what Russia recommended?",
}
"""What is known not to work. A question that begins to work fails the test until it is taken out of this list."""


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=pytest.mark.xfail(strict=True, raises=AssertionError))
        if case["question"] in MISSED
        else case
        for case in CASES
    ],
    ids=[case["question"] for case in CASES],
)
def test_the_article_is_asked(case: dict[str, Any], of_article: Assistant) -> None:
    answer = of_article.ask(case["question"])
    text = of_article.documents[0].text
    assert all(text[c.start : c.end] == c.quote for c in answer.citations)
    if case["kind"] == "unanswerable":
        assert answer.status is Status.NOT_IN_DOCUMENT, answer.text
    else:
        assert answer.status is Status.ANSWERED
        assert right(case, answer.text, [c.quote for c in answer.citations]), answer.text


@pytest.mark.parametrize("question", ["What did Russian officials use as part of efforts to deter the United States?"])
def test_the_teasers_below_the_article_are_never_evidence(question: str, of_article: Assistant) -> None:
    answer = of_article.ask(question)
    assert not any("threatening rhetoric" in c.quote for c in answer.citations)
    assert not any("threatening rhetoric" in related.text for related in answer.related)
