"""Measures a reader by itself, read by the same code as in the program.

python -m qa.reader.evaluate --data DATA [--reader FOLDER]
"""

import argparse
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import typer
from tqdm import tqdm

from qa.reader.examples import WRITTEN_DEV, Example, load_written, read_lines, sentences
from qa.reader.measures import auroc, exact, f1, interval, refused_at
from qa.reader.model import SMALL, SPAN_TOKENS, Reader

LONG = 96  # longest answer in tokens where it is a whole sentence (doc2dial)
BARELY = 0.15  # wrong refusals that the squad2 bar allows
_SMALL = frozenset(
    "a an the of in on at to for from by with is are was were do does did has have had be it its that".split()
)
Row = dict[str, Any]


@dataclass(frozen=True)
class Reading:
    """The best span of a passage; `score` is start + end - null, above zero where an answer is likelier than none."""

    start: int
    end: int
    score: float
    text: str


def read_all(
    reader: Reader, pairs: Sequence[tuple[str, str]], longest: int = SPAN_TOKENS, progress: str = ""
) -> list[Reading]:
    """Reads each (question, passage) as the program does, the whole passage taken for one sentence."""
    readings = list[Reading]()
    for question, passage in tqdm(pairs, desc=progress, disable=not progress, mininterval=10):
        ((span,),) = reader.read(question, [passage], [[(0, len(passage))]], longest=longest)
        readings.append(Reading(span.start, span.end, span.margin, passage[span.start : span.end]))
    return readings


def right_sentence(row: Row, reading: Reading) -> float:
    """Returns 1 if the sentence of the span's middle is a sentence that holds a gold answer."""
    middle = (reading.start + reading.end) // 2
    start, end = next((s for s in sentences(row["context"]) if s[0] <= middle < s[1]), (0, len(row["context"])))
    return float(any(a["start"] < end and a["start"] + len(a["text"]) > start for a in row["answers"]))


def _misspell(question: str, seed: int) -> str:
    rng, words = random.Random(seed), question.split()
    long = [i for i, w in enumerate(words) if len(w) > 4 and w.isalpha()]
    for i in rng.sample(long, min(1, len(long))):
        place = rng.randrange(1, len(words[i]) - 2)
        words[i] = words[i][:place] + words[i][place + 1] + words[i][place] + words[i][place + 2 :]
    return " ".join(words)


def _keywords(question: str, _: int) -> str:
    return " ".join(w for w in question.rstrip("?").split() if w.lower() not in _SMALL)


VARIANTS: dict[str, Callable[[str, int], str]] = {
    "as it is": lambda q, _: q,
    "lower case": lambda q, _: q.lower(),
    "no question mark": lambda q, _: q.rstrip("? "),
    "one word misspelt": _misspell,
    "keywords only": _keywords,
    "Can you tell me ...": lambda q, _: f"Can you tell me {q[:1].lower()}{q[1:]}",
}


def ask(row: Row, change: Callable[[str, int], str], number: int) -> tuple[str, str]:
    """Returns what the reader is given for a row: earlier turns and the question, and the passage."""
    history = " | ".join(turn["text"] for turn in row["history"])
    question = change(row["question"], number)
    return (f"{history} | {question}" if history else question), row["context"]


def _texts(row: Row) -> list[str]:
    return [a["text"] for a in row["answers"]]


def passages_report(reader: Reader, rows: list[Row]) -> tuple[dict[str, Any], float]:
    """Measures questions with their own passage; returns the results and the threshold of the squad2 bar."""
    found: dict[str, Any] = {}
    read = {}
    for source in ("newwiki", "squad2", "natural_questions_oracle", "doc2dial"):
        mine = [r for r in rows if r["source"] == source]
        longest = LONG if source == "doc2dial" else SPAN_TOKENS
        readings = read_all(reader, [ask(r, VARIANTS["as it is"], 0) for r in mine], longest, source)
        read[source] = list(zip(mine, readings, strict=True))
    groups = {**read, "newwiki + squad2": read["newwiki"] + read["squad2"]}
    for name, pairs in groups.items():
        good = [(r, x) for r, x in pairs if r["answerable"]]
        found[name] = {
            "n": len(good),
            "f1": interval([f1(x.text, _texts(r)) for r, x in good]),
            "exact": interval([exact(x.text, _texts(r)) for r, x in good]),
            "sentence": interval([right_sentence(r, x) for r, x in good]),
        }
    yes = [x.score for r, x in read["squad2"] if r["answerable"]]
    no = [x.score for r, x in read["squad2"] if not r["answerable"]]
    threshold, refused, balanced = refused_at(yes, no, BARELY)
    overall: dict[float, list[float]] = {}
    for cut in sorted({x.score for _, x in read["squad2"]}):
        overall[cut] = _overall(read["squad2"], cut)
    best = max(overall, key=lambda cut: float(np.mean(overall[cut])))
    found["squad2 refusals"] = {
        "n": (len(yes), len(no)), "threshold": threshold, "balanced threshold": balanced,
        "unanswerable refused at 15 % wrong refusals": refused, "auroc": auroc(yes, no),
        "best overall f1": interval(overall[best]), "its threshold": best,
    }  # fmt: skip
    return found, threshold


def _overall(pairs: list[tuple[Row, Reading]], cut: float) -> list[float]:
    return [
        (f1(x.text, _texts(r)) if x.score >= cut else 0.0) if r["answerable"] else float(x.score < cut)
        for r, x in pairs
    ]


def variants_report(reader: Reader, rows: list[Row], threshold: float) -> dict[str, Any]:
    """Measures reworded questions of newwiki and squad2: F1, wrong refusals and, for squad2, right refusals."""
    found = {}
    good = [r for r in rows if r["source"] in ("newwiki", "squad2") and r["answerable"]]
    bad = [r for r in rows if r["source"] == "squad2" and not r["answerable"]]
    for name, change in VARIANTS.items():
        yes = read_all(reader, [ask(r, change, i) for i, r in enumerate(good)], SPAN_TOKENS, name)
        no = read_all(reader, [ask(r, change, i) for i, r in enumerate(bad)], SPAN_TOKENS)
        found[name] = {
            "n": len(good),
            "f1": interval([f1(x.text, _texts(r)) for r, x in zip(good, yes, strict=True)]),
            "refused though answerable": interval([float(x.score < threshold) for x in yes]),
            "refused and unanswerable": interval([float(x.score < threshold) for x in no]),
        }
    return found


def written_report(reader: Reader, examples: Sequence[Example], name: str) -> dict[str, Any]:
    """Measures written questions: F1 of those that are answered, and refusals of the near misses, their likes."""
    asked = [(f"{e.history} | {e.question}" if e.history else e.question, e.context) for e in examples]
    read = read_all(reader, asked, SPAN_TOKENS, name)
    golds = [[e.context[slice(*answer)] for answer in e.answers] for e in examples]
    yes = [x.score for x, texts in zip(read, golds, strict=True) if texts]
    no = [x.score for x, texts in zip(read, golds, strict=True) if not texts]
    return {
        "n": (len(yes), len(no)),
        "f1": interval([f1(x.text, texts) for x, texts in zip(read, golds, strict=True) if texts]),
        "near misses refused at 15 % wrong refusals": refused_at(yes, no, BARELY)[1],
        "auroc": auroc(yes, no),
    }


def speed_report(reader: Reader, rows: Sequence[Row], rounds: int = 30) -> dict[str, Any]:
    """Times reading eight passages of the development questions, the work of one question, in milliseconds."""
    passages = [row["context"] for row in rows if row["source"] == "newwiki"][:8]
    sentences_of = [sentences(passage) for passage in passages]
    times = list[float]()
    for row in rows[:rounds]:
        began = time.perf_counter()
        reader.read(row["question"], passages, sentences_of)
        times.append(1000 * (time.perf_counter() - began))
    return {"n": len(times), "p50 ms": float(np.median(times))}


def main() -> None:
    """Reads the arguments, measures, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--reader", type=Path, default=SMALL, help="folder of a reader, by default the small shipped one"
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with reader_dev.jsonl.gz")
    parser.add_argument("--no-variants", action="store_true", help="leave out the reworded questions")
    args = parser.parse_args()
    reader = Reader(args.reader)
    rows = list(read_lines(args.data / "reader_dev.jsonl.gz"))
    results, threshold = passages_report(reader, rows)
    if not args.no_variants:
        results["variants"] = variants_report(reader, rows, threshold)
    written = load_written(WRITTEN_DEV, args.data / "reader_dev.jsonl.gz")
    follow_ups = [e for e in written if e.history]
    for name, examples in (
        ("written pairs", [e for e in written if not e.history]),
        ("written follow-ups", follow_ups),
        ("written follow-ups without the turn before", [replace(e, history="") for e in follow_ups]),
    ):
        results[name] = written_report(reader, examples, name)
    results["speed"] = speed_report(reader, rows)
    for name, values in json.loads(json.dumps(results), parse_float=lambda x: round(float(x), 2)).items():
        typer.echo(f"\n{name}")
        for key, value in values.items():
            typer.echo(f"  {key}: {value}")


if __name__ == "__main__":
    main()
