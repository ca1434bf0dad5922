"""What is done to a text to make a mutant of it: values that become others, and sentences and sections. Pure."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from evals.cases import Case, holds
from evals.subjects import Subject
from index.document import BlockKind
from qa.evidence import question_kind

MONTHS = "January February March April May June July August September October November December".split()
NUMBERS = "two three four five six seven eight nine ten eleven twelve thirteen fourteen".split()
GIVEN = "Marek Tobias Anselm Bruno Casper Leander".split()
SURNAMES = "Lindqvist Okafor Marchetti Brandvold Castellan Vasquez".split()
PLACES = "Norway Portugal Mongolia Bolivia Iceland Kenya".split()

_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_RANGE_END = re.compile(r"\d{4}[–-](\d\d)\b")
_DAY = re.compile(r"(?<![\d–-])\b\d{1,2}\b")


def new_value(kind: str, wording: str, asked_for: str, taken: str) -> dict[str, str] | None:
    """What the words of a fact become, or None if the fact is not of this kind.

    Args:
        kind: "change a date", "change a number" or "change a name".
        wording: The fact, as the document has it.
        asked_for: The question's kind, as `qa.evidence.question_kind` has it: tells a person from a place.
        taken: A text whose words must not be used.
    """
    wording = re.sub(r"['’]s$", "", wording)
    words = re.findall(r"\w+", wording)
    dated = bool(_YEAR.search(wording)) or any(word in MONTHS for word in words)
    numbered = any(word.isdigit() or word.lower() in NUMBERS for word in words)
    if kind == "change a date":
        return _dates(wording, taken) if dated else None
    if kind == "change a number":
        found = {word: _number(word, taken) for word in words if word.isdigit() or word.lower() in NUMBERS}
        return found if numbered and not dated else None
    if dated or numbered or not all(word[0].isupper() for word in wording.split()):
        return None
    # "the Taliban", "the Express Tribune": no one person or place.
    if holds(taken, f"the {wording}"):
        return None
    if asked_for == "where":
        return {wording: _free(PLACES, taken)}
    if asked_for == "who" and len(words) <= 2:
        surname = {words[-1]: _free(SURNAMES, taken)}
        return {words[0]: _free(GIVEN, taken), **surname} if len(words) == 2 else surname
    return None


def renamed(text: str, table: Mapping[str, str]) -> str:
    """A text with some words replaced, all at once; a longer entry goes first."""
    longest = sorted(table, key=len, reverse=True)
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(words)}(?!\w)" for words in longest))
    return pattern.sub(lambda match: table[match[0]], text)


def swapped(one: str, other: str) -> dict[str, str]:
    """The table by which two people change places, by full name and by surname."""
    surnames = one.split()[-1], other.split()[-1]
    return {one: other, other: one, surnames[0]: surnames[1], surnames[1]: surnames[0]}


def people(text: str, cases: Sequence[Case]) -> list[str]:
    """The full names in a text that some question asking "who?" has for an answer, by full name or surname."""
    asked = {words for c in cases if question_kind(c.question) == "who" for fact in c.answer for words in fact}
    names = [f"{m[1]} {m[2]}" for m in re.finditer(r"\b([A-Z][a-z]+)(?= ([A-Z][a-z]+)\b)", text)]
    found = [name for name in dict.fromkeys(names) if name in asked or name.split()[1] in asked]
    return [name for name in found if not holds(text, f"the {name}")]


def edited(raw: str, changes: Mapping[str, str]) -> str | None:
    """A file with some of its sentences changed; None where one of them does not stand in it exactly once."""
    if not changes or any(raw.count(sentence) != 1 for sentence in changes):
        return None
    for old, new in changes.items():
        raw = raw.replace(old, new)
    return raw


def sections(subject: Subject) -> tuple[str, list[str], str]:
    """A file in three: what stands above its first section, its sections, and the clutter below them."""
    raw, document = subject.raw, subject.document
    starts, at = list[int](), 0
    for block in document.blocks:
        at = raw.index(document.text[block.start : block.end].splitlines()[0], at)
        starts.append(raw.rfind("\n", 0, at) + 1)
        at += 1
    kinds = [block.kind for block in document.blocks]
    end = next((s for s, kind in zip(starts, kinds, strict=True) if kind is BlockKind.CLUTTER), len(raw))
    heads = [s for s, kind in zip(starts[1:], kinds[1:], strict=True) if kind is BlockKind.HEADING]
    bounds = [*heads, end]
    found = [raw[a:b].rstrip("\n") + "\n\n" for a, b in pairwise(bounds)]
    return raw[: bounds[0]].rstrip("\n") + "\n\n", found, raw[end:]


def lowered(sentence: str, text: str) -> str:
    """A sentence to stand inside another: its first word in lower case, unless the text shows it to be a name."""
    first, second = re.findall(r"\w+", f"{sentence} a a")[:2]
    ordinary = re.search(rf"\b{first.lower()}\b", text)
    named = second[0].isupper() or re.search(rf"(?<=\w ){first}\b", text)
    return sentence if named and not ordinary else sentence[0].lower() + sentence[1:]


def _dates(wording: str, taken: str) -> dict[str, str]:
    """A date moves to another month and day, or some years back; "2017–19" stays a range of as many years."""
    back = next(years for years in range(11, 99) if not any(holds(taken, y) for y in _moved(wording, years).values()))
    days = {day: next(d for d in map(str, range(11, 29)) if not holds(taken, d)) for day in _DAY.findall(wording)}
    return _moved(wording, back) | days | {month: _free(MONTHS, taken) for month in MONTHS if holds(wording, month)}


def _moved(wording: str, back: int) -> dict[str, str]:
    """The years of a date, and how they are written that many years earlier."""
    ends = {end: f"{(int(end) - back) % 100:02}" for end in _RANGE_END.findall(wording)}
    return ends | {year: str(int(year) - back) for year in _YEAR.findall(wording)}


def _number(word: str, taken: str) -> str:
    if word.isdigit():
        return next(new for k in range(1, 99) if not holds(taken, new := str(int(word) + 7 * k)))
    new = _free([number for number in NUMBERS if number != word.lower()], taken)
    return new.capitalize() if word[0].isupper() else new


def _free(choices: Sequence[str], taken: str) -> str:
    """The first of some words that a text does not have."""
    return next((word for word in choices if not holds(taken, word)), choices[0])
