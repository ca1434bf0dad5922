"""Fit the sentence scorer: `python -m qa.fit --data FOLDER` writes `qa/sentence_scorer.json` (`make scorer`).

Weights are fitted on the training questions; the threshold and the margin on the development questions, whose
documents are others. Neither the built-in document nor the article that it restates is among them.
"""

import argparse
import gzip
import json
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track
from scipy.stats import binomtest
from sklearn.linear_model import LogisticRegression

from index.document import Document, Hit
from index.embed import Embedder
from index.layout import blocks_of
from index.search import Search
from index.split import split
from index.store import Store
from qa.read import FEATURES, MOST_SENTENCES, sentence_features

SOURCES = ("newwiki", "squad2")
HITS = 8
QUESTIONS = 3000
"""How many questions of each file are used at the most: plenty for a dozen weights."""
SEED = 7
WRONG_REFUSALS = 0.10
"""The share of answerable development questions that the threshold may refuse."""
RIGHT_BESIDE = 0.3
"""The share of further sentences that must hold the answer too: more would be noise to the reader."""


@dataclass(frozen=True, slots=True)
class Example:
    """One question over its whole document: what is known of each sentence, and which ones hold the answer."""

    features: np.ndarray
    right: np.ndarray
    kind: str


def main() -> None:
    """Fit, write the numbers, and print how good they are on the development questions."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="folder of reader_train.jsonl.gz and the others")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("sentence_scorer.json"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        searches = _searches(arguments.data, Store(Path(folder), Embedder()))
        train = list(_examples(arguments.data / "reader_train.jsonl.gz", searches))
        dev = list(_examples(arguments.data / "reader_dev.jsonl.gz", searches))
    order = _fit_order(train)
    answers, bias = _fit_answers(train, order)
    threshold = float(
        np.quantile([_answers(e, order, answers, bias) for e in dev if e.kind == "answerable"], WRONG_REFUSALS)
    )
    margin = _fit_margin(dev, order)
    fitted = {
        "order": _named(order),
        "answers": _named(answers),
        "bias": round(bias, 4),
        "threshold": round(threshold, 4),
        "margin": round(margin, 4),
        "development": _report(dev, order, lambda e: _answers(e, order, answers, bias) >= threshold),
    }
    arguments.out.write_text(json.dumps(fitted, indent=2) + "\n")
    json.dump(fitted, sys.stdout, indent=2)


def _searches(data: Path, store: Store) -> dict[str, Search]:
    """A search over each document by itself."""
    searches: dict[str, Search] = {}
    rows = [row for row in _lines(data / "documents.jsonl.gz") if row["source"] in SOURCES]
    for row in track(rows, "indexing"):
        text = row["text"]
        document = Document.of(text, source=row["id"], title=row["title"], blocks=blocks_of(text))
        store.add(document, split(document))
        searches[row["id"]] = Search(store, [document])
    return searches


def _examples(path: Path, searches: dict[str, Search]) -> Iterator[Example]:
    """Each question as it is; each answerable one also with the sentences that answer it taken out."""
    rows = [row for row in _lines(path) if row["source"] in SOURCES]
    rows = random.Random(SEED).sample(rows, min(len(rows), QUESTIONS))
    # By document, so that the vectors of its sentences are still at hand.
    for row in track(sorted(rows, key=lambda row: row["document_id"]), path.name):
        search = searches[row["document_id"]]
        hits = search(row["question"], limit=HITS)
        candidates, features = sentence_features(row["question"], hits, encode=search.encode)
        answers = _answer_spans(row, hits)
        right = np.array([any(a < s.end and s.start < b for a, b in answers) for _, s in candidates], bool)
        if not row["answerable"]:
            yield Example(features, right, "unanswerable")
        elif right.any():
            yield Example(features, right, "answerable")
            kept = [hit for hit in hits if not any(a < hit.passage.end and hit.passage.start < b for a, b in answers)]
            _, features = sentence_features(row["question"], kept, encode=search.encode)
            yield Example(features, np.zeros(len(features), bool), "taken out")
        else:
            yield Example(features, right, "not found")


def _answer_spans(row: dict[str, Any], hits: list[Hit]) -> list[tuple[int, int]]:
    """Where the document holds the question's passage with its answers, in document offsets."""
    text = hits[0].document.text
    at = text.find(row["context"])
    if at < 0:
        return []
    return [(at + answer["start"], at + answer["start"] + len(answer["text"])) for answer in row["answers"]]


def _fit_order(examples: list[Example]) -> np.ndarray:
    """Pairwise logistic regression: each right sentence against up to ten wrong ones of the same hits."""
    choose = random.Random(SEED)
    pairs = [
        e.features[i] - e.features[j]
        for e in examples
        if e.kind == "answerable"
        for i in np.flatnonzero(e.right)
        for j in choose.sample(list(np.flatnonzero(~e.right)), min(10, int((~e.right).sum())))
    ]
    signs = np.where(np.arange(len(pairs)) % 2, 1, -1)
    model = LogisticRegression(fit_intercept=False, max_iter=1000)
    return model.fit(np.array(pairs) * signs[:, None], signs).coef_[0]


def _fit_answers(examples: list[Example], order: np.ndarray) -> tuple[np.ndarray, float]:
    """Logistic regression of "the sentence in front answers", both outcomes weighing the same."""
    used = [e for e in examples if len(e.features)]
    first = np.array([e.features[_first(e, order)] for e in used])
    right = np.array([bool(e.right[_first(e, order)]) for e in used])
    model = LogisticRegression(class_weight="balanced", max_iter=1000).fit(first, right)
    return model.coef_[0], float(model.intercept_[0])


def _fit_margin(examples: list[Example], order: np.ndarray) -> float:
    """The widest margin within which `RIGHT_BESIDE` of the sentences shown beside the first hold the answer."""
    beside = list[tuple[float, bool]]()
    for e in examples:
        if e.kind == "answerable":
            scores = e.features @ order
            first, *others = np.argsort(-scores)[:MOST_SENTENCES]
            beside += [(float(scores[first] - scores[i]), bool(e.right[i])) for i in others]
    beside.sort()
    right = np.cumsum([is_right for _, is_right in beside]) / np.arange(1, len(beside) + 1)
    wide_enough = np.flatnonzero(right >= RIGHT_BESIDE)
    return beside[wide_enough[-1]][0] if len(wide_enough) else 0.0


def _first(example: Example, order: np.ndarray) -> int:
    return int((example.features @ order).argmax())


def _answers(example: Example, order: np.ndarray, answers: np.ndarray, bias: float) -> float:
    if not len(example.features):
        return 0.0
    return float(1 / (1 + np.exp(-(example.features[_first(example, order)] @ answers + bias))))


def _report(dev: list[Example], order: np.ndarray, shown: Callable[[Example], bool]) -> dict[str, Any]:
    """How often the right sentence is first, and how often each kind of question is refused."""
    right = [bool(e.right[_first(e, order)]) for e in dev if e.kind == "answerable"]
    refused = {
        kind: [not shown(e) for e in dev if e.kind == kind]
        for kind in ("answerable", "not found", "taken out", "unanswerable")
    }
    return {
        "right sentence first": _share(right),
        **{f"refused, {kind}": _share(values) for kind, values in refused.items() if values},
    }


def _share(outcomes: list[bool]) -> dict[str, float]:
    """The share of true outcomes, with its exact 95 % interval (Clopper and Pearson, Biometrika 1934)."""
    interval = binomtest(sum(outcomes), len(outcomes)).proportion_ci()
    shares = {"share": sum(outcomes) / len(outcomes), "low": interval.low, "high": interval.high}
    return {**{name: round(float(share), 4) for name, share in shares.items()}, "n": len(outcomes)}


def _named(weights: np.ndarray) -> dict[str, float]:
    return {name: round(float(weight), 4) for name, weight in zip(FEATURES, weights, strict=True)}


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


if __name__ == "__main__":
    main()
