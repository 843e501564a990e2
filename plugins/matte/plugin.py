"""The generator `matte`: a cut-out whose edge follows hair, fur and blur."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from studio.api import Context, Field, Image, Mask, Params, Preview, UserError, generator

from .closed_form import solve
from .foreground import clean_colours
from .scaling import Array, resized
from .spread import Coarse, spread
from .trimap import UNKNOWN, around_edge, signed_distance, trimap

WORK = 700  # longest side, in pixels, that the matting itself is done at
LEVELS = (4, 2, 1)


@generator(id="matte", title="Refine Edge", inputs={"image": Image, "mask": Mask}, output=Image)
class Matte:
    """Cuts out what is white in a rough mask, finding the true edge within a band."""

    class Params(Params):
        band: int = Field(
            24,
            ge=0,
            le=400,
            title="Band",
            description="How far from the mask's edge the true edge may lie; grey parts are always open.",
            json_schema_extra={"unit": "px"},
        )
        iterations: int = Field(
            60,
            ge=5,
            le=400,
            title="Steps",
            description="More find finer hair.",
            json_schema_extra={"advanced": True},
        )
        clean: bool = Field(
            True, title="Clean colours", description="Take the old background out of half-transparent pixels."
        )

    def run(self, ctx: Context, params: Params, image: Image, mask: Mask) -> Iterator[Preview]:
        """The picture with the found edge as its alpha."""
        cover = checked(image, mask)
        rows, columns = around_edge(cover, params.band)
        part, rough = image.pixels[rows, columns], cover[rows, columns]
        unit = Image(np.ascontiguousarray(part)).array("float32", 3)
        height, width = rough.shape
        scale = min(1.0, ctx.tile(WORK) / max(height, width))
        low, wide = max(8, round(height * scale)), max(8, round(width * scale))
        small, rough_small = resized(unit, wide, low), resized(rough[..., None], wide, low)[..., 0]
        distance = signed_distance(rough_small)
        given = trimap(rough_small, distance, params.band * scale)
        yield Preview(image, 0.05)
        alpha: Array = rough_small
        for number, level in enumerate(LEVELS, 1):
            alpha = yield from self._level(ctx, params, image, (small, given, alpha), level, number)
        coarse = Coarse(small, alpha, given == UNKNOWN)
        found = spread(ctx, unit, rough, coarse)
        colours = clean_colours(ctx, unit, found) if params.clean else unit
        yield Preview(image, 0.98)
        whole = np.array(cover)
        whole[rows, columns] = found
        return cut_out(image, whole, (rows, columns), colours)

    def _level(
        self,
        ctx: Context,
        params: Params,
        image: Image,
        state: tuple[Array, Array, Array],
        level: int,
        number: int,
    ) -> Iterator[Preview]:
        """One step from coarse to fine: the alpha at the working size, begun from the level before."""
        small, given, alpha = state
        height, width = given.shape
        low, wide = max(8, height // level), max(8, width // level)
        picture, start = resized(small, wide, low), resized(alpha[..., None], wide, low)[..., 0]
        open_ = resized((given == UNKNOWN).astype(np.float32)[..., None], wide, low)[..., 0] > 0
        known = resized(np.where(given == UNKNOWN, alpha, given).astype(np.float32)[..., None], wide, low)[
            ..., 0
        ]
        steps = solve(picture, np.where(open_, start, known), open_, params.iterations, ctx.check)
        found = start
        for done, step in enumerate(steps, 1):
            ctx.check()
            found = step
            if done % 10 == 0:
                yield Preview(image, 0.05 + 0.9 * (number - 1 + done / params.iterations) / len(LEVELS))
        return resized(found[..., None], width, height)[..., 0]


def checked(image: Image, mask: Mask) -> Array:
    """The mask as (h, w) float32 in 0..1; UserError when it does not fit, or leaves nothing to cut out."""
    if mask.pixels.shape != image.pixels.shape[:2]:
        raise UserError("The mask and the picture differ in size.", "Give both the same width and height.")
    cover = np.nan_to_num(mask.array("float32"), nan=0.0).clip(0, 1)
    if not (cover > 0.5).any():
        raise UserError("The mask is empty.", "Select roughly what you want to cut out.")
    if (cover > 0.5).all():
        raise UserError("The mask covers everything.", "Leave out what shall be cut away.")
    return cover


def cut_out(image: Image, alpha: Array, where: tuple[slice, slice], colours: Array) -> Image:
    """The picture, RGBA in its own depth, with an alpha and, in one part, other colours."""
    depth = image.pixels.dtype.name
    whole = image.array(depth, 4).copy()  # type: ignore[arg-type]  # an Image has no other depths
    top = 1.0 if depth == "float32" else float(np.iinfo(image.pixels.dtype).max)
    whole[where][..., :3] = (colours.clip(0, 1) * top + (0 if depth == "float32" else 0.5)).astype(
        whole.dtype
    )
    kept = whole[..., 3].astype(np.float32) * alpha
    whole[..., 3] = kept if depth == "float32" else (kept + 0.5).astype(whole.dtype)
    return Image(whole, image.icc, image.meta)
