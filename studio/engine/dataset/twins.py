"""Finding pictures that look the same among many, without comparing each with each.

Two difference hashes that differ in at most three of 64 bits agree in at least one of four parts of 16 bits,
so only pictures that share such a part are compared; their small copies then have the last word.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence

import numpy as np

from studio.engine.dataset.looking import Trace

MOST_BITS = 3
MOST_DIFFERENCE = 5.0  # mean over the small copy's values of 0..255
PARTS = [(index, 16 * index) for index in range(4)]
LEADERS = 64  # pictures of a part that a newcomer is compared with


def find_twins(traces: Mapping[str, Trace]) -> tuple[tuple[str, ...], ...]:
    """Groups of two or more paths that show the same picture, each in the given order."""
    leaders: dict[Hashable, list[str]] = defaultdict(list)
    groups: dict[str, list[str]] = {}
    for path, trace in traces.items():
        first = next((other for other in near(trace, leaders) if same(traces[other], trace)), None)
        if first is not None:
            groups[first].append(path)
            continue
        groups[path] = [path]
        for key in keys(trace.bits):
            leaders[key].append(path)
    return tuple(tuple(paths) for paths in groups.values() if len(paths) > 1)


def keys(bits: int) -> Sequence[tuple[int, int]]:
    """The four parts of a hash."""
    return [(index, bits >> shift & 0xFFFF) for index, shift in PARTS]


def near(trace: Trace, leaders: Mapping[Hashable, list[str]]) -> list[str]:
    """Pictures that share a part of the hash."""
    return [path for key in keys(trace.bits) for path in leaders.get(key, ())[:LEADERS]]


def same(one: Trace, other: Trace) -> bool:
    """Whether two pictures look the same: a re-encoded or resized copy does, another colour does not."""
    if (one.bits ^ other.bits).bit_count() > MOST_BITS:
        return False
    return float(np.abs(premultiplied(one) - premultiplied(other)).mean()) <= MOST_DIFFERENCE


def premultiplied(trace: Trace) -> np.ndarray:
    """The small copy, its colours weighed by their alpha."""
    values = trace.small.astype(np.float32)
    values[..., :3] *= values[..., 3:] / 255
    return values
