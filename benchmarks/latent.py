"""Dragging a latent slider: how many new pictures a second come through the whole engine.

Beside it, in the same run: the same network called plainly in a loop, and what the processor's matrix
products alone would allow for the same number of multiplications.
"""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np

from benchmarks.support.jobs import Measured, measured
from benchmarks.support.measure import Report, machine, milliseconds, per_second, ratio, rounded
from studio.engine.devices import cores
from studio.engine.events import Finished, Priority
from studio.engine.jobs import Request
from studio.engine.networks import build
from studio.engine.weights import ModelInfo
from studio.model.errors import UserError

PREFERRED_SIDE = 64


def run(quick: bool = False) -> Report:
    """Measure for a few seconds each."""
    duration = 0.5 if quick else 4.0
    with measured() as studio:
        model = pick_model(studio)
        through = slider(studio, model, 20 if quick else 200)
    plain, product = limits(model, duration)
    rate = 1000 / through["p50_ms"]
    return {
        "benchmark": "latent",
        "model": model.name,
        "side_px": model.config["resolution"],
        "slider_to_picture": through,
        "pictures_per_second": rounded(rate),
        **plain,
        **product,
        "engine_vs_plain_ratio": ratio(rate, float(plain["plain_pictures_per_second"])),
        "plain_vs_matrix_product_ratio": ratio(
            float(plain["plain_gflops"]), float(product["matrix_product_gflops"])
        ),
        "machine": machine(),
    }


def pick_model(studio: Measured) -> ModelInfo:
    """A shipped model of 64 pixels if there is one, else the nearest in size. UserError if there is none."""
    models = studio.registry.weights.models("style")
    if not models:
        raise UserError("No model is installed.", "Train one, or put one into the models folder.")
    return min(models, key=lambda model: abs(model.config["resolution"] - PREFERRED_SIDE))


def slider(studio: Measured, model: ModelInfo, steps: int) -> dict[str, float]:
    """Milliseconds from each slider position's request to its picture."""
    samples = []
    for step in range(steps + 3):
        position = 2 * math.sin(step / 10)
        params = {"model": model.name, "seed": 1, "directions": [position]}
        ask = Request("synthesis", params, priority=Priority.INTERACTIVE, channel="slider")
        samples.append(one(studio, ask))
    return milliseconds(samples[3:])


def one(studio: Measured, ask: Request) -> float:
    """Seconds from submitting to the finished picture."""
    start = time.perf_counter()
    job = studio.engine.submit(ask)
    moment = studio.until(job, lambda event: isinstance(event, Finished))
    return moment - start


def limits(model: ModelInfo, duration: float) -> tuple[Report, Report]:
    """The plain forward pass, and the matrix products of the same machine with the same threads."""
    import torch

    torch.set_num_threads(cores())
    plain = plain_forward(model, duration)
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    rate = per_second(lambda: a @ b, duration) * 2 * 1024**3 / 1e9
    return plain, {"matrix_product_gflops": rounded(rate), "threads": torch.get_num_threads()}


def plain_forward(model: ModelInfo, duration: float) -> Report:
    """The network alone, one picture at a time, converted to 8 bits."""
    import torch
    from safetensors.torch import load_file

    from studio.nets.style import Generator

    net = build(Generator, model, load_file(model.path)).to(memory_format=torch.channels_last)
    z, labels = torch.randn(1, net.z_dim), torch.zeros(1, len(net.conditions), dtype=torch.int64)

    def forward() -> np.ndarray:
        picture = net(z, labels, 0.7)[0]
        return ((picture * 0.5 + 0.5) * 255 + 0.5).to(torch.uint8).permute(1, 2, 0).contiguous().numpy()

    with torch.inference_mode():
        rate = per_second(forward, duration)
        work = flops(net, lambda: net(z, labels, 0.7))
    return {
        "plain_pictures_per_second": rounded(rate),
        "network_mflop": rounded(work / 1e6),
        "plain_gflops": rounded(rate * work / 1e9),
    }


def flops(net: Any, forward: Any) -> int:
    """Floating point operations of one forward pass, by torch's own counter."""
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        forward()
    return int(counter.get_total_flops())
