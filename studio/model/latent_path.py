"""A path through a model's latent space: places at moments, and how one gets from each to the next.

Nothing is drawn here; `studio.app.latent_film` asks the engine for the pictures.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from studio.model.easing import Ease, eased
from studio.model.errors import UserError

Way = Literal["w", "z"]
MAX_STOPS = 2000
USUAL_GAP = Fraction(2)
FINE = 10_000  # parts of a leg that pictures are told apart by


@dataclass(frozen=True)
class Stop:
    """A key: when (seconds), and where: a point of W as text, or a seed where there is none.

    ease: how the way to the next stop begins and ends.
    """

    at: Fraction
    point: str = ""
    seed: int = 0
    ease: Ease = "both"


@dataclass(frozen=True)
class Moment:
    """Between two stops: the index of the one left behind, and how far the next one is, 0..1."""

    leg: int
    share: float


@dataclass(frozen=True)
class LatentPath:
    """Stops in order of time, in the space of a model.

    loop: seconds after which the first stop comes again; 0 for a path that ends at its last. way: "w" runs a
    smooth curve through the styles, "z" an arc (slerp) between the seeds' noise vectors.
    """

    model: str
    stops: tuple[Stop, ...]
    loop: Fraction = Fraction(0)
    way: Way = "w"
    class_: str = ""
    truncation: float = 0.7

    def __post_init__(self) -> None:
        if not 0 < len(self.stops) <= MAX_STOPS:
            raise UserError("A latent path needs at least one key.", f"At most {MAX_STOPS:,} work.")
        if any(one.at >= other.at for one, other in pairwise(self.stops)) or self.stops[0].at < 0:
            raise UserError("Two keys cannot be at the same moment.", "Move one of them.")
        if self.loop and self.loop <= self.stops[-1].at:
            raise UserError("The loop ends before its last key.", "Make it longer.")
        if self.way == "z" and any(stop.point for stop in self.stops):
            raise UserError(
                "Keys that are points have no seed to mix.", "Use keys from seeds, or go through W."
            )

    @property
    def length(self) -> Fraction:
        """Seconds until it has shown everything once."""
        return self.loop or self.stops[-1].at

    def moment(self, time: Fraction) -> Moment:
        """Where one is at a time: held before the first stop, and after the last unless it loops."""
        stops = self.stops
        if self.loop:
            time = time % self.loop
            if time < stops[0].at:
                time += self.loop
        after = bisect.bisect_right(stops, time, key=lambda stop: stop.at)
        if after == 0:
            return Moment(0, 0.0)
        one = stops[after - 1]
        if after == len(stops) and not self.loop:
            return Moment(after - 1, 0.0)
        until = stops[after].at if after < len(stops) else self.loop + stops[0].at
        share = eased(float((time - one.at) / (until - one.at)), one.ease)
        return Moment(after - 1, round(share * FINE) / FINE)

    def around(self, moment: Moment) -> tuple[Stop, Stop, Stop, Stop]:
        """The stops that decide a picture: the one before, the two it lies between, the one after."""
        count = len(self.stops)
        places = range(moment.leg - 1, moment.leg + 3)
        one, two, three, four = (
            self.stops[place % count if self.loop else min(max(place, 0), count - 1)] for place in places
        )
        return one, two, three, four

    def nearest(self, time: Fraction) -> int:
        """The index of the stop nearest to a time."""
        return min(range(len(self.stops)), key=lambda index: abs(self.stops[index].at - time))

    def with_stop(self, stop: Stop) -> LatentPath:
        """With one more stop, in place of one at the same moment; a loop that is too short grows."""
        return self.with_stops([*(other for other in self.stops if other.at != stop.at), stop])

    def without(self, index: int) -> LatentPath:
        """Without a stop. UserError for the last one."""
        return self.with_stops(stop for number, stop in enumerate(self.stops) if number != index)

    def moved(self, index: int, at: Fraction) -> LatentPath:
        """With a stop at another moment."""
        stops = list(self.stops)
        stops[index] = replace(stops[index], at=max(at, Fraction(0)))
        return self.with_stops(stops)

    def with_stops(self, stops: Iterable[Stop]) -> LatentPath:
        """With other stops, put in order."""
        ordered = tuple(sorted(stops, key=lambda stop: stop.at))
        loop = self.loop
        if loop and ordered and ordered[-1].at >= loop:
            loop = ordered[-1].at + self.gap
        return replace(self, stops=ordered, loop=loop)

    @property
    def gap(self) -> Fraction:
        """The usual time between two stops."""
        stops = self.stops
        return (stops[-1].at - stops[0].at) / (len(stops) - 1) if len(stops) > 1 else USUAL_GAP

    def looped(self, on: bool) -> LatentPath:
        """Coming round again after the usual gap, or ending at the last stop."""
        return replace(self, loop=self.stops[-1].at + self.gap if on else Fraction(0))

    def on_beats(self, beats: Sequence[Fraction]) -> LatentPath:
        """With a stop on each beat: the stops there are, in their order, again and again.

        UserError when there are fewer than two beats.
        """
        if len(beats) < 2:
            raise UserError("Fewer than two beats were heard here.", "Choose fewer to leave out.")
        chosen = sorted(set(beats))[:MAX_STOPS]
        stops = [replace(self.stops[i % len(self.stops)], at=beat) for i, beat in enumerate(chosen)]
        return replace(self, stops=tuple(stops), loop=Fraction(0))
