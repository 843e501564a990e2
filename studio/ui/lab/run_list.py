"""The list of runs: newest samples, name, state, progress. Several chosen are compared."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from studio.app.lab.book import Run
from studio.app.lab.wording import TITLES
from studio.engine.runs import RunState
from studio.ui.theme import colour

FOLDER = Qt.ItemDataRole.UserRole
HEIGHT, PAD = 58, 10
SHADES = {
    RunState.RUNNING: "ok",
    RunState.STARTING: "ok",
    RunState.PAUSED: "warning",
    RunState.FAILED: "error",
    RunState.DONE: "accent",
    RunState.STOPPED: "quiet",
}
Index = QModelIndex | QPersistentModelIndex


def share_of(run: Run) -> float | None:
    """How much of its budget a run has used, 0..1; None where it has none."""
    info = run.info
    if info.cpu_minutes_total:
        return min(info.cpu_minutes / info.cpu_minutes_total, 1.0)
    return min(info.images / info.images_total, 1.0) if info.images_total else None


class RunDelegate(QStyledItemDelegate):
    """Draws one run: a dot in the colour of its state, two lines of text, a bar."""

    def __init__(self, owner: RunList) -> None:
        super().__init__(owner)
        self._owner = owner

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """One height for all."""
        return QSize(160, HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the run of a row."""
        run = self._owner.run_at(index.row())
        if run is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect: QRect = option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, colour("accent_soft"))
        shade = colour(SHADES[run.info.state])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade)
        painter.drawEllipse(QRectF(rect.left() + PAD, rect.top() + 14, 8, 8))
        inner = rect.adjusted(PAD + 16, 7, -PAD, -6)
        self._write(painter, inner, run)
        self._draw_bar(painter, inner, run, shade)
        painter.restore()

    def _write(self, painter: QPainter, inner: QRect, run: Run) -> None:
        metrics = painter.fontMetrics()
        painter.setPen(colour("text"))
        title = metrics.elidedText(run.title, Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(
            QRect(inner.left(), inner.top(), inner.width(), 20), Qt.AlignmentFlag.AlignVCenter, title
        )
        painter.setPen(colour("quiet"))
        share = share_of(run)
        text = TITLES[run.info.state] + (f" · {share:.0%}" if share is not None else "")
        if run.info.state is RunState.RUNNING and run.info.rate:
            text += f" · {run.info.rate:.0f}/s"
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(QRect(inner.left(), inner.top() + 19, inner.width(), 18),
                         Qt.AlignmentFlag.AlignVCenter, text)  # fmt: skip

    def _draw_bar(self, painter: QPainter, inner: QRect, run: Run, shade: QColor) -> None:
        share = share_of(run)
        if share is None:
            return
        bar = QRectF(inner.left(), inner.bottom() - 3, inner.width(), 3)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour("edge"))
        painter.drawRoundedRect(bar, 1.5, 1.5)
        painter.setBrush(shade)
        painter.drawRoundedRect(QRectF(bar.left(), bar.top(), bar.width() * share, 3), 1.5, 1.5)


class RunList(QListWidget):
    """All runs, the newest first. ``chosen(runs)`` follows what is selected."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Training runs")
        self.setItemDelegate(RunDelegate(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._runs: list[Run] = []
        self.itemSelectionChanged.connect(lambda: self.chosen.emit(self.selected))

    def run_at(self, row: int) -> Run | None:
        """The run of a row."""
        return self._runs[row] if 0 <= row < len(self._runs) else None

    @property
    def selected(self) -> list[Run]:
        """The runs chosen, from the top down."""
        rows = sorted(index.row() for index in self.selectedIndexes())
        return [run for row in rows if (run := self.run_at(row)) is not None]

    def show_runs(self, runs: list[Run]) -> None:
        """Show these; what was chosen stays chosen."""
        if [run.folder for run in runs] == [run.folder for run in self._runs]:
            self._runs = runs
            self._name()
            self.viewport().update()
            return
        kept = {run.folder for run in self.selected}
        self.blockSignals(True)
        self._runs = runs
        self.clear()
        for run in runs:
            item = QListWidgetItem(self)
            item.setData(FOLDER, str(run.folder))
            item.setSelected(run.folder in kept)
        self.blockSignals(False)
        self._name()
        if {run.folder for run in self.selected} != kept:
            self.chosen.emit(self.selected)

    def choose(self, folder: Path) -> None:
        """Select the run of a folder alone."""
        for row, run in enumerate(self._runs):
            if run.folder == folder:
                self.setCurrentRow(row)

    def _name(self) -> None:
        """What a screen reader says of each, and the tooltip."""
        for row, run in enumerate(self._runs):
            words = f"{run.title}: {TITLES[run.info.state]}"
            item = self.item(row)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, words)
            item.setToolTip(f"{words}\n{run.folder}")
