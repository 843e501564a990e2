"""Sound out: a sink that is fed every few milliseconds, or a clock where there is no device to hear it."""

from __future__ import annotations

import logging
import threading
import time
from importlib import import_module
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from studio.app.music.desk import MusicDesk
from studio.app.music.playback import Mixer, count_in, note_sound
from studio.app.music.sound import RATE
from studio.app.music.soundfont import soundfont
from studio.app.session import App
from studio.model.errors import UserError
from studio.model.melody import Part

TICK_MS = 10
HELD = 6.0  # seconds that a held key sounds at most
log = logging.getLogger(__name__)


class Player(QObject):
    """Plays the desk's song. `moved(tick)` while it plays, `stopped` when it has ended."""

    moved = Signal(int)
    stopped = Signal()

    def __init__(self, app: App, desk: MusicDesk) -> None:
        super().__init__()
        self._app, self._desk = app, desk
        self.mixer = Mixer()
        self.metronome = False
        self._sink: Any = None
        self._device: Any = None
        self._silent = False
        self._told = False
        self._clock = 0.0
        self._least = 0.0
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._feed)
        self._reload = QTimer(self, interval=150, singleShot=True)
        self._reload.timeout.connect(self.reload)
        desk.changed.connect(self._song_changed)
        desk.auditioned.connect(self.audition)
        self._state = desk.song.state

    def warm(self) -> None:
        """Load what the first note needs on a thread, so that the window does not stand still for it."""
        chosen = self._app.settings.music.soundfont
        threading.Thread(target=load_ahead, args=(chosen,), name="music", daemon=True).start()

    @property
    def playing(self) -> bool:
        """Whether the song is playing."""
        return self.mixer.playing

    @property
    def silent(self) -> bool:
        """Whether it plays without a device to hear it."""
        return self._silent

    def play(self, tick: int, count: int = 0, least: float = 0.0) -> None:
        """Play from a tick, after ``count`` bars of clicks. UserError without a SoundFont.

        least: seconds at which it ends at the earliest, for recording; the metronome clicks then.
        """
        melody = self._desk.melody
        self._least = least
        self.mixer.position = round(melody.seconds(tick) * RATE)
        if self.mixer.position >= round(max(melody.duration, least) * RATE):
            self.mixer.position = 0
        self.reload()
        self.mixer.lead = count_in(melody, tick, count)
        self.open()
        self.mixer.playing = True

    def stop(self) -> None:
        """Be quiet."""
        self.mixer.stop()
        self._least = 0.0
        self.stopped.emit()

    def reload(self) -> None:
        """Take the song as it is now."""
        state = self._desk.song.state
        font = soundfont(self._app.settings.music.soundfont)
        melody = state.audible()
        loop = state.loop
        self.mixer.loop = (
            (round(melody.seconds(loop[0]) * RATE), round(melody.seconds(loop[1]) * RATE)) if loop else None
        )
        least = max(self._least, melody.seconds(loop[1]) if loop else 0.0)
        self.mixer.load(melody, font, self.metronome or bool(self._least), least)

    def audition(self, pitch: int, velocity: int) -> None:
        """Let one note of the edited track be heard; without a SoundFont it stays silent."""
        try:
            font = soundfont(self._app.settings.music.soundfont)
            self.mixer.audition(note_sound(pitch, velocity, self._desk.voice, font))
            self.open()
        except UserError as error:
            if not self._told:
                self._told = True
                self._app.notices.add_exception(error)

    def strike(self, pitch: int, velocity: int) -> None:
        """Let a key sound until it is let go (velocity 0); on any thread. Silent without a SoundFont."""
        self.mixer.release(pitch)
        if velocity:
            try:
                font = soundfont(self._app.settings.music.soundfont)
                self.mixer.audition(note_sound(pitch, velocity, self._desk.voice, font, HELD), pitch)
            except UserError as error:
                log.info("a key stays silent: %s", error)

    def close(self) -> None:
        """Give the device back."""
        self._timer.stop()
        self._reload.stop()
        self.mixer.stop()
        if self._sink is not None:
            self._sink.stop()
            self._sink = self._device = None

    def _song_changed(self) -> None:
        if self._state is not self._desk.song.state:
            self._state = self._desk.song.state
            if self.playing:
                self._reload.start()

    def open(self) -> None:
        """Find the device, once; without one say so, once, and go on by the clock."""
        if self._sink is None and not self._silent:
            self._sink = open_sink(self._app.settings.music.buffer_ms)
            self._silent = self._sink is None
            if self._silent:
                hint = "It plays without sound; export it to hear it elsewhere."
                self._app.notices.add("info", "No audio device was found.", hint)
        if self._sink is not None and self._device is None:
            self._device = self._sink.start()
        if not self._timer.isActive():
            self._clock = time.perf_counter()
            self._timer.start()

    def _feed(self) -> None:
        """Hand over as much sound as there is room for."""
        was = self.mixer.playing
        if self._silent:
            now = time.perf_counter()
            self.mixer.skip(now - self._clock)
            self._clock = now
        elif self._device is not None:
            frames = self._sink.bytesFree() // 4
            if frames > 0:
                audio = self.mixer.read(min(frames, RATE))
                self._device.write((audio * 32767).astype("<i2").tobytes())
        if self.mixer.playing:
            self.moved.emit(self._desk.melody.tick_at(max(0, self.heard) / RATE))
        elif was:
            self.stopped.emit()
        elif not self.mixer.sounding:
            self._timer.stop()

    @property
    def heard(self) -> int:
        """The sample that is heard now: what was handed over less what waits in the device; below the begin
        of playing while it is counted in.
        """
        waiting = 0 if self._sink is None else (self._sink.bufferSize() - self._sink.bytesFree()) // 4
        return self.mixer.position - waiting - len(self.mixer.lead)

    def tick_of(self, moment: float) -> int:
        """The tick that was heard at a moment of `time.perf_counter`; below 0 before the song."""
        now = self._clock if self._silent else time.perf_counter()
        seconds = self.heard / RATE + moment - now
        return self._desk.melody.tick_at(seconds) if seconds > 0 else round(seconds * 1000)


def load_ahead(chosen: str) -> None:
    """Load synthesizer, SoundFont and the sound library; what is missing is told when it is needed."""
    try:
        note_sound(60, 1, Part(), soundfont(chosen), 0.01)
        import_module("PySide6.QtMultimedia")
    except (UserError, ImportError) as error:
        log.info("music is not ready to sound: %s", error)


def open_sink(buffer_ms: int) -> Any:
    """QtMultimedia's sink on the default device, 16-bit stereo; None where there is none."""
    try:
        from PySide6.QtMultimedia import QAudioFormat, QAudioSink, QMediaDevices
    except ImportError:
        return None
    device = QMediaDevices.defaultAudioOutput()
    form = QAudioFormat()
    form.setSampleRate(RATE)
    form.setChannelCount(2)
    form.setSampleFormat(QAudioFormat.SampleFormat.Int16)
    if device.isNull() or not device.isFormatSupported(form):
        return None
    sink = QAudioSink(device, form)
    sink.setBufferSize(int(np.ceil(RATE * buffer_ms / 1000)) * 4)
    return sink
