"""Writing clips: video files with sound, GIF, or folders of PNG frames; whole or not at all."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Generator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from studio.app.movie import even, flat
from studio.app.priority import ordinary_priority
from studio.app.video_sound import sound_track
from studio.model.clip import Clip, Frame
from studio.model.clip_folder import TIMING, timing
from studio.model.errors import UserError
from studio.model.io import atomic_write

Codec = Literal["auto", "h264", "vp9", "av1"]
Quality = Literal["best", "good", "small"]
CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm"}
SUFFIXES = (*CONTAINERS, ".gif")
ENCODERS: dict[str, str] = {"h264": "libx264", "vp9": "libvpx-vp9", "av1": "libsvtav1"}
CRF: dict[str, dict[Quality, int]] = {
    "h264": {"best": 12, "good": 18, "small": 26},
    "vp9": {"best": 15, "good": 24, "small": 36},
    "av1": {"best": 15, "good": 26, "small": 40},
}
SPEED = {"vp9": {"deadline": "good", "cpu-used": "4", "row-mt": "1"}, "av1": {"preset": "9"}}
TICKS = 10_000  # at least this many time units a second
BT709 = 1


@dataclass(frozen=True)
class Encoding:
    """How to write a video: codec ("auto": what the kind of file is known for) and quality."""

    codec: Codec = "auto"
    quality: Quality = "good"


def is_video_target(path: Path) -> bool:
    """Whether a file of that name can hold moving pictures."""
    return path.suffix.lower() in SUFFIXES


def write_clip(path: Path, clip: Clip, encoding: Encoding | None = None) -> Generator[float, None, int]:
    """Write a clip by the suffix of ``path``; a name without one, or of a folder, gets PNG frames.

    Yields the share that is done, 0..1; returns the frames written. Sound that the file can hold as it is is
    copied, other sound is encoded. Closing the generator leaves nothing under the name. `UserError` for an
    unknown kind, a codec that does not go into it, no frame, or a disk that refuses.
    """
    encoding = encoding or Encoding()
    suffix = path.suffix.lower()
    if path.is_dir() or not suffix:
        return (yield from write_folder(path, clip))
    if suffix not in SUFFIXES:
        hint = f"Use one of: {', '.join(SUFFIXES)}, or a folder."
        raise UserError(f"“{suffix}” is no kind of video.", hint)
    try:
        with atomic_write(path) as file:
            write = write_gif if suffix == ".gif" else write_stream
            return (yield from write(file, suffix, clip, encoding))
    except OSError as error:
        raise UserError(f"{path.name} could not be written.", error.strerror or str(error)) from None


def codec_for(suffix: str, wanted: Codec) -> str:
    """The codec to use in a kind of file; `UserError` when they do not go together."""
    codec = ("vp9" if suffix == ".webm" else "h264") if wanted == "auto" else wanted
    if suffix == ".webm" and codec == "h264":
        raise UserError("WebM cannot hold H.264.", "Choose VP9 or AV1, or save as MP4.")
    return codec


def write_stream(file: Any, suffix: str, clip: Clip, encoding: Encoding) -> Generator[float, None, int]:
    """Pictures and sound, interleaved, into a container."""
    import av

    codec = codec_for(suffix, encoding.codec)
    form = CONTAINERS[suffix]
    count = 0
    with av.open(file, "w", format=form) as container:
        stream: Any = container.add_stream(ENCODERS[codec], rate=clip.rate)
        stream.options = {"crf": str(CRF[codec][encoding.quality]), **SPEED.get(codec, {})}
        pictures = Pictures(container, stream, codec, ticks(clip.rate))
        sound = sound_track(container, form, clip.sound)
        end = Fraction(0)
        for frame in clip.frames():
            pictures.add(frame)
            sound.until(frame.time)
            end, count = frame.end, count + 1
            yield share(end, clip)
        if not count:
            raise UserError("There is no frame to write.", "The clip may be damaged.")
        pictures.finish()
        sound.until(end)
        sound.finish()
    return count


class Pictures:
    """The video stream of a file being written."""

    def __init__(self, container: Any, stream: Any, codec: str, unit: Fraction) -> None:
        self._container, self._stream, self._codec, self._unit = container, stream, codec, unit
        self._last = -1

    def add(self, frame: Frame) -> None:
        """Encode one frame at its time."""
        import av
        from av.video.reformatter import Colorspace

        pixels = flat(frame.image.array("uint8", 4 if frame.image.has_alpha else 3))
        pixels = pixels if self._codec == "vp9" else even(pixels)
        first = self._last < 0
        if first:
            self._begin(pixels.shape[1], pixels.shape[0])
        raw = av.VideoFrame.from_ndarray(pixels, format="rgb24")
        made = raw.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709)
        self._last = max(self._last + 1, round(frame.time / self._unit))
        made.pts, made.time_base = self._last, self._unit
        made.duration = max(1, round(frame.duration / self._unit))
        with ordinary_priority() if first else contextlib.nullcontext():  # the first frame opens the encoder
            self._container.mux(self._stream.encode(made))

    def _begin(self, width: int, height: int) -> None:
        stream = self._stream
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        context = stream.codec_context
        context.time_base = self._unit
        context.colorspace = context.color_primaries = context.color_trc = BT709

    def finish(self) -> None:
        """Write what the encoder still holds."""
        self._container.mux(self._stream.encode())


def write_gif(file: Any, suffix: str, clip: Clip, encoding: Encoding) -> Generator[float, None, int]:
    """A GIF with colours of its own for each frame; times are rounded to hundredths."""
    import av

    count = 0
    graph: Any = None
    with av.open(file, "w", format="gif") as container:
        stream: Any = container.add_stream("gif", rate=clip.rate)
        stream.pix_fmt, stream.width, stream.height = "pal8", clip.width, clip.height
        stream.codec_context.time_base = Fraction(1, 100)
        for frame in clip.frames():
            pixels = flat(frame.image.array("uint8", 4 if frame.image.has_alpha else 3))
            raw = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            graph = graph or palette_graph(raw)
            graph.push(raw)
            made = graph.pull()
            made.pts, made.time_base = round(frame.time * 100), Fraction(1, 100)
            made.duration = max(1, round(frame.end * 100) - made.pts)
            container.mux(stream.encode(made))
            count += 1
            yield share(frame.end, clip)
        if not count:
            raise UserError("There is no frame to write.", "The clip may be damaged.")
        container.mux(stream.encode())
    return count


def palette_graph(frame: Any) -> Any:
    """Filters that reduce each frame to its own best 256 colours."""
    from av.filter import Graph

    graph: Any = Graph()
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format="rgb24", time_base=Fraction(1, 100)
    )
    split, palette = graph.add("split"), graph.add("palettegen", "stats_mode=single")
    use, sink = graph.add("paletteuse", "new=1"), graph.add("buffersink")
    source.link_to(split)
    split.link_to(palette, 0)
    split.link_to(use, 1, 0)
    palette.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    return graph


def write_folder(folder: Path, clip: Clip) -> Generator[float, None, int]:
    """PNG frames and their times; they are moved into place together when all are written."""
    from studio.model.io import export_image

    target = folder.absolute()
    temporary = target.with_name(f".saving-{secrets.token_hex(8)}.part")
    lengths: list[Fraction] = []
    try:
        temporary.mkdir(parents=True)
        for frame in clip.frames():
            lengths.append(frame.duration)
            export_image(frame.image, temporary / f"frame-{len(lengths):05d}.png")
            yield share(frame.end, clip)
        if not lengths:
            raise UserError("There is no frame to write.", "The clip may be damaged.")
        (temporary / TIMING).write_bytes(timing(clip.rate, lengths))
        settle(temporary, target)
    except OSError as error:
        raise UserError(f"“{folder.name}” could not be written.", error.strerror or str(error)) from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return len(lengths)


def settle(temporary: Path, target: Path) -> None:
    """Give a finished folder its name; into a folder that exists its files are moved, older frames go."""
    if not target.exists():
        temporary.rename(target)
        return
    new = {path.name for path in temporary.iterdir()}
    for old in target.glob("frame-*.png"):
        if old.name not in new:
            old.unlink()
    for path in sorted(temporary.iterdir()):
        path.replace(target / path.name)


def ticks(rate: Fraction) -> Fraction:
    """The time unit of a stream: frames of the nominal rate fall on it exactly."""
    many = -(-TICKS // rate.numerator)
    return Fraction(1, rate.numerator * max(many, 1))


def share(time: Fraction, clip: Clip) -> float:
    """How much of a clip is done at a time."""
    return min(1.0, float(time / clip.duration)) if clip.duration else 1.0
