"""What a question and a sentence share, counted: words, names, numbers, and the type of the answer. Pure."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

import numpy as np
import Stemmer

Encode = Callable[[tuple[str, ...]], np.ndarray]
"""Texts to vectors of length 1, as `index.embed.Embedder.remember`."""

_WORD = re.compile(r"\w+(?:[-.,]\w+)*")
_POSSESSIVE = re.compile(r"['’]s\b")
_STEMMER = Stemmer.Stemmer("english")

_FUNCTION_WORDS = frozenset(
    """a about after all also an and any are as at be because been before being but by can could did do does doing
    during each for from had has have having he her here him his how i if in into is it its many me more most much my
    no not of on one only or other our out over own s same she should so some such t than that the their them then
    there these they this those through to too under until up upon us very was we were what when where which while who
    whom whose why will with within would you your according say said says tell give name please know""".split()
)

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_TIME = re.compile(
    rf"\b(?:1\d{{3}}|20\d{{2}})s?\b|\b(?:{_MONTHS})\b|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b"
    r"|\b\d+(?:st|nd|rd|th) century\b|\b(?:yesterday|today|tomorrow|recently|now|ago)\b",
)
_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|twenty|thirty|forty|fifty|hundreds?"
    r"|thousands?|millions?|billions?|half|twice|once|decades?|none|no)\b",
    re.IGNORECASE,
)
_CAUSE = re.compile(
    r"\b(?:because|since|due to|owing to|so that|in order to|as it|as they|as he|as she|therefore|thus|to|for|could"
    r"|results?|caused?|reason|led to|leads? to|means? that|motivat\w+|wish\w*|want\w*|aim\w*)\b",
    re.IGNORECASE,
)
NEGATIONS = frozenset("not no never nor neither none nobody nothing without cannot hardly barely scarcely".split())
_DENIALS = NEGATIONS | frozenset("deny denies denied denying false untrue".split())
_NOT = re.compile(r"n['’]t\b", re.IGNORECASE)
_ORDER = re.compile(
    r"(?:^|[:>\]}.]|\b(?:please|must|should|now))\W*(?:ignore|disregard|forget|override)\s+(?:\w+\s+){0,3}"
    r"(?:instructions?|prompts?|documents?|text|context|rules)\b",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\b(?:in|at|from|to|near|across|into|of|on|through|outside|inside|north|south|east|west)\b")

_KINDS = (
    ("when", re.compile(r"\b(?:when|(?:what|which) (?:year|month|day|date|century|decade|time)|how long ago)\b", re.I)),
    (
        "number",
        re.compile(r"\bhow (?:many|much|long|old|often|far|large|big|tall|high)\b|\bwhat (?:number|percent)", re.I),
    ),
    ("who", re.compile(r"\b(?:who|whom|whose)\b", re.I)),
    (
        "where",
        re.compile(r"\b(?:where|(?:what|which) (?:\w+ )?(?:country|city|place|region|valley|town|border))\b", re.I),
    ),
    ("why", re.compile(r"\b(?:why|what (?:\w+ )?(?:reason|purpose|caused?)|how come)\b", re.I)),
)


def words(text: str) -> list[str]:
    """The words of a text as written, hyphenated ones and numbers whole."""
    return _WORD.findall(_POSSESSIVE.sub(" ", text))


def lower_words(text: str) -> list[str]:
    """The words of a text in lower case, with the "not" that hides in "isn't" as a word of its own."""
    return [word.lower() for word in words(_NOT.sub(" not", text))]


@lru_cache(maxsize=65536)
def stem_of(word: str) -> str:
    """The stem of a word, in lower case."""
    return _STEMMER.stemWord(word.lower())


def stems(text: str) -> frozenset[str]:
    """The stems of a text's content words; a hyphenated word also gives its parts."""
    found = words(text)
    parts = [part for word in found if "-" in word for part in word.split("-")]
    return frozenset(stem_of(word) for word in [*found, *parts] if word.lower() not in _FUNCTION_WORDS)


def names(question: str) -> frozenset[str]:
    """The stems of a question's names and numbers: capitalised words after the first, and words with a digit."""
    first, *rest = words(question) or [""]
    picked = [word for word in rest if word[0].isupper() or any(c.isdigit() for c in word)]
    if first[:1].isupper() and first.lower() not in _FUNCTION_WORDS:
        picked.append(first)
    return frozenset(stem_of(word) for word in picked if word.lower() not in _FUNCTION_WORDS)


def question_kind(question: str) -> str:
    """What kind of words would answer: "when", "number", "who", "where", "why" or "other"."""
    found = [(match.start(), kind) for kind, pattern in _KINDS if (match := pattern.search(question))]
    return min(found)[1] if found else "other"


def has_kind(kind: str, sentence: str, question: str) -> bool:
    """Whether a sentence holds words of a kind that the question does not already hold."""
    match kind:
        case "when":
            return any(match not in question for match in _TIME.findall(sentence))
        case "number":
            return any(match.lower() not in question.lower() for match in _NUMBER.findall(sentence))
        case "who":
            return _has_new_name(sentence, question)
        case "where":
            return _has_new_name(sentence, question) and bool(_PLACE.search(sentence))
        case "why":
            return bool(_CAUSE.search(sentence))
        case _:
            return True


def fits(kind: str, span: str) -> bool:
    """Whether a span can be an answer of a kind: a date has a number or a month, a person a capital letter."""
    match kind:
        case "when":
            return bool(_TIME.search(span)) or any(c.isdigit() for c in span)
        case "number":
            return bool(_NUMBER.search(span))
        case "who" | "where":
            return any(word[0].isupper() for word in words(span))
        case _:
            return True


def denies(text: str) -> bool:
    """Whether a text says of something that it is not so."""
    return not _DENIALS.isdisjoint(lower_words(text))


def orders(sentence: str) -> bool:
    """Whether a sentence tells whoever reads the document to pass over it, or over what they were told."""
    return bool(_ORDER.search(sentence))


def share(wanted: Iterable[str], present: frozenset[str]) -> float:
    """The share of the wanted stems that are present; 1 where none is wanted."""
    wanted = frozenset(wanted)
    return len(wanted & present) / len(wanted) if wanted else 1.0


def _has_new_name(sentence: str, question: str) -> bool:
    known = stems(question)
    found = words(sentence)
    return any(
        word[0].isupper() and word.lower() not in _FUNCTION_WORDS and stem_of(word) not in known for word in found[1:]
    ) or bool(found and found[0][0].isupper() and len(found) > 1 and found[1][0].isupper())
