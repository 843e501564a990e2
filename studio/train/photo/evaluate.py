"""Measure a photo network on held-out photographs beside classic methods.

``python -m studio.train.photo.evaluate RECIPE --data DIR --weights FILE --features FILE --out FILE``
"""

from __future__ import annotations

import copy
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor, nn

from studio.train import checkpoint, metrics
from studio.train.photo import baselines, blur, degrade, masks, patches, photographs, quality, recipe, tasks
from studio.train.photo.perceptual import Perceptual
from studio.train.photo.photographs import Photograph

SIDE = {"upscale": 320, "deblur": 256, "denoise": 160, "inpaint": 160}
BETWEEN = 0.6  # what the enlarging generator starts with
TRUE = "the photographs themselves"
Method = Callable[..., Tensor]
Table = dict[str, dict[str, dict[str, float]]]  # condition -> method -> measure -> mean


def centre(picture: Photograph, side: int, multiple: int = 8) -> Tensor:
    """The middle of a picture, at most ``side`` square and a multiple of 8 long: (1, 3, h, w) in [0, 1]."""
    height, width = (min(side, n) // multiple * multiple for n in picture.pixels.shape[:2])
    top, left = (picture.pixels.shape[0] - height) // 2, (picture.pixels.shape[1] - width) // 2
    return degrade.tensor(picture.pixels[None, top : top + height, left : left + width].copy())


def rng_of(picture: Photograph, salt: int = 0) -> np.random.Generator:
    """Random numbers that depend on the picture's name only."""
    return np.random.default_rng([zlib.crc32(picture.name.encode()), salt])


Case = tuple[str, tuple[Tensor, ...], Tensor]  # condition, what goes in, what it was


def cases(plan: recipe.PhotoRecipe, pictures: list[Photograph]) -> Iterator[Case]:
    """Every degraded picture of the test."""
    side = SIDE[plan.task]
    maker = {"upscale": small, "deblur": shaken, "denoise": spoilt, "inpaint": holed}[plan.task]
    for picture in pictures:
        if plan.task != "inpaint" or min(picture.pixels.shape[:2]) >= side:
            yield from maker(plan, picture, side)


def small(plan: recipe.PhotoRecipe, picture: Photograph, side: int) -> Iterator[Case]:
    """Bicubic reduction with antialiasing, 8 bits."""
    true = centre(picture, side)
    yield "bicubic", (degrade.shrink(true, plan.network["scale"]),), true


def shaken(plan: recipe.PhotoRecipe, picture: Photograph, side: int) -> Iterator[Case]:
    """One shaken and one unfocused version, with 0.4 % noise."""
    wide, rng = centre(picture, side), rng_of(picture)
    true = quality.inner(wide, blur.MARGIN)
    kernels = {
        "camera shake": blur.shake(rng, rng.uniform(4, 9)),
        "out of focus": blur.disc(rng.uniform(1, 2)),
    }
    for name, kernel in kernels.items():
        soft = blur.apply(wide, torch.from_numpy(kernel).float()[None])
        noisy = degrade.noise(soft, torch.full((1, 1, 1, 1), 0.004), rng)
        yield name, (degrade.quantise(noisy),), true


def spoilt(plan: recipe.PhotoRecipe, picture: Photograph, side: int) -> Iterator[Case]:
    """Noise of two strengths, JPEG of two qualities."""
    true, rng = centre(picture, side), rng_of(picture)
    for sigma in (10, 25):
        noisy = degrade.noise(true, torch.full((1, 1, 1, 1), sigma / 255), rng)
        yield f"noise {sigma}/255", (degrade.quantise(noisy),), true
    for grade in (40, 20):
        yield f"JPEG quality {grade}", (degrade.jpeg(true[0], grade)[None],), true


def holed(plan: recipe.PhotoRecipe, picture: Photograph, side: int) -> Iterator[Case]:
    """A smaller and a larger free-form hole."""
    true = centre(picture, side)
    for salt, (low, high) in enumerate(((0.1, 0.25), (0.25, 0.4))):
        hole = torch.from_numpy(masks.batch(rng_of(picture, salt), 1, side, low, high))
        yield f"holes {100 * low:.0f}-{100 * high:.0f} %", (true * (1 - hole), hole), true


def methods(plan: recipe.PhotoRecipe, tuning: list[Photograph]) -> dict[str, Method]:
    """The classic methods of a task; those with a setting take the best one on training photographs."""
    if plan.task == "upscale":
        scale = plan.network["scale"]
        return {
            "bicubic": lambda x: baselines.enlarge(x, scale, Image.Resampling.BICUBIC),
            "Lanczos": lambda x: baselines.enlarge(x, scale, Image.Resampling.LANCZOS),
        }
    if plan.task == "inpaint":
        return {"Telea": baselines.telea, "patches": patches.fill}
    families: dict[str, list[Method]] = {
        "deblur": [
            *[lambda x, r=r, p=p: baselines.unsharp(x, r, p) for r in (2, 4) for p in (50, 100, 200)],
            *[lambda x, s=s, n=n: baselines.wiener(x, s, n) for s in (1, 1.5, 2) for n in (0.03, 0.1, 0.3)],
        ],
        "denoise": [
            *[lambda x, s=s: baselines.non_local_means(x, s) for s in (3, 6, 10)],
            *[lambda x, s=s: baselines.bilateral(x, s) for s in (15, 30, 60)],
        ],
    }
    cut = {"deblur": 6, "denoise": 3}[plan.task]
    names = {"deblur": ("unsharp mask", "Wiener"), "denoise": ("non-local means", "bilateral")}[plan.task]
    found = families[plan.task]
    chosen = [best(plan, tuning, part) for part in (found[:cut], found[cut:])]
    return {"input": lambda x: x, **dict(zip(names, chosen, strict=True))}


def best(plan: recipe.PhotoRecipe, tuning: list[Photograph], candidates: list[Method]) -> Method:
    """The candidate with the highest mean PSNR on training photographs."""
    known = [(inputs, true) for _, inputs, true in cases(plan, tuning)]
    return max(candidates, key=lambda m: sum(quality.psnr(m(*inputs), true) for inputs, true in known))


def measures(task: str, made: Tensor, inputs: tuple[Tensor, ...], true: Tensor) -> dict[str, float]:
    """The numbers of one answer."""
    if task == "upscale":
        return {"PSNR": quality.psnr_luma(made, true), "SSIM": quality.ssim_luma(made, true)}
    if task == "inpaint":
        return {"PSNR in the hole": quality.psnr_inside(made, true, inputs[1])}
    made = degrade.quantise(made)
    return {"PSNR": quality.psnr(made, true), "SSIM": quality.ssim_luma(made, true)}


@torch.no_grad()
def evaluate(
    plan: recipe.PhotoRecipe,
    pictures: list[Photograph],
    answers: dict[str, Method],
    eye: Perceptual | None,
) -> Table:
    """Mean of every measure, by condition and method."""
    found: dict[str, dict[str, list[dict[str, float]]]] = {}
    seen: dict[str, dict[str, list[Tensor]]] = {}
    for condition, inputs, true in cases(plan, pictures):
        for name, method in answers.items():
            made = method(*inputs).clamp(0, 1)
            if plan.task == "inpaint":
                made = torch.lerp(true, made, inputs[1])
            row = measures(plan.task, made, inputs, true)
            if eye:
                row["perceptual"] = eye(degrade.quantise(made), true)
                seen.setdefault(condition, {}).setdefault(name, []).append(
                    eye.patches(degrade.quantise(made))
                )
            found.setdefault(condition, {}).setdefault(name, []).append(row)
        if eye:
            seen[condition].setdefault(TRUE, []).append(eye.patches(true))
    table = {c: {name: averages(rows) for name, rows in by.items()} for c, by in found.items()}
    for condition, by in seen.items():
        real = torch.cat(by.pop(TRUE))
        for name, cells in by.items():
            table[condition][name]["texture"] = metrics.frechet(torch.cat(cells), real)
    return table


def averages(rows: list[dict[str, float]]) -> dict[str, float]:
    """Mean of each measure, and how many pictures it is over."""
    return {key: float(np.mean([row[key] for row in rows])) for key in rows[0]} | {"pictures": len(rows)}


def network(plan: recipe.PhotoRecipe, weights: Path) -> nn.Module:
    """The network with the weights of a run's checkpoint (its average) or of a shipped file."""
    state = checkpoint.load(weights)["ema"] if weights.suffix == ".pt" else load_file(weights)
    net = tasks.build(plan)
    net.load_state_dict({name: value.float() for name, value in state.items()})
    return net.eval().requires_grad_(False)


def between(soft: nn.Module, bold: nn.Module, strength: float) -> nn.Module:
    """A network whose weights lie between those of two (Wang et al. 2018, ESRGAN)."""
    ends = soft.state_dict(), bold.state_dict()
    net = copy.deepcopy(soft)
    net.load_state_dict({name: start.lerp(ends[1][name], strength) for name, start in ends[0].items()})
    return net


def main(
    recipe_file: Path,
    data: Annotated[Path, typer.Option(help="Folder of the prepared photographs")],
    weights: Annotated[Path, typer.Option(help="Weights file or checkpoint")],
    out: Annotated[Path, typer.Option(help="JSON file to write")],
    features: Annotated[Path | None, typer.Option(help="MobileNetV2 weights of the distance")] = None,
    twin: Annotated[Path | None, typer.Option(help="Weights to set beside, of the same shape")] = None,
    limit: Annotated[int | None, typer.Option(help="At most so many pictures")] = None,
) -> None:
    """Write the measurements of one model."""
    plan, held_out = recipe.read(recipe_file), photographs.load(data, held_out=True)
    answers = methods(plan, photographs.load(data)[::25])
    net = answers["network"] = network(plan, weights)
    if twin:
        soft = network(plan, twin)
        answers |= {f"strength {BETWEEN}": between(soft, net, BETWEEN), "faithful twin": soft}
    table = evaluate(plan, held_out[:limit], answers, Perceptual(features) if features else None)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(table, indent=1), "utf-8")
    for condition, by in table.items():
        for name, row in by.items():
            typer.echo(f"{condition:18} {name:16} " + " ".join(f"{k} {v:.4f}" for k, v in row.items()))


if __name__ == "__main__":
    typer.run(main)
