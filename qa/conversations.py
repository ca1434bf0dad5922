"""Conversations on this machine: one JSON file each, in a folder that only the browser that wrote them can name."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from qa.answer import Answer
from qa.converse import Turn

LONGEST_TITLE = 80
_ID = re.compile(r"[0-9a-f]{32}")
_WRITING = Lock()

Rating = Literal["up", "down"]


class ConversationError(ValueError):
    """A conversation that is not there, or cannot be read or written."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and what became of it.

    Attributes:
        asked_at: UTC, ISO 8601.
        seconds: From the question to the whole answer.
        answer: None where the answer was stopped.
    """

    question: str
    asked_at: str
    seconds: float
    answer: Answer | None
    rating: Rating | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """What was asked in one window, in order.

    Attributes:
        id: 32 hex digits, chosen by the browser.
        title: The first question, until it is renamed.
        changed_at: UTC, ISO 8601.
        documents: The ids of the documents that are asked; none means those that the program opened with.
    """

    id: str
    title: str = ""
    changed_at: str = ""
    documents: tuple[str, ...] = ()
    exchanges: tuple[Exchange, ...] = field(default_factory=tuple[Exchange, ...])

    @property
    def history(self) -> list[Turn]:
        """The answered questions, as an assistant takes them."""
        return [(e.question, e.answer.text) for e in self.exchanges if e.answer]

    def asked(self, exchange: Exchange) -> "Conversation":
        """This conversation with one more exchange, named by its first question."""
        title = self.title or " ".join(exchange.question.split())[:LONGEST_TITLE]
        return replace(self, title=title, exchanges=(*self.exchanges, exchange))

    def until(self, number: int) -> "Conversation":
        """This conversation without its exchanges from `number` on, counted from 0."""
        return replace(self, exchanges=self.exchanges[: max(0, number)])


class Conversations:
    """One browser's conversations.

    Args:
        home: The program's folder; the conversations lie in `conversations/` below it.
        browser: The secret that the browser made for itself. Only its hash is ever written.
    """

    def __init__(self, home: Path, browser: str) -> None:
        self._home = home
        self._folder = home / "conversations" / hashlib.sha256(browser.encode()).hexdigest()[:32]

    def __iter__(self) -> Iterator[Conversation]:
        """All that can be read, the one that changed last in front."""
        found = list[Conversation]()
        for path in self._folder.glob("*.json"):
            try:
                found.append(_read(path))
            except ConversationError:
                continue  # it stays on disk, and opening it says what is wrong
        return iter(sorted(found, key=lambda c: (c.changed_at, c.id), reverse=True))

    def open(self, id: str) -> Conversation:
        """A conversation; an empty one where nothing was said under this id yet.

        Raises:
            ConversationError: The id is none, or the file is damaged.
        """
        path = self._path(id)
        return _read(path) if path.exists() else Conversation(id)

    def save(self, conversation: Conversation) -> Conversation:
        """Keep a conversation, whole or not at all; gives it with the time at which it changed.

        Raises:
            ConversationError: The file cannot be written.
        """
        conversation = replace(conversation, changed_at=now())
        path = self._path(conversation.id)
        try:
            with _WRITING:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.with_suffix(".new").write_bytes(_CONVERSATION.dump_json(conversation, indent=1))
                path.with_suffix(".new").replace(path)
        except OSError as error:
            raise ConversationError(
                f"{path}: the conversation cannot be kept ({error.strerror}). Check FOOTNOTE_HOME."
            ) from error
        return conversation

    def rename(self, id: str, title: str) -> Conversation:
        """Give a conversation another title; an empty one changes nothing."""
        conversation = self.open(id)
        title = " ".join(title.split())[:LONGEST_TITLE]
        return self.save(replace(conversation, title=title)) if title else conversation

    def delete(self, id: str) -> None:
        """Take a conversation away for good; one that is not there is no error."""
        self._path(id).unlink(missing_ok=True)

    def rate(self, id: str, number: int, rating: Rating | None) -> Conversation:
        """Note what the reader thinks of an answer: in the conversation, and as a line of `feedback.jsonl`.

        Args:
            id: The conversation.
            number: The exchange, counted from 0.
            rating: None takes an earlier rating back.
        """
        conversation = self.open(id)
        if not 0 <= number < len(conversation.exchanges) or conversation.exchanges[number].answer is None:
            raise ConversationError(f"There is no answer {number + 1} in this conversation. Load the page again.")
        rated = replace(conversation.exchanges[number], rating=rating)
        exchanges = [*conversation.exchanges]
        exchanges[number] = rated
        assert rated.answer  # noqa: S101 - checked above
        receipt = json.loads(rated.answer.to_json())
        line = json.dumps({"at": now(), "rating": rating, "receipt": receipt}, ensure_ascii=False)
        with _WRITING, (self._home / "feedback.jsonl").open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        return self.save(replace(conversation, exchanges=tuple(exchanges)))

    def _path(self, id: str) -> Path:
        if not _ID.fullmatch(id):
            raise ConversationError(f"{id[:40]!r} is not the id of a conversation. Load the page again.")
        return self._folder / f"{id}.json"


def markdown(conversation: Conversation) -> str:
    """A conversation as Markdown: the questions as headings, each footnote below its answer."""
    parts = [f"# {literal(conversation.title or 'Conversation')}"]
    for number, exchange in enumerate(conversation.exchanges, start=1):
        parts += [f"## {literal(exchange.question)}", *_markdown(exchange.answer, f"{number}-")]
    return "\n\n".join(parts) + "\n"


def receipts(conversation: Conversation) -> str:
    """The receipts of a conversation's answers, as a JSON list."""
    return json.dumps(
        [json.loads(e.answer.to_json()) for e in conversation.exchanges if e.answer], indent=2, ensure_ascii=False
    )


def plain(answer: Answer) -> str:
    """An answer with its footnotes as plain text, to be pasted anywhere."""
    notes = [
        f"[{c.number}] “{' '.join(c.quote.split())}” ({place(c.title, c.paragraph, c.page)})" for c in answer.citations
    ]
    rejected = [f"Not supported by the document: {r.sentence} ({r.reason})" for r in answer.rejected]
    return "\n\n".join([answer.text, *rejected, "\n".join(notes)]).strip()


def place(title: str, paragraph: int, page: int | None) -> str:
    """Where a quote stands, in words."""
    return f"{title}, paragraph {paragraph}" + (f", page {page}" if page else "")


def literal(text: str) -> str:
    """A text as one line of Markdown that shows just that text: no markup, no HTML, no links."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(text.split()))


def now() -> str:
    """The time, UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _markdown(answer: Answer | None, prefix: str) -> Sequence[str]:
    if answer is None:
        return ["*The answer was stopped.*"]
    # The markers come from the sentences' own numbers: a document may hold a "[1]" too.
    said = (literal(s.text) + "".join(f"[^{prefix}{n}]" for n in s.citations) for s in answer.sentences)
    parts = [" ".join(said) or literal(answer.text)]
    parts += [f"Not supported by the document: ~~{literal(r.sentence)}~~ {literal(r.reason)}" for r in answer.rejected]
    if answer.related:
        parts.append("Related, but not evidence:")
        parts += [f"> {literal(place(r.title, r.paragraph, r.page))}: {literal(r.text)}" for r in answer.related]
    for c in answer.citations:
        parts.append(f"[^{prefix}{c.number}]: “{literal(c.quote)}” {literal(place(c.title, c.paragraph, c.page))}")
    return parts


def _read(path: Path) -> Conversation:
    try:
        return _CONVERSATION.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise ConversationError(
            f"{path}: the conversation cannot be read. Move the file away, and ask anew."
        ) from error


_CONVERSATION = TypeAdapter(Conversation)
