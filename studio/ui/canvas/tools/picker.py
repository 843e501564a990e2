"""Colour picker."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor

from studio.app.tools import Rgba, ToolId
from studio.model.sampling import pick_color
from studio.ui.canvas.overlay import Overlay
from studio.ui.canvas.tools.base import NOTHING, Canvas, Tool
from studio.ui.canvas.tools.pointer import Button, Pointer


class PickerTool(Tool):
    """Takes the colour under the pointer; the right button or Ctrl takes it as the background colour."""

    id = ToolId.PICKER

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._at: Pointer | None = None
        self._colour: Rgba = (0, 0, 0, 0)
        self._before: tuple[Rgba, Rgba] | None = None

    def press(self, pointer: Pointer) -> None:
        self.busy = True
        self._before = self.tools.foreground, self.tools.background
        self.drag(pointer)

    def drag(self, pointer: Pointer) -> None:
        options = self.tools.picker
        self._at = pointer
        if not self.document.canvas.contains_point(pointer.x, pointer.y):
            return
        red, green, blue, alpha = pick_color(
            self.document, pointer.x, pointer.y, options.merged, options.radius
        )
        self._colour = (red, green, blue, alpha)
        if alpha:
            back = pointer.ctrl or pointer.button is Button.RIGHT
            (self.tools.set_background if back else self.tools.set_foreground)((red, green, blue, 255))
        self.canvas.refresh_overlay()

    def release(self, pointer: Pointer) -> None:
        self.busy, self._at = False, None
        self.canvas.refresh_overlay()

    def cancel(self) -> None:
        if self.busy and self._before:
            self.tools.set_foreground(self._before[0])
            self.tools.set_background(self._before[1])
        self.busy, self._at = False, None
        self.canvas.refresh_overlay()

    def overlay(self) -> Overlay:
        if self._at is None:
            return NOTHING
        red, green, blue, alpha = self._colour
        label = f"#{red:02x}{green:02x}{blue:02x}" if alpha else "Transparent"
        at = QPointF(self._at.view_x, self._at.view_y)
        return Overlay(label=label, label_at=at, swatch=QColor(red, green, blue, alpha))
