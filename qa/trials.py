"""Questions of the development data, asked of whole documents: what fitting and reports are made from."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

from index.document import Document, Hit
from index.embed import Embedder
from index.layout import blocks_of
from index.search import Search
from index.split import split
from index.store import Store
from qa.converse import Question, Turn
from qa.judge import FEATURES
from qa.read import passages_for, read_sentences
from qa.reader.examples import WRITTEN_DEV, read_lines, written_rows
from qa.reader.model import Reader

WRITTEN = "written"
"""The source of the questions that were written for the development passages."""
SOURCES = ("newwiki", "squad2", "doc2dial", WRITTEN)
HITS = 8
SPARE = 4
"""Further hits, which take the place of those that are taken out."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One question over its whole document: what is known of each sentence, and which ones hold the answer.

    Attributes:
        kind: "answerable" if the search found the answer, else "not found"; "taken out" for the same question without
            the passages that answer; "unanswerable" where it was written to be so from its passage.
        features: A row for each sentence, a column for each of `FEATURES`.
        right: Whether each sentence holds the answer.
        given: Whether each sentence belongs to the passage that the question was written for.
        sentences: The sentences.
        spans: The text of the best span of each sentence.
        golds: The right answers.
    """

    document: str
    source: str
    kind: str
    follow_up: bool
    features: np.ndarray
    right: np.ndarray
    given: np.ndarray
    sentences: tuple[str, ...]
    spans: tuple[str, ...]
    golds: tuple[str, ...]

    def only(self, rows: np.ndarray) -> "Trial":
        """The trial with some of its sentences, by their numbers."""
        return replace(
            self,
            features=self.features[rows],
            right=self.right[rows],
            given=self.given[rows],
            sentences=tuple(self.sentences[i] for i in rows),
            spans=tuple(self.spans[i] for i in rows),
        )


def trials(data: Path, reader: Reader, *, with_history: bool = True) -> Iterator[Trial]:
    """Ask every development question of its whole document, as the program would.

    Args:
        data: The folder of `reader_dev.jsonl.gz` and `documents.jsonl.gz`.
        reader: Reads the passages that the search finds.
        with_history: Whether follow-ups are asked with the turns before them; if not, nothing else is asked.
    """
    asked = data / "reader_dev.jsonl.gz"
    rows = list(read_lines(asked))
    rows += [{**row, "source": WRITTEN} for row in written_rows(WRITTEN_DEV, asked)]
    rows = [row for row in rows if row["source"] in SOURCES and (with_history or row["history"])]
    with tempfile.TemporaryDirectory() as folder:
        found = searches(data, {row["document_id"] for row in rows}, Store(Path(folder), Embedder()))
        # By document, so that the vectors of its sentences are still at hand.
        for row in track(sorted(rows, key=lambda row: row["document_id"]), "asking"):
            history = turns(row["history"]) if with_history else []
            yield from _asked(row, Question.of(row["question"], history), found[row["document_id"]], reader)


def turns(history: Sequence[dict[str, str]]) -> list[Turn]:
    """A dialogue of the data as the program's history: answers end with a marker, as ours do."""
    paired = list[Turn]()
    for turn in history:
        if turn["role"] == "user" or not paired:
            paired.append((turn["text"] if turn["role"] == "user" else "", ""))
        if turn["role"] != "user":
            paired[-1] = (paired[-1][0], f"{paired[-1][1]} {turn['text']}".strip())
    return [(question, f"{answer} [1]" if answer else "") for question, answer in paired]


def searches(data: Path, wanted: set[str], store: Store) -> dict[str, Search]:
    """A search over each wanted document of the data, by itself; the store takes them all in."""
    opened: dict[str, Search] = {}
    rows = [row for row in read_lines(data / "documents.jsonl.gz") if row["id"] in wanted]
    for row in track(rows, "indexing"):
        text = row["text"]
        document = Document.of(text, source=row["id"], title=row["title"], blocks=blocks_of(text))
        store.add(document, split(document))
        opened[row["id"]] = Search(store, [document])
    return opened


def _asked(row: dict[str, Any], question: Question, search: Search, reader: Reader) -> Iterator[Trial]:
    """A question as it is and, if the search finds its answer, with the passages that answer taken out."""
    found = passages_for(question, search, limit=HITS)
    known = {hit.passage.id for hit in found}
    spare = [hit for hit in search(question.compared, limit=HITS + SPARE) if hit.passage.id not in known]
    at = found[0].document.text.find(row["context"])
    places = [(at + a["start"], at + a["start"] + len(a["text"])) for a in row["answers"]] if at >= 0 else []

    def trial(hits: list[Hit], kind: str) -> Trial:
        candidates = read_sentences(question, hits, encode=search.encode, spans=reader.read)
        right = [any(a < c.sentence.end and c.sentence.start < b for a, b in places) for c in candidates]
        return Trial(
            document=row["document_id"],
            source=row["source"],
            kind=kind,
            follow_up=bool(row["history"]),
            features=np.array([c.features for c in candidates]).reshape(len(candidates), len(FEATURES)),
            right=np.array(right, bool) & row["answerable"],
            given=np.array([at <= c.sentence.start < at + len(row["context"]) for c in candidates], bool),
            sentences=tuple(c.words for c in candidates),
            spans=tuple(c.span_words for c in candidates),
            golds=tuple(answer["text"] for answer in row["answers"]),
        )

    whole = trial(found, "answerable" if row["answerable"] else "unanswerable")
    if not row["answerable"] or whole.right.any():
        yield whole
    else:
        yield replace(whole, kind="not found")
    if whole.right.any():
        rest = [h for h in [*found, *spare] if not any(a < h.passage.end and h.passage.start < b for a, b in places)]
        yield trial(rest[: len(found)], "taken out")
