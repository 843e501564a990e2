"""The generator `latent-map`: many small pictures, each with its place on a plane of the latent space."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from studio.api import Chunk, Context, Field, Image, Preview, encode_point, generator

from .drawing import Drawing, DrawingParams
from .latent import parse_class
from .picture import Finish

if TYPE_CHECKING:
    from torch import Tensor

BATCH = 8
EDGE = 2.5


class MapParams(DrawingParams):
    """What to map."""

    truncation: float = Field(
        0.9, ge=0, le=1.5, title="Truncation", description="Low for typical pictures, high for unusual ones."
    )
    count: int = Field(160, ge=2, le=2000, title="Count", description="How many pictures.")
    side: int = Field(
        48, ge=8, le=256, title="Side", description="Of each picture.", json_schema_extra={"unit": "px"}
    )


@generator(id="latent-map", title="Map of a model", output=Image, family="style")
class LatentMap(Drawing):
    """Small pictures spread over what varies most in a model; each tells its seed, place and point."""

    Params = MapParams

    def run(self, ctx: Context, params: MapParams) -> Iterator[Preview | Chunk]:
        """Each picture is a Chunk; its meta has seed, x, y (-2.5 .. 2.5) and w, the point."""
        import torch

        chosen = parse_class(params.class_, self.latent.conditions)
        seeds = [(params.seed + i) % 2**31 for i in range(params.count)]
        with torch.inference_mode():
            rows: list[Tensor] = []
            for seed in seeds:
                ctx.check()
                rows.append(self.latent.point(ctx, seed, chosen, params.truncation)[0])
            points = torch.cat(rows)
            places = plane(points).tolist()
        finish = Finish.plain(ctx.model)
        pictures: list[Image] = []
        for start in range(0, len(seeds), BATCH):
            for row, pixels in enumerate(self.draw(ctx, points[start : start + BATCH], finish), start):
                w = encode_point(points[row].float().cpu().numpy())
                x, y = places[row]
                meta = {"seed": str(seeds[row]), "x": f"{x:.4f}", "y": f"{y:.4f}", "w": w}
                picture = Image(finish.fitted(pixels, params.side), meta=meta)
                pictures.append(picture)
                yield Chunk(picture)
            yield Preview(pictures[-1], len(pictures) / len(seeds))
        return tuple(pictures)

    def draw(self, ctx: Context, points: Tensor, finish: Finish) -> list[Any]:
        """The pixels of some points (n, w_dim)."""
        import torch

        ctx.check()
        with torch.inference_mode():
            ws = points[:, None].expand(-1, self.net.num_layers, -1)
            noise = ctx.generator(0) if self.net.tileable else None
            drawn = self.net.synthesize(ws, noise)
        return [finish.pixels(drawn[i : i + 1]) for i in range(len(drawn))]


def plane(points: Tensor) -> Tensor:
    """(n, w_dim) -> (n, 2): the places on the two directions they differ most in, -2.5 .. 2.5.

    Crowds are moved apart: halfway from standard deviations to ranks, which fill the map evenly.
    """
    import torch

    centred = (points - points.mean(0)).float()
    _, _, directions = torch.linalg.svd(centred, full_matrices=False)
    found = directions[:2]
    signs = found.gather(1, found.abs().argmax(1, keepdim=True)).sign()
    flat = centred @ (found * signs).T
    if flat.shape[1] < 2:
        flat = torch.nn.functional.pad(flat, (0, 2 - flat.shape[1]))
    ranks = flat.argsort(0).argsort(0).float()
    even = 2 * EDGE * (ranks / max(len(flat) - 1, 1) - 0.5)
    return ((flat / flat.std(0).clamp(min=1e-6)).clamp(-EDGE, EDGE) + even) / 2
