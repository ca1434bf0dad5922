"""The readers' report: what they must reach and what they reach, beside the small one alone and beside none.

    python -m qa.reader.report --data DATA [--plots docs]

The sentence scorer is the same fitted model without what a reader knows: likeness, words, names and types only. All
are fitted alike, in the same run, and each document is left out of the fit that it is measured with. Numbers are
percent with 95 % intervals: bootstrap over questions, of which the documents are few, so that the intervals are narrow.
"""

import argparse
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import typer

from qa.assistant import open_assistant
from qa.fit import OF_THE_READER, STANDING_ALONE, Asked, Scorers, decided, left_out, probability, shown_of
from qa.judge import FEATURES, Scorer, unsure
from qa.reader.examples import read_lines
from qa.reader.measures import f1, interval, refused_at
from qa.reader.model import LARGE, SMALL, Reader
from qa.reader.plots import reliability, risk_coverage
from qa.trials import WRITTEN, Trial, trials

Judged = list[tuple[Trial, Scorer]]
WITHOUT_READER = tuple(name for name in FEATURES if name not in OF_THE_READER)
TIMED = 60


def main() -> None:
    """Measures, prints the tables in Markdown, writes the plots."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the development questions and documents")
    parser.add_argument("--plots", type=Path, help="folder for the two plots")
    arguments = parser.parse_args()
    readers = [Reader(folder) for folder in (SMALL, LARGE)]
    asked, alone = (
        list(zip(*[list(trials(arguments.data, reader, with_history=turns)) for reader in readers], strict=True))
        for turns in (True, False)
    )
    small_asked, small_alone = ([a[:1] for a in every] for every in (asked, alone))
    typer.echo("| measured on | bar | both readers | small reader | sentence scorer |\n|---|---|---|---|---|")
    found = [
        _program(asked, alone, FEATURES),
        _program(small_asked, small_alone, FEATURES),
        _program(small_asked, small_alone, WITHOUT_READER),
    ]
    for name, bar in BARS.items():
        typer.echo(_row(name, bar, *(numbers[name] for numbers in found)))
    left = list(left_out(asked))
    share = np.mean([unsure(probability(first, scorers[0])) for (first, *_), scorers in left])
    typer.echo(_row("questions that the large reader decides", "", f"{100 * share:.1f}", "", ""))
    questions = [row["question"] for row in read_lines(arguments.data / "reader_dev.jsonl.gz")]
    typer.echo(_row("warm question, built-in document, p50", "100 ms", f"{_warm(questions):.0f} ms", "", ""))
    if arguments.plots:
        judged = [decided(a, scorers) for a, scorers in left]
        (arguments.plots / "reader-calibration.svg").write_text(reliability(*_outcomes(judged, every=True)))
        (arguments.plots / "reader-risk-coverage.svg").write_text(risk_coverage(*_outcomes(judged, every=False)))


BARS = {
    "F1, passage given": "74",
    "F1, whole document": "within 6 of the line above",
    "SQuAD 2.0 unanswerable, passage given: refused at 15 % wrong refusals": "65",
    "whole document, evidence taken out: refused": "85",
    "whole document, answerable: refused": "at most 8",
    "right sentence first, where it was found": "",
    "right sentence among those in front, where it was found": "90",
    "right sentence shown, refusals and failed searches counted": "",
    "SQuAD 2.0 unanswerable, whole document: refused": "",
    "follow-ups (doc2dial), evidence among those in front": "",
    "follow-ups (doc2dial), evidence cited": "60",
    "follow-ups (doc2dial), evidence cited without history": "",
    "follow-ups (doc2dial), cited with history less without": "above 0",
    "follow-ups (written), evidence among those in front": "",
    "follow-ups (written), evidence cited": "",
    "follow-ups (written), evidence cited without history": "",
    "follow-ups (written), cited with history less without": "",
}


def _program(asked: Sequence[Asked], alone: Sequence[Asked], used: Sequence[str]) -> dict[str, str]:
    """What the whole program does with some of the features, as the rows of the report."""
    left = list(left_out(asked, used))
    judged = [decided(a, scorers) for a, scorers in left]
    inside = [decided(_given(a), scorers) for a, scorers in left]
    points_at_spans = used is FEATURES
    wanted = _of(judged, "answerable", "not found")
    found, gone, bad = (_of(judged, kind) for kind in ("answerable", "taken out", "unanswerable"))
    yes = [p for p in _of(inside, "answerable", "not found") if p[0].source == "squad2"]
    given_yes, given_no = (
        [probability(t, s) for t, s in some if len(t.features)] for some in (yes, _of(inside, "unanswerable"))
    )
    return {
        "F1, passage given": _mean(
            lambda t, s: _f1(t, s, spans=points_at_spans), _of(inside, "answerable", "not found")
        ),
        "F1, whole document": _mean(lambda t, s: _f1(t, s, spans=points_at_spans), wanted),
        "SQuAD 2.0 unanswerable, passage given: refused at 15 % wrong refusals": _shown(
            refused_at(given_yes, given_no, 0.15)[1]
        ),
        "whole document, evidence taken out: refused": _mean(_refused, gone),
        "whole document, answerable: refused": _mean(_refused, wanted),
        "right sentence first, where it was found": _mean(lambda t, s: t.right[shown_of(t, s)[0]], found),
        "right sentence among those in front, where it was found": _mean(_in_front, found),
        "right sentence shown, refusals and failed searches counted": _mean(_cited, wanted),
        "SQuAD 2.0 unanswerable, whole document: refused": _mean(_refused, bad),
        **_follow_ups("doc2dial", left, alone),
        **_follow_ups(WRITTEN, left, alone),
    }


def _of(judged: Judged, *kinds: str) -> Judged:
    """What was asked for a fact and not in a dialogue, of some kinds."""
    return [(t, s) for t, s in judged if t.source in STANDING_ALONE and t.kind in kinds]


def _follow_ups(source: str, left: Sequence[tuple[Asked, Scorers]], alone: Sequence[Asked]) -> dict[str, str]:
    """How often the evidence of follow-ups is cited, with the turns before them and without, each left out alike."""
    by_document = {first.document: scorers for (first, *_), scorers in left}
    bare, asked = (
        [
            decided(a, scorers)
            for a, scorers in some
            if a[0].follow_up and a[0].source == source and a[0].kind in ("answerable", "not found")
        ]
        for some in ([(a, by_document[a[0].document]) for a in alone], left)
    )
    gains = np.array(_each(_cited, asked)) - np.array(_each(_cited, bare))
    return {
        f"follow-ups ({source}), evidence among those in front": _mean(_in_front, asked),
        f"follow-ups ({source}), evidence cited": _mean(_cited, asked),
        f"follow-ups ({source}), evidence cited without history": _mean(_cited, bare),
        f"follow-ups ({source}), cited with history less without": _shown(interval(gains.tolist())),
    }


def _given(asked: Asked) -> Asked:
    """The question with the sentences of its own passage only."""
    return tuple(trial.only(np.flatnonzero(trial.given)) for trial in asked)


def _f1(trial: Trial, scorer: Scorer, *, spans: bool) -> float:
    """F1 of the best span or, for a scorer that knows none, of the best sentence."""
    if not len(trial.features):
        return 0.0
    best = int((trial.features @ scorer.order).argmax())
    return f1(trial.spans[best] if spans else trial.sentences[best], trial.golds)


def _refused(trial: Trial, scorer: Scorer) -> bool:
    return probability(trial, scorer) < scorer.threshold


def _in_front(trial: Trial, scorer: Scorer) -> bool:
    return bool(len(trial.features)) and bool(trial.right[shown_of(trial, scorer)].any())


def _cited(trial: Trial, scorer: Scorer) -> bool:
    return not _refused(trial, scorer) and _in_front(trial, scorer)


def _each(measure: Callable[[Trial, Scorer], float], judged: Iterable[tuple[Trial, Scorer]]) -> list[float]:
    return [float(measure(trial, scorer)) for trial, scorer in judged]


def _mean(measure: Callable[[Trial, Scorer], float], judged: Judged) -> str:
    return _shown(interval(_each(measure, judged)), len(judged))


def _shown(values: Sequence[float], n: int = 0) -> str:
    mean, low, high = values
    return f"{mean:.1f} ({low:.1f} to {high:.1f}{f', n {n:,}' if n else ''})"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _outcomes(judged: Judged, *, every: bool) -> tuple[list[float], list[bool]]:
    """Probability, and whether the sentence in front answers; of all trials, or of the questions as they were asked."""
    asked = [(t, s) for t, s in judged if t.source in STANDING_ALONE and (every or t.kind != "taken out")]
    right = [bool(len(t.features)) and bool(t.right[shown_of(t, s)[0]]) for t, s in asked]
    return [probability(t, s) for t, s in asked], right


def _warm(questions: Sequence[str]) -> float:
    """The median time of a question that was not asked before, of the built-in document, in milliseconds."""
    assistant = open_assistant()
    times = list[float]()
    for question in ["What is it about?", "Who said so?", *questions[::20]][: TIMED + 2]:
        began = time.perf_counter()
        assistant.ask(question)
        times.append(1000 * (time.perf_counter() - began))
    return float(np.median(times[2:]))  # the first two load the models


if __name__ == "__main__":
    main()
