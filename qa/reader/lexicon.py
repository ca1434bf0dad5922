"""Words that mean the same, the opposite or something alike, from WordNet, in the inflection that was asked for."""

from collections.abc import Callable
from functools import cache
from typing import Any

import lemminflect
from wn import WordNet

_POS = {"NOUN": "n", "VERB": "v", "ADJ": "a", "ADV": "r"}
QUESTION_WORDS = frozenset("what which who whom whose when where why how".split())
STOP_WORDS = QUESTION_WORDS.union(
    """
    a an the of in on at to for from by with about into over under between and or but not no nor is are was were be
    been being am do does did done have has had having can could will would shall should may might must that this
    these those it its he she they them his her their there as if than then so such many much more most some any all
    each other one two first name names kind type way make made get got go going used use take took give given
    called said say become became often also year years time people person thing
    """.split()
)


@cache
def _wordnet() -> Any:
    return WordNet()


def is_content_word(word: str) -> bool:
    """Tells whether a word carries meaning of its own (no function word, no number, no name)."""
    return len(word) > 3 and word.isalpha() and word.islower() and word not in STOP_WORDS


@cache
def lemmas(word: str) -> frozenset[str]:
    """Returns every base form of a word, in lower case."""
    found = lemminflect.getAllLemmas(word.lower())
    return frozenset(form for forms in found.values() for form in forms) | {word.lower()}


def _inflected(word: str, lemma: str, pos: str, others: list[str]) -> list[str]:
    """Puts other lemmas into the inflection that `word` has."""
    for tag, forms in lemminflect.getAllInflections(lemma, upos=pos).items():
        if word in forms:
            made = [lemminflect.getInflection(other, tag) for other in others]
            return [forms[0] for forms in made if forms]
    return []


def _synsets(lemma: str, pos: str) -> list[Any]:
    return [s for s in _wordnet().synsets(lemma, _POS[pos]) if lemma in s.lemma_names()] if pos in _POS else []


def _related(word: str, pick: Callable[[list[Any], str], list[str]]) -> tuple[str, ...]:
    found: list[str] = []
    for pos, forms in lemminflect.getAllLemmas(word).items():
        synsets = _synsets(forms[0], pos) if pos in _POS else []
        if synsets:
            names = [n for n in pick(synsets, forms[0]) if n.isalpha() and n.islower() and n != forms[0]]
            found += _inflected(word, forms[0], pos, names)
    return tuple(dict.fromkeys(f for f in found if f != word))


@cache
def synonyms(word: str) -> tuple[str, ...]:
    """Returns words that can stand for `word` in its commonest sense."""

    def pick(synsets: list[Any], _: str) -> list[str]:
        return [lemma.name() for lemma in synsets[0].lemmas() if lemma.count() > 1]

    return _related(word, pick)


@cache
def antonyms(word: str) -> tuple[str, ...]:
    """Returns words that mean the opposite of `word`."""

    def pick(synsets: list[Any], own: str) -> list[str]:
        same = [m for s in synsets[:3] for m in s.lemmas() if m.name() == own]
        return [opposite.name() for lemma in same for opposite in lemma.antonyms()]

    return _related(word, pick)


@cache
def siblings(word: str) -> tuple[str, ...]:
    """Returns words for another thing or act of the same kind (captain: colonel, major), no synonym of `word`."""

    def pick(synsets: list[Any], _: str) -> list[str]:
        first, same = synsets[0], {n for s in synsets for n in s.lemma_names()}
        kin = [s for parent in first.hypernyms() for s in parent.hyponyms() if s != first]
        return [m.name() for s in kin for m in s.lemmas()[:1] if m.count() > 1 and m.name() not in same][:25]

    return _related(word, pick)
