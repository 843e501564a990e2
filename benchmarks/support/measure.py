"""What the benchmarks share: the machine they ran on, timing, and percentiles."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterable
from importlib.metadata import version

import numpy as np

from studio.engine.devices import cores, cpu_name, total_memory

Report = dict[str, object]


def machine() -> dict[str, object]:
    """What the numbers were measured on. `load_average` above 0 means other programs took their share."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    return {
        "processor": cpu_name(),
        "cores": cores(),
        "memory_gib": round(total_memory() / 2**30, 1),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "torch", "pillow", "pyside6-essentials")},
        "load_average": round(load, 2),
    }


def seconds(work: Callable[[], object], repeat: int, warm: int = 1) -> list[float]:
    """Wall-clock time of each of `repeat` calls, after `warm` calls that do not count."""
    for _ in range(warm):
        work()
    return [once(work) for _ in range(repeat)]


def once(work: Callable[[], object]) -> float:
    """Wall-clock time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def per_second(work: Callable[[], object], duration: float) -> float:
    """How often `work` can be called in a second, measured for `duration` seconds after one call."""
    work()
    count, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < duration:
        work()
        count += 1
    return count / elapsed


def milliseconds(samples: Iterable[float]) -> dict[str, float]:
    """Seconds -> percentiles in milliseconds."""
    values = np.fromiter(samples, float) * 1000
    ranks = {"p50_ms": 50, "p95_ms": 95, "p99_ms": 99, "worst_ms": 100}
    return {name: rounded(float(np.percentile(values, rank))) for name, rank in ranks.items()}


def rounded(value: float) -> float:
    """Three significant digits."""
    return float(f"{value:.3g}")


def ratio(mine: float, peer: float) -> float:
    """`mine` / `peer`, rounded."""
    return rounded(mine / peer) if peer else float("inf")
