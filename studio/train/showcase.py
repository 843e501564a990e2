"""Pictures that show what a style model can do: a grid of mixed styles, or land that repeats without a
seam.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from studio.nets.style import Generator, draw
from studio.train.datasets import PictureSet
from studio.train.sheets import show, small, tile


def showcase(net: Generator, data: PictureSet, folder: Path, name: str, psi: float) -> Path:
    """Write ``NAME-land.png`` for a tileable model, ``NAME-mixing.png`` for another; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{'land' if net.tileable else 'mixing'}.png"
    sheet = land(net, data, psi) if net.tileable else mixing(net, data, psi)
    small(sheet, path)
    return path


@torch.no_grad()
def mixing(net: Generator, data: PictureSet, psi: float, count: int = 8, seed: int = 3) -> Image.Image:
    """Rows give the coarse styles (the first half of the layers), columns the fine ones; sources along the
    edges.
    """
    rng = torch.Generator().manual_seed(seed)
    rows = torch.randint(len(data), (2 * count,), generator=rng)
    w = net.truncate(net.map(draw(rng, (2 * count, net.z_dim)), torch.from_numpy(data.labels)[rows]), psi)
    coarse, fine = w[:count], w[count:]
    half = net.num_layers // 2
    pictures = [torch.ones(1, len(data.channels), net.resolution, net.resolution), plain(net, fine)]
    for row in coarse:
        mixed = torch.cat(
            [row.expand(count, half, -1), fine[:, None].expand(-1, net.num_layers - half, -1)], dim=1
        )
        pictures += [plain(net, row[None]), net.synthesize(mixed)]
    return tile(show(torch.cat(pictures), data.channels), count + 1)


def plain(net: Generator, w: Tensor) -> Tensor:
    """(N, D) -> pictures with one style throughout."""
    return net.synthesize(w[:, None].expand(-1, net.num_layers, -1))


@torch.no_grad()
def land(net: Generator, data: PictureSet, psi: float, cells: int = 8, seed: int = 0) -> Image.Image:
    """One wrapping field of each value of the first condition, two by two to show that no seam is left."""
    fields = []
    for value in range(len(data.conditions[0]["values"])):
        rng = torch.Generator().manual_seed(seed + value)
        w = net.truncate(net.map(draw(rng, (1, net.z_dim)), torch.tensor([[value]])), psi)
        grid = draw(rng, (1, net.grid_channels, cells, cells))
        fields.append(net.synthesize(w[:, None].expand(-1, net.num_layers, -1), rng, grid))
    pictures = show(torch.cat(fields), data.channels)
    size = pictures.shape[1]
    colours, heights = pictures[:, :, :size], pictures[:, :, size:]
    return tile(
        np.concatenate([np.tile(colours, (1, 2, 2, 1)), np.tile(heights, (1, 2, 2, 1))], axis=2), 2, 6
    )
