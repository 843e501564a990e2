"""Held-out measurements of both models beside what needs no network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

from studio.nets.animate import Animator, moved
from studio.nets.video import Streams, VideoGenerator
from studio.train.photo.photographs import Photograph
from studio.train.video.gan import measure
from studio.train.video.gan.from_still import MOMENTS
from studio.train.video.gan.loops import FRAMES, SIDE, Loops
from studio.train.video.gan.stock import in_front, square

Row = dict[str, float | None]
SEEDS = 4  # clips of one still, for the best and for their variety
SWAY = 3.0  # degrees of the classic way to bring a still to life


def network(path: Path, kind: type[nn.Module]) -> Any:
    """The network in a weights file."""
    with safe_open(path, "pt") as file:
        net = kind(**json.loads(file.metadata()["config"]))
    net.load_state_dict({name: value.float() for name, value in load_file(path).items()})
    return net.eval().requires_grad_(False)


@torch.no_grad()
def from_noise(net: VideoGenerator, count: int, seed: int) -> Streams:
    """Clips from one seed, colours in 0..1."""
    z = torch.randn(count, net.z_dim + net.motion_dim, generator=torch.Generator().manual_seed(seed))
    parts = [net(part) for part in z.split(16)]
    clip, still, moving, mask = (enlarged(torch.cat([p[i] for p in parts])) for i in range(4))
    return Streams(clip * 0.5 + 0.5, still * 0.5 + 0.5, moving * 0.5 + 0.5, mask)


def enlarged(x: Tensor) -> Tensor:
    """Pictures or clips at the size of the data, whatever the network draws."""
    scale = SIDE / x.shape[-1]
    flat = x.transpose(1, 2).flatten(0, 1) if x.ndim == 5 else x
    if scale != 1:
        flat = torch.nn.functional.interpolate(flat, scale_factor=scale, mode="bicubic").clamp(-1, 1)
    return flat.unflatten(0, (len(x), x.shape[2])).transpose(1, 2) if x.ndim == 5 else flat


@torch.no_grad()
def from_stills(net: Animator, stills: Tensor, seed: int, moments: Tensor = MOMENTS) -> Tensor:
    """Loops (N, 4, T, R, R) in 0..1 of stills (N, 4, R, R)."""
    z = torch.randn(len(stills), net.z_dim, generator=torch.Generator().manual_seed(seed))
    parts = zip(stills.split(16), z.split(16), strict=True)
    made = [moved(still, *net(still, noise).at(moments)) for still, noise in parts]
    return torch.cat(made).transpose(1, 2).clamp(0, 1)


def sway(stills: Tensor) -> Tensor:
    """The classic way: the picture turns to and fro by some degrees around its foot, and grows a little."""
    angle = torch.sin(2 * torch.pi * MOMENTS) * torch.pi / 180 * SWAY
    scale = 1 - 0.02 * (1 - torch.cos(2 * torch.pi * MOMENTS))
    rows = torch.stack(
        [
            scale * angle.cos(),
            -angle.sin(),
            angle.sin(),
            angle.sin(),
            scale * angle.cos(),
            1 - scale * angle.cos(),
        ],
        1,
    )
    place = torch.nn.functional.affine_grid(rows.view(-1, 2, 3), [FRAMES, 4, *stills.shape[2:]], False)
    made = [
        torch.nn.functional.grid_sample(
            still.expand(FRAMES, -1, -1, -1), place, padding_mode="border", align_corners=False
        )
        for still in stills
    ]
    return torch.stack(made).transpose(1, 2)


def held(clips: Tensor) -> Tensor:
    """The first frame of each, for as long."""
    return clips[:, :, :1].expand_as(clips)


def shuffled(clips: Tensor, seed: int = 0) -> Tensor:
    """The frames of each in random order."""
    return clips[:, :, torch.randperm(clips.shape[2], generator=torch.Generator().manual_seed(seed))]


def phases(data: Loops, rounds: int, seed: int = 0) -> Tensor:
    """Each loop some times, from random moments on and mirrored at random."""
    rng = np.random.default_rng(seed)
    one = Loops(data.frames, data.names)
    return torch.cat([torch.stack([turned(rng, frames) for frames in one.all()]) for _ in range(rounds)])


def turned(rng: np.random.Generator, loop: Tensor) -> Tensor:
    """A loop from another moment on, perhaps mirrored."""
    loop = torch.roll(loop, int(rng.integers(FRAMES)), 1)
    return loop.flip(3) if rng.integers(2) else loop


def judge_video(net: VideoGenerator, eye: nn.Module, train: Loops, kept: Loops, count: int) -> dict[str, Row]:
    """Way of making clips -> measurements; ``eye`` gives the features."""
    real, unseen = phases(train, 2), phases(kept, 6, seed=1)
    made = from_noise(net, count, seed=0)
    wanted, novel = measure.features(eye, real), measure.features(eye, unseen)

    def row(clips: Tensor) -> Row:
        found = measure.features(eye, clips)
        return {
            "fvd": measure.frechet(found, wanted),
            "fvd_held": measure.frechet(found, novel),
            "energy": measure.energy_distance(clips, real),
            "copies": measure.copy_rate(clips, train.all(), kept.all()),
        }

    half = len(train) // 2
    rows: dict[str, Row] = {
        "network": row(made.clip),
        "one generated frame held": row(held(made.clip)),
        "frames of real clips shuffled": row(shuffled(real)),
        "one real frame held": row(held(real)),
        "held-out real clips": row(unseen),
        "other half of the training clips": {
            "fvd": measure.frechet(
                measure.features(eye, phases(Loops(train.frames[:half], train.names[:half]), 2, 2)),
                measure.features(eye, phases(Loops(train.frames[half:], train.names[half:]), 2, 3)),
            )
        },
    }
    rows["network"]["background"] = measure.background_error(made.clip, made.mask)
    rows["network"]["mask"] = float(made.mask.mean())
    return rows


def judge_animate(
    net: Animator, eye: nn.Module, kept: Loops, stills: list[Photograph], seed: int = 0
) -> dict[str, Row]:
    """Way of moving a still -> measurements, on held-out figures; backgrounds are held-out photographs."""
    real = phases(kept, 2, seed)
    still = real[:, :, 0]
    wanted = measure.features(eye, real)
    rng = np.random.default_rng(seed)
    placed, moving = zip(*(scene(rng, loop, stills) for loop in kept.all()), strict=True)
    scenes, moves = torch.stack(placed), torch.stack(moving)
    tries = [from_stills(net, still, s) for s in range(SEEDS)]

    def row(clips: list[Tensor], on_photo: Tensor) -> Row:
        best = torch.stack([(c - real).square().mean((1, 2, 3, 4)) for c in clips]).argmin(0)
        picked = torch.stack([clips[b][i] for i, b in enumerate(best.tolist())])
        return {
            "first": measure.psnr(clips[0][:, :, :1], real[:, :, :1]),
            "psnr": measure.psnr(clips[0], real),
            "best": measure.psnr(picked, real),
            "fvd": measure.frechet(measure.features(eye, clips[0]), wanted),
            "energy": measure.energy_distance(clips[0], real),
            "background": measure.background_error(on_photo, moves),
            "variety": float(torch.stack(clips).std(0, unbiased=False).mean()) * 255,
        }

    return {
        "network": row(tries, from_stills(net, scenes[:, :, 0], seed)),
        "still held": row([held(real)] * SEEDS, held(scenes)),
        "sway": row([sway(still)] * SEEDS, sway(scenes[:, :, 0])),
        "real clip": row([real] * SEEDS, scenes),
    }


def scene(rng: np.random.Generator, loop: Tensor, stills: list[Photograph]) -> tuple[Tensor, Tensor]:
    """A loop in front of a photograph, and where something moves in it: (4, T, R, R) and (1, T, R, R)."""
    backdrop = square(rng, stills[int(rng.integers(len(stills)))].pixels[None])[:, 0]
    made = in_front(rng, loop, backdrop)
    return made, (made[:3] - backdrop[:, None]).abs().amax(0, keepdim=True).mul(50).clamp(max=1)
