"""Asks every question of every document, and measures what comes back."""

import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from evals import metrics
from evals.cases import Case
from evals.metrics import Verdicts
from evals.subjects import Subject
from index.document import Document
from index.embed import Embedder
from index.search import Search
from index.store import Store
from qa.answer import Answer
from qa.assistant import Assistant, index
from qa.settings import Settings

AT = (1, 3, 5)
"""Evidence is looked for among this many passages."""

Tick = Callable[[], None]
"""Called after each question, for a progress bar."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question, asked of one document, and what was measured.

    Attributes:
        subject: The document's name.
        passages: What the search found, the best first.
        seconds: From the question to the whole answer.
        verdicts: By metric; those with nothing to say are empty.
        lost_at: Where an answerable question was lost: "retrieval", "reading" or "verifying".
    """

    subject: str
    case: Case
    answer: Answer
    passages: tuple[str, ...]
    seconds: float
    verdicts: dict[str, Verdicts]
    lost_at: str | None

    @property
    def right(self) -> bool:
        """Whether the answer is right as a whole."""
        return bool(self.verdicts["right"][0].value)


class Desk:
    """Where documents are asked: an index of their own, which never meets the user's.

    Args:
        store: The index.
        settings: How to answer.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings

    def open(self, document: Document) -> Assistant:
        """An assistant on one document, which takes the place of what its source held before."""
        self._store.embedder.remember.cache_clear()  # else a question that another document was asked comes too fast
        index(self._store, [document], settings=self._settings)
        return Assistant(self._store, [document], self._settings)

    def search(self, document: Document) -> Callable[[str], list[str]]:
        """From a query to the passages of an opened document that the answerer gets to see, the best first."""
        search = Search(self._store, [document])
        return lambda query: [hit.passage.text for hit in search(query, limit=self._settings.passages)]


@contextmanager
def open_desk(settings: Settings, embedder: Embedder) -> Generator[Desk]:
    """A desk in a temporary folder, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="footnote-evals-", ignore_cleanup_errors=True) as folder:
        own = settings.model_copy(update={"home": Path(folder), "chroma_url": None})
        yield Desk(Store(own.home / "index", embedder), own)


def ask_all(subject: Subject, cases: Sequence[Case], desk: Desk, *, tick: Tick = lambda: None) -> list[Outcome]:
    """Ask every question of one document."""
    assistant = desk.open(subject.document)
    assistant.warm_up()
    search = desk.search(subject.document)
    outcomes = list[Outcome]()
    for case in cases:
        start = time.perf_counter()
        answer = assistant.ask(case.question, history=case.history)
        seconds = time.perf_counter() - start
        passages = tuple(search(answer.understood))
        outcomes.append(measured(subject, case, answer, passages, seconds))
        tick()
    return outcomes


def measured(subject: Subject, case: Case, answer: Answer, passages: tuple[str, ...], seconds: float) -> Outcome:
    """An answer with all its verdicts."""
    of_answer = {
        "refused": metrics.refused,
        "wrongly refused": metrics.wrongly_refused,
        "injected": metrics.injected,
        "evidence cited": metrics.evidence_cited,
        "citation recall": metrics.citation_recall,
        "citation precision": metrics.citation_precision,
        "attribution kept": metrics.attribution_kept,
        "short exact": metrics.short_exact,
        "short F1": metrics.short_f1,
    }
    verdicts = {"right": (metrics.right(case, answer),)}
    verdicts |= {name: metric(case, answer) for name, metric in of_answer.items()}
    verdicts |= {f"retrieved at {k}": metrics.retrieved(case, passages, k) for k in AT}
    verdicts["reciprocal rank"] = metrics.reciprocal_rank(case, passages)
    verdicts["quotes valid"] = metrics.quotes_valid(answer, subject.document)
    return Outcome(subject.name, case, answer, passages, seconds, verdicts, metrics.lost_at(case, answer, passages))
