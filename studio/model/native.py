"""The compositor's innermost loop in C, if it could be built when the studio was installed."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint32]
Mix = Callable[[Words, Words, int], None]


@cache
def library() -> ctypes.CDLL | None:
    """What was built from native.c, or None where there is none that works here."""
    paths = (Path(__file__).with_name(f"_native{suffix}") for suffix in EXTENSION_SUFFIXES)
    found = next((path for path in paths if path.is_file()), None)
    if found is None or sys.byteorder != "little":
        return None
    try:
        loaded = ctypes.CDLL(str(found))
        size, pointer = ctypes.c_ssize_t, ctypes.c_void_p
        loaded.studio_mix.argtypes = [pointer, size, pointer, size, size, size, ctypes.c_uint32]
        loaded.studio_mix_all.argtypes = [pointer, size]
        loaded.studio_mix.restype = loaded.studio_mix_all.restype = None
    except (OSError, AttributeError):  # built for another machine or from another version
        return None
    return loaded


def mixer() -> Mix | None:
    """`studio_mix` of native.c for word arrays (h, w) with contiguous rows, or None where there is none."""
    loaded = library()
    return (lambda out, source, fade: loaded.studio_mix(*_row(out, source, fade))) if loaded else None


class Mixes:
    """Mixes to be done one after the other, all in one call: Python's lock is given up once, not each time.

    Only where `library` found one.
    """

    def __init__(self) -> None:
        self._rows: list[tuple[int, ...]] = []
        self._held: list[Words] = []

    def add(self, out: Words, source: Words, fade: int) -> None:
        """Remember a mix; neither array may be looked at or written before `run`."""
        self._rows.append(_row(out, source, fade))
        self._held += (out, source)

    def run(self) -> None:
        """Do what was remembered."""
        loaded = library()
        if self._rows and loaded is not None:
            rows = np.array(self._rows, np.int64)
            loaded.studio_mix_all(rows.ctypes.data, len(rows))
        self._rows.clear()
        self._held.clear()


def _row(out: Words, source: Words, fade: int) -> tuple[int, ...]:
    height, width = out.shape
    assert source.shape == out.shape
    assert width < 2 or out.strides[1] == source.strides[1] == 4
    return _at(out), out.strides[0] // 4, _at(source), source.strides[0] // 4, width, height, fade


def _at(words: Words) -> int:
    interface: Any = words.__array_interface__
    return int(interface["data"][0])
