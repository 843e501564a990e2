"""Compact super-resolution: attention blocks over plain 3x3 convolutions, added to bicubic upsampling.

After SPAN (Wan et al. 2024): each block weighs its features by an odd function of themselves, without
parameters. Weights of equal size can be interpolated, so a PSNR model and its adversarial twin make a scale.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Upscaler(nn.Module):
    """(N, 3, h, w) RGB in [0, 1] -> (N, 3, h * scale, w * scale), not clamped.

    Args:
        scale: enlargement, 2, 3 or 4.
        features: channels of the trunk.
        blocks: number of attention blocks, three convolutions each.
    """

    def __init__(self, scale: int, features: int, blocks: int) -> None:
        super().__init__()
        self.scale = scale
        self.head = nn.Conv2d(3, features, 3, 1, 1)
        self.blocks = nn.ModuleList(AttentionBlock(features) for _ in range(blocks))
        self.fuse = nn.Conv2d(4 * features, features, 1)
        self.tail = nn.Conv2d(features, 3 * scale**2, 3, 1, 1)
        initialise(self)
        with torch.no_grad():
            self.tail.weight.mul_(0.1)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        first = y = self.head(x - 0.5)
        seen = []
        for block in self.blocks:
            y = block(y)
            seen.append(y)
        y = self.fuse(torch.cat([first, seen[0], seen[len(seen) // 2], y], dim=1))
        detail = F.pixel_shuffle(self.tail(y + first), self.scale)
        return F.interpolate(x, scale_factor=self.scale, mode="bicubic", align_corners=False) + detail


class AttentionBlock(nn.Module):
    """Three convolutions, then features times (sigmoid(features) - 1/2): strong answers stay."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(features, features, 3, 1, 1) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, h, w) -> the same shape."""
        y = F.silu(self.convs[0](x))
        y = self.convs[2](F.silu(self.convs[1](y)))
        return (x + y) * (torch.sigmoid(y) - 0.5)


def initialise(module: nn.Module) -> None:
    """Kaiming initialisation of every convolution; the default starves deep plain networks of gradient."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, a=0.25)
            assert layer.bias is not None
            nn.init.zeros_(layer.bias)
