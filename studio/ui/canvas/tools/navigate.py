"""Hand and zoom."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt

from studio.app.tools import ToolId
from studio.ui.canvas.tools.base import Canvas, Tool
from studio.ui.canvas.tools.pointer import Pointer
from studio.ui.canvas.transform import ViewTransform, next_zoom

CLICK = 3.0
DOUBLING = 120.0


class HandTool(Tool):
    """A drag moves the picture; with Shift it turns it about the middle of the view."""

    id = ToolId.HAND
    cursor = Qt.CursorShape.OpenHandCursor

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._last: Pointer | None = None
        self._before: ViewTransform | None = None

    def press(self, pointer: Pointer) -> None:
        self.busy, self._last, self._before = True, pointer, self.canvas.view

    def drag(self, pointer: Pointer) -> None:
        last, self._last = self._last, pointer
        if last is None:
            return
        if pointer.shift:
            self.canvas.set_view(self.canvas.view.turned(self._angle(pointer) - self._angle(last)))
        else:
            self.canvas.set_view(
                self.canvas.view.panned(pointer.view_x - last.view_x, pointer.view_y - last.view_y)
            )

    def release(self, pointer: Pointer) -> None:
        self.drag(pointer)
        self.busy, self._last = False, None

    def cancel(self) -> None:
        if self.busy and self._before:
            self.canvas.set_view(self._before)
        self.busy, self._last = False, None

    def nudge(self, dx: int, dy: int) -> bool:
        self.canvas.set_view(self.canvas.view.panned(-32 * dx, -32 * dy))
        return True

    def _angle(self, pointer: Pointer) -> float:
        view = self.canvas.view
        return math.degrees(math.atan2(pointer.view_y - view.height / 2, pointer.view_x - view.width / 2))


class ZoomTool(Tool):
    """A click zooms in (Alt: out), a drag to the right or left smoothly so; both about where it began."""

    id = ToolId.ZOOM

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._first: Pointer | None = None
        self._before: ViewTransform | None = None
        self._moved = False

    def press(self, pointer: Pointer) -> None:
        self.busy, self._first, self._before, self._moved = True, pointer, self.canvas.view, False

    def drag(self, pointer: Pointer) -> None:
        if self._first is None or self._before is None:
            return
        self._moved |= pointer.distance(self._first) >= CLICK
        if self._moved:
            factor = 2 ** ((pointer.view_x - self._first.view_x) / DOUBLING)
            at = self._first.view_x, self._first.view_y
            self.canvas.set_view(self._before.zoomed(self._before.zoom * factor, at))

    def release(self, pointer: Pointer) -> None:
        self.drag(pointer)
        self.busy = False
        if not self._moved and self._first:
            zoom = next_zoom(self.canvas.view.zoom, -1 if pointer.alt else 1)
            self.canvas.set_view(self.canvas.view.zoomed(zoom, (pointer.view_x, pointer.view_y)))

    def cancel(self) -> None:
        if self.busy and self._before:
            self.canvas.set_view(self._before)
        self.busy, self._first = False, None
