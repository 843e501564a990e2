"""A clean copy of a data set: the same pictures without those to leave out. The original is never touched."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Generator
from pathlib import Path

from studio.engine.dataset.advice import Mend
from studio.engine.dataset.inspection import Progress, Report
from studio.model.errors import UserError

PACE = 100


def left_out(report: Report, mends: Collection[Mend], resolution: int = 64) -> set[str]:
    """The paths that a clean copy would not have."""
    headers = report.headers
    found: set[str] = set()
    if Mend.BROKEN in mends:
        found |= set(report.broken)
    if Mend.TWINS in mends:
        found |= set(report.surplus)
    if Mend.ANIMATED in mends:
        found |= {path for path, header in headers.items() if header.frames > 1}
    if Mend.SMALL in mends:
        found |= {path for path, header in headers.items() if min(header.width, header.height) < resolution}
    return found


def clean_copy(
    report: Report, out: Path, mends: Collection[Mend], resolution: int = 64
) -> Generator[Progress, None, int]:
    """Link (or, across disks, copy) the good pictures into the new folder ``out``; returns how many.

    `UserError` when the folder exists already, nothing would be left, or the disk refuses.
    """
    bad = left_out(report, mends, resolution)
    good = [Path(entry.path) for entry in report.listing.entries if entry.path not in bad]
    if not good:
        raise UserError("Nothing would be left.", "Leave out less.")
    if out.exists():
        raise UserError(f"{out.name} is there already.", "Choose another name.")
    half = out.with_name(f"{out.name}.part")
    shutil.rmtree(half, ignore_errors=True)
    try:
        for index, path in enumerate(good):
            place(path, half / path.relative_to(report.folder))
            if index % PACE == 0:
                yield Progress(f"Copying: {index:,} of {len(good):,}", index / len(good))
        half.rename(out)
    except OSError as error:
        raise UserError("The clean copy could not be written.", error.strerror or str(error)) from None
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return len(good)


def place(path: Path, target: Path) -> None:
    """A second name for a file, or a copy where links are not possible."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path, target)
    except OSError:
        shutil.copy2(path, target)
