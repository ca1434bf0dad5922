"""Answers, documents and lists as HTML. Every text in it is escaped, by the one environment that renders it."""

import re
import unicodedata
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from index.document import BlockKind, Document
from index.split import split
from qa.answer import COURTESY, WRITER, Answer, Citation, Related, Status
from qa.conversations import Conversation, Exchange, place
from qa.read import FIRST_READING
from qa.reader.model import LARGE, SHA256, SMALL

VERDICTS = {
    Status.ANSWERED: "Every sentence is in the document",  # word for word
    Status.PARTIAL: "Partly: some of what was drafted is not supported",
    Status.NOT_IN_DOCUMENT: "Not in the document",
}
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
"""Characters that cannot be seen and can change what is: bidirectional controls, zero widths, control codes."""

Piece = tuple[str, int, int]
"""A text, and where it starts and ends in the document if it is a sentence; else 0 and 0."""


@dataclass(frozen=True, slots=True)
class ShownBlock:
    """A block of a document as the page shows it; its pieces joined are the document's text of the block."""

    tag: str
    start: int
    clutter: bool
    pieces: list[Piece]


def shown(text: str) -> Markup:
    """A text escaped, with each character that cannot be seen boxed, so that it shows and reorders nothing."""
    parts, at = list[str](), 0
    for found in _UNSEEN.finditer(text):
        code = f"U+{ord(found[0]):04X}"
        name = unicodedata.name(found[0], code)
        box = Markup('<bdi class="unseen-character" data-code="{}" title="{}">{}</bdi>')
        parts += [escape(text[at : found.start()]), box.format(code, name, found[0])]
        at = found.end()
    return Markup("").join([*parts, escape(text[at:])])


def turn_html(exchange: Exchange, number: int, *, last: bool, model: str) -> str:
    """One question with what became of it.

    Args:
        exchange: The question; its answer is None where it was stopped.
        number: Its place in the conversation, counted from 0.
        last: Whether it can be asked again or changed.
        model: The embedding model, for "About this answer".
    """
    answer = exchange.answer
    return _render(
        "turn.html",
        number=number,
        last=last,
        question=exchange.question,
        state=_state(answer) if answer else "stopped",
        answer=answer,
        rating=exchange.rating,
        says=verdict_on(answer) if answer else "",
        about=_about(answer, exchange, model) if answer else [],
    )


def waiting_html(question: str, number: int, *, reason: str, so_far: Answer | None = None) -> str:
    """A question that is being answered: why it takes, and the answer so far."""
    return _render("turn.html", number=number, question=question, state="waiting", reason=reason, answer=so_far)


def failed_html(question: str, number: int, *, reason: str) -> str:
    """A question that could not be asked, and why."""
    return _render("turn.html", number=number, question=question, state="failed", reason=reason, answer=None, last=True)


def verdict_on(answer: Answer) -> str:
    """The state of an answer in words."""
    if answer.engine == WRITER and answer.status is Status.ANSWERED:
        return "Every sentence was checked against the document"
    return VERDICTS[answer.status]


def document_html(document: Document, *, language: str = "en") -> str:
    """A document, whole, each sentence that can be cited with its offsets."""
    blocks = list(_blocks(document, language))
    titled = not (document.blocks and document.blocks[0].kind is BlockKind.HEADING)
    return _render("document.html", title=document.title, titled=titled, blocks=blocks)


def conversations_html(found: Sequence[Conversation], here: str) -> str:
    """The list of conversations."""
    return _part("conversations", found, here)


def documents_html(found: Sequence[Document], chosen: Set[str]) -> str:
    """The list of documents, those that are asked ticked."""
    return _part("documents", found, chosen)


def suggestions_html(questions: Sequence[str]) -> str:
    """Questions as buttons."""
    return _part("suggestions", questions)


def _blocks(document: Document, language: str) -> Iterator[ShownBlock]:
    sentences = sorted({(s.start, s.end) for p in split(document, language=language) for s in p.sentences})
    nth = 0
    for i, block in enumerate(document.blocks):
        pieces, at = list[Piece](), block.start
        while nth < len(sentences) and sentences[nth][1] <= block.end:
            start, end = sentences[nth]
            pieces += [(document.text[at:start], 0, 0), (document.text[start:end], start, end)]
            at, nth = end, nth + 1
        pieces.append((document.text[at : block.end], 0, 0))
        tag = ("h3" if i == 0 else "h4") if block.kind is BlockKind.HEADING else "p"
        yield ShownBlock(tag, block.start, block.kind is BlockKind.CLUTTER, [piece for piece in pieces if piece[0]])


def _about(answer: Answer, exchange: Exchange, model: str) -> list[tuple[str, str]]:
    """What a reader may want to know of an answer, as names and values."""
    found = [("Engine", answer.engine)]
    if answer.understood != answer.question:
        found.append(("Understood as", answer.understood))
    if answer.engine == "reader":
        folder = LARGE if FIRST_READING in answer.scores else SMALL
        found.append(("Reader", f"{folder.name}, SHA-256 {SHA256[folder]}"))
    if used := answer.model:
        found += [("Chat model", used.model), ("Prompts", ", ".join(used.prompts)), ("Calls", str(used.calls))]
        if used.input_tokens is not None:
            found.append(("Tokens", f"{used.input_tokens:,} read, {used.output_tokens:,} written"))
        if used.cost is not None:
            found.append(("Cost", f"{used.cost:.6f} US dollars"))
    found += [("Search", model), ("Time taken", f"{exchange.seconds:.2f} s"), ("Asked", exchange.asked_at)]
    found += [(f"Score: {name}", f"{value:g}") for name, value in answer.scores.items()]
    found += [(f"Document {n}", f"{d.title}, SHA-256 {d.sha256}") for n, d in enumerate(answer.documents, start=1)]
    return found


def _state(answer: Answer) -> str:
    """The state of a turn whose answer is whole, as its looks go by it."""
    return COURTESY if answer.is_courtesy else answer.status.value


def _place(cited: Citation | Related) -> str:
    return place(cited.title, cited.paragraph, cited.page)


def _render(template: str, **values: object) -> str:
    return _ENVIRONMENT.get_template(template).render(**values)


def _part(name: str, *values: object) -> str:
    return str(getattr(_ENVIRONMENT.get_template("parts.html").module, name)(*values))


_ENVIRONMENT = Environment(
    loader=PackageLoader("qa.page"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_ENVIRONMENT.filters["shown"] = shown
_ENVIRONMENT.filters["place"] = _place
