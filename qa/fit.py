"""Fit the sentence scorers: `python -m qa.fit --data FOLDER` writes `qa/sentence_scorer.json` (`make scorer`).

The trained readers have seen the training questions and are too sure of them, so the weights that sit on top of them
are fitted on the development questions. What is reported of them was measured on documents left out of the fit, one
at a time. Neither the built-in document nor the article that it restates is among them.
"""

import argparse
import json
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from qa.judge import FEATURES, LEAST_MARGIN, READ_AGAIN, SCORER_FILE, Scorer, unsure
from qa.read import MOST_SENTENCES
from qa.reader.measures import exact_interval
from qa.reader.model import LARGE, SMALL, Reader
from qa.trials import Trial, trials

Asked = tuple[Trial, ...]
"""A question as each of the readers read it, the first reader's in front."""
Scorers = tuple[Scorer, ...]
"""One for each of the readers."""

SEED = 7
WRONG_REFUSALS = 0.08
"""The share of answerable questions that the threshold may refuse."""
RIGHT_BESIDE = 0.2
"""The share of further sentences that must hold the answer too: more would be noise to the reader."""
STANDING_ALONE = ("newwiki", "squad2")
"""The sources of questions that were asked for the fact, not in a dialogue: they set the threshold."""
OF_THE_READER = frozenset(
    ("span in sentence", "span elsewhere", "gain in dialogue", "span of right type", "span of wrong type")
)


def main() -> None:
    """Fit, write the numbers, and print how good they are on documents that were left out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="folder of reader_dev.jsonl.gz and documents.jsonl.gz")
    parser.add_argument("--reader", type=Path, help="folder of a reader to fit for instead of the shipped ones")
    parser.add_argument(
        "--out", type=Path, help=f"by default {SCORER_FILE} beside this module, or in the reader's folder"
    )
    arguments = parser.parse_args()
    readers = [Reader(folder) for folder in ([arguments.reader] if arguments.reader else (SMALL, LARGE))]
    found = list(zip(*[list(trials(arguments.data, reader)) for reader in readers], strict=True))
    fitted = as_json(fit_all(found)) | {"on documents left out": report(found)}
    beside = arguments.reader or Path(__file__).parent
    (arguments.out or beside / SCORER_FILE).write_text(json.dumps(fitted, indent=2) + "\n")
    json.dump(fitted, sys.stdout, indent=2)


def as_json(scorers: Scorers) -> dict[str, Any]:
    """The scorers as their file holds them."""
    return {"scorers": [_as_json(scorer) for scorer in scorers]}


def _as_json(scorer: Scorer) -> dict[str, Any]:
    return {
        "order": _named(scorer.order),
        "answers": _named(scorer.answers),
        "bias": round(scorer.bias, 4),
        "threshold": round(scorer.threshold, 4),
        "margin": round(scorer.margin, 4),
    }


def left_out(asked: Sequence[Asked], used: Sequence[str] = FEATURES) -> Iterator[tuple[Asked, Scorers]]:
    """Each question with scorers that were fitted on the other documents."""
    for document in sorted({first.document for first, *_ in asked}):
        scorers = fit_all([a for a in asked if a[0].document != document], used)
        yield from ((a, scorers) for a in asked if a[0].document == document)


def fit_all(asked: Sequence[Asked], used: Sequence[str] = FEATURES) -> Scorers:
    """Fit a scorer for each reader; they share the threshold, which is that of the reading that decides."""
    scorers = list[Scorer]()
    reading = [first for first, *_ in asked]
    for nth in range(len(asked[0])):
        if nth:
            reading = [read_again(trial, a[nth], scorers[-1]) for trial, a in zip(reading, asked, strict=True)]
        scorers.append(fit(reading, used))
    decisions = [decided(a, scorers) for a in asked if a[0].kind == "answerable" and a[0].source in STANDING_ALONE]
    threshold = float(np.quantile([probability(*decision) for decision in decisions], WRONG_REFUSALS))
    return tuple(replace(scorer, threshold=threshold) for scorer in scorers)


def decided(asked: Asked, scorers: Sequence[Scorer]) -> tuple[Trial, Scorer]:
    """The reading that decides, as in `qa.read.read`, and the scorer for it."""
    trial, scorer = asked[0], scorers[0]
    for again, next_scorer in zip(asked[1:], scorers[1:], strict=True):
        if not unsure(probability(trial, scorer)):
            break
        trial, scorer = read_again(trial, again, scorer), next_scorer
    return trial, scorer


def read_again(trial: Trial, again: Trial, scorer: Scorer) -> Trial:
    """Of another reading of the same hits, the passages that the first reading ranks highest."""
    rank = FEATURES.index("rank")  # no two passages have the same
    in_order = trial.features[np.argsort(-(trial.features @ scorer.order), kind="stable"), rank]
    best = list(dict.fromkeys(in_order.tolist()))[:READ_AGAIN]
    kept = again.only(np.flatnonzero(np.isin(again.features[:, rank], best)))
    margins = kept.features[:, FEATURES.index("span in sentence")]
    elsewhere = [np.delete(margins, i).max(initial=LEAST_MARGIN) for i in range(len(margins))]
    kept.features[:, FEATURES.index("span elsewhere")] = elsewhere
    return kept


def fit(examples: Sequence[Trial], used: Sequence[str] = FEATURES) -> Scorer:
    """Fit all numbers of a scorer on some examples; features that are not used weigh nothing."""
    kept = np.array([name in used for name in FEATURES])
    examples = [replace(e, features=np.where(kept, e.features, 0.0)) for e in examples]
    order = _fit_order(examples)
    answers, bias = _fit_answers(examples, order)
    return Scorer(order, answers, bias, threshold=0.0, margin=_fit_margin(examples, order))


def report(asked: Sequence[Asked]) -> dict[str, Any]:
    """How often the right sentence is first or shown and each kind of question refused, each document left out."""
    outcomes: dict[str, list[bool]] = {}
    for trial, scorer in (decided(a, scorers) for a, scorers in left_out(asked)):
        if trial.source in STANDING_ALONE:
            outcomes.setdefault(f"refused, {trial.kind}", []).append(probability(trial, scorer) < scorer.threshold)
            if trial.kind == "answerable":
                shown = shown_of(trial, scorer)
                outcomes.setdefault("right sentence first", []).append(bool(trial.right[shown[0]]))
                outcomes.setdefault("right sentence shown", []).append(bool(trial.right[shown].any()))
    return {name: share(values) for name, values in sorted(outcomes.items())}


def probability(trial: Trial, scorer: Scorer) -> float:
    """The probability that the sentence in front answers; 0 where there is none."""
    return scorer.probability(trial.features[_first(trial, scorer.order)]) if len(trial.features) else 0.0


def shown_of(trial: Trial, scorer: Scorer) -> list[int]:
    """The sentences that would be shown if the one in front is, the best first."""
    scores = trial.features @ scorer.order
    return [int(i) for i in np.argsort(-scores)[:MOST_SENTENCES] if scores.max() - scores[i] <= scorer.margin]


def _fit_order(examples: Sequence[Trial]) -> np.ndarray:
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


def _fit_answers(examples: Sequence[Trial], order: np.ndarray) -> tuple[np.ndarray, float]:
    """Logistic regression of "the sentence in front answers", both outcomes weighing the same."""
    used = [e for e in examples if len(e.features)]
    first = np.array([e.features[_first(e, order)] for e in used])
    right = np.array([bool(e.right[_first(e, order)]) for e in used])
    model = LogisticRegression(class_weight="balanced", max_iter=3000).fit(first, right)
    return model.coef_[0], float(model.intercept_[0])


def _fit_margin(examples: Sequence[Trial], order: np.ndarray) -> float:
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


def _first(trial: Trial, order: np.ndarray) -> int:
    return int((trial.features @ order).argmax())


def share(outcomes: list[bool]) -> dict[str, float]:
    """The share of true outcomes, with its exact 95 % interval."""
    low, high = exact_interval(sum(outcomes), len(outcomes))
    found = {"share": sum(outcomes) / len(outcomes), "low": low, "high": high}
    return {**{name: round(value, 4) for name, value in found.items()}, "n": len(outcomes)}


def _named(weights: np.ndarray) -> dict[str, float]:
    return {name: round(float(weight), 4) for name, weight in zip(FEATURES, weights, strict=True)}


if __name__ == "__main__":
    main()
