"""Differentiable augmentation for small data (Zhao et al. 2020): the same kind of change for real and made
pictures.

Each function takes (N, C, H, W) and a CPU random generator, and lets gradients through.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


def uniform(n: int, low: float, high: float, rng: torch.Generator) -> Tensor:
    """(n, 1, 1, 1) numbers in [low, high)."""
    return torch.rand(n, 1, 1, 1, generator=rng) * (high - low) + low


def color(x: Tensor, rng: torch.Generator) -> Tensor:
    """Brightness +-0.5, saturation x0..2 and contrast x0.5..1.5, one draw per picture."""
    n = x.shape[0]
    x = x + uniform(n, -0.5, 0.5, rng)
    mean = x.mean(dim=1, keepdim=True)
    x = (x - mean) * uniform(n, 0.0, 2.0, rng) + mean
    mean = x.mean(dim=(1, 2, 3), keepdim=True)
    return (x - mean) * uniform(n, 0.5, 1.5, rng) + mean


def brightness(x: Tensor, rng: torch.Generator) -> Tensor:
    """Brightness +-0.25 only: for data whose colours carry the condition."""
    return x + uniform(x.shape[0], -0.25, 0.25, rng)


def translation(x: Tensor, rng: torch.Generator) -> Tensor:
    """Shift by up to an eighth of the size in both directions, filling with the edge colour's place holder
    -1.
    """
    n, _, h, w = x.shape
    ph, pw = h // 8, w // 8
    padded = F.pad(x, (pw, pw, ph, ph), value=-1.0)
    top = torch.randint(0, 2 * ph + 1, (n,), generator=rng).tolist()
    left = torch.randint(0, 2 * pw + 1, (n,), generator=rng).tolist()
    return torch.stack(
        [padded[i, :, t : t + h, s : s + w] for i, (t, s) in enumerate(zip(top, left, strict=True))]
    )


def cutout(x: Tensor, rng: torch.Generator) -> Tensor:
    """Set a square of a third of the size to zero, at a place of its own in each picture."""
    n, _, h, w = x.shape
    sh, sw = h // 3, w // 3
    rows = torch.randint(0, h + 1, (n, 1, 1, 1), generator=rng) - torch.arange(h).view(1, 1, h, 1)
    columns = torch.randint(0, w + 1, (n, 1, 1, 1), generator=rng) - torch.arange(w).view(1, 1, 1, w)
    return x * ~((rows.abs() <= sh // 2) & (columns.abs() <= sw // 2))


POLICIES: dict[str, Callable[[Tensor, torch.Generator], Tensor]] = {
    "color": color,
    "brightness": brightness,
    "translation": translation,
    "cutout": cutout,
}


def augment(x: Tensor, policies: Sequence[str], rng: torch.Generator) -> Tensor:
    """Apply the named policies in order."""
    for name in policies:
        x = POLICIES[name](x, rng)
    return x.contiguous(memory_format=torch.channels_last)
