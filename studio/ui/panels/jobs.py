"""The jobs panel: what is being made, how far it is, and what went wrong."""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.app.session import App
from studio.engine.events import Event, Failed, Finished, JobInfo, Previewed
from studio.ui.panels.base import column, follow
from studio.ui.panels.job_row import JobRow
from studio.ui.widgets.buttons import button_row, text_button
from studio.ui.widgets.section import Emptiable, scrolled

Key = int | str
REFRESH_MS = 40
SLICE_S = 0.003
CLOCK_MS = 1000


def key_of(job: JobInfo) -> Key:
    """Jobs of one channel (a slider being dragged) share a row; any other has its own."""
    return job.request.channel or job.id


class JobsPanel(QWidget):
    """The newest job on top. Brought up to date at most every `REFRESH_MS`, a few rows at a time."""

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app
        self.rows: dict[Key, JobRow] = {}
        self._keys: dict[int, Key] = {}
        self._news: dict[Key, int] = {}
        self._stale: set[int] = set()
        self._failures: dict[int, Failed] = {}
        self._seconds: dict[int, float] = {}
        self._progress: dict[JobRow, float] = {}
        self.clear = text_button("Clear finished", "Take ended jobs off the list", self.clear_finished)
        self.cancel_all = text_button("Cancel all", "Stop everything", lambda: app.engine.cancel_all())
        self._refresh = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._refresh.timeout.connect(self._draw)
        self._clock = QTimer(self, interval=CLOCK_MS)
        self._clock.timeout.connect(self._tick)
        self._lay_out()
        follow(self, app.jobs.changed, self._changed)
        follow(self, app.job_event, self._event)
        for job in app.jobs.all():
            self._changed(job.id)
        self._take_news(math.inf)

    def _lay_out(self) -> None:
        ground = QWidget()
        self._list = QVBoxLayout(ground)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(6)
        self._list.addStretch(1)
        self.empty = Emptiable(scrolled(ground), "No jobs yet.\nWhat you generate is listed here.")
        layout = column(self)
        layout.addWidget(self.empty, 1)
        layout.addLayout(button_row(self.cancel_all, None, self.clear))

    def row(self, job_id: int) -> JobRow | None:
        """The row that shows a job."""
        return self.rows.get(self._keys.get(job_id, job_id))

    def clear_finished(self) -> None:
        """Take ended jobs off the list."""
        for row in list(self.rows.values()):
            if row.job.state.ended:
                self._dismiss(row.job.id)

    def _changed(self, job_id: int) -> None:
        job = self._app.jobs.get(job_id)
        if job is None:
            return
        key = self._keys[job_id] = key_of(job)
        self._news[key] = max(job_id, self._news.get(key, 0))
        self._stale.add(job_id)
        self._draw_soon()

    def _take_news(self, deadline: float) -> None:
        """Bring rows up to date until `deadline` (`time.perf_counter` seconds)."""
        while self._news and time.perf_counter() < deadline:
            key = next(iter(self._news))
            job = self._app.jobs.get(self._news.pop(key))
            row = self.rows.get(key) or (self._add_row(job) if job else None)
            if job and row and job.id >= row.job.id:
                row.show_job(job, self._seconds.pop(job.id, None))
                if job.id in self._failures:
                    row.show_failure(self._failures.pop(job.id))
        self._show_state()

    def _event(self, event: Event) -> None:
        """What `JobBook` does not keep: reasons, durations, progress between states."""
        row = self.row(getattr(event, "job_id", 0))
        if isinstance(event, Failed):
            self._failures[event.job_id] = event
        elif isinstance(event, Finished):
            self._seconds[event.job_id] = event.seconds
        elif isinstance(event, Previewed) and row is not None and row.job.id == event.job_id:
            self._progress[row] = event.progress

    def _add_row(self, job: JobInfo) -> JobRow:
        row = JobRow(job)
        row.pause_pressed.connect(lambda id: self._app.engine.pause(id))
        row.resume_pressed.connect(lambda id: self._app.engine.resume(id))
        row.cancel_pressed.connect(self._cancel)
        row.dismiss_pressed.connect(self._dismiss)
        self.rows[key_of(job)] = row
        self._list.insertWidget(0, row)
        return row

    def _cancel(self, job_id: int) -> None:
        stop = self._app.jobs.stoppers.get(job_id)
        if stop is not None:
            stop()
        else:
            self._app.engine.cancel(job_id)

    def _dismiss(self, job_id: int) -> None:
        row = self.rows.pop(self._keys.get(job_id, job_id), None)
        if row is not None:
            self._progress.pop(row, None)
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        for id in [id for id, key in self._keys.items() if key not in self.rows and key not in self._news]:
            del self._keys[id]
            self._app.jobs.forget(id)
        self._show_state()

    def _draw_soon(self) -> None:
        """Starting a timer anew puts it off, for ever if previews come faster than it runs."""
        if not self._refresh.isActive():
            self._refresh.start()

    def _draw(self) -> None:
        """Redo some rows and redraw one stale picture, then let other events through."""
        if not self.isVisible():
            return
        if self._news:
            self._take_news(time.perf_counter() + SLICE_S)
        while self._progress:
            row, share = self._progress.popitem()
            row.show_progress(share)
        if self._stale:
            job_id = self._stale.pop()
            row = self.row(job_id)
            if row is not None and row.job.id == job_id:
                row.show_image(self._app.jobs.preview(job_id))
        if self._news or self._stale:
            self._refresh.start()

    def _tick(self) -> None:
        now = time.time()
        for row in self.rows.values():
            if not row.job.state.ended:
                row.show_time(now)

    def _show_state(self) -> None:
        """Empty or not, and whether the clock has to run."""
        active = any(not row.job.state.ended for row in self.rows.values())
        self.empty.show_content(bool(self.rows))
        self.cancel_all.setEnabled(active)
        self.clear.setEnabled(any(row.job.state.ended for row in self.rows.values()))
        if not active or not self.isVisible():
            self._clock.stop()
        elif not self._clock.isActive():
            self._clock.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what was not drawn while hidden."""
        super().showEvent(event)
        self._refresh.start()
        self._show_state()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks at the clock."""
        super().hideEvent(event)
        self._show_state()
