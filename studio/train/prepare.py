"""Turn unpacked packages into prepared data sets: one function per data set."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def write(out: Path, images: Array, labels: Array, split: Array, names: dict[str, Any]) -> None:
    """Write a prepared data set as ``studio.train.datasets`` describes it."""
    out.mkdir(parents=True, exist_ok=True)
    np.save(out / "images.npy", images.astype(np.uint8))
    np.save(out / "labels.npy", labels.astype(np.int64))
    np.save(out / "split.npy", split.astype(np.uint8))
    (out / "names.json").write_text(json.dumps(names, indent=1, ensure_ascii=False), "utf-8")


def condition(name: str, values: Sequence[str], column: Array) -> dict[str, Any]:
    """One attribute: its values and how often each occurs."""
    counts = np.bincount(column, minlength=len(values)) / len(column)
    return {"name": name, "values": list(values), "weights": [round(float(c), 5) for c in counts]}


FASHION = ("t-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle-boot")


def read_idx(path: Path) -> Array:
    """An IDX file of unsigned bytes: magic 0 0 8 ndim, big-endian sizes, data."""
    raw = gzip.decompress(path.read_bytes())
    dims = raw[3]
    shape = np.frombuffer(raw, ">i4", dims, 4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * dims).reshape(shape)


def fashion(packages: dict[str, Path], out: Path) -> None:
    """Fashion-MNIST padded to 32 x 32; held out is its official test part."""
    root = packages["dataset-fashion-mnist"] / "usr/share/datasets/fashion-mnist"
    images = np.concatenate([read_idx(root / f"{part}-images-idx3-ubyte.gz") for part in ("train", "t10k")])
    labels = np.concatenate([read_idx(root / f"{part}-labels-idx1-ubyte.gz") for part in ("train", "t10k")])
    split = np.repeat([0, 1], [60_000, 10_000])
    images = np.pad(images, ((0, 0), (2, 2), (2, 2)))[..., None]
    names = {"channels": ["grey"], "conditions": [condition("garment", FASHION, labels[split == 0])]}
    write(out, images, labels[:, None], split, names)
