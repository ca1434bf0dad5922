"""Runs the trained reader: an 8-bit ONNX file, by onnxruntime. No other code of the program knows its tokens."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort
from tokenizers import Encoding, Tokenizer

FOLDER = Path(__file__).parent
MODEL_FILE = "reader.int8.onnx"
SHA256 = "d0d3f021e86651ea0512fc0ce854b1094bac7ef4cfa0742fafa06af0124cf6f4"
"""SHA-256 of the model file that ships in this folder."""

TOKENS = 224
"""The longest input, in word pieces, as in training."""
QUESTION_TOKENS = 64
STRIDE = 96
"""A passage that does not fit is read in windows that start this many tokens apart."""
SPAN_TOKENS = 30


class ReaderError(RuntimeError):
    """The reader's files are missing, or not the ones they should be."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a passage, in characters from the passage's start, and how strongly it answers.

    `margin` is the log-odds of the span against "no answer here", as the model gives them: not calibrated.
    """

    start: int
    end: int
    margin: float


@dataclass(frozen=True, slots=True)
class _Window:
    ids: list[int]
    head: int
    offsets: list[tuple[int, int]]


class Reader:
    """The model and its tokenizer, loaded once.

    Args:
        folder: Holds `MODEL_FILE` and `tokenizer.json`.

    Raises:
        ReaderError: A file is missing, or the shipped model has another SHA-256.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        try:
            model = (folder / MODEL_FILE).read_bytes()
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:
            raise ReaderError(f"{folder}: the reader cannot be loaded ({error}). Reinstall footnote-qa.") from error
        found = hashlib.sha256(model).hexdigest()
        if folder == FOLDER and found != SHA256:
            raise ReaderError(f"{folder / MODEL_FILE}: SHA-256 is {found}, not {SHA256}. Reinstall footnote-qa.")
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])

    def read(
        self,
        question: str,
        passages: Sequence[str],
        sentences: Sequence[Sequence[tuple[int, int]]],
        *,
        longest: int = SPAN_TOKENS,
    ) -> list[list[Span]]:
        """Find the best span inside each sentence of each passage.

        Args:
            question: With the turns before it in front, where there are any.
            passages: Texts to read.
            sentences: For each passage, where its sentences start and end in it.
            longest: The longest span, in word pieces.

        Returns:
            For each passage, for each sentence, the strongest span inside it.
        """
        best = [[Span(a, b, -np.inf) for a, b in spans] for spans in sentences]
        for i, passage in enumerate(passages):
            for window in self._windows(question, passage):
                start, end, null = self._run(window)
                for j, (a, b) in enumerate(sentences[i]):
                    span = _best_span(window, start, end, null, (a, b), longest)
                    if span and span.margin > best[i][j].margin:
                        best[i][j] = span
        return best

    def _windows(self, question: str, passage: str) -> list[_Window]:
        asked: Encoding = self._tokenizer.encode(question, add_special_tokens=False)
        told: Encoding = self._tokenizer.encode(passage, add_special_tokens=False)
        head = [101, *asked.ids[-QUESTION_TOKENS:], 102]
        room = TOKENS - len(head) - 1
        starts = range(0, max(1, len(told.ids) - room + STRIDE), STRIDE)
        return [
            _Window([*head, *told.ids[at : at + room], 102], len(head), told.offsets[at : at + room]) for at in starts
        ]

    def _run(self, window: _Window) -> tuple[np.ndarray, np.ndarray, float]:
        """Start logits, end logits and the null logit of one window.

        One at a time: the 8-bit model takes one scale for all that it is given, so that in a batch what it says of a
        passage would depend on the other passages.
        """
        ids = np.array([window.ids], np.int64)
        kinds = (np.arange(ids.shape[1]) >= window.head).astype(np.int64)[None]
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": kinds}
        start, end, null = (np.asarray(output) for output in self._session.run(None, feed))
        return start[0], end[0], float(null[0])


def _best_span(
    window: _Window, start: np.ndarray, end: np.ndarray, null: float, within: tuple[int, int], longest: int
) -> Span | None:
    """The strongest span of a window inside a range of characters; None if the window holds none of them."""
    inside = [i for i, (x, y) in enumerate(window.offsets) if within[0] <= x and y <= within[1]]
    if not inside:
        return None
    first, last = inside[0], inside[-1] + 1
    scores = start[window.head + first : window.head + last, None] + end[None, window.head + first : window.head + last]
    apart = np.arange(last - first)[None, :] - np.arange(last - first)[:, None]
    scores[(apart < 0) | (apart >= longest)] = -np.inf
    i, j = divmod(int(scores.argmax()), last - first)
    return Span(window.offsets[first + i][0], window.offsets[first + j][1], float(scores[i, j]) - null)
