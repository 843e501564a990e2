"""The words of the melody model: pitches from the tonic, lengths, and what is known before each note.

Times are ticks, 24 to the quarter note. A tune is bars 0..n: bar 0 holds the upbeat behind a rest (all rest
when there is none), bars 1..n are whole. Bars may be written in any order, so that a gap can be filled with
both its sides known. No torch here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
TICKS = 24
LOW, HIGH = -12, 24  # semitones from the tonic
REST, HOLD = 1000, 1001  # in the place of a pitch: silence; the note of the bar before goes on
METERS = ("4/4", "2/4", "3/4", "6/8", "9/8")
MODES = ("major", "minor", "dorian", "mixolydian")
KINDS = ("reel", "jig", "slip jig", "hornpipe", "strathspey", "air", "tune")
LENGTHS = (2, 3, 4, 6, 8, 9, 12, 18, 24, 30, 36, 42, 48, 60, 66, 72, 84, 96, 108)
PITCHES = 2 + HIGH - LOW + 1  # rest, hold, then LOW..HIGH
MOST_BARS = 50
LONGEST_BAR = 108
LAGS = (-8, -4, -2, -1, 1, 2, 4, 8)  # bars whose same place is looked at
LATE = 1 << 20  # rank of a bar that is not written yet
P, L = PITCHES + 1, len(LENGTHS) + 1  # each with one more word: not known, none
COLUMNS = (P, L, P, P, LONGEST_BAR, MOST_BARS + 1, MOST_BARS + 1, MOST_BARS + 1, 9)
COLUMNS += (len(KINDS), len(METERS), len(MODES), *(P for _ in LAGS), *(L for _ in LAGS))
ALIKE = 5  # how a bar compares with another one; see `Board.alike`
COLUMNS += tuple(ALIKE for _ in LAGS)
"""How many words each column of a context has; see `Board.contexts`."""

Note = tuple[int, int]
Bar = list[Note]


def bar_ticks(meter: str) -> int:
    """Length of a bar: "6/8" -> 72."""
    top, bottom = map(int, meter.split("/"))
    return top * 4 * TICKS // bottom


def pitch_word(pitch: int) -> int:
    """Semitones from the tonic, REST or HOLD -> word."""
    return pitch - REST if pitch >= REST else pitch - LOW + 2


def pitch_of(word: int) -> int:
    """Word -> semitones from the tonic, REST or HOLD."""
    return REST + word if word < 2 else word - 2 + LOW


@dataclass(frozen=True)
class Frame:
    """What a tune shall be: indices into KINDS, METERS, MODES, and the number of whole bars, 1..50."""

    kind: int
    meter: int
    mode: int
    bars: int

    @property
    def full(self) -> int:
        """Ticks of a bar."""
        return bar_ticks(METERS[self.meter])


class Board:
    """Tunes being written side by side: what sounds where, and in which order their bars were written."""

    def __init__(self, frames: Sequence[Frame]) -> None:
        shape = (len(frames), MOST_BARS + 1, LONGEST_BAR)
        self.frames = tuple(frames)
        self.sound = np.full(shape, PITCHES, np.int16)
        self.onset = np.full(shape, len(LENGTHS), np.int16)
        self.rank = np.full(shape[:2], LATE, np.int32)
        self.full = np.array([frame.full for frame in frames])
        self.bars = np.array([frame.bars for frame in frames])
        self.about = np.array([(frame.kind, frame.meter, frame.mode) for frame in frames])

    def write(self, row: int, bar: int, place: int, pitch: int, length: int) -> None:
        """Put one note (words) at a place; a held one sounds like the end of the bar before."""
        end = place + LENGTHS[length]
        if pitch == 1:
            before = self.sound[row, bar - 1, self.full[row] - 1] if bar else 0
            sounding = before if before < PITCHES else 0
        else:
            sounding = pitch
        self.sound[row, bar, place:end] = sounding
        self.onset[row, bar, place] = length

    def contexts(self, rows: Array, bars: Array, places: Array, last: Array) -> Array:
        """What is known before each of M notes, (M, len(COLUMNS)) int64.

        rows, bars, places: (M,) which tune, bar and tick; last: (M, 2) words of the note written before.
        Columns: that pitch and length; what sounds just before in time; what the next bar begins with; the
        tick; bar; bars to come; bars in all; place in eight bars; kind; meter; mode; then, for each lag, what
        sounds at the same place so many bars away, how long a note begins there, and `alike`.
        """
        mine, n = self.rank[rows, bars], self.bars[rows]
        inside = places > 0
        earlier = np.where(inside, bars, bars - 1)
        tick = np.where(inside, places - 1, self.full[rows] - 1)
        before = self._sound(rows, earlier, tick, mine, inside)
        after = self._sound(rows, bars + 1, np.zeros_like(places), mine, None)
        eight = np.where(bars == 0, 8, (bars - 1) % 8)
        head = [last[:, 0], last[:, 1], before, after, places, bars, n - bars, n, eight]
        kinds = list(self.about[rows].T)
        near = [self._sound(rows, bars + lag, places, mine, None) for lag in LAGS]
        lengths = [self._onset(rows, bars + lag, places, mine) for lag in LAGS]
        same = [self.alike(rows, bars, places, lag) for lag in LAGS]
        return np.stack([*head, *kinds, *near, *lengths, *same], axis=1).astype(np.int64)

    def alike(self, rows: Array, bars: Array, places: Array, lag: int) -> Array:
        """How the bars so far compare with those ``lag`` bars away: 0 that one is not known, 1 they differ,
        2 they are the same so far; at the begin of a bar 3 or 4: the bars before were the same, or not.
        """
        mine, ticks = self.rank[rows, bars], np.arange(LONGEST_BAR)[None]
        there, known = bars + lag, self._known(rows, bars + lag, mine)
        same = (self._equal(rows, bars, there) | (ticks >= places[:, None])).all(1)
        before = self._known(rows, bars - 1, mine) & self._known(rows, there - 1, mine)
        before &= self._equal(rows, bars - 1, there - 1).all(1)
        return np.where(known, np.where(places > 0, np.where(same, 2, 1), np.where(before, 3, 4)), 0)

    def _equal(self, rows: Array, one: Array, other: Array) -> Array:
        """(M, ticks): where two bars sound and begin alike."""
        a, b = one.clip(0, MOST_BARS), other.clip(0, MOST_BARS)
        return (self.sound[rows, a] == self.sound[rows, b]) & (self.onset[rows, a] == self.onset[rows, b])

    def _known(self, rows: Array, bars: Array, mine: Array) -> Array:
        there = (bars >= 0) & (bars <= self.bars[rows])
        return there & (self.rank[rows, bars.clip(0, MOST_BARS)] < mine)

    def _sound(self, rows: Array, bars: Array, ticks: Array, mine: Array, own: Array | None) -> Array:
        known = self._known(rows, bars, mine)
        known = known if own is None else known | own
        return np.where(known, self.sound[rows, bars.clip(0, MOST_BARS), ticks], PITCHES)

    def _onset(self, rows: Array, bars: Array, ticks: Array, mine: Array) -> Array:
        known = self._known(rows, bars, mine)
        return np.where(known, self.onset[rows, bars.clip(0, MOST_BARS), ticks], len(LENGTHS))


def length_mask(room: Array) -> Array:
    """(M,) ticks left in the bar -> (M, lengths) bool: the lengths that fit and leave no single tick."""
    left = np.asarray(room)[:, None] - np.array(LENGTHS)[None]
    return (left >= 0) & (left != 1)


def pitch_mask(places: Array, bars: Array) -> Array:
    """(M, PITCHES) bool: a note can only be held over from the bar before at the begin of a bar."""
    allowed = np.ones((len(places), PITCHES), bool)
    allowed[:, 1] = (places == 0) & (bars > 0)
    return allowed


def words_of(bars: Sequence[Sequence[Note]]) -> list[Bar]:
    """Bars of (pitch from the tonic, ticks) -> bars of words. ValueError for a length without a word."""
    return [[(pitch_word(pitch), LENGTHS.index(ticks)) for pitch, ticks in bar] for bar in bars]


def notes_of(bars: Sequence[Sequence[Note]]) -> list[Bar]:
    """The way back from words."""
    return [[(pitch_of(pitch), LENGTHS[length]) for pitch, length in bar] for bar in bars]
