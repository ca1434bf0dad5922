"""The large reader's network: all-mpnet-base-v2 with the same heads. It is also what the small one learns from."""

from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import MPNetModel

_SHIFT = 4  # MPNet's vocabulary is BERT's, after four tokens of its own
_SPECIAL = {0: 1, 101: 0, 102: 2}  # [PAD], [CLS] and [SEP], which it has as <pad>, <s> and </s>


class Teacher(nn.Module):
    """MPNet with the heads of the reader; it takes the reader's tokens, so that the logits of both stand side by side.

    MPNet is by Song et al. (2020), arXiv:2004.09297; that a small model learns more from a large one's probabilities
    than from labels, by Hinton et al. (2015), arXiv:1503.02531.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.encoder = MPNetModel.from_pretrained(folder, add_pooling_layer=False)
        width: int = self.encoder.config.hidden_size
        self.span = nn.Linear(width, 2)
        self.null = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, 1))
        table = torch.arange(self.encoder.config.vocab_size) + _SHIFT
        table[list(_SPECIAL)] = torch.tensor(list(_SPECIAL.values()))
        self.register_buffer("table", table, persistent=False)
        self.table: Tensor

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> tuple[Tensor, ...]:
        """Returns start logits, end logits and the null log-odds, unmasked; the kinds of the tokens are not used."""
        del token_type_ids
        x = self.encoder(input_ids=self.table[input_ids], attention_mask=attention_mask).last_hidden_state
        start, end = self.span(x).float().unbind(-1)
        return start, end, self.null(x[:, 0]).float().squeeze(-1)
