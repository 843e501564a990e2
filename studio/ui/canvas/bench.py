"""The tools side by side: which one a gesture goes to, and what becomes of the errors they raise."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, Qt

from studio.app.tools import ToolId
from studio.model.errors import UserError
from studio.ui.canvas.overlay import Overlay, polygon_path
from studio.ui.canvas.tools import TOOLS
from studio.ui.canvas.tools.base import Canvas, Tool
from studio.ui.canvas.tools.pointer import Pointer

PICKS_WITH_ALT = frozenset({ToolId.BRUSH, ToolId.ERASER, ToolId.FILL, ToolId.GRADIENT})
PAINTS = frozenset({ToolId.BRUSH, ToolId.ERASER})
CROSS = 12


class Bench:
    """Hands pointer gestures to the current tool, or to a temporary one.

    Space holds the hand (with Ctrl: zoom), Alt the picker while painting, the other end of a pen the eraser.
    """

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self.tools: dict[ToolId, Tool] = {kind.id: kind(canvas) for kind in TOOLS}
        self.space = False
        self.pointer: Pointer | None = None
        self.by_keyboard = False
        self._current = self.tools[canvas.app.tools.tool]
        self._gesture: Tool | None = None
        self._hovering: Tool | None = None

    @property
    def current(self) -> Tool:
        """The tool chosen."""
        return self._current

    @property
    def gesture(self) -> Tool | None:
        """The tool whose drag is under way."""
        return self._gesture

    @property
    def acting(self) -> Tool:
        """The tool a press would go to now."""
        return self._gesture or (self.tool_for(self.pointer) if self.pointer else self._temporary())

    @property
    def cursor(self) -> Qt.CursorShape:
        """The shape of the mouse pointer."""
        tool = self.acting
        if tool.id is ToolId.HAND and self._gesture:
            return Qt.CursorShape.ClosedHandCursor
        return tool.cursor

    def choose(self, tool: ToolId) -> None:
        """Make another tool the current one."""
        if self.tools[tool] is self._current:
            return
        self.cancel_gesture()
        self._guard(self._current.deactivate)
        self._current = self.tools[tool]
        self._guard(self._current.activate)

    def abandon(self) -> None:
        """The document in front goes, or changes its size: give up what is open."""
        self._gesture = None
        for tool in self.tools.values():
            if tool.open or tool is self._current:
                self._guard(tool.abandon)

    def restart(self) -> None:
        """Another document has come to the front."""
        self.pointer = None
        self._guard(self._current.activate)

    def refresh(self) -> None:
        """Layers, selection or size have changed under the current tool."""
        if self._gesture is None:
            self._guard(self._current.document_changed)

    def tool_for(self, pointer: Pointer) -> Tool:
        """The tool a press at `pointer` goes to."""
        if self.space:
            return self.tools[ToolId.ZOOM if pointer.ctrl else ToolId.HAND]
        if pointer.eraser and self._current.id in PAINTS:
            return self.tools[ToolId.ERASER]
        if pointer.alt and not pointer.shift and self._current.id in PICKS_WITH_ALT:
            return self.tools[ToolId.PICKER]
        return self._current

    def press(self, pointer: Pointer, tool: Tool | None = None) -> None:
        """Begin a gesture, with `tool` whatever the current one is."""
        self.cancel_gesture()
        self.pointer = pointer
        chosen = tool or self.tool_for(pointer)
        self._hover_with(chosen)
        self._gesture = chosen
        if not self._guard(lambda: chosen.press(pointer)):
            self.cancel_gesture()

    def move(self, pointer: Pointer) -> None:
        """The pointer has moved, with or without a gesture."""
        self.pointer = pointer
        tool = self._gesture
        if tool is None:
            self._hover_with(self.tool_for(pointer))
        elif not self._guard(lambda: tool.drag(pointer)):
            self.cancel_gesture()

    def release(self, pointer: Pointer) -> None:
        """The gesture is over."""
        tool, self._gesture = self._gesture, None
        self.pointer = pointer
        if tool and not self._guard(lambda: tool.release(pointer)):
            self._guard(tool.cancel)
        self._hover_with(self.tool_for(pointer))

    def leave(self) -> None:
        """The pointer has left the canvas."""
        if self._hovering and self._gesture is None:
            self._guard(self._hovering.leave)
            self._hovering = None

    def cancel_gesture(self) -> None:
        """Take back the drag under way."""
        tool, self._gesture = self._gesture, None
        if tool:
            self._guard(tool.cancel)

    def cancel(self) -> bool:
        """Esc: take back the drag, or else what the current tool has open; False when there was neither."""
        if self._gesture:
            self.cancel_gesture()
        elif self._current.open:
            self._guard(self._current.cancel)
        else:
            return False
        return True

    def apply(self) -> bool:
        """Enter: do what the current tool has open; False when there is nothing."""
        if self._gesture or not self._current.open:
            return False
        self._guard(self._current.apply)
        return True

    def nudge(self, dx: int, dy: int) -> bool:
        """An arrow key; False when the current tool has no use for it."""
        if self._gesture:
            return False
        used: list[bool] = []
        went_well = self._guard(lambda: used.append(self._current.nudge(dx, dy)))
        return not went_well or used == [True]

    def overlay(self) -> list[Overlay]:
        """What to draw over the picture now."""
        shown = [self._current]
        if self.acting is not self._current:
            shown.append(self.acting)
        overlays = [tool.overlay() for tool in shown]
        if self.by_keyboard and self.pointer:
            overlays.append(_cross(self.pointer))
        return overlays

    def _temporary(self) -> Tool:
        return self.tools[ToolId.HAND] if self.space else self._current

    def _hover_with(self, tool: Tool) -> None:
        if self._hovering and self._hovering is not tool:
            self._guard(self._hovering.leave)
        self._hovering = tool
        pointer = self.pointer
        if pointer:
            self._guard(lambda: tool.hover(pointer))

    def _guard(self, action: Callable[[], object]) -> bool:
        """Run something of a tool; what it raises becomes a notice. Whether it went well."""
        notices = self._canvas.app.notices
        try:
            action()
        except UserError as error:
            notices.add("warning", error.sentence, error.hint)
            return False
        except Exception as error:
            notices.add_exception(error, doing=f"The {self._current.id} tool")
            return False
        return True


def _cross(pointer: Pointer) -> Overlay:
    x, y = pointer.view_x, pointer.view_y
    arms = (((x - CROSS, y), (x + CROSS, y)), ((x, y - CROSS), (x, y + CROSS)))
    return Overlay(lines=[polygon_path(arm, closed=False) for arm in arms], label_at=QPointF(x, y))
