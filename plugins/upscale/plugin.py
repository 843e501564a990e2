"""The generator `upscale`: pictures two or four times as large."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

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

if TYPE_CHECKING:
    from torch import Tensor

    from studio.nets.upscale import Upscaler

FAMILY = "upscale"
OVERLAP = 28  # pixels; blended 21 from a tile's edge. Six blocks and the two ends look 20 to any side


class UpscaleParams(Params):
    """How much, and how boldly."""

    scale: Literal[2, 4] = Field(4, title="Scale", description="How many times as wide and high.")
    model: Literal["psnr", "gan"] = Field(
        "gan",
        title="Model",
        description="psnr is faithful and soft; gan was trained against a critic and adds crisp detail.",
        json_schema_extra={"titles": {"psnr": "Faithful (PSNR)", "gan": "Crisp detail (GAN)"}},
    )
    strength: float = Field(
        0.6,
        ge=0,
        le=1,
        title="Strength",
        description="Of the crisp model: 0 is as soft as the faithful one, 1 as crisp as it can.",
        json_schema_extra={"widget": "slider", "step": 0.05},
    )


@generator(id="upscale", title="Upscale", inputs={"image": Image}, output=Image)
class Upscale:
    """Enlarges a picture two or four times and draws the detail that belongs there."""

    Params = UpscaleParams

    @classmethod
    def ready(cls, ctx: Catalogue) -> Readiness:
        """At least one network for enlarging must be installed."""
        if ctx.models(FAMILY):
            return Readiness(True)
        return Readiness(
            False,
            "No model for enlarging is installed.",
            "Put one into the models folder, or train one: studio train.",
        )

    @classmethod
    def model_for(cls, ctx: Catalogue, params: UpscaleParams) -> ModelInfo:
        """The network that the params mean; UserError when it is not installed."""
        return find(ctx, params.scale, params.model)

    def load(self, ctx: Context) -> None:
        """Build the network; of the gan model also keep the faithful weights it grew from."""
        import torch

        from studio.nets.upscale import Upscaler

        assert ctx.model is not None
        self.net = ctx.network(Upscaler).to(memory_format=torch.channels_last)
        self.strength = 1.0
        self.soft = faithful(ctx, self.net) if ctx.model.metadata.get("variant") == "gan" else None
        self.bold = {name: tensor.clone() for name, tensor in self.net.state_dict().items()}

    def run(self, ctx: Context, params: UpscaleParams, image: Image) -> Iterator[Preview]:
        """The enlarged picture, tile by tile."""

        def enlarged(x: Tensor) -> Tensor:
            if params.model == "gan":
                self.blend(params.strength)  # another run may have set it while this one was interrupted
            return self.net(x)

        return (yield from ctx.through(enlarged, image, scale=params.scale, overlap=OVERLAP))

    def blend(self, strength: float) -> None:
        """Set the weights between faithful and bold; UserError when there are no faithful ones."""
        if strength == self.strength:
            return
        if self.soft is None:
            raise UserError(
                "There is no psnr model to blend the gan model with.", "Install it, or set the strength to 1."
            )
        self.net.load_state_dict(
            {name: self.soft[name].lerp(self.bold[name], strength) for name in self.bold}
        )
        self.strength = strength


def find(ctx: Catalogue, scale: int, variant: str) -> ModelInfo:
    """The installed network of a scale and kind; the shipped one before others."""
    fitting = [
        info
        for info in ctx.models(FAMILY)
        if (info.metadata.get("scale"), info.metadata.get("variant")) == (str(scale), variant)
    ]
    if not fitting:
        raise UserError(
            f"No {variant} model that enlarges {scale} times is installed.",
            "Choose another scale or model, or train one: studio train.",
        )
    return min(fitting, key=lambda info: info.name != f"upscale-x{scale}-{variant}")


def faithful(ctx: Context, bold: Upscaler) -> dict[str, Tensor] | None:
    """The weights that a gan network grew from, if they are installed and of the same shape."""
    try:
        tensors = ctx.store.load(find(ctx, bold.scale, "psnr"))
    except UserError:
        return None
    like = bold.state_dict()
    if {name: tensor.shape for name, tensor in tensors.items()} != {n: t.shape for n, t in like.items()}:
        return None
    return {name: tensors[name].to(like[name]) for name in like}
