"""Animated emoji as loops of a few frames: prepared once, loaded whole, told apart by the figure they show.

A prepared folder holds ``frames.npy`` (K, T, R, R, 4) uint8, premultiplied, and ``index.json``: for each loop
its code points, whether the emoji has a skin colour, and whether it is held out.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from studio.model.errors import UserError

FRAMES, SIDE = 16, 64
FEWEST = 8  # frames a file must have to count as moving
SKINS = {"1f3fb", "1f3fc", "1f3fd", "1f3fe", "1f3ff"}

Array = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass(frozen=True)
class Loops:
    """Loops (K, T, R, R, 4) uint8, and the code points of each."""

    frames: Array
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    def draw(self, rng: np.random.Generator, n: int) -> Tensor:
        """(n, 4, T, R, R) in 0..1: random loops from a random moment on, half of them mirrored."""
        return torch.stack([self.one(rng) for _ in range(n)])

    def one(self, rng: np.random.Generator) -> Tensor:
        """One of ``draw``."""
        frames = self.frames[int(rng.integers(len(self)))]
        frames = np.roll(frames, -int(rng.integers(len(frames))), 0)
        frames = frames[:, :, ::-1] if rng.integers(2) else frames
        return tensor(frames)

    def all(self) -> Tensor:
        """(K, 4, T, R, R) in 0..1."""
        return torch.stack([tensor(frames) for frames in self.frames])


def tensor(frames: Array) -> Tensor:
    """(T, R, R, 4) uint8 -> (4, T, R, R) in 0..1."""
    return torch.from_numpy(np.ascontiguousarray(frames.transpose(3, 0, 1, 2))).float() / 255


def loops(packages: dict[str, Path], out: Path) -> None:
    """Prepare the data set from its unpacked package."""
    folder = packages["@lobehub/fluent-emoji-anim-1"] / "package" / "assets"
    frames, rows = [], []
    for path in sorted(folder.glob("*.webp")):
        found = decode(path)
        if found is not None:
            frames.append(found)
            rows.append({"name": path.stem, "held_out": held_out(path.stem)})
    out.mkdir(parents=True, exist_ok=True)
    np.save(out / "frames.npy", np.stack(frames))
    (out / "index.json").write_text(json.dumps(rows, indent=1), "utf-8")


def decode(path: Path) -> Array | None:
    """``FRAMES`` frames evenly over the file's loop, ``SIDE`` pixels wide; None when it does not move."""
    with Image.open(path) as file:
        count = getattr(file, "n_frames", 1)
        if count < FEWEST:
            return None
        made = []
        for i in range(FRAMES):
            file.seek(round(i * count / FRAMES))
            made.append(small(file.convert("RGBA")))
    return np.stack(made)


def small(picture: Image.Image) -> Array:
    """A premultiplied copy, (SIDE, SIDE, 4)."""
    pixels = np.asarray(picture, np.float32)
    pixels[..., :3] *= pixels[..., 3:] / 255
    side = pixels.shape[0] // SIDE
    return np.round(pixels.reshape(SIDE, side, SIDE, side, 4).mean((1, 3))).astype(np.uint8)


def figure(name: str) -> str:
    """What an emoji shows, whatever its skin colour: its code points without those for skin."""
    return "-".join(part for part in name.split("-") if part not in SKINS)


def held_out(name: str) -> bool:
    """A sixth of the figures, by checksum; all skin colours of a figure are on one side."""
    return zlib.crc32(figure(name).encode()) % 6 == 0


def load(folder: Path, held: bool = False, prefixes: tuple[str, ...] = ("",)) -> Loops:
    """The training part of a prepared folder, or its held-out part: those whose figure begins with a prefix.

    Raises:
        UserError: when the folder holds no prepared loops, or none of those.
    """
    if not (folder / "index.json").is_file():
        raise UserError(f"{folder} holds no prepared loops.", "Run python -m studio.train.fetch loops.")
    rows = json.loads((folder / "index.json").read_text("utf-8"))
    wanted = [
        i
        for i, row in enumerate(rows)
        if row["held_out"] == held and figure(row["name"]).startswith(prefixes)
    ]
    if not wanted:
        raise UserError(f"{folder} holds none of those loops.", f"Looked for {', '.join(prefixes)}.")
    return Loops(np.load(folder / "frames.npy")[wanted], tuple(rows[i]["name"] for i in wanted))
