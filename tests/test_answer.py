from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answer import Answer, ReceiptError

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)  # what JSON can hold
st.register_type_strategy(float, NUMBERS)
FINITE = st.dictionaries(st.text(), NUMBERS)


@given(st.from_type(Answer), FINITE)
def test_an_answer_comes_back_from_its_receipt_the_same(answer: Answer, scores: dict[str, float]) -> None:
    answer = replace(answer, scores=scores)
    assert Answer.from_json(answer.to_json()) == answer


@pytest.mark.parametrize("text", ["", "nonsense", "{}", "[]", '{"question": 1}', "null"])
def test_what_is_not_a_receipt_is_one_sentence(text: str) -> None:
    with pytest.raises(ReceiptError, match="not a receipt"):
        Answer.from_json(text)


@given(st.from_type(Answer), FINITE)
def test_a_receipt_with_a_field_too_many_is_no_receipt(answer: Answer, scores: dict[str, float]) -> None:
    receipt = replace(answer, scores=scores).to_json()
    with pytest.raises(ReceiptError, match="not a receipt"):
        Answer.from_json(receipt.replace("{", '{"proof": true,', 1))
