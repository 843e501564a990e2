"""The status line: what is going on, where the pointer is, what the document is, what the machine gives."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QStatusBar, QToolButton, QWidget

from studio.app.background import Work
from studio.app.session import App
from studio.engine.events import Changed, Event, JobInfo, Previewed, State
from studio.ui.calm import Calm
from studio.ui.icons import icon

GIB, MIB = 2**30, 2**20
HEIGHT = 30
REST_MS = 100


class JobProgress(QWidget):
    """The edit or job at work, or the file being read or written: its name, how far it is, a stop button."""

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app
        self._job: JobInfo | None = None
        self._title = QLabel(accessibleName="Work in progress")
        self._bar = QProgressBar(accessibleName="Progress", textVisible=False, maximum=100)
        self._bar.setFixedSize(120, 6)
        self._stop = QToolButton(
            icon=icon("cancel"), toolTip="Cancel this job", accessibleName="Cancel this job"
        )
        self._stop.clicked.connect(self._cancel)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 0, 0)
        row.setSpacing(6)
        for widget in (self._bar, self._title, self._stop):
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        self._progress = 0.0
        self._calm = Calm(self, self.refresh, REST_MS)
        self._advance = Calm(self, lambda: self._show_progress(self._progress), REST_MS)
        app.job_event.connect(self._take)
        app.tasks.changed.connect(self._calm.wake)
        app.background.changed.connect(self._calm.wake)
        self.refresh()

    def _take(self, event: Event) -> None:
        if isinstance(event, Changed):
            self._calm.wake()
        elif isinstance(event, Previewed) and self._job is not None and event.job_id == self._job.id:
            self._progress = event.progress
            self._advance.wake()

    def refresh(self) -> None:
        """Show the edit being worked out, else the job that runs, else the file being read, else nothing."""
        works = self._app.background.works
        if works:
            self._show_work(works[0])
        else:
            self._show_jobs()

    def _show_work(self, work: Work) -> None:
        self._job = None
        self.setVisible(True)
        self._stop.setVisible(True)
        self._stop.setToolTip("Give this edit up (Esc)")
        self._title.setText(f"{work.title}…")
        self._show_progress(work.progress)

    def _show_jobs(self) -> None:
        self._stop.setToolTip("Cancel this job")
        active = self._app.jobs.active()
        running = next((job for job in active if job.state is State.RUNNING), None)
        before = self._job.id if self._job else 0
        self._job = running or next(iter(active), None)
        titles = self._app.tasks.titles
        self.setVisible(bool(self._job or titles))
        self._stop.setVisible(self._job is not None)
        if self._job is not None:
            more = f" (and {len(active) - 1} more)" if len(active) > 1 else ""
            self._title.setText(f"{self._job.title}{more}")
            self._show_progress(max(self._job.progress, self._progress if self._job.id == before else 0.0))
        elif titles:
            self._title.setText(f"{titles[0]}…")
            self._bar.setMaximum(0)

    def _show_progress(self, progress: float) -> None:
        self._bar.setMaximum(100)
        self._bar.setValue(round(progress * 100))

    def _cancel(self) -> None:
        works = self._app.background.works
        if works:
            self._app.background.cancel(works[0].elsewhere.document)
        elif self._job is not None:
            self._app.engine.cancel(self._job.id)


class StatusLine(QStatusBar):
    """The line along the bottom of the window."""

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app
        self.setSizeGripEnabled(False)
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName("Status line")
        self.progress = JobProgress(app)
        self.cursor = self._label("Pointer position", 110)
        self.zoom = self._label("Zoom", 56)
        self.document = self._label("Document size and depth")
        self.device = self._label("Device")
        self.memory = self._label("Memory in use")
        self.addWidget(self.progress)
        for label in (self.cursor, self.zoom, self.document, self.device, self.memory):
            self.addPermanentWidget(label)
        self._calm = Calm(self, self.show_engine, REST_MS)
        app.job_event.connect(self._job_event)
        self.show_document()
        self.device.setText("Engine not started")

    def _label(self, name: str, width: int = 0) -> QLabel:
        label = QLabel(accessibleName=name, toolTip=name)
        label.setMinimumWidth(width)
        label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return label

    def show_cursor(self, x: float, y: float) -> None:
        """The pointer is over this document pixel; outside the canvas nothing is shown."""
        document = self._app.document
        inside = document is not None and 0 <= x < document.width and 0 <= y < document.height
        self.cursor.setText(f"{int(x)}, {int(y)}" if inside else "")

    def show_zoom(self, zoom: float | None) -> None:
        """The scale of the view, 1.0 = one screen pixel for each of the document."""
        self.zoom.setText(f"{zoom * 100:.{0 if zoom >= 0.1 else 1}f} %" if zoom else "")

    def show_document(self) -> None:
        """The size and depth of the document in front."""
        document = self._app.document
        text = f"{document.width} × {document.height} px   {document.depth}-bit" if document else ""
        self.document.setText(text)

    def show_engine(self) -> None:
        """The device generators run on and how much memory they hold."""
        if not self._app.engine_started:
            return
        info = self._app.engine.device
        self.device.setText(info.line)
        self.memory.setText(memory_text(self._app.engine.memory_in_use(), info.memory_total))

    def _job_event(self, event: Event) -> None:
        if isinstance(event, Changed):
            self._calm.wake()


def memory_text(used: int, total: int) -> str:
    """Bytes in use, and of how many."""
    shown = f"{used / GIB:.1f} GB" if used >= GIB else f"{used / MIB:.0f} MB"
    return f"Models {shown} of {total / GIB:.0f} GB" if total else f"Models {shown}"
