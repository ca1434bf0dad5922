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


def test_one_item_of_a_list_can_be_asked_for_alone(flood: Assistant) -> None:
    assert "Third" not in flood.ask("Who owned the meadows by the mill?").text


def test_the_rest_of_a_list_is_found_where_the_search_did_not_look(of_article: Assistant) -> None:
    texts = [s.text for s in of_article.ask("Which policies is Russia pursuing against instability?").sentences]
    assert [t.split(",")[0] for t in texts if t.startswith(("First", "Second", "Third"))] == [
        "First",
        "Second",
        "Third",
    ]
