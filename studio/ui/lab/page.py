"""The training lab: the runs on the left, and on the right one of them or the plan of a new one."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDropEvent, QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio.app.lab.book import Run
from studio.app.session import App
from studio.ui.drop import local_files
from studio.ui.lab.new_run import NewRun
from studio.ui.lab.run_list import RunList
from studio.ui.lab.run_view import RunView
from studio.ui.panels.base import attempt, follow
from studio.ui.widgets.buttons import icon_button, text_button
from studio.ui.widgets.section import Emptiable

SHOWN_MS, HIDDEN_MS = 1000, 5000
LIST_WIDTH = 250
EMPTY = "No training yet.\nDrop a folder of pictures to begin."


class LabPage(QWidget):
    """The lab as a page of the main window. ``left()`` when the person goes back to the canvas."""

    left = Signal()

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app
        self.setAccessibleName("Training lab")
        self.setAcceptDrops(True)
        self.list = RunList()
        self.new = NewRun(app)
        self.view = RunView(app)
        self.begin = text_button("New Training", "Plan another training", self.plan_new, primary=True)
        self.back = icon_button("chevron-left", "Back to the canvas", self.left.emit)
        self.follow = icon_button("folder-open", "Follow a run that lies elsewhere…", self._ask_follow)
        self._empty = Emptiable(self.list, EMPTY)
        self._clock = QTimer(self, interval=SHOWN_MS)
        self._clock.timeout.connect(app.lab.look)
        self._lay_out()
        self.list.chosen.connect(self._chosen)
        self.list.customContextMenuRequested.connect(self._show_menu)
        self.new.started.connect(self._started)
        follow(self, app.lab.changed, self.refresh)
        follow(self, app.lab.opened, self._leave)
        self._wanted: Path | None = None
        self.refresh()

    def _lay_out(self) -> None:
        head = QHBoxLayout(spacing=6)
        title = QLabel("Training lab")
        title.setProperty("heading", True)
        head.addWidget(self.back)
        head.addWidget(title, 1)
        head.addWidget(self.follow)
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(12, 14, 8, 12)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(self.begin)
        column.addWidget(self._empty, 1)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.new)
        self.stack.addWidget(self.view)
        parts = QSplitter(Qt.Orientation.Horizontal, childrenCollapsible=False)
        parts.addWidget(side)
        parts.addWidget(self.stack)
        parts.setStretchFactor(1, 1)
        parts.setSizes([LIST_WIDTH, 900])
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(parts)

    def plan_new(self) -> None:
        """Show the plan of a new training."""
        self.list.clearSelection()
        self.stack.setCurrentWidget(self.new)

    def open_data(self, *paths: Path) -> None:
        """Plan a training with a folder of pictures, or with these pictures and folders together."""
        self.plan_new()
        self.new.data.take(paths)

    def refresh(self) -> None:
        """Show what has become of the runs."""
        runs = list(self._app.lab.book.runs)
        self._empty.show_content(bool(runs))
        self.list.show_runs(runs)
        if self._wanted is not None and self._app.lab.book.get(self._wanted) is not None:
            self.list.choose(self._wanted)
            self._wanted = None
        if self.stack.currentWidget() is self.view:
            self.view.refresh()
        self._watch()

    def showEvent(self, event: QShowEvent) -> None:
        """Look at the runs often."""
        self._app.lab.look()
        self._clock.start()
        self._watch()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks."""
        self._clock.stop()
        self.view.sheets.stop()
        self._watch()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take folders and pictures."""
        if local_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Plan a training with what was dropped."""
        paths = local_files(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.open_data(*paths)

    def _chosen(self, runs: list[Run]) -> None:
        if runs:
            self.view.show_runs(runs)
            self.stack.setCurrentWidget(self.view)
        else:
            self.stack.setCurrentWidget(self.new)
        self._watch()

    def _watch(self) -> None:
        """Of what is shown here no notice need lie in front of it."""
        shown = self.isVisible() and self.stack.currentWidget() is self.view
        self._app.lab.watched = frozenset(run.folder for run in self.view.runs) if shown else frozenset()

    def _started(self, folder: Path) -> None:
        self._wanted = folder
        self._app.lab.look()

    def _leave(self) -> None:
        self.left.emit()

    def _ask_follow(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Folder of a training run", str(Path.home()))
        if name:
            self._wanted = Path(name)
            attempt(self._app, lambda: self._app.lab.add(Path(name)), "Following a run")

    def _show_menu(self, at: QPoint) -> None:
        runs = self.list.selected
        if not runs:
            return
        menu = QMenu(self)
        folder = QUrl.fromLocalFile(str(runs[0].folder))
        menu.addAction("Open Folder", lambda: QDesktopServices.openUrl(folder))
        own = all(run.folder.parent == self._app.lab.home for run in runs)
        menu.addAction("Delete" if own else "Stop Following", lambda: self.remove(runs))
        menu.exec(self.list.viewport().mapToGlobal(at))
        menu.deleteLater()

    def remove(self, runs: list[Run]) -> None:
        """Delete runs of the lab; those that lie elsewhere are only followed no more."""
        for run in runs:
            attempt(self._app, lambda run=run: self._app.lab.remove(run), "Deleting a run")
