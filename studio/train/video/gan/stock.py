"""What `animate` learns from: loops as they are, loops in front of photographs, and leaves in the wind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from studio.train.photo.photographs import Photograph
from studio.train.video.clips import Stretch
from studio.train.video.gan.loops import FRAMES, SIDE, Loops

SMALLEST = 0.5  # of a loop in front of a photograph, as a share of its side
Rng = np.random.Generator


@dataclass(frozen=True)
class Stock:
    """All three kinds. photographs: at least one; stretches: of real clips whose motion goes to and fro.

    placed, real: shares of a batch that are in front of a photograph, or real.
    """

    loops: Loops
    photographs: list[Photograph]
    stretches: list[Stretch]
    placed: float
    real: float

    def draw(self, rng: Rng, n: int) -> Tensor:
        """(n, 4, T, R, R) in 0..1, premultiplied."""
        return torch.stack([self.one(rng) for _ in range(n)])

    def one(self, rng: Rng) -> Tensor:
        """One of ``draw``."""
        kind = rng.random()
        if kind < self.real:
            return windows(rng, self.stretches)
        loop = self.loops.one(rng)
        return in_front(rng, loop, self.backdrop(rng)) if kind < self.real + self.placed else loop

    def backdrop(self, rng: Rng) -> Tensor:
        """A part of a photograph, (3, R, R)."""
        pixels = self.photographs[int(rng.integers(len(self.photographs)))].pixels
        return square(rng, pixels[None])[:, 0]


def in_front(rng: Rng, loop: Tensor, backdrop: Tensor) -> Tensor:
    """A loop, made smaller, at a random place in front of an unmoving picture."""
    side = int(rng.integers(round(SIDE * SMALLEST), SIDE + 1))
    small = F.interpolate(loop.transpose(0, 1), (side, side), mode="bilinear", antialias=True)
    left, top = (int(rng.integers(SIDE - side + 1)) for _ in range(2))
    x = F.pad(small, (left, SIDE - side - left, top, SIDE - side - top)).transpose(0, 1)
    seen = x[:3] + (1 - x[3:]) * backdrop[:, None]
    return torch.cat([seen, torch.ones_like(x[3:])])


def windows(rng: Rng, stretches: list[Stretch]) -> Tensor:
    """Frames of a real clip at one place, to and fro, so that they make a loop: (4, T, R, R)."""
    frames = stretches[int(rng.integers(len(stretches)))].frames
    half = FRAMES // 2
    step = int(rng.integers(1, 1 + min(3, (len(frames) - 1) // half)))
    first = int(rng.integers(len(frames) - step * half))
    order = [*range(half + 1), *range(half - 1, 0, -1)]
    cut = square(rng, frames[[first + step * i for i in order]])
    cut = torch.roll(cut, int(rng.integers(FRAMES)), 1)
    return torch.cat([cut, torch.ones_like(cut[:1])])


def square(rng: Rng, frames: np.ndarray) -> Tensor:
    """(3, T, R, R): a random square of frames (T, H, W, 3), perhaps mirrored."""
    h, w = frames.shape[1:3]
    side = int(rng.integers(min(h, w) // 3, min(h, w) + 1))
    top, left = int(rng.integers(h - side + 1)), int(rng.integers(w - side + 1))
    cut = (
        torch.from_numpy(frames[:, top : top + side, left : left + side].copy()).permute(0, 3, 1, 2).float()
        / 255
    )
    cut = F.interpolate(cut, (SIDE, SIDE), mode="bilinear", antialias=True)
    return (cut.flip(3) if rng.integers(2) else cut).transpose(0, 1)
