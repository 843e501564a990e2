"""The sample sheets of a run as a short film: each melts into the next."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

import numpy as np

from studio.app.movie import Frame, between, write_movie
from studio.engine.dataset.looking import Broken, read_rgba
from studio.model.errors import UserError

RATE = 24
SHEET_S = 0.5
LAST_S = 1.5
MOST_SHEETS = 400
LEAST_SIDE, MOST_SIDE = 480, 2048


def timelapse(path: Path, sheets: Sequence[Path]) -> Generator[float, None, int]:
    """Write a film of the sheets; yields the share done and returns the number of frames.

    More than 400 sheets are thinned out. `UserError` when there are none to read, or it cannot be written.
    """
    if len(sheets) < 2:
        raise UserError("A film needs two sample sheets.", "Wait until the training has drawn more.")
    chosen = [sheets[index * len(sheets) // MOST_SHEETS] for index in range(MOST_SHEETS)]
    chosen = list(sheets) if len(sheets) <= MOST_SHEETS else [*chosen[:-1], sheets[-1]]
    steps = round(SHEET_S * RATE)
    count = (len(chosen) - 1) * steps + round(LAST_S * RATE)
    return (yield from write_movie(path, frames(chosen, steps), count, RATE))


def frames(sheets: Sequence[Path], steps: int) -> Iterator[Frame]:
    """Every frame of the film; a sheet that cannot be read, or of another size, is left out."""
    before: Frame | None = None
    for path in sheets:
        now = enlarged(path)
        if now is None or (before is not None and before.shape != now.shape):
            continue
        if before is not None:
            yield from between(before, now, steps)
        before = now
    if before is not None:
        yield from [before] * round(LAST_S * RATE)


def enlarged(path: Path) -> Frame | None:
    """A sheet (H, W, 3) with whole-number pixels, at least 480 wide or high; None when it cannot be read."""
    try:
        sheet = read_rgba(str(path), MOST_SIDE)
    except Broken:
        return None
    factor = max(1, -(-LEAST_SIDE // max(sheet.shape[:2])))
    colours = sheet[..., :3] * (sheet[..., 3:] / 255.0) + 255 - sheet[..., 3:]
    return np.repeat(np.repeat(colours.astype(np.uint8), factor, axis=0), factor, axis=1)
