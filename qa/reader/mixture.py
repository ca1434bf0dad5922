"""The training mixture: how many questions are shown as they are, and how many near misses are made from them.

Renamed passages exist with and without an answer, and the surface of a question (case, spelling, phrasing, synonyms)
is changed by the same dice for both labels, so that no change gives a label away.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from qa.reader.changes import Names, Neighbours, negate, prune, swap_name, swap_word
from qa.reader.examples import Example, Rng, window
from qa.reader.wording import reword

_WIKI = ("newwiki", "newwiki", "squad2", "natural_questions")
_BROAD = (*_WIKI, "amazon", "reddit", "qamr", "natural_questions_oracle")
SYNTHETIC_HISTORY = 0.06


@dataclass(frozen=True)
class Mixture:
    """What a training set is made of.

    `shown` is how often, on average, the questions of a source are shown as they are; `unanswerable` the same for the
    unanswerable ones of squad2; `made` how many of each made kind are drawn, and from which sources.
    """

    shown: dict[str, float]
    unanswerable: float
    made: tuple[tuple[str, int, tuple[str, ...]], ...]


BROAD = Mixture(
    shown={
        "newwiki": 2.5, "squad2": 3.5, "natural_questions": 1.0, "natural_questions_oracle": 1.0, "amazon": 0.85,
        "reddit": 0.85, "qamr": 0.55, "doc2dial": 1.5, "selqa": 0.4, "covidqa": 0.6,
    },
    unanswerable=4.5,
    made=(
        ("name question", 8400, _BROAD), ("name context", 3500, _BROAD), ("name both", 4200, _BROAD),
        ("word", 7700, _BROAD), ("denied", 1800, _BROAD), ("other denied", 1200, _BROAD),
        ("removed", 4900, (*_BROAD, "selqa")), ("pruned", 2800, _BROAD), ("neighbour", 9000, _WIKI),
        ("neighbour", 6300, ("amazon", "reddit", "qamr", "doc2dial", "natural_questions_oracle")),
    ),
)  # fmt: skip
# For the last part of the run: what the program meets most, encyclopaedic text and questions close to it.
NARROW = Mixture(
    shown={
        "newwiki": 1.2, "squad2": 2.6, "natural_questions": 0.25, "natural_questions_oracle": 0.25, "amazon": 0.1,
        "reddit": 0.1, "qamr": 0.05, "doc2dial": 1.0, "selqa": 0.05, "covidqa": 0.1,
    },
    unanswerable=2.6,
    made=(
        ("name question", 1900, _WIKI), ("name context", 700, _WIKI), ("name both", 900, _WIKI), ("word", 1800, _WIKI),
        ("denied", 600, _WIKI), ("other denied", 400, _WIKI), ("removed", 900, _WIKI), ("pruned", 500, _WIKI),
        ("neighbour", 2500, _WIKI), ("neighbour", 500, ("doc2dial",)),
    ),
)  # fmt: skip


def _make(kind: str, example: Example, names: Names, neighbours: Neighbours, rng: Rng) -> Example | None:
    if kind.startswith("name "):
        return swap_name(example, names, rng, kind.removeprefix("name "))
    if kind == "word":
        return swap_word(example, rng)
    if kind in ("denied", "other denied"):
        return negate(example, rng, evidence=kind == "denied")
    if kind in ("removed", "pruned"):
        return prune(example, rng, evidence=kind == "removed")
    return neighbours.swap(example, rng)


def _times(weight: float, rng: Rng) -> int:
    return int(weight) + (rng.random() < weight % 1)


def _cut(example: Example, rng: Rng, *, always: bool) -> Example:
    """Cuts a long passage to a window, and now and then (before a near miss is made: `always`) a shorter one too."""
    length = len(example.context.split())
    if length > 150:
        return window(example, 150, rng)
    if length > 60 and (example.answerable or always) and rng.random() < 0.4:
        return window(example, rng.randint(50, 110), rng)
    return example


def _dress(example: Example, earlier: Sequence[Example], rng: Rng) -> Example:
    """Rewords, cuts to a window now and then, and puts an earlier turn of the same passage in front."""
    example = _cut(reword(example, rng), rng, always=False)
    if not example.history and earlier and rng.random() < SYNTHETIC_HISTORY:
        turn = rng.choice(earlier)
        told = turn.context[slice(*turn.answers[0])] if turn.answers else ""
        example = replace(example, history=f"{turn.question} | {told}" if told else turn.question)
    return example


def all_names(rows: Sequence[Example], embed: Callable[[list[str]], np.ndarray]) -> Names:
    """Collects the names of all passages; `embed` maps names to unit vectors, to find names of the same kind."""
    return Names(sorted({row.context for row in rows if row.source != "doc2dial"}), embed)


def build(rows: Sequence[Example], names: Names, mixture: Mixture, seed: int, scale: float = 1.0) -> list[Example]:
    """Makes the training set.

    Args:
        rows: What `load` read.
        names: Where names for near misses come from.
        mixture: How much of what.
        seed: The same seed makes the same examples.
        scale: A factor on every amount, for quick tries.

    Returns:
        Examples in random order.
    """
    rng = random.Random(seed)
    neighbours = Neighbours(rows)
    sources: dict[str, list[Example]] = defaultdict(list)
    earlier: dict[str, list[Example]] = defaultdict(list)
    made: list[Example] = []
    for row in rows:
        earlier[row.context].append(row)
        if row.answerable:
            sources[row.source].append(row)
        for _ in range(_times((mixture.shown[row.source] if row.answerable else mixture.unanswerable) * scale, rng)):
            made.append(neighbours.pad(row, rng) if row.source == "qamr" and rng.random() < 0.5 else row)
    for kind, amount, drawn in mixture.made:
        found = 0
        while found < amount * scale:
            row = rng.choice(sources[rng.choice(drawn)])
            row = row if kind in ("neighbour", "removed") else _cut(row, rng, always=True)
            example = _make(kind, row, names, neighbours, rng)
            if example is not None:
                made.append(example)
                found += 1
    dressed = [_dress(m, earlier.get(m.context, ()), rng) for m in made]
    rng.shuffle(dressed)
    return dressed
