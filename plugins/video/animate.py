"""The generator `animate`: a still picture that moves."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from studio.api import Clip, Context, Field, Image, Preview, Recorder, generator

from .frames import LoopParams, moments, picture, premultiplied, straight

if TYPE_CHECKING:
    from torch import Tensor

    from studio.nets.animate import Animator, Motion

FAMILY = "animate"
SIDE = 64  # longer side of what the network looks at, pixels: the size it was trained at
MOMENTS = 16  # of the loop, looked at to tell how far it moves
STRIP = 1 << 18  # pixels moved between two looks at whether to stop


class AnimateParams(LoopParams):
    """How much moves."""

    strength: float = Field(
        1.0, ge=0, le=3, title="Motion", json_schema_extra={"widget": "slider", "step": 0.05}
    )
    least: float = Field(
        1.5,
        ge=0,
        le=10,
        title="At least",
        description="How far something moves when the network hardly moves anything, as in photographs.",
        json_schema_extra={"unit": "%", "step": 0.5},
    )
    colour: float = Field(
        1.0,
        ge=0,
        le=1,
        title="Change of colour",
        description="For what motion cannot show, such as closing eyes; 0 only moves the pixels there are.",
        json_schema_extra={"widget": "slider", "step": 0.05},
    )
    limit: int = Field(
        1920,
        ge=64,
        le=4096,
        title="Longest side",
        description="Larger pictures are made smaller.",
        json_schema_extra={"unit": "px", "step": 64},
    )


@generator(id="animate", title="Animate", inputs={"image": Image}, output=Clip, family=FAMILY)
class Animate:
    """Makes a still picture move: a loop that begins and ends with the picture itself."""

    Params = AnimateParams

    def load(self, ctx: Context) -> None:
        """Build the network and keep it warm."""
        from studio.nets.animate import Animator

        self.net: Animator = ctx.network(Animator)

    def run(self, ctx: Context, params: AnimateParams, image: Image) -> Iterator[Preview]:
        """The clip, frame by frame; the first one is the picture itself."""
        import torch

        still = self.still(ctx, image, params.limit)
        with torch.inference_mode():
            noise = torch.randn((1, self.net.z_dim), generator=ctx.generator(params.seed)).to(ctx.device)
            move = self.move(still, noise, params)
        made, kind = Recorder(), (image.channels, image.has_alpha)
        for moment, duration, progress in moments(params):
            frame = like(frame_at(ctx, still, *move.at(moment)), *kind)
            made.add(frame, duration)
            yield Preview(frame, progress)
        return made.clip(Fraction(params.rate))

    def still(self, ctx: Context, image: Image, limit: int) -> Tensor:
        """The picture as (1, 4, H, W), premultiplied, in 0..1, no side longer than the limit."""
        import torch

        unit = premultiplied(image.array("float32", 4))
        still = torch.from_numpy(unit).permute(2, 0, 1)[None].to(ctx.device)
        scale = limit / max(still.shape[2:])
        return resized(still, [max(1, round(n * scale)) for n in still.shape[2:]]) if scale < 1 else still

    def move(self, still: Tensor, noise: Tensor, params: AnimateParams) -> Move:
        """How the picture moves, found on a small copy."""
        import torch.nn.functional as F

        from studio.nets.animate import MULTIPLE

        scale = SIDE / max(still.shape[2:])
        # even, since the fields have half the size
        rows, columns = (max(2, 2 * round(n * scale / 2)) for n in still.shape[2:])
        small = resized(still, [rows, columns])
        padded = F.pad(small, (0, -columns % MULTIPLE, 0, -rows % MULTIPLE), mode="replicate")
        pinned = bool(small[:, 3].min() > 0.99)
        return Move(self.net(padded, noise), (rows // 2, columns // 2), pinned, params)


class Move:
    """The motion of a picture as the params want it.

    shape: rows and columns of the fields that are picture, the rest is padding. pinned: the picture fills its
    frame, so its edges stay where they are.
    """

    def __init__(self, motion: Motion, shape: tuple[int, int], pinned: bool, params: AnimateParams) -> None:
        import torch

        self.motion, self.shape = motion, shape
        self.window = window(shape) if pinned else torch.ones(shape)
        self.window = self.window.to(motion.fields.device)
        self.gain, self.colour = 1.0, params.colour * min(1.0, params.strength)
        every = [float(self.at(i / MOMENTS)[0].norm(dim=1).max()) / 2 for i in range(MOMENTS)]
        self.gain = params.strength * max(1.0, params.least / 100 / max(*every, 1e-6))

    def at(self, moment: float) -> tuple[Tensor, Tensor]:
        """Shifts (1, 2, h, w), as shares of half the picture's side, and changes of colour (1, 4, h, w)."""
        import torch

        shift, change = self.motion.at(torch.tensor([moment], device=self.window.device))
        rows, columns = self.shape
        # shares of the padded copy's side become shares of the picture's
        grown = shift.new_tensor([shift.shape[4] / columns, shift.shape[3] / rows]).view(1, 2, 1, 1)
        seen = self.window * self.gain * grown
        return shift[:, 0, :, :rows, :columns] * seen, change[:, 0, :, :rows, :columns] * self.colour


def window(shape: tuple[int, int]) -> Tensor:
    """0 at the edges of a picture, 1 from a tenth of it inwards."""
    import torch

    down, across = (torch.linspace(0, 1, n) for n in shape)
    rise = [(torch.minimum(x, 1 - x) * 10).clamp(max=1) for x in (down, across)]
    return rise[0][:, None] * rise[1]


def frame_at(ctx: Context, still: Tensor, shift: Tensor, change: Tensor) -> NDArray[np.float32]:
    """The moved picture, (H, W, 4) straight in 0..1, strip by strip."""
    import torch

    from studio.nets.animate import strip

    rows, columns = still.shape[2:]
    step = max(1, STRIP // columns)
    parts = []
    with torch.inference_mode():
        for top in range(0, rows, step):
            ctx.check()
            parts.append(straight(strip(still, shift, change, top, min(rows, top + step))[0]))
    return np.concatenate(parts)


def resized(x: Tensor, size: list[int]) -> Tensor:
    """Smoothly to a size."""
    import torch.nn.functional as F

    return F.interpolate(x, size, mode="bilinear", antialias=True, align_corners=False)


def like(unit: NDArray[np.float32], channels: int, has_alpha: bool) -> Image:
    """A frame of the same kind as the picture: grey stays grey, and without alpha there is none."""
    colour = unit[..., :3]
    if channels < 3:
        colour = colour @ np.array([[0.2126], [0.7152], [0.0722]], np.float32)
    return picture(np.concatenate([colour, unit[..., 3:]], 2) if has_alpha else colour * unit[..., 3:])
