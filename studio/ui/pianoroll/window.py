"""The music window: tracks, piano roll, velocities, playing and generating."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QFocusEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from studio.app.music import onto_timeline
from studio.app.music.generating import MusicRoom
from studio.app.music.onto_timeline import Unit
from studio.app.session import App
from studio.app.video_desk import VideoDesk
from studio.model.song import Song
from studio.ui.icons import icon
from studio.ui.notices import NoticeBar
from studio.ui.pianoroll.actions import MusicActions
from studio.ui.pianoroll.bars import GenerateBox, TopBar
from studio.ui.pianoroll.change import ChangeDialog
from studio.ui.pianoroll.commands import music_commands
from studio.ui.pianoroll.keys_in import KeysIn
from studio.ui.pianoroll.lane import VelocityLane
from studio.ui.pianoroll.player import Player
from studio.ui.pianoroll.tracks import TrackList
from studio.ui.pianoroll.view import RollView

EXPORTS = "MIDI (*.mid);;MusicXML (*.musicxml);;WAV (*.wav);;FLAC (*.flac);;Ogg Vorbis (*.ogg)"
PLAY_AHEAD = 2  # bars that must have come before they are played while the rest is written


class MusicWindow(QMainWindow):
    """Made when it is first asked for, hidden when it is closed: the song stays."""

    def __init__(
        self, app: App, parent: QWidget | None = None, timeline: Callable[[], VideoDesk] | None = None
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.app, self._timeline = app, timeline
        self.room = MusicRoom(app)
        self.desk = self.room.desk
        self.setWindowIcon(icon("generate"))
        self.setAccessibleName("Music")
        self.setAcceptDrops(True)
        self.view = RollView(self.desk)
        self.player = Player(app, self.desk)
        self.keys_in = KeysIn(app, self.desk, self.player)
        self.actions_ = MusicActions(app, self, self.view, music_commands(self))
        self.tracks = TrackList(self.desk)
        self.generate_box = GenerateBox(self.room, self.actions_)
        self.top = TopBar(self.desk, self.actions_)
        self._lay_out()
        self._connect()
        self.player.warm()
        self.keys_in.connect_quietly()
        self.resize(QSize(1280, 760))
        self.refresh()

    def _lay_out(self) -> None:
        lane = VelocityLane(self.view)
        side = QVBoxLayout()
        side.setSpacing(0)
        side.addWidget(self.tracks, 1)
        side.addWidget(rule())
        side.addWidget(self.generate_box)
        roll = QVBoxLayout()
        roll.setSpacing(0)
        roll.addWidget(self.view, 1)
        roll.addWidget(lane)
        middle = QWidget()
        row = QHBoxLayout(middle)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addLayout(side)
        row.addLayout(roll, 1)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.top)
        column.addWidget(middle, 1)
        self.setCentralWidget(whole)
        self.told = QLabel()
        self.statusBar().addPermanentWidget(self.told)
        self.notices = NoticeBar(self.app.notices, self.app.settings, middle)
        self.view.setFocus()

    def _connect(self) -> None:
        self.desk.changed.connect(self.refresh)
        self.room.state_changed.connect(self.refresh)
        self.room.opened.connect(self._opened)
        self.room.streamed.connect(self._streamed)
        self.player.moved.connect(self._moved)
        self.player.stopped.connect(self._stopped)
        self.keys_in.changed.connect(self.refresh)
        self.view.seek.connect(self._seek)

    def refresh(self) -> None:
        """Title, status line, and what can be done."""
        melody = self.desk.melody
        name = self.room.path.name if self.room.path else (melody.title or "Untitled song")
        self.setWindowTitle(f"{name}[*] - Music - Latent Studio")
        self.setWindowModified(self.desk.song.modified)
        chosen = f"{len(self.desk.selection)} chosen, " if self.desk.selection else ""
        seconds = round(melody.duration)
        keys = f"{self.keys_in.keyboard.name}, " if self.keys_in.keyboard.connected else ""
        self.told.setText(f"{keys}{chosen}{melody.count} notes, {seconds // 60}:{seconds % 60:02d}")
        self.actions_.refresh()

    # playing

    def toggle_play(self) -> None:
        """Play from the cursor, or stop."""
        if self.player.playing:
            self.player.stop()
        else:
            loop = self.desk.song.state.loop
            self.play_from(loop[0] if loop else self.view.playhead or 0)

    def play_from(self, tick: int) -> None:
        """Play from a tick."""
        self.player.play(tick)
        self.refresh()

    def toggle_metronome(self) -> None:
        """Click on the beats, or no longer."""
        self.player.metronome = not self.player.metronome
        if self.player.playing:
            self.player.reload()

    def _seek(self, tick: int) -> None:
        self.view.set_playhead(tick)
        self.desk.cursor = (tick, self.desk.cursor[1])
        if self.player.playing and not self.keys_in.recording:
            self.player.play(tick)

    def record(self) -> None:
        """Record from the playing line on, after the count-in; or stop."""
        loop = self.desk.song.state.loop
        self.keys_in.toggle_recording(loop[0] if loop else self.view.playhead or 0)

    def ask_change(self) -> None:
        """Choose another tempo, meter or key from the cursor's bar on."""
        ChangeDialog(self.desk, self).open()

    def to_timeline(self, unit: Unit) -> None:
        """Put the song as it is heard onto the timeline, marked at its bars or beats."""
        if self._timeline is not None:
            onto_timeline.put(self.desk.song.state.audible(), self._timeline(), unit)

    def _moved(self, tick: int) -> None:
        self.view.set_playhead(tick)
        if self.keys_in.recording:
            self.view.incoming = self.keys_in.incoming()
            self.view.viewport().update()
        self.view.show_tick(tick)

    def _stopped(self) -> None:
        self.view.incoming = ()
        self.view.viewport().update()
        self.actions_.refresh()

    # generating

    def generate(self, mode: str) -> None:
        """Start the network; notes come in as it writes them."""
        self.room.generate(mode)

    def _streamed(self, tick: int) -> None:
        """Notes have come in: show them, and play once there is a little to play."""
        melody = self.desk.melody
        bar = melody.meter_at(0).bar(melody.resolution)
        if tick < bar * PLAY_AHEAD and not self.player.playing:
            self.view.show_pitches()
        if not self.player.playing and self.isActiveWindow() and tick >= bar * PLAY_AHEAD:
            self.player.play(max(0, tick - bar * PLAY_AHEAD))

    def _opened(self) -> None:
        self.view.set_playhead(None)
        self.view.fit()
        self.show()

    # files

    def new_song(self) -> None:
        """Begin an empty song, after asking about changes."""
        if self.may_go():
            self.room.path = None
            self.desk.open(Song())
            self._opened()

    def may_go(self) -> bool:
        """Whether the song may be given up: it is saved, or the person says so."""
        if not self.desk.song.modified or not self.desk.melody.count:
            return True
        ask = QMessageBox.question(
            self,
            "Discard the song?",
            "The song has changes that are not saved.",
            QMessageBox.StandardButton.Discard | QMessageBox.StandardButton.Cancel,
        )
        return ask == QMessageBox.StandardButton.Discard

    def ask_open(self) -> None:
        """Choose a MIDI file to open."""
        name, _ = QFileDialog.getOpenFileName(
            self, "Open MIDI file", self._folder(), "MIDI (*.mid *.midi *.kar)"
        )
        if name and self.may_go():
            self.open_file(Path(name))

    def open_file(self, path: Path) -> None:
        """Open a MIDI file."""
        self._remember(path)
        self.room.open(path)

    def save(self) -> None:
        """Save as MIDI where it came from, or ask."""
        if self.room.path is not None:
            self.room.save(self.room.path)
            return
        start = str(Path(self._folder()) / f"{self.desk.melody.title or 'song'}.mid")
        name, _ = QFileDialog.getSaveFileName(self, "Save as MIDI", start, "MIDI (*.mid)")
        if name:
            self._save_as(Path(name), ".mid")

    def ask_export(self) -> None:
        """Choose where and how to write the song."""
        start = str(Path(self._folder()) / (self.desk.melody.title or "song"))
        name, kind = QFileDialog.getSaveFileName(self, "Export", start, EXPORTS)
        if name:
            self._save_as(Path(name), kind.partition("*")[2].rstrip(")"))

    def _save_as(self, path: Path, suffix: str) -> None:
        path = path if path.suffix else path.with_name(path.name + suffix)
        self._remember(path)
        self.room.save(path)

    def ask_stems(self) -> None:
        """Choose a folder for the stems."""
        name = QFileDialog.getExistingDirectory(self, "Folder for the stems", self._folder())
        if name:
            self.room.save_stems(Path(name))

    def _folder(self) -> str:
        return self.app.settings.window.last_folder or str(Path.home())

    def _remember(self, path: Path) -> None:
        self.app.settings.set("window", "last_folder", str(path.absolute().parent))

    # the window

    def use_tool(self, tool: str) -> None:
        """Draw or select."""
        self.view.tool = tool

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The keyboard belongs to the roll."""
        self.view.setFocus()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take MIDI files."""
        if any(url.toLocalFile().lower().endswith((".mid", ".midi")) for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the file that was dropped."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls()]
        if paths and self.may_go():
            self.open_file(paths[0])

    def closeEvent(self, event: QCloseEvent) -> None:
        """Be quiet; the song stays for the next time."""
        self.player.stop()
        self.player.close()
        self.keys_in.close()
        super().closeEvent(event)


def rule() -> QFrame:
    """A line between two parts."""
    line = QFrame(frameShape=QFrame.Shape.HLine)
    line.setFixedHeight(1)
    return line
