"""Fit the support model: `python -m qa.support.fit --data FOLDER` writes `qa/support/support.json` (`make support`).

It is fitted on sentences of the training documents, and measured on those of the development documents: how often the
whole check is fooled, by kind of change, and how often it rejects a true sentence. `--report` measures without fitting.
Neither the built-in document nor the article that it restates is among them.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from index.document import Block, BlockKind
from index.embed import Embedder
from index.layout import blocks_of
from index.split import sentence_spans
from qa.reader.changes import names_of
from qa.reader.examples import read_lines
from qa.reader.measures import exact_interval
from qa.support.changes import Dice
from qa.support.model import FEATURES, Model, changed, features, load_model, texts_of
from qa.support.pairs import Maker, Pair
from qa.support.stance import differences
from qa.support.swaps import phrases_of

SOURCES = ("newwiki", "squad2")
ASKED = (*SOURCES, "qamr")
SEED = 7
MOST = {"train": 300, "dev": 200}
"""How many pairs of one kind."""
ONE_FACT = {"number", "date", "name", "negation", "modality", "attribution", "attribution, made"}
"""Kinds of change that the rules are made for; the others change what is said in ways that only the model can see."""
RETOLD = {"retold", "another answer"}
"""Made of questions and answers. They are true or false, but not surely for what their sentence alone says, so the
threshold does not go by them, and they are reported apart."""
TRUE_REJECTED = 0.04
"""The share of true sentences that the threshold may reject, the rules included."""
TRUE_REJECTED_STRICTLY = 0.12
"""The same for the strict threshold: three times as many true rewordings are lost, and half of the inventions stay."""
MOST_NAMES = 4000
BATCH = 256


@dataclass(frozen=True, slots=True)
class Example:
    """A pair, and what is known of it; nothing, if the rules reject it."""

    pair: Pair
    features: np.ndarray | None


def main() -> None:
    """Fit, write the numbers, and print how good they are on the development documents."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="folder of the reader's data and documents.jsonl.gz")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("support.json"))
    parser.add_argument("--report", action="store_true", help="measure the model that there is; write nothing")
    arguments = parser.parse_args()
    embedder = Embedder()
    dev = examples(make_pairs(arguments.data, "dev"), embedder)
    if arguments.report:
        json.dump(report(dev, load_model()), sys.stdout, indent=2)
        return
    model = fit(examples(make_pairs(arguments.data, "train"), embedder))
    fitted = {
        "weights": {name: round(float(weight), 4) for name, weight in zip(FEATURES, model.weights, strict=True)},
        "bias": round(model.bias, 4),
        "threshold": round(model.threshold, 4),
        "strict": round(model.strict, 4),
        "on development documents": report(dev, model),
    }
    arguments.out.write_text(json.dumps(fitted, indent=2) + "\n")
    json.dump(fitted, sys.stdout, indent=2)


def make_pairs(data: Path, split: str) -> list[Pair]:
    """Pairs of every kind, of the training or the development documents."""
    held = {row["document_id"] for row in read_lines(data / "reader_dev.jsonl.gz")}
    documents = [row for row in read_lines(data / "documents.jsonl.gz") if row["source"] in SOURCES]
    documents = [row for row in documents if (row["id"] in held) == (split == "dev")]
    passages = [(row["id"], passage) for row in documents for passage in _passages(row["text"])]
    names = sorted({name for _, passage in passages for sentence in passage for name in names_of(sentence)})
    phrases = sorted({phrase for _, passage in passages for sentence in passage for phrase in phrases_of(sentence)})
    dice = Dice(SEED, phrases=phrases)
    dice.names = dice.sample(names, min(MOST_NAMES, len(names)))
    dice.shuffle(passages)
    maker = Maker(dice, MOST[split])
    whole = {
        row["id"]: [s for document, passage in passages if document == row["id"] for s in passage] for row in documents
    }
    for document, passage in track(passages, f"making pairs, {split}"):
        maker.passage(document, passage, whole[document])
    rows = [row for row in read_lines(data / f"reader_{split}.jsonl.gz") if row["source"] in ASKED and row["answers"]]
    dice.shuffle(rows)
    for row in rows:
        answer = row["answers"][0]
        before = list[str]()
        for start, end in sentence_spans(row["context"], _whole(row["context"])):
            sentence = " ".join(row["context"][start:end].split())
            if start <= answer["start"] < end:
                maker.asked(row["document_id"] or row["id"], row["question"], answer["text"], *before, sentence)
            before = [sentence]
    return maker.pairs


def examples(pairs: Sequence[Pair], embedder: Embedder) -> list[Example]:
    """What is known of each pair."""
    rejected = [bool(changed(pair.sentence, pair.quotes)) for pair in pairs]
    passed = [pair for pair, no in zip(pairs, rejected, strict=True) if not no]
    texts = list(dict.fromkeys(text for pair in passed for text in texts_of(pair.sentence, pair.quotes)))
    texts.sort(key=len)
    vectors = dict[str, np.ndarray]()
    for at in track(range(0, len(texts), BATCH), "embedding"):
        batch = texts[at : at + BATCH]
        vectors |= zip(batch, embedder.encode(batch), strict=True)

    def known(pair: Pair) -> np.ndarray:
        return features(pair.sentence, pair.quotes, differences(pair.sentence, pair.quotes), vectors)

    return [Example(pair, None if no else known(pair)) for pair, no in zip(pairs, rejected, strict=True)]


def fit(examples: Sequence[Example]) -> Model:
    """Fit the weights on what the rules let pass, and the thresholds on documents left out of the fit."""
    passed = [(e.pair, e.features) for e in examples if e.features is not None]
    known, true = np.array([numbers for _, numbers in passed]), np.array([pair.true for pair, _ in passed])
    regression = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=3000))
    groups = [pair.document for pair, _ in passed]
    left_out = np.asarray(
        cross_val_predict(regression, known, true, groups=groups, cv=GroupKFold(5), method="predict_proba")
    )
    scaler, logistic = (step for _, step in regression.fit(known, true).steps)
    weights = logistic.coef_[0] / scaler.scale_
    bias = float(logistic.intercept_[0] - weights @ scaler.mean_)
    # The share that this model may reject is what the rules have left of it.
    judged = np.array([pair.true and pair.kind not in RETOLD for pair, _ in passed])
    all_true = sum(e.pair.true and e.pair.kind not in RETOLD for e in examples)
    left = (all_true - judged.sum()) / all_true
    shares = [max(0.0, (most - left) / (1 - left)) for most in (TRUE_REJECTED, TRUE_REJECTED_STRICTLY)]
    threshold, strict = (float(np.quantile(left_out[judged, 1], share)) for share in shares)
    return Model(weights, bias, threshold, strict)


def report(examples: Sequence[Example], model: Model) -> dict[str, Any]:
    """How many of the false sentences are caught and of the true ones rejected, by kind."""
    outcomes: dict[str, list[bool]] = {}
    for e in examples:
        probability = 0.0 if e.features is None else model.probability(e.features)
        outcomes.setdefault(f"{'true' if e.pair.true else 'false'}: {e.pair.kind}", []).append(
            probability < model.threshold
        )
        if e.pair.kind not in RETOLD:
            caught = "false by one fact, caught" if e.pair.kind in ONE_FACT else "false otherwise, caught"
            group = "true, rejected" if e.pair.true else caught
            outcomes.setdefault(group, []).append(probability < model.threshold)
            outcomes.setdefault(f"strictly: {group}", []).append(probability < model.strict)
    return {name: _share(values) for name, values in sorted(outcomes.items())}


def _passages(text: str) -> Iterator[list[str]]:
    """The sentences of each paragraph."""
    for block in blocks_of(text):
        if block.kind is BlockKind.PARAGRAPH:
            yield [" ".join(text[start:end].split()) for start, end in sentence_spans(text, block)]


def _whole(text: str) -> Block:
    return Block(0, len(text), BlockKind.PARAGRAPH)


def _share(outcomes: list[bool]) -> dict[str, float]:
    """The share of true outcomes, with its exact 95 % interval, and n."""
    low, high = exact_interval(sum(outcomes), len(outcomes))
    shares = {"share": sum(outcomes) / len(outcomes), "low": low, "high": high}
    return {**{name: round(float(share), 4) for name, share in shares.items()}, "n": len(outcomes)}


if __name__ == "__main__":
    main()
