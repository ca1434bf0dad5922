"""`python -m evals.written`: what a chat model writes, over the fixed questions: how much of what is shown is so.

The model is the one that FOOTNOTE_MODEL or FOOTNOTE_MODEL_URL names. Each question of the brief is asked with it and
without it. What has been asked is kept in the folder of the reports, so that a run that was stopped goes on. Whether a
sentence is supported is for people to say: their labels are in `labels.jsonl`, of what was shown and of some that was
rejected; what of it they have not seen yet is written out for them.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict
from rich.progress import track

from evals import metrics
from evals.cases import Case, load_cases
from evals.run import open_desk
from evals.subjects import brief
from index.embed import Embedder
from qa.answer import WRITER, Answer
from qa.assistant import Assistant
from qa.reader.measures import exact_interval
from qa.settings import Settings

LABELS = Path(__file__).with_name("labels.jsonl")


LABELLED = 150
"""So many sentences are labelled: all that are shown, and of the rejected a sample."""


class Label(BaseModel):
    """A written sentence, and whether it is supported, judged by reading it and its quotes.

    Attributes:
        quotes: What it was shown with, and is judged by; none if it was rejected, and is judged by the whole document.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    sentence: str
    quotes: tuple[str, ...]
    supported: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A fixed question, answered with a chat model and without.

    Attributes:
        first: Seconds to the first verified sentence of the model; None where it has none.
        seconds: To the whole answer.
    """

    case: Case
    answer: Answer
    alone: Answer
    first: float | None
    seconds: float

    @property
    def sentences(self) -> list[tuple[str, tuple[str, ...]]]:
        """What the model wrote and is shown, each sentence with its quotes."""
        if self.answer.engine != WRITER:
            return []
        quotes = {citation.number: citation.quote for citation in self.answer.citations}
        return [(s.text, tuple(quotes[n] for n in s.citations)) for s in self.answer.sentences]

    @property
    def rejected(self) -> list[tuple[str, tuple[str, ...]]]:
        """What the model wrote and is not supported, in the same form: without quotes."""
        return [(rejection.sentence, ()) for rejection in self.answer.rejected]


def main(arguments: Sequence[str] | None = None) -> None:
    """Ask what has not been asked yet, and print what all answers are worth."""
    parser = argparse.ArgumentParser(prog="python -m evals.written", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/evals"), help="where the answers go (%(default)s)")
    out: Path = parser.parse_args(arguments).out
    settings = Settings.load()
    if not (settings.model or settings.model_url):
        sys.exit("evals: no chat model is named. Set FOOTNOTE_MODEL or FOOTNOTE_MODEL_URL.")
    out.mkdir(parents=True, exist_ok=True)
    written = list(_ask_all(load_cases(), settings, out / "written.jsonl"))
    labels = {(label.sentence, label.quotes): label.supported for label in read_labels(LABELS)}
    unseen = [pair for pair in to_label(written) if pair not in labels]
    rows = (json.dumps({"sentence": s, "quotes": q, "supported": None}, ensure_ascii=False) for s, q in unseen)
    (out / "unlabelled.jsonl").write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    sys.stdout.write("".join(f"{line}\n" for line in lines(written, labels)))


def to_label(written: Sequence[Written]) -> list[tuple[str, tuple[str, ...]]]:
    """Every sentence that is shown, and as many of the rejected as make it `LABELLED`, the same in every run."""
    shown, rejected = (list(dict.fromkeys(pairs)) for pairs in _all_pairs(written))
    picked = random.Random(LABELLED).sample(rejected, min(len(rejected), max(0, LABELLED - len(shown))))  # noqa: S311
    return shown + picked


def read_labels(path: Path) -> list[Label]:
    """The labels, each of another pair of a sentence and its quotes."""
    return [Label.model_validate_json(line) for line in path.read_text(encoding="utf-8").splitlines()]


def lines(written: Sequence[Written], labels: dict[tuple[str, tuple[str, ...]], bool]) -> Iterator[str]:
    """The report, a line each."""
    shown, rejected = _all_pairs(written)
    judged, no = ([labels[pair] for pair in pairs if pair in labels] for pairs in (shown, dict.fromkeys(rejected)))
    by_case = [bool(metrics.right(w.case, w.answer).value) for w in written if w.answer.engine == WRITER]
    right, alone = ([bool(metrics.right(w.case, a).value) for w, a in pairs] for pairs in _both(written))
    lost = [w.case.id for w, now, before in zip(written, right, alone, strict=True) if before and not now]
    gained = [w.case.id for w, now, before in zip(written, right, alone, strict=True) if now and not before]
    yield f"questions on the brief                       {len(written)}"
    yield f"answered in the model's own words            {len(by_case)}"
    yield f"sentences of the model that are shown        {len(shown)}"
    yield f"  of those that were judged: supported     {_share(sum(judged), len(judged))}"
    yield f"  not judged yet                             {len(shown) - len(judged)}"
    yield f"answers in the model's own words: right      {_share(sum(by_case), len(by_case))}"
    yield f"all answers: right with the model            {_share(sum(right), len(right))}"
    yield f"             right without it                {_share(sum(alone), len(alone))}"
    yield f"  lost: {', '.join(lost) or 'none'}; gained: {', '.join(gained) or 'none'}"
    reasons = Counter(r.reason.partition(":")[0] for w in written for r in w.answer.rejected)
    yield f"sentences rejected, after a second try       {len(rejected)}"
    yield f"  of those that were judged: supported     {_share(sum(no), len(no))}"
    yield from (f"  {n:4d}  {reason}" for reason, n in reasons.most_common(8))
    for name, seconds in (
        ("first verified sentence of the model", [w.first for w in written if w.first is not None]),
        ("whole answer, with the model", [w.seconds for w in written]),
    ):
        if seconds:
            p50, p95 = (metrics.percentile(seconds, q) for q in (50, 95))
            yield f"{name:38s} p50 {p50:.1f} s, p95 {p95:.1f} s, n = {len(seconds)}"


def _all_pairs(written: Sequence[Written]) -> Iterator[list[tuple[str, tuple[str, ...]]]]:
    yield [pair for w in written for pair in w.sentences]
    yield [pair for w in written for pair in w.rejected]


def _both(written: Sequence[Written]) -> Iterator[Iterator[tuple[Written, Answer]]]:
    yield ((w, w.answer) for w in written)
    yield ((w, w.alone) for w in written)


def _share(yes: int, n: int) -> str:
    if not n:
        return "none"
    low, high = exact_interval(yes, n)
    return f"{100 * yes / n:.1f} % ({100 * low:.1f} to {100 * high:.1f} %, n = {n})"


def _ask_all(cases: Sequence[Case], settings: Settings, kept: Path) -> Iterator[Written]:
    """Every case's answers: those that are kept, and the rest asked now, and kept."""
    before = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()] if kept.exists() else []
    known = {row["id"]: row for row in before}
    with open_desk(settings, Embedder(settings.embedding_model)) as desk, kept.open("a", encoding="utf-8") as file:
        writer = desk.open(brief().document)
        reader = writer.with_model(None)
        for case in track(cases, "asking the brief", disable=not sys.stderr.isatty()):
            if case.id not in known:
                known[case.id] = _asked(case, writer, reader)
                file.write(json.dumps(known[case.id], ensure_ascii=False) + "\n")
                file.flush()
            row = known[case.id]
            answer, alone = (Answer.from_json(json.dumps(row[name])) for name in ("answer", "alone"))
            yield Written(case, answer, alone, row["first"], row["seconds"])


def _asked(case: Case, writer: Assistant, reader: Assistant) -> dict[str, Any]:
    start, first, answer = time.perf_counter(), None, None
    for piece in writer.stream(case.question, history=case.history):
        first = first or round(time.perf_counter() - start, 2)
        answer = piece
    assert isinstance(answer, Answer)  # noqa: S101 - the last piece of a stream always is
    return {
        "id": case.id,
        "first": first if answer.engine == WRITER and answer.sentences else None,
        "seconds": round(time.perf_counter() - start, 2),
        "answer": json.loads(answer.to_json()),
        "alone": json.loads(reader.ask(case.question, history=case.history).to_json()),
    }


if __name__ == "__main__":
    main()
