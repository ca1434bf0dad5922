"""Where the headings, the paragraphs and the clutter of a plain text are. Pure."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from sentencex import get_sentence_boundaries  # pyright: ignore[reportAttributeAccessIssue] - compiled, no stubs

from index.document import Block, BlockKind

Span = tuple[int, int]

_BULLET = re.compile(r"\s*(?:[-*•–‣◦]|\(?\d{1,3}[.)])\s")
_CLOSED = re.compile(r"[.!?…。！？][\"'”’»)\]]*$")
_PUNCTUATED = re.compile(r"[.!…。！:;,][\"'”’»)\]]*$")
_HEADING_CHARS, _HEADING_WORDS = 100, 14
_WRAP_CHARS = 120
"""Lines longer than this were not wrapped by hand: each is a paragraph."""

_CLUTTER_HEADING = re.compile(
    r"(?:check (?:this )?also|read (?:more|next|also)|(?:you )?(?:may|might) also (?:like|enjoy)"
    r"|(?:related|recommended|similar|popular|trending|latest|more|other)"
    r" (?:articles?|posts?|stories|news|reads?|content|topics|links)"
    r"|most (?:read|popular|viewed)|recommended(?: for you)?|related|trending(?: now)?"
    r"|share this(?: article| post| story)?|subscribe(?: to our newsletter)?|newsletter|leave a (?:reply|comment)"
    r"|\d* ?comments?|advertisement|sponsored(?: content)?|(?:next|previous) (?:article|post|story)|tags|follow us)"
    r"\s*:?",
    re.IGNORECASE,
)
_TEASER_END = re.compile(r"(?:…|\.\.\.|\[…\]|\[\.\.\.\]|read more|continue reading)\s*[»→>]*$", re.IGNORECASE)
_CLUTTER_SHARE = 1 / 3
"""A tail that is more of the text than this is taken for part of it, whatever its heading says."""


def blocks_of(text: str) -> tuple[Block, ...]:
    """Find the blocks of a plain text: by blank lines, by line breaks, and by what looks like a heading.

    A line break inside a sentence never ends a paragraph: half a sentence can say the opposite of the whole.
    """
    spans = [span for chunk in _chunks(text) for span in _paragraphs(text, chunk)]
    kinds = [
        BlockKind.HEADING if is_heading(text[a:b], text[c:d]) else BlockKind.PARAGRAPH
        for (a, b), (c, d) in pairwise([*spans, (len(text), len(text))])
    ]
    if BlockKind.PARAGRAPH not in kinds:
        kinds = [BlockKind.PARAGRAPH] * len(kinds)
    return mark_clutter(text, [Block(a, b, kind) for (a, b), kind in zip(spans, kinds, strict=True)])


def _chunks(text: str) -> list[list[Span]]:
    """The lines between blank lines, without outer white space."""
    chunks: list[list[Span]] = [[]]
    start = 0
    for line in text.split("\n"):
        if words := line.strip():
            at = start + line.index(words)
            chunks[-1].append((at, at + len(words)))
        elif chunks[-1]:
            chunks.append([])
        start += len(line) + 1
    return [chunk for chunk in chunks if chunk]


def _paragraphs(text: str, lines: list[Span]) -> list[Span]:
    """The paragraphs of one chunk: its lines, joined where a sentence goes on over the break."""
    widest = max(b - a for a, b in lines)
    paragraphs = [lines[0]]
    for line in lines[1:]:
        before = text[paragraphs[-1][0] : paragraphs[-1][1]]
        if _goes_on(before, text[slice(*line)], widest):
            paragraphs[-1] = (paragraphs[-1][0], line[1])
        else:
            paragraphs.append(line)
    return paragraphs


def _goes_on(before: str, line: str, widest: int) -> bool:
    """Whether a line goes on with the paragraph before it, in a chunk whose widest line is this wide."""
    last = before.rsplit("\n", 1)[-1].strip()
    if _BULLET.match(line):
        return False
    if line[0].islower():
        return True
    if _CLOSED.search(last) and _ends_sentence(last, line):
        wrapped = widest <= _WRAP_CHARS and len(last) >= 0.8 * widest
        # A wrapped paragraph closes with a full stop; a short line without one below it is a heading.
        return wrapped and not (len(line) < 0.6 * widest and not _CLOSED.search(line))
    if "\n" not in before and len(last) < 0.6 * widest and _heading_shaped(last):
        return False
    return not (len(last) > _WRAP_CHARS and _heading_shaped(line))


def _ends_sentence(line: str, following: str) -> bool:
    """Whether a sentence ends where a line does: not after "Dr."."""
    boundaries = get_sentence_boundaries("en", f"{line} {following}")
    return any(boundary["start_index"] == len(line) + 1 for boundary in boundaries)


def _heading_shaped(line: str) -> bool:
    if "\n" in line or len(line) > _HEADING_CHARS or len(line.split()) > _HEADING_WORDS:
        return False
    if _BULLET.match(line) or line.casefold().startswith("by ") or not (line[0].isupper() or line[0].isdigit()):
        return False
    return not _PUNCTUATED.search(line)


def is_heading(line: str, following: str) -> bool:
    """Whether a block reads as the heading of what follows: short, unpunctuated, above a longer text."""
    return _heading_shaped(line) and len(following) > len(line) and bool(_CLOSED.search(following))


def mark_clutter(text: str, blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Mark what a web page left below its article, so that it never becomes evidence.

    Losing the last section of a text would be worse than keeping clutter. So two signs are needed: a line that is
    known to head clutter ("Check Also", "Related articles"), and below it, to the end of the text, nothing but
    titles and teasers that are cut off with "…".
    """
    total = sum(block.end - block.start for block in blocks)
    first, tail = len(blocks), 0
    for i in range(len(blocks) - 1, 0, -1):
        line = text[blocks[i].start : blocks[i].end]
        tail += len(line)
        if _CLUTTER_HEADING.fullmatch(line):
            first = i
        elif tail > total * _CLUTTER_SHARE or not (_TEASER_END.search(line) or _heading_shaped(line)):
            break
    return tuple(replace(block, kind=BlockKind.CLUTTER) if i >= first else block for i, block in enumerate(blocks))
