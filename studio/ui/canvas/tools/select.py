"""Rectangle, ellipse, lasso and magic wand."""

from __future__ import annotations

from abc import abstractmethod

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from studio.app.tools import SelectionMode, ToolId
from studio.model import edits
from studio.ui.canvas.overlay import Overlay, polygon_path
from studio.ui.canvas.tools.base import NOTHING, Canvas, Tool
from studio.ui.canvas.tools.pointer import Pointer
from studio.ui.canvas.tools.snapping import Point, squared

CLICK = 3.0


def mode_of(pointer: Pointer, default: SelectionMode) -> SelectionMode:
    """Shift adds, Alt subtracts, both together intersect, neither leaves the option's mode."""
    if pointer.shift and pointer.alt:
        return "intersect"
    return "add" if pointer.shift else "subtract" if pointer.alt else default


class SelectTool(Tool):
    """A drag from corner to corner. The keys held when it begins choose the mode.

    Shift pressed later makes it square, Alt pressed later or Ctrl keeps its middle in place. A mere click
    deselects.
    """

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._first: Pointer | None = None
        self._released_shift = self._released_alt = False
        self._mode: SelectionMode = "replace"
        self._last: Pointer | None = None

    def press(self, pointer: Pointer) -> None:
        self.document.canvas  # noqa: B018 - says so when there is no document
        self._first = self._last = pointer
        self._mode = mode_of(pointer, self.tools.selection.mode)
        self._released_shift, self._released_alt = not pointer.shift, not pointer.alt
        self.busy = True

    def drag(self, pointer: Pointer) -> None:
        self._last = pointer
        self._released_shift |= not pointer.shift
        self._released_alt |= not pointer.alt
        self.canvas.refresh_overlay()

    def release(self, pointer: Pointer) -> None:
        self.drag(pointer)
        first = self._first
        clicked = first is None or pointer.distance(first) < CLICK
        corners = self.corners()
        self.cancel()
        if not clicked:
            self.select(*corners)
        elif self._mode == "replace" and not self.document.selection.is_empty:
            edits.select_none(self.document)

    def cancel(self) -> None:
        self.busy = False
        self.canvas.refresh_overlay()

    def corners(self) -> tuple[Point, Point]:
        """Two opposite corners in document pixels, with the held keys taken into account."""
        assert self._first and self._last
        start, end = (self._first.x, self._first.y), (self._last.x, self._last.y)
        if self._last.shift and self._released_shift:
            end = squared(start, end)
        if (self._last.alt and self._released_alt) or self._last.ctrl:
            start = (2 * start[0] - end[0], 2 * start[1] - end[1])
        return start, end

    def overlay(self) -> Overlay:
        if not self.busy or self._last is None:
            return NOTHING
        (x0, y0), (x1, y1) = self.corners()
        label = f"{abs(x1 - x0):.0f} × {abs(y1 - y0):.0f}"
        line = self.canvas.view.qtransform().map(self.shape(QRectF(x0, y0, x1 - x0, y1 - y0).normalized()))
        at = QPointF(self._last.view_x, self._last.view_y)
        return Overlay(lines=[line], dashed=True, label=label, label_at=at)

    @abstractmethod
    def shape(self, box: QRectF) -> QPainterPath:
        """What would be selected, in document pixels."""

    @abstractmethod
    def select(self, start: Point, end: Point) -> None:
        """Select it."""


class RectangleTool(SelectTool):
    """Selects whole pixels in a rectangle."""

    id = ToolId.RECTANGLE

    def corners(self) -> tuple[Point, Point]:
        (x0, y0), (x1, y1) = super().corners()
        return (round(x0), round(y0)), (round(x1), round(y1))

    def shape(self, box: QRectF) -> QPainterPath:
        path = QPainterPath()
        path.addRect(box)
        return path

    def select(self, start: Point, end: Point) -> None:
        size = end[0] - start[0], end[1] - start[1]
        args = *start, *size, self._mode, self.tools.selection.feather
        self.edit("Select rectangle", lambda doc: edits.select_rect(doc, *args))


class EllipseTool(SelectTool):
    """Selects an ellipse with a smooth edge."""

    id = ToolId.ELLIPSE

    def shape(self, box: QRectF) -> QPainterPath:
        path = QPainterPath()
        path.addEllipse(box)
        return path

    def select(self, start: Point, end: Point) -> None:
        size = end[0] - start[0], end[1] - start[1]
        args = *start, *size, self._mode, self.tools.selection.feather
        self.edit("Select ellipse", lambda doc: edits.select_ellipse(doc, *args))


class LassoTool(SelectTool):
    """Selects what a free line encloses."""

    id = ToolId.LASSO

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._points: list[Point] = []

    def press(self, pointer: Pointer) -> None:
        super().press(pointer)
        self._points = [(pointer.x, pointer.y)]

    def drag(self, pointer: Pointer) -> None:
        if not self._points or self._points[-1] != (pointer.x, pointer.y):
            self._points.append((pointer.x, pointer.y))
        super().drag(pointer)

    def overlay(self) -> Overlay:
        if not self.busy:
            return NOTHING
        view = self.canvas.view
        return Overlay(lines=[polygon_path(view.to_view(*point) for point in self._points)], dashed=True)

    def shape(self, box: QRectF) -> QPainterPath:
        return polygon_path(self._points)

    def select(self, start: Point, end: Point) -> None:
        args = list(self._points), self._mode, self.tools.selection.feather
        self.edit("Select lasso", lambda doc: edits.select_lasso(doc, *args))


class WandTool(Tool):
    """A click selects what looks alike."""

    id = ToolId.WAND

    def press(self, pointer: Pointer) -> None:
        options, shared = self.tools.wand, self.tools.selection
        mode = mode_of(pointer, shared.mode)
        args = options.tolerance, options.contiguous, options.merged, mode, shared.feather
        self.edit("Magic wand", lambda doc: edits.select_wand(doc, pointer.x, pointer.y, *args))
