"""The generator `invert-latent`: the point of a model whose picture is nearest to a given one.

An encoder made on the spot from a few hundred random pictures tells where to begin (Zhu et al. 2016 begin
with one too, a network trained for one model; this one serves any). From there it follows the gradient of a
difference that looks at the picture at several sizes, at its edges too, because a single size either misses
the shape or the detail (Abdal et al. 2019 use a network's features for this; the studio ships none for it).
Each layer may leave the common point, at a price, as in Richardson et al. 2021.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import numpy as np

from studio.api import Catalogue, Context, Field, Image, Params, Preview, UserError, generator

from .latent import Latent
from .picture import Finish
from .space import load_network, text_of

if TYPE_CHECKING:
    from torch import Tensor

BATCH = 16
PACE = 5  # steps between two previews
RATE = 0.06
TIE = 0.002  # price of leaving the start
RIDGE = 0.03  # how little the encoder trusts single pictures


class InversionParams(Params):
    """How to look."""

    model: str = Field("", title="Model", description="In whose latent space to look.")
    start: Literal["encoder", "nearest", "average"] = Field(
        "encoder",
        title="Start",
        description="Where an encoder guesses, at the nearest of some random pictures, or at the average.",
    )
    samples: int = Field(384, ge=16, le=8192, title="Samples", description="How many random pictures to try.")
    steps: int = Field(160, ge=1, le=5000, title="Steps", description="More come closer, slowly.")
    freedom: float = Field(
        0.5,
        ge=0,
        le=1,
        title="Freedom",
        description="0 stays among likely pictures; 1 lets each layer go its own way and fits best.",
        json_schema_extra={"widget": "slider", "step": 0.05},
    )
    scale: Literal[1, 2, 4, 8] = Field(1, title="Enlarge", description="Enlarges the result smoothly.")


@generator(id="invert-latent", title="Find in a model", inputs={"image": Image}, output=Image, family="style")
class InvertLatent:
    """Finds the point of a model that draws a given picture, to go on from there."""

    Params = InversionParams

    @classmethod
    def check(cls, ctx: Catalogue, params: InversionParams) -> None:
        """UserError for endless models, whose pictures have no one point."""
        model = ctx.find("style", params.model)
        if model.metadata.get("tileable") == "1":
            raise UserError(f"“{model.title}” is endless; a picture has no one place in it.",
                            "Choose a model of single pictures.")  # fmt: skip

    def load(self, ctx: Context) -> None:
        """Build the network."""
        self.net = load_network(ctx)
        self.latent = Latent(self.net, ctx.model, ctx.device)
        self.channels = Finish.plain(ctx.model).channels

    def run(self, ctx: Context, params: InversionParams, image: Image) -> Iterator[Preview]:
        """Previews come closer; the result's meta has w, the point for `synthesis`."""
        import torch

        finish = Finish.plain(ctx.model, params.scale)
        target = self.target(image)
        start, price = self.begin(ctx, params, target)
        shared = start.clone().requires_grad_(True)
        own = torch.zeros_like(start).repeat(1, self.net.num_layers, 1).requires_grad_(params.freedom > 0)
        descent = Descent([shared, own] if params.freedom else [shared])
        best, least = start.expand_as(own), float("inf")
        for step in range(params.steps):
            ctx.check()
            ws = shared + own
            drawn = self.net.synthesize(ws)
            gap = difference(drawn, target)
            if gap.item() < least:
                best, least = ws.detach().clone(), gap.item()
            descent.step(gap + price * own.square().mean() + TIE * (shared - start).square().mean(),
                       RATE * pace(step / params.steps))  # fmt: skip
            if step % PACE == 0:
                shown = finish.image(finish.pixels(drawn.detach()), params.seed)
                yield Preview(shown, (step + 1) / params.steps)
        return self.result(finish, best, params)

    def result(self, finish: Finish, ws: Tensor, params: InversionParams) -> Image:
        """The picture of the point that came nearest."""
        import torch

        text = text_of(ws)
        with torch.no_grad():
            pixels = finish.pixels(self.net.synthesize(ws))
        return finish.image(pixels, params.seed, {"w": text})

    def begin(self, ctx: Context, params: InversionParams, target: Tensor) -> tuple[Tensor, float]:
        """(1, 1, w_dim) to start from, and what it costs a layer to leave it."""
        import torch

        price = 10 ** (1 - 4 * params.freedom)
        average = self.net.w_avg[None, None].clone()
        if params.start == "average":
            return average, price
        rows: list[Tensor] = []
        small: list[Tensor] = []
        gaps: list[float] = []
        with torch.no_grad():
            for first in range(0, params.samples, BATCH):
                ctx.check()
                seeds = range(params.seed + first, params.seed + min(first + BATCH, params.samples))
                points = torch.cat([self.latent.point(ctx, seed % 2**31, {}, 1.0)[0] for seed in seeds])
                drawn = self.net.synthesize(points[:, None].expand(-1, self.net.num_layers, -1))
                gaps += [float(difference(drawn[i : i + 1], target)) for i in range(len(drawn))]
                rows.append(points)
                small.append(glance(drawn[:, : target.shape[1]]))
        points = torch.cat(rows)
        if params.start == "nearest":
            return points[int(np.argmin(gaps))][None, None].clone(), price
        guess = encoded(points.cpu().double(), torch.cat(small), glance(target))
        return guess.to(points)[None].clone(), price

    def target(self, image: Image) -> Tensor:
        """The middle square as the network would draw it, (1, C, R, R) in [-1, 1], alpha premultiplied."""
        import torch
        from PIL import Image as Pillow

        count = len([name for name in self.channels if name != "height"])
        unit = image.array("float32", 4)
        side = min(unit.shape[:2])
        top, left = (unit.shape[0] - side) // 2, (unit.shape[1] - side) // 2
        square = unit[top : top + side, left : left + side].copy()
        square[..., :3] *= square[..., 3:]
        size = (self.net.resolution, self.net.resolution)
        planes = [
            np.asarray(Pillow.fromarray(square[..., c].copy()).resize(size, Pillow.Resampling.BOX))
            for c in range(4)
        ]
        flat = np.stack(planes)
        if count == 4:
            out = flat
        else:
            on_white = flat[:3] + 1 - flat[3:]
            out = on_white if count == 3 else (on_white * LUMA[:, None, None]).sum(0, keepdims=True)
        return torch.from_numpy(out.astype(np.float32) * 2 - 1)[None].to(self.net.w_avg.device)


class Descent:
    """Adam (Kingma and Ba 2015) over a few tensors; torch's own loads its compiler first, for seconds."""

    def __init__(self, tensors: list[Tensor]) -> None:
        self.tensors = tensors
        self.means = [tensor.detach() * 0 for tensor in tensors]
        self.squares = [tensor.detach() * 0 for tensor in tensors]
        self.count = 0

    def step(self, loss: Tensor, rate: float) -> None:
        """One step against the gradient of the loss."""
        import torch

        self.count += 1
        gradients = torch.autograd.grad(loss, self.tensors)
        with torch.no_grad():
            for tensor, gradient, mean, square in zip(
                self.tensors, gradients, self.means, self.squares, strict=True
            ):
                mean.lerp_(gradient, 0.1)
                square.lerp_(gradient.square(), 0.01)
                unit = mean / (1 - 0.9**self.count)
                tensor -= rate * unit / ((square / (1 - 0.99**self.count)).sqrt() + 1e-8)


def glance(pictures: Tensor) -> Tensor:
    """(n, C, R, R) -> (n, C * 64): pictures at 8 x 8, for the encoder."""
    import torch.nn.functional as F

    return F.adaptive_avg_pool2d(pictures, 8).flatten(1).cpu().double()


def encoded(points: Tensor, pictures: Tensor, wanted: Tensor) -> Tensor:
    """(1, w_dim) for ``wanted``, guessed from points and what they draw: kernel ridge regression.

    points: (n, w_dim); pictures: (n, d), see `glance`; wanted: (1, d).
    """
    import torch

    far = torch.cdist(pictures, pictures).square()
    width, mean = far.median().clamp(min=1e-9), points.mean(0)
    likeness = torch.exp(-far / width) + RIDGE * torch.eye(len(points), dtype=far.dtype)
    weights = torch.linalg.solve(likeness, points - mean)
    return mean + torch.exp(-torch.cdist(wanted, pictures).square() / width) @ weights


LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


def pace(share: float) -> float:
    """Learning rate over the run, 0..1: quickly up, slowly down."""
    return min(share / 0.05, 1.0) * (0.5 + 0.5 * float(np.cos(np.pi * share))) + 0.02


def difference(drawn: Tensor, target: Tensor) -> Tensor:
    """How far pictures (n, C, R, R) are from one, at full size and each half of it down to 8 pixels."""
    import torch.nn.functional as F

    total = drawn.new_zeros(())
    one, other = drawn[:, : target.shape[1]], target
    while one.shape[-1] >= 8:
        gap = one - other
        total = total + gap.abs().mean() + gap.square().mean()
        total = total + gap.diff(dim=2).abs().mean() + gap.diff(dim=3).abs().mean()
        one, other = F.avg_pool2d(one, 2), F.avg_pool2d(other, 2)
    return total
