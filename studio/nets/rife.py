"""IFNet as in RIFE 4.0 to 4.6, "Real-Time Intermediate Flow Estimation" (Huang et al., ECCV 2022).

Written from the paper, with the tensor names of the published weights, so that a person's own file fits. Each
block corrects the motion and the weight of the first frame at a finer scale.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.nets.interpolate import warp

SCALES = (8, 4, 2, 1)
DEPTH = 8


def halved(inner: int, outer: int) -> nn.Sequential:
    """A convolution to half the size, and a leaky ReLU."""
    return nn.Sequential(nn.Conv2d(inner, outer, 3, 2, 1), nn.LeakyReLU(0.2))


class Residual(nn.Module):
    """A convolution whose result is scaled by channel and added."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, 1, 1)
        self.beta = nn.Parameter(torch.ones(1, channels, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, h, w) -> the same shape."""
        return F.leaky_relu(self.conv(x) * self.beta + x, 0.2)


class Block(nn.Module):
    """One scale of the motion."""

    def __init__(self, inner: int, width: int) -> None:
        super().__init__()
        self.conv0 = nn.Sequential(halved(inner, width // 2), halved(width // 2, width))
        self.convblock = nn.Sequential(*(Residual(width) for _ in range(DEPTH)))
        self.lastconv = nn.Sequential(nn.ConvTranspose2d(width, 24, 4, 2, 1), nn.PixelShuffle(2))

    def forward(self, x: Tensor, flow: Tensor | None, scale: int) -> tuple[Tensor, Tensor]:
        """What is seen and the motion so far -> corrections of the motion (N, 4, H, W) and the weight."""
        x = resized(x, 1 / scale)
        if flow is not None:
            x = torch.cat([x, resized(flow, 1 / scale) / scale], 1)
        out = resized(self.lastconv(self.convblock(self.conv0(x))), scale)
        return out[:, :4] * scale, out[:, 4:5]


class IFNet(nn.Module):
    """Frames between two frames. widths: channels of the four blocks, coarse to fine."""

    multiple = 32

    def __init__(self, widths: Sequence[int] = (192, 128, 96, 64)) -> None:
        super().__init__()
        for number, width in enumerate(widths):
            setattr(self, f"block{number}", Block(7 if number == 0 else 12, width))

    @property
    def blocks(self) -> list[nn.Module]:
        """The four blocks, coarse to fine."""
        return [self.get_submodule(f"block{number}") for number in range(len(SCALES))]

    def estimate(self, first: Tensor, last: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        """Motion and weights at a moment, as `studio.nets.interpolate.compose` takes them, for t 0.5.

        Frames (N, 3, H, W) in [0, 1], sides multiples of 32; t (N,) -> motion (N, 4, H, W) in pixels; what to
        add, and the first frame's weight before its sigmoid, (N, 4, H, W).
        """
        when = t.view(-1, 1, 1, 1).expand(-1, 1, *first.shape[2:])
        flow, mask = self.blocks[0](torch.cat([first, last, when], 1), None, SCALES[0])
        for number, scale in enumerate(SCALES[1:], 1):
            moved = warp(first, flow[:, :2]), warp(last, flow[:, 2:])
            seen = torch.cat([*moved, when, mask], 1)
            change, more = self.blocks[number](seen, flow, scale)
            flow, mask = flow + change, mask + more
        return flow, torch.cat([torch.zeros_like(first), mask], 1)


def resized(x: Tensor, times: float) -> Tensor:
    """Bilinear, so many times as large."""
    return x if times == 1 else F.interpolate(x, scale_factor=times, mode="bilinear", align_corners=False)
