"""A small NAFNet (Chen et al. 2022) for deblurring and denoising, laid out for ordinary processors.

The picture is folded to half its size before the first level (pixel unshuffle), where most of the work of
a network on full-size pictures would be.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Restorer(nn.Module):
    """(N, 3, h, w) RGB in [0, 1], any size -> the same size, not clamped: the input plus a learnt correction.

    Args:
        width: channels of the first level, which works at half the picture's size; they double per level.
        enc: blocks of each level on the way down.
        middle: blocks at the bottom.
        dec: blocks of each level on the way up, bottom first; as many levels as ``enc``.
    """

    def __init__(self, width: int, enc: list[int], middle: int, dec: list[int]) -> None:
        super().__init__()
        if len(enc) != len(dec):
            raise ValueError("as many levels down as up")
        self.multiple = 2 ** (len(enc) + 1)
        widths = [width * 2**level for level in range(len(enc) + 1)]
        self.head = nn.Conv2d(12, width, 3, 1, 1)
        self.down = nn.ModuleList(stage(w, n) for w, n in zip(widths, enc, strict=False))
        self.shrink = nn.ModuleList(nn.Conv2d(w, 2 * w, 2, 2) for w in widths[:-1])
        self.middle = stage(widths[-1], middle)
        self.grow = nn.ModuleList(nn.Conv2d(w, 2 * w, 1, bias=False) for w in widths[:0:-1])
        self.up = nn.ModuleList(stage(w, n) for w, n in zip(widths[-2::-1], dec, strict=True))
        self.tail = nn.Conv2d(width, 12, 3, 1, 1)
        with torch.no_grad():
            self.tail.weight.mul_(0.1)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        height, width = x.shape[2:]
        padded = pad_to(x, self.multiple)
        y, skips = self.head(F.pixel_unshuffle(padded - 0.5, 2)), []
        for blocks, shrink in zip(self.down, self.shrink, strict=True):
            y = blocks(y)
            skips.append(y)
            y = shrink(y)
        y = self.middle(y)
        for grow, blocks, skip in zip(self.grow, self.up, reversed(skips), strict=True):
            y = blocks(F.pixel_shuffle(grow(y), 2) + skip)
        return (padded + F.pixel_shuffle(self.tail(y), 2))[:, :, :height, :width]


class Block(nn.Module):
    """NAFNet's block: gated depthwise convolution with channel attention, then a gated pointwise layer."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = ChannelNorm(width), ChannelNorm(width)
        self.expand = nn.Conv2d(width, 2 * width, 1)
        self.spatial = nn.Conv2d(2 * width, 2 * width, 3, 1, 1, groups=2 * width)
        self.attend = nn.Conv2d(width, width, 1)
        self.project = nn.Conv2d(width, width, 1)
        self.wide = nn.Conv2d(width, 2 * width, 1)
        self.narrow = nn.Conv2d(width, width, 1)
        self.beta = nn.Parameter(torch.full((1, width, 1, 1), 0.1))
        self.gamma = nn.Parameter(torch.full((1, width, 1, 1), 0.1))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, h, w) -> the same shape."""
        y = gate(self.spatial(self.expand(self.norm1(x))))
        y = y * self.attend(y.mean(dim=(2, 3), keepdim=True))
        x = x + self.project(y) * self.beta
        return x + self.narrow(gate(self.wide(self.norm2(x)))) * self.gamma


class ChannelNorm(nn.Module):
    """Layer normalisation over the channels of each pixel."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, h, w) -> the same shape."""
        y = F.layer_norm(x.permute(0, 2, 3, 1), self.weight.shape, self.weight, self.bias, 1e-6)
        return y.permute(0, 3, 1, 2)


def gate(x: Tensor) -> Tensor:
    """(N, 2C, h, w) -> (N, C, h, w): one half times the other."""
    a, b = x.chunk(2, dim=1)
    return a * b


def stage(width: int, blocks: int) -> nn.Sequential:
    """A chain of blocks."""
    return nn.Sequential(*[Block(width) for _ in range(blocks)])


def pad_to(x: Tensor, multiple: int) -> Tensor:
    """Repeat the last row and column until both sides are multiples of ``multiple``."""
    bottom, right = -x.shape[2] % multiple, -x.shape[3] % multiple
    return F.pad(x, (0, right, 0, bottom), mode="replicate") if bottom or right else x
