"""Examples for the reader, a question with its passage, and how a passage is cut and edited with its answers."""

import gzip
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

Rng = random.Random
WRITTEN = Path(__file__).parent / "written.jsonl.gz"
"""Questions written for passages of the training data."""
WRITTEN_DEV = Path(__file__).parent / "written_dev.jsonl.gz"
"""The same for the development data: pairs of a question and a near miss that differs from it by a few words."""
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”)]*\s+(?=[\"'“(]?[A-Z0-9])")


@dataclass(frozen=True)
class Example:
    """A question and a passage; `answers` are character ranges of the passage, none if it does not answer."""

    source: str
    kind: str
    question: str
    context: str
    answers: tuple[tuple[int, int], ...] = ()
    history: str = ""
    group: str = ""

    @property
    def answerable(self) -> bool:
        """True if the passage holds the answer."""
        return bool(self.answers)


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Reads a `.jsonl.gz` file of the data folder: one object a line."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def load(path: Path) -> list[Example]:
    """Reads a file of the data folder.

    Args:
        path: A `.jsonl.gz` file in the form of `reader_train.jsonl.gz`.

    Returns:
        One example a line, answers as ranges that were checked against the passage.
    """
    return [example for row in read_lines(path) if (example := _example(row)).answerable == row["answerable"]]


def written_rows(path: Path, data: Path) -> Iterator[dict[str, Any]]:
    """Reads questions that were written for passages of the data folder.

    Args:
        path: A `.jsonl.gz` file. Each line names a `row` of `data` by its id and has a `question` about that row's
            passage: of the `kind` "near miss" the passage does not answer it, of "reworded" it has the row's own
            answers, and of "new" the `answers` that stand in the line (of a list, each part). One that `follows` is
            asked after the row's question.
        data: `reader_train.jsonl.gz` or `reader_dev.jsonl.gz`.

    Yields:
        Rows like those of `data`, each with its `kind`; without those whose answer is not in the passage.
    """
    rows = {row["id"]: row for row in read_lines(data)}
    for line in read_lines(path):
        kind, row = line["kind"], rows[line["row"]]
        answers = row["answers"] if kind == "reworded" else []
        if kind == "new":
            words = "|".join(map(re.escape, line["answers"]))
            found = re.finditer(rf"(?<!\w)(?:{words})(?!\w)", row["context"])
            answers = [{"text": match[0], "start": match.start()} for match in found]
        history = []
        if line.get("follows"):
            told = [{"role": "agent", "text": answer["text"]} for answer in row["answers"][:1]]
            history = [{"role": "user", "text": row["question"]}, *told]
        if bool(answers) == (kind != "near miss"):
            asked = {"question": line["question"], "history": history, "answers": answers, "answerable": bool(answers)}
            yield row | asked | {"kind": kind}


def load_written(path: Path, data: Path) -> list[Example]:
    """Reads what `written_rows` reads as one example a line, with its kind."""
    return [replace(_example(row), kind=row["kind"]) for row in written_rows(path, data)]


def _example(row: dict[str, Any]) -> Example:
    spans = [(a["start"], a["start"] + len(a["text"]), a["text"]) for a in row["answers"]]
    good = tuple((s, e) for s, e, text in spans if text and row["context"][s:e] == text)
    history = " | ".join(turn["text"] for turn in row["history"])
    group = row["document_id"] or row["source"]
    return Example(
        row["source"], "given" if good else "unanswerable", row["question"], row["context"], good, history, group
    )


def sentences(text: str) -> list[tuple[int, int]]:
    """Splits a text into sentences, as character ranges that cover it without gaps."""
    cuts = [0, *(m.end() for m in _SENTENCE_END.finditer(text)), len(text)]
    return [(a, b) for a, b in pairwise(cuts) if b > a]


def edit(example: Example, changes: Sequence[tuple[int, int, str]]) -> Example:
    """Replaces ranges of the passage and moves the answers; an answer that a change touches is lost."""
    text, shift, moved = example.context, 0, []
    spans = list(example.answers)
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
        shift = len(new) - (end - start)
        moved = [(s + shift, e + shift) if s >= end else (s, e) for s, e in spans if s >= end or e <= start]
        spans = moved
    return replace(example, context=text, answers=tuple(spans))


def window(example: Example, words: int, rng: Rng) -> Example:
    """Cuts the passage to whole sentences of about so many words, around the answer if there is one."""
    parts = sentences(example.context)
    anchor = example.answers[0] if example.answers else (0, 0)
    first = next((i for i, (_, end) in enumerate(parts) if end > anchor[0]), 0)
    if not example.answers:
        first = rng.randrange(len(parts))
    last = next((i for i, (_, end) in enumerate(parts) if end >= anchor[1]), first) if example.answers else first
    while first > 0 or last < len(parts) - 1:
        left = rng.random() < 0.5
        low, high = (first - 1, last) if (left and first > 0) or last == len(parts) - 1 else (first, last + 1)
        if len(example.context[parts[low][0] : parts[high][1]].split()) > words:
            break
        first, last = low, high
    start, end = parts[first][0], parts[last][1]
    kept = tuple((s - start, e - start) for s, e in example.answers if s >= start and e <= end)
    return replace(example, context=example.context[start:end].rstrip(), answers=kept)


def evidence_of(example: Example) -> tuple[int, int]:
    """Returns the sentence in which the answer starts."""
    start = example.answers[0][0]
    return next(part for part in sentences(example.context) if part[1] > start)


def holds_answer(text: str, example: Example) -> bool:
    """Tells whether a text holds the words of an answer, wherever it comes from."""
    folded = text.lower()
    return any(example.context[s:e].strip(" .,;").lower() in folded for s, e in example.answers)


def mentions_answer(text: str, example: Example) -> bool:
    """Tells whether a text holds all the longer words and numbers of an answer, in whatever order."""
    folded = text.lower()
    for start, end in example.answers:
        words = re.findall(r"\d+|[^\W\d]{4,}", example.context[start:end].lower())
        if words and all(word in folded for word in words):
            return True
    return holds_answer(text, example)


def passages(text: str, words: int) -> list[str]:
    """Cuts a document to passages of whole sentences, of at most about so many words, each within a paragraph."""
    made: list[str] = []
    for paragraph in filter(str.strip, re.split(r"\n\s*\n", text)):
        held = ""
        for start, end in sentences(paragraph):
            if held and len((held + paragraph[start:end]).split()) > words:
                made.append(held.strip())
                held = ""
            held += paragraph[start:end]
        made.append(held.strip())
    return [passage for passage in made if len(passage) > 80]


def load_documents(path: Path, words: int = 110) -> dict[str, list[str]]:
    """Reads `documents.jsonl.gz`; returns the passages of each document, by its id."""
    return {row["id"]: passages(row["text"], words) for row in read_lines(path)}


def replace_word(text: str, old: str, new: str) -> str:
    """Replaces a whole word (or name), in lower case where the old one was."""
    made = new.lower() if old.islower() else new
    return re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", lambda _: made, text)
