"""The reader's report: what it must reach and what it reaches, beside the sentence scorer that it replaced.

    python -m qa.reader.report --data DATA [--plots docs]

The sentence scorer is the same fitted model without what the reader knows: likeness, words, names and types only. Both
are fitted alike, in the same run, and each document is left out of the fit that it is measured with. Numbers are
percent with 95 % intervals: bootstrap over questions, of which the documents are few, so that the intervals are narrow.
"""

import argparse
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import typer

from qa.assistant import open_assistant
from qa.fit import OF_THE_READER, STANDING_ALONE, left_out, probability, shown_of
from qa.read import FEATURES, Scorer
from qa.reader.evaluate import passages_report
from qa.reader.examples import read_lines
from qa.reader.measures import f1, interval, refused_at
from qa.reader.model import FOLDER, Reader
from qa.reader.plots import reliability, risk_coverage
from qa.trials import WRITTEN, Trial, trials

Judged = list[tuple[Trial, Scorer]]
WITHOUT_READER = tuple(name for name in FEATURES if name not in OF_THE_READER)
TIMED = 60


def main() -> None:
    """Measures, prints the tables in Markdown, writes the plots."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the development questions and documents")
    parser.add_argument("--reader", type=Path, default=FOLDER, help="folder of a reader, by default the shipped one")
    parser.add_argument("--plots", type=Path, help="folder for the two plots")
    arguments = parser.parse_args()
    reader = Reader(arguments.reader)
    rows = list(read_lines(arguments.data / "reader_dev.jsonl.gz"))
    given, _ = passages_report(reader, rows)
    asked = list(trials(arguments.data, reader))
    alone = list(trials(arguments.data, reader, with_history=False))
    typer.echo("| measured on | bar | reader | sentence scorer |\n|---|---|---|---|")
    both = [_program(asked, alone, FEATURES), _program(asked, alone, WITHOUT_READER)]
    typer.echo(_row("F1, passage given", "74", _shown(given["newwiki + squad2"]["f1"]), both[1]["F1, passage given"]))
    for name, bar in BARS.items():
        typer.echo(_row(name, bar, both[0][name], both[1][name]))
    refusals = given["squad2 refusals"]["unanswerable refused at 15 % wrong refusals"]
    typer.echo(_row("the same by the reader's margin alone", "", _shown(refusals), ""))
    typer.echo(
        _row("warm question, built-in document, p50", "100 ms", f"{_warm([r['question'] for r in rows]):.0f} ms", "")
    )
    if arguments.plots:
        judged = list(left_out(asked))
        (arguments.plots / "reader-calibration.svg").write_text(reliability(*_outcomes(judged, every=True)))
        (arguments.plots / "reader-risk-coverage.svg").write_text(risk_coverage(*_outcomes(judged, every=False)))


BARS = {
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


def _program(asked: Sequence[Trial], alone: Sequence[Trial], used: Sequence[str]) -> dict[str, str]:
    """What the whole program does with some of the features, as the rows of the report."""
    judged = list(left_out(asked, used))
    points_at_spans = used is FEATURES
    facts = [(t, s) for t, s in judged if t.source in STANDING_ALONE]
    wanted = [(t, s) for t, s in facts if t.kind in ("answerable", "not found")]
    found = [(t, s) for t, s in wanted if t.kind == "answerable"]
    gone = [(t, s) for t, s in facts if t.kind == "taken out"]
    bad = [(t, s) for t, s in facts if t.kind == "unanswerable"]
    inside = {
        name: [probability(given, s) for t, s in pairs if len((given := _given(t)).features)]
        for name, pairs in (("yes", [p for p in wanted if p[0].source == "squad2"]), ("no", bad))
    }
    return {
        "F1, passage given": _mean(lambda t, s: _f1(_given(t), s, spans=points_at_spans), wanted),
        "F1, whole document": _mean(lambda t, s: _f1(t, s, spans=points_at_spans), wanted),
        "SQuAD 2.0 unanswerable, passage given: refused at 15 % wrong refusals": _shown(
            refused_at(inside["yes"], inside["no"], 0.15)[1]
        ),
        "whole document, evidence taken out: refused": _mean(_refused, gone),
        "whole document, answerable: refused": _mean(_refused, wanted),
        "right sentence first, where it was found": _mean(lambda t, s: t.right[shown_of(t, s)[0]], found),
        "right sentence among those in front, where it was found": _mean(_in_front, found),
        "right sentence shown, refusals and failed searches counted": _mean(_cited, wanted),
        "SQuAD 2.0 unanswerable, whole document: refused": _mean(_refused, bad),
        **_follow_ups("doc2dial", judged, alone),
        **_follow_ups(WRITTEN, judged, alone),
    }


def _follow_ups(source: str, judged: Judged, alone: Sequence[Trial]) -> dict[str, str]:
    """How often the evidence of follow-ups is cited, with the turns before them and without, each left out alike."""
    by_document = {t.document: s for t, s in judged}
    asked = [(t, s) for t, s in judged if t.follow_up and t.source == source and t.kind in ("answerable", "not found")]
    bare = [(t, by_document[t.document]) for t in alone if t.source == source and t.kind in ("answerable", "not found")]
    gains = np.array(_each(_cited, asked)) - np.array(_each(_cited, bare))
    return {
        f"follow-ups ({source}), evidence among those in front": _mean(_in_front, asked),
        f"follow-ups ({source}), evidence cited": _mean(_cited, asked),
        f"follow-ups ({source}), evidence cited without history": _mean(_cited, bare),
        f"follow-ups ({source}), cited with history less without": _shown(interval(gains.tolist())),
    }


def _given(trial: Trial) -> Trial:
    """The trial with the sentences of its own passage only."""
    rows = np.flatnonzero(trial.given)
    return replace(
        trial,
        features=trial.features[rows],
        right=trial.right[rows],
        sentences=tuple(trial.sentences[i] for i in rows),
        spans=tuple(trial.spans[i] for i in rows),
    )


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
