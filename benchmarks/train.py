"""Training: images a second of one step of both networks, on pictures that are already decoded.

Beside it, in the same run: lightweight-gan from PyPI with networks of like size, at the same resolution and
batch, and what the processor's matrix products alone would allow for the same number of multiplications.
The peer's trainer refuses to run without an Nvidia card, so its networks, losses and optimisers are taken
through the steps its trainer takes, on the processor. Its discriminator's attention at 32 x 32 is left out: a
single step with penalty takes minutes there without a card, and our networks have none either.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.support.measure import Report, machine, per_second, ratio, rounded
from studio.engine import recipe

RECIPE = Path(__file__).resolve().parents[1] / "resources" / "recipes" / "lab-few-shot.toml"
BATCH, SIZE = 16, 64
PEER_WIDTHS = range(32, 257, 16)
PENALTY_EVERY = 4
Step = Callable[[], object]


def run(quick: bool = False) -> Report:
    """Measure for a few seconds each. Threads: ours has two workers of one thread, the peer all cores."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    torch.set_flush_denormal(True)
    cores, duration, least = torch.get_num_threads(), *((0.5, 1) if quick else (20.0, PENALTY_EVERY))
    products = {kind: matrix_product(kind, duration / 10) for kind in ("float32", "bfloat16")}
    torch.set_num_threads(1)
    mine, sizes, work = own_step()
    own = rate(mine, duration, least)
    torch.set_num_threads(cores)
    found = own["images_per_second"] * work
    report = {
        "benchmark": "train",
        "resolution_px": SIZE,
        "batch": BATCH,
        "recipe": RECIPE.stem,
        "parameters_millions": sizes,
        **own,
        "gflop_per_image": rounded(work),
        "gflops": rounded(found),
        "matrix_product_gflops": products,
        "train_vs_matrix_product_ratio": ratio(found, products["bfloat16"]),
    }
    return {**report, **against_peer(own, sum(sizes.values()), duration, least), "machine": machine()}


def rate(step: Step, duration: float, least: int) -> dict[str, float]:
    """Images per second over ``least`` steps or more (penalties are due now and then), one to warm up.

    Also per second of processor time, which other programs on the machine hardly change.
    """
    step()
    count, start, processor = 0, time.perf_counter(), time.process_time()
    while (elapsed := time.perf_counter() - start) < duration or count < least:
        step()
        count += 1
    images, used = BATCH * count, time.process_time() - processor
    return {
        "images_per_second": rounded(images / elapsed),
        "images_per_processor_second": rounded(images / used),
    }


def matrix_product(kind: str, duration: float) -> float:
    """GFLOP/s of square matrix products on all cores."""
    import torch

    a = torch.randn(1024, 1024).to(getattr(torch, kind))
    return rounded(per_second(lambda: a @ a, duration) * 2 * 1024**3 / 1e9)


def own_step() -> tuple[Step, dict[str, float], float]:
    """Our step, millions of parameters of both networks, and floating point operations per image."""
    from studio.train.datasets import PictureSet
    from studio.train.trainer import Trainer

    plan = recipe.read(RECIPE)
    plan = plan.model_copy(update={"train": plan.train.model_copy(update={"batch": BATCH})})
    pixels = np.random.default_rng(0).integers(0, 255, (128, SIZE, SIZE, 3), dtype=np.uint8)
    names = {"name": "noise", "channels": ["r", "g", "b"], "conditions": []}
    data = PictureSet(pixels, np.zeros((128, 0), np.int64), names)
    alone = plan.model_copy(update={"train": plan.train.model_copy(update={"threads": 1})})
    counted = Trainer(alone, data)
    counted.step()
    work = gflop(counted.step)
    trainer = Trainer(plan, data)
    sizes = {name: millions(getattr(trainer, name)) for name in ("g", "d")}
    return trainer.step, sizes, work


def gflop(step: Step) -> float:
    """Billions of floating point operations per image of one step, penalties left out."""
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        step()
    return counter.get_total_flops() / BATCH / 1e9


def millions(net: Any) -> float:
    """Parameters of a network in millions."""
    return rounded(sum(p.numel() for p in net.parameters()) / 1e6)


def against_peer(own: dict[str, float], size: float, duration: float, least: int) -> dict[str, object]:
    """The peer's speed, or plainly that it is missing."""
    try:
        with without_card():
            step, sizes = peer_step(size)
    except ImportError as error:
        return {"peer": f"missing: {error.name or error}", "peer_hint": "pip install lightweight-gan"}
    work = gflop(step)
    theirs = rate(step, duration, least)
    return {
        "peer": f"lightweight-gan {version('lightweight-gan')} without attention",
        "peer_parameters_millions": sizes,
        "peer_gflop_per_image": rounded(work),
        **{f"peer_{name}": value for name, value in theirs.items()},
        "train_vs_peer_ratio": ratio(own["images_per_second"], theirs["images_per_second"]),
        "train_vs_peer_processor_ratio": ratio(
            *(rates["images_per_processor_second"] for rates in (own, theirs))
        ),
    }


@contextmanager
def without_card() -> Iterator[None]:
    """While entered, the peer takes the processor for a card: it asks for one when imported and built."""
    import torch

    there, move = torch.cuda.is_available, torch.nn.Module.cuda
    torch.cuda.is_available = lambda: True  # type: ignore[assignment]  # put back below
    torch.nn.Module.cuda = lambda self, device=None: self  # type: ignore[assignment,method-assign]
    try:
        yield
    finally:
        torch.cuda.is_available, torch.nn.Module.cuda = there, move  # type: ignore[method-assign]


def peer_step(size: float) -> tuple[Step, dict[str, float]]:
    """One step of the peer with networks as near as can be to so many millions of parameters."""
    import torch
    from lightweight_gan import lightweight_gan as peer

    peer.Blur = torch.nn.Identity  # as its trainer has it unless asked for
    peer.LinearAttention = torch.nn.Identity

    def gap(width: int) -> float:
        with torch.device("meta"):
            nets = (kind(image_size=SIZE, fmap_max=width, **more) for kind, more in kinds)
            return abs(sum(map(millions, nets)) - size)

    kinds = ((peer.Generator, {"latent_dim": 64}), (peer.Discriminator, {}))
    width = min(PEER_WIDTHS, key=gap)
    gan = peer.LightweightGAN(latent_dim=64, image_size=SIZE, fmap_max=width).train()
    return lambda: peer_update(gan, next(steps)), {"g": millions(gan.G), "d": millions(gan.D)}


steps = iter(range(1, 1 << 30))


def peer_update(gan: Any, step: int) -> None:
    """D with its penalty every fourth step and its rebuilding loss, then G, as the peer's trainer does."""
    import torch
    from lightweight_gan.lightweight_gan import gen_hinge_loss, hinge_loss

    changes = {"prob": 1.0, "types": ["translation", "cutout"]}
    real, penalised = torch.rand(BATCH, 3, SIZE, SIZE), step % PENALTY_EVERY == 0
    gan.D_opt.zero_grad()
    with torch.no_grad():
        fake = gan.G(torch.randn(BATCH, gan.latent_dim))
    real.requires_grad_(penalised)
    given = {"detach": True, "input_requires_grad": penalised, "return_discr_input": True}
    seen, (fake_score, fake_small, _) = gan.D_aug(fake, **given, **changes)
    real_score, real_small, rebuilt = gan.D_aug(real, calc_aux_loss=True, **changes)
    loss = hinge_loss(real_score, fake_score) + hinge_loss(real_small, fake_small) + rebuilt
    if penalised:
        loss = (
            loss + 10 * (slopes((real_score, real_small), real) + slopes((fake_score, fake_small), seen)) / 2
        )
    loss.backward()
    gan.D_opt.step()
    gan.G_opt.zero_grad()
    score, small, _ = gan.D_aug(gan.G(torch.randn(BATCH, gan.latent_dim)), **changes)
    (gen_hinge_loss(score, None) + gen_hinge_loss(small, None)).backward()
    gan.G_opt.step()


def slopes(scores: Any, x: Any) -> Any:
    """Mean squared gradient norm of the scores at pictures."""
    import torch

    ones = [torch.ones_like(score) for score in scores]
    (gradient,) = torch.autograd.grad(scores, x, ones, create_graph=True)
    return gradient.flatten(1).norm(2, dim=1).square().mean()
