"""Measures a reader by itself, read by the same code as in the program.

python -m qa.reader.evaluate --data DATA [--documents 300] [--reader FOLDER]
"""

import argparse
import gzip
import json
import math
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import typer
from tqdm import tqdm

from qa.reader.examples import sentences
from qa.reader.measures import auroc, exact, f1, interval, refused_at
from qa.reader.model import FOLDER, SPAN_TOKENS, Reader

LONG = 96  # longest answer in tokens where it is a whole sentence (doc2dial)
BARELY = 0.15  # wrong refusals that the squad2 bar allows
BARELY_IN_DOCUMENT = 0.08
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


def split(text: str, words: int = 100) -> list[str]:
    """Splits a document into passages of whole sentences, each within one paragraph."""
    made: list[str] = []
    for paragraph in filter(str.strip, re.split(r"\n\s*\n", text)):
        held = ""
        for a, b in sentences(paragraph):
            if held and len((held + paragraph[a:b]).split()) > words:
                made.append(held.strip())
                held = ""
            held += paragraph[a:b]
        made.append(held.strip())
    return [p for p in made if p]


def _terms(text: str) -> list[str]:
    return [re.sub(r"(ing|ed|es|s)$", "", w) for w in re.findall(r"\w+", text.lower())]


def search(question: str, passages: list[str], top: int) -> list[str]:
    """Returns the `top` passages by BM25."""
    bags = [Counter(_terms(p)) for p in passages]
    mean = sum(b.total() for b in bags) / max(1, len(bags))
    scores = np.zeros(len(bags))
    for term in set(_terms(question)):
        held = sum(term in b for b in bags)
        weight = math.log(1 + (len(bags) - held + 0.5) / (held + 0.5))
        for i, bag in enumerate(bags):
            scores[i] += weight * bag[term] * 2.2 / (bag[term] + 1.2 * (0.25 + 0.75 * bag.total() / mean))
    return [passages[i] for i in np.argsort(-scores, kind="stable")[:top]]


def documents_report(
    reader: Reader, rows: list[Row], texts: dict[str, str], amount: int, top: int = 8
) -> dict[str, Any]:
    """Asks whole documents, then the same documents without the paragraph and the passages that hold the answer."""
    good = [r for r in rows if r["source"] in ("newwiki", "squad2") and r["answerable"]]
    good = random.Random(7).sample(good, min(amount, len(good)))
    pairs: list[tuple[str, str]] = []
    marks: list[tuple[int, str, bool]] = []
    for i, row in enumerate(good):
        text = texts[row["document_id"]]
        gone = split(text.replace(row["context"], "\n\n"))
        golds = [a.lower() for a in _texts(row)]
        gone = [p for p in gone if not any(a in p.lower() for a in golds)]
        for kind, passages in (("with", split(text)), ("without", gone)):
            for p in search(row["question"], passages, top):
                pairs.append((row["question"], p))
                marks.append((i, kind, any(a in p.lower() for a in golds)))
    best: dict[tuple[int, str], Reading] = {}
    held: set[int] = set()
    for (i, kind, holds), reading in zip(marks, read_all(reader, pairs, SPAN_TOKENS, "documents"), strict=True):
        if (i, kind) not in best or reading.score > best[i, kind].score:
            best[i, kind] = reading
        held |= {i} if kind == "with" and holds else set()
    yes, no = [best[i, "with"].score for i in range(len(good))], [best[i, "without"].score for i in range(len(good))]
    threshold, refused, balanced = refused_at(yes, no, BARELY_IN_DOCUMENT)
    scores = [f1(best[i, "with"].text, _texts(r)) for i, r in enumerate(good)]
    return {
        "n": len(good), "answer among the passages found": 100 * len(held) / len(good), "f1": interval(scores),
        "refused without evidence at 8 % wrong refusals": refused, "threshold": threshold, "auroc": auroc(yes, no),
        "balanced threshold": balanced,
        "at it, refused with and without": (interval([float(s < balanced) for s in yes]),
                                            interval([float(s < balanced) for s in no])),
    }  # fmt: skip


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


def _lines(path: Path) -> list[Row]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def main() -> None:
    """Reads the arguments, measures, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reader", type=Path, default=FOLDER, help="folder of a reader, by default the shipped one")
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with reader_dev.jsonl.gz and documents.jsonl.gz"
    )
    parser.add_argument("--documents", type=int, default=300, help="questions asked of whole documents (0: none)")
    parser.add_argument("--no-variants", action="store_true", help="leave out the reworded questions")
    parser.add_argument("--json", type=Path, help="also write the results here")
    args = parser.parse_args()
    reader = Reader(args.reader)
    rows = _lines(args.data / "reader_dev.jsonl.gz")
    results, threshold = passages_report(reader, rows)
    if not args.no_variants:
        results["variants"] = variants_report(reader, rows, threshold)
    if args.documents:
        texts = {d["id"]: d["text"] for d in _lines(args.data / "documents.jsonl.gz")}
        results["documents"] = documents_report(reader, rows, texts, args.documents)
    results["speed"] = speed_report(reader, rows)
    rounded = json.loads(json.dumps(results), parse_float=lambda x: round(float(x), 2))
    for name, values in rounded.items():
        typer.echo(f"\n{name}")
        for key, value in values.items():
            typer.echo(f"  {key}: {value}")
    if args.json:
        args.json.write_text(json.dumps(rounded, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
