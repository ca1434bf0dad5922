"""Where the headings, the paragraphs and the clutter of a plain text are. Pure."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from index.document import Block, BlockKind

_BULLET = re.compile(r"\s*(?:[-*•–‣◦]|\(?\d{1,3}[.)])\s")
_SENTENCE_END = re.compile(r"[.!?…。！？:;,][\"'”’»)\]]*$")
_QUESTION_END = re.compile(r"\?[\"'”’»)\]]*$")
_HEADING_CHARS, _HEADING_WORDS = 100, 14
_WRAP_CHARS = 120

_CLUTTER_HEADING = re.compile(
    r"(?:check (?:this )?also|also check|read (?:more|next|also)|(?:you )?(?:may|might) also (?:like|enjoy)"
    r"|(?:related|recommended|similar|popular|trending|latest|more|other|further)"
    r" (?:articles?|posts?|stories|news|reads?|content|topics|links)"
    r"|most (?:read|popular|viewed)|more (?:from|on|in|like) .{1,40}|recommended(?: for you)?|related|trending(?: now)?"
    r"|share (?:this|on|via)\b.{0,40}|(?:sign up|subscribe)\b.{0,60}|newsletter|leave a (?:reply|comment)"
    r"|\d* ?comments?|advertisement|sponsored(?: content)?|(?:next|previous) (?:article|post|story)|tags"
    r"|follow us.{0,30})"
    r"\s*:?",
    re.IGNORECASE,
)
_TEASER_END = re.compile(r"(?:…|\.\.\.|\[…\]|\[\.\.\.\]|read more|continue reading)\s*[»→>]*$", re.IGNORECASE)
_CLUTTER_SHARE = 1 / 3
"""A tail that is more of the text than this is taken for part of it, whatever its heading says."""


def blocks_of(text: str) -> tuple[Block, ...]:
    """Find the blocks of a plain text: by blank lines, by line breaks, and by what looks like a heading.

    Lines that were wrapped at a column are one paragraph; lines of uneven length are a paragraph each, since
    many exports put one paragraph on a line.
    """
    spans = [span for chunk in _chunks(text) for span in _paragraphs(text, chunk)]
    spans = [(a + len(text[a:b]) - len(text[a:b].lstrip()), b) for a, b in spans]
    spans = [(a, a + len(text[a:b].rstrip())) for a, b in spans if text[a:b].strip()]
    kinds = [
        BlockKind.HEADING if is_heading(text[a:b], text[c:d]) else BlockKind.PARAGRAPH
        for (a, b), (c, d) in pairwise([*spans, (len(text), len(text))])
    ]
    if BlockKind.PARAGRAPH not in kinds:
        kinds = [BlockKind.PARAGRAPH] * len(kinds)
    return mark_clutter(text, [Block(a, b, kind) for (a, b), kind in zip(spans, kinds, strict=True)])


def _chunks(text: str) -> list[tuple[int, int]]:
    """The stretches between blank lines."""
    return [match.span() for match in re.finditer(r"[^\n]*\S[^\n]*(?:\n[^\n]*\S[^\n]*)*", text)]


def _paragraphs(text: str, chunk: tuple[int, int]) -> list[tuple[int, int]]:
    """One chunk as paragraphs: a wrapped chunk whole (but for its bullets), any other line by line."""
    lines = [(chunk[0] + m.start(), chunk[0] + m.end()) for m in re.finditer(r"[^\n]+", text[slice(*chunk)])]
    widths = [b - a for a, b in lines]
    wrapped = len(lines) > 1 and max(widths) <= _WRAP_CHARS and min(widths[:-1]) >= 0.6 * max(widths)
    paragraphs = [lines[0]]
    for before, line in pairwise(lines):
        # A wrapped paragraph closes with a full stop: a last line without one, after one with, is a heading.
        closed = _SENTENCE_END.search(text[slice(*before)]) and not _SENTENCE_END.search(text[slice(*line)])
        if wrapped and not _BULLET.match(text[slice(*line)]) and not (line == lines[-1] and closed):
            paragraphs[-1] = (paragraphs[-1][0], line[1])
        else:
            paragraphs.append(line)
    return paragraphs


def is_heading(line: str, following: str) -> bool:
    """Whether a line reads as the heading of what follows: short, unpunctuated, above a longer text."""
    if "\n" in line or len(line) > _HEADING_CHARS or len(line.split()) > _HEADING_WORDS:
        return False
    if _BULLET.match(line) or line.casefold().startswith("by ") or not (line[0].isupper() or line[0].isdigit()):
        return False
    if _SENTENCE_END.search(line) and not _QUESTION_END.search(line):
        return False
    return len(following) > len(line) and bool(_SENTENCE_END.search(following))


def mark_clutter(text: str, blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Mark what a web page left below its article, so that it never becomes evidence.

    The clutter starts at the first line of the text's last third that is a known heading for it ("Check
    Also", "Related articles"), or where all that is left are teasers cut off with "…".
    """
    total = sum(block.end - block.start for block in blocks)
    first, tail = len(blocks), 0
    for i in range(len(blocks) - 1, 0, -1):
        line = text[blocks[i].start : blocks[i].end]
        tail += len(line)
        if tail > total * _CLUTTER_SHARE:
            break
        if _CLUTTER_HEADING.fullmatch(line) or (first == i + 1 and _TEASER_END.search(line)):
            first = i
    return tuple(replace(block, kind=BlockKind.CLUTTER) if i >= first else block for i, block in enumerate(blocks))
