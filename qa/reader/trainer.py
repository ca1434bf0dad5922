"""The training loop: mixed precision, an averaged copy, a rate that falls with steps or time, checkpoints."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812 - the name that torch itself gives it
from torch import Tensor, nn
from tqdm import tqdm

from qa.reader.network import pad
from qa.reader.rows import Row

EMA_EVERY, EMA_DECAY = 4, 0.99
CHECKPOINT_EVERY = 2000
WARM_UP = 0.04  # of the run
PIECE = 16
"""So many rows of a batch at a time on a processor, whose memory a whole batch of the teacher's would fill."""
LABELS = 0.25
"""Share of the labels in what a taught reader learns from; the rest is the teacher's."""

Batch = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]
"""Token ids, attention mask, token kinds, and the places of start and end."""
Loss = Callable[[Batch], Tensor]


def batch_of(rows: Sequence[Row], device: torch.device) -> Batch:
    """Puts rows together and takes them to the device."""
    ids, mask, kinds = pad([row.ids for row in rows], [row.passage for row in rows])
    starts, ends = (torch.tensor([getattr(row, side) for row in rows]) for side in ("start", "end"))
    ids, mask, kinds, starts, ends = (t.to(device, non_blocking=True) for t in (ids, mask, kinds, starts, ends))
    return ids, mask, kinds, starts, ends


def _heads(model: nn.Module, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    """Reads a batch; start and end are possible at [CLS], which means "none", and in the passage."""
    ids, mask, kinds, _, _ = batch
    start, end, null = model(ids, mask, kinds)
    barred = kinds == 0
    barred[:, 0] = False
    return start.masked_fill(barred, -1e4), end.masked_fill(barred, -1e4), null


def loss_of(model: nn.Module, batch: Batch, teacher: nn.Module | None = None) -> Tensor:
    """Cross-entropy of start, end and the null head, with the labels and, if there is a teacher, with what it says."""
    start, end, null = _heads(model, batch)
    _, _, _, starts, ends = batch
    spans = (F.cross_entropy(start, starts) + F.cross_entropy(end, ends)) / 2
    loss = spans + 0.5 * F.binary_cross_entropy_with_logits(null, (starts == 0).float())
    if teacher is None:
        return loss
    with torch.no_grad():
        taught_start, taught_end, taught_null = _heads(teacher, batch)
    spans = (F.cross_entropy(start, taught_start.softmax(-1)) + F.cross_entropy(end, taught_end.softmax(-1))) / 2
    taught = spans + 0.5 * F.binary_cross_entropy_with_logits(null, taught_null.sigmoid())
    return LABELS * loss + (1 - LABELS) * taught


@torch.no_grad()
def copy_weights(into: nn.Module, source: Sequence[Tensor]) -> None:
    """Copies tensors one by one into the parameters of a model."""
    for own, other in zip(into.parameters(), source, strict=True):
        own.copy_(other)


class Trainer:
    """One run: the model with its optimiser, an averaged copy of its weights, and where they are kept."""

    def __init__(self, model: nn.Module, loss: Loss, rate: float, steps: int, minutes: float, out: Path) -> None:
        self.model, self.loss = model.train(), loss
        self.average = [p.detach().clone() for p in model.parameters()]
        decay = [p for p in model.parameters() if p.ndim > 1]
        plain = [p for p in model.parameters() if p.ndim <= 1]
        groups = [{"params": decay, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98), fused=True)
        self.rate, self.steps, self.minutes, self.out = rate, steps, minutes, out
        self.step, self.elapsed = 0, 0.0
        self.device = next(model.parameters()).device

    @property
    def progress(self) -> float:
        """How much of the schedule is over, by steps or by time, whichever is more."""
        return max(self.step / self.steps, self.elapsed / (60 * self.minutes))

    def update(self, rows: Sequence[Row]) -> Tensor:
        """Takes one step and returns the loss."""
        size = len(rows) if self.device.type == "cuda" else PIECE
        whole = torch.zeros((), device=self.device)
        for at in range(0, len(rows), size):
            piece = rows[at : at + size]
            batch = batch_of(piece, self.device)
            with torch.autocast(self.device.type, torch.bfloat16):
                loss = self.loss(batch) * (len(piece) / len(rows))
            loss.backward()
            whole += loss.detach()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        warm = (self.progress + 1 / self.steps) / WARM_UP
        rate = self.rate * min(warm, 1, max(1 - self.progress, 0) / (1 - WARM_UP))
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1
        if self.step % EMA_EVERY == 0:
            decay = min(EMA_DECAY, self.step / (self.step + 100))
            with torch.no_grad():
                own: list[Tensor] = list(self.model.parameters())
                torch._foreach_lerp_(self.average, own, 1 - decay)  # pyright: ignore[reportPrivateUsage, reportPrivateImportUsage]
        return whole

    def save(self) -> None:
        """Writes a checkpoint, whole or not at all."""
        state = {
            "step": self.step, "elapsed": self.elapsed, "weights": list(self.model.parameters()),
            "average": self.average, "optimizer": self.optimizer.state_dict(),
        }  # fmt: skip
        torch.save(state, self.out / "checkpoint.tmp")
        (self.out / "checkpoint.tmp").replace(self.out / "checkpoint.pt")

    def resume(self) -> None:
        """Goes on from the checkpoint, if there is one."""
        if not (self.out / "checkpoint.pt").exists():
            return
        state = torch.load(self.out / "checkpoint.pt", weights_only=True, map_location=self.device)
        self.step, self.elapsed, self.average = state["step"], state["elapsed"], state["average"]
        copy_weights(self.model, state["weights"])
        self.optimizer.load_state_dict(state["optimizer"])


def train(trainer: Trainer, made: Sequence[list[Row]]) -> None:
    """Runs until the steps or the minutes are over, through the batches as often as that takes."""
    bar = tqdm(total=trainer.steps, initial=trainer.step, mininterval=20, unit="batch")
    while trainer.progress < 1:
        began = time.perf_counter()
        loss = trainer.update(made[trainer.step % len(made)])
        bar.update()
        if trainer.step % 50 == 0:  # to ask for the loss is to wait for the device
            bar.set_postfix(loss=f"{loss.item():.3f}", done=f"{trainer.progress:.1%}", refresh=False)
        trainer.elapsed += time.perf_counter() - began
        if trainer.step % CHECKPOINT_EVERY == 0:
            trainer.save()
    trainer.save()
