"""Vectors of a latent space as text, so that params, recipes and metadata can hold them."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.model.errors import UserError

MAX_TEXT = 200_000
Vector = NDArray[np.float32]


def encode(values: NDArray[Any]) -> str:
    """Numbers as base64 of little-endian half floats."""
    return base64.b64encode(np.ascontiguousarray(values, "<f2").tobytes()).decode("ascii")


def decode(text: str, *sizes: int) -> Vector:
    """Numbers from text; UserError unless they are finite and, where ``sizes`` are given, of one of these."""
    try:
        values = np.frombuffer(base64.b64decode(text[:MAX_TEXT], validate=True), "<f2").astype(np.float32)
    except (binascii.Error, ValueError):
        raise UserError("This point of the latent space is damaged.", "Choose another one.") from None
    if (sizes and values.size not in sizes) or not np.isfinite(values).all():
        raise UserError(
            f"A point of this model has {' or '.join(map(str, sizes))} numbers, not {values.size}.",
            "It belongs to another model.",
        )
    return values
