"""A misspelt word of a question becomes the document's word that it must have meant."""

import re
from collections import Counter
from collections.abc import Collection, Iterable

from rapidfuzz.distance import OSA

from qa.evidence import stem_of

_WORD = re.compile(r"[^\W\d_]+(?:['’]s\b)?")
_QUESTION_WORDS = ("which", "what", "when", "where", "who", "whose", "why", "how", "many", "much", "does", "did")
_SHORTEST, _LONG = 5, 8
"""A word of fewer letters has too many neighbours; one of eight or more may be two slips away."""
_SHORTEST_NAME = 7
"""What is written as a name and is short is another name: "Osaki" is not "Osaka"."""


class Spelling:
    """Corrects questions by the words of some documents.

    Only a word that is neither English nor the documents' is changed, and only to one that is a slip or two away and
    begins with the same letter: "nicholsen" to "Nicholson", but "Iran" never to "Iraq". The distance is that of
    optimal string alignment: letters added, dropped, replaced, or swapped with their neighbour (Damerau, CACM 1964).

    Args:
        texts: What the documents say.
        english: Words that people know, whatever the documents say, in lower case.
    """

    def __init__(self, texts: Iterable[str], english: Collection[str]) -> None:
        written = Counter(word for text in texts for word in _words(text))
        self._english = frozenset(english).union(_QUESTION_WORDS)
        self._stems = {stem_of(word) for word in written}
        self._written: dict[str, str] = {}
        for word, _ in written.most_common():  # a word as it is written most often
            self._written.setdefault(word.casefold(), word)
        self._own = _by_letter(self._written)
        self._others = _by_letter(self._english)

    def correct(self, question: str) -> str:
        """The question with its misspelt words as the documents write them; the same text where there are none."""
        return _WORD.sub(lambda match: self._corrected(match.group()), question)

    def _corrected(self, word: str) -> str:
        bare = re.sub(r"['’]s$", "", word)
        folded = bare.casefold()
        if folded in self._written or folded in self._english or stem_of(folded) in self._stems:
            return word
        if len(bare) < _SHORTEST:
            slip = len(bare) > 2 and not bare.isupper()  # or else an abbreviation
            meant = [right for right in _QUESTION_WORDS if slip and OSA.distance(folded, right) == 1]
            return meant[0] if len(meant) == 1 else word
        if not bare.islower() and len(bare) < _SHORTEST_NAME:
            return word
        slips = 2 if len(bare) >= _LONG and bare.islower() else 1
        known = _nearest(folded, self._own, slips)
        if known is None and bare.islower():
            known = _nearest(folded, self._others, 1)
        return word if known is None else self._written.get(known, known) + word[len(bare) :]


def _words(text: str) -> list[str]:
    return [re.sub(r"['’]s$", "", word) for word in _WORD.findall(text)]


def _by_letter(words: Iterable[str]) -> dict[str, list[str]]:
    """Words by their first letter, since nobody slips there; short ones left out."""
    lists: dict[str, list[str]] = {}
    for word in words:
        if len(word) >= _SHORTEST:
            lists.setdefault(word[0], []).append(word)
    return lists


def _nearest(word: str, lists: dict[str, list[str]], slips: int) -> str | None:
    """The one known word that is nearest, at most so many slips away; None where two are alike near.

    Of two as many slips away, the one of the same letters is nearer: "recieved" is "received" and not "relieved".
    """
    near = [(OSA.distance(word, known, score_cutoff=slips), known) for known in lists.get(word[0], ())]
    best = sorted((distance, sorted(known) != sorted(word), known) for distance, known in near if distance <= slips)
    return None if not best or (len(best) > 1 and best[0][:2] == best[1][:2]) else best[0][2]
