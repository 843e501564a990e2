"""What a timeline looks like at a time: its pictures put together."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from studio.model.clip import Clip, Frame, Pixels, Sought, fitted
from studio.model.timeline import ZERO, Item, Score, Source

AHEAD = Fraction(1)  # seconds that are decoded rather than jumped over
SOON = Fraction(2, 5)  # seconds that are decoded in no time
DRAWN_AHEAD = Fraction(1, 10)  # where any frame costs as much as the next one
CURSORS = 8  # clips that are kept open
Size = tuple[int, int]
Steps = Generator[None, None, Pixels]
Glimpse = Callable[[Clip, Fraction], tuple[Pixels, Fraction] | None]


class Cursor:
    """A clip that is looked at in order for the most part: what comes next is decoded, not sought."""

    def __init__(self, clip: Clip) -> None:
        self._clip = clip
        self._frames: Iterator[Frame] | None = None
        self._frame: Frame | None = None
        self._complete = ZERO  # from here on no frame is left out
        self._fitted: tuple[Frame, Size, Pixels] | None = None

    def soon(self, time: Fraction) -> bool:
        """Whether the frame at a time is the one at hand or one of the next."""
        return self._frame is not None and time < self._frame.end + SOON and self._serves(time)

    def _serves(self, time: Fraction) -> bool:
        """Whether going on from here leads to a time soon enough."""
        ahead = DRAWN_AHEAD if self._clip.drawn else AHEAD
        held = self._frame
        if held is None or not max(held.time, self._complete) <= time:
            return False
        return time < max(held.end, self._complete) + ahead

    def steps(self, time: Fraction) -> Generator[None, None, Frame]:
        """The frame seen at a moment, the first or last one outside; yields after each frame on the way.

        Closed early, it goes on from there the next time.
        """
        time = max(time, ZERO)
        if not self._serves(time):
            self.close()
            footage = self._clip.footage
            self._frames = footage.approach(time) if isinstance(footage, Sought) else self._clip.frames(time)
            self._frame, self._complete = next(self._frames, None), time
        while (held := self._frame) is not None and held.end <= time and self._frames is not None:
            yield
            following = next(self._frames, None)
            if following is None:
                break
            self._frame = following
        if self._frame is None:
            self._frame = Frame(self._clip.frame_at(time), time, self._clip.duration + 1)
        self._complete = min(self._complete, self._frame.time)
        return self._frame

    def fitted(self, time: Fraction, size: Size) -> Steps:
        """The picture at a moment, (h, w, 3 or 4), as large as fits into (width, height)."""
        frame = yield from self.steps(time)
        if self._fitted is None or self._fitted[0] is not frame or self._fitted[1] != size:
            self._fitted = frame, size, frame.within(size)
        return self._fitted[2]

    def close(self) -> None:
        """Let go of the file."""
        if isinstance(self._frames, Generator):
            self._frames.close()
        self._frames = self._frame = None


class Renderer:
    """Frames of a score, one by one. Belongs to the thread that uses it; close it afterwards."""

    def __init__(self) -> None:
        self._cursors: OrderedDict[int, tuple[Source, Cursor]] = OrderedDict()
        self._stills: OrderedDict[tuple[int, Size], tuple[Source, Pixels]] = OrderedDict()

    def frame(self, score: Score, time: Fraction, size: Size | None = None) -> Pixels:
        """(H, W, 3): all video tracks at a time, over black; size: (width, height), the score's if None."""
        return ended(self.steps(score, time, size))

    def steps(self, score: Score, time: Fraction, size: Size | None = None) -> Steps:
        """The same in steps, between which it may be given up."""
        size = size or (score.width, score.height)
        made = np.zeros((size[1], size[0], 3), np.uint8)
        for item in seen(score, time):
            lay(made, (yield from self._picture(item, time, size)), item.strength(time))
        return made

    def soon(self, score: Score, time: Fraction) -> bool:
        """Whether a frame needs no jump in any clip."""
        return all(
            item.source.clip is None or self._cursor(item.id, item.source).soon(item.source_time(time))
            for item in seen(score, time)
        )

    def rough(
        self, score: Score, time: Fraction, size: Size, glimpse: Glimpse
    ) -> tuple[Pixels, Fraction] | None:
        """About what is seen at a time, from small pictures of its clips, and how far off that is.

        None when there is none of some clip.
        """
        made, off = np.zeros((size[1], size[0], 3), np.uint8), ZERO
        for item in seen(score, time):
            if item.source.clip is None:
                lay(made, self._still(item.source, size), item.strength(time))
            elif (found := glimpse(item.source.clip, item.source_time(time))) is not None:
                lay(made, enlarged(found[0], size), item.strength(time))
                off = max(off, found[1] / item.speed)
            else:
                return None
        return made, off

    def _picture(self, item: Item, time: Fraction, size: Size) -> Steps:
        if item.source.clip is not None:
            return (yield from self._cursor(item.id, item.source).fitted(item.source_time(time), size))
        return self._still(item.source, size)

    def _still(self, source: Source, size: Size) -> Pixels:
        assert source.image is not None
        key = (id(source), size)
        if key not in self._stills:
            self._stills[key] = source, fitted(source.image, size)
            if len(self._stills) > CURSORS:
                self._stills.popitem(last=False)
        return self._stills[key][1]

    def _cursor(self, number: int, source: Source) -> Cursor:
        kept = self._cursors.pop(number, None)
        if kept is None or kept[0] is not source:
            assert source.clip is not None
            kept = source, Cursor(source.clip)
        self._cursors[number] = kept
        while len(self._cursors) > CURSORS:
            self._cursors.popitem(last=False)[1][1].close()
        return kept[1]

    def close(self) -> None:
        """Let go of all files."""
        for _, cursor in self._cursors.values():
            cursor.close()
        self._cursors.clear()


def seen(score: Score, time: Fraction) -> Iterator[Item]:
    """What is seen at a time, from the bottom up."""
    for track in score.tracks:
        if track.kind == "video" and not track.off:
            yield from track.at(time)


def ended(steps: Steps) -> Pixels:
    """What steps lead to."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def enlarged(pixels: Pixels, size: Size) -> Pixels:
    """A small picture as large as fits into (width, height)."""
    from PIL import Image as Pillow

    scale = min(size[0] / pixels.shape[1], size[1] / pixels.shape[0])
    inner = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    return np.asarray(Pillow.fromarray(pixels).resize(inner, Pillow.Resampling.BILINEAR))


def lay(ground: Pixels, picture: Pixels, strength: float) -> None:
    """Lay a picture on the middle of the ground, in place."""
    high, wide = picture.shape[:2]
    top, left = (ground.shape[0] - high) // 2, (ground.shape[1] - wide) // 2
    area = ground[top : top + high, left : left + wide]
    if picture.shape[2] == 3 and strength >= 1:
        area[...] = picture
    elif strength > 0:
        alpha: Any = np.float32(strength)
        if picture.shape[2] == 4:
            alpha = picture[..., 3:].astype(np.float32) * np.float32(strength / 255)
        mixed = area + (picture[..., :3].astype(np.float32) - area) * alpha
        area[...] = (mixed + 0.5).astype(np.uint8)
