"""The column of tools with the two colours below it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QButtonGroup, QToolButton, QVBoxLayout, QWidget

from studio.app.session import App
from studio.app.tools import ToolId
from studio.ui.canvas.commands import KEYS
from studio.ui.icons import icon
from studio.ui.theme import colour
from studio.ui.widgets.color_edit import ColorPopup

BUTTON, ICON = 32, 20
BREAKS = frozenset({ToolId.RECTANGLE, ToolId.BRUSH, ToolId.PICKER})


def keys_of(app: App, tool: ToolId) -> str:
    """The present shortcut of a tool, its default unless the person chose another."""
    keys = app.settings.window.shortcuts.get(f"tool.{tool}", KEYS[tool][1])
    return QKeySequence(keys.split("; ")[0]).toString(QKeySequence.SequenceFormat.NativeText)


class ToolBar(QWidget):
    """One button for each tool, swatches for the colours."""

    def __init__(self, app: App, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._app = app
        self._group = QButtonGroup(self)
        self.buttons = {tool: self._button(tool) for tool in ToolId}
        self.colours = ColourPair(app)
        self.setAccessibleName("Tools")
        self._lay_out()
        self._tell_keys()
        app.tools.changed.connect(self._changed)
        app.settings.changed.connect(self._settings_changed)
        self.buttons[app.tools.tool].setChecked(True)

    def _settings_changed(self, section: str, field: str) -> None:
        if field == "shortcuts":
            self._tell_keys()

    def _tell_keys(self) -> None:
        for tool, button in self.buttons.items():
            title, _, tip = KEYS[tool]
            keys = keys_of(self._app, tool)
            button.setToolTip(f"<b>{title}</b>{f' ({keys})' if keys else ''}<br>{tip}")

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 6, 4, 6)
        column.setSpacing(1)
        for tool, button in self.buttons.items():
            if tool in BREAKS:
                column.addWidget(Line(), 0, Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(Line(), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.colours, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)

    def _button(self, tool: ToolId) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(str(tool)))
        button.setIconSize(QSize(ICON, ICON))
        button.setFixedSize(BUTTON, BUTTON)
        button.setCheckable(True)
        button.setAutoRaise(True)
        button.setAccessibleName(KEYS[tool][0])
        button.setAccessibleDescription(KEYS[tool][2])
        button.clicked.connect(lambda: self._app.tools.choose(tool))
        self._group.addButton(button)
        return button

    def _changed(self, section: str, field: str) -> None:
        if field == "tool":
            self.buttons[self._app.tools.tool].setChecked(True)


class ColourPair(QWidget):
    """Foreground over background colour. A click chooses, the arrow swaps, the small squares reset."""

    FRONT, BACK = QRect(2, 4, 20, 20), QRect(12, 14, 20, 20)
    SWAP, RESET = QRect(23, 2, 12, 11), QRect(1, 26, 10, 10)

    def __init__(self, app: App) -> None:
        super().__init__()
        self._tools = app.tools
        self._popup = ColorPopup(self)
        self._popup.picker.changed.connect(self._picked)
        self._editing = "foreground"
        self.setFixedSize(36, 38)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Foreground and background colour")
        self._tools.changed.connect(self._changed)
        self._changed("", "foreground")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Two overlapping squares and the two helpers."""
        painter = QPainter(self)
        for rect, rgba in ((self.BACK, self._tools.background), (self.FRONT, self._tools.foreground)):
            painter.setPen(QPen(colour("window"), 3))
            painter.drawRect(rect)
            painter.setPen(QPen(colour("accent" if self.hasFocus() else "quiet"), 1))
            painter.setBrush(QColor(*rgba))
            painter.drawRect(rect)
        icon("swap-colours").paint(painter, self.SWAP)
        for corner, shade in ((QPoint(4, 29), "#ffffff"), (QPoint(1, 26), "#000000")):
            painter.setPen(QPen(colour("quiet"), 1))
            painter.setBrush(QColor(shade))
            painter.drawRect(QRect(corner, QSize(6, 6)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose, swap or reset."""
        at = event.position().toPoint()
        if self.SWAP.contains(at):
            self._tools.swap_colours()
        elif self.RESET.contains(at):
            self._tools.reset_colours()
        else:
            back = self.BACK.contains(at) and not self.FRONT.contains(at)
            self.edit("background" if back else "foreground")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter or Space chooses the foreground colour, with Shift the background."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.edit("background" if shifted else "foreground")
        else:
            super().keyPressEvent(event)

    def edit(self, which: str) -> None:
        """Open the colour picker for "foreground" or "background"."""
        self._editing = which
        self._popup.open_at(self, QColor(*getattr(self._tools, which)))

    def _picked(self, chosen: QColor) -> None:
        rgba = (chosen.red(), chosen.green(), chosen.blue(), 255)
        (self._tools.set_foreground if self._editing == "foreground" else self._tools.set_background)(rgba)

    def _changed(self, section: str, field: str) -> None:
        front, back = (QColor(*rgba).name() for rgba in (self._tools.foreground, self._tools.background))
        self.setToolTip(
            f"Foreground {front}, background {back}<br>Click to choose; X swaps, D makes black and white"
        )
        self.setAccessibleDescription(f"Foreground {front}, background {back}")
        self.update()


class Line(QWidget):
    """A thin line between groups of tools."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(BUTTON - 8, 9)

    def paintEvent(self, event: QPaintEvent) -> None:
        """In the middle of its height."""
        painter = QPainter(self)
        painter.fillRect(0, 4, self.width(), 1, colour("edge"))
