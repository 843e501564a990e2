"""What a timeline looks and sounds like: its pictures put together, its sounds mixed, both as one clip."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from studio.model.clip import SOUND_RATE, Block, Clip, Footage, Frame, Sound
from studio.model.errors import UserError
from studio.model.media import Image
from studio.model.timeline import ZERO, Item, Score, Source, Track
from studio.model.timeline_picture import Renderer

PIECE = SOUND_RATE // 10


@dataclass(frozen=True)
class Pictures:
    """The footage of a rendered score: a frame for each step of its rate."""

    score: Score

    def frames(self, start: Fraction, end: Fraction | None) -> Iterator[Frame]:
        """See `Footage`."""
        rate, length = self.score.rate, self.score.length
        with closing(Renderer()) as renderer:
            for number in range(math.floor(max(start, ZERO) * rate), math.ceil(length * rate)):
                time = number / rate
                if end is not None and time >= end:
                    return
                yield Frame(Image(renderer.frame(self.score, time)), time, 1 / rate)

    def digest(self) -> str:
        """SHA-256 of all its frames."""
        import hashlib

        found = hashlib.sha256()
        for frame in self.frames(ZERO, None):
            found.update(frame.image.digest().encode())
        return found.hexdigest()


@dataclass(frozen=True)
class Excerpt:
    """A part of other footage, as if it were all there is."""

    footage: Footage
    start: Fraction
    end: Fraction

    def frames(self, start: Fraction, end: Fraction | None) -> Iterator[Frame]:
        """See `Footage`."""
        stop = self.end if end is None else min(self.start + end, self.end)
        for frame in self.footage.frames(self.start + max(start, ZERO), stop):
            begin, until = max(frame.time, self.start), min(frame.end, self.end)
            yield Frame(frame.image, begin - self.start, until - begin)

    def digest(self) -> str:
        """That of the footage, and which part."""
        import hashlib

        return hashlib.sha256(f"{self.footage.digest()};{self.start};{self.end}".encode()).hexdigest()


@dataclass(frozen=True)
class SoundExcerpt:
    """A part of a sound. It is in no file as it is, so it is never copied undecoded."""

    sound: Sound
    start: Fraction
    length: Fraction
    path: str = ""

    def blocks(self, start: Fraction = ZERO, end: Fraction | None = None) -> Iterator[Block]:
        """See `Sound`."""
        stop = self.length if end is None else min(end, self.length)
        return self.sound.blocks(self.start + start, self.start + stop)


def whole(sound: Sound | None) -> Sound | None:
    """The sound that an excerpt is of."""
    return whole(sound.sound) if isinstance(sound, SoundExcerpt) else sound


def taken_from(sound: Sound, other: Sound) -> Sound:
    """The same excerpt of another sound."""
    return replace(sound, sound=taken_from(sound.sound, other)) if isinstance(sound, SoundExcerpt) else other


def excerpt(item: Item) -> Clip:
    """The part of its clip that an item shows, at the clip's own speed. UserError when it is no clip."""
    clip = item.source.clip
    if clip is None:
        raise UserError("No clip is chosen.", "Choose one on the timeline.")
    start, length = item.offset, item.length * item.speed
    if not start and length >= clip.duration:
        return clip
    sound = SoundExcerpt(clip.sound, start, length) if clip.sound is not None else None
    footage = Excerpt(clip.footage, start, start + length)
    return Clip(footage, clip.width, clip.height, clip.rate, length, None, sound, drawn=clip.drawn)


class Listener:
    """A sound that is read in order for the most part."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._blocks: Iterator[Block] | None = None
        self._rest = np.zeros((0, 2), np.float32)
        self._at = -1

    def read(self, first: int, count: int) -> Block:
        """``count`` samples from number ``first`` of the source; silence outside it."""
        if first != self._at:
            assert self._source.sound is not None
            self._blocks = self._source.sound.blocks(Fraction(first, SOUND_RATE))
            self._rest = np.zeros((0, 2), np.float32)
        parts, have = [self._rest], len(self._rest)
        while have < count and self._blocks is not None and (block := next(self._blocks, None)) is not None:
            parts.append(block)
            have += len(block)
        joined = np.concatenate(parts)
        self._rest, self._at = joined[count:], first + count
        return np.pad(joined[:count], ((0, max(count - len(joined), 0)), (0, 0)))


class Mix:
    """The sound of a score: everything on tracks that are on, videos' own sound too. See `Sound`."""

    path = ""

    def __init__(self, score: Score) -> None:
        self._score = score
        self._listeners: dict[int, Listener] = {}

    def blocks(self, start: Fraction = ZERO, end: Fraction | None = None) -> Generator[Block]:
        """See `Sound`."""
        at = round(start * SOUND_RATE)
        stop = round((self._score.length if end is None else end) * SOUND_RATE)
        while at < stop:
            count = min(PIECE, stop - at)
            made = np.zeros((count, 2), np.float32)
            for track in self._score.tracks:
                for item in () if track.off else track.items:
                    if item.source.sound is not None:
                        self._add(made, at, track, item)
            yield made.clip(-1, 1)
            at += count

    def _add(self, made: Block, at: int, track: Track, item: Item) -> None:
        """Add what an item gives to the samples from number ``at`` of the timeline."""
        first = max(round(item.start * SOUND_RATE), at)
        last = min(round(item.end * SOUND_RATE), at + len(made))
        if first >= last:
            return
        time, count = Fraction(first, SOUND_RATE), last - first
        listener = self._listeners.setdefault(item.id, Listener(item.source))
        if item.speed == 1:
            samples = listener.read(round(item.source_time(time) * SOUND_RATE), count)
        else:
            samples = stretched(listener, item, time, count)
        ends = [loudness(track, item, t) for t in (time, Fraction(last, SOUND_RATE))]
        ramp = np.linspace(ends[0], ends[1], count, dtype=np.float32)[:, None]
        made[first - at : last - at] += samples * ramp


def stretched(listener: Listener, item: Item, time: Fraction, count: int) -> Block:
    """Samples of an item that is played faster or slower; its pitch goes along."""
    begin = item.source_time(time) * SOUND_RATE
    places = float(begin) + np.arange(count) * float(item.speed)
    first = int(places[0])
    given = listener.read(first, int(places[-1]) - first + 2)
    return np.stack([np.interp(places - first, np.arange(len(given)), side) for side in given.T], 1).astype(
        np.float32
    )


def loudness(track: Track, item: Item, time: Fraction) -> float:
    """How loud an item is: its own strength, less while the next one comes in over it."""
    value = item.strength(time)
    for other in track.items:
        if item.start < other.start < item.end and time > other.start and other.fade_in:
            value *= 1 - min(float((time - other.start) / other.fade_in), 1.0)
    return value


def rendered(score: Score) -> Clip:
    """A score as a clip, ready to be written. UserError when it is empty."""
    if not score.length:
        raise UserError("The timeline is empty.", "Put a clip or a picture on it first.")
    sounding = any(item.source.sound for track in score.tracks if not track.off for item in track.items)
    count = math.ceil(score.length * score.rate)
    sound = Mix(score) if sounding else None
    return Clip(Pictures(score), score.width, score.height, score.rate, count / score.rate, count, sound)
