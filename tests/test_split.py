import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.document import Block, BlockKind
from index.split import PASSAGE_CHARS, sentence_spans, split
from tests.conftest import document

PIECES = [
    "Dr. A. B. Smith left.",
    "He said: “It is over.”",
    "Why?",
    "In the U.S. it rained.",
    "日本語です。",
    "\n",
    "\n\n",
    "A heading",
    "x" * 1200,
    "word " * 300,
    "- a point",
    "\u2028",
    "\u202e",
    "🙂 e\u0301",
    "7 Sept. 2021.",
]
TEXTS = st.one_of(st.text(max_size=3000), st.lists(st.sampled_from(PIECES), max_size=40).map(" ".join))


@given(TEXTS)
@example("a" * 5000)
@example("🙂. " * 400)
def test_a_passage_is_the_documents_own_text_at_its_offsets(text: str) -> None:
    made = document(text)
    for passage in split(made):
        assert made.text[passage.start : passage.end] == passage.text
        assert len(passage.text) <= PASSAGE_CHARS
        for sentence in passage.sentences:
            assert made.text[sentence.start : sentence.end] == passage.slice(sentence)


@given(TEXTS)
def test_every_sentence_is_in_at_least_one_passage_and_no_word_of_a_paragraph_is_lost(text: str) -> None:
    made = document(text)
    paragraphs = [block for block in made.blocks if block.kind is BlockKind.PARAGRAPH]
    wanted = {span for block in paragraphs for span in sentence_spans(text, block)}
    headings = {(block.start, block.end) for block in made.blocks if block.kind is BlockKind.HEADING}
    found = {(s.start, s.end) for passage in split(made) for s in passage.sentences}
    assert wanted <= found <= wanted | headings
    covered = {i for start, end in found for i in range(start, end)}
    assert all(i in covered or text[i].isspace() for b in paragraphs for i in range(b.start, b.end))


@given(TEXTS)
def test_splitting_twice_gives_the_same_passages_with_ids_of_their_own(text: str) -> None:
    passages = split(document(text))
    assert passages == split(document(text))
    assert len({passage.id for passage in passages}) == len(passages)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Dr. A. B. Smith met Gen. J. Nicholson. They spoke.", 2),
        ("He arrived on 7 Sept. 2021 at 5 p.m. in the U.S. Capitol. Then he left.", 2),
        ("“It is bad,” she said. ‘It enters the family.’ Was it? Yes!", 4),
        ("The cost was $3.5 million (approx. 2.1m euros), e.g. for arms vs. trade in No. 2.", 1),
        ("The Ph.D. student cites Jones et al. in the paper. See Fig. 3.", 2),
    ],
)
def test_abbreviations_initials_dates_and_quotes_do_not_break_sentences(text: str, sentences: int) -> None:
    assert len(list(sentence_spans(text, Block(0, len(text), BlockKind.PARAGRAPH)))) == sentences


def test_a_passage_knows_its_heading_and_its_sentences_their_paragraphs() -> None:
    long = "The old mill by the river burned down in the dry summer of 1834. " * 6
    first, second = split(document(f"The mill\n\n{long}\n\nThe bridge\n\n{long}\n\n{long}"))[:2]
    assert (first.heading, second.heading) == ("The mill", "The bridge")
    assert [s.paragraph for s in first.sentences] == [1] * 6
    assert first.indexed_text.startswith("The mill\nThe old mill")


def test_a_heading_that_states_something_can_be_quoted_and_a_title_cannot() -> None:
    body = "It lies on the river, below the old mill, and has three thousand people."
    (passage,) = split(document(f"The capital of Freedonia is Glorp\n\n{body}"))
    assert [passage.slice(s) for s in passage.sentences] == ["The capital of Freedonia is Glorp", body]
    (passage,) = split(document(f"Cities of Freedonia\n\n{body}"))
    assert [passage.slice(s) for s in passage.sentences] == [body]


def test_short_paragraphs_share_a_passage_and_a_long_one_repeats_a_sentence_over_the_cut() -> None:
    (shared,) = split(document("One thing happened there.\n\nAnother thing happened there.\n\nA third happened there."))
    assert [s.paragraph for s in shared.sentences] == [1, 2, 3]
    first, second, *_ = split(document("The old mill by the river burned down in the dry summer of 1834. " * 40))
    assert first.sentences[-1] == second.sentences[0]
