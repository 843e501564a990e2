"""Durations, amounts, names and states in words."""

from __future__ import annotations

import re

from studio.engine.runs import RunState

TITLES = {
    RunState.STARTING: "Starting",
    RunState.RUNNING: "Training",
    RunState.PAUSED: "Paused",
    RunState.STOPPED: "Stopped",
    RunState.DONE: "Finished",
    RunState.FAILED: "Failed",
}
UNITS = ((2**30, "GB"), (2**20, "MB"), (2**10, "kB"))


def duration(seconds: float) -> str:
    """A time in its two largest units: 45 s, 12 min, 3 h 20 min, 2 days 4 h."""
    seconds = max(seconds, 0)
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    named = "1 day" if days == 1 else f"{days} days"
    return f"{named} {hours} h" if hours else named


def amount(nbytes: int) -> str:
    """Bytes in a readable unit."""
    for unit, name in UNITS:
        if nbytes >= unit:
            return f"{nbytes / unit:.3g} {name}"
    return f"{nbytes} bytes"


def slug(name: str) -> str:
    """A name as folders and models have it: lower-case letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or "model"
