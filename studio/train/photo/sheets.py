"""Contact sheets of photo models: what went in, what came out, what it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from studio.train.photo import tasks
from studio.train.photo.photographs import Photograph
from studio.train.photo.recipe import PhotoRecipe

SIDE = 160
SHEET_SIDE = 144


def samples(plan: PhotoRecipe, pictures: list[Photograph], count: int = 6, side: int = SIDE) -> tasks.Batch:
    """A fixed batch from the middle of held-out pictures that are large enough."""
    size = side + 2 * tasks.margin(plan)
    large = [p.pixels for p in pictures if min(p.pixels.shape[:2]) >= 2 * size]
    some = [large[i] for i in np.linspace(0, len(large) - 1, count).astype(int)]
    return tasks.prepare(plan, np.stack([middle(p, size) for p in some]), np.random.default_rng(0))


def middle(pixels: np.ndarray[Any, Any], size: int) -> np.ndarray[Any, Any]:
    """The central square of a picture."""
    top, left = (pixels.shape[0] - size) // 2, (pixels.shape[1] - size) // 2
    return pixels[top : top + size, left : left + size]


@torch.no_grad()
def contact(net: nn.Module, plan: PhotoRecipe, pictures: list[Photograph], path: Path) -> None:
    """The sheet beside a card: eight held-out pictures, all columns of ``columns``."""
    batch = samples(plan, pictures, 8, SHEET_SIDE)
    sheet = grid(columns(net, plan, batch))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.quantize(256, dither=Image.Dither.FLOYDSTEINBERG).save(path, optimize=True)


def columns(net: nn.Module, plan: PhotoRecipe, batch: tasks.Batch) -> list[Tensor]:
    """Input, for enlarging also its bicubic enlargement, answer, truth: (N, 3, H, W) each."""
    made = tasks.laid(net.eval()(*batch.inputs).float(), batch)
    shown = F.interpolate(batch.inputs[0], batch.target.shape[2:], mode="nearest")
    if batch.hole is not None:
        shown = shown + batch.hole * 0.5
    plain = [F.interpolate(batch.inputs[0], batch.target.shape[2:], mode="bicubic")]
    return [shown, *(plain if plan.task == "upscale" else []), made, batch.target]


@torch.no_grad()
def progress(net: nn.Module, plan: PhotoRecipe, batch: tasks.Batch, path: Path) -> None:
    """The sheet written while training."""
    grid(columns(net, plan, batch)).save(path)


def grid(columns: list[Tensor], gap: int = 4) -> Image.Image:
    """Batches (N, 3, H, W) in [0, 1] side by side, a row per picture."""
    rows = [
        torch.cat([F.pad(c[i], (0, gap, 0, gap), value=1.0) for c in columns], 2)
        for i in range(len(columns[0]))
    ]
    sheet = torch.cat(rows, dim=1)[:, :-gap, :-gap]
    return Image.fromarray((sheet.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy())
