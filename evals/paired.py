"""A run compared with the accepted one, each question and each mutant with itself. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from scipy.stats import binom, binomtest

SIGNIFICANT = 0.05
POWER = 0.8


@dataclass(frozen=True, slots=True)
class Loss:
    """The questions, or mutants, whose outcome differs from the baseline's, on one document.

    Attributes:
        lost: Right, or killed, then, and not now.
        gained: The other way round.
        n: How many were compared.
        p: McNemar's exact two-sided p-value.
    """

    lost: tuple[str, ...]
    gained: tuple[str, ...]
    n: int
    p: float


def compare(now: Mapping[str, bool], accepted: Mapping[str, bool]) -> Loss:
    """Pair each question, or mutant, with itself in the baseline.

    Source: McNemar, "Note on the sampling error of the difference between correlated proportions or percentages",
    Psychometrika 1947, in its exact form: a two-sided binomial test of the lost among the lost and gained.
    """
    both = sorted(now.keys() & accepted.keys())
    lost = tuple(id for id in both if accepted[id] and not now[id])
    gained = tuple(id for id in both if now[id] and not accepted[id])
    changed = len(lost) + len(gained)
    return Loss(lost, gained, len(both), float(binomtest(len(lost), changed).pvalue) if changed else 1.0)


def detectable(n: int, what: str = "questions") -> str:
    """Which loss this comparison could see at its size, in a sentence."""
    least = next(d for d in range(1, 100) if 2 * 0.5**d < SIGNIFICANT)
    if n < least:
        return f"{n} {what} are too few to see any loss: at least {least} must be lost."
    share = next(p / 1000 for p in range(1001) if binom.sf(least - 1, n, p / 1000) >= POWER)
    return (
        f"With {n} {what}, {least} lost and none gained is the least that shows; "
        f"a true loss of {100 * share:.4g} % would show in {100 * POWER:.0f} of 100 runs"
    )
