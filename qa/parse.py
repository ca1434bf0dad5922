"""What a chat model said becomes sentences with the numbers they rest on, however it wrote them. Pure."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from index.document import Block, BlockKind
from index.split import sentence_spans

Numbered = tuple[str, tuple[int, ...]]
"""A sentence and the numbers that it rests on, as a model gave them: none, if it gave none."""

SCHEMA: Mapping[str, Any] = {
    "title": "Answer",
    "description": "The sentences of an answer; none, if the numbered sentences do not answer the question.",
    "type": "object",
    "properties": {
        "sentences": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string", "description": "One sentence, without its numbers."},
                    "numbers": {"type": "array", "items": {"type": "integer"}, "description": "What it rests on."},
                },
                "required": ["text", "numbers"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["sentences"],
    "additionalProperties": False,
}
"""What a model with structured output is asked for."""

_INSIDE = r"\s*(?:[Ss]entences?\s*|no\.?\s*|[#^])?\d{1,4}(?:\s*(?:[,;&–-]|and)\s*[#^]?\d{1,4})*\s*"
_MARK = rf"(?:\[{_INSIDE}\]|【{_INSIDE}】|\(\s*\d{{1,2}}\s*\)(?=\s*(?:[.!?]|$)))"
_MARKS = re.compile(rf"(?:\s*{_MARK})+")
_SEGMENT = re.compile(rf"(?P<text>[^\n]*?)(?P<marks>(?:\s*{_MARK})+)(?P<end>[ \t]*[.!?]?)")
_GOES_ON = re.compile(r"\s*[^\s\[【(.!?]")
"""After a marker, what cannot be another marker, nor the end of its sentence."""
_RANGE = re.compile(r"(\d+)(?:\s*[–-]\s*(\d+))?")
_THINKING = re.compile(r"\s*<(think|thinking|reasoning)>.*?(?:</\1>|\Z)", re.DOTALL)
_BULLET = re.compile(r"^\s*(?:[-*•>]+\s+|\d{1,2}[.)]\s+|#+\s.*$|```\w*$|(?:final )?answer:\s*)+", re.IGNORECASE)
_DECLINED = re.compile(r"\s*\W*no[ _]answer\b\W*", re.IGNORECASE)


def numbered_sentences(pieces: Iterable[str | Mapping[str, Any]]) -> Iterator[Numbered]:
    """Read a model's output while it comes, and give each sentence as soon as it is whole.

    Args:
        pieces: Of text, to be joined; or growing objects of `SCHEMA`, each the one before and more.

    Yields:
        Each sentence with its numbers. Of prose that carries "[2]", "[2, 5]", "[2-4]" or "(2)" behind or before its
        sentences, of JSON and of lists; what a model thinks aloud before it answers is left out.
    """
    text, told = "", 0
    structured: Mapping[str, Any] | None = None
    for piece in pieces:
        if not isinstance(piece, str):
            structured = piece
            whole = _items(structured)[:-1]  # the last one may still grow
            yield from whole[told:]
            told = max(told, len(whole))
            continue
        text += piece
        if not _waits(text):
            found, text = _read(_THINKING.sub("", text, count=1))
            yield from found
    if structured is not None:
        yield from _items(structured)[told:]
    elif (parsed := _json(text)) is not None:
        yield from _items(parsed)
    else:
        found, rest = _read(_THINKING.sub("", text, count=1) + "\n")
        yield from found
        yield from _line(rest)


def declined(text: str) -> bool:
    """Whether a model said, as it was told to, that the sentences do not answer."""
    return bool(_DECLINED.fullmatch(text))


def _waits(text: str) -> bool:
    """Whether a text can only be understood when it is whole: JSON, or thoughts that have not ended."""
    start = text.lstrip()
    return start.startswith(("{", "[{", "```")) or (start.startswith("<") and not _THINKING.sub("", text, count=1))


def _read(text: str) -> tuple[list[Numbered], str]:
    """The sentences that are whole in a text that may go on, and the rest of it."""
    found = list[Numbered]()
    while text:
        line, newline, after = text.partition("\n")
        if newline:
            found += _line(line)
            text = after
            continue
        segment = _SEGMENT.match(line)
        # Another marker, or the rest of this one, may still follow; and a line may begin with its marker.
        if not segment or not _bare(segment["text"]) or not _GOES_ON.match(line, segment.end()):
            break
        found += _segment(segment)
        text = line[segment.end() :]
    return found, text


def _line(line: str) -> Iterator[Numbered]:
    """The sentences of one whole line."""
    first = _MARKS.match(_BULLET.sub("", line))
    if first:  # "[2] It rained." puts the numbers in front
        rest = _BULLET.sub("", line)[first.end() :]
        marks = list(_MARKS.finditer(rest))
        ends = [*(mark.start() for mark in marks), len(rest)]
        starts = [0, *(mark.end() for mark in marks)]
        for mark, start, end in zip([first, *marks], starts, ends, strict=True):
            yield from _sentences(rest[start:end], _numbers(mark.group()))
        return
    at = 0
    while segment := _SEGMENT.match(line, at):
        yield from _segment(segment)
        at = segment.end()
    rest = line[at:]
    if not _bare(rest).endswith(":"):  # "Here is the answer:"
        yield from _sentences(rest, ())


def _segment(segment: re.Match[str]) -> list[Numbered]:
    return list(_sentences(segment["text"] + segment["end"].strip(), _numbers(segment["marks"])))


def _sentences(text: str, numbers: tuple[int, ...]) -> Iterator[Numbered]:
    """Each sentence of a text: a marker behind several stands for all of them."""
    bare = _bare(text)
    for start, end in sentence_spans(bare, Block(0, len(bare), BlockKind.PARAGRAPH)):
        sentence = bare[start:end]
        if any(character.isalnum() for character in sentence) and not declined(sentence):
            yield sentence, numbers


def _bare(text: str) -> str:
    """A text without list bullets, headings, bold marks and an "Answer:" in front."""
    return " ".join(_BULLET.sub("", text).replace("**", "").replace("__", "").split())


def _numbers(marks: str) -> tuple[int, ...]:
    found = list[int]()
    for first, last in _RANGE.findall(marks):
        low, high = int(first), int(last or first)
        found += range(low, high + 1) if high - low < 20 else [low, high]
    return tuple(dict.fromkeys(found))


def _json(text: str) -> Any:
    """The first JSON value of a text that holds one; None where it holds none."""
    start = min((i for i in (text.find("{"), text.find("[{")) if i >= 0), default=-1)
    if start < 0:
        return None
    try:
        return json.JSONDecoder().raw_decode(text[start:])[0]
    except ValueError:
        return None


def _items(value: Any) -> list[Numbered]:
    """The sentences of an object like one of `SCHEMA`; what does not fit is left out."""
    rows: Any = value.get("sentences", [value]) if isinstance(value, Mapping) else value
    items = list[Numbered]()
    for row in rows if isinstance(rows, Sequence) and not isinstance(rows, str) else []:
        said: Any = row.get("text", row.get("sentence")) if isinstance(row, Mapping) else row
        if not isinstance(said, str) or not said.strip():
            continue
        given: Any = row.get("numbers", row.get("citations", ())) if isinstance(row, Mapping) else ()
        given = given if isinstance(given, Sequence) and not isinstance(given, str) else [given]
        numbers = tuple(int(n) for n in given if isinstance(n, int | float) or (isinstance(n, str) and n.isdecimal()))
        behind = _MARKS.search(said)  # some write the marker into the text as well
        items.append((_bare(_MARKS.sub("", said)), numbers or (_numbers(behind.group()) if behind else ())))
    return items
