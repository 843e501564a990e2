"""Tiny photo models with random weights, and pictures to try them on."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from studio.engine.devices import TorchDevice
from studio.engine.jobs import Request
from studio.engine.lab import Lab, Record
from studio.engine.plugins import Registry
from studio.engine.weights import WeightsStore
from studio.model.media import Image, Media
from studio.nets.inpaint import Inpainter
from studio.nets.restore import Restorer
from studio.nets.upscale import Upscaler

ROOT = Path(__file__).resolve().parents[2]
INPAINTER = {"width": 4, "blocks": 2, "spectral": 4}
RESTORER = {"width": 4, "enc": [1], "middle": 1, "dec": [1]}


def write(folder: Path, name: str, family: str, kind: type[Any], config: dict[str, Any], **meta: str) -> None:
    """A network with random weights as a model file."""
    net = kind(**config)
    for value in net.parameters():
        torch.nn.init.normal_(value, std=0.05) if value.ndim == 1 else None
    told = {
        "family": family,
        "format": "1",
        "name": name,
        "title": name,
        "licence": "CC0-1.0",
        "data": "none",
    }
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {key: value.half().contiguous() for key, value in net.state_dict().items()}
    save_file(tensors, folder / f"{name}.safetensors", told | {"config": json.dumps(config)} | meta)


def photo_models(folder: Path) -> None:
    """All that the photo generators use."""
    torch.manual_seed(1)
    for scale in (2, 4):
        for variant in ("psnr", "gan"):
            config = {"scale": scale, "features": 8, "blocks": 2}
            about = {"task": "upscale", "scale": str(scale), "variant": variant}
            write(folder, f"upscale-x{scale}-{variant}", "upscale", Upscaler, config, **about)
    write(folder, "inpaint", "inpaint", Inpainter, INPAINTER, task="inpaint")
    for task in ("deblur", "denoise"):
        write(folder, task, "restore", Restorer, RESTORER, task=task)


def photo_registry(folder: Path) -> Registry:
    """The built-in generators over a folder of models."""
    registry = Registry(WeightsStore([folder]), built_in=[ROOT / "plugins"])
    assert not registry.discover(entry_points=False).notices
    return registry


def photo(width: int, height: int, channels: int = 3, dtype: str = "uint8", seed: int = 0) -> Image:
    """Smooth colours with some noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width][..., None] / 20
    unit = (
        0.5
        + 0.3 * np.sin(x + y * np.arange(1, channels + 1))
        + rng.uniform(-0.1, 0.1, (height, width, channels))
    )
    if channels == 4:
        unit[..., 3] = (x[..., 0] + y[..., 0]) % 2 > 1
    top = np.iinfo(dtype).max
    return Image((unit.clip(0, 1) * top).astype(dtype))


def run(lab: Lab, id: str, params: dict[str, object] | None = None, **inputs: Media) -> Record:
    """Run a generator to its end."""
    record = lab.run(Request(id, params or {}, inputs))
    assert record.finished is not None, record.fault
    return record


def made(lab: Lab, id: str, params: dict[str, object] | None = None, **inputs: Media) -> Image:
    """The picture a generator makes."""
    (value,) = run(lab, id, params, **inputs).values
    assert isinstance(value, Image)
    return value


def lab_on(registry: Registry) -> Lab:
    """An engine on the processor."""
    return Lab(registry, TorchDevice("cpu"))
