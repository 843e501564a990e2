"""The data set of a new training: choosing a folder, looking at it, making a clean copy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from studio.app.lab.plan import free_folder
from studio.app.lab.work import Work
from studio.app.notices import Level
from studio.app.session import App
from studio.engine.dataset.advice import best_resolution
from studio.engine.dataset.cleaning import clean_copy, gathered, left_out
from studio.engine.dataset.inspection import Progress, Report, inspect
from studio.model.errors import UserError
from studio.ui.icons import IconLabel
from studio.ui.lab.findings import Findings
from studio.ui.lab.preview import PreviewStrip, read_pictures
from studio.ui.widgets.buttons import icon_button, text_button
from studio.ui.widgets.section import quiet_label

INVITATION = "Drop pictures here, or a folder of them"
INVITING = 320
EXPLANATION = (
    "20 to 500 pictures of one kind are enough to begin with; one is enough for a texture. "
    "Folders inside can become classes. Nothing is changed or sent anywhere."
)


class DataPanel(QFrame):
    """Takes a folder and tells what is in it. ``inspected(report)`` follows; ``cleared()`` when it is not."""

    inspected = Signal(object)
    cleared = Signal()

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app
        self._work: Work[object, object] | None = None
        self._resolution = 64
        self.folder: Path | None = None
        self.report: Report | None = None
        self.setProperty("card", True)
        self.title = QLabel()
        self.title.setProperty("heading", True)
        self.place = quiet_label()
        self.refused = quiet_label()
        self.choose = text_button("Another Folder…", "The folder with the pictures to learn from", self._ask)
        self.again = icon_button("refresh", "Look at the folder again", self._again)
        self.progress = QProgressBar(textVisible=False, maximum=1000, accessibleName="Inspection")
        self.progress.setFixedHeight(6)
        self.doing = quiet_label()
        self.cancel = icon_button("cancel", "Stop looking", self.stop)
        self.findings = Findings()
        self.findings.chosen.connect(self._show_clean)
        self.preview = PreviewStrip()
        self.clean = text_button("Make a Clean Copy", "A folder without what is ticked", self._clean)
        self._lay_out()
        self._show()

    def _lay_out(self) -> None:
        head = QHBoxLayout(spacing=8)
        head.addWidget(self.title, 1)
        head.addWidget(self.again, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.choose, 0, Qt.AlignmentFlag.AlignTop)
        self._busy = QWidget()
        busy = QHBoxLayout(self._busy)
        busy.setContentsMargins(0, 0, 0, 0)
        busy.addWidget(self.progress, 1)
        busy.addWidget(self.doing, 1)
        busy.addWidget(self.cancel)
        self._caption = QLabel("As the training will see them")
        self._caption.setProperty("quiet", True)
        row = QHBoxLayout()
        row.addWidget(self.clean)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 18)
        column.setSpacing(10)
        column.addWidget(self._invitation())
        column.addLayout(head)
        for widget in (self.place, self._busy, self._caption, self.preview, self.findings):
            column.addWidget(widget)
        column.addLayout(row)

    def _invitation(self) -> QWidget:
        """What is shown as long as there are no pictures: a large place to drop them on."""
        self.invitation = QWidget()
        self.invitation.setMinimumHeight(INVITING)
        self.first = text_button("Choose Folder…", "The folder with the pictures to learn from", self._ask)
        title, words = QLabel(INVITATION), quiet_label(EXPLANATION)
        title.setProperty("heading", True)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words.setFixedWidth(420)
        column = QVBoxLayout(self.invitation)
        column.setSpacing(12)
        column.addStretch(1)
        self.refused.setProperty("problem", True)
        self.refused.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.refused.setFixedWidth(420)
        for widget in (IconLabel("image", 48), title, words, self.refused, self.first):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        return self.invitation

    def open(self, folder: Path) -> None:
        """Look at a folder, on another thread."""
        self.stop()
        self.refused.clear()
        self.folder, self.report = folder, None
        self._app.settings.set("lab", "data", str(folder))
        self.findings.forget()
        self.preview.show_images([])
        self.cleared.emit()
        self._work = self._app.lab.work(inspect(folder), self._tell, self._found, self._failed)
        self._tell(Progress("Listing", 0.0))
        self._show()

    def take(self, paths: Sequence[Path]) -> None:
        """Look at what was dropped: a folder as it is, else a new one of all the pictures."""
        if len(paths) == 1 and paths[0].is_dir():
            self.open(paths[0])
            return
        self.stop()
        self.refused.clear()
        out = free_folder(self._app.lab.data_sets, paths[0].stem if len(paths) == 1 else paths[0].parent.name)
        self._work = self._app.lab.work(gathered(paths, out), self._tell, lambda _: self.open(out),
                                        self._not_copied)  # fmt: skip
        self._show()

    @property
    def resolution(self) -> int:
        """The training size that suits the pictures, or that the recipe wishes."""
        return self._resolution

    def stop(self) -> None:
        """Give up what is going on."""
        if self._work is not None:
            self._work.cancel()
            self._work = None
            self._show()

    def show_wish(self, resolution: int, fit: str, flip: bool) -> None:
        """Judge and show the pictures for a recipe."""
        self.preview.show_wish(resolution, fit, flip)
        if resolution != self._resolution:
            self._resolution = resolution
            if self.report is not None:
                self.findings.show_report(self.report, resolution)
                self._show_clean()

    def _tell(self, progress: object) -> None:
        if isinstance(progress, Progress):
            self.progress.setRange(0, 1000 if progress.share else 0)
            self.progress.setValue(round(1000 * progress.share))
            self.doing.setText(progress.doing)

    def _found(self, report: Report) -> None:
        self._work = None
        self.report = report
        self._resolution = best_resolution(report)
        self.findings.show_report(report, self._resolution)
        self._show()
        self.inspected.emit(report)
        self._app.lab.work(read_pictures(report.shown), lambda _: None, self._show_pictures)

    def _show_pictures(self, images: list[QImage]) -> None:
        self.preview.show_images(images)
        self._show()

    def _failed(self, error: BaseException) -> None:
        self._work, self.folder = None, None
        self._refuse(error, "Looking at the pictures")

    def _refuse(self, error: BaseException, doing: str) -> None:
        """Say what is wrong with what was dropped where it was dropped."""
        if isinstance(error, UserError) and self.folder is None:
            self._app.notices.add(Level.ERROR, error.sentence, error.hint, quiet=True)
            self.refused.setText(f"{error.sentence} {error.hint}".strip())
        else:
            self._app.notices.add_exception(error, doing)
        self._show()

    def _again(self) -> None:
        if self.folder is not None:
            self.open(self.folder)

    def _ask(self) -> None:
        start = str(self.folder or self._app.settings.lab.data or Path.home())
        name = QFileDialog.getExistingDirectory(self, "Pictures to learn from", start)
        if name:
            self.open(Path(name))

    def _clean(self) -> None:
        """Make the copy, then look at it."""
        if self.report is None or self.folder is None:
            return
        out = free_folder(self._app.lab.data_sets, self.folder.name)
        steps = clean_copy(self.report, out, self.findings.mends, self._resolution)
        self._work = self._app.lab.work(steps, self._tell, lambda count: self._cleaned(out, count),
                                        self._not_copied)  # fmt: skip
        self._show()

    def _cleaned(self, out: Path, count: int) -> None:
        self._work = None
        self._app.notices.add(Level.INFO, f"The clean copy has {count:,} pictures.", f"It is in {out}.")
        self.open(out)

    def _not_copied(self, error: BaseException) -> None:
        self._work = None
        self._refuse(error, "Copying the pictures")

    def _show_clean(self) -> None:
        mends = self.findings.mends
        number = len(left_out(self.report, mends, self._resolution)) if self.report else 0
        self.clean.setVisible(bool(self.findings.boxes))
        self.clean.setEnabled(number > 0 and self._work is None)
        self.clean.setText(f"Make a Clean Copy without {number:,}" if number else "Make a Clean Copy")

    def _show(self) -> None:
        known, busy = self.folder is not None, self._work is not None
        self.invitation.setVisible(not known and not busy)
        self.refused.setVisible(bool(self.refused.text()))
        self.title.setText(self.folder.name if self.folder else "")
        self.place.setText(str(self.folder) if self.folder else "")
        for widget in (self.title, self.place, self.choose):
            widget.setVisible(known)
        self.again.setVisible(known and not busy)
        self._busy.setVisible(busy)
        for widget in (self.preview, self._caption, self.findings):
            widget.setVisible(self.report is not None)
        self._show_clean()
