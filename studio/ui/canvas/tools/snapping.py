"""Where a held Shift lets things land."""

from __future__ import annotations

import math

Point = tuple[float, float]


def snapped_angle(start: Point, end: Point, step: float = 15.0) -> Point:
    """`end` turned about `start` to the nearest multiple of `step` degrees, at the same distance."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy)
    angle = math.radians(round(math.degrees(math.atan2(dy, dx)) / step) * step)
    return start[0] + length * math.cos(angle), start[1] + length * math.sin(angle)


def squared(start: Point, end: Point) -> Point:
    """`end` moved so that the box from `start` is square, as large as its longer side."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    side = max(abs(dx), abs(dy))
    return start[0] + math.copysign(side, dx), start[1] + math.copysign(side, dy)


def along_axis(dx: float, dy: float) -> Point:
    """Only the larger part of a movement."""
    return (dx, 0.0) if abs(dx) >= abs(dy) else (0.0, dy)
