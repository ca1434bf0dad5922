"""Trains the reader: makes the examples, fine-tunes all-MiniLM-L6-v2 on them, writes an 8-bit ONNX file.

    python -m qa.reader.train --data DATA --out OUT [--base MODEL_FOLDER] [--from CHECKPOINT] [--export-only]

It trains in three phases, each from the averaged weights of the one before. The second has near misses that mislead the
first; the third starts from a mix of both, with the questions of `written.jsonl.gz`, and is mixed with it at the end.
`--base` is the folder of all-MiniLM-L6-v2 (`model.safetensors` and `tokenizer.json`), by default the installed one;
`--from` leaves out the first two phases and starts the third from the mix that they left. A run that was stopped goes
on from its last checkpoint. The learning rate falls to zero over all batches of a phase, or over its minutes if those
end first.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import typer
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from torch import Tensor

from index.embed import packaged_folder
from qa.reader import mixture
from qa.reader.examples import WRITTEN, Example, load, load_documents, load_written
from qa.reader.mine import margins, misleading
from qa.reader.network import Exported, Reader, embedder, load_base
from qa.reader.rows import Row, batches, read_rows, tokenise, write_rows
from qa.reader.trainer import Threads, Trainer, copy_weights, train


@dataclass(frozen=True)
class Phase:
    """A part of the training with its own examples, learning rate (the highest) and length in minutes."""

    name: str
    mixtures: tuple[mixture.Mixture, ...]
    rate: float
    minutes: float


FIRST = Phase("first", (mixture.BROAD, mixture.NARROW), 2e-4, 70)
SECOND = Phase("second", (mixture.MISLEADING,), 1.5e-4, 95)
THIRD = Phase("third", (mixture.WRITTEN,), 1.5e-4, 50)

SECOND_SHARE = 0.8
"""Of the second phase in what the third starts from, chosen on the development questions."""


class Maker:
    """Makes the rows of a phase, once: what an earlier start of the same run made is read again."""

    def __init__(self, data: Path, base: Path, out: Path, seed: int, scale: float) -> None:
        self.data, self.base, self.out, self.seed, self.scale = data, base, out, seed, scale
        self.tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        self.tokenizer.save(str(out / "tokenizer.json"))
        self._names: mixture.Names | None = None

    def rows(self, phase: Phase, reader: Reader) -> list[list[Row]]:
        """Returns the rows of each mixture of a phase; `reader`, as trained so far, mines the near misses."""
        caches = [self.out / phase.name / f"rows{i}.npz" for i in range(len(phase.mixtures))]
        for i, cache in enumerate(caches):
            if not cache.exists():
                write_rows(cache, self._make(phase.mixtures[i], self.seed + i, reader))
        return [read_rows(cache) for cache in caches]

    def _make(self, own: mixture.Mixture, seed: int, reader: Reader) -> list[Row]:
        train = self.data / "reader_train.jsonl.gz"
        read = load(train) + (load_written(WRITTEN, train) if own.written else [])
        documents = load_documents(self.data / "documents.jsonl.gz")
        if self._names is None:
            self._names = mixture.all_names(read, embedder(self.base, self.tokenizer))
        made = mixture.build(read, documents, self._names, own, seed, self.scale)
        rows = tokenise(self.tokenizer, made, seed)
        return mined(made, rows, reader, own.candidates, seed)


def mined(
    examples: Sequence[Example], rows: Sequence[Row | None], reader: Reader, candidates: float, seed: int
) -> list[Row]:
    """Leaves out rows that were cut off, and of the made near misses all but those that mislead the reader."""
    kept = [i for i, row in enumerate(rows) if row and (candidates == 1 or examples[i].kind not in mixture.MINED)]
    tried = [i for i, row in enumerate(rows) if row and candidates > 1 and examples[i].kind in mixture.MINED]
    if tried:
        reader.bfloat16()
        scores = margins(reader, [row for i in tried if (row := rows[i])])
        kinds = [examples[i].kind for i in tried]
        chosen = misleading(kinds, scores, 1 / candidates, seed)
        for kind in sorted(set(kinds)):
            own = [i for i, other in enumerate(kinds) if other == kind]
            of_chosen = scores[[i for i in chosen if kinds[i] == kind]].mean()
            typer.echo(f"{kind}: margin {scores[own].mean():.2f} (n {len(own)}), of the chosen {of_chosen:.2f}")
        kept += [tried[i] for i in chosen]
    return [row for i in sorted(kept) if (row := rows[i])]


def blend(one: Path, other: Path, share: float) -> list[Tensor]:
    """Mixes the averaged weights of two checkpoints; `share` is that of the other."""
    old, new = (torch.load(path, weights_only=True)["average"] for path in (one, other))
    return [torch.lerp(a, b, share) for a, b in zip(old, new, strict=True)]


def export(weights: Sequence[Tensor], out: Path, null_weight: float) -> None:
    """Writes `reader.onnx` and `reader.int8.onnx`."""
    reader = Reader(null_weight)
    copy_weights(reader.parameters(), weights)
    exported = Exported(reader).eval()
    ids = torch.ones(2, 16, dtype=torch.long)
    axes = {0: "batch", 1: "length"}
    names = ["input_ids", "attention_mask", "token_type_ids"]
    shapes = {**dict.fromkeys(names, axes), "start_logits": axes, "end_logits": axes, "null_logit": {0: "batch"}}
    torch.onnx.export(
        exported, (ids, ids, ids), str(out / "reader.onnx"), dynamo=False, opset_version=17, input_names=names,
        output_names=["start_logits", "end_logits", "null_logit"], dynamic_axes=shapes,
    )  # fmt: skip
    # Seven bits in the range of eight: processors without VNNI add two products in 16 bits, which eight would overflow.
    whole, small = out / "reader.onnx", out / "reader.int8.onnx"
    quantize_dynamic(whole, small, per_channel=True, weight_type=QuantType.QInt8, reduce_range=True)
    typer.echo(f"exported to {small}")


def run(phase: Phase, reader: Reader, maker: Maker, args: argparse.Namespace) -> None:
    """Trains the reader, from the weights that it has; afterwards it has the averaged ones."""
    folder: Path = args.out / phase.name
    folder.mkdir(exist_ok=True)
    start = [p.detach().clone().float() for p in reader.parameters()]
    rows = maker.rows(phase, reader)
    reader.float()
    copy_weights(reader.parameters(), start)
    made = [batches(own, args.batch, args.seed) for own in rows]
    typer.echo(f"{phase.name} phase: {' and '.join(str(len(own)) for own in made)} batches")
    minutes = args.minutes or phase.minutes
    trainer = Trainer(reader, args.rate or phase.rate, len(made[0]), minutes, folder)
    trainer.resume()
    train(trainer, made[0], made[-1] if len(made) > 1 else None, Threads(args.threads))
    reader.float()
    copy_weights(reader.parameters(), trainer.average)


def main() -> None:
    """Reads the arguments and runs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with reader_train.jsonl.gz")
    parser.add_argument("--base", type=Path, help="folder of all-MiniLM-L6-v2 (by default the installed one)")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints and ONNX files")
    parser.add_argument("--from", type=Path, dest="checkpoint", help="what the first two phases left: mixed.pt")
    parser.add_argument("--minutes", type=float, help="time after which the learning rate of a phase is zero")
    parser.add_argument("--scale", type=float, default=1.0, help="factor on the number of examples")
    parser.add_argument("--rate", type=float, help="highest learning rate")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--null-weight", type=float, default=2.0, help="share of the null head in null_logit")
    parser.add_argument("--share", type=float, default=0.6, help="share of the third phase in the exported weights")
    parser.add_argument("--export-only", action="store_true", help="only export the last checkpoints")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    mixed = args.checkpoint or args.out / "mixed.pt"
    if not args.export_only:
        base = args.base or packaged_folder()
        maker = Maker(args.data, base, args.out, args.seed, args.scale)
        reader = Reader(args.null_weight)
        load_base(reader, base)
        if not args.checkpoint:
            for phase in (FIRST, SECOND):
                run(phase, reader, maker, args)
            first, second = (args.out / phase.name / "checkpoint.pt" for phase in (FIRST, SECOND))
            torch.save({"average": blend(first, second, SECOND_SHARE)}, mixed)
        copy_weights(reader.parameters(), torch.load(mixed, weights_only=True)["average"])
        run(THIRD, reader, maker, args)
    export(blend(mixed, args.out / THIRD.name / "checkpoint.pt", args.share), args.out, args.null_weight)


if __name__ == "__main__":
    main()
