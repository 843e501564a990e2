"""The generator `latent-path`: pictures along a path through a model's latent space."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict

from studio.api import Chunk, Context, Field, Image, generator

from .drawing import Drawing, DrawingParams
from .latent import parse_class
from .picture import Finish
from .space import MAX_TEXT, point_of, text_of

if TYPE_CHECKING:
    from torch import Tensor

SEEDS = 2**31
CLOSE = 0.9995  # cosine from which two vectors count as one direction


class Place(BaseModel):
    """A picture of the path: four keys around it, as points ("" for the seed's), and how far it is.

    The picture lies between the second and the third key; the others bend the curve.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    points: tuple[Annotated[str, Field(max_length=MAX_TEXT)], ...] = Field(
        ("",) * 4, min_length=4, max_length=4
    )
    seeds: tuple[Annotated[int, Field(ge=0, lt=SEEDS)], ...] = Field((0,) * 4, min_length=4, max_length=4)
    share: float = Field(0.0, ge=0, le=1)


class JourneyParams(DrawingParams):
    """What to draw."""

    way: Literal["w", "z"] = Field(
        "w", title="Way", description="w: a curve through the styles; z: an arc between the seeds' noise."
    )
    places: tuple[Place, ...] = Field(
        (Place(),), min_length=1, max_length=256, title="Places", json_schema_extra={"advanced": True}
    )


@generator(id="latent-path", title="Latent path", output=Image, family="style")
class Journey(Drawing):
    """Pictures along a path between keys in a model's latent space; the timeline draws with it."""

    Params = JourneyParams

    def run(self, ctx: Context, params: JourneyParams) -> Iterator[Chunk]:
        """Each picture is a Chunk as soon as it is drawn; its meta has w, the point it was drawn from.

        The noise is the seed's for all of them, so that only what the path changes moves.
        """
        import torch

        finish, pictures = Finish.plain(ctx.model), list[Image]()
        between = self.curve if params.way == "w" else self.arc
        for place in params.places:
            ctx.check()
            with torch.inference_mode():
                ws = between(ctx, params, place)
                pixels = finish.pixels(self.net.synthesize(ws, ctx.generator(params.seed)))
            pictures.append(Image(pixels, meta={"w": text_of(ws)}))
            yield Chunk(pictures[-1])
        return tuple(pictures)

    def curve(self, ctx: Context, params: JourneyParams, place: Place) -> Tensor:
        """(1, L, w_dim) on the Catmull-Rom curve through the four keys' styles."""
        chosen = parse_class(params.class_, self.latent.conditions)

        def styles(number: int) -> Tensor:
            if place.points[number]:
                return point_of(self.net, place.points[number], self.latent.device)
            w, _ = self.latent.point(ctx, place.seeds[number], chosen, params.truncation)
            return w[:, None].expand(-1, self.net.num_layers, -1)

        if place.share == 0:
            return styles(1)
        p0, p1, p2, p3 = map(styles, range(4))
        t = place.share
        bent = (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3
        return (2 * p1 + (p2 - p0) * t + bent) / 2

    def arc(self, ctx: Context, params: JourneyParams, place: Place) -> Tensor:
        """(1, L, w_dim) for the noise on the arc between two seeds'; their classes blend in W."""
        import torch

        chosen = parse_class(params.class_, self.latent.conditions)
        ends = [ctx.generator(seed) for seed in place.seeds[1:3]]
        one, other = (torch.randn((1, self.net.z_dim), generator=rng) for rng in ends)
        z = slerp(one, other, place.share).to(self.latent.device)
        rows = [self.latent.complete(chosen, rng) for rng in ends]
        ws = [
            self.net.map(z, torch.tensor([row], dtype=torch.int64).to(z.device).reshape(1, -1))
            for row in rows
        ]
        w = self.net.truncate(ws[0].lerp(ws[1], place.share), params.truncation)
        return w[:, None].expand(-1, self.net.num_layers, -1)


def slerp(one: Tensor, other: Tensor, share: float) -> Tensor:
    """Spherical interpolation (Shoemake 1985) of (1, n); lengths go evenly from the one's to the other's."""
    import torch

    lengths = one.norm(), other.norm()
    a, b = one / lengths[0], other / lengths[1]
    cosine = (a * b).sum().clamp(-1, 1)
    if cosine > CLOSE:
        return one.lerp(other, share)
    angle = torch.acos(cosine)
    turned = (torch.sin((1 - share) * angle) * a + torch.sin(share * angle) * b) / torch.sin(angle)
    return turned * (lengths[0] * (1 - share) + lengths[1] * share)
