"""How likely a sentence is to answer: the readers, and the numbers that were fitted on top of what they say."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np

from qa.reader.model import LARGE, SMALL, ReaderError, Span, load_reader

FindSpans = Callable[[str, Sequence[str], Sequence[Sequence[tuple[int, int]]]], list[list[Span]]]
"""A question, passages and their sentences to the best span of each sentence, as `qa.reader.model.Reader.read`."""

SCORER_FILE = "sentence_scorer.json"
UNSURE = (0.05, 0.9)
"""Between these probabilities a reader leaves the decision to the next one, which is larger and slower."""
READ_AGAIN = 2
"""So many passages are read by the next one."""
LEAST_MARGIN = -20.0
"""Below this a span is as good as none."""

FEATURES = (
    "span in sentence",
    "span elsewhere",
    "gain in dialogue",
    "likeness of sentence",
    "likeness of passage",
    "words in sentence",
    "words in passage",
    "words in hits",
    "names in sentence",
    "names in passage",
    "names in hits",
    "right type",
    "wrong type",
    "span of right type",
    "span of wrong type",
    "length",
    "rank",
)


@dataclass(frozen=True, slots=True)
class Scorer:
    """Two linear models over `FEATURES`, made by `qa.fit`.

    Attributes:
        order: Weights that put the sentence that answers above the others of the same hits.
        answers: Weights of the log-odds that the sentence in front answers at all.
        bias: Constant of those log-odds.
        threshold: Below this probability the question is refused.
        margin: A further sentence is shown when its `order` score is at most this much below the best.
    """

    order: np.ndarray
    answers: np.ndarray
    bias: float
    threshold: float
    margin: float

    def score(self, features: np.ndarray) -> float:
        """How high a sentence stands among the others of the same question."""
        return float(features @ self.order)

    def probability(self, features: np.ndarray) -> float:
        """How likely the sentence that stands highest is to answer."""
        return 1 / (1 + math.exp(-float(features @ self.answers) - self.bias))


@dataclass(frozen=True, slots=True)
class Judge:
    """A reader, and the scorer that was fitted for it."""

    spans: FindSpans
    scorer: Scorer


def unsure(probability: float) -> bool:
    """Whether a reader that gives this probability leaves the decision to the next one."""
    low, high = UNSURE
    return low < probability < high


def load_judges(folder: Path | None = None) -> tuple[Judge, ...]:
    """The shipped readers, the small one first, each with its scorer; or the one in a folder.

    Raises:
        ReaderError: A file is missing, or not what it should be.
    """
    places = (folder,) if folder else (SMALL, LARGE)
    scorers = load_scorers(folder)
    return tuple(Judge(load_reader(place).read, scorer) for place, scorer in zip(places, scorers, strict=False))


def load_scorers(folder: Path | None = None) -> tuple[Scorer, ...]:
    """The numbers fitted for the reader in a folder: `SCORER_FILE` in it or, where it has none, the shipped ones.

    Raises:
        ReaderError: The file is not what `qa.fit` writes.
    """
    own = folder / SCORER_FILE if folder else None
    file = own if own and own.is_file() else files("qa").joinpath(SCORER_FILE)
    try:
        return tuple(
            Scorer(
                order=np.array([fitted["order"][name] for name in FEATURES]),
                answers=np.array([fitted["answers"][name] for name in FEATURES]),
                bias=fitted["bias"],
                threshold=fitted["threshold"],
                margin=fitted["margin"],
            )
            for fitted in json.loads(file.read_text())["scorers"]
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ReaderError(f"{file}: not a fitted scorer ({error!r}). Make it again with `python -m qa.fit`.") from error
