"""Another size for the picture or its canvas."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QLabel, QSpinBox, QWidget

from studio.ui.dialogs.base import MAX_SIDE, Question, form, pixel_box


class SizeDialog(Question):
    """Width and height, in proportion unless told otherwise."""

    def __init__(self, title: str, width: int, height: int, parent: QWidget | None = None) -> None:
        super().__init__(title, "Apply", parent)
        self._ratio = width / height
        self.width_box = pixel_box("Width", width)
        self.height_box = pixel_box("Height", height)
        self.keep = QCheckBox("Keep proportions", checked=True)
        now = QLabel(f"{width} × {height} px")
        now.setProperty("quiet", True)
        rows = form()
        rows.addRow("Now", now)
        rows.addRow("Width", self.width_box)
        rows.addRow("Height", self.height_box)
        rows.addRow("", self.keep)
        self.column.addLayout(rows)
        self.setMinimumWidth(320)
        self.width_box.valueChanged.connect(self._width_changed)
        self.height_box.valueChanged.connect(self._height_changed)
        self.width_box.selectAll()

    def _width_changed(self, width: int) -> None:
        self._follow(self.height_box, width / self._ratio)

    def _height_changed(self, height: int) -> None:
        self._follow(self.width_box, height * self._ratio)

    def _follow(self, other: QSpinBox, value: float) -> None:
        """Keep the proportions by changing the other side, which does not answer."""
        if self.keep.isChecked():
            with QSignalBlocker(other):
                other.setValue(min(max(round(value), 1), MAX_SIDE))

    def answer(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.width_box.value(), self.height_box.value()
