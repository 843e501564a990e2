"""From pressing Cancel to the job's end, over every generator, at random moments of its run.

Beside it, in the same run: a bare thread that runs the same network in a loop and looks at a flag between two
pictures, which is what cancelling costs without an engine.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np

from benchmarks.support.jobs import Measured, measured, ready, request
from benchmarks.support.measure import Report, machine, milliseconds, ratio
from studio.engine.devices import cores
from studio.engine.networks import build
from studio.engine.spec import Spec
from studio.engine.weights import ModelInfo
from studio.model.errors import UserError

SEED = 3
LATEST_S = 0.4
LONG = {"count": 64, "scale": 8, "truncation": 0.7}


def run(quick: bool = False) -> Report:
    """Cancel every generator a few dozen times; a few when `quick`."""
    times = 4 if quick else 40
    with measured() as studio:
        specs = ready(studio.registry)
        if not specs:
            raise UserError("No generator is ready.", "See what is missing with: studio list")
        found = {name: latencies(studio, spec, extra, times) for name, spec, extra in cases(studio, specs)}
        models = studio.registry.weights.models("style")
    every = [sample for samples in found.values() for sample in samples]
    bare = flag_latencies(models[0], times) if models else []
    report: Report = {
        "benchmark": "cancel",
        "cancel": milliseconds(every),
        "generators": {name: milliseconds(samples) for name, samples in found.items()},
    }
    if bare:
        report["bare_thread_flag"] = milliseconds(bare)
        report["cancel_vs_bare_flag_ratio"] = ratio(float(np.median(every)), float(np.median(bare)))
    return {**report, "machine": machine()}


def cases(studio: Measured, specs: list[Spec]) -> list[tuple[str, Spec, dict[str, object]]]:
    """Each generator, and each model of those that have any; endless ones at a large size if they take it."""
    made: list[tuple[str, Spec, dict[str, object]]] = []
    for spec in specs:
        models = studio.registry.weights.models(spec.family) if spec.family else []
        for model in models:
            endless = model.metadata.get("tileable") == "1"
            if endless and "width" not in spec.params.model_fields:
                continue
            size: dict[str, object] = {"width": 2048, "height": 2048, "scale": 1} if endless else {}
            made.append((f"{spec.id} {model.name}", spec, {"model": model.name, **size}))
        if not models:
            made.append((spec.id, spec, {}))
    return made


def latencies(studio: Measured, spec: Spec, extra: dict[str, object], times: int) -> list[float]:
    """Seconds from `cancel` to the job's last event."""
    rng = np.random.default_rng(SEED)
    studio.ended(studio.engine.submit(request(spec, {**extra, "seed": 0})))
    samples = []
    while len(samples) < times:
        job = studio.engine.submit(request(spec, {**LONG, **extra, "seed": len(samples)}))
        studio.running(job)
        time.sleep(rng.uniform(0, LATEST_S))
        start = time.perf_counter()
        studio.engine.cancel(job)
        samples.append(max(0.0, studio.ended(job) - start))
    return samples


def flag_latencies(model: ModelInfo, times: int) -> list[float]:
    """Seconds from setting a flag to the end of a thread that draws pictures until it sees it."""
    import torch
    from safetensors.torch import load_file

    from studio.nets.style import Generator

    torch.set_num_threads(cores())
    net = build(Generator, model, load_file(model.path))
    z, labels = torch.randn(1, net.z_dim), torch.zeros(1, len(net.conditions), dtype=torch.int64)
    rng = np.random.default_rng(SEED)

    def draw(stop: threading.Event) -> None:
        with torch.inference_mode():
            while not stop.is_set():
                net(z, labels)

    return [flagged(draw, rng.uniform(0, LATEST_S)) for _ in range(times)]


def flagged(draw: Callable[[threading.Event], None], after: float) -> float:
    """Start a thread, set its flag after a while, and time its end."""
    stop = threading.Event()
    thread = threading.Thread(target=draw, args=(stop,))
    thread.start()
    time.sleep(after)
    start = time.perf_counter()
    stop.set()
    thread.join()
    return time.perf_counter() - start
