"""Tries mutants: each changed document is indexed, asked, and judged."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evals import metrics
from evals.kill import Fate
from evals.metrics import Verdicts
from evals.mutate import Mutant
from evals.run import Desk, Tick
from evals.subjects import Subject
from index.embed import Embedder
from qa.answer import Answer


class KnownEmbedder(Embedder):
    """Embeds a text once, whatever it comes with: a mutated document costs only what was changed in it.

    Args:
        embedder: Does the work for texts that are new.
    """

    def __init__(self, embedder: Embedder) -> None:
        super().__init__(embedder.model)
        self._embedder = embedder
        self._known: dict[str, np.ndarray] = {}

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """As `Embedder.encode`."""
        if new := [text for text in dict.fromkeys(texts) if text not in self._known]:
            self._known.update(zip(new, self._embedder.encode(new), strict=True))
        return np.array([self._known[text] for text in texts])


@dataclass(frozen=True, slots=True)
class Trial:
    """A mutant, what the program answered, and what became of the mutant."""

    mutant: Mutant
    answer: Answer
    fate: Fate
    quotes: Verdicts


def try_mutants(subject: Subject, mutants: Sequence[Mutant], desk: Desk, *, tick: Tick = lambda: None) -> list[Trial]:
    """Ask each mutant's question of its document; questions of the same document share it."""
    by_text: dict[str, list[Mutant]] = {}
    for mutant in mutants:
        by_text.setdefault(mutant.raw, []).append(mutant)
    trials = dict[str, Trial]()
    for raw, sharing in by_text.items():
        document = replace(subject, raw=raw).document
        assistant = desk.open(document)
        for mutant in sharing:
            answer = assistant.ask(mutant.case.question, history=mutant.case.history)
            fate, quotes = mutant.judge(answer, document), metrics.quotes_valid(answer, document)
            trials[mutant.id] = Trial(mutant, answer, fate, quotes)
            tick()
    return [trials[mutant.id] for mutant in mutants]
