"""The sound of a file: decoded to stereo at one rate, lined up with the pictures to the sample."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from studio.model.clip import SOUND_RATE, Block
from studio.model.clip_container import decoded, open_container, sound_form
from studio.model.errors import UserError

if TYPE_CHECKING:
    from av.container import InputContainer

LEAD = Fraction(1, 5)  # seconds decoded before a start in the middle, for codecs that need a run-up
GAP = 4096  # samples of silence given at once


@dataclass(frozen=True)
class FileSound:
    """The first audio stream of a file. origin: the time stamp that is the clip's time 0, in seconds."""

    file: Path
    origin: Fraction = Fraction(0)

    @property
    def path(self) -> str:
        """See `Sound`."""
        return str(self.file)

    def blocks(self, start: Fraction = Fraction(0), end: Fraction | None = None) -> Iterator[Block]:
        """See `Sound`."""
        at = round(start * SOUND_RATE)
        stop = None if end is None else round(end * SOUND_RATE)
        with listening(self.file) as container:
            for first, samples in self._decoded(container, start):
                if stop is not None and first >= stop:
                    break
                while at < first:
                    gap = min(first - at, GAP) if stop is None else min(first - at, GAP, stop - at)
                    if gap <= 0:
                        break
                    yield np.zeros((gap, 2), np.float32)
                    at += gap
                piece = samples[max(at - first, 0) : None if stop is None else max(stop - first, 0)]
                if len(piece) and at >= first:
                    yield piece
                    at += len(piece)
        while stop is not None and at < stop:
            gap = min(stop - at, GAP)
            yield np.zeros((gap, 2), np.float32)
            at += gap

    def _decoded(self, container: InputContainer, start: Fraction) -> Generator[tuple[int, Block]]:
        """(number of the first sample in the clip, samples) pieces from before `start` on."""
        import av

        stream = container.streams.audio[0]
        assert stream.time_base is not None
        if start > LEAD:
            container.seek(int((self.origin + start - LEAD) / stream.time_base), stream=stream)
        resampler = av.AudioResampler("fltp", "stereo", SOUND_RATE)
        at: int | None = None
        for frame in decoded(container, stream):
            if at is None and frame.pts is not None and frame.time_base is not None:
                at = round((frame.pts * frame.time_base - self.origin) * SOUND_RATE)
            for made in resampler.resample(frame):
                samples: Any = np.ascontiguousarray(made.to_ndarray().T, np.float32)
                yield at or 0, samples
                at = (at or 0) + len(samples)


@contextmanager
def listening(path: Path) -> Generator[InputContainer]:
    """A container with an audio stream; UserError about the file otherwise."""
    unknown = UserError(f"“{path.name}” has no sound the studio knows.", "WAV, FLAC, OGG, MP3, M4A work.")
    with open_container(path, sound_form, unknown) as container:
        if not container.streams.audio:
            raise UserError(f"“{path.name}” has no sound.", "Choose another file.")
        yield container
