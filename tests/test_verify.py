import ast
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.document import Document, Hit
from index.split import split
from qa.answer import WRITER, Answer, AnswerSentence, Claim, Draft, Quote, Rejection, Source, Status
from qa.courtesy import THANKS
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


def test_only_the_writers_sentences_may_be_in_other_words_and_only_where_the_quotes_support_them() -> None:
    def supports(sentence: str, quotes: Sequence[str]) -> str | None:
        return None if quotes == [BURNED[0]] and sentence == "The mill burned." else "They do not."

    claims = (Claim("The mill burned.", tuple(BURNED[1])), Claim("The mill sank.", tuple(BURNED[1])))
    written, read = (Draft("What?", claims, engine) for engine in (WRITER, "reader"))
    answer = verify(written, HITS, supports=supports)
    assert (answer.text, answer.rejected) == ("The mill burned. [1]", (Rejection("The mill sank.", "They do not."),))
    assert verify(read, HITS, supports=supports).sentences == verify(written, HITS).sentences == ()
    assert problems(answer, lambda _: MADE, supports=supports) == []
    assert problems(answer, lambda _: MADE) != []
    assert problems(replace(answer, engine="reader"), lambda _: MADE, supports=supports) != []


def test_what_was_rejected_before_and_a_fixed_reply_are_shown_and_no_other_reply() -> None:
    before = Rejection("The mill sank.", "It burned.")
    answer = verify(replace(draft(BURNED), rejected=(before,)), HITS)
    assert (answer.status, answer.rejected) == (Status.PARTIAL, (before,))
    assert verify(replace(draft(), reply=THANKS), []).text == THANKS
    assert verify(replace(draft(), reply="The mill sank."), []).text != "The mill sank."


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
        assert any(f"[1] does not hold at character {citation.start + i} of made.txt" in problem for problem in found)


def _with(answer: Answer, **changes: object) -> Answer:
    return replace(answer, **changes)  # pyright: ignore[reportArgumentType]


ANSWERED = verify(draft(BURNED, DENIED, short="1834"), HITS)
REFUSED = verify(draft(), HITS)
CITED = ANSWERED.citations[0]
ALLEGED = "the mayor had set fire to the mill."
AT = TEXT.index(ALLEGED)
FORGED = {
    "text": _with(ANSWERED, text="In 1843 the mill burned down. [1]"),
    "short": _with(ANSWERED, short="1843"),
    "an empty short": _with(REFUSED, short=""),
    "status": _with(ANSWERED, status=Status.NOT_IN_DOCUMENT),
    "partial without a rejection": _with(ANSWERED, status=Status.PARTIAL),
    "a rejection in silence": _with(ANSWERED, rejected=(Rejection("The mill never burned.", "made up"),)),
    "no citations": _with(ANSWERED, citations=()),
    "no sentences": _with(ANSWERED, sentences=()),
    "a sentence without a citation": _with(ANSWERED, sentences=(AnswerSentence("", ()), *ANSWERED.sentences)),
    "a citation that nothing leans on": _with(ANSWERED, sentences=ANSWERED.sentences[:1]),
    "no documents": _with(ANSWERED, documents=()),
    "another source": _with(ANSWERED, citations=(replace(CITED, source="/bible.txt"), ANSWERED.citations[1])),
    "another title": _with(ANSWERED, citations=(replace(CITED, title="The Bible"), ANSWERED.citations[1])),
    "another page": _with(ANSWERED, citations=(replace(CITED, page=7), ANSWERED.citations[1])),
    "another paragraph": _with(ANSWERED, citations=(replace(CITED, paragraph=9), ANSWERED.citations[1])),
    "another number": _with(ANSWERED, citations=(replace(CITED, number=3), ANSWERED.citations[1])),
    "another document": _with(ANSWERED, citations=(replace(CITED, document_id="x"), ANSWERED.citations[1])),
    "a negative start": _with(
        ANSWERED, citations=(replace(CITED, start=CITED.start - len(TEXT)), ANSWERED.citations[1])
    ),
    "an end after the end": _with(ANSWERED, citations=(replace(CITED, end=10**6), ANSWERED.citations[1])),
    "half a sentence": _with(
        ANSWERED,
        short=None,
        text=f"{ALLEGED} [1]",
        sentences=(AnswerSentence(ALLEGED, (1,)),),
        citations=(replace(CITED, quote=ALLEGED, start=AT, end=AT + len(ALLEGED)),),
    ),
    "a related passage": _with(REFUSED, related=(replace(REFUSED.related[0], text="Elvis lives."),)),
    "a place of a related passage": _with(REFUSED, related=(replace(REFUSED.related[0], paragraph=9),)),
    "a citation of a refusal": _with(REFUSED, citations=(CITED,)),
    "related passages of an answer": _with(ANSWERED, related=REFUSED.related),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_receipt_that_was_forged_in_any_part_does_not_hold(name: str) -> None:
    assert problems(ANSWERED, lambda _: MADE) == problems(REFUSED, lambda _: MADE) == []
    assert problems(FORGED[name], lambda _: MADE) != []


def test_only_this_module_builds_citations() -> None:
    root = Path(__file__).parents[1]
    building = [
        path.relative_to(root).as_posix()
        for folder in ("index", "qa")
        for path in (root / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Citation"
    ]
    assert building == ["qa/verify.py"]


def test_a_change_to_a_document_that_is_not_cited_leaves_an_answer_standing() -> None:
    other = document("Nothing of note.", "other.txt")
    answer = verify(draft(BURNED), HITS, [MADE, other])
    found = {MADE.id: MADE, other.id: document("Changed.", "other.txt")}
    assert problems(answer, lambda source: found[source.document_id]) == []
    refused = verify(draft(), [], [MADE, other])
    assert "has changed since" in problems(refused, lambda source: found[source.document_id])[0]


def test_a_receipt_whose_document_changed_or_is_gone_does_not_hold() -> None:
    answer = verify(draft(BURNED), HITS)
    assert "has changed since" in problems(answer, lambda _: document(f"{TEXT} "))[0]

    def gone(_: Source) -> Document | None:
        return None

    assert "not at hand" in problems(answer, gone)[0]
