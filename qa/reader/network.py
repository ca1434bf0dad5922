"""The small reader's network: all-MiniLM-L6-v2 with a span head and a null head."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name that torch itself gives it
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn

HEADS, LAYERS, WIDTH, INNER = 12, 6, 384, 1536


def pad(ids: Sequence[Sequence[int]], passages: Sequence[int] | None) -> tuple[Tensor, Tensor, Tensor]:
    """Makes a batch of token ids, attention masks and token kinds, its length a multiple of 16."""
    length = -(-max(map(len, ids)) // 16) * 16
    batch = np.zeros((3, len(ids), length), dtype=np.int64)
    for i, row in enumerate(ids):
        batch[0, i, : len(row)] = row
        batch[1, i, : len(row)] = 1
        if passages:
            batch[2, i, passages[i] : len(row)] = 1
    return torch.from_numpy(batch[0]), torch.from_numpy(batch[1]), torch.from_numpy(batch[2])


class Layer(nn.Module):
    """One transformer layer, post-norm as in BERT."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.mix = nn.Linear(WIDTH, WIDTH)
        self.norm1 = nn.LayerNorm(WIDTH, eps=1e-12)
        self.up = nn.Linear(WIDTH, INNER)
        self.down = nn.Linear(INNER, WIDTH)
        self.norm2 = nn.LayerNorm(WIDTH, eps=1e-12)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Maps (batch, length, width) to the same shape; `mask` is added to the attention scores."""
        batch, length, _ = x.shape
        q, k, v = self.qkv(x).view(batch, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4).unbind(0)
        seen = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        x = self.norm1(x + self.mix(seen.transpose(1, 2).reshape(batch, length, WIDTH)))
        return self.norm2(x + self.down(F.gelu(self.up(x))))


class Reader(nn.Module):
    """MiniLM with three heads: start, end (logits per token) and null (the log-odds that no answer is here)."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(30522, WIDTH)
        self.places = nn.Embedding(512, WIDTH)
        self.kinds = nn.Embedding(2, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=1e-12)
        self.drop = nn.Dropout(0.1)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.span = nn.Linear(WIDTH, 2)
        self.null = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.GELU(), nn.Linear(WIDTH, 1))

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> tuple[Tensor, ...]:
        """Returns start logits, end logits and the null log-odds, unmasked."""
        places = torch.arange(input_ids.shape[1], device=input_ids.device)
        x = self.words(input_ids) + self.places(places) + self.kinds(token_type_ids)
        x = self.drop(self.norm(x))
        mask = (1.0 - attention_mask[:, None, None, :].to(x.dtype)) * -1e4
        for layer in self.layers:
            x = layer(x, mask)
        start, end = self.span(x).float().unbind(-1)
        return start, end, self.null(x[:, 0]).float().squeeze(-1)


class Exported(nn.Module):
    """A reader, small or large, as the program sees it: one null logit, to be compared with start + end."""

    def __init__(self, reader: nn.Module, null_weight: float) -> None:
        super().__init__()
        self.reader, self.null_weight = reader, null_weight

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> tuple[Tensor, ...]:
        """Returns start logits, end logits and the null logit."""
        start, end, null = self.reader(input_ids, attention_mask, token_type_ids)
        return start, end, start[:, 0] + end[:, 0] + self.null_weight * null


def load_base(reader: Reader, folder: Path) -> None:
    """Copies the weights of a BERT-shaped safetensors file into the reader; the heads stay new.

    Raises:
        ValueError: The file holds other weights than those of all-MiniLM-L6-v2.
    """
    got = load_file(str(folder / "model.safetensors"))
    state = {
        "words.weight": got["embeddings.word_embeddings.weight"],
        "places.weight": got["embeddings.position_embeddings.weight"],
        "kinds.weight": got["embeddings.token_type_embeddings.weight"],
        "norm.weight": got["embeddings.LayerNorm.weight"],
        "norm.bias": got["embeddings.LayerNorm.bias"],
    }
    pairs = {
        "mix": "attention.output.dense",
        "norm1": "attention.output.LayerNorm",
        "up": "intermediate.dense",
        "down": "output.dense",
        "norm2": "output.LayerNorm",
    }
    for i in range(LAYERS):
        old = f"encoder.layer.{i}."
        for part in ("weight", "bias"):
            qkv = [got[f"{old}attention.self.{name}.{part}"] for name in ("query", "key", "value")]
            state[f"layers.{i}.qkv.{part}"] = torch.cat(qkv)
            state |= {f"layers.{i}.{new}.{part}": got[f"{old}{name}.{part}"] for new, name in pairs.items()}
    missing, unknown = reader.load_state_dict(state, strict=False)
    if unknown or not all(name.startswith(("span", "null")) for name in missing):
        raise ValueError(f"{folder}: not the weights of all-MiniLM-L6-v2 (missing {missing}, unknown {unknown})")


def embedder(folder: Path, tokenizer: Tokenizer) -> Callable[[list[str]], np.ndarray]:
    """Returns a function from short texts to unit vectors, by the untouched base model (mean over tokens)."""
    reader = Reader()
    load_base(reader, folder)
    reader.eval().bfloat16()

    @torch.inference_mode()
    def embed(texts: list[str]) -> np.ndarray:
        rows: list[np.ndarray] = []
        for at in range(0, len(texts), 256):
            ids, mask, kinds = pad([tokenizer.encode(t).ids[:24] for t in texts[at : at + 256]], None)
            x = reader.norm(reader.words(ids) + reader.places(torch.arange(ids.shape[1])) + reader.kinds(kinds))
            bias = (1.0 - mask[:, None, None, :].to(x.dtype)) * -1e4
            for layer in reader.layers:
                x = layer(x, bias)
            mean = (x.float() * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
            rows.append(F.normalize(mean, dim=-1).numpy())
        return np.concatenate(rows)

    return embed
