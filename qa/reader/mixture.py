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
MINED = ("name question", "word", "neighbour", "false detail")


@dataclass(frozen=True)
class Mixture:
    """What a training set is made of.

    `shown` is how often, on average, the questions of a source are shown as they are; `unanswerable` the same for the
    unanswerable ones of squad2, and `written` for those written for this program; `made` how many of each made kind are
    drawn, and from which sources. Of the kinds in `MINED`, `candidates` times as many are made: the reader trained so
    far keeps those by which it is misled.
    """

    shown: dict[str, float]
    unanswerable: float
    made: tuple[tuple[str, int, tuple[str, ...]], ...]
    candidates: float = 1.0
    written: float = 0.0


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
# For the second phase: the same, with more of what the reader of the first one still got wrong.
MISLEADING = Mixture(
    shown={
        "newwiki": 2.0, "squad2": 4.0, "natural_questions": 0.8, "natural_questions_oracle": 0.7, "amazon": 0.28,
        "reddit": 0.28, "qamr": 0.1, "doc2dial": 1.6, "selqa": 0.15, "covidqa": 0.35,
    },
    unanswerable=5.0,
    made=(
        ("name question", 5000, _BROAD), ("name context", 1600, _BROAD), ("name both", 2400, _BROAD),
        ("word", 4200, _BROAD), ("false detail", 1600, _BROAD), ("true detail", 1600, _BROAD),
        ("denied", 1400, _BROAD), ("other denied", 800, _BROAD), ("removed", 3000, (*_BROAD, "selqa")),
        ("pruned", 1300, _BROAD), ("neighbour", 8000, _WIKI),
        ("neighbour", 3000, ("amazon", "reddit", "doc2dial", "natural_questions_oracle")),
    ),
    candidates=1.7,
)  # fmt: skip
# For the third phase: the written questions, among as many of what the reader knows.
WRITTEN = Mixture(
    shown={
        "newwiki": 1.2, "squad2": 1.5, "natural_questions": 0.5, "natural_questions_oracle": 0.5, "amazon": 0.15,
        "reddit": 0.15, "qamr": 0.05, "doc2dial": 1.2, "selqa": 0.15, "covidqa": 0.3,
    },
    unanswerable=1.5,
    made=(
        ("name question", 1500, _BROAD), ("name context", 500, _BROAD), ("name both", 800, _BROAD),
        ("word", 1500, _BROAD), ("false detail", 500, _BROAD), ("true detail", 500, _BROAD),
        ("denied", 500, _BROAD), ("other denied", 300, _BROAD), ("removed", 1800, (*_BROAD, "selqa")),
        ("pruned", 700, _BROAD), ("neighbour", 3000, _WIKI),
        ("neighbour", 1000, ("amazon", "reddit", "doc2dial", "natural_questions_oracle")),
    ),
    written=2.0,
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
        Examples in random order, those that are to be mined marked by their kind.

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
        wanted = round(amount * scale * (mixture.candidates if kind in MINED else 1.0))
        own = [sources[source] for source in drawn]
        made += islice(_near_misses(kind, own, names, neighbours, rng), wanted)
    dressed = [_dress(m, earlier.get(m.context, ()), rng) for m in made]
    rng.shuffle(dressed)
    return dressed
