"""Mouse, pen, wheel, gesture and key events of the viewport, told to the tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import (
    QInputEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPointingDevice,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QPlainTextEdit, QTextEdit

from studio.app.tools import ToolId
from studio.ui.canvas.bench import Bench
from studio.ui.canvas.tools.pointer import Button, Pointer

if TYPE_CHECKING:
    from studio.ui.canvas.view import CanvasView

ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
NOTCH = 120.0
PAN_PER_NOTCH = 60.0
BUTTONS = {Qt.MouseButton.LeftButton: Button.LEFT, Qt.MouseButton.RightButton: Button.RIGHT}


class Input:
    """Event handler of one viewport."""

    def __init__(self, canvas: CanvasView, bench: Bench) -> None:
        self._canvas = canvas
        self._bench = bench
        self._button = Button.NONE
        self._eraser = False
        self._handlers = {
            QEvent.Type.MouseButtonPress: self._mouse_press,
            QEvent.Type.MouseButtonDblClick: self._mouse_press,
            QEvent.Type.MouseMove: self._mouse_move,
            QEvent.Type.MouseButtonRelease: self._mouse_release,
            QEvent.Type.TabletPress: self._tablet,
            QEvent.Type.TabletMove: self._tablet,
            QEvent.Type.TabletRelease: self._tablet,
            QEvent.Type.Wheel: self._wheel,
            QEvent.Type.NativeGesture: self._gesture,
            QEvent.Type.KeyPress: self._key_press,
            QEvent.Type.KeyRelease: self._key_release,
            QEvent.Type.ShortcutOverride: self._override,
            QEvent.Type.Enter: self._enter_canvas,
            QEvent.Type.Leave: self._leave,
            QEvent.Type.FocusOut: self._focus_out,
        }

    def handle(self, event: QEvent) -> bool:
        """Deal with an event; False leaves it to Qt."""
        handler = self._handlers.get(event.type())
        return bool(handler and handler(event))

    def _pointer(self, event: QMouseEvent | QTabletEvent, pressure: float = 1.0) -> Pointer:
        position = event.position()
        return self.pointer_at(position.x(), position.y(), event.modifiers(), pressure)

    def pointer_at(
        self, view_x: float, view_y: float, held: Qt.KeyboardModifier, pressure: float = 1.0
    ) -> Pointer:
        """A pointer at a viewport position."""
        x, y = self._canvas.view.to_document(view_x, view_y)
        return Pointer(
            x, y, view_x, view_y, pressure, self._button,
            shift=bool(held & Qt.KeyboardModifier.ShiftModifier),
            alt=bool(held & Qt.KeyboardModifier.AltModifier),
            ctrl=bool(held & Qt.KeyboardModifier.ControlModifier),
            eraser=self._eraser,
        )  # fmt: skip

    def _mouse_press(self, event: QMouseEvent) -> bool:
        self._bench.by_keyboard = False
        if event.button() == Qt.MouseButton.MiddleButton:
            self._button = Button.LEFT
            self._bench.press(self._pointer(event), self._bench.tools[ToolId.HAND])
        elif event.button() in BUTTONS and self._bench.gesture is None:
            self._button = BUTTONS[event.button()]
            if self._button is Button.LEFT or self._bench.acting.id is ToolId.PICKER:
                self._bench.press(self._pointer(event))
        self._canvas.pointer_moved(self._bench.pointer)
        return True

    def _mouse_move(self, event: QMouseEvent) -> bool:
        self._eraser = self._eraser and self._bench.gesture is not None
        self._bench.by_keyboard = False
        self._bench.move(self._pointer(event))
        self._canvas.pointer_moved(self._bench.pointer)
        return True

    def _mouse_release(self, event: QMouseEvent) -> bool:
        if not event.buttons():
            self._bench.release(self._pointer(event))
            self._button = Button.NONE
            self._canvas.pointer_moved(self._bench.pointer)
        return True

    def _tablet(self, event: QTabletEvent) -> bool:
        self._eraser = event.pointerType() is QPointingDevice.PointerType.Eraser
        pressing = event.type() == QEvent.Type.TabletPress
        if pressing and event.button() == Qt.MouseButton.MiddleButton:
            return False
        if pressing:
            self._button = BUTTONS.get(event.button(), Button.LEFT)
        pressure = event.pressure() if self._bench.gesture or pressing else 1.0
        pointer = self._pointer(event, pressure)
        act = {QEvent.Type.TabletPress: self._bench.press, QEvent.Type.TabletRelease: self._bench.release}
        act.get(event.type(), self._bench.move)(pointer)
        if event.type() == QEvent.Type.TabletRelease:
            self._button = Button.NONE
        self._canvas.pointer_moved(pointer)
        event.accept()
        return True

    def _wheel(self, event: QWheelEvent) -> bool:
        turn, exact, at = event.angleDelta(), event.pixelDelta(), event.position()
        view = self._canvas.view
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            steps = (turn.y() or turn.x()) / NOTCH
            self._canvas.set_view(view.zoomed(view.zoom * 2 ** (steps / 4), (at.x(), at.y())))
        else:
            moved = QPointF(exact) if not exact.isNull() else QPointF(turn) * (PAN_PER_NOTCH / NOTCH)
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and not moved.x():
                moved = QPointF(moved.y(), 0.0)
            self._canvas.set_view(view.panned(moved.x(), moved.y()))
        event.accept()
        return True

    def _gesture(self, event: QNativeGestureEvent) -> bool:
        view, at = self._canvas.view, (event.position().x(), event.position().y())
        if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self._canvas.set_view(view.zoomed(view.zoom * (1 + event.value()), at))
        elif event.gestureType() == Qt.NativeGestureType.RotateNativeGesture:
            self._canvas.set_view(view.turned(event.value(), at))
        else:
            return False
        return True

    def _override(self, event: QKeyEvent) -> bool:
        """Keys of a gesture under way, and those the canvas itself answers, are not shortcuts."""
        own = event.key() in (*ARROWS, *ENTER, Qt.Key.Key_Space)
        own |= event.key() == Qt.Key.Key_Escape and self._bench.current.open
        plain = not event.modifiers() & ~(
            Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
        )
        if self._bench.gesture or (own and plain):
            event.accept()
            return True
        return False

    def _key_press(self, event: QKeyEvent) -> bool:
        key = event.key()
        if key == Qt.Key.Key_Space:
            self._hold_space(True, event)
        elif key == Qt.Key.Key_Escape:
            return self._bench.cancel() or self._canvas.app.background.cancel(self._canvas.app.document)
        elif key in ENTER:
            if not self._bench.apply():
                self._enter(event)
        elif key in ARROWS:
            self._arrow(event)
        else:
            self._modifiers_changed(event)
            return self._bench.gesture is not None
        return True

    def _key_release(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Space:
            self._hold_space(False, event)
            return True
        self._modifiers_changed(event)
        return False

    def _hold_space(self, held: bool, event: QKeyEvent) -> None:
        if not event.isAutoRepeat():
            self._bench.space = held
            self._modifiers_changed(event)

    def _modifiers_changed(self, event: QInputEvent) -> None:
        """Let the tool under the pointer know: Alt may pick now, Shift may square the selection."""
        last = self._bench.pointer
        if last is not None:
            held = _after(event)
            self._bench.move(self.pointer_at(last.view_x, last.view_y, held, last.pressure))
        self._canvas.refresh_overlay()

    def _arrow(self, event: QKeyEvent) -> None:
        far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        dx, dy = (step * (10 if far else 1) for step in ARROWS[Qt.Key(event.key())])
        if not self._bench.nudge(dx, dy):
            self._walk(dx, dy)

    def _walk(self, dx: int, dy: int) -> None:
        """Move the keyboard's pointer by document pixels along the screen."""
        self._bench.by_keyboard = True
        last, view = self._bench.pointer, self._canvas.view
        x, y = (last.view_x, last.view_y) if last else (view.width / 2, view.height / 2)
        step = max(1.0, view.scale)
        x, y = min(max(x + dx * step, 0.0), view.width), min(max(y + dy * step, 0.0), view.height)
        self._bench.move(self.pointer_at(x, y, Qt.KeyboardModifier.NoModifier))
        self._canvas.pointer_moved(self._bench.pointer)
        self._canvas.refresh_overlay()

    def _enter(self, event: QKeyEvent) -> None:
        """Press or let go at the keyboard's pointer."""
        if event.isAutoRepeat():
            return
        if not self._bench.pointer:
            self._walk(0, 0)
        last = self._bench.pointer
        assert last is not None
        starting = self._bench.gesture is None
        self._button = Button.LEFT if starting else Button.NONE
        pointer = self.pointer_at(last.view_x, last.view_y, event.modifiers())
        (self._bench.press if starting else self._bench.release)(pointer)

    def _enter_canvas(self, event: QEvent) -> bool:
        """Keys go where the pointer is, unless something is being typed."""
        typing = isinstance(
            QApplication.focusWidget(), QLineEdit | QAbstractSpinBox | QTextEdit | QPlainTextEdit
        )
        if not typing and self._canvas.isActiveWindow():
            self._canvas.viewport.setFocus(Qt.FocusReason.MouseFocusReason)
        return False

    def _leave(self, event: QEvent) -> bool:
        if not self._bench.by_keyboard:
            self._bench.leave()
            self._canvas.pointer_moved(None)
        return False

    def _focus_out(self, event: QEvent) -> bool:
        self._bench.space = False
        return False


def _after(event: QInputEvent) -> Qt.KeyboardModifier:
    """The modifiers that hold once a key event is over."""
    held = event.modifiers()
    if isinstance(event, QKeyEvent):
        own = {
            Qt.Key.Key_Shift: Qt.KeyboardModifier.ShiftModifier,
            Qt.Key.Key_Alt: Qt.KeyboardModifier.AltModifier,
            Qt.Key.Key_Control: Qt.KeyboardModifier.ControlModifier,
        }.get(Qt.Key(event.key()))
        if own:
            held = held | own if event.type() == QEvent.Type.KeyPress else held & ~own
    return held
