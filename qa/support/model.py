"""Whether quotes support a sentence in other words: by facts, by stance, and by a small fitted model behind them."""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise

import numpy as np

from index.split import STATEMENT
from qa.support.bonds import bonds, said_of_another
from qa.support.facts import names, unfounded
from qa.support.opposites import opposed
from qa.support.stance import SAID, Differences, differences
from qa.support.words import content_words, is_function_word, stem

Encode = Callable[[tuple[str, ...]], np.ndarray]
"""Texts to vectors of length 1, as `index.embed.Embedder.remember`."""

FEATURES = (
    "words held",
    "words not held",
    "likeness of words",
    "least likeness of a word",
    "likeness of sentence",
    "likeness of nearest quote",
    "pairs held",
    "pairs reversed",
    "names reversed",
    "facts in place",
    "names held",
    "first word unknown",
    "denied far",
    "modal far",
    "length",
    "quotes",
)
NEAR = 5
"""Two content words are a pair in the quotes when at most so many places lie between them."""


@dataclass(frozen=True, slots=True)
class Model:
    """Logistic regression over `FEATURES`, made by `qa.support.fit`; below the threshold, a sentence is rejected.

    Attributes:
        strict: The threshold for writers that invent much: a sentence must keep nearer to the words of its quotes.
    """

    weights: np.ndarray
    bias: float
    threshold: float
    strict: float

    def probability(self, features: np.ndarray) -> float:
        """How likely the quotes are to support the sentence."""
        return 1 / (1 + math.exp(-float(features @ self.weights) - self.bias))


class Support:
    """Says why quotes do not support a sentence; satisfies `qa.verify.Supports`.

    Args:
        encode: Embeds sentences and words.
        strict: Whether the strict threshold holds.
    """

    def __init__(self, encode: Encode, *, strict: bool = False) -> None:
        self._encode = encode
        self._strict = strict
        self._judged = lru_cache(maxsize=1024)(self._judge)

    def __call__(self, sentence: str, quotes: Sequence[str]) -> str | None:
        """Why the quotes do not support the sentence; None if they do.

        Args:
            sentence: One line.
            quotes: Each one line.
        """
        return self._judged(sentence, tuple(quotes))

    def _judge(self, sentence: str, quotes: tuple[str, ...]) -> str | None:
        if reason := changed(sentence, quotes):
            return reason
        stance = differences(sentence, quotes)
        texts = texts_of(sentence, quotes)
        vectors = dict(zip(texts, self._encode(texts), strict=True))
        model = load_model()
        probability = model.probability(features(sentence, quotes, stance, vectors))
        needed = model.strict if self._strict else model.threshold
        if probability < needed:
            return f"The text it cites does not say so much (support {probability:.2f}, {needed:.2f} is needed)."
        return None


def _states(sentence: str) -> bool:
    """Whether a drafted sentence states something: a mere name or a heading could be the answer to anything."""
    ends = sentence.rstrip("”\"’')")[-1:] in (".", "!")
    return ends and (bool(STATEMENT.search(sentence)) or sentence.count(" ") > 2)


def changed(sentence: str, quotes: Sequence[str]) -> str | None:
    """Why, by the rules alone, quotes do not support a sentence: its facts, stance, words or names in their places."""
    if not _states(sentence):
        return "It is no sentence, and states nothing."
    if reason := unfounded(sentence, quotes) or differences(sentence, quotes).reason:
        return reason
    if opposite := opposed(sentence, " ".join(quotes)):
        return f"It says {opposite[0]!r} where the text it cites says {opposite[1]!r}."
    if name := said_of_another(sentence, quotes):
        return f"It says of {name} what the text it cites says of another."
    return None


def texts_of(sentence: str, quotes: Sequence[str]) -> tuple[str, ...]:
    """All texts whose vectors `features` needs, each once."""
    told = " ".join(quotes)
    held = {stem(word) for word in _words(told)}
    new = [word for word in _words(sentence) if stem(word) not in held]
    words = _words(told) if new else []
    return tuple(dict.fromkeys([sentence, told, *quotes, *new, *words]))


def features(
    sentence: str, quotes: Sequence[str], stance: Differences, vectors: Mapping[str, np.ndarray]
) -> np.ndarray:
    """What is known of a sentence and its quotes, as numbers in the order of `FEATURES`.

    Args:
        sentence: One line.
        quotes: Each one line.
        stance: How the two differ in what they deny or hold possible.
        vectors: Of all `texts_of` the sentence and the quotes.
    """
    told = " ".join(quotes)
    said_words, told_words = _words(sentence), _words(told)
    said, there = [stem(word) for word in said_words], [stem(word) for word in told_words]
    held = set(there)
    new = [word for word, s in zip(said_words, said, strict=True) if s not in held]
    known = np.array([vectors[word] for word in dict.fromkeys(told_words)]) if new and told_words else np.zeros((0, 0))
    likeness = [float((known @ vectors[word]).max()) if len(known) else 0.0 for word in new]
    places = _places(there)
    pairs = [(a, b) for a, b in pairwise(said) if a in places and b in places and a != b]
    called = [stem(name) for name in names(sentence)]
    called_pairs = [(a, b) for a, b in pairwise(called) if a in places and b in places and a != b]
    facts = {s for word, s in zip(said_words, said, strict=True) if s in places and (s in called or word[0].isdigit())}
    count = max(len(said), 1)
    return np.array(
        [
            1 - len(new) / count,
            math.log1p(len(new)),
            (len(said) - len(new) + sum(likeness)) / count,
            min(likeness, default=1.0),
            float(vectors[sentence] @ vectors[told]),
            max(float(vectors[sentence] @ vectors[quote]) for quote in quotes),
            sum(_gap(places, a, b) <= NEAR for a, b in pairs) / max(len(pairs), 1),
            sum(_gap(places, a, b) > NEAR >= _gap(places, b, a) for a, b in pairs) / max(len(pairs), 1),
            float(sum(_gap(places, a, b) > _gap(places, b, a) for a, b in called_pairs)),
            sum(_in_place(said, places, fact) for fact in facts) / len(facts) if facts else 1.0,
            min((share for _, share in bonds(sentence, quotes)), default=1.0),
            float(_first_unknown(sentence, held)),
            float(stance.denied_far),
            float(stance.modal_far),
            math.log1p(len(said)),
            float(len(quotes)),
        ]
    )


@lru_cache(maxsize=1)
def load_model() -> Model:
    """The fitted numbers that ship beside this module."""
    fitted = json.loads(files("qa.support").joinpath("support.json").read_text())
    return Model(
        np.array([fitted["weights"][name] for name in FEATURES]), fitted["bias"], fitted["threshold"], fitted["strict"]
    )


def _words(text: str) -> list[str]:
    """The content words of a text, without verbs of saying: one will do for another, and `stance` looks after them."""
    return [word for word in content_words(text) if word not in SAID and stem(word) not in SAID]


def _places(stems: Sequence[str]) -> dict[str, list[int]]:
    places = dict[str, list[int]]()
    for i, s in enumerate(stems):
        places.setdefault(s, []).append(i)
    return places


def _gap(places: Mapping[str, Sequence[int]], first: str, second: str) -> float:
    """How far behind the first stem the second one comes, at the nearest; infinite, if it never does."""
    return min((b - a for a in places[first] for b in places[second] if b > a), default=math.inf)


def _in_place(said: Sequence[str], places: Mapping[str, Sequence[int]], fact: str) -> bool:
    """Whether a name or number has, in the quotes, one of its neighbours in the sentence near it."""
    at = said.index(fact)
    beside = [s for s in (*said[max(0, at - 1) : at], *said[at + 1 : at + 2]) if s in places]
    return not beside or any(min(_gap(places, fact, s), _gap(places, s, fact)) <= NEAR for s in beside)


def _first_unknown(sentence: str, held: set[str]) -> bool:
    """Whether a sentence begins with a capitalised word that its quotes lack: a name, it may be."""
    first = re.match(r"\w+", sentence)
    return bool(first) and not is_function_word(first.group()) and stem(first.group()) not in held
