import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.embed import Embedder
from qa.support import rewordings, swaps
from qa.support.changes import Dice
from qa.support.facts import names, unfounded
from qa.support.model import Support
from qa.support.stance import differences

NOVAK = (
    "In March 1834, the miller of Ghent, Karel Novak, alleged that two Flemish boats had carried salt across the river."
)
FIRE = "The mill by the Lys burned down on 7 September 1834 and was not rebuilt."
MAYOR = "The mayor may sell the land, but he denied that he had set the fire."
TALKS = "The town held talks with the guild from 1817–19, which cost 1,300 guilders."

SUPPORTED = [
    ("Karel Novak alleged that boats had carried salt across the river.", [NOVAK]),
    ("According to Novak, 2 Flemish boats carried salt across the river.", [NOVAK]),
    ("Two boats from Flanders carried salt, the miller Novak claimed.".replace("from Flanders ", ""), [NOVAK]),
    ("The mill burned down on September 7th, 1834.", [FIRE]),
    ("The mill was never rebuilt.", [FIRE]),
    ("The mill burned down in 1834 and the mayor denied that he had set the fire.", [FIRE, MAYOR]),
    ("The mayor could sell the land.", [MAYOR]),
    ("Ghent's miller was Karel Novak.", [NOVAK]),
    ("The town held talks with the guild in 1817 and 1819.", [TALKS]),
    ("The talks with the guild cost the town 1300 guilders.", [TALKS]),
]
UNSUPPORTED = [
    ("Karel Novak alleged that three Flemish boats had carried salt across the river.", [NOVAK], "number 3"),
    ("In May 1834, Karel Novak alleged that two boats had carried salt.", [NOVAK], "name May"),
    ("Karel Maes alleged that two boats had carried salt.", [NOVAK], "name Maes"),
    ("Two Flemish boats had carried salt across the river.", [NOVAK], "as a fact"),
    ("Karel Novak proved that two Flemish boats had carried salt across the river.", [NOVAK], ""),
    ("The mill burned down on 7 September 1843.", [FIRE], "number 1843"),
    ("The mill by the Lys was rebuilt.", [FIRE], "deny"),
    ("The mill did not burn down on 7 September 1834.", [FIRE], "denies"),
    ("The mayor sold the land.", [MAYOR], "certain"),
    ("The mayor will sell the land.", [MAYOR], "certain"),
    ("The mayor said that he had set the fire.", [MAYOR], "deny"),
    ("The mayor had set the fire.", [MAYOR], "as a fact"),
    ("The mill burned down because the miller smoked tobacco in bed.", [FIRE], ""),
    ('The mayor said that "the mill is gone".', [MAYOR], "quotation"),
    ("The town held talks with the guild about the price of bread and the wages of sailors.", [TALKS], ""),
    ("The moon is made of green cheese.", [FIRE], ""),
    ("The guild paid more than the town.", ["The guild paid less than the town, as the clerk noted."], "'more'"),
    ("The old mill was taller than the church.", ["The old mill was shorter than the church."], "'taller'"),
    ("The answer is: when did the mill burn down?", [FIRE], "states nothing"),
]  # fmt: skip


@pytest.fixture(scope="module")
def supports() -> Support:
    return Support(Embedder().remember)


@pytest.mark.parametrize(("sentence", "quotes"), SUPPORTED, ids=[sentence for sentence, _ in SUPPORTED])
def test_a_sentence_in_other_words_that_says_no_more_than_its_quotes_is_supported(
    sentence: str, quotes: list[str], supports: Support
) -> None:
    assert supports(sentence, quotes) is None


@pytest.mark.parametrize(("sentence", "quotes", "reason"), UNSUPPORTED, ids=[row[0] for row in UNSUPPORTED])
def test_a_sentence_that_changes_what_its_quotes_say_is_not_and_the_reason_is_given(
    sentence: str, quotes: list[str], reason: str, supports: Support
) -> None:
    assert reason in (supports(sentence, quotes) or "supported")
    assert supports(sentence, quotes)


def test_a_writer_that_invents_must_keep_nearer_to_the_words_of_its_quotes(supports: Support) -> None:
    strictly = Support(Embedder().remember, strict=True)
    freely, quote = (
        "The mill by the river was important to the town.",
        "The mill by the river fed the town for many years.",
    )
    assert supports(freely, [quote]) is None
    assert "is needed" in (strictly(freely, [quote]) or "")
    for sentence, quotes in SUPPORTED[3:5]:
        assert strictly(sentence, quotes) is None


def test_a_name_alone_is_no_sentence_whatever_its_quotes_say(supports: Support) -> None:
    quote = "Andrei Kortunov, who heads the Russian International Affairs Council, voiced concerns."
    for name in ("The Russian International Affairs Council", "Andrei Kortunov.", "Kortunov, of the Council"):
        assert supports(name, [quote]) == "It is no sentence, and states nothing."
    assert supports("Andrei Kortunov heads the Russian International Affairs Council.", [quote]) is None


def test_the_same_sentence_is_judged_the_same_whatever_was_judged_before(supports: Support) -> None:
    rows = [*SUPPORTED, *((sentence, quotes) for sentence, quotes, _ in UNSUPPORTED)]
    again = Support(Embedder().encode)  # pyright: ignore[reportArgumentType]
    random.Random(1).shuffle(rows)  # noqa: S311 - no secret
    for sentence, quotes in rows[:8]:
        assert again(sentence, quotes) == supports(sentence, quotes)


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("There were 2.5 million.", "There were 2,500,000 of them."),
        ("They paid two hundred and five guilders.", "They paid 205 guilders."),
        ("It ran from 2017 to 2019.", "It ran in 2017–19."),
        ("Fighting began in Sept.", "Fighting began in September."),
        ("The UN agreed.", "The United Nations agreed."),
        ("Russian troops left.", "Troops of Russia left."),
        ("Al-Qa'ida’s cells grew.", "The cells of Al-Qa’ida grew."),
        ("José went.", "Jose went."),
        ("One of them left in the twenty-first century.", "Some left in the 21st century."),
    ],
)
def test_numbers_dates_and_names_are_the_same_in_any_form(sentence: str, quote: str) -> None:
    assert unfounded(sentence, [quote]) is None


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("There were 5 billion.", "There were 5 million."),
        ("Austria agreed.", "The Australian agreed."),
        ("It began in June.", "It began in July."),
        ("Seventeen left.", "Seventy left."),
    ],
)
def test_numbers_dates_and_names_that_only_look_alike_are_not_the_same(sentence: str, quote: str) -> None:
    assert unfounded(f"So {sentence[0].lower() + sentence[1:] if sentence[0] in 'TS' else sentence}", [quote])


def test_not_only_denies_nothing_and_a_list_of_words_is_no_name() -> None:
    assert (
        differences("The fire reached the mill.", ["The fire not only reached the mill but also the town."]).reason
        is None
    )
    assert names("However, the Old Mill and Adam's house burned in May.") == ["Old", "Mill", "Adam", "May"]


@given(st.text(max_size=80), st.lists(st.text(max_size=80), min_size=1, max_size=3))
def test_any_text_is_judged_without_an_error(sentence: str, quotes: list[str]) -> None:
    assert unfounded(sentence, quotes) is None or unfounded(sentence, quotes)
    assert differences(sentence, quotes).denied_near >= 0


DICE = Dice(3, ["Adam Reed", "Clara Voss", "Bruges"])
CHANGED: list[tuple[Callable[[str, Dice], str | None], str, str]] = [
    (swaps.drop_attribution, "Novak said that the mill burned.", "The mill burned."),
    (swaps.drop_attribution, "The mill is believed to have been sold.", "The mill was sold."),
    (swaps.swap_negation, "The mill was not rebuilt.", "The mill was rebuilt."),
    (swaps.swap_modality, "The mayor may sell the land.", "The mayor sold the land."),
    (swaps.exchange_names, "The mill of Karel Novak went to Piet Maes.", "The mill of Piet Maes went to Karel Novak."),
    (swaps.swap_word, "The early mill burned.", "The late mill burned."),
    (rewordings.turned, "In 1834, the mill burned.", "The mill burned in 1834."),
    (rewordings.shortened, "The mill burned, which was a pity.", "The mill burned."),
    (rewordings.active, "The mill was built by Adam Reed.", "Adam Reed built the mill."),
    (rewordings.reformed, "It burned on 7 September.", "It burned on September 7."),
]


@pytest.mark.parametrize(("change", "sentence", "changed"), CHANGED)
def test_a_change_makes_what_it_says(change: Callable[[str, Dice], str | None], sentence: str, changed: str) -> None:
    made = {change(sentence, DICE) for _ in range(20)}
    assert changed in made


def test_a_question_and_its_answer_make_a_statement() -> None:
    assert rewordings.retold("Who built the mill?", "Adam Reed") == "Adam Reed built the mill."
    assert rewordings.retold("When was the mill built?", "1834") == "The mill was built in 1834."
    assert rewordings.retold("Why did it burn?", "straw") is None
