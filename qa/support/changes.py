"""What the changes of a sentence share: chance, small words, and how to put a piece into a sentence."""

import random
import re
from collections.abc import Callable, Sequence

Change = Callable[[str, "Dice"], str | None]
"""A sentence to a changed one; None where it does not fit."""

MONTHS = tuple("""January February March April May June July August September October November December""".split())
DIGITS = tuple("two three four five six seven eight nine ten eleven twelve".split())
ANY_MONTH, ANY_DIGIT = "|".join(MONTHS), "|".join(DIGITS)
AUXILIARY = r"(?:was|were|is|are|had|has|have|can|could|will|would|should|must|may|might|did|does|do)"
SAYS = r"(?:said|says|claimed|claims|alleged|argued|argues|believed|believes|stated|states|suggested|warned|reported)"
_SMALL = frozenset("The A An In On It He She They This These His Its Their There Some At By".split())


class Dice(random.Random):
    """Seeded chance, and what there is to swap in.

    Args:
        seed: The same seed gives the same pairs.
        names: Names, as they stand in other sentences.
        phrases: Phrases, likewise.
    """

    def __init__(self, seed: int, names: Sequence[str] = (), phrases: Sequence[str] = ()) -> None:
        super().__init__(seed)
        self.names = names
        self.phrases = phrases


def replaced(sentence: str, match: re.Match[str], new: str) -> str:
    """A sentence with something else in a match's place."""
    return sentence[: match.start()] + new + sentence[match.end() :]


def tidy(sentence: str) -> str:
    """A sentence with its spaces put right."""
    return re.sub(r"\s+([.,;])", r"\1", re.sub(r"\s+", " ", sentence)).strip()


def upper(sentence: str) -> str:
    """A sentence that begins with a capital."""
    return sentence[:1].upper() + sentence[1:]


def lower(phrase: str) -> str:
    """A phrase for the middle of a sentence: only what is certainly no name loses its capital."""
    first = phrase.partition(" ")[0]
    return phrase[:1].lower() + phrase[1:] if first in _SMALL else phrase
