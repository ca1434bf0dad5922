"""Fit the sentence scorer: `python -m qa.fit --data FOLDER` writes `qa/sentence_scorer.json` (`make scorer`).

The trained reader has seen the training questions and is too sure of them, so the weights that sit on top of it are
fitted on the development questions. What is reported of them was measured on documents left out of the fit, one at a
time. Neither the built-in document nor the article that it restates is among them.
"""

import argparse
import gzip
import json
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
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
from qa.converse import Question
from qa.read import FEATURES, MOST_SENTENCES, Candidate, Scorer, read_sentences
from qa.reader.model import Reader

SOURCES = ("newwiki", "squad2")
HITS = 8
SEED = 7
WRONG_REFUSALS = 0.08
"""The share of answerable questions that the threshold may refuse."""
RIGHT_BESIDE = 0.3
"""The share of further sentences that must hold the answer too: more would be noise to the reader."""


@dataclass(frozen=True, slots=True)
class Example:
    """One question over its whole document: what is known of each sentence, and which ones hold the answer."""

    document: str
    kind: str
    features: np.ndarray
    right: np.ndarray


def main() -> None:
    """Fit, write the numbers, and print how good they are on documents that were left out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="folder of reader_dev.jsonl.gz and documents.jsonl.gz")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("sentence_scorer.json"))
    arguments = parser.parse_args()
    rows = [row for row in _lines(arguments.data / "reader_dev.jsonl.gz") if row["source"] in SOURCES]
    with tempfile.TemporaryDirectory() as folder:
        searches = _searches(arguments.data, {row["document_id"] for row in rows}, Store(Path(folder), Embedder()))
        examples = list(_examples(rows, searches, Reader()))
    scorer = fit(examples)
    fitted = {
        "order": _named(scorer.order),
        "answers": _named(scorer.answers),
        "bias": round(scorer.bias, 4),
        "threshold": round(scorer.threshold, 4),
        "margin": round(scorer.margin, 4),
        "on documents left out": report(examples),
    }
    arguments.out.write_text(json.dumps(fitted, indent=2) + "\n")
    json.dump(fitted, sys.stdout, indent=2)


def fit(examples: Sequence[Example]) -> Scorer:
    """Fit all numbers of the scorer on some examples."""
    order = _fit_order(examples)
    answers, bias = _fit_answers(examples, order)
    scorer = Scorer(order, answers, bias, threshold=0.0, margin=_fit_margin(examples, order))
    answerable = [probability(e, scorer) for e in examples if e.kind == "answerable"]
    return replace(scorer, threshold=float(np.quantile(answerable, WRONG_REFUSALS)))


def report(examples: Sequence[Example]) -> dict[str, Any]:
    """How often the right sentence is first or shown and each kind of question refused, each document left out."""
    outcomes: dict[str, list[bool]] = {}
    for left_out in sorted({e.document for e in examples}):
        scorer = fit([e for e in examples if e.document != left_out])
        for e in (e for e in examples if e.document == left_out):
            outcomes.setdefault(f"refused, {e.kind}", []).append(probability(e, scorer) < scorer.threshold)
            if e.kind == "answerable":
                scores = e.features @ scorer.order
                shown = [i for i in np.argsort(-scores)[:MOST_SENTENCES] if scores.max() - scores[i] <= scorer.margin]
                outcomes.setdefault("right sentence first", []).append(bool(e.right[shown[0]]))
                outcomes.setdefault("right sentence shown", []).append(bool(e.right[shown].any()))
    return {name: _share(values) for name, values in sorted(outcomes.items())}


def probability(example: Example, scorer: Scorer) -> float:
    """The probability that the sentence in front answers; 0 where there is none."""
    return scorer.probability(example.features[_first(example, scorer.order)]) if len(example.features) else 0.0


def _searches(data: Path, wanted: set[str], store: Store) -> dict[str, Search]:
    """A search over each wanted document by itself."""
    searches: dict[str, Search] = {}
    rows = [row for row in _lines(data / "documents.jsonl.gz") if row["id"] in wanted]
    for row in track(rows, "indexing"):
        text = row["text"]
        document = Document.of(text, source=row["id"], title=row["title"], blocks=blocks_of(text))
        store.add(document, split(document))
        searches[row["id"]] = Search(store, [document])
    return searches


def _examples(rows: list[dict[str, Any]], searches: dict[str, Search], reader: Reader) -> Iterator[Example]:
    """Each question as it is; each answerable one also with the passages that answer it taken out."""
    # By document, so that the vectors of its sentences are still at hand.
    for row in track(sorted(rows, key=lambda row: row["document_id"]), "reading"):
        search, question = searches[row["document_id"]], Question.of(row["question"])
        hits = search(question.alone, limit=HITS)
        answers = _answer_spans(row, hits)

        def read(hits: list[Hit], question: Question = question, search: Search = search) -> list[Candidate]:
            return read_sentences(question, hits, encode=search.encode, spans=reader.read)

        candidates = read(hits)
        right = np.array([any(a < c.sentence.end and c.sentence.start < b for a, b in answers) for c in candidates])
        kind = "answerable" if right.any() else "not found" if row["answerable"] else "unanswerable"
        yield Example(row["document_id"], kind, _features(candidates), right & row["answerable"])
        if kind == "answerable":
            kept = [hit for hit in hits if not any(a < hit.passage.end and hit.passage.start < b for a, b in answers)]
            features = _features(read(kept))
            yield Example(row["document_id"], "taken out", features, np.zeros(len(features), bool))


def _features(candidates: list[Candidate]) -> np.ndarray:
    return np.array([c.features for c in candidates]).reshape(len(candidates), len(FEATURES))


def _answer_spans(row: dict[str, Any], hits: list[Hit]) -> list[tuple[int, int]]:
    """Where the document holds the question's passage with its answers, in document offsets."""
    at = hits[0].document.text.find(row["context"])
    if at < 0:
        return []
    return [(at + answer["start"], at + answer["start"] + len(answer["text"])) for answer in row["answers"]]


def _fit_order(examples: Sequence[Example]) -> np.ndarray:
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
    model = LogisticRegression(fit_intercept=False, max_iter=3000)
    return model.fit(np.array(pairs) * signs[:, None], signs).coef_[0]


def _fit_answers(examples: Sequence[Example], order: np.ndarray) -> tuple[np.ndarray, float]:
    """Logistic regression of "the sentence in front answers", both outcomes weighing the same."""
    used = [e for e in examples if len(e.features)]
    first = np.array([e.features[_first(e, order)] for e in used])
    right = np.array([bool(e.right[_first(e, order)]) for e in used])
    model = LogisticRegression(class_weight="balanced", max_iter=3000).fit(first, right)
    return model.coef_[0], float(model.intercept_[0])


def _fit_margin(examples: Sequence[Example], order: np.ndarray) -> float:
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
