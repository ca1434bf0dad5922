"""A query finds passages: by meaning (dense) and by words (BM25), the two rankings fused into one."""

from collections.abc import Sequence

import bm25s
import numpy as np
import Stemmer

from index.document import Document, Hit, Passage
from index.store import Store

RANK_CONSTANT = 60
"""The constant k of reciprocal rank fusion, as its authors set it."""

CANDIDATES = 50
"""How many passages each of the two rankings hands on."""


class Search:
    """Finds passages in a fixed set of documents.

    The dense ranking compares the query with every passage. Chroma's own search walks a graph that now and then does
    not reach all of them (chroma-core/chroma#7758): an answer would be missed, and another one the next time.

    Args:
        store: Holds the documents' passages.
        documents: Where to look.

    Raises:
        StoreError: The index cannot be read.
    """

    def __init__(self, store: Store, documents: Sequence[Document]) -> None:
        self._store = store
        self._documents = {document.id: document for document in documents}
        self.encode = store.embedder.remember
        self.passages = store.passages(documents)
        self._position = {passage.id: i for i, passage in enumerate(self.passages)}
        self._vectors = store.vectors(self.passages)
        self._lexical = Lexical([passage.indexed_text for passage in self.passages])

    def __call__(self, query: str, *, limit: int) -> list[Hit]:
        """The passages that fit a query best, the best first.

        The two rankings are fused by reciprocal rank: a passage scores the sum of 1 / (60 + rank) (Cormack,
        Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning
        Methods", SIGIR 2009). Equal scores keep the order of the documents.
        """
        if not self.passages:
            return []
        self._store.check(self._documents.values())
        likeness = self._vectors @ self.encode((query,))[0]
        dense = np.argsort(-likeness, kind="stable")[:CANDIDATES].tolist()
        scores = dict.fromkeys(range(len(self.passages)), 0.0)
        for ranking in (dense, self._lexical.ranking(query, limit=CANDIDATES)):
            for rank, i in enumerate(ranking, start=1):
                scores[i] += 1 / (RANK_CONSTANT + rank)
        best = sorted(scores, key=lambda i: (-scores[i], i))[:limit]
        return [self._hit(self.passages[i], scores[i]) for i in best]

    def central(self, *, limit: int) -> list[Hit]:
        """The passages that say most of what the documents say: of each, its first, its last, and its most central.

        Central is what lies near the mean of the document's passages (Radev et al., "Centroid-based summarization of
        multiple documents", Information Processing and Management 2004). Scores are cosines to that mean.
        """
        self._store.check(self._documents.values())
        each = max(1, limit // max(1, len(self._documents)))
        hits = list[Hit]()
        for document in list(self._documents.values())[:limit]:
            own = [i for i, passage in enumerate(self.passages) if passage.document_id == document.id]
            if not own:
                continue
            rows = self._vectors[own]
            mean = rows.mean(axis=0)
            scores = rows @ mean / (np.linalg.norm(rows, axis=1) * np.linalg.norm(mean))
            order = dict.fromkeys([0, len(own) - 1, *np.argsort(-scores, kind="stable").tolist()])
            hits += [self._hit(self.passages[own[i]], float(scores[i])) for i in sorted(list(order)[:each])]
        return hits

    def around(self, hit: Hit, reach: int) -> list[Hit]:
        """A hit with up to `reach` passages of its document on either side, in order; the others score 0."""
        at = self._position[hit.passage.id]
        near = self.passages[max(0, at - reach) : at + reach + 1]
        return [
            hit if passage.id == hit.passage.id else self._hit(passage, 0.0)
            for passage in near
            if passage.document_id == hit.document.id
        ]

    def _hit(self, passage: Passage, score: float) -> Hit:
        return Hit(passage=passage, document=self._documents[passage.document_id], score=score)


class Lexical:
    """BM25 over texts, by English word stems, without stop words."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._size = len(texts)
        self._index: bm25s.BM25 | None = None
        tokens = _stems(list(texts))
        if any(tokens):
            self._index = bm25s.BM25()
            self._index.index(tokens, show_progress=False)

    def ranking(self, query: str, *, limit: int) -> list[int]:
        """The positions of the texts that share a stem with the query, the best first."""
        stems = _stems([query])[0]
        if self._index is None or not stems:
            return []
        scores = np.asarray(self._index.get_scores(stems))
        order = np.argsort(-scores, kind="stable")[:limit]
        return [int(i) for i in order if scores[i] > 0]


def _stems(texts: list[str]) -> list[list[str]]:
    return bm25s.tokenize(
        texts, stopwords="en", stemmer=Stemmer.Stemmer("english"), return_ids=False, show_progress=False
    )  # pyright: ignore[reportReturnType]
