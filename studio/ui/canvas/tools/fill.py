"""Bucket fill and gradient."""

from __future__ import annotations

from PySide6.QtCore import QPointF

from studio.app.background import on
from studio.app.tools import Rgba, ToolId
from studio.model import edits
from studio.ui.canvas.overlay import Overlay, circle_path, polygon_path
from studio.ui.canvas.tools.base import NOTHING, Canvas, Tool, pixels_of
from studio.ui.canvas.tools.pointer import Pointer
from studio.ui.canvas.tools.snapping import snapped_angle


class FillTool(Tool):
    """A click fills with the foreground colour."""

    id = ToolId.FILL

    def press(self, pointer: Pointer) -> None:
        options = self.tools.fill
        node = pixels_of(self.document)
        place = pointer.pixel if options.contiguous else None
        args = self.tools.foreground, place, options.tolerance, options.merged
        self.edit("Fill", on(node, lambda doc, twin: edits.fill(doc, twin, *args)))


class GradientTool(Tool):
    """A drag lays a gradient along its line; Shift keeps the line to steps of 15 degrees."""

    id = ToolId.GRADIENT

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._start = self._end = (0.0, 0.0)

    def press(self, pointer: Pointer) -> None:
        pixels_of(self.document)
        self._start = self._end = (pointer.x, pointer.y)
        self.busy = True

    def drag(self, pointer: Pointer) -> None:
        end = (pointer.x, pointer.y)
        self._end = snapped_angle(self._start, end) if pointer.shift else end
        self.canvas.refresh_overlay()

    def release(self, pointer: Pointer) -> None:
        self.drag(pointer)
        self.cancel()
        if self._start == self._end:
            return
        node = pixels_of(self.document)
        args = self._start, self._end, self.stops(), self.tools.gradient.kind
        self.edit("Gradient", on(node, lambda doc, twin: edits.gradient(doc, twin, *args)))

    def cancel(self) -> None:
        self.busy = False
        self.canvas.refresh_overlay()

    def stops(self) -> list[tuple[float, Rgba]]:
        """The colours from start to end."""
        options, fore = self.tools.gradient, self.tools.foreground
        clear: Rgba = (fore[0], fore[1], fore[2], 0)
        last = clear if options.colours == "foreground to transparent" else self.tools.background
        first, last = (last, fore) if options.reverse else (fore, last)
        return [(0.0, first), (1.0, last)]

    def overlay(self) -> Overlay:
        if not self.busy:
            return NOTHING
        start, end = self.canvas.view.to_view(*self._start), self.canvas.view.to_view(*self._end)
        lines = [polygon_path([start, end], closed=False)]
        if self.tools.gradient.kind == "radial":
            radius = ((end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2) ** 0.5
            lines.append(circle_path(*start, radius))
        return Overlay(lines=lines, pivots=[QPointF(*start), QPointF(*end)])
