"""Sound while it plays: the song is rendered in blocks of two seconds on a thread, ahead of the ear.

`read` mixes what is ready with notes that are auditioned and the metronome. It never waits: where nothing is
ready yet, it gives silence and does not move on.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from studio.app.music.sound import RATE, Audio, render
from studio.model.melody import Melody, Note, Part, Tempo

BLOCK = 2.0  # seconds
TAIL = 3.0
LONGEST = 1200.0  # seconds that are held in memory at most
MILLI = 1000  # ticks a second of the music in plain time
GAIN = 0.6
VOICES = 12
RELEASE = RATE // 12  # samples in which a key that is let go fades


def in_seconds(melody: Melody) -> Melody:
    """The same music with a tick for each millisecond, whatever its tempo map."""
    stops = sorted({tick for note in melody.notes() for tick in (note.start, note.end)})
    at = dict(zip(stops, (round(melody.seconds(tick) * MILLI) for tick in stops), strict=True))

    def note(old: Note) -> Note:
        return replace(old, start=at[old.start], duration=max(1, at[old.end] - at[old.start]))

    parts = tuple(replace(part, notes=tuple(map(note, part.notes))) for part in melody.parts)
    return Melody(parts, MILLI, (Tempo(0, 1_000_000),))


def clicks(melody: Melody, end: float) -> list[tuple[float, bool]]:
    """When the metronome clicks, in seconds, and whether on the first of a bar."""
    found: list[tuple[float, bool]] = []
    for bar in melody.bar_lines(melody.tick_at(end)):
        meter = melody.meter_at(bar)
        for tick in range(bar, bar + meter.bar(melody.resolution), meter.beat(melody.resolution)):
            found.append((melody.seconds(tick), tick == bar))
    return found


def click(high: bool) -> Audio:
    """A short blip, (samples, 2)."""
    time = np.arange(RATE // 40) / RATE
    wave = np.sin(2 * np.pi * (1760 if high else 1320) * time) * np.exp(-time * 160) * (0.5 if high else 0.3)
    return np.repeat(wave.astype(np.float32)[:, None], 2, axis=1)


def count_in(melody: Melody, tick: int, bars: int) -> Audio:
    """So many bars of clicks at the tempo and meter of a tick, (samples, 2)."""
    meter, micros = melody.meter_at(tick), melody.tempo_at(tick).micros
    bar, beat = meter.bar(melody.resolution), meter.beat(melody.resolution)
    sample = RATE * micros / melody.resolution / 1_000_000
    out = np.zeros((round(bars * bar * sample), 2), np.float32)
    for place in range(0, bars * bar, beat):
        begin = round(place * sample)
        blip = click(place % bar == 0)[: len(out) - begin]
        out[begin : begin + len(blip)] += blip
    return out


@dataclass
class Voice:
    """A sound that is heard once, from ``place`` on. pitch: of the key that holds it; None: of no key."""

    audio: Audio
    place: int = 0
    pitch: int | None = None


class Mixer:
    """What is heard. ``position``: samples from the begin of the song; ``playing``: whether it moves."""

    def __init__(self) -> None:
        self.position = 0
        self.playing = False
        self.loop: tuple[int, int] | None = None
        self.length = 0
        self.lead: Audio = np.zeros((0, 2), np.float32)
        self._mix: Audio = np.zeros((0, 2), np.float32)
        self._ready = 0
        self._voices: list[Voice] = []
        self._run = 0
        self._lock, self._voicing = threading.Lock(), threading.Lock()

    def load(self, melody: Melody, font: Path, metronome: bool = False, least: float = 0.0) -> None:
        """Take another song (or the same one, changed) and render it from the position on.

        least: seconds that it shall last at least.
        """
        self.length = round(min(max(melody.duration, least), LONGEST) * RATE)
        with self._lock:
            self._run += 1
            run = self._run
            self._mix = np.zeros((self.length + round(TAIL * RATE), 2), np.float32)
            start = max(0, int(self.position / RATE / BLOCK) - 1)
            self._ready = round(start * BLOCK * RATE)
        work = (run, melody, metronome, font, start)
        threading.Thread(target=self._render, args=work, name="music", daemon=True).start()

    def _render(self, run: int, song: Melody, metronome: bool, font: Path, block: int) -> None:
        melody = in_seconds(song)
        beats = clicks(song, self.length / RATE) if metronome else []
        while block * BLOCK * RATE < self.length:
            begin, end = block * BLOCK, (block + 1) * BLOCK
            sound = render(window(melody, begin, end), font) * GAIN
            with self._lock:
                if run != self._run:
                    return
                self._add(sound, round(begin * RATE))
                for time, high in beats:
                    if begin <= time < end:
                        self._add(click(high), round(time * RATE))
                self._ready = round(end * RATE)
            block += 1

    def _add(self, sound: Audio, place: int) -> None:
        room = self._mix[place : place + len(sound)]
        room += sound[: len(room)]

    def stop(self) -> None:
        """Forget the song; whatever renders it ends by itself."""
        with self._lock:
            self._run += 1
            self.playing = False
            self.lead = self.lead[:0]

    def audition(self, audio: Audio, pitch: int | None = None) -> None:
        """Let a sound be heard once, at once; that of a key until `release`."""
        with self._voicing:
            self._voices = [*self._voices[-VOICES + 1 :], Voice(audio * GAIN, 0, pitch)]

    def release(self, pitch: int) -> None:
        """Let the sound of a key fade."""
        with self._voicing:
            for voice in self._voices:
                if voice.pitch == pitch:
                    rest = voice.audio[: voice.place + RELEASE].copy()
                    tail = rest[voice.place :]
                    tail *= np.linspace(1, 0, len(tail), dtype=np.float32)[:, None]
                    voice.audio, voice.pitch = rest, None

    @property
    def sounding(self) -> bool:
        """Whether there is anything to be heard."""
        return self.playing or bool(self._voices)

    @property
    def ready(self) -> bool:
        """Whether the next moment of the song has been rendered."""
        return self._ready > self.position or self.position >= self.length

    def read(self, frames: int) -> Audio:
        """The next samples, (frames, 2) in -1..1."""
        out = np.zeros((frames, 2), np.float32)
        if self.playing:
            self._read_song(out)
        with self._voicing:
            for voice in self._voices:
                part = voice.audio[voice.place : voice.place + frames]
                out[: len(part)] += part
                voice.place += frames
            self._voices = [voice for voice in self._voices if voice.place < len(voice.audio)]
        return out.clip(-1, 1, out=out)

    def _read_song(self, out: Audio) -> None:
        done = min(len(out), len(self.lead))
        out[:done], self.lead = self.lead[:done], self.lead[done:]
        with self._lock:
            while done < len(out):
                end = self.loop[1] if self.loop and self.position < self.loop[1] else self.length
                count = min(len(out) - done, end - self.position, self._ready - self.position)
                if count > 0:
                    out[done : done + count] = self._mix[self.position : self.position + count]
                    done, self.position = done + count, self.position + count
                elif self.loop and self.position >= self.loop[1]:
                    self.position = self.loop[0]
                elif self.position >= self.length:
                    self.playing = False
                    return
                else:
                    return
                if self.loop and self.position == self.loop[1]:
                    self.position = self.loop[0]

    def skip(self, seconds: float) -> None:
        """Move on without sound, where there is no device to hear it."""
        self.read(max(0, round(seconds * RATE)))


def window(melody: Melody, begin: float, end: float) -> Melody:
    """The notes that begin within some seconds, counted from there."""
    low, high = round(begin * MILLI), round(end * MILLI)

    def part(old: Part) -> Part:
        notes = (replace(n, start=n.start - low) for n in old.notes if low <= n.start < high)
        return replace(old, notes=tuple(notes))

    return replace(melody, parts=tuple(map(part, melody.parts)))


def note_sound(pitch: int, velocity: int, part: Part, font: Path, seconds: float = 0.35) -> Audio:
    """One note of a part alone."""
    note = Note(0, pitch, round(seconds * MILLI), velocity)
    alone = Melody((replace(part, notes=(note,)),), MILLI, (Tempo(0, 1_000_000),))
    return render(alone, font, desk="note")[: round((seconds + 1.65) * RATE)]
