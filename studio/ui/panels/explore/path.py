"""A path of keyframes through the latent space: gathered, put in order, played, saved as a film."""

from __future__ import annotations

import queue
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QFileDialog,
    QLabel,
    QListView,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from studio.app.lab.work import Work
from studio.app.latent import along
from studio.app.movie import FILTERS, Frame, write_movie
from studio.app.notices import Level
from studio.engine.points import Vector, decode, encode
from studio.engine.protocol import SEED_LIMIT
from studio.model.errors import UserError
from studio.model.media import Image
from studio.ui.panels.explore.guide import GENERATOR, Guide
from studio.ui.widgets.buttons import button_row, icon_button, set_icon, text_button
from studio.ui.widgets.numbers import JumpSlider, NumberEdit
from studio.ui.widgets.section import quiet_label
from studio.ui.widgets.thumbnails import thumbnail

SIDE = 56
TICK_MS, RATE = 40, 25
FINE = 1000
WALK = 5
MOST_FRAMES = 25 * 60 * 10
AHEAD = 4
MOST_STEPS = 50


@dataclass(eq=False)
class Stop:
    """One keyframe: the point and its picture."""

    point: Vector
    image: Image


class Film:
    """Frames on their way from the engine to the file, a few at a time. The writer's thread takes them."""

    def __init__(self) -> None:
        self.frames: queue.Queue[Frame | None] = queue.Queue()
        self.stopped = threading.Event()

    def take(self) -> Iterator[Frame]:
        """Every frame, waiting for each; for the writer's thread."""
        while not self.stopped.is_set():
            try:
                frame = self.frames.get(timeout=0.2)
            except queue.Empty:
                continue
            if frame is None:
                return
            yield frame


class PathPart(QWidget):
    """The keyframes of the model explored, and what can be done with them."""

    def __init__(self, guide: Guide) -> None:
        super().__init__()
        self._guide = guide
        self._model = ""
        self._film: Film | None = None
        self._writing: Work[float, int] | None = None
        self._next = 0
        self.stops: list[Stop] = []
        self._order: list[int] = []  # of the stops, as they are listed
        self._before: list[list[int]] = []
        self._changing = QTimer(self, singleShot=True, interval=0)  # a move is a row out and one in
        self.list = self._make_list()
        self.add = icon_button("plus", "Add the layer as it is", self.add_here)
        self.walk = icon_button("shuffle", "Add a random walk of five", self.add_walk)
        self.undo = icon_button("undo", "Take the last change of the keyframes back", self.take_back)
        self.remove = icon_button("trash", "Remove the chosen keyframes (Del)", self.remove_chosen)
        self.play = icon_button("play", "Play the path on the layer", self.toggle)
        self.export = icon_button("export", "Save as a film or moving picture…", self._ask_film)
        self.send = icon_button("clip", "Send the keyframes to the timeline", self.send_path)
        self.scrubber = JumpSlider()
        self.scrubber.setAccessibleName("Place on the path")
        self.scrubber.setRange(0, FINE)
        self.scrubber.sliderMoved.connect(lambda value: self._show(value / FINE))
        self.scrubber.sliderReleased.connect(guide.live.settle)
        self.loop = QCheckBox("Loop", checked=True, toolTip="Come back to the first keyframe")
        self.seconds = NumberEdit(0.2, 20, 0.1, "s")
        self.seconds.describe("Seconds from keyframe to keyframe", "Longer is calmer")
        self.seconds.set_value(2.0)
        self.bar = QProgressBar(textVisible=False, maximum=1000, accessibleName="Saving the film")
        self.stop_film = text_button("Stop Saving", "Give the film up", self.cancel_film)
        self._changing.timeout.connect(self._note)
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._lay_out()
        self._show_state()

    def _make_list(self) -> QListWidget:
        made = QListWidget()
        made.setAccessibleName("Keyframes")
        made.setViewMode(QListView.ViewMode.IconMode)
        made.setFlow(QListView.Flow.LeftToRight)
        made.setResizeMode(QListView.ResizeMode.Adjust)
        made.setMovement(QListView.Movement.Snap)
        made.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        made.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        made.setIconSize(QSize(SIDE, SIDE))
        made.setGridSize(QSize(SIDE + 12, SIDE + 12))
        for signal in (made.model().rowsInserted, made.model().rowsRemoved, made.model().rowsMoved):
            signal.connect(self._changing.start)
        made.itemDoubleClicked.connect(lambda item: self._go_to(made.row(item)))
        return made

    def _lay_out(self) -> None:
        tools = button_row(self.add, self.walk, self.remove, self.undo, None)
        self.earlier = icon_button("chevron-left", "Move the chosen keyframe earlier", lambda: self.move(-1))
        self.later = icon_button("chevron-right", "Move the chosen keyframe later", lambda: self.move(1))
        for button in (self.earlier, self.later):
            tools.addWidget(button)
        self.hint = quiet_label("Add the layer as it is, change it, add again. Double-click goes there.")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.list, 1)
        column.addWidget(self.hint)
        column.addLayout(tools)
        row = button_row(self.play, self.scrubber, self.send, self.export)
        row.setSpacing(6)
        column.addLayout(row)
        pace = button_row(QLabel("Leg"), self.seconds, self.loop)
        pace.setSpacing(8)
        column.addLayout(pace)
        self.bar.setFixedHeight(6)
        column.addWidget(self.bar)
        column.addWidget(self.stop_film)

    def add_here(self) -> None:
        """The layer as it is becomes the last keyframe."""
        self._guide.point(self.add_stop)

    def add_walk(self) -> None:
        """Some random pictures become keyframes."""
        now = self._guide.params
        base = {name: now[name] for name in ("class", "truncation") if name in now}
        for _ in range(WALK):
            params = {**base, "model": self._guide.model, "seed": random.randrange(SEED_LIMIT), "scale": 1}
            self._guide.ask(GENERATOR, params, done=self._add_made)

    def add_stop(self, point: Vector, image: Image) -> None:
        """One more keyframe."""
        if not point.size:
            self._guide.tell("This picture does not tell where it lies.")
            return
        if self._model != self._guide.model:
            self._model = self._guide.model
            self._begin_anew()
        self.stops.append(Stop(point, image))
        self._list(len(self.stops) - 1)
        self._show_state()

    def _list(self, number: int) -> None:
        """Add a stop at the end of the list."""
        item = QListWidgetItem(QIcon(thumbnail(self.stops[number].image, SIDE)), "")
        item.setData(Qt.ItemDataRole.UserRole, number)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"Keyframe {self.list.count() + 1}")
        self.list.addItem(item)

    def take_back(self) -> None:
        """Undo the last keyframe added, removed or moved."""
        self._note()
        if self._before:
            self._order = self._before.pop()
            self.list.clear()
            for number in self._order:
                self._list(number)
            self._show_state()

    def _listed(self) -> list[int]:
        return [self.list.item(row).data(Qt.ItemDataRole.UserRole) for row in range(self.list.count())]

    def _note(self) -> None:
        """Remember how the keyframes stood before they were changed."""
        now = self._listed()
        if now != self._order:
            self._before.append(self._order)
            del self._before[:-MOST_STEPS]
            self._order = now
            self._show_state()

    def _begin_anew(self) -> None:
        """Another model: other keyframes, and nothing of the old ones to take back."""
        self.stops = []
        self.list.clear()
        self._order, self._before = [], []

    def ordered(self) -> list[Vector]:
        """The points, in the order of the list."""
        return [self.stops[number].point for number in self._listed()]

    def remove_chosen(self) -> None:
        """Take the chosen keyframes out."""
        for item in self.list.selectedItems():
            self.list.takeItem(self.list.row(item))
        self._show_state()

    def move(self, by: int) -> None:
        """Move the current keyframe earlier or later."""
        row = self.list.currentRow()
        target = row + by
        if row >= 0 and 0 <= target < self.list.count():
            self.list.insertItem(target, self.list.takeItem(row))
            self.list.setCurrentRow(target)

    def toggle(self) -> None:
        """Play, or stop: the whole play is one undo step."""
        if self._timer.isActive():
            self._timer.stop()
            self._guide.live.settle()
        elif self.list.count() > 1:
            self._timer.start()
        set_icon(self.play, "pause" if self._timer.isActive() else "play")

    def refresh(self) -> None:
        """Another model is explored: its keyframes are others."""
        if self._model and self._guide.model != self._model:
            if self._timer.isActive():
                self.toggle()
            self._model = ""
            self._begin_anew()
        self._show_state()

    @property
    def length(self) -> float:
        """Seconds from the first keyframe to the end."""
        count = self.list.count()
        return float(self.seconds.value()) * (count if self.loop.isChecked() else count - 1)

    def send_path(self) -> None:
        """The keyframes become a latent path on the timeline, which is shown."""
        gap = Fraction(str(self.seconds.value()))
        points, loop = [encode(point) for point in self.ordered()], self.loop.isChecked()
        params = self._guide.params
        self._guide.app.video.latent.add_points(
            self._guide.model,
            points,
            gap,
            loop,
            truncation=float(params.get("truncation", 0.7)),
            class_=str(params.get("class", "")),
        )
        self._guide.app.run_command("window.timeline")

    def save_film(self, path: Path) -> None:
        """Render the path and write it; goes on in the background."""
        count = min(max(round(self.length * RATE), 2), MOST_FRAMES)
        film = Film()
        steps = write_movie(path, film.take(), count, RATE, loop=self.loop.isChecked())
        self._film, self._next = film, 0
        self._writing = self._guide.app.lab.work(
            steps, self._tell, lambda _: self._saved(path), self._failed, film.stopped.set
        )
        base = {**self._guide.params, "model": self._guide.model, "mix_seed": -1, "morph_seed": -1}
        for name in ("directions", "moves", "reach"):
            base.pop(name, None)
        self._render(film, base, self.ordered(), count)
        self._show_state()

    def _tell(self, share: float) -> None:
        self.bar.setValue(round(1000 * share))

    def cancel_film(self) -> None:
        """Give the film up."""
        self._film = None
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None
        self._show_state()

    def _render(self, film: Film, base: dict[str, object], stops: list[Vector], count: int) -> None:
        """Ask for the next frame as long as the writer keeps up."""
        if film is not self._film:
            return
        if self._next >= count:
            film.frames.put(None)
            return
        if film.frames.qsize() > AHEAD:
            QTimer.singleShot(20, self, lambda: self._render(film, base, stops, count))
            return
        looped = self.loop.isChecked()
        point = along(stops, self._next / (count if looped else count - 1), looped)
        self._next += 1

        def done(images: tuple[Image, ...]) -> None:
            film.frames.put(np.array(images[0].rgba8()))
            self._render(film, base, stops, count)

        job = self._guide.ask(GENERATOR, {**base, "point": encode(point)}, done=done, failed=self._broke)
        if not job:
            self.cancel_film()

    def _broke(self, sentence: str) -> None:
        self._guide.tell(sentence)
        self.cancel_film()

    def _saved(self, path: Path) -> None:
        self._film = self._writing = None
        self._show_state()
        self._guide.app.notices.add(Level.INFO, f"Saved {path.name}.", str(path.parent))

    def _failed(self, error: BaseException) -> None:
        self.cancel_film()
        self._guide.app.notices.add_exception(error, "Saving the film")

    def _ask_film(self) -> None:
        start = Path(self._guide.app.settings.window.last_folder or Path.home()) / "path.mp4"
        name, chosen = QFileDialog.getSaveFileName(self, "Save as a film", str(start), FILTERS)
        if name:
            path = Path(name)
            self.save_film(path if path.suffix else path.with_suffix(chosen.split("*")[1].rstrip(")")))

    def _add_made(self, images: tuple[Image, ...]) -> None:
        if images:
            self.add_stop(decode(images[0].meta.get("w", "")), images[0])

    def _go_to(self, row: int) -> None:
        self._guide.go(point=encode(self.ordered()[row]), mix_seed=-1, morph_seed=-1, directions=[], moves=[])

    def _tick(self) -> None:
        moved = FINE * TICK_MS / 1000 / max(self.length, 0.1)
        value = self.scrubber.value() + max(1, round(moved))
        if value >= FINE and not self.loop.isChecked():
            self.scrubber.setValue(FINE)
            self._show(1.0)
            self.toggle()
            return
        self.scrubber.setValue(value % FINE)
        if not self._guide.live.busy:
            self._show(self.scrubber.value() / FINE)

    def _show(self, t: float) -> None:
        try:
            point = along(self.ordered(), t, self.loop.isChecked())
        except UserError:
            return
        self._guide.go(last=False, point=encode(point), mix_seed=-1, morph_seed=-1, directions=[], moves=[])

    def _show_state(self) -> None:
        several = self.list.count() > 1
        for widget in (self.play, self.scrubber, self.send, self.export):
            widget.setEnabled(several and self._film is None)
        self.hint.setVisible(not several)
        self.undo.setEnabled(bool(self._before))
        self.add.setEnabled(self._guide.node is not None)
        self.walk.setEnabled(self._guide.spec is not None)
        for widget in (self.bar, self.stop_film):
            widget.setVisible(self._film is not None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Del removes keyframes."""
        if event.key() == Qt.Key.Key_Delete:
            self.remove_chosen()
        else:
            super().keyPressEvent(event)
