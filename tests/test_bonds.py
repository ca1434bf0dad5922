import pytest

from qa.support.bonds import said_of_another

HOLT = "Mary Holt, the mayor of Ghent and a friend of Karel Novak, has also discussed the fire with Adam Reed."
REED = "Adam Reed, who owned the mill, told the council of Bruges that it burned down in 1834."


@pytest.mark.parametrize(
    ("sentence", "quotes", "name"),
    [
        ("Karel Novak, the mayor of Ghent, has discussed the fire.", [HOLT], "Karel Novak"),
        ("Karel Novak owned the mill.", [HOLT, REED], "Karel Novak"),
        ("The mayor of Bruges discussed the fire.", [HOLT, REED], "Bruges"),
    ],
)
def test_what_is_said_of_another_name_is_seen(sentence: str, quotes: list[str], name: str) -> None:
    assert said_of_another(sentence, quotes) == name


@pytest.mark.parametrize(
    ("sentence", "quotes"),
    [
        ("The mayor of Ghent, Mary Holt, discussed the fire with Adam Reed.", [HOLT]),
        ("Adam Reed discussed the fire with Mary Holt.", [HOLT]),
        ("Reed's mill burned down in 1834, the council of Bruges was told.", [REED]),
        ("Mary Holt discussed the fire, and Adam Reed owned the mill.", [HOLT, REED]),
        ("Mary Holt is the mayor.", ["She is the mayor of the town.", HOLT]),
        ("He owned the mill.", [REED]),
    ],
)
def test_what_is_said_of_the_same_name_in_other_words_is_left(sentence: str, quotes: list[str]) -> None:
    assert said_of_another(sentence, quotes) is None
