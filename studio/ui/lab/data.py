"""The data set of a new training: choosing a folder, looking at it, making a clean copy."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from studio.app.lab.plan import free_folder
from studio.app.lab.work import Work
from studio.app.notices import Level
from studio.app.session import App
from studio.engine.dataset.advice import best_resolution
from studio.engine.dataset.cleaning import clean_copy, left_out
from studio.engine.dataset.inspection import Progress, Report, inspect
from studio.ui.lab.findings import Findings
from studio.ui.lab.preview import PreviewStrip, read_pictures
from studio.ui.widgets.buttons import icon_button, text_button
from studio.ui.widgets.section import quiet_label

INVITATION = "Drop a folder of pictures here"
EXPLANATION = (
    "20 to 500 pictures of one kind are enough to begin with; one is enough for a texture. "
    "Folders inside can become classes. Nothing is changed or sent anywhere."
)


def dropped_folder(event: QDragEnterEvent | QDropEvent) -> Path | None:
    """The folder that is being dragged; the folder of a file."""
    for url in event.mimeData().urls():
        if url.isLocalFile():
            path = Path(url.toLocalFile())
            return path if path.is_dir() else path.parent
    return None


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
        self.setAcceptDrops(True)
        self.setProperty("card", True)
        self.title = QLabel(INVITATION)
        self.title.setProperty("heading", True)
        self.place = quiet_label(EXPLANATION)
        self.choose = text_button("Choose Folder…", "The folder with the pictures to learn from", self._ask)
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
        column.addLayout(head)
        for widget in (self.place, self._busy, self._caption, self.preview, self.findings):
            column.addWidget(widget)
        column.addLayout(row)

    def open(self, folder: Path) -> None:
        """Look at a folder, on another thread."""
        self.stop()
        self.folder, self.report = folder, None
        self._app.settings.set("lab", "data", str(folder))
        self.findings.forget()
        self.preview.show_images([])
        self.cleared.emit()
        self._work = self._app.lab.work(inspect(folder), self._tell, self._found, self._failed)
        self._tell(Progress("Listing", 0.0))
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

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take folders."""
        if dropped_folder(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Look at what was dropped."""
        folder = dropped_folder(event)
        if folder is not None:
            event.acceptProposedAction()
            self.open(folder)

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
        self._show()
        self._app.notices.add_exception(error, "Looking at the pictures")

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
                                        self._not_cleaned)  # fmt: skip
        self._show()

    def _cleaned(self, out: Path, count: int) -> None:
        self._work = None
        self._app.notices.add(Level.INFO, f"The clean copy has {count:,} pictures.", f"It is in {out}.")
        self.open(out)

    def _not_cleaned(self, error: BaseException) -> None:
        self._work = None
        self._show()
        self._app.notices.add_exception(error, "Making a clean copy")

    def _show_clean(self) -> None:
        mends = self.findings.mends
        number = len(left_out(self.report, mends, self._resolution)) if self.report else 0
        self.clean.setVisible(bool(self.findings.boxes))
        self.clean.setEnabled(number > 0 and self._work is None)
        self.clean.setText(f"Make a Clean Copy without {number:,}" if number else "Make a Clean Copy")

    def _show(self) -> None:
        known, busy = self.folder is not None, self._work is not None
        self.title.setText(self.folder.name if self.folder else INVITATION)
        self.place.setText(str(self.folder) if self.folder else EXPLANATION)
        self.choose.setText("Another Folder…" if known else "Choose Folder…")
        self.again.setVisible(known and not busy)
        self._busy.setVisible(busy)
        for widget in (self.preview, self._caption, self.findings):
            widget.setVisible(self.report is not None)
        self._show_clean()
