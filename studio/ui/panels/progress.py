"""How far the newest job of a generator is, with a way to stop it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from studio.app.session import App
from studio.engine.events import Changed, Event, JobInfo, Previewed, State
from studio.ui.panels.base import follow
from studio.ui.widgets.buttons import icon_button


class ProgressLine(QWidget):
    """Hidden while nothing runs. ``generator`` gives the id of the generator it is about."""

    def __init__(self, app: App, generator: Callable[[], str]) -> None:
        super().__init__()
        self._app = app
        self._generator = generator
        self._job: int | None = None
        self.bar = QProgressBar(textVisible=False, minimum=0, maximum=1000, accessibleName="Progress")
        self.bar.setFixedHeight(6)
        self.cancel = icon_button("cancel", "Cancel", self._cancel)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.bar, 1)
        row.addWidget(self.cancel)
        self.hide()
        follow(self, app.job_event, self._event)

    def _event(self, event: Event) -> None:
        if isinstance(event, Changed):
            self._changed(event.job)
        elif isinstance(event, Previewed) and event.job_id == self._job:
            self._show(event.progress)

    def _changed(self, job: JobInfo) -> None:
        ours = job.request.generator == self._generator() and job.request.channel is None
        if ours and job.state is State.RUNNING:
            self._job = job.id
            self._show(job.progress)
            self.show()
        elif job.id == self._job and job.state.ended:
            self._job = None
            self.hide()

    def _show(self, share: float) -> None:
        self.bar.setMaximum(1000 if share > 0 else 0)
        self.bar.setValue(round(share * 1000))

    def _cancel(self) -> None:
        if self._job is not None:
            self._app.engine.cancel(self._job)
