"""Reading a timeline file. It may be anyone's: every size is bounded, and it only names files to look for."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from studio.app.film_save import INFO
from studio.app.film_schema import VERSION, File, FilmPart, Frames, Heard, PathPart, SourcePart
from studio.model import timeline_edits as edits
from studio.model.clip import Clip, Sound
from studio.model.clip_missing import Missing
from studio.model.clip_open import open_clip, open_sound
from studio.model.clip_record import Entry, Recording
from studio.model.clip_sound import FileSound
from studio.model.errors import UserError
from studio.model.io.limits import check_size
from studio.model.latent_path import LatentPath, Stop
from studio.model.media import Image
from studio.model.timeline import Item, Key, Marker, Score, Source
from studio.model.timeline_render import SoundExcerpt

MAX_INFO = 256 << 20
MAX_PICTURE = 1 << 30
Draw = Callable[[LatentPath, Fraction, str], Source]


@dataclass(frozen=True)
class Opened:
    """A timeline, and the files it could not find."""

    score: Score
    missing: tuple[str, ...]


def open_film(path: Path, draw: Draw) -> Opened:
    """Read a timeline. draw: makes the source of a latent path (path, rate, title). `UserError`."""
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            part = described(archive, path.name)
            reader = Reader(archive, path.absolute().parent, Fraction(part.rate), draw)
            return Opened(score_of(part, [reader.source(s) for s in part.sources]), tuple(reader.missing))
    except OSError as error:
        raise UserError(
            f"“{path.name}” cannot be read.", error.strerror or "It may have been moved."
        ) from None
    except (zipfile.BadZipFile, KeyError, ValueError, IndexError, ZeroDivisionError, NotImplementedError,
            RuntimeError, EOFError):  # fmt: skip
        raise UserError(f"“{path.name}” is no timeline, or damaged.", "Open a copy of it.") from None


def described(archive: zipfile.ZipFile, name: str) -> FilmPart:
    """What the archive says of itself, checked."""
    raw = json.loads(member(archive, INFO, MAX_INFO))
    version = cast(dict[str, Any], raw).get("version") if isinstance(raw, dict) else None
    if isinstance(version, int) and version > VERSION:
        raise UserError(f"“{name}” was made by a newer studio.", "Update this one to open it.")
    try:
        return FilmPart.model_validate(raw)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise UserError(f"“{name}” is damaged: {where[:80]} cannot be.", "Open a copy of it.") from None


def member(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """A member of an archive, of at most so many bytes; ValueError for more."""
    with archive.open(name) as file:
        found = file.read(most + 1)
    if len(found) > most:
        raise ValueError("too large")
    return found


def score_of(part: FilmPart, sources: list[Source]) -> Score:
    """The score, put together by the same edits a person makes, so that nothing impossible gets in."""
    rate = Fraction(part.rate)
    if rate <= 0:
        raise ValueError("rate")
    check_size(part.width, part.height, "The timeline")
    score, number = Score(part.width, part.height, rate), 0
    for track in part.tracks:
        number += 1
        home = number
        score = edits.add_track(score, home, track.kind, track.title)
        items: list[Item] = []
        for raw in track.items:
            number += 1
            keys = tuple(Key(Fraction(key.at), key.value, key.ease) for key in raw.opacity)
            times = (raw.start, raw.length, raw.offset, raw.speed, raw.fade_in, raw.fade_out)
            start, length, offset, speed, fade_in, fade_out = map(Fraction, times)
            if min(start, offset, fade_in, fade_out) < 0 or length <= 0 or not 0 < speed <= 16:
                raise ValueError("times")
            items.append(
                Item(number, sources[raw.source], start, length, offset, speed, fade_in, fade_out, keys)
            )
        score = edits.place_all(score, home, items)
        score = edits.set_track(score, home, off=track.off, locked=track.locked)
    for marker in part.markers:
        score = edits.add_marker(score, Marker(Fraction(marker.at), marker.title).at, marker.title)
    return score


class Reader:
    """Makes the sources of a timeline, one by one."""

    def __init__(self, archive: zipfile.ZipFile, folder: Path, rate: Fraction, draw: Draw) -> None:
        self._archive, self._folder, self._rate, self._draw = archive, folder, rate, draw
        self.missing: list[str] = []

    def source(self, part: SourcePart) -> Source:
        """One source."""
        length = None if part.length is None else Fraction(part.length)
        if part.path is not None:
            return self._draw(path_of(part.path), self._rate, part.title)
        if part.picture:
            return Source.of_image(self._picture(part.picture), part.title)
        sound = None if part.sound is None else heard_of(self._sound(part.sound), part.heard)
        if part.kind == "audio":
            return Source(
                part.title, "audio", sound=sound or Missing(part.title), length=length or Fraction(1)
            )
        clip = self._recorded(part, part.frames) if part.frames else self._clip(part, length or Fraction(1))
        return Source(
            part.title, "video", clip=clip, sound=clip.sound or sound, length=length or clip.duration
        )

    def _picture(self, name: str) -> Image:
        from studio.model.io import open_image

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "picture.png"
            path.write_bytes(member(self._archive, name, MAX_PICTURE))
            return open_image(path)

    def _clip(self, part: SourcePart, length: Fraction) -> Clip:
        if part.file is None:
            raise ValueError("nothing to show")
        found = self._find(part.file)
        if found is not None:
            with suppress(UserError):
                return open_clip(found, Fraction(part.rate) if found.is_dir() else None)
        self.missing.append(part.file.path)
        footage = Missing(part.file.path, part.file.digest)
        return Clip(footage, part.width, part.height, Fraction(part.rate), length)

    def _sound(self, file: File) -> Sound:
        found = self._find(file)
        if found is not None:
            with suppress(UserError):
                return open_sound(found)[0]
        self.missing.append(file.path)
        return Missing(file.path, file.digest)

    def _find(self, file: File) -> Path | None:
        """Where a file is now: beside the timeline as before, or where it was."""
        places = [self._folder / file.beside] if file.beside else []
        return next((place for place in (*places, Path(file.path)) if place.exists()), None)

    def _recorded(self, part: SourcePart, frames: Frames) -> Clip:
        """A recording out of the archive; what its frames hold is looked at when they are shown."""
        whole = self._archive.getinfo(frames.member)
        if not frames.entries or sum(entry[0] for entry in frames.entries) != whole.file_size:
            raise ValueError("frames")
        entries = list(self._entries(frames))
        with self._archive.open(whole) as file:
            recording = Recording.of(((file.read(e.size), e) for e in entries), f"{part.title}:{whole.CRC}")
        high, wide, _ = entries[0].shape
        end = entries[-1].time + entries[-1].duration
        return Clip(recording, wide, high, Fraction(part.rate), end, len(entries))

    def _entries(self, frames: Frames) -> Iterator[Entry]:
        at = Fraction(0)
        for size, wide, high, channels, time, duration in frames.entries:
            check_size(wide, high, "A frame")
            entry = Entry(0, size, Fraction(time), Fraction(duration), (high, wide, channels))
            if channels not in (1, 3, 4) or not size > 0 or entry.time < at or entry.duration <= 0:
                raise ValueError("frame")
            at = entry.time
            yield entry


def heard_of(sound: Sound, part: Heard | None) -> Sound:
    """The part of a sound that is heard."""
    if part is None:
        return sound
    origin, start = Fraction(part.origin), Fraction(part.start)
    whole = FileSound(sound.file, origin) if isinstance(sound, FileSound) else sound
    if part.length is None:
        return whole
    length = Fraction(part.length)
    if start < 0 or length <= 0:
        raise ValueError("sound")
    return SoundExcerpt(whole, start, length)


def path_of(part: PathPart) -> LatentPath:
    """A latent path as it was written."""
    stops = tuple(Stop(Fraction(s.at), s.point, s.seed, s.ease) for s in part.stops)
    return LatentPath(part.model, stops, Fraction(part.loop), part.way, part.class_, part.truncation)
