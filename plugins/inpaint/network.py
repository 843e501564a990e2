"""The network's proposal for a hole at the scale it works at, in as many ways as there are seeds."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from studio.api import Context

from .resample import membrane

if TYPE_CHECKING:
    import torch

    from studio.nets.inpaint import Inpainter

Unit = NDArray[np.float32]
Bools = NDArray[np.bool_]
WINDOW = 384  # pixels the network looks at in one go; memory grows with its square
SHARED = 96  # of neighbouring windows
SMALLEST = 32  # pixels a side the network takes
MULTIPLE = 8
RING = 4  # pixels around a hole at which the proposal is made to meet the picture


@dataclass(frozen=True)
class Variant:
    """One way to look at a picture: turned, mirrored, at another scale, with a hole made a little wider.

    A network that takes noise also gets some. Seed 0 looks at it as it is, without noise.
    """

    seed: int
    turns: int = 0
    mirrored: bool = False
    zoom: float = 1.0
    wider: int = 0

    @staticmethod
    def of(ctx: Context, seed: int) -> Variant:
        """The variant of a seed."""
        if seed == 0:
            return Variant(0)
        rng = ctx.rng(seed)
        turns, mirrored = int(rng.integers(4)), bool(rng.integers(2))
        return Variant(seed, turns, mirrored, float(rng.uniform(0.7, 1.3)), int(rng.integers(3)))

    def seen(self, planes: NDArray) -> NDArray:
        """An array (h, w, ...) as this variant looks at it."""
        turned = np.rot90(planes, self.turns)
        return np.ascontiguousarray(turned[:, ::-1] if self.mirrored else turned)

    def back(self, planes: NDArray) -> NDArray:
        """The way back from ``seen``."""
        return np.ascontiguousarray(np.rot90(planes[:, ::-1] if self.mirrored else planes, -self.turns))


class Proposer:
    """A loaded network, asked for the whole of a small picture; it is cut into windows if it is not small."""

    def __init__(self, net: Inpainter) -> None:
        self.net = net

    def propose(self, ctx: Context, small: Unit, known: Bools, variant: Variant) -> Unit:
        """(h, w, 3) in 0..1: the picture with its unknown pixels proposed; colours meet at the edge."""
        hole = dilated(~known, variant.wider)
        noise = ctx.generator(variant.seed)
        drawn = variant.back(self.windows(ctx, variant.seen(small), variant.seen(hole), variant, noise))
        ctx.check()
        ring = ~hole & dilated(hole, RING)
        met = drawn + membrane(small - drawn, ring) if ring.any() else drawn
        return np.where(known[..., None], small, met.clip(0, 1)).astype(np.float32)

    def windows(
        self, ctx: Context, small: Unit, hole: Bools, variant: Variant, noise: torch.Generator
    ) -> Unit:
        """The proposal for a picture of any size, window by window; those without a hole are skipped."""
        total, weight = np.zeros_like(small), np.full((*hole.shape, 1), 1e-6, np.float32)
        side = max(ctx.tile(WINDOW, 128), 2 * SHARED)
        for top, left in product(*(corners(size, side) for size in hole.shape)):
            at = slice(top, top + side), slice(left, left + side)
            if hole[at].any():
                ctx.check()
                share = hill(hole[at].shape)
                total[at] += self.one(ctx, small[at], hole[at], variant, noise) * share
                weight[at] += share
        return total / weight

    def one(self, ctx: Context, small: Unit, hole: Bools, variant: Variant, rng: torch.Generator) -> Unit:
        """The network on one window, continued at the edges where it is too small."""
        import torch

        height, width = hole.shape
        pad = (0, max(0, SMALLEST - height)), (0, max(0, SMALLEST - width))
        image = np.pad(small, (*pad, (0, 0)), mode="edge")
        mask = np.pad(hole, pad, mode="edge").astype(np.float32)
        x = torch.from_numpy(image).permute(2, 0, 1)[None].to(ctx.device)
        noise = None
        if variant.seed and self.net.noise_channels:
            noise = torch.randn((1, *self.net.noise_shape(*mask.shape)), generator=rng).to(x)
        with torch.inference_mode():
            made = self.net(x, torch.from_numpy(mask)[None, None].to(ctx.device), noise=noise)
        out = made[0].permute(1, 2, 0).float().cpu().numpy()[:height, :width]
        return np.nan_to_num(out).clip(0, 1)


def corners(size: int, side: int) -> list[int]:
    """Where windows begin along an axis."""
    if size <= side:
        return [0]
    count = -(-(size - SHARED) // (side - SHARED))
    return [round(i * (size - side) / (count - 1)) for i in range(count)]


def hill(shape: tuple[int, ...]) -> Unit:
    """(h, w, 1): 1 inside, falling towards the edges over what neighbours share."""
    slopes = [np.minimum(np.arange(size) + 1, np.arange(size, 0, -1)).clip(0, SHARED) for size in shape]
    return (np.outer(*slopes) / SHARED**2).astype(np.float32)[..., None]


def dilated(place: Bools, by: int) -> Bools:
    """Wider by so many pixels."""
    if by == 0:
        return place
    from scipy.ndimage import binary_dilation

    return binary_dilation(place, iterations=by)
