import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.parse import numbered_sentences

SAID = [
    ("It rained [1]. It snowed in (2015) there. [2][3]\nThen sun [4-6].",
     [("It rained.", (1,)), ("It snowed in (2015) there.", (2, 3)), ("Then sun.", (4, 5, 6))]),
    ("[1] It rained. [2] It snowed.", [("It rained.", (1,)), ("It snowed.", (2,))]),
    ("- **It rained.** [1]\n- It snowed. 【2】", [("It rained.", (1,)), ("It snowed.", (2,))]),
    ("1. It rained. [1]\n2. It poured. [2 and 3]", [("It rained.", (1,)), ("It poured.", (2, 3))]),
    ("Here is the answer:\nIt rained. It poured. [1, 2]", [("It rained.", (1, 2)), ("It poured.", (1, 2))]),
    ("Answer: It rained. [Sentence 1]", [("It rained.", (1,))]),
    ("<think>Perhaps [1] says\nit?</think>It rained. (1)", [("It rained.", (1,))]),
    ("It rained in 1834.", [("It rained in 1834.", ())]),
    ("He said [sic] it. [3]", [("He said [sic] it.", (3,))]),
    ('{"sentences": [{"text": "It rained.", "numbers": [1]}, {"text": "It poured. [2]", "numbers": []}]}',
     [("It rained.", (1,)), ("It poured.", (2,))]),
    ('```json\n[{"sentence": "It rained.", "citations": "7"}]\n```', [("It rained.", (7,))]),
    ("{broken", [("{broken", ())]),
    ("NO ANSWER", []),
    ("No answer.", []),
    ("", []),
    ("**\n\n---\n[1]", []),
]  # fmt: skip


@pytest.mark.parametrize(("said", "sentences"), SAID, ids=[said for said, _ in SAID])
@pytest.mark.parametrize("size", [1, 4, 1000])
def test_a_models_sentences_and_numbers_are_found_however_it_writes_them(
    said: str, sentences: list[tuple[str, tuple[int, ...]]], size: int
) -> None:
    assert list(numbered_sentences(said[at : at + size] for at in range(0, len(said), size))) == sentences


def test_a_sentence_is_given_as_soon_as_it_is_whole() -> None:
    pieces = iter(["It rai", "ned. [1", "]", " It", " poured"])
    assert next(numbered_sentences(pieces)) == ("It rained.", (1,))
    assert list(pieces) == [" poured"]


def test_growing_objects_give_the_same_sentences_as_prose() -> None:
    rows = [{"text": "It rained.", "numbers": [1]}, {"text": "It poured.", "numbers": [2, 3]}]
    grown = [{}, {"sentences": []}, {"sentences": [{"text": "It ra"}]}, {"sentences": rows[:1]}, {"sentences": rows}]
    prose = "It rained. [1] It poured. [2][3]"
    assert list(numbered_sentences(grown)) == list(numbered_sentences([prose])) == [
        ("It rained.", (1,)), ("It poured.", (2, 3))
    ]  # fmt: skip


@given(st.text(alphabet="ab .[]()1-,\n*{}\"'<>#:", max_size=60), st.integers(1, 9))
def test_no_output_is_too_odd_and_how_it_is_cut_into_pieces_changes_nothing(text: str, size: int) -> None:
    whole = list(numbered_sentences([text]))
    assert all(sentence.strip() for sentence, _ in whole)
    assert list(numbered_sentences(text[at : at + size] for at in range(0, len(text), size))) == whole


@given(st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner) | st.dictionaries(
    st.sampled_from(["sentences", "text", "numbers", "x"]), inner), max_leaves=12))  # fmt: skip
def test_any_json_is_read_without_an_error(value: object) -> None:
    assert isinstance(list(numbered_sentences([json.dumps(value)])), list)
    assert isinstance(list(numbered_sentences([{"sentences": value}])), list)
