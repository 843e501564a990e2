"""Move a layer."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QTransform

from studio.app.tools import ToolId
from studio.model import edits
from studio.model.document import Document
from studio.model.nodes import Node
from studio.ui.canvas.overlay import Overlay
from studio.ui.canvas.tools.base import NOTHING, Canvas, Tool, layer_of
from studio.ui.canvas.tools.pointer import Pointer
from studio.ui.canvas.tools.snapping import along_axis


class MoveTool(Tool):
    """A drag moves the active layer, with Shift along one axis only; arrow keys move it by pixels."""

    id = ToolId.MOVE
    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._first: Pointer | None = None
        self._last: Pointer | None = None
        self._held: tuple[Document, Node] | None = None

    def press(self, pointer: Pointer) -> None:
        self._held = self.document, layer_of(self.document)
        self.busy, self._first, self._last = True, pointer, pointer

    def drag(self, pointer: Pointer) -> None:
        picture = self.canvas.picture
        if self._held is None or picture is None:
            return
        self._last = pointer
        floating = picture.floating or picture.lift(self._held[1])
        floating.matrix = QTransform.fromTranslate(*self.distance())
        self.canvas.refresh_picture()
        self.canvas.refresh_overlay()

    def release(self, pointer: Pointer) -> None:
        self.drag(pointer)
        held, (dx, dy) = self._held, self.distance()
        self.cancel()
        if held and (dx or dy):
            edits.translate(*held, dx, dy)

    def cancel(self) -> None:
        held, self.busy, self._held = self._held, False, None
        if held and self.canvas.picture and self.canvas.picture.floating:
            self.canvas.picture.drop()
            self.canvas.refresh_picture()
        self.canvas.refresh_overlay()

    def nudge(self, dx: int, dy: int) -> bool:
        node = layer_of(self.document)
        edits.translate(self.document, node, dx, dy, merge=("nudge", node.id))
        return True

    def distance(self) -> tuple[int, int]:
        """How far the drag has come, in whole document pixels."""
        if not self._first or not self._last:
            return 0, 0
        dx, dy = self._last.x - self._first.x, self._last.y - self._first.y
        if self._last.shift:
            dx, dy = along_axis(dx, dy)
        return round(dx), round(dy)

    def overlay(self) -> Overlay:
        if not self.busy or self._last is None:
            return NOTHING
        dx, dy = self.distance()
        return Overlay(label=f"{dx:+d}, {dy:+d}", label_at=QPointF(self._last.view_x, self._last.view_y))
