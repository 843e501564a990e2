"""Contact sheets: a picture is judged by looking at it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from studio.nets.dcgan import DCGenerator
from studio.nets.light import LightGenerator
from studio.nets.style import Generator, draw
from studio.train.datasets import Data
from studio.train.families import picture

BACKGROUND = 240


@torch.no_grad()
def sample(generator: nn.Module, labels: Tensor, seed: int, psi: float = 1.0, batch: int = 64) -> Tensor:
    """Pictures (N, C, R, R) in [-1, 1] from any family, for labels (N, A), drawn from one seed."""
    rng = torch.Generator().manual_seed(seed)
    return torch.cat([sample_batch(generator, part, rng, psi) for part in labels.split(batch)])


def sample_batch(generator: nn.Module, labels: Tensor, rng: torch.Generator, psi: float) -> Tensor:
    """One batch of ``sample``."""
    assert isinstance(generator, Generator | LightGenerator | DCGenerator)
    device = next(generator.parameters()).device
    z, labels = draw(rng, (len(labels), generator.z_dim)).to(device), labels.to(device)
    if isinstance(generator, DCGenerator):
        return generator(z, labels)
    w = generator.truncate(generator.map(z, labels), psi)
    return picture(generator, w[:, None].expand(-1, generator.num_layers, -1), rng)


def show(x: Tensor, channels: list[str]) -> np.ndarray:
    """(N, C, H, W) in [-1, 1] -> (N, H, W', 3) uint8: alpha over light grey, a height channel beside the
    colours.
    """
    y = ((x.clamp(-1, 1) + 1) * 127.5).round().permute(0, 2, 3, 1).cpu().numpy()
    if channels[-1] == "a":
        y = y[..., :3] + BACKGROUND * (1 - y[..., 3:] / 255)
    elif channels[-1] == "height":
        y = np.concatenate([y[..., :3], y[..., 3:].repeat(3, -1)], axis=2)
    elif len(channels) == 1:
        y = y.repeat(3, -1)
    return y.clip(0, 255).astype(np.uint8)


def tile(pictures: np.ndarray, columns: int, gap: int = 2, scale: int = 1) -> Image.Image:
    """Lay (N, H, W, 3) pictures out in rows of ``columns``."""
    n, h, w, _ = pictures.shape
    rows = -(-n // columns)
    sheet = np.full((rows * (h + gap) + gap, columns * (w + gap) + gap, 3), 255, np.uint8)
    for i, cell in enumerate(pictures):
        top, left = gap + i // columns * (h + gap), gap + i % columns * (w + gap)
        sheet[top : top + h, left : left + w] = cell
    image = Image.fromarray(sheet)
    return (
        image.resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST)
        if scale > 1
        else image
    )


def rows_by_value(data: Data, columns: int, attribute: int | None = None) -> Tensor:
    """Labels for a sheet: one row per value of the attribute with most values, other attributes as data has
    them.
    """
    sizes = [len(c["values"]) for c in data.conditions]
    if not sizes:
        return torch.zeros(columns * 8, 0, dtype=torch.long)
    attribute = int(np.argmax(sizes)) if attribute is None else attribute
    picks = np.random.default_rng(0)
    rows = []
    for value in range(sizes[attribute]):
        candidates = np.flatnonzero(data.labels[:, attribute] == value)
        rows.append(data.labels[picks.choice(candidates, columns)])
    return torch.from_numpy(np.concatenate(rows))


def progress_sheet(generator: nn.Module, data: Data, path: Path, columns: int = 6) -> None:
    """The sheet written while training: fixed seed, truncation 0.8."""
    generator.eval()
    pictures = show(sample(generator, rows_by_value(data, columns), 0, 0.8), data.channels)
    path.parent.mkdir(parents=True, exist_ok=True)
    small(tile(pictures, columns), path)


def small(sheet: Image.Image, path: Path) -> None:
    """Save a sheet in 256 colours, which no eye misses at this size."""
    sheet.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
