"""Tiny, randomly initialised models in the format of the shipped ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from studio.nets.style import Generator

PEOPLE = [
    {"name": "style", "values": ["google", "twitter"], "weights": [3.0, 1.0]},
    {"name": "role", "values": ["cook", "pilot", "dark skin tone"]},
]


def tiny_model(
    folder: Path,
    name: str,
    channels: tuple[str, ...] = ("r", "g", "b", "a"),
    conditions: list[dict[str, Any]] | None = None,
    tileable: bool = False,
    seed: int = 0,
    combinations: list[list[int]] | None = None,
) -> Path:
    """Write a 16-pixel model; returns its path."""
    conditions = conditions or []
    config: dict[str, Any] = {
        "resolution": 16,
        "z_dim": 8,
        "w_dim": 12,
        "channels": [8, 8, 6],
        "out_channels": len(channels),
        "conditions": [len(c["values"]) for c in conditions],
        "tileable": tileable,
        "mapping_layers": 2,
    }
    torch.manual_seed(seed)
    net = Generator(**config)
    net.pca_dirs.copy_(torch.linalg.qr(torch.randn(12, 8))[0].t())
    net.pca_scale.copy_(torch.linspace(2, 1, 8))
    for layer in net.layers:
        torch.nn.init.constant_(layer.noise_strength, 0.3)
    torch.nn.init.normal_(net.to_image.weight, std=0.5)
    meta = {
        "family": "style",
        "format": "1",
        "name": name,
        "title": name.title(),
        "licence": "CC0-1.0",
        "data": "none: random weights",
        "config": json.dumps(config),
        "conditions": json.dumps(conditions),
        "resolution": "16",
        "combinations": json.dumps(combinations or []),
        "channels": json.dumps(channels),
        "tileable": str(int(tileable)),
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.safetensors"
    save_file({key: value.half().contiguous() for key, value in net.state_dict().items()}, path, meta)
    return path
