"""The inspection of a data set: what is in a folder and what is wrong with it.

Every file is listed; headers are read of at most `HEADERS` files and pixels of at most `DECODED`, spread
evenly over the folder, so that two hundred thousand files take seconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from studio.engine.dataset.listing import Entry, Listing, list_pictures
from studio.engine.dataset.looking import Broken, Header, Trace, read_header, read_trace
from studio.engine.dataset.twins import find_twins
from studio.model.errors import UserError

HEADERS = 10_000
DECODED = 3_000
DECODED_PIXELS = 3_000_000_000
T = TypeVar("T")
SHOWN = 48
PACE = 25


@dataclass(frozen=True)
class Progress:
    """How far the inspection is: what it does, and the share of the whole that is done, 0..1."""

    doing: str
    share: float


@dataclass(frozen=True)
class Report:
    """What an inspection found.

    headers: of the files whose header was read, by path. decoded: how many files were read whole. broken:
    path -> why it cannot be read. twins: groups of files that show the same picture. classes: pictures by
    first folder, "" for those beside the folders. shown: readable pictures to look at.
    """

    folder: Path
    listing: Listing
    headers: Mapping[str, Header] = field(default_factory=dict[str, Header])
    decoded: int = 0
    broken: Mapping[str, str] = field(default_factory=dict[str, str])
    twins: tuple[tuple[str, ...], ...] = ()

    @property
    def count(self) -> int:
        """How many files have a picture's suffix."""
        return len(self.listing.entries)

    @property
    def nbytes(self) -> int:
        """Their size in bytes."""
        return sum(entry.nbytes for entry in self.listing.entries)

    @property
    def classes(self) -> dict[str, int]:
        """Pictures by first folder below, by name."""
        counts = Counter(entry.group for entry in self.listing.entries)
        return dict(sorted(counts.items()))

    @property
    def shown(self) -> tuple[str, ...]:
        """Some readable pictures, spread over the folder."""
        return tuple(spread([path for path in self.headers if path not in self.broken], SHOWN))

    @property
    def whole(self) -> bool:
        """Whether every file was read, rather than a sample."""
        return self.decoded + len(self.broken) >= self.count

    @property
    def surplus(self) -> tuple[str, ...]:
        """Of each group of twins all but the first."""
        return tuple(path for group in self.twins for path in group[1:])


def inspect(folder: Path) -> Generator[Progress, None, Report]:
    """Look at a folder of pictures; returns the `Report`.

    Close the generator to stop it. `UserError` when the folder cannot be read or holds no picture.
    """
    listing = yield from listed(folder)
    if not listing.entries:
        raise UserError(
            f"There is no picture in {folder.name or folder}.",
            "Choose a folder with PNG, JPEG, WebP, TIFF, BMP or GIF files; folders inside are looked into.",
        )
    broken: dict[str, str] = {}
    headers = yield from read_headers(spread(listing.entries, HEADERS), broken)
    traces = yield from read_traces(spread(list(headers), DECODED), headers, broken)
    yield Progress("Comparing", 0.98)
    return Report(folder, listing, headers, len(traces), broken, find_twins(traces))


def listed(folder: Path) -> Generator[Progress, None, Listing]:
    """List the folder, telling how many files were seen."""
    steps = list_pictures(folder)
    while True:
        try:
            seen = next(steps)
        except StopIteration as end:
            return end.value
        yield Progress(f"Listing: {seen:,} files", 0.0)


def read_headers(
    entries: Sequence[Entry], broken: dict[str, str]
) -> Generator[Progress, None, dict[str, Header]]:
    """The headers of some files by path; those that have none go to ``broken``."""
    found: dict[str, Header] = {}
    for index, entry in enumerate(entries):
        try:
            found[entry.path] = read_header(entry.path)
        except Broken as error:
            broken[entry.path] = str(error)
        if index % PACE == 0:
            yield Progress(f"Reading sizes: {index:,} of {len(entries):,}", 0.3 * index / len(entries))
    return found


def read_traces(
    paths: Sequence[str], headers: Mapping[str, Header], broken: dict[str, str]
) -> Generator[Progress, None, dict[str, Trace]]:
    """Read some files whole, until they are too many pixels; damaged ones go to ``broken``."""
    found: dict[str, Trace] = {}
    pixels = 0
    for index, path in enumerate(paths):
        pixels += headers[path].width * headers[path].height
        if pixels > DECODED_PIXELS:
            break
        try:
            found[path] = read_trace(path)
        except Broken as error:
            broken[path] = str(error)
        if index % PACE == 0:
            yield Progress(f"Looking: {index:,} of {len(paths):,}", 0.3 + 0.68 * index / len(paths))
    return found


def spread(items: Sequence[T], most: int) -> Sequence[T]:
    """At most ``most`` of the items, evenly spaced, the first among them."""
    if len(items) <= most:
        return items
    return [items[index * len(items) // most] for index in range(most)]
