"""A MIDI keyboard at the piano roll: what is struck is heard, and recorded while recording."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Qt, Signal

from studio.app.music.desk import MusicDesk
from studio.app.music.midi_input import MidiKeyboard, Struck
from studio.app.music.recorder import Recorder
from studio.app.session import App
from studio.model.errors import UserError
from studio.model.melody import Note
from studio.ui.pianoroll.player import Player

LONGEST = 600.0  # seconds that can be recorded beyond the end of the song


class KeysIn(QObject):
    """Keyboard, recorder and player together. `changed`: connected or recording, or no longer."""

    changed = Signal()
    _came = Signal(object)

    def __init__(self, app: App, desk: MusicDesk, player: Player) -> None:
        super().__init__()
        self._app, self._desk, self._player = app, desk, player
        self.keyboard = MidiKeyboard(self._heard)
        self.recorder: Recorder | None = None
        self._came.connect(self._take, Qt.ConnectionType.QueuedConnection)
        player.stopped.connect(self._stopped)

    @property
    def recording(self) -> bool:
        """Whether what is played is kept."""
        return self.recorder is not None

    def connect_keyboard(self) -> None:
        """Listen to the keyboard of the settings, or the first there is. UserError when there is none."""
        name = self.keyboard.connect(self._app.settings.music.midi_input)
        self._app.notices.add("info", f"“{name}” is connected.")
        self.changed.emit()

    def connect_quietly(self) -> None:
        """Listen to a keyboard if there is one."""
        try:
            self.keyboard.connect(self._app.settings.music.midi_input)
        except UserError:
            return
        self.changed.emit()

    def toggle_connection(self) -> None:
        """Connect the keyboard, or let it go."""
        if self.keyboard.connected:
            self.keyboard.close()
            self.changed.emit()
        else:
            self.connect_keyboard()

    def toggle_recording(self, tick: int) -> None:
        """Record from a tick, after the count-in; or stop. UserError without a keyboard."""
        if self.recording:
            self._player.stop()
            return
        if not self.keyboard.connected:
            self.connect_keyboard()
        melody = self._desk.melody
        self.recorder = Recorder(melody, tick, self._desk.song.state.loop)
        try:
            self._player.play(tick, self._app.settings.music.count_in, melody.seconds(tick) + LONGEST)
        except UserError:
            self.recorder = None
            raise
        self.changed.emit()

    def incoming(self) -> tuple[Note, ...]:
        """What has been recorded so far."""
        return self.recorder.so_far(self._player.tick_of(time.perf_counter())) if self.recorder else ()

    def _heard(self, key: Struck) -> None:
        """On the driver's thread: sound at once, the rest on the main thread."""
        self._player.strike(key.pitch, key.velocity)
        self._came.emit(key)

    def _take(self, key: Struck) -> None:
        self._player.open()
        if self.recorder is not None:
            self.recorder.key(key.pitch, key.velocity, self._player.tick_of(key.time))

    def _stopped(self) -> None:
        if self.recorder is not None:
            notes, self.recorder = self.incoming(), None
            self._desk.record(notes)
            self.changed.emit()

    def close(self) -> None:
        """Let the keyboard go."""
        self.keyboard.close()
