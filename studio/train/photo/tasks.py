"""The tasks: which network learns what from a sharp crop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from studio.nets.inpaint import Inpainter
from studio.nets.restore import Restorer
from studio.nets.upscale import Upscaler
from studio.train.photo import blur, degrade, masks
from studio.train.photo.recipe import PhotoRecipe, Task

FAMILIES: dict[Task, tuple[str, type[nn.Module]]] = {
    "upscale": ("upscale", Upscaler),
    "deblur": ("restore", Restorer),
    "denoise": ("restore", Restorer),
    "inpaint": ("inpaint", Inpainter),
}


@dataclass(frozen=True)
class Batch:
    """What the network is given, what it should answer (N, 3, H, W), and the hole (N, 1, H, W) if any."""

    inputs: tuple[Tensor, ...]
    target: Tensor
    hole: Tensor | None = None


def build(plan: PhotoRecipe) -> nn.Module:
    """The recipe's network, freshly initialised from its seed."""
    torch.manual_seed(plan.train.seed)
    return FAMILIES[plan.task][1](**plan.network)


def margin(plan: PhotoRecipe) -> int:
    """How much larger than the target a crop is cut, on each side."""
    return blur.MARGIN if plan.task == "deblur" else 0


def prepare(plan: PhotoRecipe, crops: np.ndarray[Any, Any], rng: np.random.Generator) -> Batch:
    """Sharp crops (N, H, W, 3) uint8 -> what is learnt from them."""
    sharp = degrade.tensor(crops)
    if plan.task == "upscale":
        return Batch((degrade.shrink(sharp, plan.network["scale"]),), sharp)
    if plan.task == "deblur":
        inner = sharp[:, :, blur.MARGIN : -blur.MARGIN, blur.MARGIN : -blur.MARGIN]
        return Batch((degrade.blurred(sharp, rng),), inner)
    if plan.task == "denoise":
        return Batch((degrade.noisy(sharp, rng),), sharp)
    hole = torch.from_numpy(masks.batch(rng, len(sharp), sharp.shape[2]))
    inputs = (sharp * (1 - hole), hole)
    if channels := plan.network.get("noise_channels", 0):
        side = sharp.shape[2] // 4
        inputs += (torch.from_numpy(rng.standard_normal((len(sharp), channels, side, side), np.float32)),)
    return Batch(inputs, sharp, hole)


def laid(made: Tensor, batch: Batch) -> Tensor:
    """The answer as it will be seen: for inpainting, laid into the hole."""
    return made if batch.hole is None else torch.lerp(batch.target, made, batch.hole)
