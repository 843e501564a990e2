"""Scale, turn and move a layer by a box with handles."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import ClassVar

from psygnal import Signal
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QTransform

from studio.app.background import on
from studio.app.tools import ToolId
from studio.model import edits
from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.nodes import Node
from studio.ui.canvas.floating import moving_bounds
from studio.ui.canvas.overlay import Overlay, polygon_path
from studio.ui.canvas.tools.base import NOTHING, Canvas, Tool, layer_of
from studio.ui.canvas.tools.box import HANDLES, Box, Handle, handle_at
from studio.ui.canvas.tools.pointer import Pointer

STEP = 15.0


class TransformTool(Tool):
    """Handles scale, the inside moves, the outside turns. Enter applies, Esc gives up.

    Shift reverses "Keep proportions" or turns in steps of 15 degrees, Alt scales about the centre.
    `changed` follows the box, for the numbers in the tool options.
    """

    id = ToolId.TRANSFORM
    changed: ClassVar[Signal] = Signal()

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self.box: Box | None = None
        self._held: tuple[Document, Node] | None = None
        self._source: tuple[object, ...] = ()
        self._grip: Handle | None = None
        self._first: Pointer | None = None
        self._start: Box | None = None
        self._applying = False

    @property
    def open(self) -> bool:
        return self.busy or (self.box is not None and not self.box.is_identity)

    def activate(self) -> None:
        """Put the box around the active layer."""
        self._let_go()
        document = self.canvas.app.document
        self._held, self.box = None, None
        if document is None:
            return self._announce()
        try:
            node = layer_of(document)
        except UserError:
            return self._announce()
        bounds = moving_bounds(node, document.selection)
        if not bounds.is_empty:
            self._held, self.box = (document, node), Box.around(bounds)
            self._source = _source(document, node)
        self._announce()

    def deactivate(self) -> None:
        if self.open and not self.busy:
            self.apply()
        else:
            self.abandon()

    def abandon(self) -> None:
        self._let_go()
        self.box = self._held = None
        self._announce()

    def document_changed(self) -> None:
        """Follow the active layer; give up a transform of what is no longer there as it was."""
        if not (self.open and self._held and self._is_unchanged(*self._held)):
            self.activate()

    def hover(self, pointer: Pointer) -> None:
        grip = self._grip_at(pointer)
        self.cursor = self._cursor(grip)

    def press(self, pointer: Pointer) -> None:
        node = layer_of(self.document)
        if self.box is None:
            raise UserError(f"“{node.name}” is empty.", "There is nothing to transform.")
        self.busy, self._first, self._start = True, pointer, self.box
        self._grip = self._grip_at(pointer)

    def drag(self, pointer: Pointer) -> None:
        if self._start and self._first:
            self.set_box(self._dragged(self._start, self._first, pointer))

    def release(self, pointer: Pointer) -> None:
        self.drag(pointer)
        self.busy = False
        if self.box:
            self.set_box(self.box)

    def cancel(self) -> None:
        """Esc during a drag takes back the drag; else everything."""
        if self.busy and self._start:
            self.busy = False
            self.set_box(self._start)
        else:
            self.activate()

    def apply(self) -> None:
        if self.box is None or self._held is None or self.box.is_identity:
            return
        (document, node), args = self._held, (self.box.matrix(), self.tools.transform.interpolation)
        self.busy, self.box, self._held, self._applying = False, None, None, True
        self._announce()
        work = on(node, lambda doc, twin: edits.transform(doc, twin, *args))
        self.canvas.app.background.edit(document, "Transform", work, self._applied)

    def _applied(self) -> None:
        """Until then the layer was shown where it goes."""
        self._applying = False
        self._let_go()
        if self.canvas.app.tools.tool is self.id:
            self.activate()

    def nudge(self, dx: int, dy: int) -> bool:
        if self.box:
            self.set_box(self.box.moved(dx, dy))
        return True

    def set_box(self, box: Box) -> None:
        """Show the layer as it would be in `box`."""
        picture = self.canvas.picture
        if self._held is None or picture is None:
            return
        self.box = box
        if box.is_identity and not self.busy:
            picture.drop()
        else:
            floating = picture.floating or picture.lift(self._held[1])
            floating.matrix = _qtransform(box)
        self.canvas.refresh_picture()
        self._announce()

    def set_size(self, width: float | None = None, height: float | None = None) -> None:
        """Give the box a size in pixels; the other side follows when proportions are kept."""
        if self.box is None:
            return
        scale_x = width / self.box.width if width else self.box.scale_x
        scale_y = height / self.box.height if height else self.box.scale_y
        if self.tools.transform.keep_ratio:
            share = scale_x / self.box.scale_x if width else scale_y / self.box.scale_y
            scale_x, scale_y = self.box.scale_x * share, self.box.scale_y * share
        self.set_box(replace(self.box, scale_x=scale_x, scale_y=scale_y))

    def overlay(self) -> Overlay:
        if self.box is None:
            return NOTHING
        view = self.canvas.view
        corners = [view.to_view(*self.box.at(handle)) for handle in HANDLES[::2]]
        handles = [QPointF(*view.to_view(*self.box.at(handle))) for handle in HANDLES]
        centre = QPointF(*view.to_view(self.box.x, self.box.y))
        return Overlay(lines=[polygon_path(corners)], handles=handles, pivots=[centre])

    def _is_unchanged(self, document: Document, node: Node) -> bool:
        in_front = self.canvas.app.document is document and document.active is node
        return in_front and self._source == _source(document, node)

    def _dragged(self, start: Box, first: Pointer, pointer: Pointer) -> Box:
        if self._grip is None:
            turned = start.turned(_angle(start, pointer) - _angle(start, first))
            return replace(turned, angle=round(turned.angle / STEP) * STEP) if pointer.shift else turned
        if self._grip == (0, 0):
            return start.moved(pointer.x - first.x, pointer.y - first.y)
        grip = start.at(self._grip)
        to = grip[0] + pointer.x - first.x, grip[1] + pointer.y - first.y
        keep = self.tools.transform.keep_ratio != pointer.shift
        return start.dragged(self._grip, to, keep, about_centre=pointer.alt)

    def _grip_at(self, pointer: Pointer) -> Handle | None:
        return handle_at(self.box, self.canvas.view, (pointer.view_x, pointer.view_y)) if self.box else None

    def _cursor(self, grip: Handle | None) -> Qt.CursorShape:
        if self.box is None:
            return Qt.CursorShape.ArrowCursor
        if grip is None:
            return Qt.CursorShape.PointingHandCursor
        if grip == (0, 0):
            return Qt.CursorShape.SizeAllCursor
        return _resize_cursor(self.canvas.view.to_view(self.box.x, self.box.y), self._place(grip))

    def _place(self, grip: Handle) -> tuple[float, float]:
        assert self.box
        return self.canvas.view.to_view(*self.box.at(grip))

    def _let_go(self) -> None:
        self.busy, self._start = False, None
        if self.canvas.picture and self.canvas.picture.floating and not self._applying:
            self.canvas.picture.drop()
            self.canvas.refresh_picture()

    def _announce(self) -> None:
        self.canvas.refresh_overlay()
        self.changed.emit()


def _source(document: Document, node: Node) -> tuple[object, ...]:
    """What a transform would take along; equal while nothing of it has changed."""
    state = node.capture()
    return state.pixels, state.mask, state.offset, state.children, document.selection.capture()


def _qtransform(box: Box) -> QTransform:
    m = box.matrix()
    return QTransform(m[0, 0], m[1, 0], m[0, 1], m[1, 1], m[0, 2], m[1, 2])


def _angle(box: Box, pointer: Pointer) -> float:
    return math.degrees(math.atan2(pointer.y - box.y, pointer.x - box.x))


def _resize_cursor(centre: tuple[float, float], place: tuple[float, float]) -> Qt.CursorShape:
    """The double arrow that points along the line from centre to handle, as seen."""
    angle = math.degrees(math.atan2(place[1] - centre[1], place[0] - centre[0])) % 180
    shapes = (
        Qt.CursorShape.SizeHorCursor,
        Qt.CursorShape.SizeFDiagCursor,
        Qt.CursorShape.SizeVerCursor,
        Qt.CursorShape.SizeBDiagCursor,
    )
    return shapes[round(angle / 45) % 4]
