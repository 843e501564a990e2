"""Curves of a run: what its log holds as arrays, smoothed, thinned out, with round numbers on the axes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from studio.engine.runs import Report

Values = NDArray[np.float64]
Point = tuple[float, float]
LOSSES, METRICS, SIGNALS, SPEED = "Losses", "Metrics", "Signals", "Speed"
GROUPS = (LOSSES, METRICS, SIGNALS, SPEED)
SIGNS = frozenset({"real", "fake", "augmented", "norm_g", "norm_d"})
TITLES = {
    "g": "generator",
    "d_real": "discriminator, real",
    "d_fake": "discriminator, made",
    "r1": "gradient penalty, real",
    "r2": "gradient penalty, made",
    "rebuild": "rebuilding",
    "real": "score of real",
    "fake": "score of made",
    "augmented": "share augmented",
    "norm_g": "gradient norm, generator",
    "norm_d": "gradient norm, discriminator",
    "kernel": "kernel distance",
}
MEANINGS = {
    LOSSES: "How well the two networks do against each other; neither need fall. One that rests at zero has "
    "won, and the other learns no more.",
    METRICS: "Kernel distance falls as samples come nearer to your pictures; density and coverage rise to "
    "about 1. Crowding near 0 means copying; variety near 0, that all samples look alike.",
    SIGNALS: "What the discriminator thinks of real and made pictures. Scores that drift far apart mean that "
    "it knows your pictures by heart: more of them, or Augment, would help.",
    SPEED: "Pictures learnt from in a second.",
}
MOST_POINTS = 200_000


@dataclass
class Curves:
    """The reports of one run, by group and quantity: points (images seen, value). Grows as reports come."""

    points: dict[str, dict[str, list[Point]]] = field(default_factory=dict[str, dict[str, list[Point]]])
    last_images: int = -1

    def add(self, reports: Iterable[Report]) -> None:
        """Take in new reports; a run that was set back begins again from where it was set back to."""
        for report in reports:
            if report.images <= self.last_images:
                self.cut(report.images)
            self.last_images = report.images
            for group, name, value in quantities(report):
                if math.isfinite(value):
                    points = self.points.setdefault(group, {}).setdefault(name, [])
                    points.append((report.images, value))
                    del points[:-MOST_POINTS]

    def cut(self, images: float) -> None:
        """Forget what came from so many images on."""
        for group in self.points.values():
            for name, points in group.items():
                group[name] = [point for point in points if point[0] < images]

    def names(self, group: str) -> list[str]:
        """The quantities of a group."""
        return sorted(name for name, points in self.points.get(group, {}).items() if points)

    def of(self, group: str, name: str) -> tuple[Values, Values]:
        """Images and values of one quantity, (n,) each."""
        points = self.points.get(group, {}).get(name, [])
        array = np.asarray(points, np.float64).reshape(-1, 2)
        return array[:, 0], array[:, 1]


def quantities(report: Report) -> Iterator[tuple[str, str, float]]:
    """(group, name, value) of everything a report measures."""
    for name, value in report.losses.items():
        yield (SIGNALS if name in SIGNS else LOSSES), name, value
    for name, value in report.metrics.items():
        yield METRICS, name, value
    yield SPEED, "pictures per second", report.rate


def smoothed(values: Values, amount: float) -> Values:
    """Exponential smoothing, corrected for its start. amount: 0 leaves the values, below 1."""
    if amount <= 0 or len(values) < 2:
        return values
    from scipy.signal import lfilter

    weight = 1 - amount
    total: Values = np.asarray(lfilter([weight], [1, -amount], values), np.float64)
    return total / (1 - amount ** np.arange(1, len(values) + 1))


def thinned(xs: Values, ys: Values, columns: int) -> tuple[Values, Values]:
    """At most four points per column of the screen: first, least, greatest, last, so that no peak is lost."""
    if len(xs) <= 4 * columns or xs[-1] <= xs[0]:
        return xs, ys
    place = ((xs - xs[0]) / (xs[-1] - xs[0]) * (columns - 1)).astype(np.int64)
    starts = np.flatnonzero(np.diff(place, prepend=-1))
    ends = np.append(starts[1:], len(xs))
    keep: set[int] = set()
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        part = ys[start:end]
        keep |= {start, start + int(part.argmin()), start + int(part.argmax()), end - 1}
    chosen = np.array(sorted(keep))
    return xs[chosen], ys[chosen]


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers between two, at most ``most`` + 1 of them."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return []
    rough = (high - low) / max(most, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [number * step for number in range(first, math.floor(high / step + 1e-9) + 1)]


def short(value: float) -> str:
    """A number in few characters: 1.5k, 2M, 0.031."""
    size = abs(value)
    for unit, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if size >= unit:
            return f"{value / unit:.3g}{name}"
    return f"{value:.3g}"
