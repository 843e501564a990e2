"""Drawing frames between frames: how many a second, beside the matrix products the machine is capable of."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from benchmarks.latent import flops
from benchmarks.support.measure import Report, machine, per_second, ratio, rounded
from studio.app.headless import headless
from studio.app.installed import installed_registry
from studio.engine.devices import cores
from studio.engine.jobs import Request
from studio.engine.networks import build
from studio.engine.plugins import Registry
from studio.model.clip_record import Recorder
from studio.model.errors import UserError
from studio.model.media import Image

SIZES = ((320, 192), (640, 384))


def run(quick: bool = False) -> Report:
    """Measure the generator on a sliding picture, and the network alone."""
    registry, _ = installed_registry()
    models = registry.weights.models("interpolate")
    if not models:
        raise UserError("No model to interpolate with is installed.", "Train one: studio.train.video.")
    sizes = SIZES[:1] if quick else SIZES
    alone = network(registry, sizes[0], 0.5 if quick else 3.0)
    rates = {f"{w}x{h}": rounded(generator(registry, w, h, 3 if quick else 9)) for w, h in sizes}
    return {
        "benchmark": "interp",
        "model": models[0].name,
        "new_frames_per_second": rates,
        **alone,
        "generator_vs_network_ratio": ratio(
            rates[f"{sizes[0][0]}x{sizes[0][1]}"], float(str(alone["network_frames_per_second"]))
        ),
        "machine": machine(),
    }


def generator(registry: Registry, width: int, height: int, count: int) -> float:
    """New frames a second through the whole engine, reading and keeping frames included."""
    y, x = np.mgrid[:height, :width]
    base = np.stack([x % 256, y % 256, (x + y) % 256], -1).astype(np.uint8)
    recorder = Recorder()
    for number in range(count + 1):
        recorder.add(Image(np.roll(base, 4 * number, axis=1)), Fraction(1, 24))
    with headless(registry) as face:
        seconds = 0.0
        for clip in (recorder.clip(Fraction(24)),) * 2:  # the first run loads the network
            seconds = face.make(Request("interpolate", {"cuts": False}, {"clip": clip})).seconds
    return count / seconds


def network(registry: Registry, size: tuple[int, int], duration: float) -> Report:
    """The network alone on two frames, and matrix products with the same threads."""
    import torch
    from safetensors.torch import load_file

    from studio.nets.interpolate import Interpolator

    torch.set_num_threads(cores())
    model = registry.weights.models("interpolate")[0]
    net = build(Interpolator, model, load_file(model.path))
    first, last = torch.rand(1, 3, size[1], size[0]), torch.rand(1, 3, size[1], size[0])
    t = torch.tensor([0.5])
    with torch.inference_mode():
        rate = per_second(lambda: net(first, last, t), duration)
        work = flops(net, lambda: net(first, last, t))
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    product = per_second(lambda: a @ b, duration) * 2 * 1024**3 / 1e9
    return {
        "network_frames_per_second": rounded(rate),
        "network_mflop": rounded(work / 1e6),
        "network_gflops": rounded(rate * work / 1e9),
        "matrix_product_gflops": rounded(product),
        "network_vs_matrix_product_ratio": ratio(rate * work / 1e9, product),
    }
