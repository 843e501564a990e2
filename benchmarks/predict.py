"""Going on with a clip: how many frames a second, beside the network run plainly and matrix products."""

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
from studio.model.clip import Clip
from studio.model.clip_record import Recorder
from studio.model.errors import UserError
from studio.model.media import Image

SIZES = ((320, 192), (640, 384))


def run(quick: bool = False) -> Report:
    """Measure the generator on a sliding picture, and the network alone."""
    registry, _ = installed_registry()
    models = registry.weights.models("predict")
    if not models:
        raise UserError("No model to predict with is installed.", "Train one: studio.train.video.")
    sizes = SIZES[:1] if quick else SIZES
    count = 4 if quick else 16
    rates = {f"{w}x{h}": rounded(generator(registry, sliding(w, h), count)) for w, h in sizes}
    plain = network(registry, sizes[0], count, 0.5 if quick else 3.0)
    return {
        "benchmark": "predict",
        "model": models[0].name,
        "frames_at_once": count,
        "frames_per_second": rates,
        **plain,
        "generator_vs_network_ratio": ratio(
            rates[f"{sizes[0][0]}x{sizes[0][1]}"], float(str(plain["network_frames_per_second"]))
        ),
        "machine": machine(),
    }


def sliding(width: int, height: int) -> Clip:
    """Three frames of a picture that slides to the right."""
    y, x = np.mgrid[:height, :width]
    base = np.stack([x % 256, y % 256, (x + y) % 256], -1).astype(np.uint8)
    recorder = Recorder()
    for number in range(3):
        recorder.add(Image(np.roll(base, 4 * number, axis=1)), Fraction(1, 24))
    return recorder.clip(Fraction(24))


def generator(registry: Registry, clip: Clip, count: int) -> float:
    """Frames a second through the whole engine, reading and keeping frames included."""
    with headless(registry) as face:
        seconds = 0.0
        for _ in range(2):  # the first run loads the network
            seconds = face.make(Request("predict", {"frames": count}, {"clip": clip})).seconds
    return count / seconds


def network(registry: Registry, size: tuple[int, int], count: int, duration: float) -> Report:
    """The network alone after three frames, motion included, and matrix products with the same threads."""
    import torch
    from safetensors.torch import load_file

    from studio.nets.predict import Predictor, look_back, still

    torch.set_num_threads(cores())
    model = registry.weights.models("predict")[0]
    net = build(Predictor, model, load_file(model.path))
    context = [torch.rand(1, 3, size[1], size[0]) for _ in range(3)]
    with torch.inference_mode():
        rate = count * per_second(lambda: net(context, count), duration)
        measured = per_second(lambda: look_back(context), duration)
        past = look_back(context)
        steps = per_second(lambda: net.step(past, still(past)), duration)
        work = flops(net, lambda: net.step(past, still(past)))
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    product = per_second(lambda: a @ b, duration) * 2 * 1024**3 / 1e9
    return {
        "network_frames_per_second": rounded(rate),
        "motion_measured_per_second": rounded(measured),
        "steps_per_second": rounded(steps),
        "step_mflop": rounded(work / 1e6),
        "step_gflops": rounded(steps * work / 1e9),
        "matrix_product_gflops": rounded(product),
        "step_vs_matrix_product_ratio": ratio(steps * work / 1e9, product),
    }
