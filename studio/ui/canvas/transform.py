"""Where the document lies in the viewport: zoom, position, rotation and mirror as one immutable value."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

from PySide6.QtGui import QTransform

MIN_ZOOM, MAX_ZOOM = 1 / 64, 64.0
STEPS = (
    1 / 64, 1 / 48, 1 / 32, 1 / 24, 1 / 16, 1 / 12, 1 / 8, 1 / 6, 1 / 4, 1 / 3, 1 / 2, 2 / 3,
    1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0, 64.0,
)  # fmt: skip


def clamp_zoom(zoom: float) -> float:
    """`zoom` within the range the view can show (1/64 to 64)."""
    return min(MAX_ZOOM, max(MIN_ZOOM, zoom))


def next_zoom(zoom: float, direction: int) -> float:
    """The next round zoom above (`direction` > 0) or below the present one."""
    if direction > 0:
        return next((step for step in STEPS if step > zoom * 1.001), MAX_ZOOM)
    return next((step for step in reversed(STEPS) if step < zoom * 0.999), MIN_ZOOM)


@dataclass(frozen=True)
class ViewTransform:
    """Maps document pixels to viewport coordinates (logical pixels, origin top left) and back.

    zoom: device pixels per document pixel, so 1.0 shows one document pixel on one pixel of the screen.
    rotation: degrees in [0, 360), clockwise when not mirrored. mirror: flipped left to right as seen.
    centre_x, centre_y: the document point in the middle of the viewport of `width` x `height` logical pixels.
    ratio: device pixels per logical pixel.
    """

    zoom: float = 1.0
    centre_x: float = 0.0
    centre_y: float = 0.0
    rotation: float = 0.0
    mirror: bool = False
    width: int = 1
    height: int = 1
    ratio: float = 1.0

    @property
    def scale(self) -> float:
        """Logical pixels per document pixel."""
        return self.zoom / self.ratio

    @property
    def axis_aligned(self) -> bool:
        """Whether document rows run along the rows or columns of the screen."""
        return self.rotation % 90 == 0

    @cached_property
    def coefficients(self) -> tuple[float, float, float, float, float, float]:
        """(a, b, c, d, e, f) of x' = a x + c y + e, y' = b x + d y + f.

        Unrotated views begin on a whole device pixel, so that 1:1 stays crisp.
        """
        cos, sin = _cos_sin(self.rotation)
        sign = -1.0 if self.mirror else 1.0
        a, b, c, d = sign * self.scale * cos, self.scale * sin, -sign * self.scale * sin, self.scale * cos
        e = self.width / 2 - a * self.centre_x - c * self.centre_y
        f = self.height / 2 - b * self.centre_x - d * self.centre_y
        if self.axis_aligned:
            e, f = round(e * self.ratio) / self.ratio, round(f * self.ratio) / self.ratio
        return a, b, c, d, e, f

    def to_view(self, x: float, y: float) -> tuple[float, float]:
        """Viewport position of a document point."""
        a, b, c, d, e, f = self.coefficients
        return a * x + c * y + e, b * x + d * y + f

    def to_document(self, x: float, y: float) -> tuple[float, float]:
        """Document point under a viewport position."""
        a, b, c, d, e, f = self.coefficients
        x, y, determinant = x - e, y - f, a * d - b * c
        return (d * x - c * y) / determinant, (a * y - b * x) / determinant

    def vector_to_document(self, dx: float, dy: float) -> tuple[float, float]:
        """A distance on the screen as a distance in the document."""
        a, b, c, d, _, _ = self.coefficients
        determinant = a * d - b * c
        return (d * dx - c * dy) / determinant, (a * dy - b * dx) / determinant

    def qtransform(self) -> QTransform:
        """The same mapping for a painter."""
        return QTransform(*self.coefficients)

    def visible(self) -> tuple[float, float, float, float]:
        """(left, top, right, bottom) in the document around everything the viewport shows."""
        corners = ((0, 0), (self.width, 0), (0, self.height), (self.width, self.height))
        xs, ys = zip(*(self.to_document(x, y) for x, y in corners), strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    def resized(self, width: int, height: int, ratio: float) -> ViewTransform:
        """For a viewport of another size or pixel ratio; keeps the middle and the size in logical pixels."""
        zoom = clamp_zoom(self.zoom * ratio / self.ratio)
        return replace(self, width=max(1, width), height=max(1, height), ratio=ratio, zoom=zoom)

    def panned(self, dx: float, dy: float) -> ViewTransform:
        """The picture moved by (dx, dy) logical pixels."""
        x, y = self.vector_to_document(dx, dy)
        return replace(self, centre_x=self.centre_x - x, centre_y=self.centre_y - y)

    def centred_on(self, x: float, y: float) -> ViewTransform:
        """With document point (x, y) in the middle."""
        return replace(self, centre_x=x, centre_y=y)

    def zoomed(self, zoom: float, at: tuple[float, float] | None = None) -> ViewTransform:
        """At another zoom; the document point at viewport position `at` (default: the middle) stays."""
        return self._pinned(at, zoom=clamp_zoom(zoom))

    def turned(self, degrees: float, at: tuple[float, float] | None = None) -> ViewTransform:
        """Turned clockwise on the screen by `degrees` about viewport position `at` (default: the middle)."""
        sign = -1 if self.mirror else 1
        return self._pinned(at, rotation=(self.rotation + sign * degrees) % 360.0 % 360.0)

    def upright(self) -> ViewTransform:
        """Without rotation."""
        return replace(self, rotation=0.0)

    def mirrored(self) -> ViewTransform:
        """Flipped left to right about the middle of the viewport."""
        return replace(self, mirror=not self.mirror)

    def fitted(self, width: int, height: int, margin: int = 24) -> ViewTransform:
        """Showing a document of `width` x `height` pixels whole, with `margin` logical pixels around it."""
        cos, sin = (abs(value) for value in _cos_sin(self.rotation))
        across, down = max(1.0, width * cos + height * sin), max(1.0, width * sin + height * cos)
        room_x, room_y = max(16, self.width - 2 * margin), max(16, self.height - 2 * margin)
        zoom = clamp_zoom(min(room_x / across, room_y / down) * self.ratio)
        return replace(self, zoom=zoom, centre_x=width / 2, centre_y=height / 2)

    def kept_near(self, width: int, height: int) -> ViewTransform:
        """Moved back, if need be, until the middle of the viewport is over the document."""
        x, y = min(max(self.centre_x, 0.0), float(width)), min(max(self.centre_y, 0.0), float(height))
        return self if (x, y) == (self.centre_x, self.centre_y) else replace(self, centre_x=x, centre_y=y)

    def _pinned(self, at: tuple[float, float] | None, **changes: float) -> ViewTransform:
        changed = replace(self, **changes)
        if at is None:
            return changed
        before, after = self.to_document(*at), changed.to_document(*at)
        dx, dy = before[0] - after[0], before[1] - after[1]
        return replace(changed, centre_x=changed.centre_x + dx, centre_y=changed.centre_y + dy)


def _cos_sin(degrees: float) -> tuple[float, float]:
    """Exact at right angles, so that an unrotated view has no skew at all."""
    if degrees % 90 == 0:
        return ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))[round(degrees / 90) % 4]
    return math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
