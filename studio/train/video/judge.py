"""Held-out measurements of the interpolator beside what needs no network.

``python -m studio.train.video.judge WEIGHTS --data DIR``: frames of the held-out clips are left out and made
again from their neighbours. Beside it: a blend of the neighbours, the first of them, and, where OpenCV is
installed, both moved half-way along DIS optical flow.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import torch.nn.functional as F
import typer
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor

from studio.nets.interpolate import Interpolator, levels_for, multiple, warp
from studio.train.video import clips

Method = Callable[[Tensor, Tensor], Tensor]


def network(path: Path) -> Interpolator:
    """The network in a weights file."""
    with safe_open(path, "pt") as file:
        net = Interpolator(**json.loads(file.metadata()["config"]))
    net.load_state_dict({name: value.float() for name, value in load_file(path).items()})
    return net.eval()


def by_network(net: Interpolator) -> Method:
    """The frame half-way, at any size."""

    @torch.inference_mode()
    def made(first: Tensor, last: Tensor) -> Tensor:
        h, w = first.shape[2:]
        levels = levels_for(max(h, w))
        step = multiple(levels)
        pad = (0, -w % step, 0, -h % step)
        ends = (F.pad(x, pad, mode="replicate") for x in (first, last))
        return net(*ends, torch.tensor([0.5]), levels).frame[..., :h, :w].clamp(0, 1)

    return made


def by_flow() -> Method | None:
    """Both frames moved half-way along DIS optical flow and averaged; None without OpenCV."""
    try:
        import cv2
    except ImportError:
        return None
    search: Any = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)

    def grey(x: Tensor) -> np.ndarray[Any, Any]:
        return (x[0].mean(0).numpy() * 255).astype(np.uint8)

    def made(first: Tensor, last: Tensor) -> Tensor:
        on = search.calc(grey(first), grey(last), None)
        back = search.calc(grey(last), grey(first), None)
        flows = (torch.from_numpy(f).permute(2, 0, 1)[None] * 0.5 for f in (back, on))
        return (warp(first, next(flows)) + warp(last, next(flows))) / 2

    return made


def methods(net: Interpolator) -> dict[str, Method]:
    """All ways that are compared, by name."""
    found: dict[str, Method] = {"network": by_network(net)}
    found["blend"] = lambda first, last: (first + last) / 2
    found["copy"] = lambda first, last: first
    flow = by_flow()
    return found | ({"DIS flow": flow} if flow else {})


def triplets(stretches: list[clips.Stretch], every: int) -> Iterator[tuple[str, list[Tensor]]]:
    """(clip, first, left out, last) of the held-out stretches."""
    for stretch in stretches:
        for first in range(0, len(stretch.frames) - 2, every):
            three = (
                torch.from_numpy(stretch.frames[first : first + 3].copy()).permute(0, 3, 1, 2).float() / 255
            )
            yield stretch.clip, [x[None] for x in three]


def psnr(made: Tensor, real: Tensor) -> float:
    """Peak signal to noise ratio in dB of 8-bit pictures."""
    error = ((made * 255).round() - (real * 255).round()).square().mean().clamp(min=1e-6)
    return float(10 * torch.log10(255**2 / error))


def ssim(made: Tensor, real: Tensor) -> float:
    """Structural similarity (Wang et al. 2004) of brightness: windows of 8 x 8, all alike in weight."""
    x, y = made.mean(1, keepdim=True), real.mean(1, keepdim=True)
    mx, my = F.avg_pool2d(x, 8, 1), F.avg_pool2d(y, 8, 1)
    vx, vy = F.avg_pool2d(x * x, 8, 1) - mx * mx, F.avg_pool2d(y * y, 8, 1) - my * my
    both = F.avg_pool2d(x * y, 8, 1) - mx * my
    top = (2 * mx * my + 0.01**2) * (2 * both + 0.03**2)
    return float((top / ((mx * mx + my * my + 0.01**2) * (vx + vy + 0.03**2))).mean())


def judge(weights: Path, data: Path, every: int) -> dict[str, dict[str, dict[str, float]]]:
    """Clip -> method -> mean PSNR, SSIM and number of frames."""
    found: dict[str, dict[str, list[tuple[float, float]]]] = {}
    ways = methods(network(weights))
    for clip, (first, real, last) in triplets(clips.load(data, held_out=True), every):
        for name, way in ways.items():
            made = way(first, last)
            found.setdefault(clip, {}).setdefault(name, []).append((psnr(made, real), ssim(made, real)))
    return {clip: {name: mean(rows) for name, rows in by.items()} for clip, by in found.items()}


def mean(rows: list[tuple[float, float]]) -> dict[str, float]:
    """The means over frames."""
    p, s = (float(np.mean(column)) for column in zip(*rows, strict=True))
    return {"psnr": round(p, 2), "ssim": round(s, 4), "frames": len(rows)}


def main(
    weights: Path,
    data: Annotated[Path, typer.Option(help="Folder of the prepared clips")],
    every: Annotated[int, typer.Option(help="Frames from one measurement to the next")] = 4,
) -> None:
    """Measure and print as JSON."""
    torch.set_num_threads(2)
    typer.echo(json.dumps(judge(weights, data, every), indent=1))


if __name__ == "__main__":
    typer.run(main)
