"""Where things lie in the track view: times to pixels and back, rows, and what is under the mouse."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from PySide6.QtCore import QPointF, QRectF

from studio.model.latent_path import LatentPath
from studio.model.timeline import Item, Score, Track

RULER, HEAD = 26, 132
ROWS = {"video": 60, "audio": 48}
GAP = 3
HANDLE = 7
NEAREST, FARTHEST = 2000.0, 0.02
MOST_STOPS = 500
Part = Literal["ruler", "head", "body", "start", "end", "empty", "key"]


@dataclass(frozen=True)
class Hit:
    """What lies at a point."""

    part: Part
    track: Track | None = None
    item: Item | None = None
    key: int = -1


@dataclass
class Layout:
    """scale: pixels a second. left: the time at the left edge of the tracks. top: rows are moved up by it."""

    scale: float = 60.0
    left: float = 0.0
    top: float = 0.0

    def x(self, time: Fraction | float) -> float:
        """Pixels from the left edge of the view."""
        return HEAD + (float(time) - self.left) * self.scale

    def time(self, x: float) -> Fraction:
        """The time at a place, never negative."""
        return Fraction(max((x - HEAD) / self.scale + self.left, 0.0)).limit_denominator(1_000_000)

    def rows(self, score: Score) -> list[tuple[Track, float, int]]:
        """(track, top, height) from top to bottom: video tracks from the upmost, then audio tracks."""
        video = [track for track in reversed(score.tracks) if track.kind == "video"]
        audio = [track for track in score.tracks if track.kind == "audio"]
        found, y = [], RULER + GAP - self.top
        for track in (*video, *audio):
            found.append((track, y, ROWS[track.kind]))
            y += ROWS[track.kind] + GAP
        return found

    def height(self, score: Score) -> float:
        """How high all rows are together."""
        return sum(ROWS[track.kind] + GAP for track in score.tracks)

    def rect(self, item: Item, y: float, height: int) -> QRectF:
        """Where an item is drawn."""
        return QRectF(self.x(item.start), y, max(float(item.length) * self.scale, 2.0), height)

    def hit(self, score: Score, point: QPointF) -> Hit:
        """What lies at a point of the view; of two pieces in a cross-fade the later one."""
        if point.y() < RULER:
            return Hit("ruler")
        for track, y, height in self.rows(score):
            if not y <= point.y() < y + height:
                continue
            if point.x() < HEAD:
                return Hit("head", track)
            for item in reversed(track.items):
                rect = self.rect(item, y, height)
                if rect.left() - 2 <= point.x() <= rect.right() + 2:
                    if (key := self.key_at(item, rect, point)) >= 0:
                        return Hit("key", track, item, key)
                    return Hit(part_at(rect, point.x()), track, item)
            return Hit("empty", track)
        return Hit("empty")

    def stops(self, item: Item, path: LatentPath) -> list[tuple[float, int]]:
        """(pixels from the left, index) of each key that an item shows, round after round."""
        first, last = item.source_time(item.start), item.source_time(item.end)
        rounds = range(int(first / path.loop), int(last / path.loop) + 1) if path.loop else range(1)
        found = [
            (stop.at + path.loop * number, index)
            for number in rounds
            for index, stop in enumerate(path.stops)
        ]
        return [
            (self.x(item.start + (at - item.offset) / item.speed), index)
            for at, index in found[:MOST_STOPS]
            if first <= at <= last
        ]

    def key_at(self, item: Item, rect: QRectF, point: QPointF) -> int:
        """The key of a latent path under a point, by its diamond; -1 for none."""
        if item.source.path is None or abs(point.y() - (rect.bottom() - 4)) > HANDLE:
            return -1
        near = [(abs(x - point.x()), index) for x, index in self.stops(item, item.source.path)]
        distance, index = min(near, default=(HANDLE + 1.0, -1))
        return index if distance <= HANDLE else -1

    def zoom(self, factor: float, x: float) -> None:
        """Closer or farther; the time at ``x`` stays where it is."""
        at = float(self.time(x))
        self.scale = min(max(self.scale * factor, FARTHEST), NEAREST)
        self.left = max(0.0, at - (x - HEAD) / self.scale)

    def fit(self, length: Fraction, width: int) -> None:
        """Show a whole timeline."""
        self.left = 0.0
        self.scale = min(max((width - HEAD - 40) / max(float(length), 0.1), FARTHEST), NEAREST)


def part_at(rect: QRectF, x: float) -> Part:
    """A handle at either end of a piece, where it is wide enough to have any; else its body."""
    if rect.width() < 3 * HANDLE:
        return "body"
    if x < rect.left() + HANDLE:
        return "start"
    return "end" if x > rect.right() - HANDLE else "body"
