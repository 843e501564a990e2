"""The timeline window: viewer above, transport between, tracks below."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QLabel,
    QMainWindow,
    QMenu,
    QMessageBox,
    QSplitter,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from studio.app.commands import Command
from studio.app.session import App
from studio.app.video_write import Encoding
from studio.model.clip_file import SUFFIXES as FILES
from studio.model.clip_folder import SUFFIXES as PICTURES
from studio.model.clip_open import SOUNDS
from studio.ui.drop import local_files
from studio.ui.icons import icon
from studio.ui.notices import NoticeBar
from studio.ui.timeline.commands import timeline_commands
from studio.ui.timeline.frames import FrameMaker, Looks
from studio.ui.timeline.paint import clock
from studio.ui.timeline.player import Player
from studio.ui.timeline.tracks import Tracks
from studio.ui.timeline.viewer import Viewer

BAR = (
    "import", "", "undo", "redo", "", "split", "delete", "marker", "snap", "",
    "back", "play", "on", "", "zoom_out", "zoom_in", "fit", "", "from_canvas", "to_canvas", "render",
)  # fmt: skip
TAKEN = (*FILES, *PICTURES, *SOUNDS)
KINDS = f"Video, pictures and sound ({' '.join('*' + suffix for suffix in TAKEN)});;All files (*)"
FILM = "Timelines (*.film)"
TARGETS = {
    "MP4, H.264 (*.mp4)": (".mp4", "auto"),
    "MP4, AV1 (*.mp4)": (".mp4", "av1"),
    "WebM, VP9 (*.webm)": (".webm", "auto"),
    "QuickTime, H.264 (*.mov)": (".mov", "auto"),
    "Matroska, H.264 (*.mkv)": (".mkv", "auto"),
    "GIF (*.gif)": (".gif", "auto"),
    "Folder of PNG frames (*)": ("", "auto"),
}


class TimelineWindow(QMainWindow):
    """Made when it is first asked for, hidden when it is closed: the timeline stays."""

    def __init__(self, app: App, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.app = app
        self.desk = app.video
        self.setWindowIcon(icon("clip"))
        self.setAccessibleName("Timeline")
        self.setAcceptDrops(True)
        self.player = Player(self.desk)
        self.viewer = Viewer(self.desk, lambda shown: FrameMaker(app.post, shown))
        self.tracks = Tracks(self.desk, lambda came: Looks(app.post, came))
        self.actions_: dict[str, QAction] = {}
        self._commands = timeline_commands(self)
        self._make_actions()
        self._lay_out()
        self.desk.changed.connect(self.refresh)
        self.desk.moved.connect(self._show_time)
        self.player.changed.connect(self.refresh)
        app.document_changed.connect(self.refresh)
        self.resize(QSize(1280, 820))
        self.refresh()

    def _make_actions(self) -> None:
        """Actions, menus and their order, from the commands."""
        menus: dict[str, QMenu] = {}
        groups: dict[str, str] = {}
        for command in self._commands:
            action = QAction(command.title, self)
            action.setShortcuts([QKeySequence(part.strip()) for part in command.keys.split(";") if part])
            action.setCheckable(command.checked is not None)
            if command.icon:
                action.setIcon(icon(command.icon))
            action.triggered.connect(lambda _=False, command=command: self.run(command))
            self.actions_[command.id] = action
            if command.menu not in menus:
                menus[command.menu] = self.menuBar().addMenu(command.menu)
            menu = menus[command.menu]
            if groups.get(command.menu, command.group) != command.group:
                menu.addSeparator()
            groups[command.menu] = command.group
            menu.addAction(action)

    def _lay_out(self) -> None:
        bar = QToolBar("Timeline tools", accessibleName="Timeline tools", movable=False, floatable=False)
        bar.setIconSize(QSize(18, 18))
        for id in BAR:
            bar.addAction(self.actions_[id]) if id else bar.addSeparator()
        self.told = QLabel(accessibleName="Time")
        self.told.setContentsMargins(12, 0, 12, 0)
        bar.addWidget(self.told)
        lower = QWidget()
        column = QVBoxLayout(lower)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(bar)
        column.addWidget(self.tracks, 1)
        halves = QSplitter(Qt.Orientation.Vertical)
        halves.addWidget(self.viewer)
        halves.addWidget(lower)
        halves.setStretchFactor(0, 3)
        halves.setStretchFactor(1, 2)
        halves.setChildrenCollapsible(False)
        self.setCentralWidget(halves)
        self.notices = NoticeBar(self.app.notices, self.app.settings, self.viewer)

    def run(self, command: Command) -> None:
        """Run a command of this window; what it raises becomes a notice."""
        if command.is_enabled(self.app):
            try:
                command.run(self.app)
            except Exception as error:
                self.app.notices.add_exception(error, command.title.rstrip("…"))
        self.refresh()

    def refresh(self) -> None:
        """What can be done now, and the time."""
        for command in self._commands:
            action = self.actions_[command.id]
            action.setEnabled(command.is_enabled(self.app))
            action.setChecked(command.is_checked(self.app))
        timeline, film = self.desk.timeline, self.desk.film
        name = film.path.stem if film.path else "Timeline"
        self.setWindowTitle(f"{name}{'*' if film.modified else ''} - Latent Studio")
        self.actions_["undo"].setText(f"Undo {timeline.undo_title}".strip())
        self.actions_["redo"].setText(f"Redo {timeline.redo_title}".strip())
        self.actions_["play"].setIcon(icon("pause" if self.player.playing else "play"))
        self._show_time()

    def _show_time(self) -> None:
        score = self.desk.score
        frame = round(self.desk.playhead * score.rate)
        self.told.setText(
            f"{clock(float(self.desk.playhead))} / {clock(float(score.length))}   frame {frame}   "
            f"{score.width} x {score.height}, {float(score.rate):.5g}/s"
        )

    def ask_import(self) -> None:
        """Files to put on the timeline."""
        names, _ = QFileDialog.getOpenFileNames(self, "Import", self.app.settings.window.last_folder, KINDS)
        self.desk.import_files(map(Path, names))

    def ask_open(self) -> None:
        """Another timeline; one that is not saved is asked about."""
        name, _ = QFileDialog.getOpenFileName(self, "Open Timeline", self._folder(), FILM)
        if name and self._may_leave():
            self.desk.film.open(Path(name))

    def _may_leave(self) -> bool:
        """Whether the present timeline may go."""
        if not self.desk.film.modified:
            return True
        words = "The timeline has changes that are not saved. Open another one without them?"
        return QMessageBox.question(self, "Open Timeline", words) == QMessageBox.StandardButton.Yes

    def save(self) -> None:
        """Save under the known name, or ask for one."""
        path = self.desk.film.path
        self.desk.film.save(path) if path else self.ask_save()

    def ask_save(self) -> None:
        """Save under another name."""
        start = self.desk.film.path or Path(self._folder()) / "untitled.film"
        name, _ = QFileDialog.getSaveFileName(self, "Save Timeline", str(start), FILM)
        if name:
            self.desk.film.save(Path(name))

    def ask_missing(self) -> None:
        """The file that the chosen piece misses."""
        name, _ = QFileDialog.getOpenFileName(self, "Find the Missing File", self._folder(), KINDS)
        if name:
            self.desk.film.relink(Path(name))

    def _folder(self) -> str:
        return str(self.app.settings.window.last_folder or Path.home())

    def ask_render(self) -> None:
        """Where to write the timeline, and as what."""
        start = str(Path(self.app.settings.window.last_folder or Path.home()) / "film.mp4")
        name, chosen = QFileDialog.getSaveFileName(self, "Render", start, ";;".join(TARGETS))
        if name:
            suffix, codec = TARGETS.get(chosen, (".mp4", "auto"))
            path = Path(name)
            path = path.with_suffix(suffix) if not suffix or path.suffix.lower() != suffix else path
            self.desk.render(path, Encoding(codec))  # type: ignore[arg-type]

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files can be dropped anywhere in the window."""
        if local_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Put them on the timeline."""
        self.desk.import_files(local_files(event.mimeData()))
        event.acceptProposedAction()

    def showEvent(self, event: QShowEvent) -> None:
        """The canvas may have changed what can be done."""
        super().showEvent(event)
        self.refresh()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop playing; everything else stays as it is."""
        self.player.close()
        super().closeEvent(event)

    def end(self) -> None:
        """Give up renders and end the threads, with the main window."""
        self.close()
        self.desk.close()
        self.viewer.maker.close()
        self.tracks.view.looks.close()
