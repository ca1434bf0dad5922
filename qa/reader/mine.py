"""Mining: of many made near misses, those by which the reader trained so far is misled."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import torch
from tqdm import tqdm

from qa.reader.network import Reader, pad
from qa.reader.rows import Row

NOISE = 2.0
"""Of the margins, in log-odds, so that now and then an easy one is kept, and a mislabelled one is not."""


@torch.inference_mode()
def margins(reader: Reader, rows: Sequence[Row], size: int = 32) -> np.ndarray:
    """Returns, for each row, the log-odds of its best start and end against "no answer here"."""
    reader.eval()
    found = np.zeros(len(rows))
    order = sorted(range(len(rows)), key=lambda i: len(rows[i].ids))
    for at in tqdm(range(0, len(rows), size), desc="mining", mininterval=20):
        some = order[at : at + size]
        ids, mask, kinds = pad([rows[i].ids for i in some], [rows[i].passage for i in some])
        start, end, null = reader(ids, mask, kinds)
        none = start[:, 0] + end[:, 0] + reader.null_weight * null
        best = start.masked_fill(kinds == 0, -1e4).amax(1) + end.masked_fill(kinds == 0, -1e4).amax(1)
        found[some] = (best - none).numpy()
    return found


def misleading(kinds: Sequence[str], scores: np.ndarray, share: float, seed: int) -> list[int]:
    """Picks, of each kind, the given share: those with the highest scores, give or take some noise.

    Returns:
        Their places, in order.
    """
    noisy = scores + np.random.default_rng(seed).normal(0, NOISE, len(scores))
    groups: dict[str, list[int]] = defaultdict(list)
    for i, kind in enumerate(kinds):
        groups[kind].append(i)
    return sorted(
        i for group in groups.values() for i in sorted(group, key=lambda i: -noisy[i])[: round(len(group) * share)]
    )
