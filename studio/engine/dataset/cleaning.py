"""Data sets made of pictures that lie elsewhere: a folder without those to leave out, or what was dropped
together. The originals are never touched.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Generator, Sequence
from pathlib import Path

from studio.engine.dataset.advice import Mend
from studio.engine.dataset.inspection import Progress, Report, listed
from studio.engine.dataset.listing import SUFFIXES, suffix_of
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
    return (yield from linked([(path, path.relative_to(report.folder)) for path in good], out))


def gathered(paths: Sequence[Path], out: Path) -> Generator[Progress, None, int]:
    """Link pictures and whole folders of them together in the new folder ``out``; returns how many.

    Each folder becomes one inside, and so can become a class. `UserError` as for `clean_copy`.
    """
    pairs: list[tuple[Path, Path]] = []
    for path in dict.fromkeys(paths):
        if path.is_dir():
            listing = yield from listed(path)
            found = [Path(entry.path) for entry in listing.entries]
            pairs += [(inside, path.name / inside.relative_to(path)) for inside in found]
        elif suffix_of(path.name) in SUFFIXES:
            pairs.append((path, Path(path.name)))
    if not pairs:
        raise UserError("There is no picture among these.", "Drop PNG, JPEG, WebP, TIFF, BMP or GIF files.")
    return (yield from linked(pairs, out))


def linked(pairs: Sequence[tuple[Path, Path]], out: Path) -> Generator[Progress, None, int]:
    """Make a folder of (file, its place inside); of two for one place the second gets a number."""
    if out.exists():
        raise UserError(f"{out.name} is there already.", "Choose another name.")
    half = out.with_name(f"{out.name}.part")
    shutil.rmtree(half, ignore_errors=True)
    try:
        for index, (path, inside) in enumerate(pairs):
            place(path, half / inside)
            if index % PACE == 0:
                yield Progress(f"Copying: {index:,} of {len(pairs):,}", index / len(pairs))
        half.rename(out)
    except OSError as error:
        raise UserError("The pictures could not be copied.", error.strerror or str(error)) from None
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return len(pairs)


def place(path: Path, target: Path) -> None:
    """A second name for a file, or a copy where links are not possible."""
    target.parent.mkdir(parents=True, exist_ok=True)
    stem, number = target.stem, 2
    while target.exists():
        target, number = target.with_stem(f"{stem}-{number}"), number + 1
    try:
        os.link(path, target)
    except OSError:
        shutil.copy2(path, target)
