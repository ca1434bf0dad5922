"""Training examples as tokens: made, kept in a file, and put together in batches."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from qa.reader.examples import Example

MAX_TOKENS = 224
MAX_QUESTION = 64


@dataclass(frozen=True)
class Row:
    """One example as tokens; start and end are token places, 0 and 0 if the passage does not answer."""

    ids: Sequence[int]
    passage: int
    start: int
    end: int


def tokenise(tokenizer: Tokenizer, rows: Sequence[Example], seed: int) -> list[Row | None]:
    """Turns examples into tokens, `[CLS] history | question [SEP] passage [SEP]`; None if the answer is cut off."""
    rng = random.Random(seed)
    questions = [f"{row.history} | {row.question}" if row.history else row.question for row in rows]
    asked = tokenizer.encode_batch(questions, add_special_tokens=False)
    told = tokenizer.encode_batch([r.context for r in rows], add_special_tokens=False)
    made: list[Row | None] = []
    for row, question, passage in zip(rows, asked, told, strict=True):
        head = [101, *question.ids[-MAX_QUESTION:], 102]
        body = passage.ids[: MAX_TOKENS - len(head) - 1]
        start = end = 0
        if row.answers:
            s, e = rng.choice(row.answers)
            inside = [i for i, (a, b) in enumerate(passage.offsets) if a < e and b > s]
            if not inside or inside[-1] >= len(body):
                made.append(None)
                continue
            start, end = len(head) + inside[0], len(head) + inside[-1]
        made.append(Row([*head, *body, 102], len(head), start, end))
    return made


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """Writes rows to an `.npz` file, whole or not at all: the tokens of all in one array, and four numbers for each."""
    ids = np.concatenate([np.asarray(row.ids, dtype=np.uint16) for row in rows])
    numbers = np.asarray([(len(row.ids), row.passage, row.start, row.end) for row in rows], dtype=np.int32)
    np.savez(path.with_suffix(".tmp.npz"), ids=ids, numbers=numbers)
    path.with_suffix(".tmp.npz").replace(path)


def read_rows(path: Path) -> list[Row]:
    """Reads what `write_rows` wrote; the tokens of a row are a view of the array of all."""
    with np.load(path) as held:
        ids: Sequence[int] = held["ids"]
        numbers: list[list[int]] = held["numbers"].tolist()
    rows: list[Row] = []
    at = 0
    for length, passage, start, end in numbers:
        rows.append(Row(ids[at : at + length], passage, start, end))
        at += length
    return rows


def batches(rows: Sequence[Row], size: int, seed: int) -> list[list[Row]]:
    """Groups rows of like length: sorts inside chunks of 64 batches, then shuffles the batches of each chunk."""
    rng = random.Random(seed)
    made: list[list[Row]] = []
    for at in range(0, len(rows), size * 64):
        chunk = sorted(rows[at : at + size * 64], key=lambda row: len(row.ids))
        groups = [chunk[i : i + size] for i in range(0, len(chunk), size)]
        rng.shuffle(groups)
        made += groups
    return made
