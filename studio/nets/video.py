"""Clips from noise in two streams: what stands still, and what moves over it (Vondrick et al. 2016, VGAN).

A mask decides, for each pixel and moment, which of the two is seen. Colours are premultiplied by alpha. Time
is a ring: every convolution over time wraps, so that each clip is a loop without a seam.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.nets.style import icnr_

JITTER = 1e-2  # of the mean variance, added to every one: keeps the covariance of codes invertible
CLOSED = 2.0  # the mask's logit at first, negative: what stands still is learnt first
START = 4  # side of the first features


class Streams(NamedTuple):
    """What the generator makes.

    clip: (N, C, T, R, R) in [-1, 1]. still: (N, C, R, R). moving: like the clip. mask: (N, 1, T, R, R),
    0..1.
    """

    clip: Tensor
    still: Tensor
    moving: Tensor
    mask: Tensor


class VideoGenerator(nn.Module):
    """Noise -> `Streams` of T = begin * 2^(D - 1) frames of R = 4 * 2^D pixels, D doublings.

    The first z_dim numbers of the noise decide what is seen, the last motion_dim how it moves (as in MoCoGAN,
    Tulyakov et al. 2018): the moving stream knows the figure only by looking at the still stream's features.

    Args:
        still: channels of the still stream at 4, 8, .. R / 2; one for each doubling.
        moving: channels of the moving stream at 4, 8, .. R / 2.
        channels: of the pictures; 4 is premultiplied red, green, blue and alpha.
        z_dim, motion_dim: lengths of the two parts of the noise.
        begin: moments in the moving stream's first features.
    """

    def __init__(
        self,
        still: Sequence[int],
        moving: Sequence[int],
        channels: int = 4,
        z_dim: int = 96,
        motion_dim: int = 32,
        begin: int = 2,
    ) -> None:
        super().__init__()
        if len(still) != len(moving) or len(still) < 2:
            raise ValueError("both streams need the same number of doublings, at least 2")
        self.z_dim, self.motion_dim, self.channels = z_dim, motion_dim, channels
        self.resolution, self.frames = START << len(still), begin << (len(still) - 1)
        self.still = StillStream(z_dim, still, channels)
        self.mean: Tensor
        self.scatter: Tensor
        self.register_buffer("mean", torch.zeros(z_dim + motion_dim))
        self.register_buffer("scatter", torch.eye(z_dim + motion_dim))
        self.moving = MovingStream(motion_dim, moving, still, channels, begin)

    def forward(self, noise: Tensor) -> Streams:
        """Standard normal noise (N, z_dim + motion_dim); see the class."""
        return self.draw(self.codes(noise))

    def codes(self, noise: Tensor) -> Tensor:
        """Noise spread as the codes of real clips are: normal with their mean and covariance."""
        size = len(self.mean)
        jitter = JITTER * self.scatter.diagonal().mean().float() * torch.eye(size, device=noise.device)
        return self.mean + noise @ torch.linalg.cholesky(self.scatter.float() + jitter).T

    @torch.no_grad()
    def follow(self, codes: Tensor, share: float) -> None:
        """Take note of some codes of real clips; what is seen and how it moves are kept independent."""
        self.mean.lerp_(codes.mean(0), share)
        away = codes - self.mean
        found = away.T @ away / len(codes)
        found[: self.z_dim, self.z_dim :] = 0
        found[self.z_dim :, : self.z_dim] = 0
        self.scatter.lerp_(found, share)

    def draw(self, codes: Tensor) -> Streams:
        """The clips of codes (N, z_dim + motion_dim)."""
        still, seen = self.still(codes[:, : self.z_dim])
        moving, mask = self.moving(codes[:, self.z_dim :], seen)
        background = still[:, :, None]
        return Streams(background + mask * (moving - background), still, moving, mask)


class StillStream(nn.Module):
    """Noise -> the picture behind, (N, C, R, R), and the features it was drawn from, coarse to fine."""

    def __init__(self, z_dim: int, widths: Sequence[int], channels: int) -> None:
        super().__init__()
        self.begin = nn.Linear(z_dim, 2 * widths[0] * START**2)
        self.norm = nn.BatchNorm2d(2 * widths[0])
        self.ups = nn.ModuleList(StillBlock(a, b) for a, b in pairwise(widths))
        self.gates = nn.ModuleList(Excitation(widths[0], b) for b in widths[2:])
        self.out = nn.Conv2d(widths[-1], 4 * channels, 3, 1, 1)
        icnr_(self.out.weight)

    def forward(self, z: Tensor) -> tuple[Tensor, list[Tensor]]:
        """See the class."""
        x = self.begin(F.normalize(z, dim=1) * z.shape[1] ** 0.5).view(len(z), -1, START, START)
        seen = [F.glu(self.norm(x), 1)]
        for level, up in enumerate(self.ups):
            x = up(seen[-1])
            seen.append(self.gates[level - 1](seen[0], x) if level else x)
        return torch.tanh(F.pixel_shuffle(self.out(seen[-1]), 2)), seen


class StillBlock(nn.Module):
    """Twice the size: (N, a, h, w) -> (N, b, 2 h, 2 w)."""

    def __init__(self, given: int, made: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(given, 2 * made, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(2 * made)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        return F.glu(self.norm(self.conv(F.interpolate(x, scale_factor=2.0))), 1)


class Excitation(nn.Module):
    """Coarse features decide how much of each fine channel is used (Liu et al. 2021, FastGAN)."""

    def __init__(self, coarse: int, fine: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(coarse, fine // 2, START),
            nn.LeakyReLU(0.1),
            nn.Conv2d(fine // 2, fine, 1),
            nn.Sigmoid(),
        )

    def forward(self, coarse: Tensor, fine: Tensor) -> Tensor:
        """See the class."""
        return fine * self.layers(coarse)


class MovingStream(nn.Module):
    """Noise and the still stream's features -> what moves (N, C, T, R, R), and its mask (N, 1, T, R, R)."""

    def __init__(
        self, z_dim: int, widths: Sequence[int], still: Sequence[int], channels: int, begin: int
    ) -> None:
        super().__init__()
        self.widths, self.channels, self.moments = tuple(widths), channels, begin
        self.begin = nn.Linear(z_dim, widths[0] * begin * START**2)
        self.norm = nn.BatchNorm3d(widths[0])
        self.looks = nn.ModuleList(nn.Conv2d(a, b, 1) for a, b in zip(still, widths, strict=True))
        self.ups = nn.ModuleList(MovingBlock(a, b) for a, b in pairwise(widths))
        self.out = nn.Conv2d(widths[-1], 4 * (channels + 1), 3, 1, 1)
        icnr_(self.out.weight)
        assert self.out.bias is not None
        with torch.no_grad():
            self.out.bias.view(-1, 4)[-1] -= CLOSED

    def forward(self, z: Tensor, seen: list[Tensor]) -> tuple[Tensor, Tensor]:
        """See the class."""
        x = self.begin(z).view(len(z), self.widths[0], self.moments, START, START)
        x = F.relu(self.norm(x))
        for look, features, up in zip(self.looks, seen, [*self.ups, None], strict=True):
            x = x + look(features)[:, :, None]
            x = up(x) if up is not None else x
        n, c, t, h, w = x.shape
        flat = x.transpose(1, 2).reshape(n * t, c, h, w)
        made = F.pixel_shuffle(self.out(flat), 2).view(n, t, -1, 2 * h, 2 * w).transpose(1, 2)
        return torch.tanh(made[:, :-1]), torch.sigmoid(made[:, -1:])


class MovingBlock(nn.Module):
    """Twice as long and large: (N, a, t, h, w) -> (N, b, 2 t, 2 h, 2 w), with time as a ring."""

    def __init__(self, given: int, made: int) -> None:
        super().__init__()
        self.conv = nn.ConvTranspose3d(given, made, 4, 2, 1, bias=False)
        self.norm = nn.BatchNorm3d(made)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        ring = torch.cat([x[:, :, -1:], x, x[:, :, :1]], 2)
        return F.relu(self.norm(self.conv(ring)[:, :, 2:-2]))
