"""Integer rectangles in document pixels."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import reduce
from typing import ClassVar, NamedTuple


class _Edges(NamedTuple):
    x: int
    y: int
    w: int
    h: int


class Rect(_Edges):
    """A rectangle of whole pixels: left, top, width, height. Width or height of 0 or less means empty."""

    __slots__ = ()

    EMPTY: ClassVar[Rect]

    @staticmethod
    def from_edges(left: int, top: int, right: int, bottom: int) -> Rect:
        """The rectangle that holds pixels with left <= x < right and top <= y < bottom."""
        return Rect(left, top, right - left, bottom - top)

    @staticmethod
    def around(left: float, top: float, right: float, bottom: float) -> Rect:
        """The smallest rectangle of whole pixels that covers the given area."""
        return Rect.from_edges(math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom))

    @staticmethod
    def union_of(rects: Iterable[Rect]) -> Rect:
        """The smallest rectangle that holds all the given ones; EMPTY for none."""
        return reduce(Rect.union, rects, Rect.EMPTY)

    @property
    def right(self) -> int:
        """One past the last column."""
        return self.x + self.w

    @property
    def bottom(self) -> int:
        """One past the last row."""
        return self.y + self.h

    @property
    def is_empty(self) -> bool:
        """True when no pixel lies inside."""
        return self.w <= 0 or self.h <= 0

    @property
    def area(self) -> int:
        """Pixels inside."""
        return 0 if self.is_empty else self.w * self.h

    def union(self, other: Rect) -> Rect:
        """The smallest rectangle that holds both; an empty one adds nothing."""
        if self.is_empty:
            return other
        if other.is_empty:
            return self
        left, top = min(self.x, other.x), min(self.y, other.y)
        return Rect.from_edges(left, top, max(self.right, other.right), max(self.bottom, other.bottom))

    def intersect(self, other: Rect) -> Rect:
        """The common part, or EMPTY."""
        left, top = max(self.x, other.x), max(self.y, other.y)
        right, bottom = min(self.right, other.right), min(self.bottom, other.bottom)
        return Rect(left, top, right - left, bottom - top) if right > left and bottom > top else Rect.EMPTY

    def contains(self, other: Rect) -> bool:
        """True when every pixel of `other` lies inside."""
        return other.is_empty or self.intersect(other) == other

    def contains_point(self, x: float, y: float) -> bool:
        """True when the point (x, y) lies on a pixel of this rectangle."""
        return self.x <= x < self.right and self.y <= y < self.bottom

    def translated(self, dx: int, dy: int) -> Rect:
        """The same size, moved."""
        if dx == 0 and dy == 0:
            return self
        return Rect(self.x + dx, self.y + dy, self.w, self.h)

    def expanded(self, margin: int) -> Rect:
        """Grown by `margin` pixels on each side; an empty one stays empty."""
        if self.is_empty:
            return Rect.EMPTY
        return Rect(self.x - margin, self.y - margin, self.w + 2 * margin, self.h + 2 * margin)

    def slices(self, origin: Rect) -> tuple[slice, slice]:
        """(rows, columns) of this rectangle in an array whose first pixel is the origin's."""
        x, y = self.x - origin.x, self.y - origin.y
        return slice(y, y + self.h), slice(x, x + self.w)


Rect.EMPTY = Rect(0, 0, 0, 0)
