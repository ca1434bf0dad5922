"""A run as a table in the terminal, as Markdown, as JSON and as JUnit XML. Formatting only."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from xml.etree import ElementTree as ET

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from evals.gate import BARS, NEVER, Bar, Check
from evals.metrics import Summary
from evals.results import METRICS, Run, by_kind, by_stage, kills, lost, reached, times
from evals.run import Outcome
from evals.trials import Trial

Floors = Mapping[str, Mapping[str, float]]


def rows(run: Run, floors: Floors) -> list[tuple[str, ...]]:
    """The bars of every document as rows: document, number, value, interval, n, floor, target, what is missing."""
    found = list[tuple[str, ...]]()
    for subject, numbers in reached(run).items():
        for bar in (bar for bar in BARS if bar.key in numbers):
            number = numbers[bar.key]
            floor = bar.target if bar.key in NEVER else floors.get(subject, {}).get(bar.key)
            missing = bar.missing(number)
            found.append(
                (
                    subject,
                    bar.title,
                    percent(number.value),
                    interval(number),
                    f"{number.n:,}",
                    "none" if floor is None else sign(bar) + bar.said(floor),
                    f"{sign(bar)}{100 * bar.target:.4g} %",
                    "reached" if not missing else f"{missing} {'fewer' if bar.ceiling else 'more'}",
                )
            )
    return found


HEADINGS = ("document", "what", "share", "95 % interval", "n", "floor", "target", "missing")


def print_run(run: Run, checks: Sequence[Check], floors: Floors, console: Console) -> None:
    """The table in the terminal, what fails, and the closing line."""
    console.print(_table("Evals", HEADINGS, rows(run, floors)))
    for title, body in _parts(run):
        console.print(_table(title, ("", *run.subjects), body))
    if run.survivors:
        console.print("Mutants that survived:", *(f"  {t.mutant.id}" for t in run.survivors), sep="\n", soft_wrap=True)
    for check in checks:
        console.print(f"{'holds' if check.passed else 'FAILS'}  {check.name}: {check.message}", soft_wrap=True)
    for sentence in run.skipped:
        console.print(f"SKIPPED  {sentence}", soft_wrap=True)
    console.print(closing(run, checks), soft_wrap=True)


def closing(run: Run, checks: Sequence[Check]) -> str:
    """The whole run in one line."""
    failed = [check.name for check in checks if not check.passed]
    shares = ", ".join(
        f"{subject} {percent(numbers['right'].value)} of {numbers['right'].n} right"
        for subject, numbers in reached(run).items()
    )
    killed = f", {len(run.trials) - len(run.survivors)} of {len(run.trials)} mutants killed" if run.trials else ""
    skipped = f", {len(run.skipped)} document skipped" if run.skipped else ""
    state = f"FAILED ({'; '.join(failed)})" if failed else "green"
    return f"evals: {state}: {shares}{killed}{skipped}, {run.seconds:.0f} s"


def to_markdown(run: Run, checks: Sequence[Check], floors: Floors) -> str:
    """The run for a CI summary: the bars, the checks, and every wrong question and survivor."""
    parts = ["# Evals", closing(run, checks), *(f"**Skipped.** {sentence}" for sentence in run.skipped)]
    parts.append(_markdown(HEADINGS, rows(run, floors)))
    parts += ["## The gate", _markdown(("", "check", "result"), check_rows(checks))]
    for title, body in _parts(run):
        parts += [f"## {title}", _markdown(("", *run.subjects), body)]
    wrong = [(o.subject, o.case.id, o.case.question, why(o)) for o in run.outcomes if not o.right]
    if wrong:
        parts += [f"## Wrong ({len(wrong)})", _markdown(("document", "question", "", "why"), wrong)]
    if run.survivors:
        survived = [(t.mutant.id, t.mutant.change, t.fate.reason) for t in run.survivors]
        parts += [f"## Mutants that survived ({len(survived)})", _markdown(("mutant", "change", "what came"), survived)]
    digests = ", ".join(f"{name} `{digest}`" for name, digest in run.digests.items())
    return "\n\n".join([*parts, f"Digests: {digests}."]) + "\n"


def to_json(run: Run, checks: Sequence[Check], floors: Floors) -> str:
    """Everything, for programs."""
    whole: dict[str, Any] = {
        "passed": all(check.passed for check in checks),
        "seconds": round(run.seconds, 2),
        "digests": run.digests,
        "skipped": run.skipped,
        "checks": [asdict(check) for check in checks],
        "floors": floors,
        "targets": {bar.key: bar.target for bar in BARS},
        "documents": {
            subject: {
                "reached": {key: asdict(number) for key, number in numbers.items()},
                "missing": {bar.key: bar.missing(numbers[bar.key]) for bar in BARS if bar.key in numbers},
                "steps": {s: {k: asdict(n) for k, n in ns.items()} for s, ns in by_stage(run, subject).items()},
                "kinds": {kind.value: asdict(number) for kind, number in by_kind(run, subject).items()},
                "lost": lost(run, subject),
                "mutants": {kind: asdict(number) for kind, number in kills(run, subject).items()},
                "seconds": dict(zip(("p50", "p95"), times(run, subject), strict=True)),
            }
            for subject, numbers in reached(run).items()
        },
        "questions": [_outcome(outcome) for outcome in run.outcomes],
        "mutants": [_trial(trial) for trial in run.trials],
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def to_junit(run: Run, checks: Sequence[Check], lost_ids: Mapping[str, Sequence[str]]) -> str:
    """JUnit XML: checks that fail and questions lost against the baseline fail; what was wrong before is skipped.

    Args:
        run: What was found.
        checks: The gate's.
        lost_ids: For each document, the questions that the baseline had right and the run has not.
    """
    suites = ET.Element("testsuites", name="evals", time=f"{run.seconds:.2f}")
    gate = ET.SubElement(suites, "testsuite", name="gate")
    for check in checks:
        case = ET.SubElement(gate, "testcase", classname="evals.gate", name=check.name)
        if not check.passed:
            ET.SubElement(case, "failure", message=_xml(check.message))
    for subject in run.subjects:
        suite = ET.SubElement(suites, "testsuite", name=f"questions of the {subject}")
        for o in run.of(subject):
            name = _xml(f"{o.case.id}: {o.case.question}")
            case = ET.SubElement(suite, "testcase", classname=f"evals.{subject}", name=name, time=f"{o.seconds:.3f}")
            if not o.right:
                state = "failure" if o.case.id in lost_ids.get(subject, ()) else "skipped"
                ET.SubElement(case, state, message=_xml(why(o)))
    mutants = ET.SubElement(suites, "testsuite", name="mutants")
    for trial in run.trials:
        case = ET.SubElement(mutants, "testcase", classname="evals.mutants", name=_xml(trial.mutant.id))
        if not trial.fate.killed:
            ET.SubElement(case, "failure" if trial.fate.worked else "skipped", message=_xml(trial.fate.reason))
    for suite in suites:
        suite.set("tests", str(len(suite)))
        for state, name in (("failure", "failures"), ("skipped", "skipped")):
            suite.set(name, str(len(suite.findall(f"testcase/{state}"))))
    ET.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"


def percent(value: float) -> str:
    """A share as people read it."""
    return f"{100 * value:.1f} %"


def interval(number: Summary) -> str:
    """A proportion's interval; nothing for a mean."""
    return "" if number.low is None or number.high is None else f"{100 * number.low:.1f} to {100 * number.high:.1f} %"


def sign(bar: Bar) -> str:
    """What stands before a floor or a ceiling."""
    return "≤ " if bar.ceiling else "≥ "


def stage_rows(run: Run) -> list[tuple[str, ...]]:
    """Metrics, losses and times by step of the program, a column for each document."""
    stages = {subject: by_stage(run, subject) for subject in run.subjects}
    found = [
        (f"{stage}: {title}", *(_cell(stages[s][stage].get(key)) for s in run.subjects))
        for stage, metrics in METRICS.items()
        for key, title in metrics.items()
    ]
    for stage in METRICS:
        found.append((f"answerable, lost at {stage}", *(str(lost(run, s)[stage]) for s in run.subjects)))
    for i, name in enumerate(("p50", "p95")):
        found.append((f"time to answer, {name}", *(f"{1000 * times(run, s)[i]:.0f} ms" for s in run.subjects)))
    return found


def kind_rows(run: Run) -> list[tuple[str, ...]]:
    """How many are right of each kind of question, a column for each document."""
    kinds = {subject: by_kind(run, subject) for subject in run.subjects}
    named = dict.fromkeys(kind for found in kinds.values() for kind in found)
    return [(kind.value, *(_cell(kinds[s].get(kind)) for s in run.subjects)) for kind in named]


def kill_rows(run: Run) -> list[tuple[str, ...]]:
    """How many are killed of each kind of mutant, a column for each document."""
    killed = {subject: kills(run, subject) for subject in run.subjects}
    named = dict.fromkeys(kind for found in killed.values() for kind in found)
    return [(kind, *(_cell(killed[s].get(kind)) for s in run.subjects)) for kind in named]


def _parts(run: Run) -> list[tuple[str, list[tuple[str, ...]]]]:
    """The tables with a column for each document; those with nothing to tell are left out."""
    tables = (("By step", stage_rows(run)), ("By kind", kind_rows(run)), ("Mutants killed", kill_rows(run)))
    return [(title, body) for title, body in tables if body]


def _table(title: str, headings: Sequence[str], body: Sequence[Sequence[str]]) -> Table:
    table = Table(*headings, title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    for row in body:
        table.add_row(*row)
    return table


def _cell(number: Summary | None) -> str:
    if number is None:
        return "none"
    spread = interval(number)
    return f"{percent(number.value)} ({spread + ', ' if spread else 'mean, '}n = {number.n})"


def why(outcome: Outcome) -> str:
    """Why a question is right or wrong, and where it was lost."""
    reason = outcome.verdicts["right"][0].reason
    return f"{reason} (lost at {outcome.lost_at})" if outcome.lost_at else reason


def check_rows(checks: Sequence[Check]) -> list[tuple[str, str, str]]:
    """The gate's checks: whether each holds, its name, and why."""
    return [("holds" if check.passed else "FAILS", check.name, check.message) for check in checks]


def _markdown(headings: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *body]
    return "\n".join(
        "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in line) + " |" for line in lines
    )


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "document": outcome.subject,
        **outcome.case.model_dump(mode="json"),
        "right": outcome.right,
        "lost_at": outcome.lost_at,
        "seconds": round(outcome.seconds, 4),
        "verdicts": {name: [v._asdict() for v in verdicts] for name, verdicts in outcome.verdicts.items()},
        "receipt": json.loads(outcome.answer.to_json()),
    }


def _trial(trial: Trial) -> dict[str, Any]:
    return {
        "id": trial.mutant.id,
        "question": trial.mutant.case.question,
        "change": trial.mutant.change,
        **trial.fate._asdict(),
        "answer": trial.answer.text,
        "short": trial.answer.short,
    }


def _xml(text: str) -> str:
    """A text without the control characters that XML cannot hold."""
    return "".join(c if c.isprintable() else " " for c in text)
