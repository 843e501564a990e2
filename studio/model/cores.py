"""Pixel work shared out over the processor's cores: NumPy, Pillow and the C loop let go of Python's lock."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
Watch = Callable[[float], object]


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def each(
    work: Callable[[T], R], items: Sequence[T], watch: Watch | None = None, *, spared: int = 0
) -> Iterator[R]:
    """`work(item)` of each item, in order, several at a time; the threads end with the iteration.

    watch: told before each result how much is done, 0..1; what it raises ends the work.
    spared: cores that are left to others, for work that nobody waits for.
    """
    count = min(cores() - spared, len(items))
    with ThreadPoolExecutor(max(count, 1), "cores") as pool:
        futures = [pool.submit(work, item) for item in items] if count > 1 else []
        try:
            for number, item in enumerate(items):
                if watch is not None:
                    watch(number / len(items))
                yield futures[number].result() if futures else work(item)
        finally:
            for future in futures:
                future.cancel()
