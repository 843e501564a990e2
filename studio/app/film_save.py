"""Writing a timeline file: media by path with a fingerprint, everything else inside. Whole or not at all."""

from __future__ import annotations

import os
import zipfile
from fractions import Fraction
from pathlib import Path

from studio.app.film_schema import (
    File,
    FilmPart,
    Frames,
    Heard,
    ItemPart,
    KeyPart,
    MarkerPart,
    PathPart,
    SourcePart,
    StopPart,
    TrackPart,
)
from studio.model.clip import Clip, Sound
from studio.model.clip_file import VideoFile
from studio.model.clip_folder import Folder
from studio.model.clip_missing import Missing
from studio.model.clip_record import Recording
from studio.model.clip_sound import FileSound
from studio.model.errors import UserError
from studio.model.io import atomic_write
from studio.model.io.ora_write import png_bytes
from studio.model.io.problems import writing
from studio.model.latent_path import LatentPath
from studio.model.timeline import Item, Score, Source
from studio.model.timeline_render import SoundExcerpt

SUFFIX = ".film"
INFO = "film.json"


def save_film(path: Path, score: Score) -> None:
    """Write a timeline. UserError when the disk refuses."""
    with writing(path), atomic_write(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        sources = {id(item.source): item.source for track in score.tracks for item in track.items}
        parts = [source_part(source, archive, n, path) for n, source in enumerate(sources.values())]
        places = {key: index for index, key in enumerate(sources)}
        described = FilmPart(
            width=score.width,
            height=score.height,
            rate=str(score.rate),
            sources=parts,
            tracks=[
                TrackPart(kind=t.kind, title=t.title[:300], off=t.off, locked=t.locked,
                          items=[item_part(item, places[id(item.source)]) for item in t.items])
                for t in score.tracks
            ],
            markers=[MarkerPart(at=str(marker.at), title=marker.title[:300]) for marker in score.markers],
        )  # fmt: skip
        archive.writestr(INFO, described.model_dump_json())


def item_part(item: Item, source: int) -> ItemPart:
    """An item as it is written."""
    return ItemPart(
        source=source,
        start=str(item.start),
        length=str(item.length),
        offset=str(item.offset),
        speed=str(item.speed),
        fade_in=str(item.fade_in),
        fade_out=str(item.fade_out),
        opacity=[KeyPart(at=str(key.at), value=key.value, ease=key.ease) for key in item.opacity],
    )


def source_part(source: Source, archive: zipfile.ZipFile, index: int, film: Path) -> SourcePart:
    """A source as it is written; what has no file goes into the archive."""
    part = SourcePart(title=source.title[:300], kind=source.kind, length=text_of(source.length))
    if source.sound is not None:
        part = part.model_copy(update=sound_part(source.sound, film))
    if source.path is not None:
        return part.model_copy(update={"path": path_part(source.path)})
    if source.image is not None:
        member = f"media/{index}.png"
        image = source.image
        archive.writestr(member, png_bytes(image.pixels, image.icc, {}, 1))
        return part.model_copy(update={"picture": member})
    return part if source.clip is None else clip_part(part, source.clip, archive, index, film)


def sound_part(sound: Sound, film: Path) -> dict[str, object]:
    """Where a sound is, and which part of it is heard; nothing where it is in no file."""
    start, length = Fraction(0), None
    while isinstance(sound, SoundExcerpt):
        start, length, sound = start + sound.start, length or sound.length, sound.sound
    origin = sound.origin if isinstance(sound, FileSound) else Fraction(0)
    if not sound.path:
        return {}
    heard = Heard(origin=str(origin), start=str(start), length=text_of(length))
    return {"sound": file_of(Path(sound.path), film), "heard": heard}


def clip_part(part: SourcePart, clip: Clip, archive: zipfile.ZipFile, index: int, film: Path) -> SourcePart:
    """A clip: by its file or folder, or with all its frames."""
    size = {"width": clip.width, "height": clip.height, "rate": str(clip.rate)}
    footage = clip.footage
    if isinstance(footage, VideoFile):
        return part.model_copy(update={**size, "file": file_of(footage.path, film, footage)})
    if isinstance(footage, Folder):
        return part.model_copy(update={**size, "file": file_of(footage.folder, film)})
    if isinstance(footage, Missing):
        return part.model_copy(update={**size, "file": File(path=footage.path, digest=footage.expected)})
    if not isinstance(footage, Recording):
        raise UserError(
            f"“{part.title}” cannot be kept in a file.", "Render it, and import what was rendered."
        )
    member = f"media/{index}.frames"
    with archive.open(member, "w", force_zip64=True) as out:
        for raw in footage.raw():
            out.write(raw)
    entries = [
        (e.size, e.shape[1], e.shape[0], e.shape[2], str(e.time), str(e.duration)) for e in footage.entries
    ]
    return part.model_copy(update={**size, "frames": Frames(member=member, entries=entries)})


def path_part(path: LatentPath) -> PathPart:
    """A latent path as it is written."""
    stops = [StopPart(at=str(s.at), point=s.point, seed=s.seed, ease=s.ease) for s in path.stops]
    return PathPart(model=path.model, stops=stops, loop=str(path.loop), way=path.way, class_=path.class_,
                    truncation=path.truncation)  # fmt: skip


def file_of(path: Path, film: Path, footage: VideoFile | None = None) -> File:
    """Where a file is, from here and from the timeline's folder, and its fingerprint."""
    try:
        beside = os.path.relpath(path.absolute(), film.absolute().parent)
    except ValueError:  # another drive
        beside = ""
    try:
        digest = footage.digest() if footage is not None else ""
    except OSError:
        digest = ""
    return File(path=str(path.absolute()), beside=beside, digest=digest)


def text_of(time: Fraction | None) -> str | None:
    """A time as text."""
    return None if time is None else str(time)
