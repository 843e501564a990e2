"""Notes to sound: by a SoundFont through symusic, measured and levelled by ITU-R BS.1770-4."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from studio.model.errors import UserError
from studio.model.melody import Melody
from studio.model.melody_midi import midi_bytes

Audio = NDArray[np.float32]
Desk = Literal["song", "note", "file"]
RATE = 44_100
TARGET = -16.0  # LUFS, as streaming services ask of stereo
PEAK = 10 ** (-1 / 20)  # -1 dBFS
LONGEST = 3600.0  # seconds


@lru_cache(maxsize=1)
def symusic() -> Any:
    """The package, without the variables that importing it leaves in the environment."""
    before = set(os.environ)
    package = import_module("symusic")
    for name in set(os.environ) - before:
        if name.startswith("SYMUSIC_"):
            del os.environ[name]
    return package


@lru_cache(maxsize=4)
def synthesizer(path: str, changed: int, rate: int, desk: Desk) -> tuple[Any, Lock]:
    """symusic's synthesizer for a SoundFont file as it was at a time, and the lock to use it under."""
    return symusic().Synthesizer(sf_path=path, sample_rate=rate, quality=0), Lock()


def render(melody: Melody, font: Path, rate: int = RATE, desk: Desk = "song") -> Audio:
    """The sound of all parts, (samples, 2), with the last notes' fading. UserError beyond an hour.

    desk: each has a synthesizer of its own, so that one need not wait for another.
    """
    if melody.duration > LONGEST:
        raise UserError(
            f"This music lasts {melody.duration / 60:.0f} minutes.", "At most an hour is rendered."
        )
    if not melody.count:
        return np.zeros((0, 2), np.float32)
    try:
        made, lock = synthesizer(str(font), font.stat().st_mtime_ns, rate, desk)
    except (RuntimeError, ValueError, OSError):
        raise UserError(f"“{font.name}” is no sound SoundFont.", "Choose another in the settings.") from None
    score = symusic().Score.from_midi(midi_bytes(melody))
    with lock:
        return np.ascontiguousarray(np.asarray(made.render(score, stereo=True), np.float32).T)


def stems(melody: Melody, font: Path, rate: int = RATE) -> list[Audio]:
    """The sound of each part alone, all of one length; their sum is the sound of all of them."""
    made = [render(replace(melody, parts=(part,)), font, rate) for part in melody.parts]
    longest = max((len(audio) for audio in made), default=0)
    return [np.pad(audio, ((0, longest - len(audio)), (0, 0))) for audio in made]


def loudness(audio: Audio, rate: int = RATE) -> float:
    """Integrated loudness in LUFS: K-weighted, in blocks of 0.4 s, gated; minus infinity for silence."""
    if not len(audio):
        return float("-inf")
    from scipy.signal import lfilter

    weighted: Any = audio
    for top, bottom in k_weighting(rate):
        weighted = lfilter(top, bottom, weighted, axis=0)
    block, hop = min(round(0.4 * rate), len(audio)), max(1, round(0.1 * rate))
    power = np.concatenate([[0.0], np.cumsum((weighted**2).sum(1))])
    starts = np.arange(0, len(audio) - block + 1, hop)
    blocks = (power[starts + block] - power[starts]) / block
    loud = blocks[level(blocks) > -70]
    if not loud.size:
        return float("-inf")
    gated = loud[level(loud) > level(loud.mean()) - 10]
    return float(level(gated.mean()))


def level(power: Any) -> Any:
    """Power to LUFS."""
    return -0.691 + 10 * np.log10(np.maximum(power, 1e-12))


def k_weighting(rate: int) -> tuple[tuple[list[float], list[float]], ...]:
    """The two filters of BS.1770 at any rate, by the bilinear transform of their analogue models."""
    k, q, gain = np.tan(np.pi * 1681.974450955533 / rate), 0.7071752369554196, 10 ** (3.999843853973347 / 20)
    half, below = gain**0.4996667741545416, 1 + k / q + k * k
    shelf = [
        (gain + half * k / q + k * k) / below,
        2 * (k * k - gain) / below,
        (gain - half * k / q + k * k) / below,
    ]
    shelf_bottom = [1.0, 2 * (k * k - 1) / below, (1 - k / q + k * k) / below]
    k, q = np.tan(np.pi * 38.13547087602444 / rate), 0.5003270373238773
    below = 1 + k / q + k * k
    return (shelf, shelf_bottom), (
        [1.0, -2.0, 1.0],
        [1.0, 2 * (k * k - 1) / below, (1 - k / q + k * k) / below],
    )


def normalised(audio: Audio, rate: int = RATE, target: float = TARGET) -> Audio:
    """The sound at a loudness in LUFS, quieter where its peak would pass -1 dBFS; silence stays silence."""
    found = loudness(audio, rate)
    peak = float(np.abs(audio).max(initial=0))
    if not np.isfinite(found) or not peak:
        return audio
    return (audio * min(10 ** ((target - found) / 20), PEAK / peak)).astype(np.float32)
