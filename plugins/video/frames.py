"""What both generators share: when the frames of a loop are seen, and how pixels become pictures."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from studio.api import Field, Image, Params

if TYPE_CHECKING:
    from torch import Tensor

Pixels = NDArray[np.uint8]


class LoopParams(Params):
    """How long, how often, how smooth."""

    model: str = Field(
        "", title="Model", description="Which trained network; empty for the one that comes along."
    )
    length: float = Field(
        3.0,
        ge=0.5,
        le=20,
        title="Length",
        description="Of one loop: the end runs into the beginning without a seam.",
        json_schema_extra={"unit": "s", "step": 0.5},
    )
    loops: int = Field(1, ge=1, le=20, title="Loops", description="How often it is played.")
    rate: int = Field(24, ge=1, le=60, title="Frame rate", json_schema_extra={"unit": "/s"})


def moments(params: LoopParams) -> Iterator[tuple[float, Fraction, float]]:
    """(moment of the loop in 0..1, duration in seconds, progress) of every frame of the clip."""
    count = max(2, round(params.length * params.rate))
    duration = Fraction(1, params.rate)
    for number in range(count * params.loops):
        yield number % count / count, duration, (number + 1) / (count * params.loops)


def premultiplied(unit: NDArray[np.float32]) -> NDArray[np.float32]:
    """(H, W, 4) straight -> premultiplied, both in 0..1."""
    return np.concatenate([unit[..., :3] * unit[..., 3:], unit[..., 3:]], 2)


def straight(flat: Tensor) -> NDArray[np.float32]:
    """(4, H, W) premultiplied -> (H, W, 4) straight, in 0..1."""
    pixels: NDArray[Any] = flat.float().clamp(0, 1).permute(1, 2, 0).cpu().numpy()
    alpha = pixels[..., 3:]
    colour = np.divide(pixels[..., :3], alpha, out=np.zeros_like(pixels[..., :3]), where=alpha > 1 / 512)
    return np.concatenate([colour.clip(0, 1), alpha], 2)


def picture(unit: NDArray[np.float32]) -> Image:
    """8 bits for each channel."""
    return Image((unit * 255 + 0.5).astype(np.uint8))
