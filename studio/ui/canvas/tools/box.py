"""Boxes one can take hold of: geometry without Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from studio.model.geometry import Rect
from studio.ui.canvas.transform import ViewTransform

Point = tuple[float, float]
Handle = tuple[int, int]
HANDLES: tuple[Handle, ...] = ((-1, -1), (0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0))
REACH = 9.0
SMALLEST = 1.0


@dataclass(frozen=True)
class Box:
    """A rectangle `width` x `height`, scaled, then turned by `angle` degrees about its centre (x, y).

    A negative scale mirrors. (source_x, source_y) is where the centre was at first. In document pixels.
    """

    source_x: float
    source_y: float
    width: float
    height: float
    x: float
    y: float
    scale_x: float = 1.0
    scale_y: float = 1.0
    angle: float = 0.0

    @classmethod
    def around(cls, rect: Rect) -> Box:
        """The untransformed box of a rectangle."""
        x, y = rect.x + rect.w / 2, rect.y + rect.h / 2
        return cls(x, y, rect.w, rect.h, x, y)

    @property
    def is_identity(self) -> bool:
        """Whether nothing has been changed."""
        moved = abs(self.x - self.source_x) + abs(self.y - self.source_y)
        return moved < 1e-9 and self.scale_x == self.scale_y == 1.0 and self.angle % 360 == 0

    @property
    def axes(self) -> tuple[Point, Point]:
        """Unit vectors along its width and its height."""
        cos, sin = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        return (cos, sin), (-sin, cos)

    def matrix(self) -> npt.NDArray[np.float64]:
        """3x3, for column vectors: where document points of the source go."""
        (ux, uy), (vx, vy) = self.axes
        linear = np.array([[ux * self.scale_x, vx * self.scale_y], [uy * self.scale_x, vy * self.scale_y]])
        out = np.eye(3)
        out[:2, :2] = linear
        out[:2, 2] = np.array([self.x, self.y]) - linear @ np.array([self.source_x, self.source_y])
        return out

    def at(self, handle: Handle) -> Point:
        """The document position of a corner or the middle of a side; (0, 0) is the centre."""
        (ux, uy), (vx, vy) = self.axes
        half_x, half_y = self.width * self.scale_x / 2, self.height * self.scale_y / 2
        along, down = handle[0] * half_x, handle[1] * half_y
        return self.x + along * ux + down * vx, self.y + along * uy + down * vy

    def moved(self, dx: float, dy: float) -> Box:
        """Moved by document pixels."""
        return replace(self, x=self.x + dx, y=self.y + dy)

    def turned(self, degrees: float) -> Box:
        """Turned about its centre."""
        return replace(self, angle=(self.angle + degrees + 180) % 360 - 180)

    def dragged(self, handle: Handle, to: Point, keep_ratio: bool, about_centre: bool) -> Box:
        """With a handle brought to document point `to`; the opposite one (or the centre) stays."""
        fixed = (self.x, self.y) if about_centre else self.at((-handle[0], -handle[1]))
        (ux, uy), (vx, vy) = self.axes
        dx, dy = to[0] - fixed[0], to[1] - fixed[1]
        reach = 2.0 if about_centre else 1.0
        scale_x = reach * (dx * ux + dy * uy) * handle[0] / self.width if handle[0] else self.scale_x
        scale_y = reach * (dx * vx + dy * vy) * handle[1] / self.height if handle[1] else self.scale_y
        if keep_ratio and handle[0] and handle[1]:
            scale_x, scale_y = self._proportional(scale_x, scale_y)
        sized = replace(self, scale_x=_safe(scale_x, self.width), scale_y=_safe(scale_y, self.height))
        if about_centre:
            return sized
        now = sized.at((-handle[0], -handle[1]))
        return sized.moved(fixed[0] - now[0], fixed[1] - now[1])

    def _proportional(self, scale_x: float, scale_y: float) -> Point:
        share_x, share_y = scale_x / self.scale_x, scale_y / self.scale_y
        share = share_x if abs(share_x) > abs(share_y) else share_y
        return self.scale_x * share, self.scale_y * share


def _safe(scale: float, size: float) -> float:
    """Never so small that the box vanishes."""
    least = SMALLEST / max(size, SMALLEST)
    return scale if abs(scale) >= least else math.copysign(least, scale)


def handle_at(box: Box, view: ViewTransform, at: Point) -> Handle | None:
    """The handle near viewport position `at`; (0, 0) is the inside, None the outside."""
    for handle in HANDLES:
        if math.dist(view.to_view(*box.at(handle)), at) <= REACH:
            return handle
    return (0, 0) if _inside(box, view.to_document(*at)) else None


def _inside(box: Box, point: Point) -> bool:
    (ux, uy), (vx, vy) = box.axes
    dx, dy = point[0] - box.x, point[1] - box.y
    half_x, half_y = abs(box.width * box.scale_x) / 2, abs(box.height * box.scale_y) / 2
    return abs(dx * ux + dy * uy) <= half_x and abs(dx * vx + dy * vy) <= half_y
