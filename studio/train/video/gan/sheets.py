"""Contact sheets of clips: a row is a clip, its frames from left to right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from studio.nets.animate import Animator
from studio.nets.video import VideoGenerator
from studio.train.photo.photographs import Photograph
from studio.train.sheets import BACKGROUND, small
from studio.train.video.gan.compare import from_noise, from_stills
from studio.train.video.gan.loops import Loops, figure
from studio.train.video.gan.stock import square

SHOWN = 8  # frames of a row


def row(clip: Tensor) -> np.ndarray:
    """Some frames (4, T, R, R) in 0..1, premultiplied, side by side over grey: (R, W, 3) uint8."""
    some = clip[:, :: max(1, clip.shape[1] // SHOWN)]
    seen = (some[:3] + (1 - some[3:]) * BACKGROUND / 255).clamp(0, 1)
    return (seen.permute(2, 1, 3, 0).reshape(clip.shape[2], -1, 3) * 255).round().byte().numpy()


def video_sheet(net: VideoGenerator, path: Path, count: int = 16) -> None:
    """Clips of the first seeds: what stands still, where something moves, and the frames."""
    made = from_noise(net, count, seed=1)
    where = made.mask.mean(2).expand(-1, 3, -1, -1)
    rows = []
    for clip, still, mask in zip(made.clip, made.still, where, strict=True):
        parts = row(still[:, None]), row(torch.cat([mask, torch.ones_like(mask[:1])])[:, None])
        rows.append(np.concatenate([*parts, row(clip)], 1))
    small(Image.fromarray(np.concatenate(rows)), path)


def animate_sheet(net: Animator, kept: Loops, stills: list[Photograph], path: Path) -> None:
    """Held-out figures (the real loop, two seeds), then parts of held-out photographs, two seeds each."""
    first = {figure(name): i for i, name in reversed(list(enumerate(kept.names)))}
    some = sorted(first.values())[1::3][:7]
    rows = []
    for loop in kept.all()[some]:
        rows += [row(loop), *(row(from_stills(net, loop[None, :, 0], seed)[0]) for seed in (1, 2))]
    rng = np.random.default_rng(5)
    for photograph in stills[:: max(1, len(stills) // 5)][:5]:
        cut = square(rng, photograph.pixels[None])
        still = torch.cat([cut, torch.ones_like(cut[:1])])[None, :, 0]
        rows += [row(from_stills(net, still, seed)[0]) for seed in (1, 2)]
    small(Image.fromarray(np.concatenate(rows)), path)
