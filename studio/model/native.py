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
def mixer() -> Mix | None:
    """`studio_mix` of native.c for word arrays (h, w) with contiguous rows, or None where there is none."""
    paths = (Path(__file__).with_name(f"_native{suffix}") for suffix in EXTENSION_SUFFIXES)
    found = next((path for path in paths if path.is_file()), None)
    if found is None or sys.byteorder != "little":
        return None
    try:
        function = ctypes.CDLL(str(found)).studio_mix
    except (OSError, AttributeError):  # built for another machine or from another version
        return None
    function.restype = None
    size, pointer = ctypes.c_ssize_t, ctypes.c_void_p
    function.argtypes = [pointer, size, pointer, size, size, size, ctypes.c_uint32]
    return lambda out, source, fade: _call(function, out, source, fade)


def _call(function: Any, out: Words, source: Words, fade: int) -> None:
    height, width = out.shape
    assert source.shape == out.shape
    assert width < 2 or out.strides[1] == source.strides[1] == 4
    function(
        out.ctypes.data, out.strides[0] // 4, source.ctypes.data, source.strides[0] // 4, width, height, fade
    )
