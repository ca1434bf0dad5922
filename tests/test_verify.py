from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.document import Document, Hit
from index.split import split
from qa.answer import Answer, Claim, Draft, Quote, Source, Status
from qa.verify import problems, verify
from tests.conftest import document

TEXT = """Karel Novak alleged that the mayor had set fire to the mill. The mayor denied it.

In 1834 the mill burned down. Nobody rebuilt it [1]."""
MADE = document(TEXT)
PASSAGES = split(MADE)
HITS = [Hit(passage, MADE, 1.0) for passage in PASSAGES]


def quote(words: str) -> Quote:
    start = TEXT.index(words)
    return Quote(PASSAGES[0].id, start, start + len(words))


def draft(*claims: tuple[str, list[Quote]], short: str | None = None) -> Draft:
    return Draft("What?", tuple(Claim(s, tuple(quotes)) for s, quotes in claims), "test", short)


BURNED = ("In 1834 the mill burned down.", [quote("In 1834 the mill burned down.")])
DENIED = ("The mayor denied it.", [quote("The mayor denied it.")])


def test_each_sentence_has_a_marker_and_each_quote_is_the_documents_text_at_its_offsets() -> None:
    answer = verify(draft(BURNED, DENIED, BURNED), HITS)
    assert answer.status is Status.ANSWERED
    assert answer.text == "In 1834 the mill burned down. [1] The mayor denied it. [2] In 1834 the mill burned down. [1]"
    assert [(c.number, c.quote, c.paragraph) for c in answer.citations] == [
        (1, "In 1834 the mill burned down.", 2),
        (2, "The mayor denied it.", 1),
    ]
    assert all(TEXT[c.start : c.end] == c.quote for c in answer.citations)


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        (("In 1843 the mill burned down.", BURNED[1]), "not those of the text"),
        (("The mayor denied it.", BURNED[1]), "not those of the text"),
        (("In 1834 the mill burned down.", []), "names no place"),
        (("In 1834 the mill burned down.", [Quote("made-up", 0, 5)]), "was not retrieved"),
        (("In 1834 the mill burned down.", [Quote(PASSAGES[0].id, 90, 9000)]), "outside the passage"),
        (("In 1834 the mill burned down.", [Quote(PASSAGES[0].id, -5, 5)]), "outside the passage"),
        (("", [quote("The mayor denied it.")]), "not those of the text"),
        (
            ("the mayor had set fire to the mill.", [quote("the mayor had set fire to the mill.")]),
            "part of a sentence",
        ),
    ],
)
def test_a_claim_without_support_becomes_a_rejection_with_its_reason(
    claim: tuple[str, list[Quote]], reason: str
) -> None:
    answer = verify(draft(claim, DENIED), HITS)
    assert answer.status is Status.PARTIAL
    assert answer.rejected[0].sentence == claim[0]
    assert reason in answer.rejected[0].reason
    assert answer.text == "The mayor denied it. [1]"


def test_two_whole_sentences_may_be_quoted_as_one() -> None:
    both = "In 1834 the mill burned down. Nobody rebuilt it [1]."
    assert verify(draft((both, [quote(both)])), HITS).citations[0].quote == both


def test_an_answer_with_nothing_supported_has_no_citations_and_says_so() -> None:
    for empty in (draft(), draft(("The mill never burned.", BURNED[1]))):
        answer = verify(empty, HITS)
        assert answer.status is Status.NOT_IN_DOCUMENT
        assert answer.citations == answer.sentences == ()
        assert answer.related[0].text == PASSAGES[0].text
        assert "does not answer" in answer.text
        assert len(answer.rejected) == len(empty.claims)


def test_a_document_that_is_not_what_was_indexed_supports_nothing() -> None:
    changed = [replace(hit, document=document(TEXT.replace("1834", "1843"))) for hit in HITS]
    assert verify(draft(BURNED), changed).status is Status.NOT_IN_DOCUMENT


def test_a_short_answer_is_in_a_cited_quote_or_is_none() -> None:
    assert verify(draft(BURNED, short="1834"), HITS).short == "1834"
    assert verify(draft(BURNED, short="1843"), HITS).short is None
    assert verify(draft(short="1834"), HITS).short is None


OFFSETS = st.integers(-3, len(TEXT) + 3)
CLAIMS = st.tuples(
    st.one_of(st.text(max_size=30), st.sampled_from([TEXT[s.start : s.end] for p in PASSAGES for s in p.sentences])),
    st.lists(
        st.one_of(
            st.builds(Quote, st.just(PASSAGES[0].id), OFFSETS, OFFSETS),
            st.sampled_from([Quote(p.id, s.start, s.end) for p in PASSAGES for s in p.sentences]),
        ),
        max_size=3,
    ),
)


@given(st.lists(CLAIMS, max_size=5), st.one_of(st.none(), st.text(max_size=9), st.just("1834")))
def test_whatever_is_drafted_what_is_shown_holds(claims: list[tuple[str, list[Quote]]], short: str | None) -> None:
    answer = verify(draft(*claims, short=short), HITS)
    assert problems(answer, lambda _: MADE) == []
    assert len(answer.sentences) + len(answer.rejected) == len(claims)
    assert all(TEXT[c.start : c.end] == c.quote for c in answer.citations)
    assert all(sentence.citations for sentence in answer.sentences)


def test_a_receipt_with_one_byte_changed_does_not_hold_and_says_where() -> None:
    answer = verify(draft(BURNED), HITS)
    citation = answer.citations[0]
    for i in range(len(citation.quote)):
        other = "~" if citation.quote[i] != "~" else "#"
        forged = replace(citation, quote=citation.quote[:i] + other + citation.quote[i + 1 :])
        found = problems(replace(answer, citations=(forged,)), lambda _: MADE)
        assert f"[1] does not hold at character {citation.start + i} of made.txt" in found[0]


def _with(answer: Answer, **changes: object) -> Answer:
    return replace(answer, **changes)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"text": "In 1843 the mill burned down. [1]"}, "text is not its sentences"),
        ({"short": "1843"}, "in no cited quote"),
        ({"status": Status.NOT_IN_DOCUMENT}, "does not fit"),
        ({"citations": ()}, "stand for no citation"),
        ({"sentences": ()}, "no sentence with a citation"),
    ],
)
def test_a_receipt_whose_answer_was_forged_does_not_hold(changes: dict[str, object], complaint: str) -> None:
    answer = verify(draft(BURNED, short="1834"), HITS)
    assert problems(answer, lambda _: MADE) == []
    assert any(complaint in problem for problem in problems(_with(answer, **changes), lambda _: MADE))


def test_a_receipt_whose_document_changed_or_is_gone_does_not_hold() -> None:
    answer = verify(draft(BURNED), HITS)
    assert "has changed since" in problems(answer, lambda _: document(f"{TEXT} "))[0]

    def gone(_: Source) -> Document | None:
        return None

    assert "not at hand" in problems(answer, gone)[0]
