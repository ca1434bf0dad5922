"""`python -m evals.follow_ups --data DATA`: whether what a follow-up asks for is found, by rule and with a chat model.

The dialogues are doc2dial's, of the development data: each follow-up leans on earlier turns, and the passage that its
answer stands in is known. With a model named (FOOTNOTE_MODEL or FOOTNOTE_MODEL_URL), it condenses the question first.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from evals.run import AT
from index.document import Hit
from index.embed import Embedder
from index.store import Store
from qa.assistant import open_model
from qa.converse import Question
from qa.read import passages_for
from qa.reader.examples import read_lines
from qa.reader.measures import exact_interval
from qa.settings import Settings
from qa.trials import searches, turns
from qa.write import condense

SOURCE = "doc2dial"


def main(arguments: Sequence[str] | None = None) -> None:
    """Search for every follow-up, and print how often its evidence is among the first passages."""
    parser = argparse.ArgumentParser(prog="python -m evals.follow_ups", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the development questions and documents")
    data: Path = parser.parse_args(arguments).data
    rows = [row for row in read_lines(data / "reader_dev.jsonl.gz") if row["source"] == SOURCE]
    rows = [row for row in rows if row["history"] and row["answerable"]]
    model = open_model(Settings.load())
    ways: dict[str, Callable[[dict[str, Any]], Question]] = {"by rule": _by_rule}
    if model:
        ways[model.name] = lambda row: condense(_by_rule(row), turns(row["history"]), model.calls())
    with tempfile.TemporaryDirectory() as folder:
        found = searches(data, {row["document_id"] for row in rows}, Store(Path(folder), Embedder()))
        for way, question in ways.items():
            ranks = [_rank(row, passages_for(question(row), found[row["document_id"]], limit=max(AT))) for row in rows]
            for k in AT:
                yes = sum(rank is not None and rank <= k for rank in ranks)
                low, high = exact_interval(yes, len(ranks))
                shares = f"{100 * yes / len(ranks):.1f} % ({100 * low:.1f} to {100 * high:.1f} %, n = {len(ranks)})"
                sys.stdout.write(f"{way}: evidence among the first {k}: {shares}\n")


def _by_rule(row: dict[str, Any]) -> Question:
    return Question.of(row["question"], turns(row["history"]))


def _rank(row: dict[str, Any], hits: Sequence[Hit]) -> int | None:
    """Which of the passages is the first with some of the answer, counted from 1."""
    at = hits[0].document.text.find(row["context"])
    places = [(at + a["start"], at + a["start"] + len(a["text"])) for a in row["answers"]] if at >= 0 else []
    holding = (any(a < h.passage.end and h.passage.start < b for a, b in places) for h in hits)
    return next((i for i, holds in enumerate(holding, start=1) if holds), None)


if __name__ == "__main__":
    main()
