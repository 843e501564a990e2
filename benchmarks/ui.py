"""How late the window's events are: idle, and while the studio generates pictures.

A timer asks to be called every 5 ms and notes how much later it is. Beside it, in the same run: the same
window, idle, while a separate process does the same torch work.
"""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

from benchmarks.support.measure import Report, machine, milliseconds, ratio
from benchmarks.support.window import platform, settle, studio_window
from studio.engine.weights import ModelInfo
from studio.model.errors import UserError

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from studio.ui.app import Studio

EVERY_MS = 5
CHANNEL = "benchmark"

# The same work as `synthesis`, over and over, with the number of threads the engine would use.
WORK = """
import sys, torch
from pathlib import Path
from safetensors.torch import load_file
from studio.engine.networks import build
from studio.engine.weights import read_info, stamp_of
from studio.nets.style import Generator
info = read_info(stamp_of(Path(sys.argv[1])))
torch.set_num_threads(int(sys.argv[2]))
torch.set_flush_denormal(True)
net = build(Generator, info, load_file(info.path)).to(memory_format=torch.channels_last)
z, labels = torch.randn(1, net.z_dim), torch.zeros(1, len(net.conditions), dtype=torch.int64)
grid = torch.randn(1, net.grid_channels, 4, 4) if net.tileable else None
print("ready", flush=True)
with torch.inference_mode():
    while True:
        w = net.map(z, labels)
        net.synthesize(w[:, None].expand(-1, net.num_layers, -1), grid=grid)
"""


def run(quick: bool = False) -> Report:
    """Watch the timer for 20 seconds in each state; 3 when `quick`."""
    duration = 3.0 if quick else 20.0
    with studio_window() as (application, studio):
        models = studio.app.registry.weights.models("style")
        if not models:
            raise UserError("No model is installed.", "Train one, or put one into the models folder.")
        warm(application, studio, models[0])
        idle = lateness(duration)
        live = while_sliding(application, studio, models[0], duration)
        batch = while_generating(application, studio, models[0], duration)
        beside = beside_a_process(application, models[0], studio.app.engine.threads, duration)
        shown = platform()
    peer = milliseconds(beside)
    samples = {"idle": idle, "slider_dragged": live, "generating": batch, "separate_process": beside}
    found = {name: milliseconds(times) for name, times in samples.items()}
    return {
        "benchmark": "ui",
        "timer_ms": EVERY_MS,
        "lateness": found,
        "generating_vs_separate_process_p99_ratio": ratio(found["generating"]["p99_ms"], peer["p99_ms"]),
        "slider_vs_separate_process_p99_ratio": ratio(found["slider_dragged"]["p99_ms"], peer["p99_ms"]),
        "windows": shown,
        "machine": machine(),
    }


def lateness(duration: float) -> list[float]:
    """Seconds by which each call of a timer was late, with the window otherwise left alone."""
    from PySide6.QtCore import QEventLoop, Qt, QTimer

    samples: list[float] = []
    due = time.perf_counter() + EVERY_MS / 1000
    timer = QTimer(singleShot=True, timerType=Qt.TimerType.PreciseTimer, interval=EVERY_MS)

    def fired() -> None:
        nonlocal due
        samples.append(max(0.0, time.perf_counter() - due))
        due = time.perf_counter() + EVERY_MS / 1000
        timer.start()

    timer.timeout.connect(fired)
    timer.start()
    loop = QEventLoop()
    QTimer.singleShot(int(duration * 1000), loop.quit)
    loop.exec()
    timer.stop()
    return samples


def warm(application: QApplication, studio: Studio, model: ModelInfo) -> None:
    """Make one picture, so that torch is loaded and a layer is there to replace."""
    studio.app.generate("synthesis", {"model": model.name, "seed": 1})
    end = time.monotonic() + 60
    while not (studio.app.document and studio.app.document.active):
        if time.monotonic() > end:
            raise UserError("No picture came within a minute.")
        settle(application, 0.1)
    settle(application, 1.0)


def while_generating(
    application: QApplication, studio: Studio, model: ModelInfo, duration: float
) -> list[float]:
    """A long series of pictures, each landing in the variations strip as it is done."""
    params = {"model": model.name, "count": 64}
    for seed in range(int(duration * 8)):
        studio.app.generate("synthesis", {**params, "seed": seed * 64}, target="variations")
    samples = lateness(duration)
    studio.app.engine.cancel_all()
    settle(application, 1.0)
    return samples


def while_sliding(
    application: QApplication, studio: Studio, model: ModelInfo, duration: float
) -> list[float]:
    """A slider dragged at 60 positions a second, each replacing a layer of the document."""
    from PySide6.QtCore import QTimer

    document = studio.app.document
    assert document is not None and document.active is not None
    layer, steps = document.active, iter(range(1_000_000))

    def drag() -> None:
        position = (next(steps) % 120) / 30 - 2
        params = {"model": model.name, "seed": 1, "directions": [position]}
        studio.app.generate("synthesis", params, target=layer, channel=CHANNEL)

    timer = QTimer(interval=16)
    timer.timeout.connect(drag)
    timer.start()
    samples = lateness(duration)
    timer.stop()
    studio.app.generation.settle(layer)
    settle(application, 1.0)
    return samples


def beside_a_process(
    application: QApplication, model: ModelInfo, threads: int, duration: float
) -> list[float]:
    """The idle window while another process computes with as many threads as the engine."""
    command = [sys.executable, "-c", WORK, str(model.path), str(threads)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            if process.stdout.readline() != "ready\n":
                raise RuntimeError("The separate process did not start.")
            return lateness(duration)
        finally:
            process.kill()
