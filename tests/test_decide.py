import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import Assistant
from qa.decide import verdict
from qa.verify import problems

SAID = "In 1834 the mayor burned the old mill near Ghent, although the council had no plans to replace the bridge."


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Did the mayor burn the mill?", "yes"),
        ("Did the mayor burn the old mill near Ghent?", "yes"),
        ("Has the council plans to replace the bridge?", None),  # the "although" clause is a no, and the other is not
        ("Did the mayor burn the bridge?", None),
        ("Did the mill burn the mayor?", None),
        ("Did the mayor of Bruges burn the mill?", None),
        ("Did the mayor burn the mill in 1835?", None),
        ("Who burned the mill?", None),
        ("Didn't the mayor burn the mill?", None),
    ],
)
def test_yes_only_where_the_sentence_says_the_same(question: str, expected: str | None) -> None:
    assert verdict(question, "In 1834 the mayor burned the old mill near Ghent.") == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "Novak alleged that the mayor burned the mill.",
        "The mayor may have burned the mill.",
        "The mayor planned to burn the mill.",
        "If the mayor burned the mill, he lied.",
        "The mayor almost burned the mill.",
        "The mayor denied that he burned the mill.",
        "The mayor burned down the inn that stood for forty years to the left of what is now the mill.",
    ],
)
def test_a_hedge_a_condition_or_an_attribution_leaves_it_open(sentence: str) -> None:
    assert verdict("Did the mayor burn the mill?", sentence) is None


def test_no_where_the_sentence_denies_it() -> None:
    assert verdict("Did the mayor burn the mill?", "The mayor did not burn the mill.") == "no"
    assert verdict("Did the council have plans?", "The council had no plans.") == "no"
    assert verdict("Did nobody burn the mill?", "The mayor did not burn the mill.") is None


def test_two_sentences_that_disagree_decide_nothing(of_brief: Assistant) -> None:
    assert of_brief.ask("Did Russia supply weapons to the Taliban?").verdict is None


def test_a_receipt_whose_verdict_was_turned_does_not_hold(of_brief: Assistant) -> None:
    answer = of_brief.ask("Has Russia expanded its security cooperation with India?")
    turned = type(answer).from_json(answer.to_json().replace('"verdict": null', '"verdict": "no"'))
    if answer.verdict == "yes":
        turned = type(answer).from_json(answer.to_json().replace('"verdict": "yes"', '"verdict": "no"'))
    assert any("verdict" in problem for problem in problems(turned, lambda _: of_brief.documents[0]))


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_text_is_too_odd_to_be_left_open(question: str, sentence: str) -> None:
    assert verdict(question, sentence) in ("yes", "no", None)
