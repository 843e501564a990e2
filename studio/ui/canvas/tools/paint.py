"""Brush and eraser."""

from __future__ import annotations

import math
from collections import deque
from time import perf_counter

from PySide6.QtCore import QTimer

from studio.app.tools import BrushOptions, ToolId
from studio.model.paint import Stroke
from studio.ui.canvas.overlay import Overlay, circle_path
from studio.ui.canvas.tools.base import NOTHING, Aimed, Canvas
from studio.ui.canvas.tools.pointer import Pointer

SLOT_SECONDS = 0.002  # to gather dabs; drawing what they cover takes about as long
PIECE_SECONDS = 0.001
SMALLEST_RING = 2.0
ROUND = 3.0  # document pixels: pieces of a curve need not be shorter to look round
MOST_PIECES = 4096

Point = tuple[float, float, float]


class BrushTool(Aimed):
    """Paints with the brush. Shift and a click draw a straight line from the last stroke's end.

    Points wait in a queue and are painted piece by piece, so that a long fast stroke holds nothing up.
    """

    id = ToolId.BRUSH

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._stroke: Stroke | None = None
        self._queue: deque[Point] = deque()
        self._ending = False
        self._pen: Point | None = None
        self._middle: Point | None = None
        self._last_end: Point | None = None
        self._pixels_per_piece = 32.0
        self._timer = QTimer(interval=0)
        self._timer.timeout.connect(self._paint_some)

    @property
    def waiting(self) -> int:
        """Points still to be painted."""
        return len(self._queue)

    def press(self, pointer: Pointer) -> None:
        self.finish()
        document, on_mask = self.document, self._options().on_mask
        self._stroke = Stroke(document, document.active, self.tools.brush_for(self.id), on_mask)
        self.busy, self._pen, self._middle = True, None, None
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
            end = self._pen or (pointer.x, pointer.y, pointer.pressure)
            self._queue_curve(self._middle or end, end, end)
            self._last_end = (end[0], end[1], 1.0)
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
            self._reach(self._queue.popleft())
        if self._ending:
            self._end()

    def overlay(self) -> Overlay:
        if self._hover is None:
            return NOTHING
        radius = max(SMALLEST_RING, self._options().size * self.canvas.view.scale / 2)
        x, y = self._hover.view_x, self._hover.view_y
        return Overlay(lines=[circle_path(x, y, radius), circle_path(x, y, 0.5)])

    def _options(self) -> BrushOptions:
        return self.tools.brush

    def _push(self, point: Point) -> None:
        """Queue the way on, as a curve from middle to middle between the points: no corners."""
        if self._pen is None or self._middle is None:
            self._queue.append(point)
            self._pen = self._middle = point
            return
        middle = _between(self._pen, point, 0.5)
        self._queue_curve(self._middle, self._pen, middle)
        self._pen, self._middle = point, middle

    def _queue_curve(self, start: Point, control: Point, end: Point) -> None:
        """Queue a quadratic curve in pieces of about `PIECE_SECONDS`, short enough to look round."""
        length = math.dist(start[:2], control[:2]) + math.dist(control[:2], end[:2])
        piece = min(self._pixels_per_piece, max(ROUND, length / 8))
        count = min(MOST_PIECES, max(1, math.ceil(length / piece)))
        for share in (number / count for number in range(1, count + 1)):
            self._queue.append(
                _between(_between(start, control, share), _between(control, end, share), share)
            )

    def _paint_some(self) -> None:
        try:
            self._paint_until(perf_counter() + SLOT_SECONDS)
        except Exception as error:
            self.cancel()
            self.canvas.app.notices.add_exception(error, doing=f"The {self.id}")

    def _paint_until(self, deadline: float) -> None:
        while self._queue and perf_counter() < deadline:
            self._reach(self._queue.popleft())
        if self._stroke:
            self._stroke.show()
        if not self._queue:
            self._timer.stop()
            if self._ending:
                self._end()

    def _reach(self, point: Point) -> None:
        if self._stroke is None:
            return
        start = perf_counter()
        self._stroke.reach(*point)
        took = max(1e-5, perf_counter() - start)
        wanted = self._pixels_per_piece * min(2.0, max(0.5, PIECE_SECONDS / took))
        self._pixels_per_piece = min(512.0, max(4.0, 0.7 * self._pixels_per_piece + 0.3 * wanted))

    def _end(self) -> None:
        stroke, self._stroke = self._stroke, None
        self._ending = False
        self._timer.stop()
        if stroke:
            stroke.end()


def _between(a: Point, b: Point, share: float) -> Point:
    x, y, pressure = (p + (q - p) * share for p, q in zip(a, b, strict=True))
    return x, y, pressure


class EraserTool(BrushTool):
    """Takes colour away; has a size and hardness of its own."""

    id = ToolId.ERASER

    def _options(self) -> BrushOptions:
        return self.tools.eraser
