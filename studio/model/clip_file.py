"""Video files: MP4, MOV, MKV, WebM, GIF and others, decoded frame by frame by PyAV.

Opening looks at the header and one frame, however long the film.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from studio.model.clip import Clip, Frame
from studio.model.clip_container import decoded, form_of, open_container
from studio.model.clip_decode import Passed, Stamped, durations, length_of, regular, to_image
from studio.model.clip_sound import FileSound
from studio.model.errors import UserError
from studio.model.io.limits import check_size

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer

SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".gif", ".avi", ".ogv", ".ts", ".flv")
MAX_RATE = Fraction(1000)
LAST_PACKETS = 2000  # looked at for the end of a film
WHOLE = 64 << 20  # files up to this size are hashed whole


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
                    yield frame.seen()

    def approach(self, time: Fraction) -> Generator[Frame]:
        """See `Sought`. Frames that no other one is made from are not decoded before that time."""
        passed = Passed(self.start + time)
        with opened(self.path) as container, closing(self._decoded(container, time, passed)) as decoded:
            for frame in durations(decoded):
                if frame.time <= time < frame.time + frame.duration and passed.after(self.start + frame.time):
                    break  # what is seen at that time was left out: the file's durations are wrong
                yield frame.seen()
            else:
                return
        yield from self.frames(time, None)

    def key_frames(self) -> KeyFrames:
        """See `Sought`."""
        return KeyFrames(self)

    def _decoded(
        self, container: InputContainer, start: Fraction, passed: Passed | None = None
    ) -> Generator[Stamped]:
        """Frames from at or before `start` on, with the durations they claim."""
        if start > 0:
            found = self._sought(container, start, passed)
            if found is not None:
                yield found[0]
                yield from found[1]
                return
            container.seek(0)
        yield from self._stamped(container)

    def _sought(
        self, container: InputContainer, start: Fraction, passed: Passed | None
    ) -> tuple[Stamped, Iterator[Stamped]] | None:
        """The frame that a jump towards `start` reaches and those after it; None when it lands behind."""
        from av.error import FFmpegError

        stream = container.streams.video[0]
        assert stream.time_base is not None
        for back in (Fraction(0), Fraction(2), Fraction(10)):
            aim = max(self.start + start - back, self.start)
            try:
                container.seek(int(aim / stream.time_base), stream=stream)
                rest = self._stamped(container, passed)
                first = next(rest, None)
            except FFmpegError:
                return None
            if first is not None and first.time <= start:
                return first, rest
        return None

    def _stamped(self, container: InputContainer, passed: Passed | None = None) -> Generator[Stamped]:
        """Decoded frames with times that always grow, also where the file's do not."""
        last: Fraction | None = None
        for raw in decoded(container, container.streams.video[0], passed):
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
        return Clip(footage, image.width, image.height, rate, length(container, start, step), None, sound)


class KeyFrames:
    """See `Keys`. One thread decodes: a single frame comes soonest so."""

    def __init__(self, footage: VideoFile) -> None:
        self._footage, self._stack = footage, ExitStack()
        self._container = self._stack.enter_context(opened(footage.path))
        self._container.streams.video[0].thread_type = "NONE"

    def at(self, time: Fraction) -> Frame | None:
        """See `Keys`."""
        from av.error import FFmpegError

        stream, start = self._container.streams.video[0], self._footage.start
        assert stream.time_base is not None
        try:
            self._container.seek(int((start + max(time, Fraction(0))) / stream.time_base), stream=stream)
            packet = next(self._container.demux(stream))
            raw = next(iter([*packet.decode(), *stream.codec_context.decode(None)]), None)
        except (FFmpegError, ValueError, StopIteration):
            return None
        if raw is None or raw.pts is None:
            return None
        return Stamped(raw, raw.pts * stream.time_base - start, self._footage.step).seen()

    def close(self) -> None:
        """See `Keys`."""
        self._stack.close()


def length(container: InputContainer, start: Fraction, step: Fraction) -> Fraction:
    """How long the pictures go on: as the header says, or as long as the last packets tell, if that is more.

    Headers add up times of decoding, which falls short where frames last differently long. One frame where
    neither says anything.
    """
    stream = container.streams.video[0]
    claimed = step
    if stream.duration and stream.time_base:
        claimed = max(stream.duration * stream.time_base, step)
    elif container.duration:
        claimed = max(Fraction(container.duration, 1_000_000), step)
    return max([claimed, *(end - start for end in last_ends(container, start + claimed, step))])


def last_ends(container: InputContainer, near: Fraction, step: Fraction) -> Iterator[Fraction]:
    """When the packets after the last key frame before a time end; none where the file cannot be searched."""
    from av.error import FFmpegError

    stream = container.streams.video[0]
    unit = Fraction(stream.time_base or 0)
    with suppress(FFmpegError, ZeroDivisionError):
        container.seek(int(near / unit), stream=stream)
        for packet in islice(container.demux(stream), LAST_PACKETS):
            if packet.pts is not None:
                yield packet.pts * unit + ((packet.duration or 0) * unit or step)


@contextmanager
def opened(path: Path) -> Generator[InputContainer]:
    """A container with at least one video stream; every error about the file becomes a UserError."""
    unknown = UserError(f"“{path.name}” is no video the studio knows.", "MP4, MOV, MKV, WebM or GIF work.")
    with open_container(path, form_of, unknown) as container:
        if not container.streams.video:
            raise UserError(f"“{path.name}” has no pictures.", "Choose a video file.")
        container.streams.video[0].thread_type = "AUTO"
        yield container
