"""Lists that a document spreads over sentences and paragraphs: "First, ...", "Under the second policy, ...". Pure."""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from index.document import Hit, Sentence
from qa.evidence import question_kind, stem_of

Place = tuple[Hit, Sentence]
"""A sentence and the passage that it was found in."""

REACH = 4
"""How many passages before and after a hit can hold the rest of its list."""

_COUNTS = "two|three|four|five|six|seven|eight|nine|ten|several|multiple|various"
_PLURAL = r"(?:(?!does\b|has\b|was\b)\w{2,}(?<![siu])s|people|men|women|children)"
_AFTER_NOUN = (
    r"(?=\W*$| (?:are|were|is|was|did|do|does|have|had|has|can|could|will|would|should|must|may|might|of|in|that"
    r"|to|for|from|with|and|by|on|at)\b)"
)
_ASKS = re.compile(
    rf"\b(?:which|what) (?:of (?:the|these|those) )?(?:{_PLURAL}\b|\w+ {_PLURAL}{_AFTER_NOUN})"
    rf"|\b(?:{_COUNTS}|all|both) \w+|^\W*(?:please )?(?:list|enumerate|name|give)\b|\bwho (?:are|were|all|else)\b"
    r"|\bwhat else\b",
    re.IGNORECASE,
)
_ANNOUNCES = re.compile(rf"\b(?:{_COUNTS}|\d{{1,2}}) (?:\w+[ -]){{0,3}}\w+s\b|:\s*$|\bas follows\b", re.IGNORECASE)
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_ITEM = re.compile(
    rf"^\W*(?:(?:the )?({'|'.join(_ORDINALS)}|final|last)(?:ly)?(?:,| of all\b| (?:\w+ )?(?:is|was|are|were)\b)"
    r"|\(?(\d{1,2})[.)]\s)",
    re.IGNORECASE,
)
_NTH = re.compile(
    rf"^\W*(?:[\w’'-]+ ){{0,4}}?({'|'.join(_ORDINALS)})(?: of (?:these|those|the|its|their))? ([\w-]+)",
    re.IGNORECASE,
)
_COUNTED = re.compile(rf"\b(?:{_COUNTS}|\d{{1,2}})((?: [\w-]+){{1,4}})", re.IGNORECASE)
_REASONS = re.compile(r"\b(?:reasons?|causes?|motives?|grounds|factors?|aims?|goals?|purposes?)\b", re.IGNORECASE)
_LAST = 99


def asks_for_list(question: str) -> bool:
    """Whether a question asks for several things."""
    return bool(_ASKS.search(question))


def rest_of_lists(hits: Sequence[Hit], around: Callable[[Hit, int], list[Hit]]) -> list[Hit]:
    """The passages that hold the other items of lists of which the hits hold a part.

    Args:
        hits: What was found.
        around: Gives a hit's passage with so many passages before and after it, in the document's order.
    """
    known = {hit.passage.id for hit in hits}
    missing: dict[str, Hit] = {}
    for hit in hits:
        texts = map(hit.passage.slice, hit.passage.sentences)
        if any(_ITEM.match(text) or _NTH.match(text) or _ANNOUNCES.search(text) for text in texts):
            near = around(hit, REACH)
            for found in _series([(other, s) for other in near for s in other.passage.sentences]):
                if any(h.passage.id == hit.passage.id for h, _ in found):
                    missing |= {h.passage.id: h for h, _ in found if h.passage.id not in known}
    return list(missing.values())


def whole_list(best: Place, places: Sequence[Place], question: str) -> list[Place]:
    """The list that a sentence announces or, where a list is asked for, belongs to; nothing where it does neither.

    Asked "why", only a list of reasons will do.

    Args:
        best: The sentence that answers best.
        places: All sentences that were read, in any order.
        question: What is asked.

    Returns:
        The sentences of the list in order, the one that announces it in front if it is the best.
    """
    ordered = sorted({(h.document.source, s.start): (h, s) for h, s in reversed(places)}.items())
    for announced, *items in _series([place for _, place in ordered]):
        if question_kind(question) == "why" and not _REASONS.search(_words(announced)):
            continue  # the sentence can say why there are three policies; the policies do not
        if best[1] == announced[1] and best[0].document == announced[0].document:
            return [announced, *items]
        if asks_for_list(question) and any(best[1] == s and best[0].document == h.document for h, s in items):
            return items
    return []


def _series(places: Sequence[Place]) -> list[list[Place]]:
    """The lists in some sentences, each with the sentence before its first item in front."""
    found, run, last = list[list[Place]](), list[Place](), 0
    for before, place in pairwise(places):
        number = _number(_words(place), _words(run[0]) if run else "")
        same = bool(run) and run[0][0].document == place[0].document
        if _number(_words(place), _words(before)) == 1:
            found += [run]
            run, last = [before, place], 1
        elif same and (number == last + 1 or (number == _LAST and last > 1)):
            run, last = [*run, place], number
    return [run for run in [*found, run] if len(run) > 2]  # the sentence in front, and two items


def _words(place: Place) -> str:
    return place[0].passage.slice(place[1])


def _number(sentence: str, announced: str) -> int:
    """Which item of a list a sentence is by its first words, counted from 1; 0 if it is none.

    "Under the second policy, ..." is an item where several policies were announced.
    """
    match = _ITEM.match(sentence)
    if not match:
        nth = _NTH.match(sentence)
        counted = {stem_of(word) for match in _COUNTED.finditer(announced) for word in match[1].split()}
        return _ORDINALS.index(nth[1].lower()) + 1 if nth and stem_of(nth[2]) in counted else 0
    word, digits = match.groups()
    if digits:
        return int(digits)
    return _ORDINALS.index(word.lower()) + 1 if word.lower() in _ORDINALS else _LAST
