"""How a change begins and ends."""

from __future__ import annotations

import math
from typing import Literal

Ease = Literal["linear", "in", "out", "both", "hold"]


def eased(way: float, ease: Ease) -> float:
    """0..1 -> 0..1: slow at the beginning ("in"), the end ("out"), both, neither, or a jump at the end."""
    if ease == "in":
        return way * way
    if ease == "out":
        return way * (2 - way)
    if ease == "both":
        return 0.5 - 0.5 * math.cos(math.pi * way)
    return 0.0 if ease == "hold" else way
