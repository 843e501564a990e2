"""What a person has marked, as shapes: nothing is drawn before the engine's thread wants the mask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from studio.model.geometry import Rect
from studio.model.tiles import TileMap

Point = tuple[float, float]


@dataclass(frozen=True)
class Mark:
    """A stroke along points in document pixels, or the area they enclose; it adds to the mask or takes away.

    radius: of the stroke in pixels, 0 for an enclosed area.
    """

    points: tuple[Point, ...]
    radius: float = 0.0
    erase: bool = False

    @property
    def bounds(self) -> Rect:
        """The whole pixels it touches."""
        xs, ys = zip(*self.points, strict=True)
        r = self.radius
        return Rect.around(min(xs) - r, min(ys) - r, max(xs) + r, max(ys) + r)

    @staticmethod
    def box(rect: Rect) -> Mark:
        """The area of a rectangle."""
        x, y, right, bottom = rect.x, rect.y, rect.right, rect.bottom
        return Mark(((x, y), (right, y), (right, bottom), (x, bottom)))


@dataclass(frozen=True)
class Marks:
    """Marks in the order in which they were made, on a coverage that was there before (a selection)."""

    shapes: tuple[Mark, ...] = ()
    base: TileMap | None = None

    @property
    def bounds(self) -> Rect:
        """What they can cover."""
        own = [mark.bounds for mark in self.shapes if not mark.erase]
        return Rect.union_of([*own, self.base.bounds()] if self.base else own)

    def __bool__(self) -> bool:
        return not self.bounds.is_empty

    def with_mark(self, mark: Mark) -> Marks:
        """One more."""
        return Marks((*self.shapes, mark), self.base)

    def coverage(self, rect: Rect) -> npt.NDArray[np.uint8]:
        """The mask (h, w) in a document rectangle, 255 = marked."""
        from PIL import Image as Pillow

        out = Pillow.fromarray(self.base.read(rect)) if self.base else Pillow.new("L", (rect.w, rect.h))
        for mark in self.shapes:
            draw(out, mark, rect)
        return np.array(out)


@dataclass
class Line:
    """A mark while it is being made."""

    radius: float
    erase: bool
    points: list[Point] = field(default_factory=list[Point])

    def mark(self) -> Mark | None:
        """The finished mark; None for an enclosed area of fewer than three points."""
        if not self.points or (self.radius == 0 and len(self.points) < 3):
            return None
        return Mark(tuple(self.points), self.radius, self.erase)


def draw(out: object, mark: Mark, rect: Rect) -> None:
    """Draw a mark into a grey Pillow picture that stands for a document rectangle."""
    from PIL import Image as Pillow
    from PIL import ImageDraw

    assert isinstance(out, Pillow.Image)
    pen, ink = ImageDraw.Draw(out), 0 if mark.erase else 255
    points = [(x - rect.x, y - rect.y) for x, y in mark.points]
    if mark.radius == 0:
        pen.polygon(points, fill=ink)
        return
    for x, y in dotted(points, mark.radius / 4):
        pen.ellipse((x - mark.radius, y - mark.radius, x + mark.radius, y + mark.radius), fill=ink)


def dotted(points: Sequence[Point], step: float) -> list[Point]:
    """Points along a line, at most `step` apart."""
    found = [points[0]]
    for (x0, y0), (x1, y1) in pairwise(points):
        count = max(1, int(np.ceil(np.hypot(x1 - x0, y1 - y0) / max(step, 0.5))))
        found += [(x0 + (x1 - x0) * i / count, y0 + (y1 - y0) * i / count) for i in range(1, count + 1)]
    return found
