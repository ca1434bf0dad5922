"""A run as one HTML page that needs nothing else: numbers, plots, and every question with its quotes and reasons."""

from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from math import ceil

from evals import plots
from evals.gate import Check
from evals.report import (
    HEADINGS,
    Floors,
    check_rows,
    closing,
    kill_rows,
    kind_rows,
    rows,
    stage_rows,
    why,
)
from evals.results import Run, by_kind, reliability, risk_coverage
from evals.run import Outcome
from index.document import Document
from qa.answer import Answer, Citation


def to_html(run: Run, checks: Sequence[Check], floors: Floors, documents: Mapping[str, Document]) -> str:
    """The page.

    Args:
        run: What was found.
        checks: The gate's.
        floors: By document and bar.
        documents: By name, to show each quote in its paragraph.
    """
    passed = all(check.passed for check in checks)
    css = files("evals").joinpath("webpage.css").read_text(encoding="utf-8")
    digests = ", ".join(f"{name} {digest}" for name, digest in run.digests.items())
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
        f"<title>Evals: {'green' if passed else 'failed'}</title><style>{css}</style></head><body>",
        f'<h1>Evals</h1><p class="verdict {"good" if passed else "bad"}">{escape(closing(run, checks))}</p>',
        *(f'<p class="bad">Skipped: {escape(sentence)}</p>' for sentence in run.skipped),
        _table(HEADINGS, rows(run, floors)),
        "<h2>The gate</h2>",
        _table(("", "check", "result"), check_rows(checks)),
        "<h2>Plots</h2>",
        _plots(run),
        "<h2>By step</h2>",
        _table(("", *run.subjects), stage_rows(run)),
        "<h2>By kind</h2>",
        _table(("", *run.subjects), kind_rows(run)),
        *_mutants(run),
        "<h2>Every question</h2>",
        *(_questions(run, subject, documents[subject]) for subject in run.subjects),
        f'<p class="faint">Digests: {escape(digests)}.</p></body></html>',
    ]
    return "\n".join(parts) + "\n"


def _plots(run: Run) -> str:
    kinds = {subject: by_kind(run, subject) for subject in run.subjects}
    grouped = {
        kind.value: {subject: kinds[subject][kind] for subject in run.subjects if kind in kinds[subject]}
        for kind in dict.fromkeys(kind for found in kinds.values() for kind in found)
    }
    risk = {subject: risk_coverage(run.of(subject)) for subject in run.subjects}
    sure = {subject: reliability(run.of(subject)) for subject in run.subjects}
    seconds = {subject: sorted(1000 * outcome.seconds for outcome in run.of(subject)) for subject in run.subjects}
    waits = {s: [(ms, (i + 1) / len(all_ms)) for i, ms in enumerate(all_ms)] for s, all_ms in seconds.items()}
    slowest = max((all_ms[int(0.99 * (len(all_ms) - 1))] for all_ms in seconds.values()), default=1.0)
    key = "".join(f'<span class="{escape(subject)}">{escape(subject)}</span>' for subject in run.subjects)
    figures = (
        ("By kind", plots.bars(grouped), "Answered right, with exact 95 % intervals."),
        (
            "Risk and coverage",
            plots.curves(risk, x="share of all questions answered", y="share of answers wrong", title="risk-coverage"),
            "If only the surest answers were given: how many of them would be wrong.",
        ),
        (
            "Reliability",
            plots.calibration(sure, x="probability given", y="share right", title="reliability"),
            "Answers in five groups by their probability, with intervals; the dashes are perfect calibration.",
        ),
        (
            "Latency",
            plots.curves(
                waits, x="milliseconds", y="share of questions answered", title="latency", x_top=ceil(slowest / 40) * 40
            ),
            "How many questions were answered within a time; the slowest 1 % lie at the edge.",
        ),
    )
    drawn = "".join(f"<figure><h3>{t}</h3>{svg}<figcaption>{c}</figcaption></figure>" for t, svg, c in figures)
    return f'<p class="key">{key}</p><div class="plots">{drawn}</div>'


def _mutants(run: Run) -> list[str]:
    if not run.trials:
        return []
    survivors = [
        f"<details><summary>{escape(t.mutant.id)}: {escape(t.mutant.case.question)}"
        f' <span class="reason">{escape(t.fate.reason)}</span></summary>'
        f"<dl><dt>change</dt><dd>{escape(t.mutant.change)}</dd>"
        f"<dt>answer</dt><dd>{escape(t.answer.text)}</dd></dl></details>"
        for t in run.survivors
    ]
    return [
        "<h2>Mutants killed</h2>",
        _table(("", *run.subjects), kill_rows(run)),
        f"<h3>Survivors ({len(survivors)})</h3>",
        *survivors,
    ]


def _questions(run: Run, subject: str, document: Document) -> str:
    groups = {"wrong": [o for o in run.of(subject) if not o.right], "right": [o for o in run.of(subject) if o.right]}
    return "\n".join(
        f"<details{' open' if state == 'wrong' else ''}><summary>{escape(subject)}: {len(outcomes)} {state}</summary>"
        + "\n".join(_question(outcome, document) for outcome in outcomes)
        + "</details>"
        for state, outcomes in groups.items()
    )


def _question(outcome: Outcome, document: Document) -> str:
    case, answer = outcome.case, outcome.answer
    state = '<span class="good">✓</span>' if outcome.right else '<span class="bad">✗</span>'
    turns = "".join(f'<p class="faint">{escape(q)}<br>{escape(a)}</p>' for q, a in case.history)
    reasons = "".join(
        f"<dt>{escape(name)}</dt><dd>{verdict.value:.3g}: {escape(verdict.reason)}</dd>"
        for name, verdicts in outcome.verdicts.items()
        for verdict in verdicts
    )
    short = f"<p><strong>{escape(answer.short)}</strong></p>" if answer.short else ""
    rejected = "".join(f"<p><s>{escape(r.sentence)}</s> {escape(r.reason)}</p>" for r in answer.rejected)
    return (
        f"<details><summary>{state} {escape(case.id)}: {escape(case.question)}"
        f' <span class="reason">{escape(why(outcome))}</span></summary>'
        f"{turns}{short}<p>{escape(answer.text)}</p>{rejected}"
        + "".join(_quote(citation, answer, document) for citation in answer.citations)
        + f"<dl>{reasons}<dt>time</dt><dd>{1000 * outcome.seconds:.0f} ms</dd></dl></details>"
    )


def _quote(citation: Citation, answer: Answer, document: Document) -> str:
    """A quote, marked in its paragraph, the short answer in it set bold."""
    block = next((b for b in document.blocks if b.start <= citation.start < b.end), None)
    start, end = (block.start, max(block.end, citation.end)) if block else (citation.start, citation.end)
    quote = escape(citation.quote)
    if answer.short:
        quote = quote.replace(escape(answer.short), f"<strong>{escape(answer.short)}</strong>", 1)
    before, after = document.text[start : citation.start], document.text[citation.end : end]
    return (
        f"<blockquote>[{citation.number}] paragraph {citation.paragraph}, characters {citation.start} to "
        f"{citation.end}<br>{escape(before)}<mark>{quote}</mark>{escape(after)}</blockquote>"
    )


def _table(headings: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in headings)
    lines = "".join("<tr>" + "".join(f"<td>{_cell(cell)}</td>" for cell in line) + "</tr>" for line in body)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>'


def _cell(words: str) -> str:
    state = {"holds": "good", "reached": "good", "FAILS": "bad"}.get(words)
    return f'<span class="{state}">{words}</span>' if state else escape(words)
