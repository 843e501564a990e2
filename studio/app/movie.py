"""Writing short films: MP4 or WebM video, GIF or WebP pictures that move."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.model.errors import UserError
from studio.model.io import atomic_write

VIDEO = {".mp4": ("mp4", "libx264"), ".webm": ("webm", "libvpx-vp9")}
MOVING = {".gif": "GIF", ".webp": "WEBP"}
SUFFIXES = (*VIDEO, *MOVING)
FILTERS = "MP4 video (*.mp4);;WebM video (*.webm);;GIF (*.gif);;WebP (*.webp)"
MAX_HELD = 1 << 30  # bytes of frames that GIF and WebP keep in memory at once
Frame = NDArray[np.uint8]  # (H, W, 3) or (H, W, 4)


def write_movie(
    path: Path, frames: Iterable[Frame], count: int, rate: int, *, loop: bool = True
) -> Generator[float, None, int]:
    """Write ``count`` frames of one size at ``rate`` frames per second, by the suffix of ``path``.

    Yields the share that is done; returns the frames written. Transparency is laid on white in video. The
    file appears when it is whole; closing the generator leaves nothing. `UserError` for an unknown suffix,
    no frame, too many pixels for a GIF, or a disk that refuses.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise UserError(f"“{suffix or path.name}” is no kind of film.", f"Use one of: {', '.join(SUFFIXES)}.")
    write = write_video if suffix in VIDEO else write_moving
    try:
        with atomic_write(path) as file:
            return (yield from write(file, suffix, frames, count, rate, loop))
    except OSError as error:
        raise UserError(f"{path.name} could not be written.", error.strerror or str(error)) from None


def write_video(
    file: Any, suffix: str, frames: Iterable[Frame], count: int, rate: int, loop: bool
) -> Generator[float, None, int]:
    """Encode into a container; sizes are made even, as the codecs need them."""
    import av

    form, codec = VIDEO[suffix]
    done = 0
    with av.open(file, "w", format=form) as container:
        stream: Any = container.add_stream(codec, rate=rate)
        stream.options = {"crf": "18" if codec == "libx264" else "24"}
        for frame in frames:
            pixels = even(flat(frame))
            if not done:
                stream.height, stream.width, stream.pix_fmt = *pixels.shape[:2], "yuv420p"
            picture = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            picture.pts, picture.time_base = done, Fraction(1, rate)
            container.mux(stream.encode(picture))
            done += 1
            yield done / max(count, 1)
        if done:
            container.mux(stream.encode())
    return some(done)


def write_moving(
    file: Any, suffix: str, frames: Iterable[Frame], count: int, rate: int, loop: bool
) -> Generator[float, None, int]:
    """Encode as pictures that move; all frames are held in memory, which is bounded."""
    from PIL import Image as Pillow

    held: list[Pillow.Image] = []
    room = MAX_HELD
    for frame in frames:
        room -= frame.nbytes
        if room < 0:
            raise UserError("The film is too large for this kind of file.", "Save it as MP4 instead.")
        held.append(Pillow.fromarray(flat(frame) if suffix == ".gif" else frame))
        yield len(held) / max(count, 1)
    some(len(held))
    options: dict[str, Any] = {"lossless": True} if suffix == ".webp" else {}
    held[0].save(
        file, MOVING[suffix], save_all=True, append_images=held[1:], duration=round(1000 / rate),
        loop=0 if loop else 1, **options,
    )  # fmt: skip
    return len(held)


def some(count: int) -> int:
    """``count``; `UserError` for none."""
    if not count:
        raise UserError("There is no picture to make a film of.")
    return count


def flat(frame: Frame) -> Frame:
    """(H, W, 3), transparency laid on white."""
    if frame.shape[2] == 3:
        return frame
    alpha = frame[..., 3:].astype(np.uint16)
    colours = frame[..., :3].astype(np.uint16)
    return ((colours * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def even(frame: Frame) -> Frame:
    """The frame with its last row and column repeated where their number is odd."""
    rows, columns = frame.shape[:2]
    return np.pad(frame, ((0, rows % 2), (0, columns % 2), (0, 0)), mode="edge")


def between(one: Frame, other: Frame, steps: int) -> Iterable[Frame]:
    """``steps`` frames from one to shortly before the other, each a little less of the one."""
    for step in range(steps):
        way = step / steps
        mixed = one.astype(np.float32) * (1 - way) + other.astype(np.float32) * way
        yield (mixed + 0.5).astype(np.uint8)
