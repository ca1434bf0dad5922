from pathlib import Path

import pytest

from qa import Assistant, open_assistant
from qa.lists import asks_for_list

SPREAD = """The council takes four measures against the flood.

First, it raises the dykes along the river. They were last raised in 1834.

Second, it buys the meadows by the mill, which belonged to the Novak family. The price is not known.

Third, it moves the market to the hill. Traders have protested.

Finally, it asks the province for money."""


@pytest.mark.parametrize(
    "question",
    ["Which three policies does it pursue?", "What countries took part?", "which ethnic groups", "List the measures",
     "Name all rivers.", "Who are the members?", "What measures does it take?", "Who else was there?"],
)  # fmt: skip
def test_a_question_for_several_things_is_recognised(question: str) -> None:
    assert asks_for_list(question)


@pytest.mark.parametrize(
    "question", ["Which country borders Austria?", "What does he say?", "Who was it?", "Which bus is this?", "When?"]
)
def test_a_question_for_one_thing_is_not(question: str) -> None:
    assert not asks_for_list(question)


@pytest.fixture
def flood(tmp_path: Path, home: Path) -> Assistant:
    (tmp_path / "flood.txt").write_text(SPREAD)
    assert not home.exists()
    return open_assistant(tmp_path / "flood.txt")


@pytest.mark.parametrize("question", ["Which four measures does the council take?", "What measures are taken?"])
def test_a_list_over_paragraphs_is_shown_whole_each_item_with_a_footnote_of_its_own(
    flood: Assistant, question: str
) -> None:
    answer = flood.ask(question)
    items = [s for s in answer.sentences if s.text.startswith(("First", "Second", "Third", "Finally"))]
    assert [s.text.split(",")[0] for s in items] == ["First", "Second", "Third", "Finally"]
    assert len({s.citations for s in items}) == 4
    assert answer.short is None


NAMED = """The council takes three measures against the flood. Under the first of these measures, it raises the dykes.

In its second year it had no money left. The council’s second measure is to buy the meadows by the mill.

With the third measure it moves the market to the hill. In its fourth year it was voted out."""


@pytest.mark.usefixtures("home")
def test_items_that_are_counted_inside_their_sentences_are_a_list_too(tmp_path: Path) -> None:
    (tmp_path / "named.txt").write_text(NAMED)
    answer = open_assistant(tmp_path / "named.txt").ask("Which three measures does the council take?")
    assert [s.text.split(" ", 3)[:3] for s in answer.sentences] == [
        ["The", "council", "takes"],
        ["Under", "the", "first"],
        ["The", "council’s", "second"],
        ["With", "the", "third"],
    ]


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(("announced", "listed"), [("two reasons", True), ("two measures", False)])
def test_who_asks_why_is_given_a_list_of_reasons_and_no_other(tmp_path: Path, announced: str, listed: bool) -> None:
    text = (
        f"The council raises the dykes for {announced} because of the flood. First, it is cheap. Second, it is quick."
    )
    (tmp_path / "why.txt").write_text(text)
    answer = open_assistant(tmp_path / "why.txt").ask("Why does the council raise the dykes?")
    assert answer.sentences[0].text.startswith("The council")
    assert ("Second, it is quick." in answer.text) == listed


def test_one_item_of_a_list_can_be_asked_for_alone(flood: Assistant) -> None:
    assert "Third" not in flood.ask("Who owned the meadows by the mill?").text


def test_the_rest_of_a_list_is_found_where_the_search_did_not_look(of_article: Assistant) -> None:
    texts = [s.text for s in of_article.ask("Which policies is Russia pursuing against instability?").sentences]
    assert [t.split(",")[0] for t in texts if t.startswith(("First", "Second", "Third"))] == [
        "First",
        "Second",
        "Third",
    ]
