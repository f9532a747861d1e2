"""The network: a small pretrained encoder, one head that tags its word pieces, small heads on the marked stretches."""

import torch
from torch import nn

from pipeline.encoder.labels import RELATIONS, SPAN_HEADS, TAGS

WIDTH = 384
HIDDEN = 192


def head(width: int, out: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Dropout(0.15), nn.Linear(width, HIDDEN), nn.GELU(), nn.Dropout(0.15), nn.Linear(HIDDEN, out)
    )


class Net(nn.Module):
    """`encode` gives vectors (batch, pieces, WIDTH); the heads read them."""

    def __init__(self, encoder: nn.Module):
        super().__init__()
        self.encoder = encoder
        self.tags = nn.Linear(WIDTH, len(TAGS))
        self.spans = nn.ModuleDict({name: head(2 * WIDTH, n) for name, n in SPAN_HEADS})
        self.relation = head(4 * WIDTH + 4, len(RELATIONS))

    def encode(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state


def treatment_vector(vectors: torch.Tensor, span: tuple[int, int]) -> torch.Tensor:
    """What the heads read of a treatment: its words, and the first piece (the window as a whole)."""
    return torch.cat([vectors[span[0] : span[1]].mean(0), vectors[0]])


def pair_vector(vectors: torch.Tensor, t: tuple[int, int], p: tuple[int, int]) -> torch.Tensor:
    """Treatment, problem, their product, the words between, and how far apart they are (log scale, signed)."""
    a, b = vectors[t[0] : t[1]].mean(0), vectors[p[0] : p[1]].mean(0)
    low, high = min(t[1], p[1]), max(t[0], p[0])
    between = vectors[low:high].mean(0) if high > low else torch.zeros_like(a)
    away = torch.log1p(torch.tensor(float(max(0, high - low)))) / 5
    after = 1.0 if p[0] > t[0] else -1.0
    place = torch.stack([away, away * after, torch.tensor(after), torch.tensor(float(high <= low))])
    return torch.cat([a, b, a * b, between, place])
