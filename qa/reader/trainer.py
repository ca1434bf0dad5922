"""The training loop: mixed precision by hand, an averaged copy, a rate that follows the clock, checkpoints."""

import time
from collections.abc import Iterable
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812 - the name that torch itself gives it
from torch import Tensor
from tqdm import tqdm

from qa.reader.network import Reader, pad
from qa.reader.rows import Row

EMA_EVERY, EMA_DECAY = 4, 0.99
CHECKPOINT_EVERY = 200
NARROW_FROM = 0.72  # of the run, where a narrow mixture follows the broad one


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

    def next(self, broad: list[list[Row]], narrow: list[list[Row]] | None) -> list[Row]:
        """Returns the next batch: of the broad mixture first, of the narrow one, if any, in the last part."""
        if narrow is None or self.progress < NARROW_FROM:
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


def train(trainer: Trainer, broad: list[list[Row]], narrow: list[list[Row]] | None, threads: Threads) -> None:
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
