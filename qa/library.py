"""The documents at hand while a page is open: added, chosen, removed, and what they still wait for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from threading import Event, Lock
from urllib.parse import urlsplit

from index.document import Document
from index.embed import EmbedError
from index.load import LoadError, load, load_bytes
from index.sample import SOURCE, sample
from index.store import Store, StoreError
from qa.assistant import Assistant, ReportProgress, index, open_store
from qa.reader.model import ReaderError
from qa.settings import Settings
from qa.write import ModelError

KEPT_ASSISTANTS = 8
"""One for each choice of documents, and of a chat model, that was asked of late."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the program is doing before it can answer; `total` is 0 where it cannot be counted."""

    reason: str
    done: int = 0
    total: int = 0


class Library:
    """Documents that can be asked, all or some of them.

    Args:
        store: Holds the documents' passages.
        documents: What is asked unless others are chosen. They need not be indexed yet: see `prepare`.
        settings: How to load, index and answer.
    """

    def __init__(self, store: Store, documents: Sequence[Document], settings: Settings) -> None:
        self.settings = settings
        self._store = store
        self._opened = tuple(document.id for document in documents)
        given = {document.source for document in documents}
        others = [document for document in store.documents() if document.source not in given]
        self._documents = {document.id: document for document in [*documents, *others]}
        self._assistants = dict[tuple[str, tuple[str, ...]], Assistant]()
        self._ready = Event()
        self._lock = Lock()
        self.waiting: Waiting | None = Waiting("opening the index")
        """What is being waited for; None once questions are answered."""
        self.failure: Exception | None = None
        """Why the program cannot answer, if `prepare` failed."""

    @property
    def documents(self) -> tuple[Document, ...]:
        """All documents at hand, those that the program was opened with first."""
        return tuple(self._documents.values())

    def prepare(self) -> None:
        """Index what is new and load the models. Takes seconds; `waiting` says how far it is."""

        def report(document: Document, done: int, total: int) -> None:
            self.waiting = Waiting(f"indexing {document.title}", done, total)

        try:
            self.waiting = Waiting("loading the models")
            index(self._store, self.chosen(()), settings=self.settings, progress=report)
            self.waiting = Waiting("loading the models")
            self._assistant(self.chosen(())).warm_up()
        except (EmbedError, ModelError, ReaderError, StoreError) as error:
            self.failure = error
        except BaseException as error:
            self.failure = StoreError(f"The documents could not be prepared ({error!r}). Start the program again.")
            raise
        finally:
            self.waiting = None
            self._ready.set()

    def chosen(self, ids: Iterable[str]) -> list[Document]:
        """The documents of some ids that are still at hand; where there are none, those opened with, or all."""
        for some in (ids, self._opened):
            if found := [self._documents[id] for id in dict.fromkeys(some) if id in self._documents]:
                return found
        return list(self.documents)

    def is_ready(self, seconds: float) -> bool:
        """Wait until questions can be answered, for some seconds at the most; whether that is so."""
        return self._ready.wait(seconds)

    def assistant(self, ids: Iterable[str] = (), *, model: str | None = None) -> Assistant:
        """An assistant on the chosen documents. Waits until they are indexed and the models are loaded.

        Args:
            ids: The documents; as in `chosen`.
            model: Another chat model than the settings name, as provider:name, or "reader" for none.

        Raises:
            ModelError: The chat model cannot be opened.
            LoadError: There is no document left to ask.
            EmbedError: The embedding model cannot be loaded.
            ReaderError: The reader cannot be loaded.
            StoreError: The index cannot be used.
        """
        self._ready.wait()
        if self.failure is not None:
            raise self.failure
        documents = self.chosen(ids)
        if not documents:
            raise LoadError("There is no document to ask. Add one first.")
        return self._assistant(documents, model or "")

    def add(self, data: bytes, *, name: str, progress: ReportProgress | None = None) -> list[Document]:
        """Take in a file that was handed over. Another file of the same name stays: the new one gets a number.

        Raises:
            LoadError: It cannot become a document.
        """
        document = load_bytes(data, name=PurePath(name).name, max_mb=self.settings.max_file_mb)
        taken = {other.source: other for other in self.documents}
        number = 1
        while document.source in taken and taken[document.source].sha256 != document.sha256:
            number += 1
            new_name = f"{PurePath(name).stem} ({number}){PurePath(name).suffix}"
            document = load_bytes(data, name=new_name, max_mb=self.settings.max_file_mb)
        return self._take_in([document], progress)

    def add_address(self, address: str, *, progress: ReportProgress | None = None) -> list[Document]:
        """Take in a web page.

        Raises:
            LoadError: The address is none, or what it gives cannot become a document.
        """
        address = address.strip()
        if urlsplit(address).scheme not in ("http", "https"):
            raise LoadError(f"{address[:200]!r} is no web address. One begins with https://.")
        return self._take_in(load(address, max_mb=self.settings.max_file_mb), progress)

    def remove(self, id: str) -> None:
        """Take a document out of the index; its file, if it has one, stays. One that is gone is no error."""
        document = self._documents.get(id)
        if document is not None:
            self._ready.wait()
            with self._lock:
                self._store.remove(document)
                self._documents.pop(id, None)
                self._assistants.clear()

    def _take_in(self, documents: list[Document], progress: ReportProgress | None) -> list[Document]:
        self._ready.wait()
        with self._lock:
            index(self._store, documents, settings=self.settings, progress=progress)
            replaced = {d.source for d in documents}
            kept = {id: d for id, d in self._documents.items() if d.source not in replaced}
            self._documents = {**kept, **{d.id: d for d in documents}}
            self._assistants.clear()
        return documents

    def _assistant(self, documents: Sequence[Document], model: str = "") -> Assistant:
        """An assistant, kept for the next question; its chat model is another than the settings' where one is named."""
        ids = tuple(document.id for document in documents)
        with self._lock:
            own = self._assistants.get(("", ids)) or Assistant(self._store, documents, self.settings)
            other = self._assistants.get((model, ids)) or (own.with_model(model) if model else own)
            self._assistants |= {("", ids): own, (model, ids): other}
            while len(self._assistants) > KEPT_ASSISTANTS:
                del self._assistants[next(iter(self._assistants))]
            return other


def open_library(sources: Sequence[str | Path] | None = None, *, settings: Settings | None = None) -> Library:
    """Open the index for a page. Documents that are not in it yet are indexed by `Library.prepare`.

    Args:
        sources: Paths of files and folders; None means the documents already indexed, or the built-in one if
            there are none.
        settings: Read from the environment where left out.

    Raises:
        index.load.LoadError: A document cannot be loaded.
        index.store.StoreError: The index cannot be used.
        qa.settings.SettingsError: An environment variable has a wrong value.
    """
    settings = settings or Settings.load()
    documents = [loaded for source in sources or () for loaded in load(source, max_mb=settings.max_file_mb)]
    store = open_store(settings)
    if not documents:
        documents = [d for d in store.documents() if d.source != SOURCE] or [sample()]
    return Library(store, documents, settings)
