"""The curves of one or several runs: which quantities, how smooth, and a legend to switch them by."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QTabBar, QToolButton, QVBoxLayout, QWidget

from studio.app.lab.book import Run
from studio.app.lab.series import GROUPS, MEANINGS, TITLES
from studio.ui.lab.plot import Line, Plot, line_colour, pen_of
from studio.ui.theme import colour
from studio.ui.widgets.buttons import icon_button
from studio.ui.widgets.flow import FlowLayout
from studio.ui.widgets.numbers import NumberEdit
from studio.ui.widgets.section import quiet_label

SMOOTH_AT_FIRST = 60


def patch(shade: QColor) -> QIcon:
    """A small square of one colour."""
    pixmap = QPixmap(12, 12)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(shade)
    painter.drawRoundedRect(0, 2, 12, 8, 2, 2)
    painter.end()
    return QIcon(pixmap)


class Stroke(QLabel):
    """How the curves of a run are drawn, and its name."""

    def __init__(self, run: int, title: str) -> None:
        super().__init__(title)
        self._run = run
        self.setProperty("quiet", True)
        self.setContentsMargins(34, 0, 10, 0)
        self.setMinimumHeight(26)  # of the buttons beside it

    def paintEvent(self, event: QPaintEvent) -> None:
        """A piece of such a curve before the words."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setPen(pen_of(colour("text"), self._run))
        painter.drawLine(4, self.height() // 2, 28, self.height() // 2)


class CurvesView(QWidget):
    """Tabs for the groups of quantities, the plot, and the legend below it."""

    def __init__(self) -> None:
        super().__init__()
        self._runs: list[Run] = []
        self.plot = Plot("Curves of the training")
        self.tabs = QTabBar(drawBase=False, expanding=False, accessibleName="Quantities")
        for group in GROUPS:
            self.tabs.addTab(group)
        self.tabs.currentChanged.connect(lambda _: self._choose())
        self.smoothing = NumberEdit(0, 99, 1, "%", integer=True)
        self.smoothing.describe("Smoothing", "Draws a running mean over the values")
        self.smoothing.set_value(SMOOTH_AT_FIRST)
        self.smoothing.setMaximumWidth(190)
        self.smoothing.changed.connect(lambda value: self.plot.set_smoothing(value / 100))
        self.plot.set_smoothing(SMOOTH_AT_FIRST / 100)
        self.all = icon_button("fit", "Show the whole run (Home, or double-click)", self.plot.show_all)
        head = QHBoxLayout(spacing=6)
        head.addWidget(self.tabs)
        head.addStretch(1)
        self._label = QLabel("Smooth")
        self._label.setProperty("quiet", True)
        head.addWidget(self._label)
        head.addWidget(self.smoothing)
        head.addWidget(self.all)
        self.meaning = quiet_label()
        self._legend = FlowLayout(spacing=2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.meaning)
        column.addWidget(self.plot, 1)
        column.addLayout(self._legend)
        self._keys: list[str] = []

    def show_runs(self, runs: Sequence[Run]) -> None:
        """Draw the curves of these runs over each other; the first one's are solid."""
        if [run.folder for run in runs] != [run.folder for run in self._runs]:
            self.plot.show_all()
        self._runs = list(runs)
        self.refresh()

    def refresh(self) -> None:
        """Draw what has come since."""
        known = [any(run.curves.names(group) for run in self._runs) for group in GROUPS]
        if any(known):  # hiding all of them would end at the last
            for place, there in enumerate(known):
                self.tabs.setTabVisible(place, there)
        self.meaning.setText(MEANINGS[self.tabs.tabText(self.tabs.currentIndex())])
        self.plot.show_lines(self._lines())
        keys = [run.title for run in self._runs] + [line.key for line in self.plot.lines]
        if keys != self._keys:
            self._keys = keys
            self._make_legend()

    def _choose(self) -> None:
        self.plot.hidden.clear()
        self.plot.show_all()
        self._keys = []
        self.refresh()

    def _lines(self) -> list[Line]:
        group = self.tabs.tabText(self.tabs.currentIndex())
        names = sorted({name for run in self._runs for name in run.curves.names(group)})
        lines: list[Line] = []
        for place, run in enumerate(self._runs):
            for number, name in enumerate(names):
                xs, ys = run.curves.of(group, name)
                if len(xs):
                    words = TITLES.get(name, name)
                    title = f"{words} · {run.title}" if len(self._runs) > 1 else words
                    lines.append(Line(name, title, xs, ys, number, place))
        return lines

    def _make_legend(self) -> None:
        self._legend.clear()
        if len(self._runs) > 1:
            for place, run in enumerate(self._runs):
                self._legend.addWidget(Stroke(place, run.title))
        for line in {line.key: line for line in self.plot.lines}.values():
            words = TITLES.get(line.key, line.key)
            button = QToolButton(text=words, icon=patch(line_colour(line.number)), checkable=True)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setIconSize(QSize(12, 12))
            button.setAutoRaise(True)
            button.setProperty("legend", True)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.setChecked(line.key not in self.plot.hidden)
            button.setAccessibleName(f"Show {words}")
            button.toggled.connect(lambda on, key=line.key: self.plot.set_hidden(key, not on))
            self._legend.addWidget(button)
        self._keep_room()

    def changeEvent(self, event: QEvent) -> None:
        """Another theme has other colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._make_legend()

    def _keep_room(self) -> None:
        """Room for every row of the legend: splitters do not ask what height a width needs."""
        rows = self._legend.heightForWidth(self.width()), self.meaning.heightForWidth(self.width())
        parts = self.tabs.sizeHint().height(), self.plot.minimumHeight(), *rows
        self.setMinimumHeight(sum(parts) + 3 * self.layout().spacing())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width may need another number of rows."""
        super().resizeEvent(event)
        self._keep_room()
