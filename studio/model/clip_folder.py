"""Image sequences: a folder of numbered pictures as a clip.

`timing.json` beside them keeps exact times: {"rate": "24000/1001", "durations": ["1/24", ...]}, durations
only where they vary. Without it the pictures follow one another at 24 a second.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

from studio.model.clip import Clip, Frame
from studio.model.errors import UserError
from studio.model.media import Image

RATE = Fraction(24)
TIMING = "timing.json"
SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp")
MAX_FRAMES = 1_000_000
MAX_TIMING = 64 << 20


class Folder:
    """The footage of an image sequence; a picture is read when its frame is asked for."""

    def __init__(self, paths: tuple[Path, ...], times: tuple[Fraction, ...], size: tuple[int, int]) -> None:
        """times: one more than paths, the last is the end."""
        self._paths, self._times, self._size = paths, times, size
        self.folder = paths[0].parent

    def frames(self, start: Fraction, end: Fraction | None) -> Iterator[Frame]:
        """See `Footage`."""
        for path, time, until in zip(self._paths, self._times, self._times[1:], strict=False):
            if until > start and (end is None or time < end):
                yield Frame(self._read(path), time, until - time)

    def _read(self, path: Path) -> Image:
        image = picture(path)
        if (image.width, image.height) != self._size:
            hint = f"It must be {self._size[0]} x {self._size[1]}."
            raise UserError(f"“{path.name}” has another size than the first picture.", hint)
        return image

    def digest(self) -> str:
        """SHA-256 of all files and times."""
        found = hashlib.sha256(repr(self._times).encode())
        for path in self._paths:
            found.update(path.read_bytes())
        return found.hexdigest()


def open_folder(folder: Path, rate: Fraction | None = None) -> Clip:
    """The clip in a folder. UserError when it holds no picture that can be read."""
    paths = sorted((p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES), key=natural)
    if not paths:
        raise UserError(f"“{folder.name}” holds no pictures.", "Choose a folder of PNG frames.")
    if len(paths) > MAX_FRAMES:
        raise UserError(f"“{folder.name}” holds too many pictures.", f"At most {MAX_FRAMES:,} work.")
    own, durations = read_timing(folder, len(paths))
    rate = rate or own
    times = [Fraction(0)]
    for duration in durations or [1 / rate] * len(paths):
        times.append(times[-1] + duration)
    first = picture(paths[0])
    size = (first.width, first.height)
    return Clip(Folder(tuple(paths), tuple(times), size), *size, rate, times[-1], len(paths))


def picture(path: Path) -> Image:
    """One picture of a sequence, in sRGB."""
    from studio.model.io import open_image, to_srgb

    image = open_image(path)
    return to_srgb(image) if image.icc else image


def natural(path: Path) -> list[tuple[int, str]]:
    """Sorts 2 before 10."""
    parts = re.findall(r"\d+|\D+", path.name.lower())
    return [(int(p), "") if p.isdigit() and p.isascii() and len(p) < 20 else (-1, p) for p in parts]


def read_timing(folder: Path, count: int) -> tuple[Fraction, list[Fraction]]:
    """Rate and durations from the file beside the pictures; what is missing or does not fit is left out."""
    path = folder / TIMING
    try:
        if not path.is_file() or path.stat().st_size > MAX_TIMING:
            return RATE, []
        raw = cast(dict[str, Any], json.loads(path.read_text("utf-8")))
        rate = Fraction(str(raw["rate"]))
        durations = [Fraction(str(value)) for value in raw.get("durations", ())]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError):
        hint = "Remove it to use 24 a second."
        raise UserError(f"{TIMING} in “{folder.name}” cannot be read.", hint) from None
    if rate <= 0 or (durations and (len(durations) != count or min(durations) <= 0)):
        raise UserError(f"{TIMING} in “{folder.name}” does not fit.", "Remove it to use 24 a second.")
    return rate, durations


def timing(rate: Fraction, durations: list[Fraction]) -> bytes:
    """The content of the file for a sequence."""
    raw: dict[str, Any] = {"rate": str(rate)}
    if any(duration != 1 / rate for duration in durations):
        raw["durations"] = [str(duration) for duration in durations]
    return json.dumps(raw).encode()
