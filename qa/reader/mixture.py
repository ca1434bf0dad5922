"""The training mixture: how many questions are shown as they are, and how many near misses are made from them.

Renamed passages exist with and without an answer, and the surface of a question (case, spelling, phrasing, synonyms)
is changed by the same dice for both labels, so that no change gives a label away.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from qa.reader.changes import Names, Neighbours, add_detail, negate, prune, swap_name, swap_word
from qa.reader.examples import Example, Rng, window
from qa.reader.wording import reword

_WIKI = ("newwiki", "newwiki", "squad2", "natural_questions")
_BROAD = (*_WIKI, "amazon", "reddit", "qamr", "natural_questions_oracle")
SYNTHETIC_HISTORY = 0.06
_TRIES = 5000  # in a row, before a kind is given up


@dataclass(frozen=True)
class Mixture:
    """What a training set is made of.

    `shown` is how often, on average, the questions of a source are shown as they are; `unanswerable` the same for the
    unanswerable ones of squad2, and `written` for those written for this program; `made` how many of each made kind are
    drawn, and from which sources.
    """

    shown: dict[str, float]
    unanswerable: float
    written: float
    made: tuple[tuple[str, int, tuple[str, ...]], ...]


MIXTURE = Mixture(
    shown={
        "newwiki": 4.0, "squad2": 5.0, "natural_questions": 2.0, "natural_questions_oracle": 2.0, "amazon": 1.0,
        "reddit": 1.0, "qamr": 0.6, "doc2dial": 4.0, "selqa": 0.6, "covidqa": 1.5,
    },
    unanswerable=5.0,
    written=3.0,
    made=(
        ("name question", 18000, _BROAD), ("name context", 7000, _BROAD), ("name both", 10000, _BROAD),
        ("word", 16000, _BROAD), ("false detail", 6000, _BROAD), ("true detail", 6000, _BROAD),
        ("denied", 6000, _BROAD), ("other denied", 4000, _BROAD), ("removed", 36000, (*_BROAD, "doc2dial", "selqa")),
        ("pruned", 14000, _BROAD), ("neighbour", 50000, _WIKI),
        ("neighbour", 20000, ("amazon", "reddit", "qamr", "doc2dial", "natural_questions_oracle")),
    ),
)  # fmt: skip
WRITTEN_KINDS = frozenset(("near miss", "reworded", "new"))


def _make(kind: str, example: Example, names: Names, neighbours: Neighbours, rng: Rng) -> Example | None:
    if kind.startswith("name "):
        return swap_name(example, names, rng, kind.removeprefix("name "))
    if kind == "word":
        return swap_word(example, rng)
    if kind.endswith(" detail"):
        return add_detail(example, names, rng, true=kind == "true detail")
    if kind in ("denied", "other denied"):
        return negate(example, rng, evidence=kind == "denied")
    if kind in ("removed", "pruned"):
        return prune(example, rng, evidence=kind == "removed")
    return neighbours.swap(example, rng)


def _weight(row: Example, mixture: Mixture) -> float:
    if row.kind in WRITTEN_KINDS:
        return mixture.written
    return mixture.shown[row.source] if row.answerable else mixture.unanswerable


def _times(weight: float, rng: Rng) -> int:
    return int(weight) + (rng.random() < weight % 1)


def _cut(example: Example, rng: Rng, *, always: bool) -> Example:
    """Cuts a long passage to a window, and now and then (before a near miss is made: `always`) a shorter one too."""
    length = len(example.context.split())
    if length > 150:
        return window(example, 150, rng)
    if length > 60 and (example.answerable or always) and rng.random() < 0.5:
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


def _near_misses(
    kind: str, sources: Sequence[Sequence[Example]], names: Names, neighbours: Neighbours, rng: Rng
) -> Iterator[Example]:
    """Makes examples of one kind without end, each source being as likely as its share of `sources`."""
    failed = 0
    while failed < _TRIES:
        row = rng.choice(rng.choice(sources))
        row = row if kind in ("neighbour", "removed") else _cut(row, rng, always=True)
        example = _make(kind, row, names, neighbours, rng)
        failed = 0 if example else failed + 1
        if example:
            yield replace(example, kind=kind)
    raise ValueError(f"{kind!r}: cannot be made from these rows ({_TRIES} tries). Give it sources that allow it.")


def build(
    rows: Sequence[Example],
    documents: Mapping[str, Sequence[str]],
    names: Names,
    mixture: Mixture,
    seed: int,
    scale: float = 1.0,
) -> list[Example]:
    """Makes the training set.

    Args:
        rows: What `load` read.
        documents: More passages of the documents that the rows are from.
        names: Where names for near misses come from.
        mixture: How much of what.
        seed: The same seed makes the same examples.
        scale: A factor on every amount, for quick tries.

    Returns:
        Examples in random order, the made ones marked by their kind.

    Raises:
        ValueError: No example of a made kind can be had from the rows.
    """
    rng = random.Random(seed)
    neighbours = Neighbours(rows, documents)
    sources: dict[str, list[Example]] = defaultdict(list)
    earlier: dict[str, list[Example]] = defaultdict(list)
    made: list[Example] = []
    for row in rows:
        earlier[row.context].append(row)
        if row.answerable:
            sources[row.source].append(row)
        for _ in range(_times(_weight(row, mixture) * scale, rng)):
            made.append(neighbours.pad(row, rng) if row.source == "qamr" and rng.random() < 0.5 else row)
    for kind, amount, drawn in mixture.made:
        own = [sources[source] for source in drawn]
        made += islice(_near_misses(kind, own, names, neighbours, rng), round(amount * scale))
    dressed = [_dress(m, earlier.get(m.context, ()), rng) for m in made]
    rng.shuffle(dressed)
    return dressed
