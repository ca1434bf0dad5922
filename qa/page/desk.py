"""What the page can ask the program to do. Each action takes a `Message` and gives what the page is to show."""

import base64
import binascii
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from threading import Event, Lock
from typing import Any

from pydantic import ValidationError

from index.document import Document
from index.embed import EmbedError
from index.load import MIB, READERS, LoadError
from index.store import StoreError
from qa.answer import Answer
from qa.assistant import Assistant, QuestionError
from qa.conversations import ConversationError, Conversations, Exchange, markdown, now, plain
from qa.conversations import receipts as receipts_of
from qa.library import Library, Waiting
from qa.page import render
from qa.page.message import Message
from qa.read import ENGINE as READER
from qa.reader.model import ReaderError
from qa.suggest import Suggester, next_suggestions, question_about
from qa.write import ModelError

Reply = dict[str, Any]

EXPECTED = (ConversationError, EmbedError, LoadError, ModelError, QuestionError, ReaderError, StoreError)
"""Errors whose message is a sentence for the reader."""

SECRET_LENGTH = 32

WAIT_SECONDS = 0.3
"""How often a page that waits is told how far things are."""


class Desk:
    """The actions of the page, for all windows that are open.

    Args:
        library: The documents, and the assistants on them.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        # Suggestions are tried by the dozen: no chat model is asked.
        self._suggester = Suggester(partial(library.assistant, model=READER), language=library.settings.language)
        self._lock = Lock()
        self._progress = dict[str, Waiting]()
        self._ended = set[str]()
        self._stopped = dict[str, Event]()
        actions = (
            self.status, self.enter, self.document, self.library, self.add, self.progress, self.remove,
            self.conversations, self.rename, self.delete, self.rate, self.copy, self.receipt, self.markdown,
            self.receipts, self.suggestions, self.about_this, self.stop,
        )  # fmt: skip
        self._actions: dict[str, Callable[[Message], Reply]] = {action.__name__: action for action in actions}

    def call(self, data: dict[str, Any]) -> Reply:
        """Do what a message of the page says; an expected error comes back as {"error": its sentence}."""
        try:
            message = Message.model_validate(data)
            action = self._actions.get(message.do)
            return action(message) if action else {"error": f"The page asks for {message.do!r}. Load it again."}
        except ValidationError as error:
            return {
                "error": f"The page sent what the program does not know ({error.errors()[0]['msg']}). Load it again."
            }
        except EXPECTED as error:
            return {"error": str(error)}

    def ask(self, message: Message) -> Iterator[Reply]:
        """Answer a question: the turn as HTML, again and again until it is whole, and kept."""
        question, number = message.question.strip(), message.number
        reply: Reply = {"run": message.run, "number": number, "state": "waiting"}
        started = time.perf_counter()
        stopped = self._stopped.setdefault(message.run, Event())
        waiting = partial(render.waiting_html, question, number)
        try:
            while not self._library.is_ready(WAIT_SECONDS) and message.run not in self._ended:
                yield {**reply, "turn": waiting(reason=self._reason())}
            if message.run in self._ended:
                return
            history = self._kept(message).open(message.conversation).until(number).history
            assistant, trouble = self._assistant(message)
            reason = f"{assistant.model} is writing…" if assistant.model else "Reading…"
            yield {**reply, "turn": waiting(reason=reason), "trouble": trouble}
            answer = None
            for answer in assistant.answers(question, history=history, stopped=stopped):
                if message.run in self._ended:
                    return
                yield {**reply, "turn": waiting(reason=reason, so_far=answer)}
            exchange = Exchange(question, now(), round(time.perf_counter() - started, 3), answer)
            if answer and (done := self._keep(message, exchange)):
                yield {**reply, **done, "say": _spoken(answer)}
        except EXPECTED as error:
            turn = render.failed_html(question, number, reason=str(error))
            yield {**reply, "state": "failed", "turn": turn, "say": str(error)}
        finally:
            self._stopped.pop(message.run, None)

    def stop(self, message: Message) -> Reply:
        """Keep a question as stopped, unless its answer came first; its chat model is stopped at once."""
        reply: Reply = {"run": message.run, "number": message.number, "say": "Stopped."}
        exchange = Exchange(message.question.strip(), now(), 0.0, None)
        if done := self._keep(message, exchange):
            if stopped := self._stopped.get(message.run):
                stopped.set()
            return {**reply, **done}
        kept = self._kept(message).open(message.conversation).exchanges[message.number]
        return {**reply, "state": "done", "turn": self._turn(kept, message.number, last=True)}

    def status(self, _: Message) -> Reply:
        """What is being waited for, if anything."""
        waiting, failure = self._library.waiting, self._library.failure
        if failure is not None:
            return {"failure": str(failure)}
        return {"waiting": waiting and {"reason": self._reason(), "done": waiting.done, "total": waiting.total}}

    def enter(self, message: Message) -> Reply:
        """All that a window shows when it opens: its conversation, and the documents."""
        conversation = self._kept(message).open(message.conversation)
        last = len(conversation.exchanges) - 1
        turns = [self._turn(e, i, last=i == last) for i, e in enumerate(conversation.exchanges)]
        writer = self._library.settings.writer
        return {"turns": "".join(turns), "writer": writer, **self._documents(conversation.documents)}

    def document(self, message: Message) -> Reply:
        """A document as HTML."""
        for document in self._library.documents:
            if document.id == message.id:
                return {"html": render.document_html(document, language=self._library.settings.language)}
        return {"error": "This document is not here any more. The quote is what it said when it was asked."}

    def library(self, message: Message) -> Reply:
        """The list of documents, and what can be added to it."""
        chosen = {document.id for document in self._library.chosen(message.documents)}
        kinds = ", ".join(READERS)
        limit = self._library.settings.max_file_mb
        return {
            "list": render.documents_html(self._library.documents, chosen),
            "kinds": f"It can be one of {kinds}, of {limit:g} MiB at the most. Other kinds cannot be read yet.",
            "accept": ",".join(READERS),
            "most": int(limit * MIB),
        }

    def add(self, message: Message) -> Reply:
        """Take in a file or a web address; the documents that are asked are then these too."""

        def report(document: Document, done: int, total: int) -> None:
            self._progress[message.job] = Waiting(f"Indexing {document.title}", done, total)

        self._progress[message.job] = Waiting("Reading it")
        try:
            if message.address:
                added = self._library.add_address(message.address, progress=report)
            else:
                data = base64.b64decode(message.data, validate=True)
                added = self._library.add(data, name=message.name, progress=report)
        except binascii.Error as error:
            raise LoadError(f"{message.name}: the browser did not send the whole file. Add it again.") from error
        finally:
            self._progress.pop(message.job, None)
        return {"added": [d.id for d in added], **self._documents((*message.documents, *(d.id for d in added)))}

    def progress(self, message: Message) -> Reply:
        """How far the adding of a document is."""
        now_at = self._progress.get(message.job)
        return {"reason": now_at.reason, "done": now_at.done, "total": now_at.total} if now_at else {}

    def remove(self, message: Message) -> Reply:
        """Take a document out of the index."""
        self._library.remove(message.id)
        return self._documents(tuple(id for id in message.documents if id != message.id))

    def conversations(self, message: Message) -> Reply:
        """The conversations of this browser, but for those that are open in another window."""
        found = [c for c in self._kept(message) if c.id not in message.elsewhere]
        return {"list": render.conversations_html(found, message.conversation)}

    def rename(self, message: Message) -> Reply:
        """Give a conversation another title."""
        self._kept(message).rename(message.id, message.title)
        return self.conversations(message)

    def delete(self, message: Message) -> Reply:
        """Take a conversation away for good."""
        self._kept(message).delete(message.id)
        return self.conversations(message)

    def rate(self, message: Message) -> Reply:
        """Keep what the reader thinks of an answer, with its receipt."""
        kept = self._kept(message).rate(message.conversation, message.number, message.rating)
        return {"rating": kept.exchanges[message.number].rating}

    def copy(self, message: Message) -> Reply:
        """An answer with its footnotes, as plain text."""
        return {"text": plain(self._answer(message))}

    def receipt(self, message: Message) -> Reply:
        """An answer's receipt, as `footnote verify` reads it."""
        return {"text": self._answer(message).to_json(), "name": "receipt.json", "type": "application/json"}

    def markdown(self, message: Message) -> Reply:
        """A conversation as Markdown."""
        conversation = self._kept(message).open(message.id)
        return {"text": markdown(conversation), "name": "conversation.md", "type": "text/markdown"}

    def receipts(self, message: Message) -> Reply:
        """A conversation's receipts."""
        conversation = self._kept(message).open(message.id)
        return {"text": receipts_of(conversation), "name": "receipts.json", "type": "application/json"}

    def suggestions(self, message: Message) -> Reply:
        """Questions that the chosen documents answer, and whether more are being looked for."""
        if not self._library.is_ready(0):
            return {"html": "", "more": True}
        suggested, more = self._suggester.found(tuple(d.id for d in self._library.chosen(message.documents)))
        conversation = self._kept(message).open(message.conversation)
        last = conversation.exchanges[-1].answer if conversation.exchanges else None
        asked = [exchange.question for exchange in conversation.exchanges]
        found = next_suggestions(suggested, asked, last)
        return {"html": render.suggestions_html([s.question for s in found]), "more": more}

    def about_this(self, message: Message) -> Reply:
        """A question about a stretch of a document: one that its sentence answers, or else one that quotes it."""
        document = next((d for d in self._library.documents if d.id == message.document), None)
        words = " ".join(document.text[message.start : message.end].split()) if document else ""
        if not words:
            return {"error": "There is nothing there to ask about. Select a sentence."}
        assistant = self._library.assistant(message.documents, model=READER)
        return {"question": question_about(assistant.ask, words, message.start)}

    def _assistant(self, message: Message) -> tuple[Assistant, str]:
        """Who is to answer; where the chat model cannot be opened, the reader, and why."""
        try:
            return self._library.assistant(message.documents, model=(message.model or "").strip() or None), ""
        except ModelError as error:
            return self._library.assistant(message.documents, model=READER), f"{error} The offline reader answers."

    def _keep(self, message: Message, exchange: Exchange) -> Reply | None:
        """Write an exchange down, and give its turn; None where this run was ended before, by an answer or a stop."""
        with self._lock:
            if message.run in self._ended:
                return None
            self._ended.add(message.run)
            kept = self._kept(message)
            before = kept.open(message.conversation).until(message.number)
            kept.save(replace(before, documents=message.documents).asked(exchange))
        return {"state": "done", "turn": self._turn(exchange, message.number, last=True)}

    def _kept(self, message: Message) -> Conversations:
        """The conversations of the browser that sent a message."""
        if len(message.browser) < SECRET_LENGTH:
            raise ConversationError("The browser keeps no name for itself. Load the page again.")
        return Conversations(self._library.settings.home, message.browser)

    def _turn(self, exchange: Exchange, number: int, *, last: bool) -> str:
        return render.turn_html(exchange, number, last=last, model=self._library.settings.embedding_model)

    def _answer(self, message: Message) -> Answer:
        exchanges = self._kept(message).open(message.conversation).exchanges
        answer = exchanges[message.number].answer if message.number < len(exchanges) else None
        if answer is None:
            raise ConversationError(
                f"There is no answer {message.number + 1} in this conversation. Load the page again."
            )
        return answer

    def _documents(self, chosen: tuple[str, ...]) -> Reply:
        return {
            "documents": [{"id": d.id, "title": d.title} for d in self._library.documents],
            "chosen": [d.id for d in self._library.chosen(chosen)],
        }

    def _reason(self) -> str:
        waiting = self._library.waiting
        return f"{waiting.reason[:1].upper()}{waiting.reason[1:]}…" if waiting else "Reading…"


def _spoken(answer: Answer) -> str:
    """An answer as a live region announces it."""
    if answer.is_courtesy:
        return answer.text
    notes = len(answer.citations)
    parts = [f"{render.verdict_on(answer)}.", *(s.text for s in answer.sentences)]
    parts.append(f"{notes} {'footnote' if notes == 1 else 'footnotes'}." if notes else answer.text)
    return " ".join([*parts, *filter(None, [answer.note])])
