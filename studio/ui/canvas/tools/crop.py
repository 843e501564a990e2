"""Crop the document to a box."""

from __future__ import annotations

from typing import ClassVar

from psygnal import Signal
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainterPath

from studio.app.tools import ToolId
from studio.model import edits
from studio.model.geometry import Rect
from studio.ui.canvas.backdrop import outline
from studio.ui.canvas.overlay import Overlay, polygon_path
from studio.ui.canvas.tools.base import NOTHING, Canvas, Tool
from studio.ui.canvas.tools.box import HANDLES, Box, Handle, handle_at
from studio.ui.canvas.tools.pointer import Pointer
from studio.ui.canvas.tools.snapping import Point

CLICK = 3.0
RATIOS = {"1:1": 1.0, "4:3": 4 / 3, "3:2": 3 / 2, "16:9": 16 / 9}


class CropTool(Tool):
    """A drag makes a box, handles and the inside change it, Enter crops, Esc gives up.

    `changed` follows the box, for the numbers in the tool options.
    """

    id = ToolId.CROP
    changed: ClassVar[Signal] = Signal()

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self.rect: Rect | None = None
        self._first: Pointer | None = None
        self._before: Rect | None = None
        self._grip: Handle | None = None

    @property
    def open(self) -> bool:
        return self.busy or self.rect is not None

    def activate(self) -> None:
        self.set_rect(None)

    def abandon(self) -> None:
        self.busy = False
        self.set_rect(None)

    def hover(self, pointer: Pointer) -> None:
        grip = self._grip_at(pointer)
        inside, handle = Qt.CursorShape.SizeAllCursor, Qt.CursorShape.PointingHandCursor
        self.cursor = Qt.CursorShape.CrossCursor if grip is None else inside if grip == (0, 0) else handle

    def press(self, pointer: Pointer) -> None:
        self.document.canvas  # noqa: B018 - says so when there is no document
        self.busy, self._first, self._before = True, pointer, self.rect
        self._grip = self._grip_at(pointer)

    def drag(self, pointer: Pointer) -> None:
        first, before = self._first, self._before
        if first is None:
            return
        dx, dy = round(pointer.x - first.x), round(pointer.y - first.y)
        if before is None or self._grip is None:
            start = round(first.x), round(first.y)
            self.set_rect(self._between(start, (start[0] + dx, start[1] + dy), pointer.shift))
        elif self._grip == (0, 0):
            self.set_rect(self._inside(before.translated(dx, dy)))
        else:
            self.set_rect(self._pulled(before, self._grip, dx, dy, pointer.shift))

    def release(self, pointer: Pointer) -> None:
        if self._first and pointer.distance(self._first) < CLICK:
            self.set_rect(self._before)
        else:
            self.drag(pointer)
        self.busy = False
        if self.rect is not None and self.rect.is_empty:
            self.set_rect(self._before)

    def cancel(self) -> None:
        self.set_rect(self._before if self.busy else None)
        self.busy = False

    def apply(self) -> None:
        if self.rect is None or self.rect.is_empty:
            return
        rect = self.rect
        self.set_rect(None)
        self.edit("Crop", lambda doc: edits.crop(doc, rect))

    def nudge(self, dx: int, dy: int) -> bool:
        if self.rect:
            self.set_rect(self._inside(self.rect.translated(dx, dy)))
        return True

    def set_rect(self, rect: Rect | None) -> None:
        """Show another box, in document pixels, or none; what lies outside the canvas is cut off."""
        self.rect = rect and rect.intersect(self.document.canvas)
        self.canvas.refresh_overlay()
        self.changed.emit()

    def overlay(self) -> Overlay:
        if self.rect is None or self.canvas.picture is None:
            return NOTHING
        view, box = self.canvas.view, Box.around(self.rect)
        corners = [view.to_view(*box.at(handle)) for handle in HANDLES[::2]]
        shade = QPainterPath()
        shade.addPolygon(outline(view, self.canvas.picture.document.canvas))
        shade.closeSubpath()
        thirds = [_third(self.rect, part, across) for part in (1, 2) for across in (True, False)]
        lines = [polygon_path([view.to_view(*a), view.to_view(*b)], closed=False) for a, b in thirds]
        label = f"{self.rect.w} × {self.rect.h}"
        at = QPointF(max(x for x, _ in corners) - 60, max(y for _, y in corners) - 10)
        return Overlay(
            lines=[polygon_path(corners)],
            faint=lines,
            handles=[QPointF(*view.to_view(*box.at(handle))) for handle in HANDLES],
            shade=shade.subtracted(polygon_path(corners)),
            label=label,
            label_at=at,
        )

    def ratio(self) -> float | None:
        """Width over height the options ask for; None for any."""
        name = self.tools.crop.ratio
        if name == "original":
            return self.document.width / self.document.height
        return RATIOS.get(name)

    def _inside(self, rect: Rect) -> Rect:
        """Moved back onto the canvas."""
        canvas = self.document.canvas
        x = min(max(rect.x, 0), canvas.w - rect.w)
        return Rect(x, min(max(rect.y, 0), canvas.h - rect.h), rect.w, rect.h)

    def _grip_at(self, pointer: Pointer) -> Handle | None:
        if self.rect is None:
            return None
        return handle_at(Box.around(self.rect), self.canvas.view, (pointer.view_x, pointer.view_y))

    def _between(self, start: Point, end: Point, square: bool) -> Rect:
        """The box from corner to corner, in the ratio asked for."""
        width, height = end[0] - start[0], end[1] - start[1]
        ratio = 1.0 if square else self.ratio()
        if ratio:
            size = max(abs(width), abs(height) * ratio)
            width = size if width >= 0 else -size
            height = size / ratio if height >= 0 else -size / ratio
        box = QRectF(start[0], start[1], width, height).normalized()
        return Rect(round(box.x()), round(box.y()), round(box.width()), round(box.height()))

    def _pulled(self, rect: Rect, grip: Handle, dx: int, dy: int, square: bool) -> Rect:
        left = rect.x + (dx if grip[0] < 0 else 0)
        right = rect.right + (dx if grip[0] > 0 else 0)
        top = rect.y + (dy if grip[1] < 0 else 0)
        bottom = rect.bottom + (dy if grip[1] > 0 else 0)
        ratio = 1.0 if square else self.ratio()
        if not ratio:
            box = QRectF(left, top, right - left, bottom - top).normalized()
            return Rect(
                round(box.x()), round(box.y()), max(1, round(box.width())), max(1, round(box.height()))
            )
        fixed = (right if grip[0] < 0 else left, bottom if grip[1] < 0 else top)
        moving = (left if grip[0] < 0 else right, top if grip[1] < 0 else bottom)
        if grip[0] == 0:
            moving = (fixed[0] + (bottom - top) * ratio, moving[1])
        elif grip[1] == 0:
            moving = (moving[0], fixed[1] + (right - left) / ratio)
        return self._between(fixed, moving, square)


def _third(rect: Rect, part: int, across: bool) -> tuple[Point, Point]:
    """A line at one or two thirds of the box, as a help for composing."""
    if across:
        y = rect.y + rect.h * part / 3
        return (rect.x, y), (rect.right, y)
    x = rect.x + rect.w * part / 3
    return (x, rect.y), (x, rect.bottom)
