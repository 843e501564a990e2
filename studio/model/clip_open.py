"""Opening what moves or sounds: video files, folders of pictures, and files of sound."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from studio.model.clip import Clip
from studio.model.clip_file import SUFFIXES as FILES
from studio.model.clip_file import open_file
from studio.model.clip_folder import open_folder
from studio.model.clip_sound import FileSound, listening
from studio.model.errors import UserError

SOUNDS = (".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".aac")


def is_video(path: Path) -> bool:
    """Whether a path looks like something `open_clip` takes."""
    return path.is_dir() or path.suffix.lower() in FILES


def open_clip(path: Path, rate: Fraction | None = None) -> Clip:
    """The clip in a video file or a folder of pictures; `rate` for folders that do not tell theirs.

    UserError when there is none, it is damaged, or it has no frame.
    """
    if path.is_dir():
        return open_folder(path, rate)
    if not path.exists():
        raise UserError(f"“{path.name}” is not there.", "It may have been moved, renamed or deleted.")
    return open_file(path)


def open_sound(path: Path) -> tuple[FileSound, Fraction]:
    """The sound of a file and its length in seconds. UserError when it has none."""
    with listening(path) as container:
        stream = container.streams.audio[0]
        if stream.duration and stream.time_base:
            length = stream.duration * stream.time_base
        else:
            length = Fraction(container.duration or 0, 1_000_000)
    sound = FileSound(path)
    if length <= 0:
        length = Fraction(sum(len(block) for block in sound.blocks()), 48_000)
    return sound, length
