"""Sample sheets of one or several runs side by side, through time: a scrubber, playing, a film to save."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QSizePolicy, QSlider, QVBoxLayout, QWidget

from studio.app.lab.book import Run
from studio.app.lab.series import short
from studio.app.lab.timelapse import timelapse
from studio.app.movie import FILTERS
from studio.app.notices import Level
from studio.app.session import App
from studio.ui.theme import colour
from studio.ui.widgets.buttons import icon_button, set_icon
from studio.ui.widgets.numbers import JumpSlider

SOON, NONE = "The first samples appear here in a moment.", "It ended before it drew a sample."
HELD = 48
TICK_MS, SHEET_MS = 40, 600
FINE = 100  # places of the scrubber between two sheets
MOST_SIDE = 2048


def read_sheet(path: Path) -> QImage:
    """A sheet from disk, bounded in size; a null picture if it cannot be read. For another thread."""
    image = QImage(str(path))
    if max(image.width(), image.height()) > MOST_SIDE:
        image = image.scaled(QSize(MOST_SIDE, MOST_SIDE), Qt.AspectRatioMode.KeepAspectRatio)
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


class SheetCache:
    """Sheets in memory, read on the lab's own thread, the least recently used forgotten."""

    def __init__(self, app: App, arrived: Signal) -> None:
        self._app = app
        self._arrived = arrived
        self._held: OrderedDict[Path, QImage] = OrderedDict()
        self._asked: set[Path] = set()

    def get(self, path: Path) -> QImage | None:
        """A sheet, or None while it is being read."""
        if path in self._held:
            self._held.move_to_end(path)
            return self._held[path]
        if path not in self._asked:
            self._asked.add(path)
            self._app.lab.read(lambda: read_sheet(path), lambda image: self._take(path, image))
        return None

    def _take(self, path: Path, image: QImage) -> None:
        self._asked.discard(path)
        self._held[path] = image
        while len(self._held) > HELD:
            self._held.popitem(last=False)
        self._arrived.emit()


class Sheet(QWidget):
    """One run's sheet at a moment: two sheets, one melting into the other."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = title
        self.setAccessibleName(f"Samples of {title}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 120)
        self.below: QImage | None = None
        self.above: QImage | None = None
        self.way = 0.0
        self.waiting = SOON

    def show_images(self, below: QImage | None, above: QImage | None, way: float) -> None:
        """Draw one sheet, and over it the next as far as it has come (0..1). What is not there yet stays."""
        self.below = below or self.below
        self.above, self.way = above, way if above is not None else 0.0
        self.update()

    def place(self) -> QRectF:
        """Where the sheet is drawn: as large as there is room, enlarged by whole numbers if at all."""
        if self.below is None or self.below.isNull():
            return QRectF()
        width, height = self.below.width(), self.below.height()
        scale = min(self.width() / width, self.height() / height)
        scale = int(scale) if scale >= 2 else scale
        size = width * scale, height * scale
        return QRectF((self.width() - size[0]) / 2, (self.height() - size[1]) / 2, *size)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The sheet, or that there is none yet."""
        painter = QPainter(self)
        if self.below is None or self.below.isNull():
            painter.setPen(colour("quiet"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), flags, self.waiting)
            return
        rect = self.place()
        painter.setRenderHint(
            QPainter.RenderHint.SmoothPixmapTransform, rect.width() < 2 * self.below.width()
        )
        painter.drawImage(rect, self.below)
        if self.above is not None and self.above.size() == self.below.size():
            painter.setOpacity(self.way)
            painter.drawImage(rect, self.above)


class SheetsView(QWidget):
    """The sheets of the runs shown, at one moment of their training.

    ``moved(images)`` tells the moment the scrubber stands at.
    """

    moved = Signal(float)
    _arrived = Signal()

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app
        self._runs: list[Run] = []
        self._moments: list[int] = []
        self._cache = SheetCache(app, self._arrived)
        self._arrived.connect(self._draw)
        self._saving = False
        self.sheets: list[Sheet] = []
        self.play = icon_button("play", "Play the training from its start", self.toggle)
        self.scrubber = JumpSlider()
        self.scrubber.setAccessibleName("Moment of the training")
        self.scrubber.setTickPosition(QSlider.TickPosition.NoTicks)
        self.scrubber.valueChanged.connect(lambda _: self._draw())
        self.scrubber.sliderMoved.connect(lambda _: self.stop())
        self.moment = QLabel(accessibleName="Images seen")
        self.moment.setProperty("quiet", True)
        self.moment.setMinimumWidth(96)
        self.film = icon_button("export", "Save as a film or moving picture…", self._ask_film)
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._row = QHBoxLayout(spacing=8)
        self._lay_out()

    def _lay_out(self) -> None:
        foot = QHBoxLayout(spacing=6)
        foot.addWidget(self.play)
        foot.addWidget(self.scrubber, 1)
        foot.addWidget(self.moment)
        foot.addWidget(self.film)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(self._row, 1)
        column.addLayout(foot)

    def show_runs(self, runs: Sequence[Run]) -> None:
        """Show these runs side by side."""
        if [run.folder for run in runs] != [run.folder for run in self._runs]:
            self._make_sheets(runs)
        self._runs = list(runs)
        self.refresh()

    def _make_sheets(self, runs: Sequence[Run]) -> None:
        self.stop()
        self._moments = []
        while (item := self._row.takeAt(0)) is not None:
            item.widget().hide()
            item.widget().deleteLater()
        self.sheets = []
        self.scrubber.setRange(0, 0)
        for run in runs:
            sheet = Sheet(run.title)
            self.sheets.append(sheet)
            if len(runs) > 1:
                box = QWidget()
                inner = QVBoxLayout(box)
                inner.setContentsMargins(0, 0, 0, 0)
                inner.addWidget(QLabel(run.title, alignment=Qt.AlignmentFlag.AlignCenter))
                inner.addWidget(sheet, 1)
                self._row.addWidget(box, 1)
            else:
                self._row.addWidget(sheet, 1)

    def refresh(self) -> None:
        """Take in sheets that have come; whoever looked at the newest goes on to do so."""
        at_end = self.scrubber.value() == self.scrubber.maximum()
        self._moments = sorted({seen(path) for run in self._runs for path in run.sheets})
        self.scrubber.setRange(0, max(len(self._moments) - 1, 0) * FINE)
        self.scrubber.setPageStep(FINE)
        self.scrubber.setSingleStep(FINE)
        if at_end and not self._timer.isActive():
            self.scrubber.setValue(self.scrubber.maximum())
        for run, sheet in zip(self._runs, self.sheets, strict=True):
            sheet.waiting = SOON if run.info.state.active else NONE
        several = len(self._moments) > 1
        for widget in (self.play, self.scrubber):
            widget.setEnabled(several)
        self.film.setEnabled(several and not self._saving)
        self._draw()

    def toggle(self) -> None:
        """Play from here, from the start if this is the end; or stop."""
        if self._timer.isActive():
            self.stop()
            return
        if self.scrubber.value() >= self.scrubber.maximum():
            self.scrubber.setValue(0)
        set_icon(self.play, "pause")
        self._timer.start()

    def stop(self) -> None:
        """Stop playing."""
        self._timer.stop()
        set_icon(self.play, "play")

    @property
    def images(self) -> float:
        """How many images were seen at the moment shown."""
        if not self._moments:
            return 0.0
        index, way = divmod(self.scrubber.value(), FINE)
        after = self._moments[min(index + 1, len(self._moments) - 1)]
        return self._moments[index] + way / FINE * (after - self._moments[index])

    def save_film(self, path: Path) -> None:
        """Save the first run's sheets as a film."""
        self._saving = True
        self.film.setEnabled(False)
        self._app.lab.work(
            timelapse(path, self._runs[0].sheets), self._film_progress, lambda _: self._film_done(path),
            self._film_failed,
        )  # fmt: skip

    def _film_progress(self, share: float) -> None:
        self.moment.setText(f"Saving {share:.0%}")

    def _film_done(self, path: Path) -> None:
        self._saving = False
        self.refresh()
        self._app.notices.add(Level.INFO, f"Saved {path.name}.", str(path.parent))

    def _film_failed(self, error: BaseException) -> None:
        self._saving = False
        self.refresh()
        self._app.notices.add_exception(error, "Saving the film")

    def _ask_film(self) -> None:
        start = Path(self._app.settings.window.last_folder or Path.home()) / f"{self._runs[0].title}.mp4"
        name, chosen = QFileDialog.getSaveFileName(self, "Save as a film", str(start), FILTERS)
        if name:
            path = Path(name)
            self.save_film(path if path.suffix else path.with_suffix(chosen.split("*")[1].rstrip(")")))

    def _tick(self) -> None:
        value = self.scrubber.value() + round(FINE * TICK_MS / SHEET_MS)
        self.scrubber.setValue(min(value, self.scrubber.maximum()))
        if value >= self.scrubber.maximum():
            self.stop()

    def _draw(self) -> None:
        if not self._moments:
            self.moment.clear()
            return
        index, way = divmod(self.scrubber.value(), FINE)
        now = self._moments[index]
        after = self._moments[min(index + 1, len(self._moments) - 1)]
        for run, sheet in zip(self._runs, self.sheets, strict=True):
            below, above = sheet_at(run, now), sheet_at(run, after)
            image = self._cache.get(below) if below else None
            over = self._cache.get(above) if above and way and above != below else None
            sheet.show_images(image, over, way / FINE)
        self.moment.setText(f"{short(self.images)} pictures")
        self.moved.emit(self.images)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """To the newest samples."""
        self.scrubber.setValue(self.scrubber.maximum())


def seen(path: Path) -> int:
    """The images seen when a sheet was drawn, from its name."""
    return int(path.stem) if path.stem.isdigit() else 0


def sheet_at(run: Run, images: int) -> Path | None:
    """The newest sheet of a run that had seen no more than so many images, else its first."""
    fitting = [path for path in run.sheets if seen(path) <= images]
    return (fitting or list(run.sheets[:1]) or [None])[-1]
