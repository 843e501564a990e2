"""A small network that looks at loops, trained on the training loops so that clips can be compared by it.

It learns which figure it sees and what was done to the clip: nothing, frozen, its frames shuffled, played
at twice the speed, jittered, or blurred.

``python -m studio.train.video.gan.motion_features --data DIR --out FILE``
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import torch.nn.functional as F
import typer
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from studio.train.video.gan import loops
from studio.train.video.gan.critics import Trunk, halved
from studio.train.video.gan.loops import FRAMES, SIDE

FEATURES = 32
WIDTHS = (32, 64, 96)


def frozen(rng: np.random.Generator, loop: Tensor) -> Tensor:
    """One frame, held."""
    return loop[:, :1].expand_as(loop)


def shuffled(rng: np.random.Generator, loop: Tensor) -> Tensor:
    """The frames in random order."""
    return loop[:, rng.permutation(loop.shape[1])]


def doubled(rng: np.random.Generator, loop: Tensor) -> Tensor:
    """Twice as fast."""
    return loop[:, torch.arange(loop.shape[1]) * 2 % loop.shape[1]]


def jittered(rng: np.random.Generator, loop: Tensor) -> Tensor:
    """Each frame moved by up to two pixels."""
    frames = [torch.roll(x, tuple(rng.integers(-2, 3, 2).tolist()), (1, 2)) for x in loop.unbind(1)]
    return torch.stack(frames, 1)


def blurred(rng: np.random.Generator, loop: Tensor) -> Tensor:
    """Half or less of the sharpness."""
    side = SIDE // int(rng.integers(2, 5))
    small = F.interpolate(loop.transpose(0, 1), (side, side), mode="area")
    return F.interpolate(small, (SIDE, SIDE), mode="bilinear").transpose(0, 1)


DEEDS: tuple[Callable[[np.random.Generator, Tensor], Tensor], ...] = (
    lambda rng, loop: loop, frozen, shuffled, doubled, jittered, blurred,
)  # fmt: skip


class MotionNet(nn.Module):
    """Loops (N, 4, T, R, R) in 0..1 -> features (N, FEATURES); two heads that only its training needs."""

    def __init__(self, figures: int) -> None:
        super().__init__()
        self.trunk = Trunk(8, WIDTHS, normed=False)
        depth = 2 ** len(WIDTHS)
        self.narrow = nn.Linear(WIDTHS[-1] * FRAMES // depth * (SIDE // 2 // depth) ** 2, FEATURES)
        self.figure, self.deed = nn.Linear(FEATURES, figures), nn.Linear(FEATURES, len(DEEDS))

    def forward(self, clips: Tensor) -> Tensor:
        """See the class."""
        small = halved(clips)
        change = torch.roll(small, -1, 2) - small
        return self.narrow(F.leaky_relu(self.trunk(torch.cat([small * 2 - 1, 3 * change], 1)), 0.2))


def fit(data: loops.Loops, cpu_minutes: float, seed: int = 0, batch: int = 16) -> tuple[MotionNet, float]:
    """Train the network; also returns how often it knows the deed at the end."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    figures = sorted({loops.figure(name) for name in data.names})
    classes = torch.tensor([figures.index(loops.figure(name)) for name in data.names])
    net = MotionNet(len(figures))
    opt = torch.optim.AdamW(net.parameters(), 1e-3, weight_decay=1e-2, fused=True)
    began, known = time.process_time(), 0.0
    while (spent := (time.process_time() - began) / 60 / cpu_minutes) < 1:
        for group in opt.param_groups:
            group["lr"] = 1e-3 * (1 - spent) + 1e-5
        which = rng.integers(len(data), size=batch)
        deeds = rng.integers(len(DEEDS), size=batch)
        clips = torch.stack(
            [DEEDS[d](rng, augmented_loop(rng, data.frames[i])) for i, d in zip(which, deeds, strict=True)]
        )
        seen = net(clips)
        wanted = torch.from_numpy(deeds)
        loss = F.cross_entropy(net.deed(seen), wanted) + F.cross_entropy(net.figure(seen), classes[which])
        opt.zero_grad(set_to_none=True)
        loss.backward()
        opt.step()
        known = 0.98 * known + 0.02 * float((net.deed(seen).argmax(1) == wanted).float().mean())
    return net.eval().requires_grad_(False), known


def augmented_loop(rng: np.random.Generator, frames: loops.Array) -> Tensor:
    """A loop from a random moment on, perhaps mirrored, moved by up to an eighth."""
    frames = np.roll(frames, -int(rng.integers(len(frames))), 0)
    frames = frames[:, :, ::-1] if rng.integers(2) else frames
    pad = SIDE // 8
    x = F.pad(loops.tensor(frames), (pad, pad, pad, pad))
    top, left = (int(rng.integers(2 * pad + 1)) for _ in range(2))
    return x[:, :, top : top + SIDE, left : left + SIDE]


def read(path: Path) -> MotionNet:
    """A saved network."""
    weights = load_file(path)
    net = MotionNet(weights["figure.weight"].shape[0])
    net.load_state_dict(weights)
    return net.eval().requires_grad_(False)


def main(
    data: Annotated[Path, typer.Option(help="Folder of the prepared loops")],
    out: Annotated[Path, typer.Option(help="File to write")],
    cpu_minutes: Annotated[float, typer.Option(help="Budget")] = 4.0,
) -> None:
    """Train the network that clips are compared by."""
    torch.set_flush_denormal(True)
    torch.set_num_threads(1)
    net, known = fit(loops.load(data), cpu_minutes)
    save_file({name: value.contiguous() for name, value in net.state_dict().items()}, out)
    typer.echo(f"knows what was done to {known:.0%} of the clips")


if __name__ == "__main__":
    typer.run(main)
