"""Writing a tune through the whole engine: time to the first bar, notes a second, and rendering to sound.

Beside it, in the same run: the same network called plainly, and the time the sound lasts.
"""

from __future__ import annotations

import time

import numpy as np

from benchmarks.support.jobs import Measured, measured
from benchmarks.support.measure import Report, machine, milliseconds, once, ratio, rounded
from studio.app.music.sound import RATE, render
from studio.app.music.soundfont import soundfont
from studio.engine.events import Chunked, Finished, Priority
from studio.engine.jobs import Request
from studio.engine.networks import build
from studio.engine.weights import ModelInfo
from studio.model.errors import UserError
from studio.model.melody import Melody, Note, Part

BARS = 16


def run(quick: bool = False) -> Report:
    """A few tunes when `quick`, else two dozen."""
    times = 3 if quick else 24
    with measured() as studio:
        models = studio.registry.weights.models("melody")
        if not models:
            raise UserError("No melody model is installed.", "Train one, or put one into the models folder.")
        firsts, wholes, count = tunes(studio, models[0], times)
    rate = count / sum(wholes)
    plain = plain_notes_per_second(models[0], max(1, times // 4))
    return {
        "benchmark": "melody",
        "model": models[0].name,
        "bars": BARS,
        "first_bar": milliseconds(firsts),
        "whole_tune": milliseconds(wholes),
        "notes_per_second": rounded(rate),
        "plain_notes_per_second": rounded(plain),
        "engine_vs_plain_ratio": ratio(rate, plain),
        "render_vs_real_time_ratio": rounded(render_speed(2 if quick else 8)),
        "machine": machine(),
    }


def tunes(studio: Measured, model: ModelInfo, times: int) -> tuple[list[float], list[float], int]:
    """Seconds to the first notes and to the end of each tune, after one that warms up, and notes in all."""
    firsts, wholes, count = [], [], 0
    for seed in range(times + 1):
        params = {"model": model.name, "bars": BARS, "seed": seed}
        start = time.perf_counter()
        job = studio.engine.submit(Request("melody", params, priority=Priority.INTERACTIVE))
        found: list[Melody] = []

        def keep(event: object, found: list[Melody] = found) -> bool:
            if isinstance(event, Finished) and isinstance(event.value, Melody):
                found.append(event.value)
            return isinstance(event, Finished)

        first = studio.until(job, lambda event: isinstance(event, Chunked)) - start
        whole = studio.until(job, keep) - start
        if seed:
            firsts.append(first)
            wholes.append(whole)
            count += found[0].count
    return firsts, wholes, count


def plain_notes_per_second(model: ModelInfo, times: int) -> float:
    """The network and its sampling alone."""
    import torch
    from safetensors.torch import load_file

    from studio.nets.melody import Melody as Network
    from studio.nets.melody_code import Frame
    from studio.nets.melody_sampling import Plan, Writer

    net = build(Network, model, load_file(model.path))
    seconds, count = 0.0, 0
    for seed in range(times + 1):
        rng = torch.Generator().manual_seed(seed)
        writer = Writer(net, [Plan(Frame(0, 0, 0, BARS), {}, range(BARS + 1))], rng, 0.95, 0.97)
        start = time.perf_counter()
        notes = sum(len(words) for _, _, words in writer.run())
        if seed:
            seconds, count = seconds + time.perf_counter() - start, count + notes
    return count / seconds


def render_speed(repeat: int) -> float:
    """How many seconds of sound are rendered in a second: eight notes a second on three tracks."""
    font = soundfont()
    parts = tuple(
        Part(tuple(Note(i * 120, 48 + 12 * n + i % 12, 110) for i in range(160)), "", 40 * n)
        for n in range(3)
    )
    melody = Melody(parts)
    render(melody, font)
    taken = [once(lambda: render(melody, font)) for _ in range(repeat)]
    return len(render(melody, font)) / RATE / float(np.median(taken))
