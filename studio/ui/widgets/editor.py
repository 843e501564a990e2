"""The common face of everything that edits one value."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget


class Editor(QWidget):
    """Edits one value. ``changed`` tells every step of a gesture, ``finished`` its end; both only what a
    person does: ``set_value`` is silent."""

    changed = Signal(object)
    finished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(6)

    def value(self) -> object:
        """The value as the model takes it."""
        raise NotImplementedError

    def set_value(self, value: object) -> None:
        """Show a value without telling anyone."""
        raise NotImplementedError

    def describe(self, title: str, help_text: str) -> None:
        """Name every control for screen readers and give it the help as tooltip."""
        for widget in self.controls():
            widget.setAccessibleName(title)
            widget.setAccessibleDescription(help_text)
            widget.setToolTip(help_text)

    def controls(self) -> Sequence[QWidget]:
        """The controls a person focuses, first the main one."""
        raise NotImplementedError

    def tell(self, value: object) -> None:
        """A change complete in itself: one step and its end."""
        self.changed.emit(value)
        self.finished.emit()


class WheelGuard(QObject):
    """Lets the wheel scroll the panel unless the control under it has the focus."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hand an unfocused control's wheel to its parent."""
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False


def guard_wheel(widget: QWidget) -> None:
    """Keep a stray wheel over ``widget`` from changing its value."""
    widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    widget.installEventFilter(WheelGuard(widget))
