"""Playing the timeline: the sound leads, pictures follow it; without a device a clock leads."""

from __future__ import annotations

import threading
import time
from collections import deque
from fractions import Fraction
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from studio.app.video_desk import VideoDesk
from studio.model.clip import SOUND_RATE, Block
from studio.model.errors import UserError
from studio.model.timeline import Score
from studio.model.timeline_render import Mix
from studio.ui.pianoroll.player import open_sink

TICK_MS = 10
AHEAD = SOUND_RATE  # samples that are mixed in advance
BUFFER_MS = 60


class Feeder:
    """Mixes the sound of a score in a thread, a little ahead of what is heard."""

    def __init__(self, score: Score, start: Fraction) -> None:
        self._score, self._start = score, start
        self._blocks: deque[Block] = deque()
        self._held = 0
        self._condition = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._main, name="timeline-sound", daemon=True)
        self._thread.start()

    def _main(self) -> None:
        try:
            for block in Mix(self._score).blocks(self._start):
                with self._condition:
                    self._condition.wait_for(lambda: self._held < AHEAD or self._closed)
                    if self._closed:
                        return
                    self._blocks.append(block)
                    self._held += len(block)
        except UserError:
            return

    def take(self, count: int) -> Block:
        """Up to ``count`` samples; fewer when they are not mixed yet, or at the end."""
        taken: list[Block] = [np.zeros((0, 2), np.float32)]
        with self._condition:
            while count > 0 and self._blocks:
                block = self._blocks.popleft()
                if len(block) > count:
                    self._blocks.appendleft(block[count:])
                    block = block[:count]
                taken.append(block)
                count -= len(block)
                self._held -= len(block)
            self._condition.notify()
        return np.concatenate(taken)

    def close(self) -> None:
        """End the thread."""
        with self._condition:
            self._closed = True
            self._condition.notify()
        self._thread.join()


class Player(QObject):
    """Moves the desk's playhead while it plays. `changed` when it starts or stops."""

    changed = Signal()

    def __init__(self, desk: VideoDesk) -> None:
        super().__init__()
        self._desk = desk
        self._feeder: Feeder | None = None
        self._sink: Any = None
        self._told = False
        self._device: Any = None
        self._begin, self._written, self._clock = Fraction(0), 0, 0.0
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)
        desk.changed.connect(self._score_changed)

    @property
    def playing(self) -> bool:
        """Whether it plays."""
        return self._timer.isActive()

    def toggle(self) -> None:
        """Play from the playhead (from the beginning at the end), or stop."""
        (self.stop if self.playing else self.play)()

    def play(self) -> None:
        """Start. Does nothing on an empty timeline."""
        score = self._desk.score
        if self.playing or not score.length:
            return
        if self._desk.playhead + 1 / score.rate >= score.length:
            self._desk.seek(Fraction(0))
        self._score, self._begin, self._written = score, self._desk.playhead, 0
        self._feeder = Feeder(score, self._begin)
        if self._sink is None:
            self._sink = open_sink(BUFFER_MS)
            if self._sink is None and not self._told:
                self._told = True
                hint = "It plays without sound; what is rendered has it."
                self._desk.app.notices.add("warning", "No audio device was found.", hint)
        self._device = self._sink.start() if self._sink is not None else None
        self._clock = time.perf_counter()
        self._timer.start()
        self.changed.emit()

    def stop(self) -> None:
        """Stop where it is."""
        if not self.playing:
            return
        self._timer.stop()
        if self._sink is not None:
            self._sink.reset()
        if self._feeder is not None:
            self._feeder.close()
        self._feeder = self._device = None
        self.changed.emit()

    def _tick(self) -> None:
        now = self._begin + self._heard()
        if now >= self._desk.score.length:
            self._desk.seek(self._desk.score.length - 1 / self._desk.score.rate)
            self.stop()
            return
        self._desk.seek(self._frame(now))

    def _frame(self, now: Fraction) -> Fraction:
        """The beginning of the frame that is seen now."""
        return (now * self._desk.score.rate).__floor__() / self._desk.score.rate

    def _heard(self) -> Fraction:
        """Seconds since the start: what the device has played, or what the clock says."""
        if self._device is None or self._feeder is None:
            return Fraction(time.perf_counter() - self._clock)
        room = self._sink.bytesFree() // 4
        block = self._feeder.take(room) if room > 0 else np.zeros((0, 2), np.float32)
        if len(block):
            self._device.write((block.clip(-1, 1) * 32767).astype("<i2").tobytes())
            self._written += len(block)
        waiting = (self._sink.bufferSize() - self._sink.bytesFree()) // 4
        return Fraction(max(0, self._written - waiting), SOUND_RATE)

    def _score_changed(self) -> None:
        """An edit while it plays: go on with the new score."""
        if self.playing and self._desk.score is not self._score:
            self.stop()
            self.play()

    def close(self) -> None:
        """Stop, and give the device back."""
        self.stop()
        self._sink = None
