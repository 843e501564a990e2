"""The page shown while nothing is open: what to do first, and the recent files."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from studio.app.session import App
from studio.ui.actions import Actions
from studio.ui.icons import IconLabel, icon

SHOWN_FILES = 8
CARDS = (
    (
        "generate.run",
        "Generate a picture",
        "Press here, or first choose model, class and seed in the Generator panel.",
    ),
    ("file.open", "Open", "Pictures and layered files; or drop them here."),
    ("file.new", "New", "An empty canvas of the size you want."),
    ("window.lab", "Train your own", "A model from a folder of your pictures."),
)
TIPS = (
    ("help.palette", "finds every command by a few letters."),
    ("generate.more", "fills the strip below with relatives of a picture you like."),
    ("edit.undo", "takes back anything, also what a generator did."),
)


class Card(QFrame):
    """A large button with an icon, a title and a sentence."""

    pressed = Signal()

    def __init__(self, symbol: str, title: str, text: str, keys: str, primary: bool = False) -> None:
        super().__init__()
        self.setProperty("card", True)
        self.setProperty("primary", primary)
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        picture = IconLabel(symbol, 32, QIcon.Mode.Selected if primary else QIcon.Mode.Normal)
        head, body, foot = QLabel(title), QLabel(text, wordWrap=True), QLabel(keys)
        head.setProperty("heading", True)
        if not primary:
            body.setProperty("quiet", True)
            foot.setProperty("quiet", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(6)
        for widget in (picture, head, body):
            column.addWidget(widget)
        column.addStretch(1)
        column.addWidget(foot)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click anywhere on the card presses it."""
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.pressed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and space press the card."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.pressed.emit()
        else:
            super().keyPressEvent(event)


class WelcomePage(QScrollArea):
    """Generate, open, new; recent files; three tips."""

    def __init__(self, app: App, actions: Actions) -> None:
        super().__init__()
        self.setObjectName("welcome")
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._app = app
        self._actions = actions
        self.cards: list[Card] = []
        self._files = QVBoxLayout(spacing=2)
        middle = QWidget()
        middle.setMaximumWidth(860)
        column = QVBoxLayout(middle)
        column.setSpacing(18)
        column.addLayout(self._heading())
        column.addLayout(self._cards())
        column.addLayout(self._below())
        ground = QWidget()
        row = QHBoxLayout(ground)
        row.setContentsMargins(32, 16, 32, 16)
        row.addStretch(1)
        row.addWidget(middle, 20, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        self.setWidget(ground)
        app.recent.changed.connect(self.refresh)
        self.refresh()

    def _heading(self) -> QVBoxLayout:
        title = QLabel("Latent Studio")
        title.setProperty("title", True)
        text = QLabel(
            "Make pictures with generative networks on your own machine, paint on them, keep every step."
        )
        text.setProperty("quiet", True)
        text.setWordWrap(True)
        column = QVBoxLayout(spacing=4)
        column.addWidget(title)
        column.addWidget(text)
        return column

    def _cards(self) -> QHBoxLayout:
        row = QHBoxLayout(spacing=14)
        for (id, title, text), stretch in zip(CARDS, (5, 3, 3, 3), strict=True):
            row.addWidget(self._card(id, title, text), stretch)
        return row

    def _card(self, id: str, title: str, text: str) -> Card:
        command = self._app.commands[id]
        keys = self._actions[id].shortcut().toString()
        card = Card(command.icon, title, text, keys, primary=id == "generate.run")
        card.pressed.connect(lambda: self._app.run_command(id))
        self.cards.append(card)
        return card

    def _below(self) -> QGridLayout:
        grid = QGridLayout(horizontalSpacing=28, verticalSpacing=8)
        for place, title in enumerate(("Recent files", "Good to know")):
            label = QLabel(title)
            label.setProperty("heading", True)
            grid.addWidget(label, 0, place)
        grid.addLayout(self._files, 1, 0, Qt.AlignmentFlag.AlignTop)
        grid.addLayout(self._tips(), 1, 1, Qt.AlignmentFlag.AlignTop)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        return grid

    def _tips(self) -> QVBoxLayout:
        column = QVBoxLayout(spacing=8)
        for id, text in TIPS:
            keys = self._actions[id].shortcut().toString()
            label = QLabel(f"<b>{keys}</b>&nbsp; {text}", wordWrap=True)
            label.setProperty("quiet", True)
            column.addWidget(label)
        return column

    def files(self) -> list[Path]:
        """The recent files that are listed."""
        return list(self._app.recent.paths[:SHOWN_FILES])

    def refresh(self) -> None:
        """List the recent files anew."""
        while (item := self._files.takeAt(0)) is not None:
            item.widget().deleteLater()
        paths = self.files()
        for path in paths:
            self._files.addWidget(self._file_button(path))
        if not paths:
            label = QLabel("Files you open or save will be listed here.", wordWrap=True)
            label.setProperty("quiet", True)
            self._files.addWidget(label)

    def _file_button(self, path: Path) -> QPushButton:
        button = QPushButton(icon("image"), path.name, flat=True, toolTip=str(path))
        button.setProperty("link", True)
        button.setAccessibleName(f"Open {path.name}")
        button.clicked.connect(lambda: self._app.open_files([path]))
        return button
