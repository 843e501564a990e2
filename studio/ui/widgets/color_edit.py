"""A colour as a parameter: a swatch that opens the picker, and its hexadecimal text."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QLineEdit, QToolButton, QVBoxLayout, QWidget

from studio.ui.widgets.color_picker import ColorPicker, parse_hex
from studio.ui.widgets.editor import Editor


class Swatch(QToolButton):
    """A button that shows a colour."""

    def __init__(self, color: QColor, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.color = color
        self.setFixedSize(28, 22)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(title)
        self.setToolTip(f"{title}: {color.name()}")

    def set_color(self, color: QColor) -> None:
        """Show another colour."""
        self.color = color
        self.setToolTip(f"{self.accessibleName()}: {color.name()}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A rounded patch; the focus shows as a frame."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        marked = self.hasFocus() or self.isChecked()
        painter.setPen(QPen(palette.highlight().color(), 2) if marked else palette.mid().color())
        painter.setBrush(self.color)
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -2, -2), 3, 3)


class ColorPopup(QFrame):
    """The picker in a window of its own that closes on a click elsewhere."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.picker = ColorPicker(self)
        layout = QVBoxLayout(self)
        layout.addWidget(self.picker)
        self.resize(240, 320)

    def open_at(self, widget: QWidget, color: QColor) -> None:
        """Open below ``widget``."""
        self.picker.set_color(color)
        self.move(widget.mapToGlobal(QPoint(0, widget.height() + 2)))
        self.show()
        self.picker.square.setFocus()


class ColorEdit(Editor):
    """A colour "#rrggbb"; where the field has (r, g, b) of 0..255, it gives such."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value: object = "#000000"
        self.swatch = Swatch(QColor("#000000"), "Colour")
        self.line = QLineEdit()
        self.line.setMaxLength(7)
        self.popup = ColorPopup(self)
        self.row.addWidget(self.swatch)
        self.row.addWidget(self.line, 1)
        self.swatch.clicked.connect(lambda: self.popup.open_at(self.swatch, self.swatch.color))
        self.popup.picker.changed.connect(self._picked)
        self.popup.picker.finished.connect(self.finished)
        self.line.editingFinished.connect(self._typed)

    def value(self) -> object:
        """The colour in the form it came in."""
        return self._value

    def set_value(self, value: object) -> None:
        """Show a colour given as text or as numbers 0..255."""
        self._value = value
        color = QColor(*value[:3]) if isinstance(value, list | tuple) else parse_hex(str(value))
        self._show(color or QColor("#000000"))

    def controls(self) -> Sequence[QWidget]:
        """The text and the swatch."""
        return [self.line, self.swatch]

    def _show(self, color: QColor) -> None:
        self.swatch.set_color(color)
        self.line.setText(color.name())

    def _picked(self, color: QColor) -> None:
        self._show(color)
        if isinstance(self._value, list | tuple):
            self._value = type(self._value)(color.getRgb()[:3])
        else:
            self._value = color.name()
        self.changed.emit(self._value)

    def _typed(self) -> None:
        color = parse_hex(self.line.text())
        if color is None:
            self._show(self.swatch.color)
        elif color.rgb() != self.swatch.color.rgb():
            self._picked(color)
            self.finished.emit()
