"""DCGAN (Radford et al. 2016), the plain baseline: transposed convolutions and batch normalisation, class
condition.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class DCGenerator(nn.Module):
    """z (N, z_dim) beside embedded labels -> (N, out_channels, R, R) in [-1, 1]; ``width`` channels at
    R/2.
    """

    def __init__(
        self, resolution: int, z_dim: int, width: int, out_channels: int, conditions: Sequence[int] = ()
    ) -> None:
        super().__init__()
        self.z_dim = z_dim
        self.embed = nn.ModuleList(nn.Embedding(n, z_dim) for n in conditions)
        doublings = int(math.log2(resolution // 4))
        widths = [width * 2**i for i in reversed(range(doublings))]
        self.first = nn.ConvTranspose2d(z_dim * (2 if conditions else 1), widths[0], 4, bias=False)
        self.norms = nn.ModuleList(nn.BatchNorm2d(c) for c in widths)
        self.ups = nn.ModuleList(nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False) for a, b in pairwise(widths))
        self.last = nn.ConvTranspose2d(widths[-1], out_channels, 4, 2, 1)
        self.apply(initialise)

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        if len(self.embed):
            z = torch.cat([z, torch.stack([e(labels[:, i]) for i, e in enumerate(self.embed)]).sum(0)], dim=1)
        x = F.relu(self.norms[0](self.first(z[:, :, None, None])))
        for up, norm in zip(self.ups, self.norms[1:], strict=True):
            x = F.relu(norm(up(x)))
        return torch.tanh(self.last(x).float())


class DCDiscriminator(nn.Module):
    """Pictures (N, C, R, R) with labels -> scores (N,); the labels enter by projection, as in the style
    model.
    """

    def __init__(self, resolution: int, in_channels: int, width: int, conditions: Sequence[int] = ()) -> None:
        super().__init__()
        doublings = int(math.log2(resolution // 4))
        widths = [in_channels] + [width * 2**i for i in range(doublings)]
        self.downs = nn.ModuleList(
            nn.Conv2d(a, b, 4, 2, 1, bias=i == 0) for i, (a, b) in enumerate(pairwise(widths))
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(c, track_running_stats=False) for c in widths[2:])
        self.last = nn.Conv2d(widths[-1], 1, 4)
        self.embed = nn.ModuleList(nn.Embedding(n, widths[-1]) for n in conditions)
        self.apply(initialise)

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        x = F.leaky_relu(self.downs[0](x), 0.2)
        for down, norm in zip(self.downs[1:], self.norms, strict=True):
            x = F.leaky_relu(norm(down(x)), 0.2)
        score, pooled = self.last(x).flatten(), x.mean(dim=(2, 3))
        for i, table in enumerate(self.embed):
            score = score + (pooled * table(labels[:, i])).sum(1)
        return score.float()


def initialise(module: nn.Module) -> None:
    """Weights from N(0, 0.02), as the paper has it."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Embedding):
        nn.init.normal_(module.weight, std=0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
