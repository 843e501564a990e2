"""The generator `stylegan`: pictures from imported StyleGAN2 and StyleGAN3 networks, by seed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from studio.api import (
    Catalogue,
    Chunk,
    Context,
    Field,
    Image,
    Params,
    Preview,
    Readiness,
    UserError,
    generator,
)

if TYPE_CHECKING:
    from torch import Tensor

FAMILY = "stylegan"


@generator(id="stylegan", title="Imported: StyleGAN", output=Image, family=FAMILY)
class StyleGan:
    """Draws pictures with a StyleGAN network of your own, by the official program's seeds."""

    class Params(Params):
        model: str = Field(
            "", title="Model", description="One of those you imported; the first if left empty."
        )
        truncation: float = Field(
            0.7,
            ge=0,
            le=1.5,
            title="Truncation",
            description="Low is average and clean, high is varied and risky.",
            json_schema_extra={"widget": "slider", "step": 0.05, "live": True},
        )
        label: int = Field(0, ge=0, le=2047, title="Class", description="For networks that know classes.")
        morph_seed: int | None = Field(
            None, ge=0, le=2**31 - 1, title="Morph to", json_schema_extra={"widget": "seed"}
        )
        morph: float = Field(
            0.5,
            ge=0,
            le=1,
            title="Morph",
            description="0 is the seed's picture, 1 the other's.",
            json_schema_extra={"widget": "slider", "step": 0.02, "live": True},
        )
        noise: float = Field(
            1.0,
            ge=0,
            le=2,
            title="Fine noise",
            description="Of StyleGAN2: hair and pores. StyleGAN3 has none.",
            json_schema_extra={"widget": "slider", "step": 0.1, "live": True},
        )
        count: int = Field(1, ge=1, le=64, title="Count", description="How many pictures, from seed to seed.")

    @classmethod
    def ready(cls, ctx: Catalogue) -> Readiness:
        """A network must have been imported."""
        if ctx.models(FAMILY):
            return Readiness(True)
        return Readiness(
            False, "No StyleGAN network was imported yet.", "Import an official .pkl: studio import FILE."
        )

    @classmethod
    def check(cls, ctx: Catalogue, params: Params) -> None:
        """A class must be one the network has."""
        classes = int(ctx.find(FAMILY, params.model).config.get("c_dim", 0))
        if params.label and params.label >= max(classes, 1):
            known = f"It has {classes}, counted from 0." if classes else "It has none; leave it at 0."
            raise UserError(f"The network has no class {params.label}.", known)

    def load(self, ctx: Context) -> None:
        """Build the network."""
        from studio.nets import stylegan2, stylegan3

        assert ctx.model is not None
        third = ctx.model.metadata.get("generation") == "3"
        self.net = ctx.network(stylegan3.Generator if third else stylegan2.Generator)

    def run(self, ctx: Context, params: Params) -> Iterator[Preview | Chunk]:
        """One picture, or several from consecutive seeds."""
        import torch

        made: list[Image] = []
        for number in range(params.count):
            ctx.check()
            with torch.inference_mode():
                w = self._style(ctx, params, params.seed + number)
                ws = w[:, None].expand(-1, self.net.synthesis.num_ws, -1)
                made.append(ctx.image(self.net.synthesis(ws, params.noise)))
            if params.count > 1:
                yield Chunk(made[-1])
        return tuple(made) if params.count > 1 else made[0]

    def _style(self, ctx: Context, params: Params, seed: int) -> Tensor:
        """The style of a seed, (1, w_dim), on its way to that of the other one."""
        w = self._mapped(ctx, params, seed)
        if params.morph_seed is not None:
            w = w.lerp(self._mapped(ctx, params, params.morph_seed), params.morph)
        return w

    def _mapped(self, ctx: Context, params: Params, seed: int) -> Tensor:
        import numpy as np
        import torch

        # The official program draws from this generator; a seed then means the same picture.
        z = np.random.RandomState(seed % 2**32).randn(1, self.net.z_dim)
        labels = torch.zeros(1, self.net.c_dim)
        if self.net.c_dim:
            labels[0, params.label] = 1
        latent = torch.from_numpy(z).float().to(ctx.device)
        return self.net.truncate(self.net.mapping(latent, labels.to(ctx.device)), params.truncation)
