"""Size, depth and background of a new document."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QToolButton, QWidget

from studio.app.face import NewDocument
from studio.app.settings import Settings
from studio.ui.dialogs.base import Question, form, pixel_box
from studio.ui.icons import icon

PRESETS: tuple[tuple[str, int, int], ...] = (
    ("Square, small", 512, 512),
    ("Square", 1024, 1024),
    ("Square, large", 2048, 2048),
    ("Screen, Full HD", 1920, 1080),
    ("Screen, 4K", 3840, 2160),
    ("Portrait 4:5", 1080, 1350),
    ("A4 at 300 dpi", 2480, 3508),
    ("A3 at 300 dpi", 3508, 4961),
)
DEPTHS = {"8": "8 bits per channel", "16": "16 bits per channel"}
BACKGROUNDS = {"white": "White", "black": "Black", "transparent": "Transparent"}


class NewDocumentDialog(Question):
    """Starts from what was chosen last and remembers what is chosen now."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__("New document", "Create", parent)
        self._settings = settings
        last = settings.new_documents
        self.preset = QComboBox(accessibleName="Preset")
        self.width_box = pixel_box("Width", last.width)
        self.height_box = pixel_box("Height", last.height)
        self.depth = _choice("Depth", DEPTHS, last.depth)
        self.background = _choice("Background", BACKGROUNDS, last.background)
        self.summary = QLabel()
        self.summary.setProperty("quiet", True)
        self._fill_presets()
        self._lay_out()
        self.preset.activated.connect(self._take_preset)
        for box in (self.width_box, self.height_box):
            box.valueChanged.connect(self._show_summary)
        self.depth.currentIndexChanged.connect(self._show_summary)
        self._show_summary()

    def _fill_presets(self) -> None:
        self.preset.addItem("Custom", None)
        picture = QGuiApplication.clipboard().image()
        if not picture.isNull():
            self.preset.addItem("As on the clipboard", picture.size())
        for title, width, height in PRESETS:
            self.preset.addItem(f"{title}   {width} × {height}", QSize(width, height))

    def _lay_out(self) -> None:
        swap = QToolButton(icon=icon("swap"), toolTip="Swap width and height")
        swap.setAccessibleName("Swap width and height")
        swap.clicked.connect(self._swap)
        size = QHBoxLayout(spacing=8)
        size.addWidget(self.width_box, 1)
        size.addWidget(QLabel("×"))
        size.addWidget(self.height_box, 1)
        size.addWidget(swap)
        rows = form()
        rows.addRow("Preset", self.preset)
        rows.addRow("Size", size)
        rows.addRow("Depth", self.depth)
        rows.addRow("Background", self.background)
        rows.addRow("", self.summary)
        self.column.addLayout(rows)
        self.setMinimumWidth(420)
        self.width_box.setFocus()
        self.width_box.selectAll()

    def _take_preset(self) -> None:
        size = self.preset.currentData()
        if size is not None:
            self.width_box.setValue(size.width())
            self.height_box.setValue(size.height())

    def _swap(self) -> None:
        width, height = self.width_box.value(), self.height_box.value()
        self.width_box.setValue(height)
        self.height_box.setValue(width)

    def _show_summary(self) -> None:
        pixels = self.width_box.value() * self.height_box.value()
        size = pixels * 4 * int(self.depth.currentData()) / 8 / 2**20
        self.summary.setText(f"{pixels / 1e6:,.2f} megapixels, {size:,.1f} MB per layer")
        shown = QSize(self.width_box.value(), self.height_box.value())
        self.preset.setCurrentIndex(max(self.preset.findData(shown), 0))

    def answer(self) -> NewDocument:
        """What is set now."""
        return NewDocument(
            self.width_box.value(),
            self.height_box.value(),
            self.depth.currentData(),
            self.background.currentData(),
        )

    def accept(self) -> None:
        """Remember the choice for the next time."""
        for name, value in vars(self.answer()).items():
            self._settings.set("new_documents", name, cast(object, value))
        super().accept()


def _choice(name: str, items: dict[str, str], value: str) -> QComboBox:
    box = QComboBox(accessibleName=name)
    for key, title in items.items():
        box.addItem(title, key)
    box.setCurrentIndex(box.findData(value))
    return box
