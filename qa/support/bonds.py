"""Whether what a sentence says of a name is said of that name in its quotes, and not of another one. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.document import Block, BlockKind
from index.split import sentence_spans
from qa.support.facts import holds_name, names
from qa.support.stance import SAID
from qa.support.words import is_function_word, stem

_TOKEN = re.compile(r"\w+(?:[-.’']\w+)*|[^\w\s]")
_BREAKS = frozenset(",;:()–—")
LEAST_HELD = 0.5
"""A name of whose words fewer are within its reach is another one's. Chosen on the training documents."""
_BESIDE = 2
"""A name is held by so many content words on each side, up to the next name."""
_NEXT = frozenset("and but while whereas although though yet so".split())
"""Behind a comma, these begin a new clause."""
_ACROSS = 2
"""A subject may stand so many commas before its verb: "Smith, a lawyer, said" has two."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """A name of one or more words, or the stem of a content word.

    Attributes:
        clause: In which of the clauses that a comma and an "and" part, or a semicolon, it stands.
        segment: In which of the stretches between commas it stands.
        group: Names with only function words and commas between them are one group: "Iran, China and Russia".
    """

    text: str
    is_name: bool
    clause: int
    segment: int
    group: int


def said_of_another(sentence: str, quotes: Sequence[str]) -> str | None:
    """The first name of which a sentence says what its quotes say of another; None where there is none."""
    return next((name for name, held in bonds(sentence, quotes) if held < LEAST_HELD), None)


def bonds(sentence: str, quotes: Sequence[str]) -> Iterator[tuple[str, float]]:
    """How firmly the quotes hold each name of a sentence where the sentence has it.

    The words beside a name are looked up in the quotes. Each stands there within reach of some names: the one before
    it, the subjects in front of a parenthesis, the one behind it, and the first of its sentence. Verbs of saying do
    not count: who says something is for `qa.support.stance` to compare.

    Yields:
        Each name that the quotes have as well, and of the words beside it that they have, the share within its reach.
    """
    said = _units(sentence)
    told = [_units(part) for quote in quotes for part in _sentences(quote)]
    called = {unit.text for units in told for unit in units if unit.is_name}
    for at, unit in enumerate(said):
        if unit.is_name and any(_same(unit.text, name) for name in called):
            held = [
                any(not reach or any(_same(one, name) for one in known for name in reach) for reach in reaches)
                for word, known in _beside(said, at)
                if (reaches := list(_reaches(told, word)))
            ]
            if held:
                yield unit.text, sum(held) / len(held)


def _sentences(quote: str) -> Iterator[str]:
    for start, end in sentence_spans(quote, Block(0, len(quote), BlockKind.PARAGRAPH)):
        yield quote[start:end]


def _units(text: str) -> list[_Unit]:
    """The names and content words of a sentence, in their order."""
    capitals = set(names(text))
    found, clause, segment, group = list[_Unit](), 0, 0, 0
    joined, before = False, ""  # whether the last word was part of a name, and which it was
    for match in _TOKEN.finditer(text):
        word = match.group()
        bare = re.sub(r"['’]s?$", "", word)
        if word in _BREAKS:
            segment += 1
        if word == ";" or (before == "," and word in _NEXT):
            clause += 1
        if bare in capitals and joined:
            found[-1] = _Unit(f"{found[-1].text} {bare}", True, clause, segment, group)
        elif bare in capitals:
            found.append(_Unit(bare, True, clause, segment, group))
        elif word[0].isalnum() and not is_function_word(word):
            found += [
                _Unit(s, False, clause, segment, group) for part in word.split("-") if (s := stem(part)) not in SAID
            ]
            group += 1
        joined, before = bare in capitals and bare == word, word
    return found


def _beside(said: Sequence[_Unit], at: int) -> Iterator[tuple[str, list[str]]]:
    """The content words nearest to a name, on both sides, up to another one, each with the names that it is beside.

    Behind a group of names ("Iran, China and Russia hold", "the mayor of Ghent, Holt, said") a word is beside them all.
    """
    for step in (-1, 1):
        taken, place, called = 0, at + step, [said[at].text]
        while 0 <= place < len(said) and taken < _BESIDE:
            unit = said[place]
            if (unit.is_name and unit.group != said[at].group) or unit.clause != said[at].clause:
                break
            if unit.is_name:
                called.append(unit.text)
            else:
                taken += 1
                yield unit.text, called
            place += step


def _reaches(told: Sequence[Sequence[_Unit]], word: str) -> Iterator[list[str]]:
    """For each place of a word in the quotes, the names within reach of it; none, where its sentence has none."""
    for units in told:
        called = [unit for unit in units if unit.is_name]
        for at, unit in enumerate(units):
            if unit.text != word or unit.is_name:
                continue
            before = [u for u in units[:at] if u.is_name]
            behind = [u for u in units[at + 1 :] if u.is_name]
            groups = {u.group for u in (*behind[:1], *called[:1])}
            for back in range(_ACROSS + 1):
                groups |= {u.group for u in [u for u in before if u.segment == unit.segment - back][-1:]}
            yield [u.text for u in called if u.group in groups]


def _same(one: str, other: str) -> bool:
    """Whether two names can be one: all words of the shorter stand in the longer."""
    short, long = sorted((one, other), key=lambda name: len(name.split()))
    return all(holds_name(long, part) for part in short.split())
