"""Gradients: where along one a pixel lies, and which colour that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from studio.model.geometry import Rect
from studio.model.ink import unit_color

Shape = Literal["linear", "radial"]
Stop = tuple[float, Sequence[int]]
_STEPS = 4096


def ramp(
    rect: Rect, p0: tuple[float, float], p1: tuple[float, float], kind: Shape
) -> npt.NDArray[np.float32]:
    """Place 0..1 along a gradient of every pixel centre in `rect` (h, w)."""
    x = np.arange(rect.x, rect.right, dtype=np.float32) + np.float32(0.5 - p0[0])
    y = np.arange(rect.y, rect.bottom, dtype=np.float32)[:, np.newaxis] + np.float32(0.5 - p0[1])
    dx, dy = p1[0] - p0[0], p1[1] - p0[1]
    square = max(dx * dx + dy * dy, 1e-12)
    if kind == "radial":
        place = np.sqrt(x * x + y * y) * np.float32(square**-0.5)
    else:
        place = x * np.float32(dx / square) + y * np.float32(dy / square)
    return np.clip(place, 0, 1).astype(np.float32, copy=False)


def gradient_colors(
    stops: Sequence[Stop], place: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.float32], ...]:
    """Red, green, blue and alpha (h, w) at places along a gradient.

    Between stops colours are mixed weighted by alpha, so a clear stop lends no colour.
    """
    ordered = sorted(stops, key=lambda stop: stop[0])
    places = [stop[0] for stop in ordered]
    units = np.array([unit_color(stop[1]) for stop in ordered])
    at = np.linspace(0, 1, _STEPS)
    alpha = np.interp(at, places, units[:, 3])
    weighted = [np.interp(at, places, units[:, c] * units[:, 3]) for c in range(3)]
    plain = [np.interp(at, places, units[:, c]) for c in range(3)]
    table = [
        np.where(alpha > 0, w / np.maximum(alpha, 1e-12), p) for w, p in zip(weighted, plain, strict=True)
    ]
    index = (place * (_STEPS - 1) + np.float32(0.5)).astype(np.intp)
    return tuple(np.asarray(channel, np.float32)[index] for channel in (*table, alpha))
