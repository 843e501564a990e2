"""Where notes and beats begin in a sound: peaks of the spectral flux.

After Dixon, "Onset detection revisited" (DAFx 2006): the half-wave rectified rise of a compressed spectrum
from window to window, and of it the peaks that stand out from their surroundings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from studio.model.clip import SOUND_RATE, Block

HOP = 256  # samples between two windows: 5.3 ms
WINDOW = 1024
NEAR, WIDE = 6, 40  # windows in which a peak is the highest; over which the mean is taken
RISE = 1.6  # times the mean around it
FLOOR = 0.12  # of the highest flux
COMPRESSION = 100.0
MAX_SECONDS = 4 * 3600
Curve = NDArray[np.float32]


def flux(blocks: Iterable[Block]) -> Iterator[float]:
    """How much the spectrum rises from each window to the next. Blocks: (n, 2) samples, SOUND_RATE a second.

    Number i belongs to the window that begins i * HOP samples into the sound.
    """
    shape = np.hanning(WINDOW).astype(np.float32)
    rest, last = np.zeros(WINDOW, np.float32), np.zeros(WINDOW // 2 + 1, np.float32)
    for block in blocks:
        rest = np.concatenate([rest, block.mean(axis=1, dtype=np.float32)])
        count = (len(rest) - WINDOW) // HOP
        for number in range(max(count, 0)):
            window = rest[number * HOP : number * HOP + WINDOW]
            now = np.log1p(COMPRESSION * np.abs(np.fft.rfft(window * shape)) / WINDOW)
            yield float(np.maximum(now - last, 0).sum())
            last = now
        rest = rest[max(count, 0) * HOP :]


def onsets(blocks: Iterable[Block]) -> list[Fraction]:
    """Seconds at which something begins to sound, in order, to within a hundredth."""
    found: list[float] = []
    for value in flux(blocks):
        found.append(value)
        if len(found) * HOP > MAX_SECONDS * SOUND_RATE:
            break
    curve = np.asarray(found, np.float32)
    return [Fraction(max(int(peak) * HOP - WINDOW // 4, 0), SOUND_RATE) for peak in peaks(curve)]


def peaks(curve: Curve) -> NDArray[np.intp]:
    """Indices where a curve is highest within NEAR, and clearly above its mean within WIDE."""
    if not len(curve) or float(curve.max()) <= 1e-3:
        return np.zeros(0, np.intp)
    around = np.lib.stride_tricks.sliding_window_view(np.pad(curve, NEAR), 2 * NEAR + 1).max(axis=1)
    sums = np.concatenate([[0.0], np.cumsum(np.pad(curve, WIDE), dtype=np.float64)])
    mean = (sums[2 * WIDE + 1 :] - sums[: len(curve)]) / (2 * WIDE + 1)
    high = (curve >= around) & (curve > RISE * mean) & (curve > FLOOR * curve.max())
    places = np.flatnonzero(high)
    return places[np.diff(places, prepend=-2 * NEAR) > NEAR]
