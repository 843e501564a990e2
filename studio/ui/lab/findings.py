"""What the inspection found: counts, advice with ticks for a clean copy, and how full the classes are."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from studio.app.lab.wording import amount
from studio.engine.dataset.advice import Advice, Mend, advise
from studio.engine.dataset.inspection import Report
from studio.ui.icons import IconLabel
from studio.ui.theme import colour
from studio.ui.widgets.section import quiet_label

ICONS = {"problem": "warning", "note": "info", "good": "check"}
MOST_CLASSES = 10
ROW = 20


def summary(report: Report) -> str:
    """Counts, sizes and kinds in two sentences."""
    headers = list(report.headers.values())
    sizes = Counter((header.width, header.height) for header in headers)
    text = f"{report.count:,} picture{'s' if report.count != 1 else ''}, {amount(report.nbytes)}."
    if sizes:
        (width, height), often = sizes.most_common(1)[0]
        least = min(headers, key=lambda header: header.width * header.height)
        most = max(headers, key=lambda header: header.width * header.height)
        if len(sizes) == 1:
            text += f" Each {width} × {height} pixels."
        else:
            text += f" From {least.width} × {least.height} to {most.width} × {most.height} pixels"
            text += f", mostly {width} × {height}." if 2 * often > len(headers) else "."
        modes = Counter(header.mode_title for header in headers)
        kinds = ", ".join(mode for mode, _ in modes.most_common(4))
        text += f" {kinds[:1].upper()}{kinds[1:]}."
    if not report.whole:
        text += f" {report.decoded:,} of them were looked at."
    return text


class ClassBars(QWidget):
    """A bar for each sub-folder, the fullest first."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Pictures per folder")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._rows: list[tuple[str, int]] = []
        self._rest = 0

    def show_classes(self, classes: dict[str, int]) -> None:
        """Show how many pictures each has; hidden for fewer than two."""
        named = sorted(((name, count) for name, count in classes.items() if name), key=lambda row: -row[1])
        self._rows, self._rest = named[:MOST_CLASSES], len(named) - MOST_CLASSES
        self.setVisible(len(named) > 1)
        self.setAccessibleDescription(", ".join(f"{name}: {count}" for name, count in self._rows))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """A row for each class."""
        return QSize(200, ROW * (len(self._rows) + (self._rest > 0)) + 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Names, bars, counts."""
        painter = QPainter(self)
        most = max((count for _, count in self._rows), default=1)
        left, right = min(self.width() // 3, 140), 56
        room = self.width() - left - right
        for place, (name, count) in enumerate(self._rows):
            y = place * ROW
            painter.setPen(colour("text"))
            text = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, left - 8)
            painter.drawText(QRect(0, y, left, ROW), Qt.AlignmentFlag.AlignVCenter, text)
            painter.fillRect(
                QRect(left, y + 5, max(2, room * count // most), ROW - 10), colour("accent_fill")
            )
            painter.setPen(colour("quiet"))
            painter.drawText(QRect(self.width() - right, y, right, ROW), _RIGHT, f"{count:,}")
        if self._rest > 0:
            painter.setPen(colour("quiet"))
            row = QRect(0, len(self._rows) * ROW, self.width(), ROW)
            painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, f"and {self._rest:,} more folders")


_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class Findings(QWidget):
    """The report in words. ``chosen()`` follows a change of what a clean copy shall leave out."""

    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.summary = quiet_label()
        self.bars = ClassBars()
        self.boxes: dict[Mend, QCheckBox] = {}
        self._grid = QGridLayout(horizontalSpacing=8, verticalSpacing=8)
        self._grid.setColumnStretch(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.summary)
        column.addLayout(self._grid)
        column.addWidget(self.bars)

    def show_report(self, report: Report, resolution: int) -> None:
        """Show what was found; ticks that were set stay."""
        ticked = self.mends
        first = not self.boxes
        self._clear()
        self.summary.setText(summary(report))
        for row, advice in enumerate(advise(report, resolution)):
            self._add(row, advice, advice.mend in ticked or (first and advice.mend in _AT_FIRST))
        self.bars.show_classes(report.classes)

    @property
    def mends(self) -> set[Mend]:
        """What a clean copy shall leave out."""
        return {mend for mend, box in self.boxes.items() if box.isChecked()}

    def forget(self) -> None:
        """Another folder comes: ticks begin anew."""
        self._clear()

    def _clear(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            item.widget().hide()
            item.widget().deleteLater()
        self.boxes = {}

    def _add(self, row: int, advice: Advice, ticked: bool) -> None:
        self._grid.addWidget(IconLabel(ICONS[advice.level], 16), row, 0, Qt.AlignmentFlag.AlignTop)
        text = QLabel(wordWrap=True)
        hint = f" <span style='color:{colour('quiet').name()}'>{advice.hint}</span>" if advice.hint else ""
        text.setTextFormat(Qt.TextFormat.RichText)
        text.setText(escape(advice.sentence) + hint)
        self._grid.addWidget(text, row, 1)
        if advice.mend is not None:
            box = QCheckBox("Leave out", checked=ticked)
            box.setAccessibleName(f"Leave out: {advice.sentence}")
            box.toggled.connect(lambda _: self.chosen.emit())
            self.boxes[advice.mend] = box
            self._grid.addWidget(box, row, 2, Qt.AlignmentFlag.AlignTop)


_AT_FIRST = {Mend.BROKEN, Mend.TWINS}


def escape(text: str) -> str:
    """Text as rich text shows it unchanged."""
    return text.replace("&", "&amp;").replace("<", "&lt;")
