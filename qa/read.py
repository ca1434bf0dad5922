"""The offline answerer: picks the sentences that answer, word for word, or none. It has no words of its own."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from index.document import Hit, Sentence
from qa.answer import Claim, Draft, as_quote
from qa.converse import Question
from qa.evidence import Encode, denies, fits, has_kind, names, orders, question_kind, share, stems
from qa.judge import LEAST_MARGIN, READ_AGAIN, FindSpans, Judge, Scorer, unsure
from qa.lists import Place, asks_for_list, whole_list

ENGINE = "reader"
FIRST_READING = "first reading"
"""The name of the first reader's probability among the scores, where a larger one decided."""
MOST_SENTENCES = 3
MOST_ITEMS = 8
"""Of a list, so many sentences are shown at the most."""
SHORT_WORDS = 8
SURE = 0.5
"""A span is set apart from its sentence only where it is likelier than not that the sentence answers."""
ASKS_FOR_A_NAME = re.compile(r"\bwhich\b", re.IGNORECASE)
JOINS = re.compile(r",|\b(?:and|or)\b|/")


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


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader makes of the sentences: in the order in which they answer, the best first."""

    ranked: tuple[Candidate, ...]
    scorer: Scorer

    @property
    def probability(self) -> float:
        """How likely the sentence in front is to answer; 0 where there is none."""
        return self.scorer.probability(self.ranked[0].features) if self.ranked else 0.0


def read(
    question: Question,
    hits: Sequence[Hit],
    *,
    encode: Encode,
    judges: Sequence[Judge],
    threshold: float | None = None,
) -> Draft:
    """Draft an answer from one to three sentences of the hits, in the document's order; or from none.

    The first reader reads all hits, and decides where it is sure. Where it is not, the next one, which is larger and
    slower, reads the best of them again, and decides: a cascade, as of Varshney & Baral (2022), arXiv:2210.05528.

    Args:
        question: What is asked.
        hits: The passages to read, the nearest first.
        encode: Embeds the question and the sentences.
        judges: The readers, the quickest first, each with the numbers fitted for it.
        threshold: The least probability to answer at; the fitted one where left out.

    Returns:
        A draft whose claims are whole sentences, each quoting itself.
    """
    first = reading = _reading(question, hits, hits, encode, judges[0])
    for judge in judges[1:]:
        if not unsure(reading.probability):
            break
        best = list({c.hit.passage.id: c.hit for c in first.ranked}.values())[:READ_AGAIN]
        among = hits if asks_for_list(question.meant) else best  # a list may be spread over all of them
        reading = _reading(question, hits, among, encode, judge)
    least = reading.scorer.threshold if threshold is None else threshold
    chosen = _chosen(question, reading, first.ranked, least) if reading.probability >= least else []
    return Draft(
        question=question.asked,
        understood=question.alone,
        claims=tuple(Claim(c.words, (as_quote(c.hit.passage.id, c.sentence),)) for c in sorted(chosen, key=_place)),
        engine=ENGINE,
        short=short_answer(question, reading.ranked[0]) if chosen and reading.probability >= SURE else None,
        scores={"answer": round(reading.probability, 4)}
        | ({FIRST_READING: round(first.probability, 4)} if reading is not first else {}),
    )


def _reading(question: Question, hits: Sequence[Hit], among: Sequence[Hit], encode: Encode, judge: Judge) -> Reading:
    candidates = read_sentences(question, hits, encode=encode, spans=judge.spans, among=among)
    return Reading(tuple(ranking(candidates, judge.scorer)), judge.scorer)


def _chosen(question: Question, reading: Reading, seen: Sequence[Candidate], least: float) -> list[Candidate]:
    """The sentences to show: the best one with those close behind, or the whole list to which they lead.

    Args:
        question: What is asked.
        reading: The one that decides.
        seen: All sentences of the hits.
        least: The least probability to answer at.
    """
    ranked, scorer = reading.ranked, reading.scorer
    if not ranked:
        return []
    first = {c.words: c for c in reversed(ranked)}  # of equal sentences, the best one
    different = [c for c in ranked if first[c.words] is c]
    near = scorer.score(ranked[0].features) - scorer.margin
    chosen = [c for c in different[:MOST_SENTENCES] if scorer.score(c.features) >= near]
    # Where a list is asked for and the best is not sure, one close behind that announces a list answers better.
    for_list = asks_for_list(question.meant)
    for best in chosen if for_list and reading.probability < SURE else chosen[:1]:
        asked = question.meant if best is chosen[0] else ""
        # A sentence that two passages share may have been read best in the other one: it is known by where it stands.
        if listed := {s for _, s in whole_list(best.place, [c.place for c in seen], asked)}:
            return [c for c in seen if c.sentence in listed and c.hit.document == best.hit.document][:MOST_ITEMS]
    if for_list:
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


def read_sentences(
    question: Question, hits: Sequence[Hit], *, encode: Encode, spans: FindSpans, among: Sequence[Hit] | None = None
) -> list[Candidate]:
    """Read every different sentence of the hits: what is known of it as an answer to the question.

    `among` are the hits to read; all, if left out. The others only lend the words that stand around.
    """
    vector = encode((question.compared,))[0]
    stems_of = {hit.passage.id: stems(hit.passage.indexed_text) for hit in hits}
    all_stems = frozenset[str]().union(*stems_of.values())
    wanted, named, kind = stems(question.compared), names(question.compared), question_kind(question.meant)
    found = dict[tuple[str, int], Candidate]()
    ranks = {hit.passage.id: rank for rank, hit in enumerate(hits, start=1)}
    among = hits if among is None else among
    texts, ranges = [hit.passage.text for hit in among], [_ranges(hit) for hit in among]
    readings = spans(question.in_turns, texts, ranges)
    in_dialogue = spans(question.in_dialogue, texts, ranges) if question.in_dialogue else readings
    for hit, read, reread in zip(among, readings, in_dialogue, strict=True):
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
                1 / ranks[hit.passage.id],
            ]
            place = (hit.passage.start + span.start, hit.passage.start + span.end) if span.end > span.start else None
            candidate = Candidate(hit, sentence, place, np.array(numbers))
            # A sentence that two passages share counts where it is read best.
            key = (hit.document.id, sentence.start)
            if key not in found or found[key].features[0] < candidate.features[0]:
                found[key] = candidate
    return _beside_each_other(list(found.values()))


def _beside_each_other(candidates: list[Candidate]) -> list[Candidate]:
    """The candidates, each with the best span of the others among its features."""
    margins = np.array([c.features[0] for c in candidates])
    for i, candidate in enumerate(candidates):
        candidate.features[1] = np.delete(margins, i).max(initial=LEAST_MARGIN)
    return candidates


def _texts(hit: Hit) -> tuple[str, ...]:
    """A passage and its sentences, to be embedded together: the same batch gives the same bits."""
    return (hit.passage.indexed_text, *(hit.passage.slice(sentence) for sentence in hit.passage.sentences))


def _ranges(hit: Hit) -> list[tuple[int, int]]:
    """Where a passage's sentences start and end in it."""
    return [(s.start - hit.passage.start, s.end - hit.passage.start) for s in hit.passage.sentences]


def _place(candidate: Candidate) -> tuple[str, int]:
    return candidate.hit.document.source, candidate.sentence.start
