"""The strip above the roll (transport, tempo, meter, key, grid) and the box for generating."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from studio.app.music.desk import GRIDS, MusicDesk
from studio.app.music.generating import TITLES, MusicRoom
from studio.model.melody import NAMES, SCALES
from studio.ui.pianoroll.actions import MusicActions
from studio.ui.widgets.numbers import inset

METERS = ("4/4", "2/4", "3/4", "6/8", "9/8", "12/8", "5/4", "7/8", "3/8", "2/2")
KINDS = ("reel", "jig", "slip jig", "hornpipe", "strathspey", "air", "tune")
BUTTON_TITLES = {
    "new": "Generate",
    "continue": "Continue",
    "fill": "Fill",
    "vary": "Vary",
    "harmonise": "Harmonise",
}
BUTTONS = ("play", "record", "loop", "metronome", "undo", "redo")
BUTTONS += ("draw", "select", "zoom_out", "zoom_in", "fit")
GAPS = ("undo", "draw", "zoom_out")


def labelled(title: str, widget: QWidget) -> QWidget:
    """A field with its name before it."""
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(5)
    label = QLabel(title)
    label.setBuddy(widget)
    widget.setAccessibleName(title)
    row.addWidget(label)
    row.addWidget(widget)
    return box


def choice(items: tuple[str, ...], run: Callable[[str], object]) -> QComboBox:
    """A drop-down list."""
    box = QComboBox()
    box.addItems(items)
    box.textActivated.connect(run)
    return box


def short(title: str) -> str:
    """A model's title without what is said of all of them: "Melody, by likelihood" -> "By likelihood"."""
    rest = title.removeprefix("Melody, ")
    return rest[:1].upper() + rest[1:]


class TopBar(QFrame):
    """Transport and what the song is in."""

    def __init__(self, desk: MusicDesk, actions: MusicActions) -> None:
        super().__init__(objectName="musicBar")
        self._desk = desk
        self.tempo = QDoubleSpinBox(minimum=10, maximum=500, decimals=0, suffix=" bpm")
        inset(self.tempo)
        self.tempo.setKeyboardTracking(False)
        self.tempo.valueChanged.connect(desk.set_tempo)
        self.meter = choice(METERS, lambda text: desk.set_meter(*map(int, text.split("/"))))
        self.tonic = choice(NAMES, lambda _: self._set_key())
        self.mode = choice(tuple(SCALES), lambda _: self._set_key())
        self.mode.setAccessibleName("Mode")
        self.grid = choice(tuple(GRIDS), self._set_grid)
        self.snap = QCheckBox("Snap to scale", toolTip="New and moved notes stay in the key")
        self.snap.toggled.connect(self._set_snap)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(2)
        for id in BUTTONS:
            if id in GAPS:
                row.addSpacing(10)
            row.addWidget(actions.button(f"music.{id}"))
        row.addSpacing(14)
        fields = (("Tempo", self.tempo), ("Meter", self.meter), ("Key", self.tonic), ("", self.mode))
        for title, widget in (*fields, ("Grid", self.grid)):
            row.addWidget(labelled(title, widget) if title else widget)
            row.addSpacing(4 if widget is self.tonic else 10)
        row.addWidget(self.snap)
        row.addStretch(1)
        desk.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what the song is in."""
        melody = self._desk.melody
        meter, key = melody.meters[0], melody.keys[0]
        name = f"{meter.top}/{meter.bottom}"
        with QSignalBlocker(self.tempo):
            self.tempo.setValue(round(melody.tempos[0].bpm))
        if self.meter.findText(name) < 0:
            self.meter.addItem(name)
        self.meter.setCurrentText(name)
        self.tonic.setCurrentText(NAMES[key.tonic])
        self.mode.setCurrentText(key.mode)
        self.grid.setCurrentText(self._desk.grid_name)

    def _set_key(self) -> None:
        self._desk.set_key(self.tonic.currentIndex(), self.mode.currentText())

    def _set_grid(self, name: str) -> None:
        self._desk.grid_name = name
        self._desk.changed.emit()

    def _set_snap(self, on: bool) -> None:
        self._desk.scale_snap = on


class GenerateBox(QFrame):
    """What the network shall write, and the buttons that start it."""

    def __init__(self, room: MusicRoom, actions: MusicActions) -> None:
        super().__init__(objectName="musicGenerate", accessibleName="Generate")
        self._room = room
        self.model = QComboBox(minimumContentsLength=8)
        self.model.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for info in room.models():
            self.model.addItem(short(info.title), info.name)
        self.model.setCurrentIndex(max(0, self.model.findData(room.params["model"])))
        self._set_model()
        self.model.currentIndexChanged.connect(self._set_model)
        self.kind = choice(KINDS, lambda text: self._set("kind", text))
        self.bars = QSpinBox(minimum=1, maximum=50, value=16)
        inset(self.bars)
        self.bars.valueChanged.connect(lambda value: self._set("bars", value))
        self.adventure = QSlider(Qt.Orientation.Horizontal, minimum=30, maximum=160, value=95)
        self.adventure.setToolTip("Left plays safe, right dares")
        self.adventure.valueChanged.connect(lambda value: self._set("temperature", value / 100))
        self.busy = QProgressBar(maximum=0, textVisible=False, accessibleName="Writing")
        self.busy.setFixedHeight(4)
        grid = QGridLayout()
        grid.setSpacing(6)
        for row, (title, widget) in enumerate(
            (("Model", self.model), ("Kind", self.kind), ("Bars", self.bars), ("Adventure", self.adventure))
        ):
            label = QLabel(title)
            label.setBuddy(widget)
            widget.setAccessibleName(title)
            grid.addWidget(label, row, 0)
            grid.addWidget(widget, row, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        title = QLabel("Melody")
        title.setProperty("heading", True)
        column.addWidget(title)
        column.addLayout(grid)
        column.addWidget(self.busy)
        self.buttons = {mode: self._button(actions, mode) for mode in TITLES}
        column.addWidget(self.buttons["new"])
        pairs = QGridLayout()
        pairs.setSpacing(4)
        for number, mode in enumerate(("continue", "fill", "vary", "harmonise")):
            pairs.addWidget(self.buttons[mode], number // 2, number % 2)
        column.addLayout(pairs)
        room.state_changed.connect(self.refresh)
        self.refresh()

    def _button(self, actions: MusicActions, mode: str) -> QPushButton:
        action = actions[f"music.generate.{mode}"]
        button = QPushButton(BUTTON_TITLES[mode], toolTip=action.toolTip())
        button.setProperty("primary", mode == "new")
        button.setAccessibleDescription(action.toolTip())
        button.clicked.connect(action.trigger)
        return button

    def _set_model(self) -> None:
        self._set("model", self.model.currentData() or "")

    def _set(self, name: str, value: object) -> None:
        self._room.params[name] = value

    def refresh(self) -> None:
        """Show whether something is being written."""
        self.busy.setVisible(self._room.busy)
        for button in self.buttons.values():
            button.setEnabled(not self._room.busy)
