"""The fixed question set, `cases/*.jsonl`: one question a line, read strictly."""

import json
import re
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evals.subjects import Subject

FOLDER = Path(__file__).with_name("cases")

Words = Annotated[str, Field(pattern=r"\w|\[\d+\]")]
Alternatives = Annotated[tuple[Words, ...], Field(min_length=1)]
"""Wordings of one thing, of which one is enough."""


class CaseError(ValueError):
    """A question set that cannot be used. The message quotes the bad value and says where it is."""


class Kind(StrEnum):
    """What a question tries."""

    FACT = "fact"
    WHY = "why"
    ATTRIBUTION = "attribution"
    LIST = "list"
    PARAPHRASE = "paraphrase"
    FOLLOW_UP = "follow-up"
    NEAR_MISS = "near miss"
    FAR = "far"
    FALSE_PREMISE = "false premise"
    INJECTION = "injection"


class Case(BaseModel):
    """One question, and what a right answer to it is. `evals.metrics.right` has the rule.

    Attributes:
        history: Earlier turns as (question, answer), the oldest first.
        answerable: Whether the documents answer it.
        answer: Facts that must appear.
        must_not: What only a wrong answer would say.
        evidence: For each sentence that must be cited, words that it holds. They are few, so that cutting the
            document in another way breaks no label; the alternatives are the wordings of different documents.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1)
    question: str = Field(min_length=1)
    history: tuple[tuple[str, str], ...] = ()
    kind: Kind
    answerable: bool
    answer: tuple[Alternatives, ...] = ()
    must_not: tuple[Words, ...] = ()
    evidence: tuple[Alternatives, ...] = ()


def load_cases(folder: Path = FOLDER) -> tuple[Case, ...]:
    """Read all questions of a folder, file by file.

    Raises:
        CaseError: There are none, one is not a case, or two have the same id.
    """
    cases: dict[str, Case] = {}
    for file in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(_text(file).splitlines(), start=1):
            if line.strip():
                case = _case(line, f"{file.name}, line {number}")
                if case.id in cases:
                    raise CaseError(f"{file.name}, line {number}: the id {case.id!r} is taken. Give it another.")
                cases[case.id] = case
    if not cases:
        raise CaseError(f"{folder}: there is no question in *.jsonl here. Name the folder that holds them.")
    return tuple(cases.values())


def check_labels(cases: Sequence[Case], subjects: Sequence[Subject], *, complete: bool) -> None:
    """Refuse labels that nothing could meet.

    Each piece of evidence and each fact must be held by a sentence of each document, and, where all documents are
    at hand, each wording of evidence by a sentence of at least one.

    Args:
        cases: What to check.
        subjects: The documents at hand.
        complete: Whether these are all documents that the labels were written for.

    Raises:
        CaseError: For the first label that is not held.
    """
    held = {subject.name: [normal(words) for words in subject.sentence_texts] for subject in subjects}
    for case in cases:
        for label, alternatives in [("evidence", e) for e in case.evidence] + [("answer", a) for a in case.answer]:
            for name, sentences in held.items():
                if not any(holds(sentence, words) for sentence in sentences for words in alternatives):
                    raise CaseError(
                        f"{case.id}: no sentence of the {name} holds the {label} "
                        f"{' or '.join(map(repr, alternatives))}. Quote words that stand in one sentence."
                    )
            everywhere = [sentence for sentences in held.values() for sentence in sentences]
            for words in alternatives if complete and label == "evidence" else ():
                if not any(holds(sentence, words) for sentence in everywhere):
                    raise CaseError(f"{case.id}: no document holds the evidence {words!r}. Take it out, or mend it.")


def holds(text: str, words: str) -> bool:
    """Whether a text holds some words, whole: "10" is not in "2010", nor "Kabul" in "Kabulov"."""
    return bool(_whole(words).search(normal(text)))


@lru_cache(maxsize=65536)
def normal(text: str) -> str:
    """A text with case, quotation marks, dashes and white space made alike, so that only words count."""
    alike = text.translate(_ALIKE).casefold()
    return " ".join(alike.split())


_ALIKE = str.maketrans(
    {**dict.fromkeys("‘’‚‛`´ʼ", "'"), **dict.fromkeys("“”„‟«»", '"'), **dict.fromkeys("‐‑‒–—―−", "-")}
)


@lru_cache(maxsize=4096)
def _whole(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(normal(words))}(?!\w)")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CaseError(f"{file}: not UTF-8 text (byte {error.start}). Save it as UTF-8.") from error


def _case(line: str, where: str) -> Case:
    try:
        case = Case.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "the line"
        value = "" if first["type"] == "missing" else f" ({json.dumps(first['input'], ensure_ascii=False)[:80]})"
        raise CaseError(f"{where}: {key}{value}: {first['msg']}. See evals/cases.py for what a case holds.") from error
    if case.answerable and not (case.answer and case.evidence):
        raise CaseError(f"{where}: {case.id!r} is answerable, so it needs an answer and its evidence.")
    if not case.answerable and case.kind is not Kind.FALSE_PREMISE and (case.answer or case.evidence):
        raise CaseError(f"{where}: {case.id!r} is not answerable, so it can have neither answer nor evidence.")
    return case
