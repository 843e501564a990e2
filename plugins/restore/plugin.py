"""The generators `deblur` and `denoise`: the same kind of network, trained for either."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from studio.api import (
    Catalogue,
    Context,
    Field,
    Image,
    ModelInfo,
    Params,
    Preview,
    Readiness,
    UserError,
    generator,
)

from .steady import Steady

if TYPE_CHECKING:
    from torch import Tensor

FAMILY = "restore"
OVERLAP = 64  # pixels


class RestoreParams(Params):
    """Which network, and how much of it."""

    model: str = Field(
        "", title="Model", description="Which trained network; empty for the one that comes along."
    )
    strength: float = Field(
        1.0,
        ge=0,
        le=1,
        title="Strength",
        description="How much of the change: 0 leaves the picture as it is.",
        json_schema_extra={"widget": "slider", "step": 0.05},
    )


class Restore:
    """What both have in common."""

    Params = RestoreParams
    task = ""

    @classmethod
    def choices(cls, ctx: Catalogue, params: Mapping[str, Any]) -> dict[str, Sequence[str]]:
        """The installed networks for the task."""
        return {"model": [info.name for info in cls.models(ctx)]}

    @classmethod
    def ready(cls, ctx: Catalogue) -> Readiness:
        """There must be a network for the task."""
        if cls.models(ctx):
            return Readiness(True)
        hint = "Put one into the models folder, or train one: studio train."
        return Readiness(False, f"No model to {cls.task} with is installed.", hint)

    @classmethod
    def model_for(cls, ctx: Catalogue, params: RestoreParams) -> ModelInfo:
        """The network that is meant; UserError for a name that is none, or one for another task."""
        if not params.model:
            return cls.models(ctx)[0]
        info = ctx.find(FAMILY, params.model)
        if info not in cls.models(ctx):
            raise UserError(f"The model “{info.title}” is not one to {cls.task} with.", "Choose another.")
        return info

    @classmethod
    def models(cls, ctx: Catalogue) -> list[ModelInfo]:
        """The installed networks for the task, the shipped one first."""
        found = [info for info in ctx.models(FAMILY) if info.metadata.get("task") == cls.task]
        return sorted(found, key=lambda info: info.name != cls.task)

    def load(self, ctx: Context) -> None:
        """Build the network and keep it warm."""
        import torch

        from studio.nets.restore import Restorer

        self.net = ctx.network(Restorer).to(memory_format=torch.channels_last)
        self.steady = Steady(self.net)

    def run(self, ctx: Context, params: RestoreParams, image: Image) -> Iterator[Preview]:
        """The restored picture, tile by tile, mixed with the given one."""
        import torch

        means = self.steady.means(ctx, image)

        def restored(x: Tensor) -> Tensor:
            with self.steady.held(means):
                return torch.lerp(x, self.net(x), params.strength)

        return (yield from ctx.through(restored, image, overlap=OVERLAP, align=self.net.multiple))


@generator(id="deblur", title="Deblur", inputs={"image": Image}, output=Image)
class Deblur(Restore):
    """Takes away the blur of a shaken camera or a missed focus."""

    task = "deblur"


@generator(id="denoise", title="Denoise", inputs={"image": Image}, output=Image)
class Denoise(Restore):
    """Takes away noise and the traces of strong JPEG compression."""

    task = "denoise"
