"""Trains the reader: makes the examples, fine-tunes all-MiniLM-L6-v2 on them, writes an 8-bit ONNX file.

    python -m qa.reader.train --data DATA --out OUT [--base MODEL_FOLDER] [--minutes 70] [--export-only]

`--base` is the folder of all-MiniLM-L6-v2 (`model.safetensors` and `tokenizer.json`), by default the installed one. A
run that was stopped goes on from its last checkpoint. The learning rate falls to zero over all batches, or over
`--minutes` if those end first.
"""

import argparse
import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name that torch itself gives it
import typer
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from torch import Tensor
from tqdm import tqdm

from index.embed import packaged_folder
from qa.reader import mixture
from qa.reader.examples import Example, load
from qa.reader.network import Exported, Reader, embedder, load_base, pad

MAX_TOKENS = 224
MAX_QUESTION = 64
EMA_EVERY, EMA_DECAY = 4, 0.99
CHECKPOINT_EVERY = 200
NARROW_FROM = 0.72  # of the run, when the narrow mixture follows the broad one


@dataclass(frozen=True)
class Row:
    """One example as tokens; start and end are token places, 0 and 0 if the passage does not answer."""

    ids: list[int]
    passage: int
    start: int
    end: int


def tokenise(tokenizer: Tokenizer, rows: list[Example], seed: int) -> list[Row]:
    """Turns examples into tokens, `[CLS] history | question [SEP] passage [SEP]`; drops those cut off."""
    rng = random.Random(seed)
    questions = [f"{row.history} | {row.question}" if row.history else row.question for row in rows]
    asked = tokenizer.encode_batch(questions, add_special_tokens=False)
    told = tokenizer.encode_batch([r.context for r in rows], add_special_tokens=False)
    made: list[Row] = []
    for row, question, passage in zip(rows, asked, told, strict=True):
        head = [101, *question.ids[-MAX_QUESTION:], 102]
        body = passage.ids[: MAX_TOKENS - len(head) - 1]
        start = end = 0
        if row.answers:
            s, e = rng.choice(row.answers)
            inside = [i for i, (a, b) in enumerate(passage.offsets) if a < e and b > s]
            if not inside or inside[-1] >= len(body):
                continue
            start, end = len(head) + inside[0], len(head) + inside[-1]
        made.append(Row([*head, *body, 102], len(head), start, end))
    return made


def make_rows(data: Path, base: Path, out: Path, seed: int, scale: float) -> list[list[Row]]:
    """Makes the broad and the narrow training rows, or reads those that an earlier start of the same run made."""
    caches = [(out / "broad.npz", mixture.BROAD, seed), (out / "narrow.npz", mixture.NARROW, seed + 1)]
    if not all(cache.exists() for cache, _, _ in caches):
        tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        tokenizer.save(str(out / "tokenizer.json"))
        read = load(data / "reader_train.jsonl.gz")
        names = mixture.all_names(read, embedder(base, tokenizer))
        for cache, own_mixture, own_seed in caches:
            if not cache.exists():
                made = mixture.build(read, names, own_mixture, own_seed, scale)
                write_rows(cache, tokenise(tokenizer, made, own_seed))
    return [read_rows(cache) for cache, _, _ in caches]


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """Writes rows to an `.npz` file: the tokens of all rows in one array, and four numbers for each row."""
    ids = np.concatenate([np.asarray(row.ids, dtype=np.int32) for row in rows])
    numbers = np.asarray([(len(row.ids), row.passage, row.start, row.end) for row in rows], dtype=np.int32)
    np.savez(path, ids=ids, numbers=numbers)


def read_rows(path: Path) -> list[Row]:
    """Reads what `write_rows` wrote."""
    with np.load(path) as held:
        ids: list[int] = held["ids"].tolist()
        numbers: list[list[int]] = held["numbers"].tolist()
    rows: list[Row] = []
    at = 0
    for length, passage, start, end in numbers:
        rows.append(Row(ids[at : at + length], passage, start, end))
        at += length
    return rows


def batches(rows: list[Row], size: int, seed: int) -> list[list[Row]]:
    """Groups rows of like length: sorts inside chunks of 64 batches, then shuffles the batches of each chunk."""
    rng = random.Random(seed)
    made: list[list[Row]] = []
    for at in range(0, len(rows), size * 64):
        chunk = sorted(rows[at : at + size * 64], key=lambda row: len(row.ids))
        groups = [chunk[i : i + size] for i in range(0, len(chunk), size)]
        rng.shuffle(groups)
        made += groups
    return made


def loss_of(model: Reader, batch: list[Row]) -> Tensor:
    """Cross-entropy of start and end over [CLS] and the passage, and of the null head."""
    ids, mask, kinds = pad([row.ids for row in batch], [row.passage for row in batch])
    start, end, null = model(ids, mask, kinds)
    allowed = kinds.bool()
    allowed[:, 0] = True
    starts = torch.tensor([row.start for row in batch])
    ends = torch.tensor([row.end for row in batch])
    start, end = start.masked_fill(~allowed, -1e4), end.masked_fill(~allowed, -1e4)
    spans = F.cross_entropy(start, starts) + F.cross_entropy(end, ends)
    return spans / 2 + 0.5 * F.binary_cross_entropy_with_logits(null, (starts == 0).float())


@torch.no_grad()
def copy_weights(into: Iterable[Tensor], source: Iterable[Tensor]) -> None:
    """Copies tensors one by one, to the type of those they are copied into."""
    for own, other in zip(into, source, strict=True):
        own.copy_(other)


class Trainer:
    """Master weights in float32, a bfloat16 copy that computes, an averaged copy for export."""

    def __init__(self, model: Reader, rate: float, steps: int, minutes: float, out: Path) -> None:
        self.master = [p.detach().clone().float() for p in model.parameters()]
        self.average = [p.clone() for p in self.master]
        self.model = model.bfloat16().train()
        decay = [p for p in self.master if p.ndim > 1]
        plain = [p for p in self.master if p.ndim <= 1]
        groups = [{"params": decay, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98), fused=True)
        self.rate, self.steps, self.minutes, self.out = rate, steps, minutes, out
        self.step, self.narrow, self.elapsed = 0, 0, 0.0

    def next(self, broad: list[list[Row]], narrow: list[list[Row]]) -> list[Row]:
        """Returns the next batch: of the broad mixture first, of the narrow one in the last part of the run."""
        if self.progress < NARROW_FROM:
            return broad[(self.step - self.narrow) % len(broad)]
        self.narrow += 1
        return narrow[(self.narrow - 1) % len(narrow)]

    @property
    def progress(self) -> float:
        """How much of the schedule is over, by steps or by time, whichever is more."""
        return max(self.step / self.steps, self.elapsed / (60 * self.minutes))

    def update(self, batch: list[Row]) -> float:
        """Takes one step and returns the loss."""
        began = time.perf_counter()
        loss = loss_of(self.model, batch)
        loss.backward()
        for own, used in zip(self.master, self.model.parameters(), strict=True):
            own.grad = used.grad.float() if used.grad is not None else None
        self.model.zero_grad(set_to_none=True)
        torch.nn.utils.clip_grad_norm_(self.master, 1.0)
        rate = self.rate * min((self.step + 1) / (0.04 * self.steps), 1.0, max(1.0 - self.progress, 0.0) / 0.96)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.step += 1
        with torch.no_grad():
            copy_weights(self.model.parameters(), self.master)
            if self.step % EMA_EVERY == 0:
                decay = min(EMA_DECAY, self.step / (self.step + 100))
                for mean, own in zip(self.average, self.master, strict=True):
                    mean.lerp_(own, 1 - decay)
        self.elapsed += time.perf_counter() - began
        return loss.item()

    def save(self) -> None:
        """Writes a checkpoint, whole or not at all."""
        state = {
            "step": self.step, "narrow": self.narrow, "elapsed": self.elapsed, "master": self.master,
            "average": self.average, "optimizer": self.optimizer.state_dict(),
        }  # fmt: skip
        torch.save(state, self.out / "checkpoint.tmp")
        (self.out / "checkpoint.tmp").replace(self.out / "checkpoint.pt")

    def resume(self) -> None:
        """Goes on from the checkpoint, if there is one."""
        if not (self.out / "checkpoint.pt").exists():
            return
        state = torch.load(self.out / "checkpoint.pt", weights_only=True)
        self.step, self.narrow, self.elapsed = state["step"], state.get("narrow", 0), state["elapsed"]
        copy_weights(self.master, state["master"])
        copy_weights(self.average, state["average"])
        copy_weights(self.model.parameters(), self.master)
        self.optimizer.load_state_dict(state["optimizer"])


class Threads:
    """Tries one thread against two now and then: with other programs on the machine, one can be the faster."""

    def __init__(self, most: int) -> None:
        self.choices, self.best, self.seen = sorted({1, most}), most, dict.fromkeys((1, most), 0.0)

    def before(self, step: int) -> None:
        """Sets the number of threads for this step: four of every fifty are tries."""
        trial = step % 50
        torch.set_num_threads(self.choices[trial // 2 % len(self.choices)] if trial < 4 else self.best)
        if trial == 0:
            self.seen = dict.fromkeys(self.choices, 0.0)

    def after(self, step: int, tokens: int, seconds: float) -> None:
        """Notes how fast the step was and, when the tries are over, keeps the faster choice."""
        trial = step % 50
        if trial < 4:
            self.seen[self.choices[trial // 2 % len(self.choices)]] += tokens / seconds
        if trial == 3:
            self.best = max(self.choices, key=lambda n: self.seen[n])


def train(trainer: Trainer, broad: list[list[Row]], narrow: list[list[Row]], threads: Threads) -> None:
    """Runs until the batches or the minutes are over."""
    smooth = 0.0
    bar = tqdm(total=trainer.steps, initial=trainer.step, mininterval=20, unit="batch")
    while trainer.progress < 1:
        step, batch, began = trainer.step, trainer.next(broad, narrow), time.perf_counter()
        threads.before(step)
        loss = trainer.update(batch)
        threads.after(step, sum(len(row.ids) for row in batch), time.perf_counter() - began)
        smooth = loss if smooth == 0 else 0.98 * smooth + 0.02 * loss
        bar.update()
        bar.set_postfix(loss=f"{smooth:.3f}", done=f"{trainer.progress:.1%}", threads=threads.best, refresh=False)
        if trainer.step % CHECKPOINT_EVERY == 0:
            trainer.save()
    trainer.save()


def export(out: Path, null_weight: float) -> None:
    """Writes `reader.onnx` and `reader.int8.onnx` from the averaged weights of the last checkpoint."""
    reader = Reader(null_weight)
    state = torch.load(out / "checkpoint.pt", weights_only=True)
    copy_weights(reader.parameters(), state["average"])
    exported = Exported(reader).eval()
    ids = torch.ones(2, 16, dtype=torch.long)
    axes = {0: "batch", 1: "length"}
    names = ["input_ids", "attention_mask", "token_type_ids"]
    shapes = {**dict.fromkeys(names, axes), "start_logits": axes, "end_logits": axes, "null_logit": {0: "batch"}}
    torch.onnx.export(
        exported, (ids, ids, ids), str(out / "reader.onnx"), dynamo=False, opset_version=17, input_names=names,
        output_names=["start_logits", "end_logits", "null_logit"], dynamic_axes=shapes,
    )  # fmt: skip
    quantize_dynamic(out / "reader.onnx", out / "reader.int8.onnx", per_channel=True, weight_type=QuantType.QInt8)
    typer.echo(f"exported step {state['step']} to {out / 'reader.int8.onnx'}")


def main() -> None:
    """Reads the arguments and runs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with reader_train.jsonl.gz")
    parser.add_argument("--base", type=Path, help="folder of all-MiniLM-L6-v2 (by default the installed one)")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints and ONNX files")
    parser.add_argument("--minutes", type=float, default=70.0, help="time after which the learning rate is zero")
    parser.add_argument("--scale", type=float, default=1.0, help="factor on the number of examples")
    parser.add_argument("--rate", type=float, default=2e-4, help="highest learning rate")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--null-weight", type=float, default=2.0, help="share of the null head in null_logit")
    parser.add_argument("--export-only", action="store_true", help="only export the last checkpoint")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    if not args.export_only:
        base = args.base or packaged_folder()
        rows = make_rows(args.data, base, args.out, args.seed, args.scale)
        broad, narrow = (batches(own, args.batch, args.seed) for own in rows)
        typer.echo(f"{len(broad)} broad and {len(narrow)} narrow batches")
        reader = Reader()
        load_base(reader, base)
        trainer = Trainer(reader, args.rate, len(broad), args.minutes, args.out)
        trainer.resume()
        train(trainer, broad, narrow, Threads(args.threads))
    export(args.out, args.null_weight)


if __name__ == "__main__":
    main()
