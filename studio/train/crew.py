"""Jobs side by side, one thread each.

Two threads with one job each finish a step of a small network sooner than one job spread over two threads:
the
convolutions are too small to be worth dividing. torch lets go of Python's lock while it works.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class Crew:
    """``size`` workers, the calling thread being one of them."""

    def __init__(self, size: int) -> None:
        self.pool = ThreadPoolExecutor(size - 1, "train") if size > 1 else None

    def run(self, jobs: Sequence[Callable[[], T]]) -> list[T]:
        """Results in the order of the jobs; the first is done by the caller."""
        if self.pool is None:
            return [job() for job in jobs]
        others = [self.pool.submit(job) for job in jobs[1:]]
        first = jobs[0]()
        return [first, *[other.result() for other in others]]

    def close(self) -> None:
        """End the threads once they are idle."""
        if self.pool is not None:
            self.pool.shutdown()
