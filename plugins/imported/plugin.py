"""Generators over imported networks: enlarge, restore, restore a face, fill a hole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from studio.api import Catalogue, Context, Field, Image, Mask, Params, Preview, Readiness, generator

from .face import restored_face
from .hole import filled
from .network import as_rgb

OVERLAP = 32
HINT = "Import one: drop its file on the window, or: studio import FILE."
MODEL: Any = Field("", title="Model", description="One of the models you imported; the first if left empty.")


class ImportedParams(Params):
    """Which of the imported models."""

    model: str = MODEL


class TiledParams(ImportedParams):
    """Which model, and how much of the picture at a time."""

    tile: int = Field(
        256,
        ge=64,
        le=1024,
        title="Tile",
        description="Large tiles need more memory; small ones are slower.",
        json_schema_extra={"unit": "px", "step": 64, "advanced": True},
    )


class StrengthParams(TiledParams):
    """Also how much of the result."""

    strength: float = Field(
        1.0,
        ge=0,
        le=1,
        title="Strength",
        description="0 leaves the picture as it is, 1 is the model's own result.",
        json_schema_extra={"widget": "slider", "step": 0.05},
    )


class Imported:
    """What the four have in common: the chosen model, kept warm."""

    family: ClassVar[str]
    kind: ClassVar[str]

    @classmethod
    def ready(cls, ctx: Catalogue) -> Readiness:
        """A model of the kind must have been imported."""
        if ctx.models(cls.family):
            return Readiness(True)
        return Readiness(False, f"No model that {cls.kind} was imported yet.", HINT)

    def load(self, ctx: Context) -> None:
        """Build the network."""
        self.net = ctx.imported()


@generator(
    id="imported-upscale",
    title="Imported: Enlarge",
    inputs={"image": Image},
    output=Image,
    family="imported-sr",
)
class Enlarge(Imported):
    """Enlarges a picture with a super-resolution model of your own."""

    family, kind = "imported-sr", "enlarges"
    Params = TiledParams

    def run(self, ctx: Context, params: TiledParams, image: Image) -> Iterator[Preview]:
        """The enlarged picture, tile by tile."""
        net = as_rgb(self.net)
        return (yield from ctx.through(net, image, scale=self.net.scale, tile=params.tile, overlap=OVERLAP))


@generator(
    id="imported-restore",
    title="Imported: Restore",
    inputs={"image": Image},
    output=Image,
    family="imported-restore",
)
class Restore(Imported):
    """Denoises, deblurs or cleans a picture with a model of your own."""

    family, kind = "imported-restore", "restores pictures"
    Params = StrengthParams

    def run(self, ctx: Context, params: StrengthParams, image: Image) -> Iterator[Preview]:
        """The restored picture, tile by tile."""
        net = as_rgb(self.net)

        def blended(x: Any) -> Any:
            return x.lerp(net(x), params.strength)

        return (yield from ctx.through(blended, image, tile=params.tile, overlap=OVERLAP))


@generator(
    id="imported-face",
    title="Imported: Restore Face",
    inputs={"image": Image},
    output=Image,
    family="imported-face",
)
class Face(Imported):
    """Restores a portrait, cut to the face, with a face model of your own."""

    family, kind = "imported-face", "restores faces"
    Params = ImportedParams

    def run(self, ctx: Context, params: ImportedParams, image: Image) -> Iterator[Preview]:
        """The portrait, restored as a whole."""
        yield Preview(image, 0.0)
        return restored_face(ctx, self.net, image)


@generator(
    id="imported-inpaint",
    title="Imported: Fill Hole",
    inputs={"image": Image, "mask": Mask},
    output=Image,
    family="imported-inpaint",
)
class Fill(Imported):
    """Fills what is white in the mask with an inpainting model of your own."""

    family, kind = "imported-inpaint", "fills holes"

    class Params(ImportedParams):
        size: int = Field(
            768,
            ge=128,
            le=2048,
            title="Working size",
            description="The surroundings of the hole are worked on at most this large.",
            json_schema_extra={"unit": "px", "step": 64, "advanced": True},
        )

    def run(self, ctx: Context, params: Params, image: Image, mask: Mask) -> Iterator[Preview]:
        """The picture with the hole filled; outside of the mask nothing changes."""
        yield Preview(image, 0.0)
        return filled(ctx, self.net, image, mask, params.size)
