"""What a reader is measured by: F1 and exact match as in SQuAD, refusals, and bootstrap intervals."""

import re
import string
from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy.stats import binomtest


def normalise(text: str) -> str:
    """Lower case, no punctuation, no articles, single spaces, as the SQuAD script does it."""
    kept = "".join(c for c in text.lower() if c not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", kept).split())


def f1(text: str, golds: Sequence[str]) -> float:
    """Returns the best token F1 against the gold answers."""
    best, own = 0.0, normalise(text).split()
    for gold in golds:
        theirs = normalise(gold).split()
        same = sum((Counter(own) & Counter(theirs)).values())
        best = max(best, 2 * same / (len(own) + len(theirs)) if same else float(own == theirs))
    return best


def exact(text: str, golds: Sequence[str]) -> float:
    """Returns 1 if the text is one of the gold answers."""
    return float(normalise(text) in {normalise(gold) for gold in golds})


def exact_interval(yes: int, n: int) -> tuple[float, float]:
    """The exact 95 % interval of a proportion (Clopper and Pearson, Biometrika 1934), in shares."""
    found = binomtest(yes, n).proportion_ci(0.95, method="exact")
    return float(found.low), float(found.high)


def interval(values: Sequence[float], rounds: int = 1000) -> tuple[float, float, float]:
    """Returns mean and 95 % bootstrap interval, in percent."""
    data = np.asarray(values, dtype=float) * 100
    picks = np.random.default_rng(7).integers(0, len(data), (rounds, len(data)))
    low, high = np.percentile(data[picks].mean(1), [2.5, 97.5])
    return float(data.mean()), float(low), float(high)


def refused_at(
    yes: Sequence[float], no: Sequence[float], share: float
) -> tuple[float, tuple[float, float, float], float]:
    """Sets the threshold at which `share` of the answerable is refused.

    Returns:
        The threshold; mean and bootstrap interval (over both sets) of the unanswerable that it refuses; the threshold
        that separates both best.
    """
    yes_a, no_a = np.asarray(yes), np.asarray(no)
    threshold = float(np.quantile(yes_a, share))
    rng, found = np.random.default_rng(7), []
    for _ in range(1000):
        cut = np.quantile(rng.choice(yes_a, len(yes_a)), share)
        found.append(100 * float((rng.choice(no_a, len(no_a)) < cut).mean()))
    low, high = np.percentile(found, [2.5, 97.5])
    cuts = np.concatenate([yes_a, no_a])
    balanced = [float((yes_a >= cut).mean() + (no_a < cut).mean()) for cut in cuts]
    return (
        threshold,
        (100 * float((no_a < threshold).mean()), float(low), float(high)),
        float(cuts[np.argmax(balanced)]),
    )


def auroc(yes: Sequence[float], no: Sequence[float]) -> float:
    """Returns the chance, in percent, that an answerable question scores above an unanswerable one."""
    yes_a, no_a = np.asarray(yes)[:, None], np.asarray(no)[None, :]
    return 100 * float((yes_a > no_a).mean() + (yes_a == no_a).mean() / 2)
