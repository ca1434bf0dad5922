"""Documents and their embedded passages, kept in Chroma. The only module that imports chromadb."""

import json
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import chromadb
import numpy as np
from chromadb.api import ClientAPI
from chromadb.config import Settings
from filelock import FileLock

from index.document import Block, BlockKind, Document, Passage, Sentence, content_id
from index.embed import Embedder

ENCODE_BATCH = 256
"""Passages embedded between two reports of progress; large, since the model sorts a batch by length."""


INDEXED_ANEW = "The documents were indexed anew by another program. Open them again."


class StoreError(RuntimeError):
    """The index cannot be opened, read or written."""


class OtherModelError(StoreError):
    """The index was made by another embedding model than the one that is set."""


class Store:
    """An index of documents: a folder on disk, or a Chroma server.

    A document counts as indexed once its record is written, which happens after its passages are: a process
    killed in the middle leaves the index as it was, and indexing the document again mends what it left.

    Args:
        folder: Where the index lies; made when missing.
        embedder: Turns passages and questions into vectors.
        url: Address of a Chroma server that holds the index instead of the folder.

    Raises:
        StoreError: The folder or the server cannot be used as an index.
        OtherModelError: The index was made by another embedding model.
    """

    def __init__(self, folder: Path, embedder: Embedder, *, url: str | None = None) -> None:
        self.embedder = embedder
        self.place = url or str(folder)
        with self._errors():
            if not url:
                folder.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(folder / "footnote.lock") if not url else None
            with self._writing():
                self._client = _client(folder, url)
                self._passages = self._collection("passages")
                self._documents = self._collection("documents")

    def add(
        self, document: Document, passages: Sequence[Passage], *, progress: Callable[[int, int], None] | None = None
    ) -> None:
        """Index a document, in place of what its source held before.

        Args:
            document: What to index.
            passages: The document's passages.
            progress: Called with the number of passages done, and of all.

        Raises:
            StoreError: The index cannot be written.
        """
        for start in range(0, len(passages), ENCODE_BATCH):
            batch = passages[start : start + ENCODE_BATCH]
            vectors = self.embedder.encode([passage.indexed_text for passage in batch])
            with self._errors(), self._writing():
                self._passages.upsert(
                    ids=[passage.id for passage in batch],
                    embeddings=vectors,
                    documents=[passage.text for passage in batch],
                    metadatas=[_passage_metadata(passage, document) for passage in batch],
                )
            if progress:
                progress(start + len(batch), len(passages))
        with self._errors(), self._writing():
            self._documents.upsert(
                ids=[content_id(document.source)],
                embeddings=[[1.0]],
                documents=[document.text],
                metadatas=[{**_document_metadata(document), "cut": _cut(passages)}],
            )
            kept = self._passages.get(where={"source": document.source}, include=[])["ids"]
            if stale := sorted(set(kept) - {passage.id for passage in passages}):
                self._passages.delete(ids=stale)

    def holds(self, document: Document, passages: Sequence[Passage]) -> bool:
        """Whether this text is indexed under this source in these passages, so that adding it would change nothing."""
        with self._errors():
            records = self._documents.get(ids=[content_id(document.source)], include=["metadatas"])["metadatas"] or []
        return [(record.get("document_id"), record.get("cut")) for record in records] == [(document.id, _cut(passages))]

    def remove(self, document: Document) -> None:
        """Take a document out of the index; one that is not in it is no error."""
        with self._errors(), self._writing():
            self._documents.delete(ids=[content_id(document.source)])
            self._passages.delete(where={"source": document.source})

    def documents(self) -> list[Document]:
        """All indexed documents, by source."""
        with self._errors():
            found = self._documents.get(include=["documents", "metadatas"])
        rows = zip(found["documents"] or [], found["metadatas"] or [], strict=True)
        return sorted((_document(text, metadata) for text, metadata in rows), key=lambda document: document.source)

    def passages(self, documents: Sequence[Document]) -> list[Passage]:
        """All passages of some documents, in the documents' order and each document's own."""
        order = {document.id: i for i, document in enumerate(documents)}
        if not order:
            return []
        with self._errors():
            found = self._passages.get(where=_among(order), include=["documents", "metadatas"])
        rows = zip(found["ids"], found["documents"] or [], found["metadatas"] or [], strict=True)
        passages = [_passage(id, text, metadata) for id, text, metadata in rows]
        return sorted(passages, key=lambda passage: (order[passage.document_id], passage.start))

    def vectors(self, passages: Sequence[Passage]) -> np.ndarray:
        """The vectors of some passages: shape (len(passages), dimension), each row of length 1.

        Raises:
            StoreError: Some of them are not in the index any more.
        """
        ids = {passage.document_id for passage in passages}
        if not ids:
            return np.empty((0, 0), np.float32)
        with self._errors():
            found = self._passages.get(where=_among(ids), include=["embeddings"])
        row = {id: i for i, id in enumerate(found["ids"])}
        if any(passage.id not in row for passage in passages):
            raise StoreError(INDEXED_ANEW)
        return np.asarray(found["embeddings"], np.float32)[[row[passage.id] for passage in passages]]

    def check(self, documents: Iterable[Document]) -> None:
        """Make sure that documents are still indexed as they are.

        Raises:
            StoreError: Another program has indexed one of them anew, or removed it.
        """
        ids = {document.id for document in documents}
        with self._errors():
            found = self._documents.get(where=_among(ids), include=[])["ids"] if ids else []
        if len(found) < len(ids):
            raise StoreError(INDEXED_ANEW)

    def _collection(self, name: str) -> chromadb.Collection:
        collection = self._client.get_or_create_collection(
            f"footnote-{name}",
            embedding_function=None,
            metadata={"embedding_model": self.embedder.model},
        )
        made_by = (collection.metadata or {}).get("embedding_model")
        if made_by != self.embedder.model:
            raise OtherModelError(
                f"The index in {self.place} was made by the embedding model {made_by!r}, and "
                f"{self.embedder.model!r} is set. Set FOOTNOTE_EMBEDDING_MODEL={made_by}, or FOOTNOTE_HOME to "
                "another folder to index with the new one."
            )
        return collection

    @contextmanager
    def _writing(self) -> Generator[None]:
        """One writer at a time: Chroma's folder is not safe to write from two processes."""
        if self._lock is None:
            yield
        else:
            with self._lock:
                yield

    @contextmanager
    def _errors(self) -> Generator[None]:
        try:
            yield
        except StoreError:
            raise
        except Exception as error:
            raise StoreError(
                f"The index in {self.place} cannot be used ({error}). Check FOOTNOTE_HOME and FOOTNOTE_CHROMA_URL; "
                "a damaged index folder can be deleted and its documents indexed again."
            ) from error


def _client(folder: Path, url: str | None) -> ClientAPI:
    quiet = Settings(anonymized_telemetry=False)
    if url is None:
        return chromadb.PersistentClient(folder, settings=quiet)
    address = urlsplit(url)
    secure = address.scheme == "https"
    port = address.port or (443 if secure else 8000)
    return chromadb.HttpClient(address.hostname or url, port, ssl=secure, settings=quiet)


def _among(document_ids: Iterable[str]) -> Any:
    return {"document_id": {"$in": list(document_ids)}}


def _passage_metadata(passage: Passage, document: Document) -> dict[str, str | int]:
    return {
        "document_id": passage.document_id,
        "source": document.source,
        "start": passage.start,
        "end": passage.end,
        "page": passage.page or 0,
        "heading": passage.heading,
        "sentences": json.dumps([(s.start, s.end, s.paragraph) for s in passage.sentences]),
    }


def _passage(id: str, text: str, metadata: Mapping[str, Any]) -> Passage:
    return Passage(
        id=id,
        document_id=metadata["document_id"],
        text=text,
        start=metadata["start"],
        end=metadata["end"],
        page=metadata["page"] or None,
        heading=metadata["heading"],
        sentences=tuple(Sentence(*numbers) for numbers in json.loads(metadata["sentences"])),
    )


def _cut(passages: Sequence[Passage]) -> str:
    """Stands for how a document was cut: another splitter, or another language, gives another."""
    return content_id(*(passage.id for passage in passages))


def _document_metadata(document: Document) -> dict[str, str]:
    return {
        "document_id": document.id,
        "source": document.source,
        "title": document.title,
        "sha256": document.sha256,
        "pages": json.dumps(document.pages),
        "blocks": json.dumps([(b.start, b.end, b.kind) for b in document.blocks]),
    }


def _document(text: str, metadata: Mapping[str, Any]) -> Document:
    return Document(
        id=metadata["document_id"],
        source=metadata["source"],
        title=metadata["title"],
        text=text,
        pages=tuple(json.loads(metadata["pages"])),
        sha256=metadata["sha256"],
        blocks=tuple(Block(a, b, BlockKind(kind)) for a, b, kind in json.loads(metadata["blocks"])),
    )
