"""The offline answerer: picks the sentences that answer, word for word, or none. It has no words of its own."""

import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np

from index.document import Hit, Sentence
from qa.answer import Claim, Draft, as_quote
from qa.converse import Question
from qa.evidence import Encode, denies, fits, has_kind, names, orders, question_kind, share, stems
from qa.lists import Place, asks_for_list, whole_list
from qa.reader.model import ReaderError, Span

FindSpans = Callable[[str, Sequence[str], Sequence[Sequence[tuple[int, int]]]], list[list[Span]]]
"""A question, passages and their sentences to the best span of each sentence, as `qa.reader.model.Reader.read`."""

ENGINE = "reader"
SCORER_FILE = "sentence_scorer.json"
MOST_SENTENCES = 3
MOST_ITEMS = 8
"""Of a list, so many sentences are shown at the most."""
SHORT_WORDS = 8
SURE = 0.5
"""A span is set apart from its sentence only where it is likelier than not that the sentence answers."""
ASKS_FOR_A_NAME = re.compile(r"\bwhich\b", re.IGNORECASE)
JOINS = re.compile(r",|\b(?:and|or)\b|/")
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
class Candidate:
    """A sentence that was read: where it is, the span in it that answers best, and what is known of it.

    Attributes:
        span: In document offsets; None where the reader found none.
        features: The numbers named in `FEATURES`.
    """

    hit: Hit
    sentence: Sentence
    span: tuple[int, int] | None
    features: np.ndarray

    @property
    def words(self) -> str:
        """The sentence's text."""
        return self.hit.passage.slice(self.sentence)

    @property
    def place(self) -> Place:
        """The sentence, and the passage it was read in."""
        return self.hit, self.sentence

    @property
    def span_words(self) -> str:
        """The span's text; nothing where there is none."""
        return self.hit.document.text[slice(*self.span)] if self.span else ""


def read(
    question: Question,
    hits: Sequence[Hit],
    *,
    encode: Encode,
    spans: FindSpans,
    scorer: Scorer,
    threshold: float | None = None,
) -> Draft:
    """Draft an answer from one to three sentences of the hits, in the document's order; or from none.

    Args:
        question: What is asked.
        hits: The passages to read, the nearest first.
        encode: Embeds the question and the sentences.
        spans: The trained reader.
        scorer: The numbers fitted for it.
        threshold: The least probability to answer at; the fitted one where left out.

    Returns:
        A draft whose claims are whole sentences, each quoting itself.
    """
    ranked = ranking(read_sentences(question, hits, encode=encode, spans=spans), scorer)
    probability = scorer.probability(ranked[0].features) if ranked else 0.0
    least = scorer.threshold if threshold is None else threshold
    chosen = _chosen(question, ranked, scorer, least) if probability >= least else []
    return Draft(
        question=question.asked,
        understood=question.alone,
        claims=tuple(Claim(c.words, (as_quote(c.hit.passage.id, c.sentence),)) for c in sorted(chosen, key=_place)),
        engine=ENGINE,
        short=short_answer(question, ranked[0]) if chosen and probability >= SURE else None,
        scores={"answer": round(probability, 4)},
    )


def _chosen(question: Question, ranked: Sequence[Candidate], scorer: Scorer, least: float) -> list[Candidate]:
    """The sentences to show: the best one with those close behind, or the whole list to which they lead."""
    if not ranked:
        return []
    first = {c.words: c for c in reversed(ranked)}  # of equal sentences, the best one
    different = [c for c in ranked if first[c.words] is c]
    near = scorer.score(ranked[0].features) - scorer.margin
    chosen = [c for c in different[:MOST_SENTENCES] if scorer.score(c.features) >= near]
    # Where a list is asked for and the best is not sure, one close behind that announces a list answers better.
    unsure = asks_for_list(question.meant) and scorer.probability(ranked[0].features) < SURE
    for best in chosen if unsure else chosen[:1]:
        asked = question.meant if best is chosen[0] else ""
        # A sentence that two passages share may have been read best in the other one: it is known by where it stands.
        if listed := {s for _, s in whole_list(best.place, [c.place for c in ranked], asked)}:
            return [c for c in ranked if c.sentence in listed and c.hit.document == best.hit.document][:MOST_ITEMS]
    if asks_for_list(question.meant):
        # Another item of the list must answer for itself, and not with words that are shown already.
        chosen += [
            c
            for c in different[:MOST_ITEMS]
            if scorer.probability(c.features) >= least and not any(c.span_words in shown.words for shown in chosen)
        ]
    return chosen


def passages_for(question: Question, search: Callable[..., list[Hit]], *, limit: int) -> list[Hit]:
    """The passages to read for a question: for what it says, and then for what it leans on, half as many.

    Args:
        question: What is asked.
        search: As `index.search.Search`.
        limit: How many for what it says.
    """
    hits = search(question.compared, limit=limit)
    if question.alone != question.compared:
        known = {hit.passage.id for hit in hits}
        hits += [hit for hit in search(question.alone, limit=limit // 2) if hit.passage.id not in known]
    return hits


def ranking(candidates: Sequence[Candidate], scorer: Scorer) -> list[Candidate]:
    """The candidates in the order in which they answer, the best first; equal ones in the document's order."""
    return sorted(candidates, key=lambda c: (-scorer.score(c.features), *_place(c)))


def short_answer(question: Question, candidate: Candidate) -> str | None:
    """The candidate's span, if the question asks for something that short and the span is of its kind.

    "What did she say?" gets none: words taken out of a sentence can lose their "denied". Nor does a question whose
    sentence denies something that the question does not: the span may be what is denied.
    """
    kind = question_kind(question.meant)
    if candidate.span is None or kind == "why" or (kind == "other" and not ASKS_FOR_A_NAME.search(question.meant)):
        return None
    span = candidate.span_words
    if asks_for_list(question.meant) and not JOINS.search(span):
        return None
    if denies(candidate.words) and not denies(question.meant):
        return None
    return span if len(span.split()) <= SHORT_WORDS and fits(kind, span) else None


def read_sentences(question: Question, hits: Sequence[Hit], *, encode: Encode, spans: FindSpans) -> list[Candidate]:
    """Read every different sentence of the hits: what is known of it as an answer to the question."""
    vector = encode((question.compared,))[0]
    stems_of = {hit.passage.id: stems(hit.passage.indexed_text) for hit in hits}
    all_stems = frozenset[str]().union(*stems_of.values())
    wanted, named, kind = stems(question.compared), names(question.compared), question_kind(question.meant)
    found = dict[tuple[str, int], Candidate]()
    texts, ranges = [hit.passage.text for hit in hits], [_ranges(hit) for hit in hits]
    readings = spans(question.in_turns, texts, ranges)
    in_dialogue = spans(question.in_dialogue, texts, ranges) if question.in_dialogue else readings
    for rank, (hit, read, reread) in enumerate(zip(hits, readings, in_dialogue, strict=True), start=1):
        whole, *likeness = (encode(_texts(hit)) @ vector).tolist()
        for sentence, like, span, again in zip(hit.passage.sentences, likeness, read, reread, strict=True):
            text = hit.passage.slice(sentence)
            if orders(text):
                continue  # what a document tells its reader to do with the document is evidence of nothing
            own, around = stems(text), stems_of[hit.passage.id]
            typed = has_kind(kind, text, question.compared)
            fitting = fits(kind, hit.passage.text[span.start : span.end])
            margin = max(span.margin, LEAST_MARGIN)
            numbers = [
                margin,
                0.0,  # "span elsewhere", known when all are read
                max(again.margin, LEAST_MARGIN) - margin,
                like,
                whole,
                *(share(wanted, present) for present in (own, around, all_stems)),
                *(share(named, present) for present in (own, around, all_stems)),
                float(kind != "other" and typed),
                float(kind != "other" and not typed),
                float(kind != "other" and fitting),
                float(kind != "other" and not fitting),
                math.log(1 + len(own)),
                1 / rank,
            ]
            place = (hit.passage.start + span.start, hit.passage.start + span.end) if span.end > span.start else None
            candidate = Candidate(hit, sentence, place, np.array(numbers))
            # A sentence that two passages share counts where it is read best.
            key = (hit.document.id, sentence.start)
            if key not in found or found[key].features[0] < candidate.features[0]:
                found[key] = candidate
    candidates = list(found.values())
    margins = np.array([c.features[0] for c in candidates])
    for i, candidate in enumerate(candidates):
        candidate.features[1] = np.delete(margins, i).max(initial=LEAST_MARGIN)
    return candidates


def load_scorer(folder: Path | None = None) -> Scorer:
    """The numbers fitted for the reader in a folder: `SCORER_FILE` in it or, where it has none, the shipped one.

    Raises:
        ReaderError: The file is not what `qa.fit` writes.
    """
    own = folder / SCORER_FILE if folder else None
    file = own if own and own.is_file() else files("qa").joinpath(SCORER_FILE)
    try:
        fitted = json.loads(file.read_text())
        return Scorer(
            order=np.array([fitted["order"][name] for name in FEATURES]),
            answers=np.array([fitted["answers"][name] for name in FEATURES]),
            bias=fitted["bias"],
            threshold=fitted["threshold"],
            margin=fitted["margin"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ReaderError(f"{file}: not a fitted scorer ({error!r}). Make it again with `python -m qa.fit`.") from error


def _texts(hit: Hit) -> tuple[str, ...]:
    """A passage and its sentences, to be embedded together: the same batch gives the same bits."""
    return (hit.passage.indexed_text, *(hit.passage.slice(sentence) for sentence in hit.passage.sentences))


def _ranges(hit: Hit) -> list[tuple[int, int]]:
    """Where a passage's sentences start and end in it."""
    return [(s.start - hit.passage.start, s.end - hit.passage.start) for s in hit.passage.sentences]


def _place(candidate: Candidate) -> tuple[str, int]:
    return candidate.hit.document.source, candidate.sentence.start
