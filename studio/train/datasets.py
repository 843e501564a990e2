"""A prepared data set in memory, and the sampler whose place in the data survives a restart.

A data set is a folder: ``images.npy`` (N, H, W, C) uint8, ``labels.npy`` (N, A) int64, ``split.npy`` (N,)
uint8
(0 to train with, 1 held out) and ``names.json`` (channels, conditions and their value names).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from studio.model.errors import UserError


class Data(Protocol):
    """Square pictures to learn from, with labels (N, A) int64, and what the columns mean."""

    names: dict[str, Any]
    labels: np.ndarray[Any, np.dtype[np.int64]]

    def __len__(self) -> int: ...

    @property
    def resolution(self) -> int:
        """Height in pixels; pictures are square."""
        ...

    @property
    def channels(self) -> list[str]:
        """What each picture channel holds."""
        ...

    @property
    def conditions(self) -> list[dict[str, Any]]:
        """Attributes in label order: name and value names."""
        ...

    @property
    def windows(self) -> bool:
        """Whether batches are cut at random places instead of whole pictures."""
        ...

    def pictures(self, rows: Any, places: Tensor | None = None) -> Tensor:
        """Float pictures (n, C, H, W) in [-1, 1] of these rows."""
        ...


@dataclass(frozen=True)
class Draw:
    """Which pictures make a batch: rows (n,), mirrored (n,), and places (n, 2) of windows, if any."""

    rows: Tensor
    mirrored: Tensor
    places: Tensor | None = None

    def __getitem__(self, which: Tensor | slice) -> Draw:
        places = None if self.places is None else self.places[which]
        return Draw(self.rows[which], self.mirrored[which], places)

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class PictureSet:
    """Pictures (N, H, W, C) uint8 with labels (N, A) int64, and what the columns mean."""

    images: np.ndarray[Any, np.dtype[np.uint8]]
    labels: np.ndarray[Any, np.dtype[np.int64]]
    names: dict[str, Any]

    def __len__(self) -> int:
        return len(self.images)

    @property
    def resolution(self) -> int:
        """Height in pixels; pictures are square."""
        return int(self.images.shape[1])

    @property
    def channels(self) -> list[str]:
        """What each picture channel holds."""
        return list(self.names["channels"])

    @property
    def conditions(self) -> list[dict[str, Any]]:
        """Attributes in label order: name and value names."""
        return list(self.names["conditions"])

    @property
    def windows(self) -> bool:
        """Prepared pictures are learnt whole."""
        return False

    def pictures(self, rows: Any, places: Tensor | None = None) -> Tensor:
        """Float pictures (n, C, H, W) in [-1, 1]."""
        x = torch.from_numpy(self.images[rows]).permute(0, 3, 1, 2)
        return x.float() / 127.5 - 1


def load(folder: Path, held_out: bool = False) -> PictureSet:
    """Read the training part of a prepared data set, or its held-out part.

    Raises:
        UserError: when the folder holds no prepared data set.
    """
    missing = [
        n for n in ("images.npy", "labels.npy", "split.npy", "names.json") if not (folder / n).is_file()
    ]
    if missing:
        raise UserError(
            f"{folder} holds no prepared data set: {missing[0]} is missing.",
            "Fetch one with studio data fetch NAME.",
        )
    keep = np.load(folder / "split.npy") == int(held_out)
    names = json.loads((folder / "names.json").read_text("utf-8"))
    return PictureSet(np.load(folder / "images.npy")[keep], np.load(folder / "labels.npy")[keep], names)


class Sampler:
    """Endless shuffled batches; every picture once per pass, windows at random places of random pictures."""

    def __init__(self, data: Data, seed: int, flip: bool) -> None:
        self.data, self.flip = data, flip
        self.rng = torch.Generator().manual_seed(seed)
        self.order, self.position = torch.randperm(len(data), generator=self.rng), 0

    def draw(self, n: int) -> Draw:
        """The next n pictures, not yet decoded."""
        if self.data.windows:
            rows = torch.randint(len(self.data), (n,), generator=self.rng)
            places = torch.rand(n, 2, generator=self.rng)
        else:
            rows, places = self.shuffled(n), None
        mirrored = torch.zeros(n, dtype=torch.bool)
        if self.flip:
            mirrored = torch.rand(n, 1, 1, 1, generator=self.rng).flatten() < 0.5
        return Draw(rows, mirrored, places)

    def shuffled(self, n: int) -> Tensor:
        """n rows from where the last batch ended; small sets are gone through several times."""
        if self.position + n > len(self.order):
            passes = -(-n // len(self.data))
            shuffles = [torch.randperm(len(self.data), generator=self.rng) for _ in range(passes)]
            self.order, self.position = torch.cat(shuffles), 0
        rows = self.order[self.position : self.position + n]
        self.position += n
        return rows

    def fetch(self, drawn: Draw) -> tuple[Tensor, Tensor]:
        """Decoded pictures (n, C, H, W) in [-1, 1] and their labels (n, A)."""
        x = self.data.pictures(drawn.rows.numpy(), drawn.places)
        x = torch.where(drawn.mirrored[:, None, None, None], x.flip(3), x)
        labels = torch.from_numpy(self.data.labels[drawn.rows.numpy()])
        return x.contiguous(memory_format=torch.channels_last), labels

    def next(self, n: int) -> tuple[Tensor, Tensor]:
        """n pictures (n, C, H, W) in [-1, 1] and their labels (n, A)."""
        return self.fetch(self.draw(n))

    def state(self) -> dict[str, Any]:
        """Where the sampler stands, for a checkpoint."""
        return {"rng": self.rng.get_state(), "order": self.order, "position": self.position}

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a saved place; with pictures added or taken away since, to the start of a new pass."""
        self.rng.set_state(state["rng"])
        self.order, self.position = state["order"], int(state["position"])
        if int(self.order.max()) + 1 != len(self.data):
            self.order, self.position = torch.randperm(len(self.data), generator=self.rng), 0
