"""Write a trained generator as the studio reads it: half-precision safetensors with a header that says what
it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from studio.nets.light import LightGenerator
from studio.nets.style import Generator, draw
from studio.train.datasets import Data

SAMPLES = 10_000
DIRECTIONS = 8


def metadata(config: dict[str, Any], pictures: Data, **texts: str) -> dict[str, str]:
    """The header of a style model's file; ``texts`` are name, title, licence and data."""
    channels = pictures.channels
    premultiplied = {"premultiplied": "1"} if channels[-1] == "a" else {}
    return {
        "family": "style",
        "format": "1",
        **texts,
        "config": json.dumps(config),
        "conditions": json.dumps(pictures.conditions),
        "combinations": json.dumps(combinations(pictures.labels)),
        "resolution": str(config["resolution"]),
        "channels": json.dumps(channels),
        "tileable": str(int(config.get("tileable", False))),
        **premultiplied,
    }


def combinations(labels: np.ndarray) -> list[list[int]]:
    """(N, A) label rows -> each row that occurs, with how often it does as a last number."""
    if not labels.shape[1]:
        return []
    rows, counts = np.unique(labels, axis=0, return_counts=True)
    return np.column_stack([rows, counts]).tolist()


@torch.no_grad()
def measure_styles(net: Generator | LightGenerator, data: Data, seed: int = 0) -> None:
    """Fill the buffers of W: its mean over labels as frequent as in the data, and its principal
    directions.
    """
    rng, device = torch.Generator().manual_seed(seed), net.w_avg.device
    rows = torch.randint(len(data), (SAMPLES,), generator=rng)
    labels = torch.from_numpy(data.labels)[rows].to(device)
    w = net.map(draw(rng, (SAMPLES, net.z_dim)).to(device), labels)
    net.w_avg.copy_(w.mean(0))
    net.pca_mean.copy_(w.mean(0))
    if isinstance(net, LightGenerator):
        net.find_directions()
        return
    _, scale, directions = torch.linalg.svd(w - w.mean(0), full_matrices=False)
    found = min(DIRECTIONS, len(directions))
    net.pca_dirs[:found] = directions[:found]
    net.pca_scale[:found] = scale[:found] / (SAMPLES - 1) ** 0.5


def halved(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Half precision, but for whole numbers: a count of batches may be more than it can hold."""
    return {k: (v.half() if v.is_floating_point() else v).contiguous() for k, v in tensors.items()}


def save_generator(path: Path, net: Generator | LightGenerator, meta: dict[str, str]) -> None:
    """Write the weights and the header to a temporary file and rename it into place.

    Raises:
        ValueError: when a weight is not finite in half precision.
    """
    tensors = halved(net.state_dict())
    broken = [name for name, value in tensors.items() if not value.isfinite().all()]
    if broken:
        raise ValueError(f"not finite in half precision: {', '.join(broken)}")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part")
    save_file(tensors, temporary, meta)
    temporary.chmod(0o644)
    temporary.replace(path)
