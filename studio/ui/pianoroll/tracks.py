"""The list of tracks beside the roll: name, instrument, mute, solo."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QFocusEvent, QMouseEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.app.music.desk import MusicDesk
from studio.app.music.programs import DRUM_KIT, PROGRAMS
from studio.model.melody import Part
from studio.ui.widgets.buttons import icon_button


class TrackName(QLineEdit):
    """The name of a track; whoever goes there, chooses the track."""

    def __init__(self, desk: MusicDesk, index: int) -> None:
        super().__init__(maxLength=60, accessibleName=f"Name of track {index + 1}", frame=False)
        self._desk, self._index = desk, index

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Edit this track."""
        super().focusInEvent(event)
        if self._desk.part != self._index < len(self._desk.melody.parts):
            self._desk.part = self._index


class TrackRow(QFrame):
    """One track; pressing it chooses it."""

    def __init__(self, desk: MusicDesk, index: int) -> None:
        super().__init__()
        self._desk, self._index = desk, index
        self.setObjectName("trackRow")
        self.name = TrackName(desk, index)
        self.name.editingFinished.connect(self._rename)
        self.program = QComboBox(accessibleName=f"Instrument of track {index + 1}")
        self.program.addItems([f"{number + 1} {title}" for number, title in enumerate(PROGRAMS)] + [DRUM_KIT])
        self.program.setMinimumContentsLength(12)
        self.program.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.program.activated.connect(self._choose_program)
        self.mute = self._switch("M", "Mute", "muted")
        self.solo = self._switch("S", "Solo", "solo")
        box = QGridLayout(self)
        box.setContentsMargins(8, 6, 8, 6)
        box.setSpacing(4)
        box.addWidget(self.name, 0, 0)
        box.addWidget(self.mute, 0, 1)
        box.addWidget(self.solo, 0, 2)
        box.addWidget(self.program, 1, 0, 1, 3)

    def _switch(self, text: str, title: str, what: str) -> QToolButton:
        button = QToolButton(text=text, checkable=True)
        button.setAccessibleName(f"{title} track {self._index + 1}")
        button.setToolTip(title)
        button.setFixedWidth(26)
        button.clicked.connect(lambda _: self._desk.toggle(self._index, what))
        return button

    def show_part(self, part: Part) -> None:
        """Bring everything up to date."""
        state = self._desk.song.state
        if not self.name.hasFocus():
            self.name.setText(part.name or f"Track {self._index + 1}")
        with QSignalBlocker(self.program):
            self.program.setCurrentIndex(len(PROGRAMS) if part.drums else part.program)
        self.mute.setChecked(self._index in state.muted)
        self.solo.setChecked(self._index in state.solo)
        chosen = self._index == self._desk.part
        if self.property("chosen") != chosen:
            self.setProperty("chosen", chosen)
            self.style().unpolish(self)
            self.style().polish(self)

    def _rename(self) -> None:
        if self.name.isModified() and self._index < len(self._desk.melody.parts):
            self.name.setModified(False)
            self._desk.set_track(self._index, name=self.name.text().strip())

    def _choose_program(self, index: int) -> None:
        drums = index == len(PROGRAMS)
        self._desk.set_track(self._index, program=0 if drums else index, drums=drums)
        self._desk.auditioned.emit(38 if drums else 67, 90)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Edit this track."""
        self._desk.part = self._index


class TrackList(QWidget):
    """All tracks, and buttons to add and remove one."""

    def __init__(self, desk: MusicDesk) -> None:
        super().__init__(accessibleName="Tracks")
        self._desk = desk
        self._rows: list[TrackRow] = []
        self._inner = inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._column.addStretch(1)
        self._scroll = scroll = QScrollArea(widgetResizable=True, frameShape=QFrame.Shape.NoFrame)
        scroll.setWidget(inner)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(8, 0, 8, 4)
        buttons.addWidget(icon_button("plus", "Add a track", desk.add_track))
        self._remove = icon_button("trash", "Remove the chosen track", desk.remove_track)
        buttons.addWidget(self._remove)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scroll, 1)
        column.addLayout(buttons)
        self.setFixedWidth(212)
        self._shown = -1
        desk.changed.connect(self.refresh)
        self.refresh()

    def _show_chosen(self) -> None:
        """Scroll to the track that is edited, once it has its place."""
        if self._shown < len(self._rows):
            self._column.activate()
            self._inner.adjustSize()
            self._scroll.ensureWidgetVisible(self._rows[self._shown])

    @property
    def rows(self) -> list[TrackRow]:
        """A row for each track."""
        return list(self._rows)

    def refresh(self) -> None:
        """As many rows as there are tracks, each up to date."""
        parts = self._desk.melody.parts
        while len(self._rows) > len(parts):
            self._rows.pop().deleteLater()
        while len(self._rows) < len(parts):
            row = TrackRow(self._desk, len(self._rows))
            self._column.insertWidget(len(self._rows), row)
            self._rows.append(row)
        for row, part in zip(self._rows, parts, strict=True):
            row.show_part(part)
        if self._shown != self._desk.part:
            self._shown = self._desk.part
            QTimer.singleShot(0, self._show_chosen)
        self._remove.setEnabled(len(parts) > 1)
