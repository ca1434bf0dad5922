"""OPEN FIRST. The whole flow, each arrow one call.

path -load-> Document -split-> [Passage] -Store.add-> Chroma
question (+ history) -standalone-> query -search-> [Hit] -read or write-> Draft -verify-> Answer
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from copy import copy
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from index.document import Document, Hit
from index.embed import PACKAGED_MODEL, Embedder
from index.load import LoadError, load
from index.sample import SOURCE, sample
from index.search import Search
from index.split import split
from index.store import Store
from qa import courtesy
from qa.answer import COURTESY, Answer, Draft, Status
from qa.converse import Question, Turn
from qa.judge import load_judges
from qa.lists import rest_of_lists
from qa.overview import asks_for_overview, overview
from qa.read import ENGINE as READER
from qa.read import passages_for, read
from qa.reader.model import SMALL, load_reader
from qa.settings import Settings
from qa.spelling import Spelling
from qa.support.model import Support
from qa.verify import marked, unsupported, verify
from qa.write import condense, write

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever
    from langchain_core.runnables import Runnable

    from qa.chat_model import ChatModel

ReportProgress = Callable[[Document, int, int], None]
"""Told, while indexing, the document and how many of its passages are done, and how many there are."""

LONGEST_QUESTION = 2000
"""In characters. A longer one is a pasted text, of which the models would read only the beginning."""


class QuestionError(ValueError):
    """A question that cannot be asked."""


class Assistant:
    """Answers questions about a fixed set of documents.

    Args:
        store: Holds the documents' passages.
        documents: What to answer from.
        settings: How.

    Raises:
        qa.write.ModelError: The settings name a chat model that cannot be opened.
    """

    def __init__(self, store: Store, documents: Sequence[Document], settings: Settings) -> None:
        self.documents = tuple({document.id: document for document in documents}.values())
        self._settings = settings
        self._search = Search(store, self.documents)
        self._judges = load_judges(settings.reader_model)
        common = load_reader(settings.reader_model or SMALL).words
        self._spelling = Spelling((document.text for document in self.documents), common)
        self._model = open_model(settings)
        # The support model was fitted with the packaged embeddings, whichever the index uses.
        packaged = settings.embedding_model == PACKAGED_MODEL
        encode = self._search.encode if packaged else Embedder().remember
        self._supports, self._supports_strictly = Support(encode), Support(encode, strict=True)

    @property
    def model(self) -> str | None:
        """The name of the chat model that writes; None where the reader answers."""
        return self._settings.writer

    def with_model(self, model: str | None) -> "Assistant":
        """The same assistant with another chat model, as provider:name, or with none; the index is shared.

        Raises:
            qa.write.ModelError: The model cannot be opened.
        """
        other = copy(self)
        other._settings = with_model(self._settings, model)
        other._model = open_model(other._settings)
        return other

    def ask(self, question: str, *, history: Sequence[Turn] = ()) -> Answer:
        """Answer a question.

        Args:
            question: In words; a follow-up may lean on the history.
            history: Earlier turns as (question, answer text), the oldest first.

        Returns:
            An answer whose every sentence is cited, or one that says that the documents do not answer.

        Raises:
            QuestionError: The question is empty or too long.
        """
        *_, answer = self.answers(question, history=history)
        return answer

    def stream(self, question: str, *, history: Sequence[Turn] = ()) -> Iterator[str | Answer]:
        """Answer a question in pieces: the answer's text, a sentence at a time, then the `Answer` itself.

        The pieces joined are `Answer.text`. No piece comes before it was verified.

        Raises:
            QuestionError: As `ask`.
        """
        answer, shown = None, 0
        with closing(self.answers(question, history=history)) as answers:
            for answer in answers:
                for i, sentence in enumerate(answer.sentences[shown:], start=shown):
                    yield (" " if i else "") + marked(sentence)
                shown = len(answer.sentences)
        assert answer  # noqa: S101 - there always is one
        if answer.status is Status.NOT_IN_DOCUMENT:
            yield answer.text
        yield answer

    def answers(
        self, question: str, *, history: Sequence[Turn] = (), stopped: Event | None = None
    ) -> Generator[Answer]:
        """Answer a question while it is being written: the answer as far as it is, again and again, then the whole.

        Each is verified. What a chat model writes grows by sentences; the reader's answer comes at once.

        Args:
            question: As in `ask`.
            history: As in `ask`.
            stopped: Once it is set, by whichever thread, the chat model is stopped, and what it has written is the
                whole; the reader's answer, if that is nothing.

        Raises:
            QuestionError: As `ask`.
        """
        history = [turn for turn in history if not courtesy.reply_to(turn[0])]
        asked = Question.of(_checked(question), history, correct=self._spelling.correct)
        if reply := courtesy.reply_to(asked.asked):
            hits, drafts = [], iter([Draft(asked.asked, (), COURTESY, reply=reply)])
        elif self._model is None:
            hits, reading = self._found(asked)
            drafts = iter([reading()])
        else:
            model = self._model.calls(stopped)
            asked = condense(asked, history, model)
            hits, reading = self._found(asked)
            supports = self._supports if model.structured else self._supports_strictly
            check = partial(unsupported, hits=hits, supports=supports)
            drafts = write(asked, hits, model=model, check=check, read=reading)
        for draft in drafts:
            yield verify(draft, hits, self.documents, supports=self._supports)

    def _found(self, asked: Question) -> tuple[list[Hit], Callable[[], Draft]]:
        """The passages for a question, and what drafts the offline answer from them."""
        encode = self._search.encode
        if asks_for_overview(asked.alone):
            hits = self._search.central(limit=self._settings.passages)
            return hits, partial(overview, asked, hits, encode=encode)
        found = passages_for(asked, self._search, limit=self._settings.passages)
        hits = [*found, *rest_of_lists(found, self._search.around)]
        how = {"judges": self._judges, "threshold": self._settings.threshold}
        return hits, partial(read, asked, hits, encode=encode, **how)

    def warm_up(self) -> None:
        """Load the models now, which takes seconds, and not with the first question."""
        self._search.encode(("",))

    def as_runnable(self) -> "Runnable[Any, Answer]":
        """This assistant as a LangChain Runnable.

        Its input is a question, or {"question": ..., "history": [...]}; its output an `Answer`.
        """
        from qa.chain import runnable

        return runnable(self)

    def as_retriever(self) -> "BaseRetriever":
        """The search as a LangChain Retriever: documents with source, start, end, page and heading as metadata."""
        from qa.chain import retriever

        return retriever(self._search, limit=self._settings.passages)


def open_assistant(
    document: str | Path | Sequence[str | Path] | None = None,
    *,
    model: str | None = None,
    settings: Settings | None = None,
    progress: ReportProgress | None = None,
) -> Assistant:
    """Index documents, where that has not been done yet, and open an assistant on them.

    Args:
        document: A path, a folder, or several; None means the documents already indexed, or the built-in one
            if there are none.
        model: The chat model that writes, as provider:name, or "reader" for none; the settings' one where left out.
        settings: Read from the environment where left out.
        progress: Told how far the indexing is.

    Raises:
        index.load.LoadError: A document cannot be loaded; the index is as it was.
        index.store.StoreError: The index cannot be used.
        qa.settings.SettingsError: An environment variable has a wrong value.
        qa.write.ModelError: The chat model cannot be opened.
    """
    settings = settings or Settings.load()
    settings = with_model(settings, model) if model else settings
    if document is None:
        documents = []
    else:
        sources = [document] if isinstance(document, str | Path) else document
        documents = [loaded for source in sources for loaded in load(source, max_mb=settings.max_file_mb)]
        if not documents:
            raise LoadError("No document was given. Give a path, or None for the documents already indexed.")
    store = open_store(settings)
    if document is None:
        indexed = store.documents()
        documents = [d for d in indexed if d.source != SOURCE] or [sample()]
    index(store, documents, settings=settings, progress=progress)
    return Assistant(store, documents, settings)


def index(
    store: Store, documents: Sequence[Document], *, settings: Settings, progress: ReportProgress | None = None
) -> list[Document]:
    """Put documents into the index.

    Returns:
        Those that were new or had changed.
    """
    added = list[Document]()
    for document in documents:
        passages = split(document, language=settings.language)
        if not store.holds(document, passages):
            store.add(document, passages, progress=partial(progress, document) if progress else None)
            added.append(document)
    return added


def open_store(settings: Settings) -> Store:
    """The index that the settings name."""
    return Store(settings.home / "index", Embedder(settings.embedding_model), url=settings.chroma_url)


def with_model(settings: Settings, model: str | None) -> Settings:
    """The settings with another chat model, as provider:name; with none, if it is None or "reader"."""
    if model in (None, READER):
        return settings.model_copy(update={"model": None, "model_url": None})
    return settings.model_copy(update={"model": model})


def open_model(settings: Settings) -> "ChatModel | None":
    """The chat model that the settings name; None where they name none.

    Raises:
        qa.write.ModelError: It cannot be opened.
    """
    if settings.writer is None:
        return None
    # Imported here since it takes seconds, and most use names no model.
    from qa.chat_model import ChatModel

    return ChatModel(settings)


def _checked(question: str) -> str:
    asked = " ".join(question.split())
    if not asked.isprintable() and any("\ud800" <= character <= "\udfff" for character in asked):
        raise QuestionError(f"The question {asked[:40]!a} is not text in UTF-8. Type it again.")
    if not asked:
        raise QuestionError("The question is empty. Ask something about the document.")
    if len(asked) > LONGEST_QUESTION:
        raise QuestionError(
            f"The question has {len(asked)} characters ({asked[:40]!r}...); the most is {LONGEST_QUESTION}. "
            "Ask a shorter one."
        )
    return asked
