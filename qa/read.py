"""The offline answerer: picks the sentences that answer, word for word, or none. It has no words of its own."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np

from index.document import Hit, Sentence
from qa.answer import Claim, Draft, as_quote
from qa.evidence import has_kind, names, question_kind, share, stems

Encode = Callable[[tuple[str, ...]], np.ndarray]
"""Texts to vectors of length 1, as `index.embed.Embedder.remember`."""

ENGINE = "reader: sentence scorer"
MOST_SENTENCES = 3

FEATURES = (
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


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """A sentence of a hit, its place in the order, and the probability that it answers."""

    hit: Hit
    sentence: Sentence
    order: float
    probability: float


def read(
    question: str, hits: Sequence[Hit], *, encode: Encode, asked: str | None = None, threshold: float | None = None
) -> Draft:
    """Draft an answer from one to three sentences of the hits, in the document's order; or from none.

    Args:
        question: A question that stands alone.
        hits: The passages to read, the nearest first.
        encode: Embeds the question and the sentences.
        asked: The question as it was asked, where `question` was rewritten: it decides who, when or where.
        threshold: The least probability to answer at; the fitted one where left out.

    Returns:
        A draft whose claims are whole sentences, each quoting itself.
    """
    scorer = load_scorer()
    ranked = score_sentences(question, hits, encode=encode, asked=asked)
    probability = ranked[0].probability if ranked else 0.0
    chosen = list[ScoredSentence]()
    if ranked and probability >= (scorer.threshold if threshold is None else threshold):
        different = {s.hit.passage.slice(s.sentence): s for s in reversed(ranked)}  # of equal sentences, the best one
        close = [s for s in ranked if different[s.hit.passage.slice(s.sentence)] is s]
        chosen = [s for s in close[:MOST_SENTENCES] if ranked[0].order - s.order <= scorer.margin]
    return Draft(
        question=asked or question,
        claims=tuple(
            Claim(s.hit.passage.slice(s.sentence), (as_quote(s.hit.passage.id, s.sentence),))
            for s in sorted(chosen, key=lambda s: (s.hit.document.source, s.sentence.start))
        ),
        engine=ENGINE,
        scores={"answer": round(probability, 4)},
    )


def score_sentences(
    question: str, hits: Sequence[Hit], *, encode: Encode, asked: str | None = None
) -> list[ScoredSentence]:
    """Score every sentence of the hits as an answer to the question, the best first.

    This is the function that a trained reader replaces.
    """
    scorer = load_scorer()
    candidates, features = sentence_features(question, hits, encode=encode, asked=asked)
    scored = [
        ScoredSentence(hit, sentence, float(row @ scorer.order), _sigmoid(float(row @ scorer.answers) + scorer.bias))
        for (hit, sentence), row in zip(candidates, features, strict=True)
    ]
    return sorted(scored, key=lambda s: (-s.order, s.hit.document.source, s.sentence.start))


def sentence_features(
    question: str, hits: Sequence[Hit], *, encode: Encode, asked: str | None = None
) -> tuple[list[tuple[Hit, Sentence]], np.ndarray]:
    """The different sentences of the hits, and what is known of each: shape (sentences, len(FEATURES))."""
    candidates = {
        (hit.document.id, sentence.start): (rank, hit, sentence)
        for rank, hit in reversed(list(enumerate(hits, start=1)))
        for sentence in hit.passage.sentences
    }
    if not candidates:
        return [], np.zeros((0, len(FEATURES)))
    vector = encode((question,))[0]
    likeness = {hit.passage.id: _likeness(vector, hit, encode) for hit in hits}
    passage_stems = {hit.passage.id: stems(hit.passage.indexed_text) for hit in hits}
    hit_stems = frozenset[str]().union(*passage_stems.values())
    wanted, named = stems(question), names(question)
    kind = question_kind(asked or question)

    def row(rank: int, hit: Hit, sentence: Sentence) -> list[float]:
        text, around = hit.passage.slice(sentence), passage_stems[hit.passage.id]
        own = stems(text)
        typed = has_kind(kind, text, question)
        of_passage, of_sentences = likeness[hit.passage.id]
        return [
            of_sentences[hit.passage.sentences.index(sentence)],
            of_passage,
            *(share(wanted, present) for present in (own, around, hit_stems)),
            *(share(named, present) for present in (own, around, hit_stems)),
            float(kind != "other" and typed),
            float(kind != "other" and not typed),
            math.log(1 + len(own)),
            1 / rank,
        ]

    places = sorted(candidates.values(), key=lambda found: (found[0], found[2].start))
    return [(hit, sentence) for _, hit, sentence in places], np.array([row(*place) for place in places])


@lru_cache(maxsize=1)
def load_scorer() -> Scorer:
    """The fitted numbers that ship beside this module."""
    fitted = json.loads(files("qa").joinpath("sentence_scorer.json").read_text())
    return Scorer(
        order=np.array([fitted["order"][name] for name in FEATURES]),
        answers=np.array([fitted["answers"][name] for name in FEATURES]),
        bias=fitted["bias"],
        threshold=fitted["threshold"],
        margin=fitted["margin"],
    )


def _likeness(vector: np.ndarray, hit: Hit, encode: Encode) -> tuple[float, list[float]]:
    """Cosine of the question with a passage, and with each of its sentences."""
    # A passage's sentences always go together: the same batch gives the same bits.
    texts = (hit.passage.indexed_text, *(hit.passage.slice(sentence) for sentence in hit.passage.sentences))
    whole, *sentences = (encode(texts) @ vector).tolist()
    return whole, sentences


def _sigmoid(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))
