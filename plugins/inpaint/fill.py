"""Filling at full size, part after part: smooth colours, then the network's proposal, then fine detail."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from studio.api import Context, Image, UserError

from .detail import Texture
from .holes import Box, Part
from .network import Proposer, Variant
from .resample import membrane, resized, shrunk

Unit = NDArray[np.float32]
Bools = NDArray[np.bool_]
COMFORT = 56.0  # pixels: how thick a hole the network fills well


class Fill:
    """Colours (H, W, 3) float32 in 0..1 that grow into the hole; ``known`` is where they are final.

    Pixels without alpha are unknown as well, but not filled.
    """

    def __init__(self, ctx: Context, image: Image, hole: Bools, parts: list[Part], variant: Variant) -> None:
        self.ctx, self.hole, self.parts, self.variant = ctx, hole, parts, variant
        self.colours = image.array("float32", 3).copy()
        np.nan_to_num(self.colours, copy=False)
        self.known = ~hole & (image.pixels[..., 3] > 0) if image.has_alpha else ~hole
        if not self.known.any():
            raise UserError(
                "All of the picture around the mask is transparent, so there is nothing to fill it from.",
                "Choose a layer with colours around the place.",
            )

    def steps(self, proposer: Proposer, detail: float) -> Iterator[float]:
        """Fill everything; yields the share that is done each time there is more to see."""
        for number, part in enumerate(self.parts):
            for done in self.part(part, proposer, detail):
                yield (number + done) / len(self.parts)

    def part(self, part: Part, proposer: Proposer, detail: float) -> Iterator[float]:
        """Fill one part; yields 0..1."""
        scale = scale_of(part, self.variant)
        crop = part.crop(scale, *self.hole.shape)
        at, inner = crop.slices, part.box.inside(crop).slices
        colours, known = self.colours[at].copy(), self.known[at].copy()
        target = (self.hole[at] & ~known)[inner]
        if not target.any() or not known.any():
            return
        size = max(1, round(crop.size[0] * scale)), max(1, round(crop.size[1] * scale))
        self.ctx.check()
        small, small_known = shrunk(colours, known, size)

        def put(filled: Unit) -> None:
            self.colours[at][inner][target] = filled[inner][target].clip(0, 1)

        if small_known.any():
            put(resized(np.where(small_known[..., None], small, membrane(small, small_known)), crop.size))
            yield 0.02
            small = proposer.propose(self.ctx, small, small_known, self.variant)
        else:  # every small pixel has a bit of hole: what is known of them must do
            small = membrane(small, known_at_all(known, size))
        large = resized(small, crop.size)
        put(large)
        if detail > 0:
            yield 0.5
            more = self.textured(small, small_known, colours, known)
            put(large if more is None else large + detail * (more - large))
        self.known[at][inner] |= target
        yield 1.0

    def textured(self, small: Unit, small_known: Bools, colours: Unit, known: Bools) -> Unit | None:
        """The whole crop with texture in its hole, at full size; None where there is none to take over."""
        texture = Texture(self.ctx, small, small_known, self.variant.seed)
        drawn = texture.drawn()
        if drawn is None:
            return None
        large = resized(drawn, known.shape)
        fine = (colours - large) * known[..., None]
        return large + texture.laid(texture.offsets, small_known, fine, known)


def scale_of(part: Part, variant: Variant) -> float:
    """At what scale a part is shown to the network."""
    return part.scale(COMFORT * variant.zoom)


def frame_of(parts: list[Part], variant: Variant, height: int, width: int) -> Box:
    """All of a picture that filling some parts of it looks at."""
    return reduce(Box.around, (part.crop(scale_of(part, variant), height, width) for part in parts))


def known_at_all(known: Bools, size: tuple[int, int]) -> Bools:
    """Which small pixels have at least something known in them."""
    return resized(known.astype(np.float32)[..., None], size, "box")[..., 0] > 1e-3
