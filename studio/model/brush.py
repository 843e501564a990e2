"""Brushes: their shape, and where along a path they touch down."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.ink import Coverage

MAX_SIZE = 5000.0
MIN_STEP = 0.5  # pixels between dabs, at least
_SLACK = 1e-6  # a dab due this close behind the end of a segment belongs to it, whatever the rounding


@dataclass(frozen=True, slots=True)
class Brush:
    """A round brush.

    Args:
        size: diameter in pixels, more than 0 up to 5000.
        hardness: 0..1, the part of the radius that is solid; 1 has only an antialiased edge.
        opacity: 0..1, the most one stroke can cover.
        flow: 0..1, how much each dab adds towards the opacity.
        spacing: distance between dabs as a part of the diameter.
        pressure_size, pressure_opacity: what pen pressure scales.
        color: 8-bit RGBA.
        erase: take off alpha (or whiteness of a mask) instead of laying colour.

    Raises UserError for values out of range.
    """

    size: float = 24.0
    hardness: float = 0.8
    opacity: float = 1.0
    flow: float = 1.0
    spacing: float = 0.1
    pressure_size: bool = True
    pressure_opacity: bool = False
    color: tuple[int, int, int, int] = (0, 0, 0, 255)
    erase: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.size <= MAX_SIZE:
            raise UserError(f"A brush cannot be {self.size} pixels wide.", f"Choose up to {MAX_SIZE:.0f}.")
        if not all(0 <= value <= 1 for value in (self.hardness, self.opacity, self.flow)):
            raise UserError("Hardness, opacity and flow of a brush must lie between 0 and 1.")
        if not 0 < self.spacing <= 10:
            raise UserError("The spacing of a brush must be more than 0 and at most 10 diameters.")

    def diameter(self, pressure: float) -> float:
        """Width in pixels at a pen pressure."""
        return self.size * (pressure if self.pressure_size else 1.0)

    def limit(self, pressure: float) -> float:
        """The coverage a stroke can reach at a pen pressure."""
        return self.opacity * (pressure if self.pressure_opacity else 1.0)


@dataclass(frozen=True, slots=True)
class Touch:
    """A point of a stroke: position in pixels, pressure 0..1."""

    x: float
    y: float
    pressure: float


class Path:
    """Turns pointer positions into dabs at even arc length, however the path is cut into segments."""

    def __init__(self, brush: Brush) -> None:
        self._brush = brush
        self._last: Touch | None = None
        self._due = 0.0  # pixels from the last position to the next dab

    def to(self, x: float, y: float, pressure: float) -> Iterator[Touch]:
        """Dabs on the straight way from the last position to (x, y); the first position is one itself."""
        end, start = Touch(x, y, pressure), self._last
        self._last = end
        if start is None:
            self._due = self._step(pressure)
            yield end
            return
        length = math.hypot(x - start.x, y - start.y)
        at = self._due
        while at <= length + _SLACK and length > 0:
            touch = _between(start, end, min(at / length, 1.0))
            yield touch
            at += self._step(touch.pressure)
        self._due = at - length

    def _step(self, pressure: float) -> float:
        return max(self._brush.diameter(pressure) * self._brush.spacing, MIN_STEP)


def dab(brush: Brush, touch: Touch, area: Rect) -> tuple[Rect, Coverage]:
    """The shape of one dab inside `area`: its rectangle and coverage (h, w) in 0..1.

    Pixel centres lie at .5. Thinner than a pixel, the dab grows fainter instead.
    """
    radius = brush.diameter(touch.pressure) / 2
    strength = min(1.0, (2 * radius) ** 2)
    radius = max(radius, 0.5)
    inner = min(brush.hardness * radius, radius - 0.5)
    outer = max(radius, inner + 1)
    reach = Rect.around(touch.x - outer, touch.y - outer, touch.x + outer, touch.y + outer)
    rect = reach.intersect(area)
    x = np.arange(rect.w, dtype=np.float32) + np.float32(rect.x + 0.5 - touch.x)
    y = np.arange(rect.h, dtype=np.float32) + np.float32(rect.y + 0.5 - touch.y)
    mask = np.sqrt(x * x + (y * y)[:, np.newaxis])
    np.subtract(np.float32(outer), mask, out=mask)
    mask *= np.float32(1 / (outer - inner))
    np.clip(mask, 0, 1, out=mask)
    mask *= mask * (3 - 2 * mask) * np.float32(strength)
    return rect, mask


def _between(start: Touch, end: Touch, part: float) -> Touch:
    return Touch(
        start.x + (end.x - start.x) * part,
        start.y + (end.y - start.y) * part,
        start.pressure + (end.pressure - start.pressure) * part,
    )
