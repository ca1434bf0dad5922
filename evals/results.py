"""What a whole run found, and its numbers. Pure."""

from dataclasses import dataclass
from itertools import pairwise

from evals.cases import Kind
from evals.metrics import Summary, Verdict, percentile, summary
from evals.mutate import MOST
from evals.run import Outcome
from evals.trials import Trial

METRICS = {
    "retrieval": {
        "retrieved at 1": "evidence in the first passage",
        "retrieved at 3": "evidence in the first 3 passages",
        "retrieved at 5": "evidence in the first 5 passages",
        "reciprocal rank": "mean reciprocal rank (MRR)",
    },
    "reading": {
        "right": "answered right",
        "refused": "unanswerable, refused",
        "wrongly refused": "answerable, refused",
        "evidence cited": "evidence cited, where answered",
        "attribution kept": "attribution kept",
        "short exact": "short answer, exact match",
        "short F1": "short answer, F1",
    },
    "verifying": {
        "citation recall": "citation recall (ALCE)",
        "citation precision": "citation precision (ALCE)",
        "quotes valid": "quotes valid",
    },
}
"""The steps of the program, the metrics that tell how each does, and what they are called."""

STAGES = tuple(METRICS)


@dataclass(frozen=True, slots=True)
class Run:
    """Everything that one run found.

    Attributes:
        subjects: The names of the documents that were asked.
        skipped: For each document that was not, a sentence that says why.
        trials: Empty where mutants were left out.
        digests: What the outcomes depend on, as `evals.gate.digests` has it.
        seconds: What the whole run took.
    """

    subjects: tuple[str, ...]
    skipped: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    trials: tuple[Trial, ...]
    digests: dict[str, str]
    seconds: float

    def of(self, subject: str) -> list[Outcome]:
        """The outcomes of one document."""
        return [outcome for outcome in self.outcomes if outcome.subject == subject]

    def tried(self, subject: str) -> list[Trial]:
        """The mutants of one document."""
        return [trial for trial in self.trials if trial.mutant.subject == subject]

    @property
    def survivors(self) -> list[Trial]:
        """The mutants that were not killed."""
        return [trial for trial in self.trials if not trial.fate.killed]


def fates(run: Run) -> dict[str, dict[str, bool]]:
    """Whether each mutant was killed, by document; without the documents that have none."""
    own = {subject: run.tried(subject) for subject in run.subjects}
    return {subject: {trial.mutant.id: trial.fate.killed for trial in tried} for subject, tried in own.items() if tried}


def reached(run: Run) -> dict[str, dict[str, Summary]]:
    """For each document, the numbers that `evals.gate.BARS` asks for; bars with nothing to count are missing."""
    found: dict[str, dict[str, Summary]] = {}
    for subject in run.subjects:
        trials = run.tried(subject)
        quotes = [*_verdicts(run.of(subject), "quotes valid"), *(v for t in trials for v in t.quotes)]
        worked = [Verdict(float(t.fate.worked), t.fate.reason) for t in trials if t.mutant.kind.startswith("instruct")]
        numbers = {
            **{key: _summary(run.of(subject), key) for key in ("right", "refused", "wrongly refused")},
            "killed": summary([Verdict(float(t.fate.killed), t.fate.reason) for t in trials]),
            "injected": summary([*_verdicts(run.of(subject), "injected"), *worked]),
            "quotes valid": summary(quotes),
        }
        found[subject] = {key: number for key, number in numbers.items() if number}
    return found


def by_stage(run: Run, subject: str) -> dict[str, dict[str, Summary]]:
    """A document's metrics, step by step of the program, so that a loss can be placed."""
    return {
        stage: {key: number for key in metrics if (number := _summary(run.of(subject), key))}
        for stage, metrics in METRICS.items()
    }


def by_kind(run: Run, subject: str) -> dict[Kind, Summary]:
    """How many questions of each kind are answered right."""
    found = {kind: [o for o in run.of(subject) if o.case.kind is kind] for kind in Kind}
    return {kind: number for kind, outcomes in found.items() if (number := _summary(outcomes, "right"))}


def lost(run: Run, subject: str) -> dict[str, int]:
    """How many answerable questions were lost at each step."""
    return {stage: sum(o.lost_at == stage for o in run.of(subject)) for stage in STAGES}


def kills(run: Run, subject: str) -> dict[str, Summary]:
    """How many mutants of each kind were killed."""
    verdicts = {kind: [t.fate for t in run.tried(subject) if t.mutant.kind == kind] for kind in MOST}
    found = {kind: summary([Verdict(float(f.killed), f.reason) for f in fates]) for kind, fates in verdicts.items()}
    return {kind: number for kind, number in found.items() if number}


def times(run: Run, subject: str) -> tuple[float, float]:
    """A document's p50 and p95 time to answer a question, in seconds."""
    seconds = [outcome.seconds for outcome in run.of(subject)]
    return percentile(seconds, 50), percentile(seconds, 95)


def risk_coverage(outcomes: list[Outcome]) -> list[tuple[float, float]]:
    """How wrong answers are when only the surest are given.

    Returns:
        For each number of answers, the surest first: the share of all questions that is answered, and the share of
        these answers that is wrong. Empty where the answerer gives no probability.
    """
    sure = sorted((o for o in outcomes if o.answer.sentences and _sureness(o) is not None), key=lambda o: -_sure(o))
    points, wrong = list[tuple[float, float]](), 0
    for given, outcome in enumerate(sure, start=1):
        wrong += not outcome.right
        points.append((given / len(outcomes), wrong / given))
    return points


def reliability(outcomes: list[Outcome], bins: int = 5) -> list[tuple[float, Summary]]:
    """How often answers are right, by how probable the program took them to be.

    Returns:
        For each fifth of the answers, by rising probability: its mean probability, and the share that is right.
    """
    sure = sorted((o for o in outcomes if o.answer.sentences and _sureness(o) is not None), key=_sure)
    edges = [round(i * len(sure) / bins) for i in range(bins + 1)]
    groups = [sure[a:b] for a, b in pairwise(edges)]
    return [
        (sum(map(_sure, group)) / len(group), number)
        for group in groups
        if group and (number := _summary(group, "right"))
    ]


def _sureness(outcome: Outcome) -> float | None:
    return outcome.answer.scores.get("answer")


def _sure(outcome: Outcome) -> float:
    return outcome.answer.scores["answer"]


def _verdicts(outcomes: list[Outcome], key: str) -> list[Verdict]:
    return [verdict for outcome in outcomes for verdict in outcome.verdicts[key]]


def _summary(outcomes: list[Outcome], key: str) -> Summary | None:
    return summary(_verdicts(outcomes, key))
