"""Standard MIDI Files 1.0: read with care, written as type 1.

Read are formats 0 to 2, running status, tempo, meter and key maps, several programs in a track, overlapping
notes (a note-off ends the oldest note of its pitch), SMPTE time. Notes that are never ended last to the end
of their track. What cannot be read is a `UserError`; every size is checked before it is believed.
"""

from __future__ import annotations

import struct
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from studio.model.errors import UserError
from studio.model.melody import MAX_NOTES, MAX_TICK, Key, Melody, Meter, Note, Part, Tempo

MAX_BYTES = 64 << 20
MAX_TRACKS = 4096
DRUMS = 9
DATA_BYTES = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}
PartKey = tuple[int, int, int]  # track, channel, program


class Broken(Exception):
    """The bytes are no MIDI; the text goes into the sentence."""


def read_midi(path: Path) -> Melody:
    """The music of a .mid file. UserError when it cannot be read, is broken or holds no notes."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UserError(f"“{path.name}” cannot be read: {error.strerror}.") from None
    return midi_of(data, path.name)


def midi_of(data: bytes, name: str = "The file") -> Melody:
    """The music in the bytes of a MIDI file; see `read_midi`."""
    if not data:
        raise UserError(f"“{name}” is empty.", "Choose another MIDI file.")
    if len(data) > MAX_BYTES:
        raise UserError(f"“{name}” is too large for a MIDI file.", "At most 64 MiB are read.")
    try:
        melody = Reader(data).read()
    except Broken as error:
        raise UserError(
            f"“{name}” is no sound MIDI file: {error}.", "Export it again where it came from."
        ) from None
    if not melody.count:
        raise UserError(f"“{name}” holds no notes.", "Choose a MIDI file with music in it.")
    return melody


@dataclass
class Found:
    """What has been read so far."""

    notes: dict[PartKey, list[Note]] = field(default_factory=lambda: defaultdict(list))
    names: dict[int, str] = field(default_factory=dict)
    tempos: list[Tempo] = field(default_factory=list)
    meters: list[Meter] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)
    count: int = 0


class Reader:
    """Reads one file. Broken when it cannot be."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.found = Found()

    def read(self) -> Melody:
        """All of it."""
        resolution, factor, micros = self.header()
        tracks = list(self.chunks())
        if not tracks:
            raise Broken("it has no tracks")
        for number, (start, end) in enumerate(tracks):
            Track(self.data, start, end, number, factor, self.found).read()
        found = self.found
        tempos = [Tempo(0, micros)] if micros else found.tempos
        return Melody(
            self.parts(),
            resolution,
            tuple(tempos),
            tuple(found.meters),
            tuple(found.keys),
            found.names.get(0, ""),
        )

    def header(self) -> tuple[int, int, int]:
        """Ticks to the quarter, what to multiply ticks with, and the fixed tempo of SMPTE time (else 0)."""
        if self.data[:4] != b"MThd" or len(self.data) < 14:
            raise Broken("it does not begin with a MIDI header")
        length, form, _, division = struct.unpack(">IHHH", self.data[4:14])
        if length < 6 or form > 2:
            raise Broken("its header is damaged")
        if division & 0x8000:
            return smpte(256 - (division >> 8), division & 0xFF)
        if not division:
            raise Broken("its header gives no ticks to the quarter note")
        return division, 1, 0

    def chunks(self) -> Iterator[tuple[int, int]]:
        """Begin and end of each track."""
        place = 8 + struct.unpack(">I", self.data[4:8])[0]
        count = 0
        while place + 8 <= len(self.data):
            kind, length = (
                self.data[place : place + 4],
                struct.unpack(">I", self.data[place + 4 : place + 8])[0],
            )
            if kind == b"MTrk":
                count += 1
                if place + 8 + length > len(self.data):
                    raise Broken("it is cut off")
                if count > MAX_TRACKS:
                    raise Broken("it has too many tracks")
                yield place + 8, place + 8 + length
            place += 8 + length

    def parts(self) -> tuple[Part, ...]:
        """A part for each track, channel and program that has notes."""
        found = self.found
        return tuple(
            Part(
                tuple(notes), found.names.get(track, ""), 0 if channel == DRUMS else program, channel == DRUMS
            )
            for (track, channel, program), notes in sorted(found.notes.items())
        )


def smpte(frames: int, ticks: int) -> tuple[int, int, int]:
    """Frames a second (29: 29.97) and ticks a frame -> resolution, factor, micros of half a second."""
    if frames not in (24, 25, 29, 30) or not ticks:
        raise Broken("its time code is unknown")
    micros = 500_500 if frames == 29 else 500_000
    a_second = (30 if frames == 29 else frames) * ticks
    return (a_second // 2, 1, micros) if a_second % 2 == 0 else (a_second, 2, micros)


class Track:
    """Reads the events of one track into what was found."""

    def __init__(self, data: bytes, start: int, end: int, number: int, factor: int, found: Found) -> None:
        self.data, self.place, self.end = data, start, end
        self.number, self.factor, self.found = number, factor, found
        self.tick = 0
        self.program = [0] * 16
        self.open: dict[tuple[int, int], deque[tuple[int, int, int]]] = defaultdict(deque)

    def read(self) -> None:
        """All events; notes still sounding end with the track."""
        running = 0  # goes on past meta events and system exclusives: the format says no, files say yes
        while self.place < self.end:
            self.tick += self.number_of() * self.factor
            if self.tick > MAX_TICK // 2:
                raise Broken("its times are beyond all measure")
            status = self.byte() if self.peek() & 0x80 else running
            if not status:
                raise Broken("an event has no kind")
            if status < 0xF0:
                running = status
                self.channel(status)
            elif status == 0xFF:
                if not self.meta():
                    break
            elif status in (0xF0, 0xF7):
                self.skip(self.number_of())
            else:
                raise Broken(f"it has an event of the unknown kind {status:#x}")
        for channel, pitch in list(self.open):
            while self.open[channel, pitch]:
                self.off(channel, pitch)

    def peek(self) -> int:
        """The next byte, which stays."""
        if self.place >= self.end:
            raise Broken("a track ends within an event")
        return self.data[self.place]

    def byte(self) -> int:
        """The next byte."""
        value = self.peek()
        self.place += 1
        return value

    def data_byte(self) -> int:
        """A byte below 128."""
        value = self.byte()
        if value > 127:
            raise Broken("an event is damaged")
        return value

    def number_of(self) -> int:
        """A number of variable length, at most four bytes."""
        value = 0
        for _ in range(4):
            byte = self.byte()
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value
        raise Broken("a number is too long")

    def skip(self, length: int) -> bytes:
        """The next bytes."""
        if self.place + length > self.end:
            raise Broken("a track ends within an event")
        self.place += length
        return self.data[self.place - length : self.place]

    def channel(self, status: int) -> None:
        """A message for a channel: notes and programs count."""
        kind, channel = status & 0xF0, status & 0x0F
        first = self.data_byte()
        second = self.data_byte() if DATA_BYTES[kind] == 2 else 0
        if kind == 0x90 and second:
            self.on(channel, first, second)
        elif kind in (0x80, 0x90):
            self.off(channel, first)
        elif kind == 0xC0:
            self.program[channel] = first

    def on(self, channel: int, pitch: int, velocity: int) -> None:
        """A note begins."""
        self.found.count += 1
        if self.found.count > MAX_NOTES:
            raise Broken(f"it has more than {MAX_NOTES:,} notes")
        self.open[channel, pitch].append((self.tick, velocity, self.program[channel]))

    def off(self, channel: int, pitch: int) -> None:
        """The oldest note of a pitch ends; one that never began is passed over."""
        waiting = self.open[channel, pitch]
        if waiting:
            start, velocity, program = waiting.popleft()
            note = Note(start, pitch, max(1, self.tick - start), velocity)
            self.found.notes[self.number, channel, program].append(note)

    def meta(self) -> bool:
        """A meta event; False at the end of the track."""
        kind = self.byte()
        data = self.skip(self.number_of())
        found = self.found
        if kind == 0x03 and self.number not in found.names:
            found.names[self.number] = text_of(data[:200])
        elif kind == 0x51 and len(data) >= 3 and any(data[:3]):
            found.tempos.append(Tempo(self.tick, int.from_bytes(data[:3], "big")))
        elif kind == 0x58 and len(data) >= 2 and data[0] and data[1] <= 6:
            found.meters.append(Meter(self.tick, data[0], 1 << data[1]))
        elif kind == 0x59 and len(data) >= 2 and data[1] <= 1:
            fifths = data[0] - 256 if data[0] > 127 else data[0]
            minor = data[1] == 1
            found.keys.append(
                Key(self.tick, (fifths * 7 + (9 if minor else 0)) % 12, "minor" if minor else "major")
            )
        return kind != 0x2F


def text_of(data: bytes) -> str:
    """A name: UTF-8 as programs write today, or Latin-1 as they used to."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.strip("\x00 ")


FIFTHS = {"major": 0, "minor": -3, "dorian": -2, "mixolydian": -1}


def fifths_of(key: Key) -> int:
    """Sharps (positive) or flats of a key's signature, -6..6."""
    return (key.tonic * 7 + FIFTHS[key.mode] + 6) % 12 - 6


def midi_bytes(melody: Melody) -> bytes:
    """A type-1 file: the maps in the first track, then a track for each part."""
    fold = -(-melody.resolution // 0x7FFF)
    if fold > 1:
        melody = melody.at_resolution(melody.resolution // fold)
    channels = [channel for channel in range(16) if channel != DRUMS]
    tracks = [conductor(melody)]
    for number, part in enumerate(melody.parts):
        channel = DRUMS if part.drums else channels[number % len(channels)]
        tracks.append(part_track(part, channel))
    head = b"MThd" + struct.pack(">IHHH", 6, 1, len(tracks), melody.resolution)
    return head + b"".join(b"MTrk" + struct.pack(">I", len(track)) + track for track in tracks)


def conductor(melody: Melody) -> bytes:
    """Title, tempo, meter and key."""
    events = [(0, 0, meta(0x03, melody.title.encode()[:200]))] if melody.title else []
    events += [(t.tick, 1, meta(0x51, min(t.micros, 0xFFFFFF).to_bytes(3, "big"))) for t in melody.tempos]
    for meter in melody.meters:
        data = bytes([min(meter.top, 255), meter.bottom.bit_length() - 1, 24, 8])
        events.append((meter.tick, 1, meta(0x58, data)))
    for key in melody.keys:
        minor = key.mode in ("minor", "dorian")  # MIDI knows no other modes; the tonic is kept
        fifths = fifths_of(Key(key.tick, key.tonic, "minor" if minor else "major"))
        events.append((key.tick, 1, meta(0x59, bytes([fifths & 0xFF, int(minor)]))))
    return timed(events)


def part_track(part: Part, channel: int) -> bytes:
    """Name, program and notes; at one tick notes end before others begin."""
    events = [(0, 0, meta(0x03, part.name.encode()[:200]))] if part.name else []
    events.append((0, 1, bytes([0xC0 | channel, part.program])))
    for note in part.notes:
        events.append((note.start, 3, bytes([0x90 | channel, note.pitch, note.velocity])))
        events.append((note.end, 2, bytes([0x80 | channel, note.pitch, 64])))
    return timed(events)


def meta(kind: int, data: bytes) -> bytes:
    """A meta event without its time."""
    return bytes([0xFF, kind]) + variable(len(data)) + data


def timed(events: list[tuple[int, int, bytes]]) -> bytes:
    """(tick, order, bytes) -> a track's content."""
    out, before = bytearray(), 0
    for tick, _, data in sorted(events, key=lambda event: event[:2]):
        out += variable(tick - before) + data
        before = tick
    return bytes(out + variable(0) + meta(0x2F, b""))


def variable(value: int) -> bytes:
    """A number of variable length; at most four bytes, so what is longer is cut to the longest."""
    value = min(value, 0x0FFFFFFF)
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(value & 0x7F | 0x80)
    return bytes(reversed(out))
