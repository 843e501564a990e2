"""What sets of tunes are like, as numbers that can be compared.

Histograms are compared by the Jensen-Shannon divergence to base 2 (0: the same, 1: nothing in common) and by
their overlap (1: the same).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from studio.nets.melody_code import HOLD, LENGTHS, MODES, REST, Bar, Frame, notes_of

Array = np.ndarray[Any, Any]
Tune = tuple[Frame, Sequence[Bar]]
SCALES = {
    "major": {0, 2, 4, 5, 7, 9, 11},
    "minor": {0, 2, 3, 5, 7, 8, 10, 11},
    "dorian": {0, 2, 3, 5, 7, 9, 10},
    "mixolydian": {0, 2, 4, 5, 7, 9, 10},
}
WIDEST = 12  # semitones of an interval that are told apart
FARTHEST = 16  # bars back to an equal one that are told apart
RUN = 8  # notes


def notes(tune: Tune) -> list[tuple[int, int]]:
    """(semitones from the tonic, ticks) of every note, held ones joined, rests left out."""
    found: list[tuple[int, int]] = []
    for bar in notes_of(tune[1]):
        for pitch, ticks in bar:
            if pitch == HOLD and found:
                found[-1] = (found[-1][0], found[-1][1] + ticks)
            elif pitch < REST:
                found.append((pitch, ticks))
    return found


def histograms(tunes: Iterable[Tune]) -> dict[str, Array]:
    """Counts of pitch classes from the tonic, of intervals, of note lengths, and of bars by how far back
    their last equal stands (0: nowhere, 1..16, farther).
    """
    classes, intervals, lengths = np.zeros(12), np.zeros(2 * WIDEST + 1), Counter[int]()
    back = np.zeros(FARTHEST + 2)
    for tune in tunes:
        for lag in lags(tune):
            back[min(lag, FARTHEST + 1)] += 1
        found = notes(tune)
        for pitch, ticks in found:
            classes[pitch % 12] += 1
            lengths[min(LENGTHS, key=lambda length: abs(length - ticks))] += 1
        for (a, _), (b, _) in pairwise(found):
            intervals[int(np.clip(b - a, -WIDEST, WIDEST)) + WIDEST] += 1
    return {
        "pitch classes": classes,
        "intervals": intervals,
        "lengths": np.array([lengths[n] for n in LENGTHS]),
        "repetition": back,
    }


def lags(tune: Tune) -> list[int]:
    """For each whole bar how many bars back the last equal one stands; 0: nowhere."""
    last: dict[tuple[tuple[int, int], ...], int] = {}
    found: list[int] = []
    for number, bar in enumerate(map(tuple, tune[1][1:])):
        found.append(number - last[bar] if bar in last else 0)
        last[bar] = number
    return found


def divergence(a: Array, b: Array) -> float:
    """Jensen-Shannon divergence of two histograms, in bits."""
    p, q = a / a.sum(), b / b.sum()
    middle = (p + q) / 2
    return float(sum(0.5 * np.sum(x[x > 0] * np.log2(x[x > 0] / middle[x > 0])) for x in (p, q)))


def overlap(a: Array, b: Array) -> float:
    """Shared area of two histograms."""
    return float(np.minimum(a / a.sum(), b / b.sum()).sum())


def in_key(tunes: Iterable[Tune]) -> float:
    """Share of notes in the scale of the mode."""
    marks = [p % 12 in SCALES[MODES[tune[0].mode]] for tune in tunes for p, _ in notes(tune)]
    return float(np.mean(marks))


def complete(tunes: Iterable[Tune]) -> float:
    """Share of bars that are exactly full."""
    full = [sum(LENGTHS[n] for _, n in bar) == tune[0].full for tune in tunes for bar in tune[1]]
    return float(np.mean(full))


def repeated(tunes: Iterable[Tune]) -> float:
    """Share of whole bars that stood before in the same tune."""
    return float(np.mean([lag > 0 for tune in tunes for lag in lags(tune)]))


def rhythm_repeated(tunes: Iterable[Tune]) -> float:
    """Share of whole bars whose rhythm is that of the bar before."""
    same = [[n for _, n in a] == [n for _, n in b] for _, bars in tunes for a, b in pairwise(bars[1:])]
    return float(np.mean(same))


def runs(tune: Tune) -> set[tuple[tuple[int, int], ...]]:
    """Every run of eight notes, as intervals and lengths."""
    found = notes(tune)
    steps = [(b[0] - a[0], b[1]) for a, b in pairwise(found)]
    return {tuple(steps[i : i + RUN - 1]) for i in range(len(steps) - RUN + 2)}


def known_runs(tunes: Sequence[Tune], training: set[tuple[tuple[int, int], ...]]) -> float:
    """Share of the runs that stand in the training set too."""
    marks = [run in training for tune in tunes for run in runs(tune)]
    return float(np.mean(marks))


def compared(
    tunes: Sequence[Tune], held: Sequence[Tune], training: set[tuple[tuple[int, int], ...]]
) -> dict[str, float]:
    """All numbers of a set of tunes, beside the held-out ones."""
    mine, theirs = histograms(tunes), histograms(held)
    found: dict[str, float] = {}
    for name in mine:
        found[f"{name} divergence"] = round(divergence(mine[name], theirs[name]), 4)
        found[f"{name} overlap"] = round(overlap(mine[name], theirs[name]), 4)
    plain = {
        "in key": in_key,
        "complete bars": complete,
        "repeated bars": repeated,
        "repeated rhythm": rhythm_repeated,
    }
    found |= {name: round(measure(tunes), 4) for name, measure in plain.items()}
    return found | {"known runs": round(known_runs(tunes, training), 4)}
