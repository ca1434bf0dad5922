"""What a document is about: the few sentences that carry it, word for word."""

import re
from collections.abc import Sequence

import numpy as np

from index.document import Hit, Sentence
from index.search import RANK_CONSTANT
from qa.answer import Claim, Draft, as_quote
from qa.converse import Question
from qa.evidence import Encode, stems
from qa.read import ENGINE

MOST_SENTENCES = 4
SAME = 0.8
"""Two sentences whose cosine is higher say the same, and one is enough."""
FEWEST_WORDS = 6

_ASKS = re.compile(
    r"\babout\b|\bsummar|\boverview\b|\bgist\b|\btl;?dr\b|\btakeaways?\b|\bin (?:short|brief|a nutshell)\b"
    r"|\b(?:main|central|key|overall|core|principal|chief|basic|general|major|important|essential) (?:\w+ )?"
    r"(?:arguments?|points?|ideas?|claims?|thes[ie]s|messages?|conclusions?|themes?|topics?|subjects?|findings?)\b"
    r"|\bdeals? with\b|\b(?:thesis|topic|theme|subject|argument|conclusion|argue|conclude|discuss|cover)s?\b",
    re.IGNORECASE,
)
_GENERAL = stems(
    """about summary summarise summarize overview gist tldr tl dr takeaway short brief nutshell deal main central key
    overall core principal chief basic general major important essential argument point idea claim thesis theses
    message conclusion theme topic subject finding argue conclude discuss cover this document text article piece
    analysis report essay page paper story author writer make made tell say write written sentence paragraph few
    quick please whole entire content contain happen thing it read describe explain"""
)


def asks_for_overview(question: str) -> bool:
    """Whether a question is about the document as a whole, and about nothing in it."""
    return bool(_ASKS.search(question)) and not stems(question) - _GENERAL


def overview(question: Question, hits: Sequence[Hit], *, encode: Encode) -> Draft:
    """Draft an answer from the sentences that carry the document, in its order.

    Three rankings are fused as in the search: how near a sentence is to the mean of all, how near to the title, and
    how near to the document's beginning or end, where writers say what they mean to say.

    Args:
        question: What is asked.
        hits: What `Search.central` found.
        encode: Embeds the sentences.
    """
    chosen = list[tuple[Hit, Sentence]]()
    sources = list(dict.fromkeys(hit.document.id for hit in hits))
    most = max(1, MOST_SENTENCES // max(1, len(sources)))
    for source in sources:
        chosen += _carrying([hit for hit in hits if hit.document.id == source], encode, most)
    return Draft(
        question=question.asked,
        understood=question.alone,
        claims=tuple(Claim(h.passage.slice(s), (as_quote(h.passage.id, s),)) for h, s in chosen),
        engine=ENGINE,
    )


def _carrying(hits: Sequence[Hit], encode: Encode, most: int) -> list[tuple[Hit, Sentence]]:
    """The sentences of one document that carry it, in order."""
    places = {s.start: (h, s) for h in hits for s in h.passage.sentences if _tells(h.passage.slice(s))}
    found = [places[start] for start in sorted(places)]
    if not found:
        return []
    title, *rows = encode((found[0][0].document.title, *(h.passage.slice(s) for h, s in found)))
    vectors = np.array(rows)
    rankings = (
        -(vectors @ vectors.mean(axis=0)),
        -(vectors @ title),
        np.minimum(np.arange(len(found)), np.arange(len(found))[::-1]),
    )
    ranks = [np.argsort(np.argsort(ranking, kind="stable"), kind="stable") for ranking in rankings]
    scores = sum(1 / (RANK_CONSTANT + 1 + rank) for rank in ranks)
    chosen = list[int]()
    for i in np.argsort(-np.asarray(scores), kind="stable").tolist():
        if len(chosen) < most and all(float(vectors[i] @ vectors[j]) < SAME for j in chosen):
            chosen.append(i)
    return [found[i] for i in sorted(chosen)]


def _tells(sentence: str) -> bool:
    return (
        len(sentence.split()) >= FEWEST_WORDS
        and " | " not in sentence
        and sentence.rstrip("\"'”’)").endswith((".", "!"))
    )
