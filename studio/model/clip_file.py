"""Video files: MP4, MOV, MKV, WebM, GIF and others, decoded frame by frame by PyAV.

Opening looks at the header and one frame, however long the film.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from studio.model.clip import Clip, Frame
from studio.model.clip_container import decoded, form_of, open_container
from studio.model.clip_sound import FileSound
from studio.model.errors import UserError
from studio.model.io.limits import check_size
from studio.model.media import Image

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer

SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".gif", ".avi", ".ogv", ".ts", ".flv")
MAX_RATE = Fraction(1000)
WHOLE = 64 << 20  # files up to this size are hashed whole
COARSE = Fraction(1, 1000)


@dataclass(frozen=True, eq=False)
class Stamped:
    """A decoded frame that nobody has needed as a picture yet, and its times in the clip."""

    raw: VideoFrame
    time: Fraction
    duration: Fraction


@dataclass(frozen=True)
class VideoFile:
    """The footage of a file. start: the time stamp of its first frame, which is the clip's time 0."""

    path: Path
    start: Fraction
    step: Fraction

    def frames(self, start: Fraction, end: Fraction | None) -> Iterator[Frame]:
        """See `Footage`. A damaged end is where the clip ends."""
        with opened(self.path) as container, closing(self._decoded(container, start)) as decoded:
            for frame in durations(decoded):
                if end is not None and frame.time >= end:
                    return
                if frame.time + frame.duration > start:
                    yield Frame(to_image(frame.raw), frame.time, frame.duration)

    def _decoded(self, container: InputContainer, start: Fraction) -> Generator[Stamped]:
        """Frames from at or before `start` on, with the durations they claim."""
        if start > 0:
            found = self._sought(container, start)
            if found is not None:
                yield found[0]
                yield from found[1]
                return
            container.seek(0)
        yield from self._stamped(container)

    def _sought(self, container: InputContainer, start: Fraction) -> tuple[Stamped, Iterator[Stamped]] | None:
        """The frame that a jump towards `start` reaches and those after it; None when it lands behind."""
        from av.error import FFmpegError

        stream = container.streams.video[0]
        assert stream.time_base is not None
        for back in (Fraction(0), Fraction(2), Fraction(10)):
            aim = max(self.start + start - back, self.start)
            try:
                container.seek(int(aim / stream.time_base), stream=stream)
                rest = self._stamped(container)
                first = next(rest, None)
            except FFmpegError:
                return None
            if first is not None and first.time <= start:
                return first, rest
        return None

    def _stamped(self, container: InputContainer) -> Generator[Stamped]:
        """Decoded frames with times that always grow, also where the file's do not."""
        last: Fraction | None = None
        for raw in decoded(container, container.streams.video[0]):
            stamp = None if raw.pts is None or raw.time_base is None else raw.pts * raw.time_base
            time = self._exact(stamp, raw) if stamp is not None else (last or -self.step) + self.step
            if last is not None and time <= last:
                time = last + self.step
            last = time
            yield Stamped(raw, max(time, Fraction(0)), length_of(raw, self.step))

    def _exact(self, stamp: Fraction, raw: VideoFrame) -> Fraction:
        """A time stamp as time in the clip."""
        return regular(stamp - self.start, self.step, raw.time_base)

    def digest(self) -> str:
        """SHA-256 of the file; of its size, beginning and end where it is large."""
        size = self.path.stat().st_size
        with self.path.open("rb") as file:
            if size <= WHOLE:
                return hashlib.file_digest(file, "sha256").hexdigest()
            found = hashlib.sha256(f"{size};".encode() + file.read(WHOLE // 2))
            file.seek(-WHOLE // 2, 2)
            found.update(file.read())
        return found.hexdigest()


def durations(frames: Iterator[Stamped]) -> Iterator[Stamped]:
    """Give each frame the time until the next one; the last keeps its own."""
    held = next(frames, None)
    while held is not None:
        following = next(frames, None)
        if following is not None and following.time > held.time:
            held = Stamped(held.raw, held.time, following.time - held.time)
        yield held
        held = following


def open_file(path: Path) -> Clip:
    """The clip in a video file. UserError when it is none, is damaged, or has no frame."""
    with opened(path) as container:
        stream = container.streams.video[0]
        rate = Fraction(stream.average_rate or stream.guessed_rate or 25)
        rate = rate if 0 < rate <= MAX_RATE else Fraction(25)
        check_size(stream.width, stream.height, f"“{path.name}”")
        first = next(decoded(container, stream), None)
        if first is None:
            raise UserError(f"“{path.name}” has no frame that can be shown.", "It may be empty or damaged.")
        image = to_image(first)
        start = Fraction(0) if first.pts is None or first.time_base is None else first.pts * first.time_base
        step = 1 / rate
        sound = FileSound(path, start) if container.streams.audio else None
        footage = VideoFile(path, start, step)
        return Clip(footage, image.width, image.height, rate, length(container, step), None, sound)


def length(container: InputContainer, step: Fraction) -> Fraction:
    """How long the pictures go on, as the header says; one frame where it says nothing."""
    stream = container.streams.video[0]
    if stream.duration and stream.time_base:
        return max(stream.duration * stream.time_base, step)
    if container.duration:
        return max(Fraction(container.duration, 1_000_000), step)
    return step


@contextmanager
def opened(path: Path) -> Generator[InputContainer]:
    """A container with at least one video stream; every error about the file becomes a UserError."""
    unknown = UserError(f"“{path.name}” is no video the studio knows.", "MP4, MOV, MKV, WebM or GIF work.")
    with open_container(path, form_of, unknown) as container:
        if not container.streams.video:
            raise UserError(f"“{path.name}” has no pictures.", "Choose a video file.")
        container.streams.video[0].thread_type = "AUTO"
        yield container


def to_image(frame: VideoFrame) -> Image:
    """RGB, or RGBA where the file has alpha; turned as the file says it was held."""
    clear = "a" in frame.format.name.replace("gray", "").replace("bgra64", "a") and any(
        component.is_alpha for component in frame.format.components
    )
    pixels: Any = frame.to_ndarray(format="rgba" if clear or frame.format.name == "pal8" else "rgb24")
    quarter = round(frame.rotation / 90) % 4
    return Image(np.ascontiguousarray(np.rot90(pixels, quarter)) if quarter else pixels)


def length_of(frame: VideoFrame, step: Fraction) -> Fraction:
    """How long a frame says it stays; the usual time where it says nothing."""
    if frame.duration and frame.time_base:
        return regular(frame.duration * frame.time_base, step, frame.time_base)
    return step


def regular(time: Fraction, step: Fraction, unit: Fraction | None) -> Fraction:
    """A time; where the unit is coarse (milliseconds, in Matroska), the multiple of a frame that it means."""
    exact = round(time / step) * step
    return exact if unit is not None and unit >= COARSE and abs(time - exact) <= unit else time
