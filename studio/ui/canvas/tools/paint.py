"""Brush and eraser."""

from __future__ import annotations

import math
from collections import deque
from time import perf_counter

from PySide6.QtCore import Qt, QTimer

from studio.app.tools import ToolId
from studio.model.paint import Stroke
from studio.ui.canvas.overlay import Overlay, circle_path
from studio.ui.canvas.tools.base import NOTHING, Canvas, Tool, pixels_of
from studio.ui.canvas.tools.pointer import Pointer

SLOT_SECONDS = 0.004
PIECE_SECONDS = 0.002
SMALLEST_RING = 2.0

Point = tuple[float, float, float]


class BrushTool(Tool):
    """Paints with the brush. Shift and a click draw a straight line from the last stroke's end.

    Points wait in a queue and are painted piece by piece, so that a long fast stroke holds nothing up.
    """

    id = ToolId.BRUSH
    cursor = Qt.CursorShape.BlankCursor

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._stroke: Stroke | None = None
        self._queue: deque[Point] = deque()
        self._ending = False
        self._pen: Point | None = None
        self._last_end: Point | None = None
        self._hover: Pointer | None = None
        self._pixels_per_piece = 32.0
        self._timer = QTimer(interval=0)
        self._timer.timeout.connect(self._paint_some)

    @property
    def waiting(self) -> int:
        """Points still to be painted."""
        return len(self._queue)

    def hover(self, pointer: Pointer) -> None:
        self._hover = pointer
        self.canvas.refresh_overlay()

    def leave(self) -> None:
        self._hover = None
        self.canvas.refresh_overlay()

    def press(self, pointer: Pointer) -> None:
        self.finish()
        node = pixels_of(self.document)
        self._stroke = Stroke(self.document, node, self.tools.brush_for(self.id))
        self.busy, self._pen = True, None
        if pointer.shift and self._last_end:
            self._push(self._last_end)
        self.drag(pointer)

    def drag(self, pointer: Pointer) -> None:
        self.hover(pointer)
        if self._stroke:
            self._push((pointer.x, pointer.y, pointer.pressure))
            self._timer.start()

    def release(self, pointer: Pointer) -> None:
        self.hover(pointer)
        self.busy = False
        if self._stroke:
            self._last_end = (pointer.x, pointer.y, 1.0)
            self._ending = True
            self._timer.start()

    def cancel(self) -> None:
        self._timer.stop()
        self._queue.clear()
        self.busy = self._ending = False
        stroke, self._stroke = self._stroke, None
        if stroke:
            stroke.cancel()

    def deactivate(self) -> None:
        self.abandon()
        self.leave()

    def abandon(self) -> None:
        """A stroke that has ended is painted to its end; one under way is taken back."""
        self.finish()
        self.cancel()

    def finish(self) -> None:
        """Paint what still waits of a stroke that has ended, and end it."""
        while self._queue and self._stroke and self._ending:
            self._paint_point(self._queue.popleft())
        if self._ending:
            self._end()

    def overlay(self) -> Overlay:
        if self._hover is None:
            return NOTHING
        radius = max(SMALLEST_RING, self._diameter() * self.canvas.view.scale / 2)
        x, y = self._hover.view_x, self._hover.view_y
        return Overlay(lines=[circle_path(x, y, radius), circle_path(x, y, 0.5)])

    def _diameter(self) -> float:
        return self.tools.brush_for(self.id).size

    def _push(self, point: Point) -> None:
        """Queue the way to `point` in pieces that take about `PIECE_SECONDS` each."""
        start = self._pen or point
        pieces = max(1, math.ceil(math.dist(start[:2], point[:2]) / self._pixels_per_piece))
        for number in range(1, min(pieces, 4096) + 1):
            share = number / min(pieces, 4096)
            self._queue.append(tuple(a + (b - a) * share for a, b in zip(start, point, strict=True)))  # type: ignore[arg-type]
        self._pen = point

    def _paint_some(self) -> None:
        deadline = perf_counter() + SLOT_SECONDS
        while self._queue and perf_counter() < deadline:
            self._paint_point(self._queue.popleft())
        if not self._queue:
            self._timer.stop()
            if self._ending:
                self._end()

    def _paint_point(self, point: Point) -> None:
        if self._stroke is None:
            return
        start = perf_counter()
        self._stroke.to(*point)
        took = max(1e-5, perf_counter() - start)
        wanted = self._pixels_per_piece * min(2.0, max(0.5, PIECE_SECONDS / took))
        self._pixels_per_piece = min(512.0, max(4.0, 0.7 * self._pixels_per_piece + 0.3 * wanted))

    def _end(self) -> None:
        stroke, self._stroke = self._stroke, None
        self._ending = False
        self._timer.stop()
        if stroke:
            stroke.end()


class EraserTool(BrushTool):
    """Takes colour away; has a size and hardness of its own."""

    id = ToolId.ERASER

    def _diameter(self) -> float:
        return self.tools.eraser.size
