"""Frames of a timeline for someone who looks at it: something at once, then the frame itself."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from studio.model.clip import Clip, Pixels
from studio.model.clip_glimpse import SECTION, Glimpses
from studio.model.timeline import Score
from studio.model.timeline_picture import Renderer, Size

HELD = 128 << 20  # bytes of whole frames kept
NEAR = Fraction(1)  # seconds: for smaller jumps a frame from farther off is not worth a flash
FARTHEST = Fraction(600)  # seconds from the playhead for which small pictures are made
Key = tuple[int, Fraction, Size]


@dataclass(frozen=True, eq=False)
class Look:
    """A picture (H, W, 3). exact: whether it is the frame itself, or a rough one that comes before it."""

    pixels: Pixels
    exact: bool


class Scrubber:
    """Belongs to one thread; close it afterwards."""

    def __init__(self) -> None:
        self._renderer, self._glimpses = Renderer(), Glimpses()
        self._kept: OrderedDict[Key, tuple[Score, Pixels]] = OrderedDict()
        self._bytes = 0
        self._shown: tuple[Score, Fraction] | None = None

    def looks(self, score: Score, time: Fraction, size: Size) -> Iterator[Look | None]:
        """A rough picture if the frame takes long, then the frame; None now and then on the way.

        It may be given up at any of them. UserError when there is nothing to see.
        """
        key = id(score), time, size
        if key not in self._kept:
            if not self._renderer.soon(score, time) and (rough := self._rough(score, time, size)):
                yield rough
            steps = self._renderer.steps(score, time, size)
            while True:
                try:
                    yield next(steps)
                except StopIteration as end:
                    self._keep(key, score, end.value)
                    break
        self._kept.move_to_end(key)
        self._shown = score, time
        yield Look(self._kept[key][1], True)

    def _rough(self, score: Score, time: Fraction, size: Size) -> Look | None:
        """A rough picture, unless the time is near the frame seen last, and that one is no farther off."""
        found = self._renderer.rough(score, time, size, self._glimpses.at)
        if found is None:
            return None
        pixels, off = found
        if self._shown and self._shown[0] is score and abs(self._shown[1] - time) <= min(off, NEAR):
            return None
        self._shown = score, time - off
        return Look(pixels, False)

    def _keep(self, key: Key, score: Score, pixels: Pixels) -> None:
        self._kept[key] = score, pixels
        self._bytes += pixels.nbytes
        while self._bytes > HELD and len(self._kept) > 1:
            self._bytes -= self._kept.popitem(last=False)[1][1].nbytes

    def prepare(self, score: Score, time: Fraction) -> Iterator[None]:
        """Make small pictures of what lies around a time, the nearest first; may be given up at any step."""
        return self._glimpses.make(around(score, time))

    def close(self) -> None:
        """Let go of all files."""
        self._renderer.close()
        self._glimpses.close()


def around(score: Score, time: Fraction) -> list[tuple[Clip, int]]:
    """The sections of clips that are seen near a time, the nearest first."""
    found: list[tuple[Fraction, Clip, int]] = []
    for item in (item for track in score.tracks if track.kind == "video" for item in track.items):
        clip = item.source.clip
        begin, end = max(item.start, time - FARTHEST), min(item.end, time + FARTHEST)
        if clip is None or begin >= end:
            continue
        first, last = (item.source_time(t) / SECTION for t in (begin, end))
        for number in range(math.floor(first), math.ceil(last)):
            middle = item.start + ((number + Fraction(1, 2)) * SECTION - item.offset) / item.speed
            found.append((abs(middle - time), clip, number))
    return [(clip, number) for _, clip, number in sorted(found, key=lambda place: place[0])]
