"""The edge of the selection as a moving dashed line.

It is drawn pixel by pixel into an image of the viewport's size, all edges at once: however intricate a
selection is, the cost is that of the pixels its edge covers.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage, QPainter, QRegion, QTransform

from studio.ui.canvas.overlay import cells_region

PERIOD = 8
WHITE, BLACK = 0xFFFFFFFF, 0xFF000000

Points = npt.NDArray[np.float64]


class Ants:
    """Outline of a selection. Lines are one logical pixel wide."""

    def __init__(self) -> None:
        self.phase = 0
        self._starts = self._ends = np.empty((0, 2))
        self._matrix = QTransform()
        self._room = QSize()
        self._fresh = False
        self._places = np.empty(0, np.int64)
        self._along = np.empty(0, np.int64)
        self._words = np.empty((0, 0), np.uint32)
        self._region = QRegion()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not len(self._starts)

    def set_polygons(self, polygons: list[Points]) -> None:
        """Show another selection: closed polygons (n, 2) in document pixels."""
        self._starts = np.concatenate([np.empty((0, 2)), *polygons])
        follower = np.arange(1, len(self._starts) + 1)
        ends = np.cumsum([len(polygon) for polygon in polygons], dtype=np.int64)
        follower[ends - 1] = np.concatenate([[0], ends[:-1]])[: len(ends)]
        self._ends = self._starts[follower]
        self._fresh = False

    def region(self, matrix: QTransform, room: QSize) -> QRegion:
        """What the line covers in a viewport of size `room`; `matrix` maps document to viewport."""
        self._prepare(matrix, room)
        return self._region

    def draw(self, painter: QPainter, matrix: QTransform, room: QSize) -> None:
        """Paint the line; the painter is in viewport coordinates."""
        self._prepare(matrix, room)
        if not self._places.size:
            return
        light = (self._along + PERIOD - self.phase) % PERIOD < PERIOD // 2
        self._words.flat[self._places] = np.where(light, WHITE, BLACK).astype(np.uint32)
        height, width = self._words.shape
        kind = QImage.Format.Format_ARGB32_Premultiplied
        painter.drawImage(0, 0, QImage(self._words.data, width, height, width * 4, kind))

    def advance(self) -> None:
        """Move on by a pixel."""
        self.phase = (self.phase + 1) % PERIOD

    def _prepare(self, matrix: QTransform, room: QSize) -> None:
        if self._fresh and matrix == self._matrix and room == self._room:
            return
        self._fresh, self._matrix, self._room = True, matrix, room
        starts, ends = mapped(self._starts, matrix), mapped(self._ends, matrix)
        points, self._along = walked(starts, ends, room.width(), room.height())
        self._places = points[:, 1] * room.width() + points[:, 0]
        self._words = np.zeros((room.height(), room.width()), np.uint32)
        self._region = cells_region(points, room, margin=0)


def mapped(points: Points, m: QTransform) -> Points:
    """Points (n, 2) through an affine transform."""
    return points @ np.array([[m.m11(), m.m12()], [m.m21(), m.m22()]]) + (m.dx(), m.dy())


def walked(
    starts: Points, ends: Points, width: int, height: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The pixels (k, 2) inside width x height on lines from `starts` to `ends`, and how far along each lies.

    Lines are walked in steps of a pixel, only where they are inside.
    """
    steps = ends - starts
    lengths = np.abs(steps).max(axis=1, initial=0.0)
    first, last = _inside(starts, steps, width, height)
    counts = np.where(last >= first, np.ceil((last - first) * lengths).clip(1), 0).astype(np.int64)
    line = np.repeat(np.arange(len(starts)), counts)
    number = np.arange(len(line)) - np.repeat(np.cumsum(counts) - counts, counts)
    share = first[line] + number / lengths[line].clip(1.0)
    points = np.floor(starts[line] + steps[line] * share[:, None]).astype(np.int64)
    along = (np.cumsum(lengths) - lengths)[line] + share * lengths[line]
    visible = ((points >= 0) & (points < (width, height))).all(axis=1)
    return points[visible], along[visible].astype(np.int64)


def _inside(starts: Points, steps: Points, width: int, height: int) -> tuple[Points, Points]:
    """The shares (0..1) of each line between which it is inside width x height; first > last: nowhere."""
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = (0.0 - starts) / steps, ((width, height) - starts) / steps
    still = steps == 0
    outside = still & ((starts < 0) | (starts > (width, height)))
    enter = np.where(still, np.where(outside, np.inf, -np.inf), np.minimum(low, high))
    leave = np.where(still, np.inf, np.maximum(low, high))
    return enter.max(axis=1, initial=0.0).clip(0.0), leave.min(axis=1, initial=1.0).clip(None, 1.0)
