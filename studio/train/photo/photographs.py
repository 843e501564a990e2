"""The photographs: decode once, shrink until sharp at the pixel, split by picture, and cut training crops.

A prepared folder holds ``pictures.npy`` (all pixels one after another, (P, 3) uint8) and ``index.json``: for
each picture its name, height, width and whether it is held out.
"""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from PIL import Image

from studio.model.errors import UserError
from studio.train.photo.rcc import Bundle

Array = np.ndarray[Any, np.dtype[np.uint8]]

FOLDERS = {
    "mate-backgrounds": "usr/share/backgrounds/mate/nature",
    "lomiri-wallpapers-16.04": "usr/share/backgrounds",
    "lomiri-wallpapers-20.04": "usr/share/backgrounds",
}
BUNDLES = ("erase", "explore_monuments", "categorization")
# Longest side kept, by where a picture is from: the larger ones are soft or show compression at full size.
LONGEST = {"erase": 960, "explore_monuments": 768, "categorization": 320}
WALLPAPER = 1600
HELD_OUT_SHARE = 8


@dataclass(frozen=True)
class Photograph:
    """One picture, (H, W, 3) uint8 sRGB."""

    name: str
    pixels: Array


def subject(name: str) -> str:
    """What two pictures of one thing share: they go to the same part."""
    return PurePosixPath(name).stem.lower()


def held_out(name: str) -> bool:
    """Whether a picture is kept for judging: an eighth of the subjects, by checksum."""
    return zlib.crc32(subject(name).encode()) % HELD_OUT_SHARE == 0


def photographs(packages: dict[str, Path], out: Path) -> None:
    """Prepare the data set from its unpacked packages."""
    out.mkdir(parents=True, exist_ok=True)
    rows, parts = [], []
    for name, raw, longest in sources(packages):
        pixels = decode(raw, longest)
        rows.append(
            {
                "name": name,
                "height": pixels.shape[0],
                "width": pixels.shape[1],
                "held_out": held_out(name),
            }
        )
        parts.append(pixels.reshape(-1, 3))
    np.save(out / "pictures.npy", np.concatenate(parts))
    (out / "index.json").write_text(json.dumps(rows, indent=1), "utf-8")


def sources(packages: dict[str, Path]) -> Iterator[tuple[str, bytes, int]]:
    """(name, file content, longest side to keep) of every picture, in a fixed order."""
    for package, folder in FOLDERS.items():
        for path in sorted((packages[package] / folder).glob("*.jpg")):
            yield f"{package}/{path.name}", path.read_bytes(), WALLPAPER
    for bundle in BUNDLES:
        path = packages["gcompris-qt-data"] / f"usr/share/gcompris-qt/rcc/{bundle}.rcc"
        for name, raw in sorted(Bundle(path.read_bytes()).files()):
            if name.endswith(".webp") and not name.endswith(("numbers.webp", "alphabets.webp")):
                yield f"{bundle}/{PurePosixPath(name).name}", raw, LONGEST[bundle]


def decode(raw: bytes, longest: int) -> Array:
    """An encoded picture -> (H, W, 3) uint8, no side longer than ``longest``."""
    image = Image.open(io.BytesIO(raw)).convert("RGB")
    scale = longest / max(image.size)
    if scale < 1:
        size = (round(image.width * scale), round(image.height * scale))
        image = image.resize(size, Image.Resampling.LANCZOS)
    return np.asarray(image)


def load(folder: Path, held_out: bool = False) -> list[Photograph]:
    """The training part of a prepared folder, or its held-out part; pixels stay on disc until read.

    Raises:
        UserError: when the folder holds no prepared photographs.
    """
    if not (folder / "index.json").is_file():
        raise UserError(
            f"{folder} holds no prepared photographs.", "Run python -m studio.train.fetch photographs."
        )
    pixels, start, found = np.load(folder / "pictures.npy", mmap_mode="r"), 0, []
    for row in json.loads((folder / "index.json").read_text("utf-8")):
        size = row["height"] * row["width"]
        if row["held_out"] == held_out:
            picture = pixels[start : start + size].reshape(row["height"], row["width"], 3)
            found.append(Photograph(row["name"], picture))
        start += size
    return found


class Crops:
    """Endless random square crops, larger pictures more often; the liveliest of ``choices`` places."""

    def __init__(self, pictures: list[Photograph], size: int, seed: int, choices: int = 2) -> None:
        self.pictures = [p.pixels for p in pictures if min(p.pixels.shape[:2]) >= size]
        self.size, self.choices = size, choices
        self.rng = np.random.default_rng(seed)
        areas = np.array([p.shape[0] * p.shape[1] for p in self.pictures], float) ** 0.5
        self.weights = areas / areas.sum()

    def next(self) -> Array:
        """One crop (size, size, 3) uint8, turned and mirrored at random."""
        places = [self.place() for _ in range(self.choices)]
        crop = max(places, key=liveliness)
        crop = np.rot90(crop, int(self.rng.integers(4)))
        return np.ascontiguousarray(crop[:, ::-1] if self.rng.integers(2) else crop)

    def place(self) -> Array:
        """A crop at a random place of a random picture."""
        picture = self.pictures[int(self.rng.choice(len(self.pictures), p=self.weights))]
        top = int(self.rng.integers(picture.shape[0] - self.size + 1))
        left = int(self.rng.integers(picture.shape[1] - self.size + 1))
        return picture[top : top + self.size, left : left + self.size]

    def batch(self, n: int) -> Array:
        """(n, size, size, 3) uint8."""
        return np.stack([self.next() for _ in range(n)])

    def state(self) -> dict[str, Any]:
        """Where the random numbers stand, for a checkpoint."""
        return {"rng": json.dumps(self.rng.bit_generator.state)}

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a saved place."""
        self.rng.bit_generator.state = json.loads(state["rng"])


def liveliness(crop: Array) -> float:
    """How much neighbouring pixels differ, on a coarse grid."""
    grey = crop[::2, ::2, 1].astype(np.int16)
    return float(np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean())
