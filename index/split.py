"""A document becomes passages, cut on sentence borders. Pure: the same document gives the same passages."""

import re
from collections.abc import Iterator

from sentencex import get_sentence_boundaries  # pyright: ignore[reportAttributeAccessIssue] - compiled, no stubs

from index.document import Block, BlockKind, Document, Passage, Sentence, content_id

PASSAGE_CHARS = 900
"""About 200 word pieces of English: the embedding model reads 256, and the rest would be embedded unseen."""

SMALL_PASSAGE_CHARS = 300
"""A passage shorter than this takes in the next paragraph, so that lists and dialogue keep their context."""

STATEMENT = re.compile(
    r"\d|\b(?:is|are|was|were|be|been|has|have|had|will|would|can|cannot|could|may|might|must|shall|should|do|does|did"
    r"|not|no|nobody|nothing|says?|said|\w{3,}ed)\b",
    re.IGNORECASE,
)
"""What makes a few words say something by themselves: a number, a verb or a negation. Such a heading can be quoted."""


def split(document: Document, *, language: str = "en") -> list[Passage]:
    """Cut a document into passages of whole sentences, in the document's order.

    A paragraph is one passage. Short paragraphs under one heading share a passage; a long paragraph makes
    several, each of which repeats the last sentence of the one before (a sentence often leans on it). A "sentence"
    that is longer than a passage comes in pieces, as `sentence_spans` says.

    Args:
        document: Its clutter is left out. A heading that states something is a sentence of the passage below it;
            any other heading is known to its passages, and cannot be quoted.
        language: ISO 639-1 code, for the sentence segmenter's abbreviations.

    Returns:
        Passages for which `document.text[p.start:p.end] == p.text`. Each sentence of each paragraph is in at
        least one of them, and none is longer than `PASSAGE_CHARS`.
    """
    passages: list[Passage] = []
    for heading, paragraphs in _sections(document, language):
        for group in _groups(paragraphs):
            passages.append(_passage(document, heading, group))
    return passages


def _sections(document: Document, language: str) -> Iterator[tuple[str, list[list[Sentence]]]]:
    """Each heading with the paragraphs below it, each paragraph as its sentences."""
    heading, paragraphs, number = "", list[list[Sentence]](), 0
    for block in document.blocks:
        if block.kind is BlockKind.HEADING:
            if paragraphs:
                yield heading, paragraphs
            heading, paragraphs = document.text[block.start : block.end], []
            if STATEMENT.search(heading):
                paragraphs.append([Sentence(block.start, block.end, number + 1)])
        elif block.kind is BlockKind.PARAGRAPH:
            number += 1
            paragraphs.append([Sentence(a, b, number) for a, b in sentence_spans(document.text, block, language)])
    if paragraphs:
        yield heading, paragraphs


def sentence_spans(text: str, block: Block, language: str = "en") -> Iterator[tuple[int, int]]:
    """Where the sentences of one block start and end, in document offsets, without outer white space.

    A "sentence" longer than a passage (a table, a word of 10,000 characters) comes in pieces.
    """
    for boundary in get_sentence_boundaries(language, text[block.start : block.end]):
        sentence: str = boundary["text"]
        start = block.start + boundary["start_index"] + len(sentence) - len(sentence.lstrip())
        end = start + len(sentence.strip())
        while end - start > PASSAGE_CHARS:
            space = text.rfind(" ", start + 1, start + PASSAGE_CHARS)
            cut = space if space > start else start + PASSAGE_CHARS
            yield start, cut
            start = cut + len(text[cut:end]) - len(text[cut:end].lstrip())
        if end > start:
            yield start, end


def _groups(paragraphs: list[list[Sentence]]) -> Iterator[list[Sentence]]:
    """The sentences of each passage to be made from one section."""
    group: list[Sentence] = []
    for paragraph in paragraphs:
        if group and group[-1].end - group[0].start >= SMALL_PASSAGE_CHARS:
            yield group
            group = []
        for sentence in paragraph:
            if group and sentence.end - group[0].start > PASSAGE_CHARS:
                yield group
                last = group[-1]
                group = [last] if sentence.end - last.start <= PASSAGE_CHARS else []
            group.append(sentence)
    if group:
        yield group


def _passage(document: Document, heading: str, sentences: list[Sentence]) -> Passage:
    start, end = sentences[0].start, sentences[-1].end
    text = document.text[start:end]
    return Passage(
        id=content_id(document.id, str(start), text),
        document_id=document.id,
        text=text,
        start=start,
        end=end,
        page=document.page_at(start),
        heading=re.sub(r"\s+", " ", heading),
        sentences=tuple(sentences),
    )
