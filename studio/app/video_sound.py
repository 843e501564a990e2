"""The sound of a file being written: copied packet by packet where possible, encoded otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from studio.model.clip import SOUND_RATE, Sound
from studio.model.clip_sound import FileSound, listening
from studio.model.errors import UserError

COPIED: dict[str, tuple[str, ...]] = {
    "mp4": ("aac", "mp3"),
    "mov": ("aac", "mp3", "pcm_s16le"),
    "matroska": ("aac", "mp3", "opus", "vorbis", "flac", "pcm_s16le"),
    "webm": ("opus", "vorbis"),
}
PIECE = 1024  # samples encoded at once


class SoundTrack(Protocol):
    """What the writer of a file does with its sound."""

    def until(self, time: Fraction) -> None:
        """Write the sound up to a time."""
        ...

    def finish(self) -> None:
        """Write the rest and let go of everything."""
        ...


def sound_track(container: Any, form: str, sound: Sound | None) -> SoundTrack:
    """The way for a sound into a kind of file."""
    if sound is None:
        return Silence()
    if isinstance(sound, FileSound):
        copied = Copied.of(container, form, sound)
        if copied is not None:
            return copied
    return Encoded(container, "libopus" if form == "webm" else "aac", sound)


class Silence:
    """No sound at all."""

    def until(self, time: Fraction) -> None:
        """Nothing to write."""

    def finish(self) -> None:
        """Nothing to write."""


class Copied:
    """Packets taken over as they are."""

    @staticmethod
    def of(container: Any, form: str, sound: FileSound) -> Copied | None:
        """A copying track, or None when the file cannot hold that codec, or the sound cannot be read."""
        undo = ExitStack()
        try:
            source = undo.enter_context(listening(Path(sound.path)))
        except UserError:
            return None
        stream = source.streams.audio[0]
        if stream.codec_context.name.removesuffix("float") not in COPIED[form]:
            undo.close()
            return None
        return Copied(container, source, undo, sound.origin)

    def __init__(self, container: Any, source: Any, undo: ExitStack, origin: Fraction) -> None:
        self._container, self._undo = container, undo
        given = source.streams.audio[0]
        self._out = container.add_stream_from_template(given)
        self._unit: Fraction = given.time_base
        self._shift = round(origin / self._unit)
        self._packets: Iterator[Any] = iter(source.demux(given))
        self._next: Any = None

    def until(self, time: Fraction) -> None:
        """See `SoundTrack`."""
        while (packet := self._peek()) is not None and packet.pts * self._unit <= time:
            packet.stream = self._out
            self._container.mux(packet)
            self._next = None

    def _peek(self) -> Any:
        from av.error import FFmpegError

        while self._next is None:
            try:
                packet = next(self._packets)
            except (StopIteration, FFmpegError):
                return None
            if packet.pts is None or packet.size == 0:
                continue
            packet.pts -= self._shift
            packet.dts = packet.pts
            if packet.pts + (packet.duration or 0) >= 0:  # the one before 0 is the run-up of AAC
                self._next = packet
        return self._next

    def finish(self) -> None:
        """See `SoundTrack`."""
        self._undo.close()


class Encoded:
    """Samples encoded anew."""

    def __init__(self, container: Any, codec: str, sound: Sound) -> None:
        import av

        self._container = container
        self._stream = container.add_stream(codec, rate=SOUND_RATE, layout="stereo")
        self._stream.bit_rate = 192_000
        self._sound, self._at = sound, 0
        self._resampler = av.AudioResampler(self._stream.codec_context.format.name, "stereo", SOUND_RATE)

    def until(self, time: Fraction) -> None:
        """See `SoundTrack`."""
        end = round(time * SOUND_RATE)
        if end <= self._at:
            return
        start = Fraction(self._at, SOUND_RATE)
        for block in self._sound.blocks(start, Fraction(end, SOUND_RATE)):
            for first in range(0, len(block), PIECE):
                self._encode(block[first : first + PIECE])

    def _encode(self, samples: Any) -> None:
        import av

        planar = np.ascontiguousarray(samples.T.clip(-1, 1))
        frame = av.AudioFrame.from_ndarray(planar, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, self._at, Fraction(1, SOUND_RATE)
        self._at += planar.shape[1]
        for ready in self._resampler.resample(frame):
            self._container.mux(self._stream.encode(ready))

    def finish(self) -> None:
        """See `SoundTrack`."""
        for ready in self._resampler.resample(None):
            self._container.mux(self._stream.encode(ready))
        self._container.mux(self._stream.encode(None))
