"""The numbers, dates, names and quotations of a sentence, in one form each, and which of them quotes lack. Pure."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from decimal import Decimal

from qa.support.words import is_function_word, stem

_UNITS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen""".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORTH = {word: i for i, word in enumerate(_UNITS)} | {word: 10 * i for i, word in enumerate(_TENS, start=2)}
_ORDINALS = {
    word: i
    for i, word in enumerate(
        """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
        fifteenth sixteenth seventeenth eighteenth nineteenth twentieth""".split(),
        start=1,
    )
}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12}
_ALSO = (
    {"both": 2, "twice": 2, "pair": 2, "couple": 2, "double": 2, "triple": 3, "thrice": 3, "single": 1, "once": 1}
    | {"a": 1, "an": 1, "one": 1}
    | _ORDINALS
)
_SAID_ANYWAY = {"one", "first", "second", "third"}
"""Number words that often count nothing: "one of them", "second, ..."."""

_MONTHS = """january february march april may june july august september october november december""".split()
_SHORT_MONTHS = {month[:3]: month for month in _MONTHS} | {"sept": "september"}

_RANGE = re.compile(r"\b(\d\d)(\d\d)[–—-](\d\d)\b(?![–—-]?\d)")
_DATE = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")
_FIGURE = re.compile(
    r"(?<![\w.])(\d[\d,]*(?:\.\d+)?)(?:st|nd|rd|th|s)?(?:[\s-]*(hundred|thousand|million|billion|trillion)s?\b)?", re.I
)
_SCALE = rf"(?:{'|'.join(_SCALES)})s?"
_SMALL = rf"(?:(?:{'|'.join(_TENS)})(?:[ -](?:{'|'.join(_UNITS[1:10])}))?|{'|'.join(reversed(_UNITS))})"
_PART = rf"(?:{_SMALL}(?:[ -]{_SCALE})*|{_SCALE})"
_IN_WORDS = re.compile(
    rf"\b{_PART}(?:(?:(?<=hundred)|(?<=thousand)|(?<=million)|(?<=billion))(?: and)? {_PART})*\b", re.IGNORECASE
)

_NTH = re.compile(rf"\b({'|'.join(_TENS)})[ -]({'|'.join(list(_ORDINALS)[:9])})\b", re.IGNORECASE)

_WORD = re.compile(r"[^\W\d_][\w’']*(?:[.&-]\w[\w’']*)*")
_POSSESSIVE = re.compile(r"(?:['’]s|['’])$")
_QUOTED = re.compile(r"[“\"]([^”\"]+)[”\"]|(?<!\w)[‘']([^’']+(?:[’'](?=\w)[^’']*)*)[’'](?!\w)")
_ENDINGS = ("", *"s a an ans n ns i is ian ians ish ese ic e y istan stan ern er ers o ine".split())
"""What names of places, peoples and faiths end in, behind the part that they share."""


def unfounded(sentence: str, quotes: Sequence[str]) -> str | None:
    """Why a sentence's numbers, names or quotations do not stand, or not there, in its quotes; None if they do."""
    told = " ".join(quotes)
    held = _numbers(told) | {str(_ALSO[word]) for word in _words(told) if word in _ALSO}
    if missing := [number for number in sorted(_numbers(sentence)) if number not in held]:
        return f"The text it cites does not give the number {missing[0]}."
    if missing := [name for name in names(sentence) if not holds_name(told, name)]:
        return f"The text it cites does not name {missing[0]}."
    for match in _QUOTED.finditer(sentence):
        quoted = match[1] or match[2]
        if " " in quoted.strip() and _bare(quoted) not in _bare(told):
            return f"The text it cites does not hold the quotation {quoted!r}."
    return exchanged(sentence, told)


def exchanged(sentence: str, told: str) -> str | None:
    """Why a sentence has a name or number where the text it cites has another one; None if it does not.

    Both are read as content words, names of several words as one: where the two words beside a name of the sentence
    stand in the text beside another name, and never beside this one, the two have changed places.
    """
    said, there = _units(sentence), _units(told)
    around = dict[tuple[str, str], list[str]]()
    for before, unit, after in zip(["", *there], there, [*there[1:], ""], strict=False):
        around.setdefault((before, after), []).append(unit)
    for before, unit, after in zip(["", *said], said, [*said[1:], ""], strict=False):
        held = around.get((before, after), [])
        others = [other for other in held if _is_fact(other) and other in said]
        if others and _is_fact(unit) and unit in there and not any(_same_name(_plain(unit), _plain(o)) for o in held):
            return f"The text it cites has {others[0]} where it has {unit}."
    return None


def _units(text: str) -> list[str]:
    """The content words of a text by their stems, its numbers, and its names, those of several words as one."""
    found = list[str]()
    for match in re.finditer(r"(?:[A-Z][\w’'.-]*\w|[A-Z])(?: (?:[A-Z][\w’'.-]*\w|[A-Z])\b)*|\w+(?:[.,-]\w+)*", text):
        unit = _POSSESSIVE.sub("", match.group())
        first = match.start() == 0 or text[: match.start()].rstrip()[-1:] in ".!?"
        if is_function_word(unit):
            continue
        found.append(
            unit if unit[0].isdigit() or (unit[0].isupper() and not (first and " " not in unit)) else stem(unit)
        )
    return found


def _is_fact(unit: str) -> bool:
    return unit[:1].isupper() or unit[:1].isdigit()


def names(sentence: str) -> list[str]:
    """The names of a sentence, a word at a time: capitalised words, the first only where the next one is too."""
    found = list[str]()
    matches = list(_WORD.finditer(sentence))
    for i, match in enumerate(matches):
        word = match.group()
        if (
            not any(part[:1].isupper() for part in re.split(r"[-–]", word))
            or (is_function_word(word) and word != "May")
            or word.startswith(("I'", "I’"))
        ):
            continue
        first = i == 0 or sentence[: match.start()].rstrip()[-1:] in ".!?:"
        following = matches[i + 1] if i + 1 < len(matches) else None
        beside = following and following.group()[0].isupper() and following.start() - match.end() == 1
        if not first or beside or word[1:] != word[1:].lower() or _POSSESSIVE.search(word):
            found.append(_POSSESSIVE.sub("", word))
    return found


def holds_name(text: str, name: str) -> bool:
    """Whether a text holds a name: possessive, plural, as an adjective ("Russian"), or as initials ("UN")."""
    wanted = _plain(name)
    words = [_plain(word) for word in _words(text)]
    if any(_same_name(wanted, word) for word in words):
        return True
    parts = [part for part in re.split(r"[-–]", wanted) if part]
    if len(parts) > 1 and all(any(_same_name(part, word) for word in words) for part in parts):
        return True
    letters = "".join(word[0] for word in _WORD.findall(text) if word[0].isupper()).lower()
    initials = wanted.removesuffix("s")
    return name.isupper() and len(initials) > 1 and initials in letters


def _same_name(one: str, other: str) -> bool:
    one, other = _SHORT_MONTHS.get(one, one), _SHORT_MONTHS.get(other, other)
    if one == other or one in re.split(r"[-–]", other):
        return True
    shared = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return any(one[at:] in _ENDINGS and other[at:] in _ENDINGS for at in range(4, shared + 1))


def _numbers(text: str) -> set[str]:
    """The numbers of a text as digits; a year range has both its years, a date its day."""
    text = _DATE.sub(lambda m: f"{m[1]} {_MONTHS[(int(m[2]) - 1) % 12]} {int(m[3])}", text)
    text = _NTH.sub(lambda m: str(_WORTH[m[1].lower()] + _ORDINALS[m[2].lower()]), text)
    text = _RANGE.sub(lambda m: f"{m[1]}{m[2]} {m[1]}{m[3]}" if m[3] > m[2] else m.group(), text)
    found = {
        _digits(Decimal(m[1].replace(",", "")) * _SCALES.get((m[2] or "").lower(), 1)) for m in _FIGURE.finditer(text)
    }
    behind = {m.end() for m in _FIGURE.finditer(text)}
    for match in _IN_WORDS.finditer(text):
        said = match.group().lower()
        if match.end() not in behind and said not in _SAID_ANYWAY:
            found.add(_digits(_value(re.split("[ -]", said))))
    return found | {str(_ORDINALS[word]) for word in _words(text) if word in _ORDINALS and word not in _SAID_ANYWAY}


def _value(words: Sequence[str]) -> Decimal:
    """What number words are worth: "two hundred and five" is 205."""
    total = part = 0
    for word in words:
        singular = word.removesuffix("s") if word not in _WORTH else word
        if singular in _WORTH:
            part += _WORTH[singular]
        elif singular in ("hundred", "dozen"):
            part = max(part, 1) * _SCALES[singular]
        elif singular in _SCALES:
            total, part = total + max(part, 1) * _SCALES[singular], 0
    return Decimal(total + part)


def _digits(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _words(text: str) -> Iterator[str]:
    for match in _WORD.finditer(text):
        yield _POSSESSIVE.sub("", match.group()).lower()


def _plain(name: str) -> str:
    """A name in lower case, without accents, dots and apostrophes."""
    letters = unicodedata.normalize("NFKD", _POSSESSIVE.sub("", name)).casefold()
    return "".join(c for c in letters if not unicodedata.combining(c) and c not in ".’'&")


def _bare(text: str) -> str:
    """The words of a text alone."""
    return " ".join(re.findall(r"\w+", text.casefold()))
