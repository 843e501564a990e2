"""Where pixels have come from: dense, pyramidal least squares after Lucas and Kanade (1981). No weights.

Fit for small changes between neighbouring frames, which is what going on with a clip starts from.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from studio.nets.interpolate import enlarged, warp

WINDOW, SMOOTH = 4, 2  # pixels around each pixel that are fitted, and over which a step is averaged
ROUNDS = 3  # steps at each scale
FLOOR = 1e-4  # keeps plain areas still
SMALLEST = 12  # shorter side of the coarsest scale, in pixels
MOST_SCALES = 7


def flow_between(here: Tensor, there: Tensor, look: Callable[[], object] = bool) -> Tensor:
    """Two frames (N, 3, H, W) in [0, 1] -> (N, 2, H, W): from each pixel of the first to where it is in the
    second, in pixels, x then y. ``look`` is called between the steps and may raise to end them.
    """
    ones, others = [blurred(here.float())], [blurred(there.float())]
    while min(ones[-1].shape[2:]) >= 2 * SMALLEST and len(ones) < MOST_SCALES:
        for scales in (ones, others):
            scales.append(F.avg_pool2d(blurred(scales[-1]), 2))
    flow = torch.zeros_like(ones[-1][:, :2])
    for one, other in zip(reversed(ones), reversed(others), strict=True):
        flow = fitted(one, other, 2 * enlarged(flow, one.shape[2:]), look)
    return flow


def fitted(one: Tensor, other: Tensor, flow: Tensor, look: Callable[[], object]) -> Tensor:
    """A motion made better at one scale; wherever a step does not help, it is not taken."""
    across, down = slopes(one)
    xx, yy, xy = around(across * across) + FLOOR, around(down * down) + FLOOR, around(across * down)
    area = xx * yy - xy * xy
    error = warp(other, flow) - one
    for _ in range(ROUNDS):
        look()
        x, y = around(across * error), around(down * error)
        change = torch.cat([xy * y - yy * x, xy * x - xx * y], 1) / area
        new = mean(flow + change.clamp(-1, 1), SMOOTH)
        left = warp(other, new) - one
        better = around(left * left) < around(error * error)
        flow, error = torch.where(better, new, flow), torch.where(better, left, error)
    return flow


def slopes(x: Tensor) -> tuple[Tensor, Tensor]:
    """Change from left to right and from top to bottom, per pixel."""
    p = F.pad(x, (1, 1, 1, 1), mode="replicate")
    return (p[..., 1:-1, 2:] - p[..., 1:-1, :-2]) / 2, (p[..., 2:, 1:-1] - p[..., :-2, 1:-1]) / 2


def around(x: Tensor) -> Tensor:
    """Mean over the window, summed over channels: (N, C, H, W) -> (N, 1, H, W)."""
    return mean(x.sum(1, keepdim=True), WINDOW)


def mean(x: Tensor, radius: int) -> Tensor:
    """Mean over a square; edges are repeated."""
    return F.avg_pool2d(F.pad(x, (radius,) * 4, mode="replicate"), 2 * radius + 1, 1)


def blurred(x: Tensor) -> Tensor:
    """Three by three binomial filter; edges are repeated."""
    p = F.pad(x, (1, 1, 1, 1), mode="replicate")
    rows = (p[..., :-2, :] + 2 * p[..., 1:-1, :] + p[..., 2:, :]) / 4
    return (rows[..., :-2] + 2 * rows[..., 1:-1] + rows[..., 2:]) / 4
