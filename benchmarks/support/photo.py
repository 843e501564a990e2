"""What the benchmarks of photo generators share: a picture, plain rates, and the memory of a large job."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.support.jobs import Measured, built_in
from benchmarks.support.measure import Report, per_second, rounded
from studio.engine.context import Context
from studio.engine.devices import cores
from studio.engine.events import Finished
from studio.engine.jobs import Request
from studio.engine.weights import ModelInfo
from studio.model.errors import UserError
from studio.model.media import Image, Mask, Media

ROOT = Path(__file__).resolve().parents[2]
MIB = 1 << 20
PRODUCT = 1024


def smooth(side: int) -> Image:
    """A square picture of soft waves with some noise, 8 bits."""
    y, x = np.mgrid[:side, :side].astype(np.float32)[..., None] / 37
    noise = np.random.default_rng(1).uniform(-9, 9, (side, side, 1)).astype(np.float32)
    waves = 127 + 60 * np.sin(x + np.arange(3)) + 50 * np.cos(y - np.arange(3)) + noise
    return Image(waves.clip(0, 255).astype(np.uint8))


def scratched(side: int, thickness: int) -> Mask:
    """A mask of lines across a square picture."""
    mask = np.zeros((side, side), np.uint8)
    for start in range(side // 4, side, side // 2):
        mask[start : start + thickness, side // 16 : -side // 16] = 255
    return Mask(mask)


def model(family: str, **about: str) -> ModelInfo:
    """An installed model; UserError if there is none."""
    for info in built_in().weights.models(family):
        if all(info.metadata.get(key) == value for key, value in about.items()):
            return info
    raise UserError(f"No model of the family “{family}” is installed.", "Train one: studio train.")


def through_engine(studio: Measured, ask: Request, times: int) -> float:
    """Seconds of one run, the quickest of some, the first of which loads the network."""

    def once() -> float:
        start = time.perf_counter()
        job = studio.engine.submit(ask)
        return studio.until(job, lambda event: isinstance(event, Finished)) - start

    once()
    return min(once() for _ in range(times))


def matrix_product_gflops(duration: float) -> float:
    """What the processor does at most, with as many threads as the engine uses."""
    import torch

    torch.set_num_threads(cores())
    a = torch.randn(PRODUCT, PRODUCT)
    return per_second(lambda: a @ a, duration) * 2 * PRODUCT**3 / 1e9


def work_of(network: Any, forward: Callable[[], object]) -> int:
    """Floating point operations of one forward pass, by torch's own counter."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        forward()
    return int(counter.get_total_flops())


def large_job(generator: str, side: int) -> Report:
    """Memory and time of one large job, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.support.photo", generator, str(side)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError(f"The large job failed: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
    report: Report = json.loads(done.stdout.splitlines()[-1])
    return report


def measure_large(generator: str, side: int) -> Report:
    """Run a generator on a square picture of a side and look at this process's memory."""
    registry = built_in()
    spec = registry.get(generator)
    params = spec.validate({})
    own = getattr(spec.cls, "model_for", None)
    model = own(Context(registry.weights), params) if own else registry.weights.models(str(spec.family))[0]
    context = Context(registry.weights, model=model)
    plugin = spec.cls()
    plugin.load(context)
    inputs: dict[str, Media] = {"image": smooth(side)}
    if "mask" in spec.inputs:
        hole = np.zeros((side, side), np.uint8)
        hole[side // 3 : side // 2, side // 3 : side // 2] = 255
        inputs["mask"] = Mask(hole)
    before = memory_now_mib()
    start = time.perf_counter()
    result = exhausted(plugin.run(context, params, **inputs))
    seconds = time.perf_counter() - start
    peak = memory_peak_mib() - before
    own_mib = result.pixels.nbytes / MIB
    return {
        "input_px": [side, side],
        "result_px": [result.width, result.height],
        "seconds": rounded(seconds),
        "megapixels_per_second": rounded(result.width * result.height / 1e6 / seconds),
        "peak_mib": rounded(peak),
        "result_mib": rounded(own_mib),
        "peak_vs_result_ratio": rounded(peak / own_mib),
    }


def memory_now_mib() -> float:
    """What this process holds; from here on the peak counts anew, where the system can do that."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return told_mib("VmRSS:")


def memory_peak_mib() -> float:
    """The most this process has held."""
    return told_mib("VmHWM:")


def told_mib(line: str) -> float:
    """A line of the process's status; the peak since its start where there is no such file."""
    with suppress(OSError):
        for words in map(str.split, Path("/proc/self/status").read_text().splitlines()):
            if words[0] == line:
                return int(words[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def exhausted(run: Any) -> Image:
    """What a generator returns in the end."""
    while True:
        try:
            next(run)
        except StopIteration as end:
            return end.value


if __name__ == "__main__":
    print(json.dumps(measure_large(sys.argv[1], int(sys.argv[2]))))
