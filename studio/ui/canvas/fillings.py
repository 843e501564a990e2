"""What can be chosen after inpainting: a strip of small pictures, and how far the work is."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from studio.app.retouch import Filling
from studio.model.errors import UserError
from studio.ui.canvas.pixels import to_display, wrap
from studio.ui.canvas.view import CanvasView
from studio.ui.panels.base import follow
from studio.ui.widgets.buttons import icon_button

SIDE = 26
MOST = 96  # pixels a side that a small picture is made from


class Fillings(QWidget):
    """One button for each filling of the last place, between arrows; what is still to come is told."""

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__()
        self._canvas = canvas
        self._retouch = canvas.app.retouch
        self._shown: list[Filling] = []
        self.buttons: list[QToolButton] = []
        self.told = QLabel()
        self.told.setProperty("quiet", True)
        self.arrows = [
            icon_button("chevron-left", "Previous filling (,)", lambda: self._step(-1)),
            icon_button("chevron-right", "Next filling (.)", lambda: self._step(1)),
        ]
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 0, 0)
        row.setSpacing(3)
        row.addWidget(self.arrows[0])
        row.addWidget(self.arrows[1])
        row.addWidget(self.told)
        self.setAccessibleName("Fillings")
        follow(self, self._retouch.changed, self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the fillings there are."""
        fillings = list(self._retouch.fillings)
        if fillings != self._shown:
            self._rebuild(fillings)
        for index, button in enumerate(self.buttons):
            button.setChecked(index == self._retouch.index)
        for arrow in self.arrows:
            arrow.setVisible(len(fillings) > 1)
        self.told.setText(self._words())
        self._canvas.refresh_overlay()

    def _words(self) -> str:
        retouch = self._retouch
        if retouch.filling:
            return "Filling…"
        if retouch.marks:
            return "Enter fills, Esc clears"
        return "More to come…" if retouch.waiting else ""

    def _rebuild(self, fillings: list[Filling]) -> None:
        kept = 0 if fillings[: len(self._shown)] != self._shown else len(self._shown)
        for button in self.buttons[kept:]:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = self.buttons[:kept]
        for filling in fillings[kept:]:
            self._add(filling, len(self.buttons))
        self._shown = fillings

    def _add(self, filling: Filling, index: int) -> None:
        button = QToolButton()
        button.setCheckable(True)
        button.setIcon(QIcon(thumbnail(filling)))
        button.setIconSize(QSize(SIDE, SIDE))
        button.setFixedSize(SIDE + 6, SIDE + 6)
        button.setToolTip(f"Filling {index + 1}")
        button.setAccessibleName(f"Filling {index + 1}")
        button.clicked.connect(lambda: self._choose(index))
        self._row.insertWidget(1 + index, button)
        self.buttons.append(button)

    def _step(self, by: int) -> None:
        self._canvas.app.run_command("retouch.next" if by > 0 else "retouch.previous")

    def _choose(self, index: int) -> None:
        try:
            self._retouch.choose(index)
        except UserError as error:
            self._canvas.app.notices.add("warning", error.sentence, error.hint)
        self.refresh()


def thumbnail(filling: Filling) -> QPixmap:
    """The filling alone, fitted into a square; made from few pixels."""
    pixels = filling.piece.patch
    step = max(1, max(pixels.shape[:2]) // MOST)
    few = pixels[::step, ::step]
    if few.dtype != "uint8":
        few = (few >> 8).astype("uint8")
    image: QImage = wrap(to_display(few)).copy()
    small = image.scaled(
        SIDE, SIDE, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    made = QPixmap(SIDE, SIDE)
    made.fill(QColor(0, 0, 0, 0))
    with QPainter(made) as painter:
        at = QRect((SIDE - small.width()) // 2, (SIDE - small.height()) // 2, small.width(), small.height())
        painter.drawImage(at, small)
    return made
