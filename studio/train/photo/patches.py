"""Filling by patches of the same picture, coarse to fine: the no-network peer of inpainting.

After Simakov et al. 2008 and GPNN (Granot et al. 2022): at each size of a pyramid every patch touching the
hole is replaced by its nearest known patch, and overlapping patches are averaged. The search is exhaustive.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

PATCH = 7
COARSEST = 20


def fill(x: Tensor, hole: Tensor, rounds: int = 4) -> Tensor:
    """Picture (1, 3, H, W) and hole (1, 1, H, W), 1 to fill -> the filled picture."""
    sizes, made = pyramid(x.shape[2:]), None
    for i, size in enumerate(sizes):
        small_hole = (F.interpolate(hole, size, mode="area") > 0).float()
        known = F.interpolate(1 - hole, size, mode="area").clamp(min=1e-3)
        small = F.interpolate(x * (1 - hole), size, mode="area") / known
        made = spread(small, small_hole) if made is None else F.interpolate(made, size, mode="bicubic")
        made = torch.lerp(small, made, small_hole)
        for _ in range(rounds if i < len(sizes) - 1 else 2):
            made = torch.lerp(small, replaced(made, small_hole), small_hole)
    assert made is not None
    return torch.lerp(x, made, hole)


def pyramid(size: torch.Size) -> list[tuple[int, int]]:
    """Sizes from coarse to full, each 4/3 of the one before."""
    found = [(size[0], size[1])]
    while min(found[0]) * 0.75 >= COARSEST:
        found.insert(0, (round(found[0][0] * 0.75), round(found[0][1] * 0.75)))
    return found


def spread(x: Tensor, hole: Tensor, rounds: int = 200) -> Tensor:
    """Let the known colours diffuse into the hole."""
    mean = ((x * (1 - hole)).sum((2, 3)) / (1 - hole).sum((2, 3)).clamp(min=1))[..., None, None]
    made = torch.lerp(x, mean.expand_as(x), hole)
    for _ in range(rounds):
        made = torch.lerp(x, F.avg_pool2d(F.pad(made, (1,) * 4, mode="replicate"), 3, 1), hole)
    return made


def replaced(x: Tensor, hole: Tensor) -> Tensor:
    """Every patch that touches the hole by its nearest known patch, overlaps averaged."""
    patches = F.unfold(x, PATCH)[0].t()  # (P, 3 * 49)
    touched = F.unfold(hole, PATCH)[0].amax(0) > 0
    if touched.all():
        return x
    known, wanted = patches[~touched], patches[touched]
    norms = known.square().sum(1)
    nearest = torch.cat([(norms - 2 * part @ known.t()).argmin(1) for part in wanted.split(2048)])
    patches[touched] = known[nearest]
    total = F.fold(patches.t()[None], x.shape[2:], PATCH)
    count = F.fold(torch.ones_like(patches.t()[None]), x.shape[2:], PATCH)
    return total / count
