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
    """(n, 1, 1, 1) numbers in [low, high), on the CPU."""
    return torch.rand(n, 1, 1, 1, generator=rng) * (high - low) + low


def color(x: Tensor, rng: torch.Generator) -> Tensor:
    """Brightness +-0.5, saturation x0..2 and contrast x0.5..1.5, one draw per picture."""
    n = x.shape[0]
    x = x + uniform(n, -0.5, 0.5, rng).to(x.device)
    mean = x.mean(dim=1, keepdim=True)
    x = (x - mean) * uniform(n, 0.0, 2.0, rng).to(x.device) + mean
    mean = x.mean(dim=(1, 2, 3), keepdim=True)
    return (x - mean) * uniform(n, 0.5, 1.5, rng).to(x.device) + mean


def brightness(x: Tensor, rng: torch.Generator) -> Tensor:
    """Brightness +-0.25 only: for data whose colours carry the condition."""
    return x + uniform(x.shape[0], -0.25, 0.25, rng).to(x.device)


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
    hidden = (rows.abs() <= sh // 2) & (columns.abs() <= sw // 2)
    return x * (~hidden).to(x.device)


POLICIES: dict[str, Callable[[Tensor, torch.Generator], Tensor]] = {
    "color": color,
    "brightness": brightness,
    "translation": translation,
    "cutout": cutout,
}


def augment(x: Tensor, policies: Sequence[str], rng: torch.Generator, share: float = 1.0) -> Tensor:
    """Apply the named policies in order, each to a random ``share`` of the pictures."""
    for name in policies:
        changed = POLICIES[name](x, rng)
        if share < 1:
            chosen = torch.rand(len(x), 1, 1, 1, generator=rng) < share
            changed = torch.where(chosen.to(x.device), changed, x)
        x = changed
    return x.contiguous(memory_format=torch.channels_last)


class Adaptive:
    """Adaptive augmentation (Karras et al. 2020): augment more the surer D is that real pictures are real.

    ``overfitting`` is the mean sign of D's scores at real pictures: near 0 while D is unsure, near 1 when it
    knows them by heart. ``share`` of the pictures are augmented; it moves by at most 1 in ``RAMP`` images.
    """

    RAMP = 50_000
    STEPS = 4

    def __init__(self, target: float) -> None:
        self.target = target
        self.share = 0.0 if target else 1.0
        self.signs = self.seen = 0.0
        self.steps = 0

    def see(self, signs: float, n: int) -> None:
        """Take note of the sum of signs of n scores of real pictures."""
        if not self.target:
            return
        self.signs, self.seen, self.steps = self.signs + signs, self.seen + n, self.steps + 1
        if self.steps >= self.STEPS:
            step = self.seen / self.RAMP * (1 if self.signs / self.seen > self.target else -1)
            self.share = min(1.0, max(0.0, self.share + step))
            self.signs = self.seen = 0.0
            self.steps = 0

    def state(self) -> list[float]:
        """For a checkpoint."""
        return [self.share, self.signs, self.seen, float(self.steps)]

    def restore(self, state: Sequence[float]) -> None:
        """Go back to a saved state."""
        self.share, self.signs, self.seen = state[:3]
        self.steps = int(state[3])
