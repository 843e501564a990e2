"""The inpainting brush: paint over something, let go, and it is filled."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath, QTransform

from studio.app.retouch.marks import Line, Mark
from studio.app.tools import ToolId
from studio.ui.canvas.overlay import Overlay, Tint, circle_path, marked, polygon_path
from studio.ui.canvas.tools.base import NOTHING, Aimed, Canvas
from studio.ui.canvas.tools.pointer import Pointer

SMALLEST_RING = 2.0


class InpaintTool(Aimed):
    """Marks with a brush or a lasso. Alt, or the other end of a pen, takes marks away again.

    While a place is being filled, further marks join it and the filling begins anew. Enter fills what is
    marked when that is not done at once, Esc gives the marks up.
    """

    id = ToolId.INPAINT

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._line: Line | None = None

    @property
    def open(self) -> bool:
        return self.busy or bool(self.canvas.app.retouch.marks)

    def press(self, pointer: Pointer) -> None:
        self.document.canvas  # noqa: B018 - says so when there is no document
        options = self.tools.inpaint
        erase = pointer.alt or pointer.eraser
        self._line = Line(options.size / 2 if options.shape == "brush" else 0.0, erase)
        self.busy = True
        self.drag(pointer)

    def drag(self, pointer: Pointer) -> None:
        if self._line and (not self._line.points or self._line.points[-1] != (pointer.x, pointer.y)):
            self._line.points.append((pointer.x, pointer.y))
        self.hover(pointer)

    def release(self, pointer: Pointer) -> None:
        self.drag(pointer)
        line, self._line, self.busy = self._line, None, False
        mark = line.mark() if line else None
        retouch = self.canvas.app.retouch
        if mark is not None:
            retouch.mark(mark)
            if retouch.marks and (self.tools.inpaint.at_once or retouch.filling):
                retouch.fill()
        self.canvas.refresh_overlay()

    def apply(self) -> None:
        """Fill what is marked."""
        self.canvas.app.retouch.fill()

    def cancel(self) -> None:
        """Give up the mark under way, else all marks."""
        if self._line is None and self.canvas.app.retouch.marks:
            self.canvas.app.retouch.cancel()
        self._line, self.busy = None, False
        self.canvas.refresh_overlay()

    def deactivate(self) -> None:
        """Another tool comes; a filling under way goes on."""
        self._line, self.busy = None, False
        if not self.canvas.app.retouch.filling:
            self.cancel()
        self.leave()

    def abandon(self) -> None:
        """The document in front goes; the session itself gives up what belonged to it."""
        self._line, self.busy = None, False

    def overlay(self) -> Overlay:
        retouch = self.canvas.app.retouch
        tints = [self._tint(mark) for mark in retouch.marks.shapes]
        own = self._line.mark() if self._line else None
        lines = self._ring() if self._hover else []
        if retouch.filling and tints and not self._line:  # an outline leaves the filling to be seen
            return Overlay(lines=[marked(tints).simplified()], faint=lines, dashed=True)
        tints += [self._tint(own)] if own else []
        if self._line and self._line.radius == 0:
            lines = [polygon_path(self.canvas.view.to_view(*point) for point in self._line.points)]
        if not tints and not lines:
            return NOTHING
        dashed = self._line is not None and self._line.radius == 0
        return Overlay(lines=lines, tints=tints, dashed=dashed)

    def _ring(self) -> list[QPainterPath]:
        """The brush under the pointer."""
        assert self._hover is not None
        x, y = self._hover.view_x, self._hover.view_y
        if self.tools.inpaint.shape == "lasso":
            return [circle_path(x, y, SMALLEST_RING), circle_path(x, y, 0.5)]
        radius = max(SMALLEST_RING, self.tools.inpaint.size * self.canvas.view.scale / 2)
        return [circle_path(x, y, radius), circle_path(x, y, 0.5)]

    def _tint(self, mark: Mark) -> Tint:
        """How a mark looks on the canvas."""
        view = self.canvas.view
        matrix: QTransform = view.qtransform()
        path = QPainterPath(matrix.map(QPointF(*mark.points[0])))
        for point in mark.points[1:]:
            path.lineTo(matrix.map(QPointF(*point)))
        if len(mark.points) == 1:
            path.lineTo(path.currentPosition() + QPointF(0.01, 0))  # a dot
        if mark.radius == 0:
            path.closeSubpath()
        return Tint(path, 2 * mark.radius * view.scale, mark.erase)
