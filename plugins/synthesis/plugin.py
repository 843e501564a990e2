"""The generator `synthesis`: new pictures from a trained style-based network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import field_validator

from studio.api import (
    Catalogue,
    Chunk,
    Context,
    Field,
    Image,
    ModelInfo,
    Preview,
    UserError,
    decode_point,
    generator,
)

from .chart import LatentMap
from .drawing import Drawing, DrawingParams
from .inversion import InvertLatent
from .journey import Journey
from .land import Land
from .latent import parse_class
from .picture import Finish, glimpse
from .space import MAX_TEXT, Move, text_of

__all__ = ["InvertLatent", "Journey", "LatentMap", "Synthesis"]

SEEDS = 2**31
MAX_PIXELS = 1 << 28


class SynthesisParams(DrawingParams):
    """What to draw. Fields marked live may be dragged while the picture follows."""

    truncation: float = Field(
        0.7,
        ge=0,
        le=1.5,
        title="Truncation",
        description="Low for typical pictures, high for unusual ones.",
        json_schema_extra={"widget": "slider", "step": 0.01, "live": True, "unless": "point"},
    )
    reach: float = Field(
        1.0,
        ge=0,
        le=1.5,
        title="Distance from average",
        description="Of a place found by the explorer: 1 is that place, 0 the average picture.",
        json_schema_extra={"widget": "slider", "step": 0.01, "live": True, "needs": "point"},
    )
    count: int = Field(
        1,
        ge=1,
        le=64,
        title="Count",
        description="How many pictures, from this seed and those that follow it.",
    )
    mix_seed: int = Field(
        -1,
        ge=-1,
        lt=SEEDS,
        title="Mix with seed",
        description="Takes colour and detail from this seed's picture; -1 for none.",
        json_schema_extra={"widget": "seed"},
    )
    mix_layer: int = Field(
        4,
        ge=0,
        le=16,
        title="Mix from layer",
        description="Early layers decide the shape, late ones colour and detail.",
        json_schema_extra={"widget": "slider", "live": True},
    )
    morph_seed: int = Field(
        -1,
        ge=-1,
        lt=SEEDS,
        title="Morph to seed",
        description="The picture to morph to; -1 for none.",
        json_schema_extra={"widget": "seed"},
    )
    morph: float = Field(
        0.5,
        ge=0,
        le=1,
        title="Morph",
        description="How far on the way to the other seed.",
        json_schema_extra={"widget": "slider", "step": 0.01, "live": True},
    )
    directions: tuple[Annotated[float, Field(ge=-4, le=4)], ...] = Field(
        (),
        max_length=8,
        title="Directions",
        description="Steps along the model's principal directions, in standard deviations.",
        json_schema_extra={"widget": "vector", "step": 0.05, "live": True},
    )
    point: str = Field(
        "",
        max_length=MAX_TEXT,
        title="Point",
        description="A place of the latent space instead of the seed's; found by the explorer.",
        json_schema_extra={"advanced": True},
    )
    moves: tuple[Move, ...] = Field(
        (),
        max_length=16,
        title="Moves",
        description="Steps along directions of your own; made by the explorer.",
        json_schema_extra={"advanced": True},
    )
    layer: Literal["colour", "relief", "height"] = Field(
        "colour", title="Layer", description="For land: its colours, lit by its height, or the height alone."
    )
    scale: Literal[1, 2, 4, 8] = Field(
        1, title="Enlarge", description="Enlarges the finished picture smoothly."
    )
    width: int = Field(
        0,
        ge=0,
        le=16384,
        title="Width",
        description="Endless models only; 0 for the usual size.",
        json_schema_extra={"unit": "px"},
    )
    height: int = Field(
        0,
        ge=0,
        le=16384,
        title="Height",
        description="Endless models only; 0 for the usual size.",
        json_schema_extra={"unit": "px"},
    )
    tile: bool = Field(False, title="Repeat", description="Endless models only: opposite edges fit together.")

    @field_validator("mix_seed", "morph_seed", mode="before")
    @classmethod
    def none_is_off(cls, value: object) -> object:
        """Read None as -1."""
        return -1 if value is None else value


@generator(id="synthesis", title="Synthesis", output=Image, family="style")
class Synthesis(Drawing):
    """Draws new pictures with a trained network: portraits, land, clothes."""

    Params = SynthesisParams

    @classmethod
    def check(cls, ctx: Catalogue, params: SynthesisParams) -> None:
        """UserError for params that the chosen model cannot follow."""
        model = ctx.find("style", params.model)
        parse_class(params.class_, model.conditions)
        check_fits(params, model)
        check_points(params, model)

    def run(self, ctx: Context, params: SynthesisParams) -> Iterator[Preview | Chunk]:
        """One picture, or ``count`` of them from consecutive seeds, each a Chunk as soon as it is done."""
        seeds = [(params.seed + i) % SEEDS for i in range(params.count)]
        pictures: list[Image] = []
        for i, seed in enumerate(seeds):
            ctx.check()
            picture = yield from self.draw(ctx, params, seed, i, len(seeds))
            pictures.append(picture)
            if len(seeds) > 1:
                yield Chunk(picture)
                yield Preview(picture, (i + 1) / len(seeds))
        return pictures[0] if len(pictures) == 1 else tuple(pictures)

    def draw(
        self, ctx: Context, params: SynthesisParams, seed: int, index: int, total: int
    ) -> Iterator[Preview]:
        """The picture of one seed; previews large ones while they grow."""
        import torch

        finish = Finish.of(params, ctx.model)
        with torch.inference_mode():
            ws, noise = self.latent.styles(ctx, params, seed)
            if not self.net.tileable:
                drawn = self.net.synthesize(ws, noise)
                return finish.image(finish.pixels(drawn), seed, {"w": text_of(ws)})
        land = Land(self.net, ws, seed, finish)
        for done in land.windows(ctx):
            if done < 1:
                yield Preview(glimpse(land.pixels), (index + done) / total)
        return finish.image(land.pixels, seed, {"w": text_of(ws)})


def check_points(params: SynthesisParams, model: ModelInfo) -> None:
    """UserError for a point or a direction of another model."""
    width = int(model.config.get("w_dim", model.config.get("z_dim", 0)))
    for text in (params.point, *(move.vector for move in params.moves)):
        if text:
            layers = len(text) // 8 * 3 // max(width, 1) + 1
            decode_point(text, *(width * n for n in range(1, layers + 1)))


def check_fits(params: SynthesisParams, model: ModelInfo) -> None:
    """UserError for a size or layer that the model does not have."""
    size = params.width or params.height
    if model.metadata.get("tileable") != "1" and (size or params.tile):
        raise UserError(
            f"“{model.title}” draws pictures of one size only.",
            "Leave width, height and repeat alone, and enlarge with scale; or choose an endless model.",
        )
    if params.layer != "colour" and "height" not in model.header.json("channels", []):
        raise UserError(f"“{model.title}” has no height.", "Choose the layer “colour”.")
    if params.width * params.height * params.scale**2 > MAX_PIXELS:
        raise UserError("The picture would be too large.", f"At most {MAX_PIXELS >> 20} megapixels.")
