"""The melody model: a small causal transformer over notes, and the critic that reads whole phrases.

Attention by Vaswani et al. 2017, pre-norm; a note is a pitch, then a length given the pitch. What stands at
the same place of bars 1, 2, 4 and 8 away goes into each step, in the manner of the lookback features of
Waite et al. 2016, since dance tunes repeat themselves there. The critic gives a verdict after every note, as
in ScratchGAN (de Masson d'Autume et al. 2019).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from studio.nets.melody_code import COLUMNS, LENGTHS, PITCHES

Cache = list[tuple[Tensor, Tensor]]


class Block(nn.Module):
    """Pre-norm attention and feed-forward, (N, T, dim) -> same. With a cache only new steps are given."""

    def __init__(self, dim: int, heads: int, drop: float, causal: bool = True) -> None:
        super().__init__()
        self.heads, self.drop, self.causal = heads, drop, causal
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.qkv, self.out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.up, self.down = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)

    def forward(
        self, x: Tensor, past: tuple[Tensor, Tensor] | None = None, pad: Tensor | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        n, t, dim = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(n, t, 3, self.heads, dim // self.heads).permute(2, 0, 3, 1, 4)
        if past is not None:
            k, v = torch.cat([past[0], k], 2), torch.cat([past[1], v], 2)
        causal = self.causal and past is None and t > 1
        drop = self.drop if self.training else 0.0
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=pad, is_causal=causal)
        x = x + F.dropout(self.out(mixed.transpose(1, 2).reshape(n, t, dim)), drop)
        x = x + F.dropout(self.down(F.gelu(self.up(self.norm2(x)))), drop)
        return x, (k, v)


class Words(nn.Module):
    """Contexts (N, T, len(COLUMNS)) -> (N, T, dim): one table for all columns, summed."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.table = nn.EmbeddingBag(sum(COLUMNS), dim, mode="sum")
        nn.init.normal_(self.table.weight, std=0.2 / len(COLUMNS) ** 0.5)
        self.starts = [sum(COLUMNS[:i]) for i in range(len(COLUMNS))]

    def forward(self, contexts: Tensor) -> Tensor:
        n, t, columns = contexts.shape
        return self.table(
            (contexts + torch.tensor(self.starts, device=contexts.device)).view(n * t, columns)
        ).view(n, t, -1)


class Melody(nn.Module):
    """Writes tunes note by note. About 0.9 million parameters at the default size.

    dim: width; depth: blocks; heads: of the attention; drop: dropout while training.
    """

    def __init__(self, dim: int = 128, depth: int = 4, heads: int = 4, drop: float = 0.15) -> None:
        super().__init__()
        self.words = Words(dim)
        self.blocks = nn.ModuleList(Block(dim, heads, drop) for _ in range(depth))
        self.norm = nn.LayerNorm(dim)
        self.pitch = nn.Linear(dim, PITCHES)
        self.chosen = nn.Embedding(PITCHES, dim)
        self.hidden = nn.Linear(2 * dim, dim)
        self.length = nn.Linear(dim, len(LENGTHS))

    def forward(self, contexts: Tensor, cache: Cache | None = None) -> tuple[Tensor, Cache]:
        """(N, T, columns) int64 -> features (N, T, dim) and the cache to hand in with the next steps."""
        x, kept = self.words(contexts), []
        for i, block in enumerate(self.blocks):
            x, pair = block(x, cache[i] if cache else None)
            kept.append(pair)
        return self.norm(x), kept

    def pitches(self, features: Tensor) -> Tensor:
        """Logits (..., PITCHES)."""
        return self.pitch(features)

    def lengths(self, features: Tensor, pitch: Tensor) -> Tensor:
        """Logits (..., len(LENGTHS)) given the words of the pitches, (...) int64."""
        return self.length(F.gelu(self.hidden(torch.cat([features, self.chosen(pitch)], -1))))


class Critic(nn.Module):
    """Tells tunes of people from made ones. Contexts and notes (words, (N, T) each) -> logits (N, T).

    Causal: the verdict at a note knows the phrase up to it. Otherwise every verdict knows the whole phrase;
    ``pad`` (N, T) is True where there is a note.
    """

    def __init__(
        self, dim: int = 96, depth: int = 2, heads: int = 4, drop: float = 0.1, causal: bool = True
    ) -> None:
        super().__init__()
        self.causal = causal
        self.words = Words(dim)
        self.pitch, self.length = nn.Embedding(PITCHES, dim), nn.Embedding(len(LENGTHS), dim)
        self.blocks = nn.ModuleList(Block(dim, heads, drop, causal) for _ in range(depth))
        self.norm, self.verdict = nn.LayerNorm(dim), nn.Linear(dim, 1)

    def forward(self, contexts: Tensor, pitch: Tensor, length: Tensor, pad: Tensor | None = None) -> Tensor:
        x = self.words(contexts) + self.pitch(pitch) + self.length(length)
        mask = None if self.causal or pad is None else pad[:, None, None, :]
        for block in self.blocks:
            x, _ = block(x, pad=mask)
        return self.verdict(self.norm(x)).squeeze(-1)
