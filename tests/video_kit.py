"""Small video files, made by PyAV directly so that the studio's own writer is not its own witness."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from studio.model.clip_record import Recorder
from studio.model.media import Image

TURNED = bytes.fromhex("00000000 00010000 00000000 ffff0000 00000000 00000000 00000000 00000000 40000000")


def numbered(count, width=48, height=32):
    """Frames (H, W, 3): number i has the brightness 8 * i , red left, blue right."""
    out = []
    for i in range(count):
        frame = np.full((height, width, 3), 8 * i % 256, np.uint8)
        frame[:, : width // 4] = (200, 0, 0)
        frame[:, -width // 4 :] = (0, 0, 200)
        out.append(frame)
    return out


def number_of(image):
    """Which of the numbered frames a picture is."""
    pixels = image.array("uint8", 3) if isinstance(image, Image) else image
    height, width = pixels.shape[:2]
    return round(float(pixels[height // 4 : -height // 4, width * 3 // 8 : width * 5 // 8].mean()) / 8)


def write(path: Path, frames, rate=Fraction(24), stamps=None, codec="libx264", sound=0.0, unit=None, gop=12):
    """A file of frames; stamps: their times in units of `unit`. sound: seconds of a 440 Hz tone."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        stream.options = {"crf": "10"}
        stream.gop_size = gop
        height, width = frames[0].shape[:2] if frames else (32, 48)
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuv444p" if codec == "libx264" else "yuv420p"
        unit = unit or 1 / rate
        stream.codec_context.time_base = unit
        audio = container.add_stream("aac", rate=48000, layout="stereo") if sound else None
        if not frames:
            container.start_encoding()
        for i, pixels in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = stamps[i] if stamps else i, unit
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if audio:
            tone(container, audio, sound)
    return path


def tone(container, stream, length):
    """A tone that begins loud and fades."""
    t = np.arange(round(length * 48000)) / 48000
    wave = (np.sin(2 * np.pi * 440 * t) * 0.5).astype(np.float32)
    for first in range(0, len(wave), 1024):
        piece = np.stack([wave[first : first + 1024]] * 2)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(piece), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = 48000, first, Fraction(1, 48000)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def turn(path: Path):
    """Note in an MP4 file that it was held sideways."""
    raw = bytearray(path.read_bytes())
    at = raw.index(b"tkhd") + 4 + 40
    raw[at : at + 36] = TURNED
    path.write_bytes(raw)


def recorded(count=12, rate=Fraction(24), **size):
    """A clip of numbered frames."""
    recorder = Recorder()
    for frame in numbered(count, **size):
        recorder.add(Image(frame), 1 / rate)
    return recorder.clip(rate)


def decoded(path: Path):
    """(seconds, picture) of every frame of a file, by PyAV alone."""
    with av.open(str(path)) as container:
        return [
            (frame.pts * frame.time_base, frame.to_ndarray(format="rgb24"))
            for frame in container.decode(video=0)
        ]


def run(steps):
    """Run a generator to its end: what it returned."""
    try:
        while True:
            next(steps)
    except StopIteration as end:
        return end.value
