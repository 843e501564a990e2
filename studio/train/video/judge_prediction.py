"""Held-out measurements of the predictor beside what needs no network.

``python -m studio.train.video.judge_prediction WEIGHTS --data DIR``: after three frames of the held-out
clips, the next eight are predicted. Beside it: the measured motion alone, which an untrained network leaves
as it is; the last frame again; and, where OpenCV is installed, that frame moved on along DIS optical flow.
The measures are those of Mathieu, Couprie and LeCun (2015).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import torch.nn.functional as F
import typer
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor

from studio.nets.interpolate import warp
from studio.nets.predict import CONTEXT, MULTIPLE, Course, Predictor, further, look_back, sampled
from studio.train.video import clips
from studio.train.video.judge import psnr, ssim

AHEAD = 8
MOVES = 0.2  # pixels a frame from which on a pixel counts as moving
Method = Callable[[list[Tensor]], list[Tensor]]
Scores = dict[str, dict[str, list[float]]]


def network(path: Path) -> Predictor:
    """The network in a weights file."""
    with safe_open(path, "pt") as file:
        net = Predictor(**json.loads(file.metadata()["config"]))
    net.load_state_dict({name: value.float() for name, value in load_file(path).items()})
    return net.eval()


def by_network(net: Predictor, count: int = AHEAD) -> Method:
    """The frames ahead, at any size."""

    @torch.inference_mode()
    def made(context: list[Tensor]) -> list[Tensor]:
        h, w = context[-1].shape[2:]
        pad = (0, -w % MULTIPLE, 0, -h % MULTIPLE)
        past = look_back([F.pad(x, pad, mode="replicate") for x in context])
        courses = net.courses(past, count)
        return [seen(context[-1], Course(*(x[..., :h, :w] for x in course))) for course in courses]

    return made


def seen(frame: Tensor, course: Course) -> Tensor:
    """The frame a course leads to."""
    return (sampled(frame, course.way) + course.added).clamp(0, 1)


def repeated(context: list[Tensor], count: int = AHEAD) -> list[Tensor]:
    """The last frame, again and again."""
    return [context[-1]] * count


def dis_flow(here: Tensor, there: Tensor) -> Tensor:
    """DIS optical flow (1, 2, H, W), in pixels."""
    import cv2

    opencv: Any = cv2
    search = opencv.DISOpticalFlow_create(opencv.DISOPTICAL_FLOW_PRESET_MEDIUM)
    grey = [(x[0].mean(0).numpy() * 255).astype(np.uint8) for x in (here, there)]
    return torch.from_numpy(search.calc(*grey, None)).permute(2, 0, 1)[None]


def by_flow(context: list[Tensor], count: int = AHEAD) -> list[Tensor]:
    """The last frame moved on along the flow from it to the one before, which moves along itself."""
    flow, made = dis_flow(context[-1], context[-2]), list[Tensor]()
    course = Course(torch.zeros_like(flow), torch.zeros_like(context[-1]), flow)
    for _ in range(count):
        course = further(course, warp(flow, course.way + course.flow) if made else flow)
        made.append(seen(context[-1], course))
    return made


def sharpness(made: Tensor, real: Tensor) -> float:
    """Mathieu's measure of sharpness in dB: how far the sums of gradients differ, 8 bits."""
    error = (gradients(made) - gradients(real)).abs().mean() * 255
    return float(10 * torch.log10(255**2 / error.clamp(min=1e-6)))


def gradients(x: Tensor) -> Tensor:
    """Steps to the left and upper neighbour, their sizes added."""
    across, down = x[..., 1:, 1:] - x[..., 1:, :-1], x[..., 1:, 1:] - x[..., :-1, 1:]
    return across.abs() + down.abs()


def moving(now: Tensor, before: Tensor) -> Tensor:
    """Which pixels of a real frame have moved, (1, 1, H, W); all of them without OpenCV."""
    if not find_spec("cv2"):
        return torch.ones_like(now[:, :1], dtype=torch.bool)
    return dis_flow(now, before).square().sum(1, keepdim=True).sqrt() > MOVES


def excerpts(stretches: list[clips.Stretch], every: int) -> Iterator[tuple[str, list[Tensor], list[Tensor]]]:
    """(clip, given frames, frames after them) of the held-out stretches."""
    for stretch in stretches:
        for first in range(0, len(stretch.frames) - CONTEXT - AHEAD + 1, every):
            pixels = stretch.frames[first : first + CONTEXT + AHEAD].copy()
            frames = list((torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255).split(1))
            yield stretch.clip, frames[:CONTEXT], frames[CONTEXT:]


def judge(ways: dict[str, Method], data: Path, every: int) -> dict[str, Any]:
    """Method -> measure -> a mean for each frame ahead; the clips count alike. Also how many excerpts."""
    found: dict[str, list[np.ndarray[Any, Any]]] = {}
    for clip, context, after in excerpts(clips.load(data, held_out=True), every):
        masks = [moving(now, before) for now, before in zip(after, [context[-1], *after], strict=False)]
        rows = [
            [
                measures(frame, real, mask)
                for frame, real, mask in zip(way(context), after, masks, strict=True)
            ]
            for way in ways.values()
        ]
        found.setdefault(clip, []).append(np.array(rows))
    mean = np.nanmean([np.nanmean(rows, 0) for rows in found.values()], 0)
    by = {
        name: {measure: mean[i, :, j].round(4).tolist() for j, measure in enumerate(MEASURES)}
        for i, name in enumerate(ways)
    }
    return {"excerpts": {clip: len(rows) for clip, rows in found.items()}, "methods": by}


MEASURES = ("psnr", "ssim", "sharpness", "psnr where it moves")


def measures(made: Tensor, real: Tensor, mask: Tensor) -> tuple[float, float, float, float]:
    """The four measures; the last is not a number where nothing moves."""
    error = ((made - real) * 255).square().mean(1, keepdim=True)[mask]
    moved = 10 * math.log10(255**2 / max(float(error.mean()), 1e-6)) if len(error) else math.nan
    return psnr(made, real), ssim(made, real), sharpness(made, real), moved


def methods(weights: list[Path]) -> dict[str, Method]:
    """All ways that are compared, by name."""
    found: dict[str, Method] = {path.stem: by_network(network(path)) for path in weights}
    found |= {"motion alone": by_network(Predictor(8).eval()), "copy": repeated}
    return found | ({"DIS flow": by_flow} if find_spec("cv2") else {})


def main(
    weights: list[Path],
    data: Annotated[Path, typer.Option(help="Folder of the prepared clips")],
    every: Annotated[int, typer.Option(help="Frames from one measurement to the next")] = 12,
) -> None:
    """Measure and print as JSON."""
    torch.set_num_threads(2)
    typer.echo(json.dumps(judge(methods(weights), data, every), indent=1))


if __name__ == "__main__":
    typer.run(main)
