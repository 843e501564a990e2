"""One job in the jobs panel."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from studio.engine.events import Failed, JobInfo, State
from studio.model.media import Image
from studio.ui.widgets.buttons import icon_button, name, set_icon
from studio.ui.widgets.section import Section, quiet_label
from studio.ui.widgets.thumbnails import Thumb

SIDE = 52
WORDS = {
    State.QUEUED: "Waiting",
    State.RUNNING: "Running",
    State.PAUSED: "Paused",
    State.DONE: "Done",
    State.FAILED: "Failed",
    State.CANCELLED: "Cancelled",
    State.SUPERSEDED: "Replaced by a newer one",
}


def duration(seconds: float) -> str:
    """``0.42`` -> ``"0.4 s"``, ``75`` -> ``"1 min 15 s"``."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"


class JobRow(QFrame):
    """Thumbnail, title, state, progress, and the buttons that fit the state."""

    pause_pressed = Signal(int)
    resume_pressed = Signal(int)
    cancel_pressed = Signal(int)
    dismiss_pressed = Signal(int)

    def __init__(self, job: JobInfo) -> None:
        super().__init__()
        self.setProperty("card", True)
        self.job = job
        self.seconds: float | None = None
        self.thumb = Thumb(SIDE)
        self.title = QLabel()
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.state = QLabel()
        self.state.setProperty("quiet", True)
        self.state.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.bar = QProgressBar(textVisible=False, minimum=0, maximum=1000, accessibleName="Progress")
        self.bar.setFixedHeight(6)
        self.pause = icon_button("pause", "Pause", self._toggle_pause)
        self.cancel = icon_button("cancel", "Cancel", self._end)
        self.problem: QWidget | None = None
        self._lay_out()
        self._show_state()
        self._show_snapshot(job)
        self.show_job(job)

    def _make_problem(self) -> QWidget:
        """Few jobs fail; the others do without."""
        box = QWidget()
        self.sentence = quiet_label()
        self.sentence.setProperty("problem", True)
        self.hint = quiet_label()
        self.details = quiet_label()
        self.details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.expander = Section("Details", opened=False)
        self.expander.column.addWidget(self.details)
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for widget in (self.sentence, self.hint, self.expander):
            column.addWidget(widget)
        self._column.addWidget(box)
        return box

    def _lay_out(self) -> None:
        text = QVBoxLayout()
        text.setSpacing(3)
        for widget in (self.title, self.state, self.bar):
            text.addWidget(widget)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.thumb, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(text, 1)
        head.addWidget(self.pause)
        head.addWidget(self.cancel)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(6, 6, 4, 6)
        self._column.addLayout(head)

    def show_job(self, job: JobInfo, seconds: float | None = None) -> None:
        """Show a newer snapshot; `seconds` is how long it worked, once that is known."""
        if job.id != self.job.id or seconds is not None:
            self.seconds = seconds
        before, self.job = self.job, job
        if before is not job:
            self._show_snapshot(job)
        if before.state is not job.state:
            self._show_state()
        self.show_time(time.time())
        self.setAccessibleName(f"{job.title}: {self.state.text()}")

    def _show_snapshot(self, job: JobInfo) -> None:
        self.title.setText(job.title)
        self.title.setToolTip(f"{job.title} (job {job.id}, {job.device}, seed {job.request.seed})")
        self.show_progress(job.progress)

    def _show_state(self) -> None:
        """The parts that go with the state."""
        ended, paused = self.job.state.ended, self.job.state is State.PAUSED
        self.bar.setVisible(not ended)
        self.pause.setVisible(not ended and self.job.id > 0)  # others cannot be paused
        set_icon(self.pause, "play" if paused else "pause")
        name(self.pause, "Resume" if paused else "Pause")
        set_icon(self.cancel, "close" if ended else "cancel")
        name(self.cancel, "Remove from the list" if ended else "Cancel")
        if self.problem is not None:
            self.problem.setVisible(self.job.state is State.FAILED)

    def show_progress(self, share: float) -> None:
        """Show how much is done, 0..1; without a sign of progress the bar is busy."""
        self.bar.setMaximum(0 if share <= 0 and self.job.state is State.RUNNING else 1000)
        self.bar.setValue(round(share * 1000))

    def show_time(self, now: float) -> None:
        """Bring the elapsed time up to date; ``now`` in seconds since the epoch."""
        word = WORDS[self.job.state]
        if self.job.state is State.DONE and self.seconds is not None:
            self.state.setText(f"{word} in {duration(self.seconds)}")
        elif self.job.state in (State.RUNNING, State.PAUSED) and self.job.started_at is not None:
            self.state.setText(f"{word} · {duration(max(0.0, now - self.job.started_at))}")
        else:
            self.state.setText(word)

    def show_image(self, image: Image | None) -> None:
        """Show the newest picture of the job."""
        self.thumb.show_image(image)

    def show_failure(self, failure: Failed) -> None:
        """Say why there is no result."""
        self.problem = self.problem or self._make_problem()
        self.problem.setVisible(self.job.state is State.FAILED)
        self.sentence.setText(failure.sentence)
        self.hint.setText(failure.hint)
        self.hint.setVisible(bool(failure.hint))
        self.details.setText(failure.details)
        self.expander.setVisible(bool(failure.details))

    def _toggle_pause(self) -> None:
        paused = self.job.state is State.PAUSED
        (self.resume_pressed if paused else self.pause_pressed).emit(self.job.id)

    def _end(self) -> None:
        (self.dismiss_pressed if self.job.state.ended else self.cancel_pressed).emit(self.job.id)
