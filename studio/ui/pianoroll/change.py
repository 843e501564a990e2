"""The dialog for another tempo, meter or key from a bar on."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QPushButton,
    QWidget,
)

from studio.app.music.desk import MusicDesk
from studio.model.melody import NAMES, SCALES
from studio.ui.pianoroll.bars import METERS
from studio.ui.widgets.numbers import inset


class ChangeDialog(QDialog):
    """Shows what is in force at the cursor's bar; what is set there holds from that bar on."""

    def __init__(self, desk: MusicDesk, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        melody, tick = desk.melody, desk.melody.bar_at(desk.cursor[0])
        meter, key = melody.meter_at(tick), melody.key_at(tick)
        number = sum(1 for _ in melody.bar_lines(tick + 1))
        self.setWindowTitle(f"Change from bar {number}")
        self.tempo = QDoubleSpinBox(minimum=10, maximum=500, decimals=0, suffix=" bpm")
        inset(self.tempo)
        self.tempo.setValue(round(melody.tempo_at(tick).bpm))
        self.meter = filled(METERS, f"{meter.top}/{meter.bottom}")
        self.tonic, self.mode = filled(NAMES, NAMES[key.tonic]), filled(tuple(SCALES), key.mode)
        form = QFormLayout(self)
        fields = (("Tempo", self.tempo), ("Meter", self.meter), ("Key", self.tonic), ("Mode", self.mode))
        for title, widget in fields:
            widget.setAccessibleName(title)
            form.addRow(title, widget)
        kinds = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel)
        remove = QPushButton("Remove change", enabled=tick > 0)
        buttons.addButton(remove, QDialogButtonBox.ButtonRole.DestructiveRole)
        remove.clicked.connect(self._remove)
        buttons.accepted.connect(self._apply)
        buttons.rejected.connect(self.reject)
        form.addRow(buttons)

    def _apply(self) -> None:
        top, bottom = map(int, self.meter.currentText().split("/"))
        key = (self.tonic.currentIndex(), self.mode.currentText())
        self._desk.change_from_bar(self.tempo.value(), (top, bottom), key)
        self.accept()

    def _remove(self) -> None:
        self._desk.unchange_bar()
        self.accept()


def filled(items: tuple[str, ...], chosen: str) -> QComboBox:
    """A drop-down list on one of its items, which is added where it is none of them."""
    box = QComboBox()
    box.addItems(items if chosen in items else (*items, chosen))
    box.setCurrentText(chosen)
    return box
