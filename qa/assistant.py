"""OPEN FIRST. The whole flow, each arrow one call.

path -load-> Document -split-> [Passage] -Store.add-> Chroma
question (+ history) -standalone-> query -search-> [Hit] -read-> Draft -verify-> Answer
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.document import Document
from index.embed import Embedder
from index.load import LoadError, load
from index.sample import SOURCE, sample
from index.search import Search
from index.split import split
from index.store import Store
from qa.answer import Answer, Status
from qa.converse import Question, Turn
from qa.read import read
from qa.reader.model import Reader
from qa.settings import Settings
from qa.verify import marked, verify

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever
    from langchain_core.runnables import Runnable

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
    """

    def __init__(self, store: Store, documents: Sequence[Document], settings: Settings) -> None:
        self.documents = tuple({document.id: document for document in documents}.values())
        self._settings = settings
        self._search = Search(store, self.documents)
        self._reader = Reader()

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
        *_, answer = self.stream(question, history=history)
        assert isinstance(answer, Answer)  # noqa: S101 - the last piece of a stream always is
        return answer

    def stream(self, question: str, *, history: Sequence[Turn] = ()) -> Iterator[str | Answer]:
        """Answer a question in pieces: the answer's text, a sentence at a time, then the `Answer` itself.

        The pieces joined are `Answer.text`. No piece comes before it was verified.

        Raises:
            QuestionError: As `ask`.
        """
        asked = Question.of(_checked(question), history)
        hits = self._search(asked.alone, limit=self._settings.passages)
        draft = read(
            asked, hits, encode=self._search.encode, spans=self._reader.read, threshold=self._settings.threshold
        )
        answer = verify(draft, hits, self.documents)
        if answer.status is Status.NOT_IN_DOCUMENT:
            yield answer.text
        for i, sentence in enumerate(answer.sentences):
            yield (" " if i else "") + marked(sentence)
        yield answer

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
    settings: Settings | None = None,
    progress: ReportProgress | None = None,
) -> Assistant:
    """Index documents, where that has not been done yet, and open an assistant on them.

    Args:
        document: A path, a folder, or several; None means the documents already indexed, or the built-in one
            if there are none.
        settings: Read from the environment where left out.
        progress: Told how far the indexing is.

    Raises:
        index.load.LoadError: A document cannot be loaded; the index is as it was.
        index.store.StoreError: The index cannot be used.
        qa.settings.SettingsError: An environment variable has a wrong value.
    """
    settings = settings or Settings.load()
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
