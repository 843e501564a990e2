"""One run, or several beside each other: how it stands, its curves, its samples, and what can be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from studio.app.lab.book import Run
from studio.app.lab.wording import TITLES, duration
from studio.app.lab.work import Work
from studio.app.session import App
from studio.engine.runs import Control, RunState
from studio.ui.lab.curves import CurvesView
from studio.ui.lab.run_list import share_of
from studio.ui.lab.sheets import SheetsView
from studio.ui.panels.base import attempt
from studio.ui.widgets.buttons import text_button
from studio.ui.widgets.section import quiet_label

PLAIN = {"Starting.", "Learning.", "Paused.", "Done."}  # sentences that say what the state says
EXPORT = "Write many new pictures with their classes, as a folder or a WebDataset"
MORE_MINUTES = (5, 15, 30, 60, 120)


def standing(run: Run) -> str:
    """How a run stands, in one line."""
    info = run.info
    parts = [TITLES[info.state], f"{info.images:,} pictures seen"]
    if info.seconds:
        parts.append(f"{duration(info.seconds)} so far" if info.state.active else duration(info.seconds))
    if info.state is RunState.RUNNING and info.rate:
        parts.append(f"{info.rate:.1f} pictures per second")
        if (left := seconds_left(run)) is not None:
            parts.append(f"about {duration(left)} to go")
    device = info.device.upper() if info.device == "cpu" else info.device
    return " · ".join([*parts, device] if device else parts)


def seconds_left(run: Run) -> float | None:
    """How long until the budget is used up, by how fast it was used so far."""
    share = share_of(run)
    return None if not share else run.info.seconds * (1 - share) / share


def told(run: Run) -> tuple[str, ...]:
    """What its state does not say yet: why, what to do about it, and what happened last on the way."""
    sentence = "" if run.info.sentence in PLAIN else run.info.sentence
    return (sentence, run.info.hint, *(f"{text}." for text in run.info.notices[-1:]))


class RunView(QWidget):
    """Shows the runs that are chosen."""

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app
        self.runs: list[Run] = []
        self.title = QLabel()
        self.title.setProperty("heading", True)
        self.state = quiet_label()
        self.sentence = quiet_label()
        self.progress = QProgressBar(textVisible=False, maximum=1000, accessibleName="Budget used")
        self.progress.setFixedHeight(6)
        self.pause = self._button("Pause", "Hold the training; it keeps its memory", app.lab.pause)
        self.resume = self._button("Resume", "Go on from the last checkpoint", app.lab.resume)
        self.more = QPushButton("Train On", toolTip="Go on with a finished training, for so much longer")
        menu = QMenu(self.more)
        for minutes in MORE_MINUTES:
            menu.addAction(f"{duration(60 * minutes)} more", partial(self.train_on, minutes))
        self.more.setMenu(menu)
        self.stop = self._button("Stop", "End early; what was learnt is kept", app.lab.stop)
        self.sample = self._button("Sample Now", "Draw a sample sheet at once",
                                   lambda run: app.lab.tell(run, Control.SAMPLE))  # fmt: skip
        self._exporting: Work[float, int] | None = None
        self.export = text_button("Export Pictures…", EXPORT, self.export_pictures)
        self.open = self._button("Open in Studio", "Explore the model as it is now", app.lab.open)
        self.open.setProperty("primary", True)
        self.curves = CurvesView()
        self.sheets = SheetsView(app)
        self.sheets.moved.connect(lambda images: self.curves.plot.mark(images or None))
        self._lay_out()

    def _button(self, text: str, tip: str, run: Callable[[Run], object]) -> QPushButton:
        def press() -> None:
            for chosen in self.runs:
                attempt(self._app, lambda chosen=chosen: run(chosen), text)

        return text_button(text, tip, press)

    def train_on(self, minutes: float) -> None:
        """Go on with the finished runs, each for so many processor minutes more."""
        for run in self.runs:
            attempt(self._app, lambda run=run: self._app.lab.resume(run, minutes), "Train On")

    def export_pictures(self) -> None:
        """Ask for a number and a place, and export pictures of the run's model; or stop doing so."""
        if self._exporting is not None:
            self._exporting.cancel()
            self._exported()
        else:
            attempt(self._app, self._begin_export, "Export Pictures")

    def _begin_export(self) -> None:
        self._exporting = self._app.lab.export(self.runs[0], self._show_export, self._exported)
        if self._exporting is not None:
            self._show_export(0.0)

    def _show_export(self, share: float) -> None:
        self.export.setText(f"Stop Exporting ({share:.0%})")

    def _exported(self) -> None:
        self._exporting = None
        self.export.setText("Export Pictures…")

    def _lay_out(self) -> None:
        buttons = QHBoxLayout(spacing=6)
        for button in (self.pause, self.resume, self.more, self.stop, self.sample):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.export)
        buttons.addWidget(self.open)
        self.parts = QSplitter(Qt.Orientation.Vertical, childrenCollapsible=False)
        self.parts.addWidget(self.sheets)
        self.parts.addWidget(self.curves)
        self.parts.setSizes([460, 260])
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 12)
        column.setSpacing(8)
        for widget in (self.title, self.state, self.progress, self.sentence):
            column.addWidget(widget)
        column.addLayout(buttons)
        column.addWidget(self.parts, 1)

    def show_runs(self, runs: Sequence[Run]) -> None:
        """Show these runs."""
        self.runs = list(runs)
        self.refresh()

    def refresh(self) -> None:
        """Show what has come since."""
        if not self.runs:
            return
        self.title.setText(", ".join(run.title for run in self.runs))
        self.state.setText("\n".join(self._line(run) for run in self.runs))
        telling = [run for run in self.runs if len(self.runs) == 1 or run.info.state is RunState.FAILED]
        words = [text for run in telling for text in told(run) if text]
        self.sentence.setText(" ".join(words))
        failed = any(run.info.state is RunState.FAILED for run in self.runs)
        self.sentence.setProperty("problem", failed)
        self.sentence.style().unpolish(self.sentence)
        self.sentence.style().polish(self.sentence)
        self.sentence.setVisible(bool(words))
        share = share_of(self.runs[0])
        self.progress.setVisible(len(self.runs) == 1 and share is not None)
        self.progress.setValue(round(1000 * (share or 0)))
        self._show_buttons()
        self.curves.show_runs(self.runs)
        self.sheets.show_runs(self.runs)

    def _line(self, run: Run) -> str:
        return f"{run.title}: {standing(run)}" if len(self.runs) > 1 else standing(run)

    def _show_buttons(self) -> None:
        states = {run.info.state for run in self.runs}
        active = all(state.active for state in states)
        self.pause.setVisible(active)
        self.pause.setText("Continue" if states == {RunState.PAUSED} else "Pause")
        self.stop.setVisible(active)
        self.sample.setVisible(active and states == {RunState.RUNNING})
        ended, done = not any(state.active for state in states), states == {RunState.DONE}
        self.resume.setVisible(ended and RunState.DONE not in states)
        self.more.setVisible(done)
        for button in (self.resume, self.more):
            button.setEnabled(all(run.info.can_resume for run in self.runs))
        for button in (self.open, self.export):
            button.setVisible(len(self.runs) == 1)
            button.setEnabled(self.runs[0].info.model is not None)
        self.export.setEnabled(self.export.isEnabled() or self._exporting is not None)
