"""The timeline: tracks of clips, pictures and sounds with exact times, and its own history.

Everything is an immutable value but `Timeline` itself, which holds the present `Score` and those before it.
Times are exact fractions of a second.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Literal

from psygnal import Signal

from studio.model.clip import Clip, Sound
from studio.model.easing import Ease, eased
from studio.model.errors import UserError
from studio.model.latent_path import LatentPath
from studio.model.media import Image

Kind = Literal["video", "image", "audio", "latent"]
ZERO = Fraction(0)
ENDLESS = Fraction(10 * 3600)  # seconds a latent path can be drawn out to
MAX_STEPS = 1000


@dataclass(frozen=True)
class Key:
    """A value at a moment of an item, and how the way to the next key begins and ends."""

    at: Fraction
    value: float
    ease: Ease = "linear"


@dataclass(frozen=True, eq=False)
class Source:
    """What an item shows or plays. length: None for pictures, which last as long as one likes."""

    title: str
    kind: Kind
    clip: Clip | None = None
    image: Image | None = None
    sound: Sound | None = None
    length: Fraction | None = None
    path: LatentPath | None = None

    @staticmethod
    def of_clip(clip: Clip, title: str) -> Source:
        """A clip with its sound."""
        return Source(title, "video", clip=clip, sound=clip.sound, length=clip.duration)

    @staticmethod
    def of_image(image: Image, title: str) -> Source:
        """A picture."""
        return Source(title, "image", image=image)

    @staticmethod
    def of_path(path: LatentPath, clip: Clip, title: str) -> Source:
        """A path through a latent space, and the clip that draws it."""
        return Source(title, "latent", clip=clip, length=ENDLESS, path=path)

    @staticmethod
    def of_sound(sound: Sound, length: Fraction, title: str) -> Source:
        """A sound alone."""
        return Source(title, "audio", sound=sound, length=length)


@dataclass(frozen=True)
class Item:
    """A piece of a source on a track.

    start, length: on the timeline. offset: where in the source it begins. speed: source seconds a second.
    fade_in, fade_out: seconds; a fade-in over the end of the item before is a cross-fade. opacity: keys, of
    which the first and last hold outwards; of sound it is the loudness.
    """

    id: int
    source: Source
    start: Fraction
    length: Fraction
    offset: Fraction = ZERO
    speed: Fraction = Fraction(1)
    fade_in: Fraction = ZERO
    fade_out: Fraction = ZERO
    opacity: tuple[Key, ...] = ()

    @property
    def end(self) -> Fraction:
        """When it is over."""
        return self.start + self.length

    def source_time(self, time: Fraction) -> Fraction:
        """The moment of the source that is seen at a time of the timeline."""
        return self.offset + (time - self.start) * self.speed

    def strength(self, time: Fraction) -> float:
        """Opacity or loudness, 0..1, at a time of the timeline: keys times fades."""
        at = time - self.start
        value = keyed(self.opacity, at)
        if self.fade_in and at < self.fade_in:
            value *= float(at / self.fade_in)
        if self.fade_out and self.length - at < self.fade_out:
            value *= float((self.length - at) / self.fade_out)
        return min(max(value, 0.0), 1.0)


@dataclass(frozen=True)
class Track:
    """Items in order of time. Only cross-fades overlap. off: neither seen nor heard."""

    id: int
    kind: Literal["video", "audio"]
    title: str
    items: tuple[Item, ...] = ()
    off: bool = False
    locked: bool = False

    def at(self, time: Fraction) -> Iterator[Item]:
        """The items seen at a time: one, or two during a cross-fade, the earlier one first."""
        for item in self.items[: bisect.bisect_right(self.items, time, key=lambda item: item.start)]:
            if time < item.end:
                yield item


@dataclass(frozen=True)
class Marker:
    """A named moment."""

    at: Fraction
    title: str


@dataclass(frozen=True)
class Score:
    """All that is on the timeline. The first video track is at the bottom."""

    width: int = 1280
    height: int = 720
    rate: Fraction = Fraction(25)
    tracks: tuple[Track, ...] = ()
    markers: tuple[Marker, ...] = ()

    @property
    def length(self) -> Fraction:
        """When the last item is over."""
        return max((item.end for track in self.tracks for item in track.items), default=ZERO)

    def track(self, id: int) -> Track:
        """A track by its id; `UserError` when it is gone."""
        for track in self.tracks:
            if track.id == id:
                return track
        raise UserError("That track is gone.", "Choose another.")

    def find(self, id: int) -> tuple[Track, Item]:
        """An item and its track; `UserError` when it is gone."""
        for track in self.tracks:
            for item in track.items:
                if item.id == id:
                    return track, item
        raise UserError("That piece is gone.", "Choose another.")

    def on_frame(self, time: Fraction) -> Fraction:
        """The nearest beginning of a frame."""
        return round(time * self.rate) / self.rate


@dataclass(frozen=True)
class Step:
    """One step of the history."""

    title: str
    before: Score
    after: Score


class Timeline:
    """The present score, its history, and who is to know of changes. Main thread only."""

    changed: ClassVar[Signal] = Signal()

    def __init__(self, score: Score | None = None) -> None:
        self.score = score or Score()
        self._steps: list[Step] = []
        self._position = 0
        self._next = 1 + max(ids(self.score), default=0)

    def new_id(self) -> int:
        """An id that nothing has or had."""
        self._next += 1
        return self._next - 1

    def edit(self, title: str, change: Callable[[Score], Score], merge: bool = False) -> None:
        """Replace the score by a changed one, as one step. What the change raises leaves all as it was.

        merge: make it part of the last step if that has the same title, for drags.
        """
        before, after = self.score, change(self.score)
        if after is before:
            return
        del self._steps[self._position :]
        if merge and self._steps and self._steps[-1].title == title:
            before = self._steps.pop().before
        self._steps.append(Step(title, before, after))
        del self._steps[:-MAX_STEPS]
        self._position = len(self._steps)
        self._show(after)

    def amend(self, change: Callable[[Score], Score]) -> bool:
        """Change the last steps where they stand, such as an item that grows; whether it could be.

        ``change`` is tried on the present score and on all of the history; it returns a score that does not
        concern it as it is, and what it refuses stays.
        """
        done: dict[int, Score] = {}

        def changed(score: Score) -> Score:
            if id(score) not in done:
                try:
                    done[id(score)] = change(score)
                except UserError:
                    done[id(score)] = score
            return done[id(score)]

        self._steps = [Step(s.title, changed(s.before), changed(s.after)) for s in self._steps]
        before, after = self.score, changed(self.score)
        if after is not before:
            self._show(after)
        return after is not before

    @property
    def undo_title(self) -> str:
        """What undo takes back; empty when there is nothing."""
        return self._steps[self._position - 1].title if self._position else ""

    @property
    def redo_title(self) -> str:
        """What redo does again; empty when there is nothing."""
        return self._steps[self._position].title if self._position < len(self._steps) else ""

    def undo(self) -> None:
        """Take the last step back. Does nothing when there is none."""
        if self._position:
            self._position -= 1
            self._show(self._steps[self._position].before)

    def redo(self) -> None:
        """Do the next undone step again. Does nothing when there is none."""
        if self._position < len(self._steps):
            self._position += 1
            self._show(self._steps[self._position - 1].after)

    def _show(self, score: Score) -> None:
        self.score = score
        self.changed.emit()


def ids(score: Score) -> Iterator[int]:
    """Every id in a score."""
    for track in score.tracks:
        yield track.id
        yield from (item.id for item in track.items)


def keyed(keys: tuple[Key, ...], at: Fraction) -> float:
    """The value between keys at a moment; 1 without any."""
    if not keys:
        return 1.0
    after = bisect.bisect_right(keys, at, key=lambda key: key.at)
    if after == 0 or after == len(keys):
        return keys[min(after, len(keys) - 1)].value if after == 0 else keys[-1].value
    one, other = keys[after - 1], keys[after]
    way = eased(float((at - one.at) / (other.at - one.at)), one.ease)
    return one.value + (other.value - one.value) * way
