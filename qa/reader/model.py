"""Runs a trained reader: an ONNX file of few bits, by onnxruntime. No other code of the program knows its tokens."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import onnxruntime as ort
from tokenizers import Encoding, Tokenizer

SMALL, LARGE = (Path(__file__).parent / name for name in ("small", "large"))
"""The folders of the shipped readers: the one that is asked first, and the one for what it is not sure of."""
MODEL_FILE = "reader.onnx"
SHA256 = {
    SMALL: "8818b46f047ade1eabb20eb944cd34a7ef09dc2ab9a9f1bb7d5085fb218462f2",
    LARGE: "0e2b67b0f226d3d57d629336321edbb8618357a9a80d973f0176d9c38182bc75",
}
"""SHA-256 of the model files that ship."""

TOKENS = 224
"""The longest input, in word pieces, as in training."""
QUESTION_TOKENS = 64
STRIDE = 96
"""A passage that does not fit is read in windows that start this many tokens apart."""
SPAN_TOKENS = 30
REMEMBERED = 4096
"""So many readings are kept: the same question of the same passage is not read twice."""


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


class Reader:
    """A model and its tokenizer, loaded once.

    Any extractive question-answering model will do that gives a logit for the start and the end at each token. Its
    "no answer" is its first token's, or an output `null_logit` of its own, as the shipped model has.

    Args:
        folder: Holds an `.onnx` file (of several, `MODEL_FILE` or `model.onnx` is taken) and `tokenizer.json`.

    Raises:
        ReaderError: A file is missing or not a model of this kind, or the shipped model has another SHA-256.
    """

    def __init__(self, folder: Path = SMALL) -> None:
        try:
            file = _model_file(folder)
            model = file.read_bytes()
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:
            raise ReaderError(f"{folder}: the reader cannot be loaded ({error}). {_next_step(folder)}") from error
        found = hashlib.sha256(model).hexdigest()
        if found != SHA256.get(folder, found):
            raise ReaderError(f"{file}: SHA-256 is {found}, not {SHA256[folder]}. {_next_step(folder)}")
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        try:
            self._session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise ReaderError(f"{file}: not an ONNX model ({error}). {_next_step(folder)}") from error
        self._remember = lru_cache(REMEMBERED)(self._read)
        self._inputs = {i.name for i in self._session.get_inputs()}
        self._outputs = [o.name for o in self._session.get_outputs()]
        if not {"start_logits", "end_logits"} <= set(self._outputs):
            raise ReaderError(f"{file}: gives {self._outputs}, not start_logits and end_logits. {_next_step(folder)}")

    @property
    def words(self) -> list[str]:
        """The words that the model knows whole, in lower case: common English."""
        return [word for word in self._tokenizer.get_vocab(with_added_tokens=False) if word.isalpha()]

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
        return [
            list(self._remember(question, passage, tuple(spans), longest))
            for passage, spans in zip(passages, sentences, strict=True)
        ]

    def _read(
        self, question: str, passage: str, sentences: tuple[tuple[int, int], ...], longest: int
    ) -> tuple[Span, ...]:
        best = [Span(a, b, -np.inf) for a, b in sentences]
        for window in self._windows(question, passage):
            start, end, null = self._run(window)
            for j, (a, b) in enumerate(sentences):
                span = _best_span(window, start, end, null, (a, b), longest)
                if span and span.margin > best[j].margin:
                    best[j] = span
        return tuple(best)

    def _windows(self, question: str, passage: str) -> list[Encoding]:
        asked = self._tokenizer.encode(question, add_special_tokens=False)
        told = self._tokenizer.encode(passage, add_special_tokens=False)
        asked.truncate(QUESTION_TOKENS, direction="left")  # of a long dialogue, the end
        room = TOKENS - len(asked) - self._tokenizer.num_special_tokens_to_add(is_pair=True)
        told.truncate(room, stride=max(0, room - STRIDE))
        return [self._tokenizer.post_process(asked, part) for part in (told, *told.overflowing)]

    def _run(self, window: Encoding) -> tuple[np.ndarray, np.ndarray, float]:
        """Start logits, end logits and the null logit of one window.

        One at a time: an 8-bit model takes one scale for all that it is given, so that in a batch what it says of a
        passage would depend on the other passages.
        """
        feed = {
            "input_ids": np.array([window.ids], np.int64),
            "attention_mask": np.array([window.attention_mask], np.int64),
            "token_type_ids": np.array([window.type_ids], np.int64),
        }
        outputs = self._session.run(None, {name: feed[name] for name in feed if name in self._inputs})
        named = {name: np.asarray(output)[0] for name, output in zip(self._outputs, outputs, strict=True)}
        start, end = named["start_logits"], named["end_logits"]
        return start, end, float(named["null_logit"] if "null_logit" in named else start[0] + end[0])


@lru_cache(maxsize=3)
def load_reader(folder: Path) -> Reader:
    """A reader, loaded once for all assistants: it holds no state, so threads can share it.

    Raises:
        ReaderError: As `Reader`.
    """
    return Reader(folder)


def _model_file(folder: Path) -> Path:
    named = sorted(folder.glob("*.onnx"), key=lambda file: (file.name != MODEL_FILE, file.name != "model.onnx", file))
    if not named:
        raise FileNotFoundError(f"there is no .onnx file in {folder}")
    return named[0]


def _next_step(folder: Path) -> str:
    if folder in SHA256:
        return "Reinstall footnote-qa."
    return "Set FOOTNOTE_READER_MODEL to a folder with an .onnx file and tokenizer.json, or unset it."


def _best_span(
    window: Encoding, start: np.ndarray, end: np.ndarray, null: float, within: tuple[int, int], longest: int
) -> Span | None:
    """The strongest span of a window inside a range of characters; None if the window holds none of them."""
    inside = [
        i
        for i, (part, (x, y)) in enumerate(zip(window.sequence_ids, window.offsets, strict=True))
        if part == 1 and within[0] <= x and y <= within[1]
    ]
    if not inside:
        return None
    first, last = inside[0], inside[-1] + 1
    scores = start[first:last, None] + end[None, first:last]
    apart = np.arange(last - first)[None, :] - np.arange(last - first)[:, None]
    scores[(apart < 0) | (apart >= longest)] = -np.inf
    i, j = divmod(int(scores.argmax()), last - first)
    return Span(window.offsets[first + i][0], window.offsets[first + j][1], float(scores[i, j]) - null)
