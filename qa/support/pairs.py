"""Sentences with the quotes they cite, true and false: what the support model is fitted on, and measured by."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from qa.reader.changes import names_of
from qa.support.changes import Dice
from qa.support.facts import unfounded
from qa.support.rewordings import joined, retold, true_kinds
from qa.support.stance import Stance
from qa.support.swaps import attributed, borrow_name, false_kinds
from qa.support.words import content_words, stem

JOINED = 0.3
"""How often a pair cites two sentences: a chat model does so too."""
NEAREST = 0.8
"""A sentence that holds so many of another's content words may say the same."""
SHORTEST, LONGEST = 30, 320
"""In characters: a shorter sentence says too little to be changed, a longer one is a list, or badly cut."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence, the quotes it cites, how it was made, and whether they support it."""

    document: str
    kind: str
    true: bool
    sentence: str
    quotes: tuple[str, ...]


class Maker:
    """Makes pairs of every kind, of each so many at most.

    Args:
        dice: Chance.
        most: How many pairs of one kind; made of as many documents as it takes.
    """

    def __init__(self, dice: Dice, most: int) -> None:
        self._dice = dice
        self._most = most
        self._made = Counter[str]()
        self.pairs = list[Pair]()

    def passage(self, document: str, sentences: Sequence[str], whole: Sequence[str]) -> None:
        """Make pairs of a passage's sentences; `whole` are those of its document."""
        for sentence, other in zip(sentences, [*sentences[1:], ""], strict=True):
            if _fits(sentence):
                self._sentence(document, sentence, other if _fits(other) else "", whole)

    def _sentence(self, document: str, sentence: str, other: str, whole: Sequence[str]) -> None:
        """Make pairs of a sentence, of the one behind it, if that fits, and of the one that is most like it."""
        bases, quoting = [sentence] * 3, re.search(r"[\"“”]", sentence)
        for kind, change in true_kinds().items():
            if not quoting and self._wants(kind) and (base := change(sentence, self._dice)):
                self._add(document, kind, True, base, sentence, beside=other)
                bases.append(base)
        both = joined(sentence, other) if other else None
        if other and self._wants("joined"):
            self._add(document, "joined", True, both, sentence, other)
        if other and self._wants("another sentence"):
            self._add(document, "another sentence", False, self._dice.choice(bases), other)
        if self._wants("nearest sentence") and (near := _nearest(sentence, whole)):
            self._add(document, "nearest sentence", False, self._dice.choice(bases), near)
        if other and self._wants("said of another"):
            self._add(document, "said of another", False, borrow_name(sentence, other, self._dice), sentence, other)
        for kind, change in false_kinds().items():
            if self._wants(kind) and both and self._dice.random() < JOINED:
                self._add(document, kind, False, change(both, self._dice), sentence, other)
            elif self._wants(kind):
                base = self._dice.choice(bases)
                self._add(document, kind, False, change(base, self._dice), sentence, beside=other)
        if self._wants("attribution, made") and not Stance.of(sentence).said:
            told = attributed(sentence, self._dice)
            self._add(document, "attribution, made", False, sentence, told, beside=other)

    def asked(self, document: str, question: str, answer: str, *quotes: str) -> None:
        """Make pairs of a question, its answer, and the sentence that answers with the one before it."""
        statement = retold(question, answer)
        if not statement or not all(map(_fits, quotes)) or unfounded(statement, quotes):
            return  # a name of the question stands elsewhere
        if self._wants("retold"):
            self._add(document, "retold", True, statement, *quotes)
        others = [n for n in names_of(quotes[-1]) if n not in statement and n not in answer and answer not in n]
        if others and self._wants("another answer"):
            self._add(document, "another answer", False, retold(question, self._dice.choice(others)), *quotes)

    def _wants(self, kind: str) -> bool:
        return self._made[kind] < self._most

    def _add(self, document: str, kind: str, true: bool, sentence: str | None, *quotes: str, beside: str = "") -> None:
        """Keep a pair, if there is one; with the sentence beside it as a further quote, now and then."""
        if sentence and sentence not in (*quotes, " ".join(quotes)):
            self._made[kind] += 1
            if beside and self._dice.random() < JOINED:
                quotes = (*quotes, beside)
            self.pairs.append(Pair(document, kind, true, sentence, quotes))


def _nearest(sentence: str, whole: Sequence[str]) -> str | None:
    """The sentence that a careless writer would cite: that with the most of the words, but not nearly all."""
    wanted = set(map(stem, content_words(sentence)))
    shares = [(len(wanted & set(map(stem, content_words(s)))) / max(len(wanted), 1), s) for s in whole if _fits(s)]
    return max((found for found in shares if 0 < found[0] < NEAREST and found[1] != sentence), default=(0, None))[1]


def _fits(sentence: str) -> bool:
    return SHORTEST <= len(sentence) <= LONGEST and sentence.endswith(".")
