"""The generator `inpaint`: what is white in the mask is filled as if it had never been there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from studio.api import Context, Field, Image, Mask, Params, Preview, generator

from .compose import Composer
from .fill import Fill, frame_of
from .holes import coverage, parts_of
from .network import Proposer, Variant


class InpaintParams(Params):
    """How the mask is read, and what comes out."""

    model: str = Field("", title="Model", description="Which trained network; empty for the first.")
    grow: int = Field(
        0,
        ge=0,
        le=200,
        title="Grow",
        description="Makes the mask wider, to take in shadows and soft edges.",
        json_schema_extra={"unit": "px"},
    )
    feather: int = Field(
        0,
        ge=0,
        le=200,
        title="Feather",
        description="Lets the filling run out softly over so many pixels around the mask.",
        json_schema_extra={"unit": "px"},
    )
    detail: float = Field(
        1.0,
        ge=0,
        le=1,
        title="Detail",
        description="How much grain and texture large fillings take over from their surroundings.",
        json_schema_extra={"widget": "slider", "step": 0.05},
    )
    result: Literal["picture", "patch"] = Field(
        "picture", title="Result", description="The whole picture, or only what was filled on transparency."
    )


@generator(
    id="inpaint", title="Inpaint", inputs={"image": Image, "mask": Mask}, output=Image, family="inpaint"
)
class Inpaint:
    """Fills what is white in the mask so that it fits its surroundings; other seeds give other fillings."""

    Params = InpaintParams

    def load(self, ctx: Context) -> None:
        """Build the network and keep it warm, and what else takes long to import."""
        import scipy.ndimage  # noqa: F401
        import torch

        from studio.nets.inpaint import Inpainter

        self.net = ctx.network(Inpainter).to(memory_format=torch.channels_last)
        self.proposer = Proposer(self.net)

    def run(self, ctx: Context, params: InpaintParams, image: Image, mask: Mask) -> Iterator[Preview]:
        """The filled picture, or the patch; previews go from smooth colours to fine detail."""
        cover = coverage(mask, image, params.grow, params.feather)
        variant = Variant.of(ctx, params.seed)
        parts = [
            replace(p, box=p.box.moved(cover.box.top, cover.box.left)) for p in parts_of(cover.share > 0)
        ]
        frame = frame_of(parts, variant, image.height, image.width).around(cover.box)
        composer = Composer(image, frame, cover, params.result == "patch")
        inner = [replace(part, box=part.box.inside(frame)) for part in parts]
        fill = Fill(ctx, composer.inner, composer.cover > 0, inner, variant)
        for done in fill.steps(self.proposer, params.detail):
            if done < 1:
                yield Preview(composer.glimpse(fill.colours), done, (image.width, image.height))
        return composer.whole(fill.colours)
