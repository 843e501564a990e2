"""From seeds and classes to the styles of each layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from studio.api import Condition, Context, ModelInfo, UserError, pick

from .space import Move, moved, point_of

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from .space import Network


class Wishes(Protocol):
    """The params that decide the styles."""

    class_: str
    truncation: float
    mix_seed: int
    mix_layer: int
    morph_seed: int
    morph: float
    directions: tuple[float, ...]
    point: str
    reach: float
    moves: tuple[Move, ...]


class Latent:
    """The latent space of a loaded network. All is drawn on the CPU, so a seed means the same everywhere."""

    def __init__(self, net: Network, model: ModelInfo | None, device: str) -> None:
        assert model is not None
        self.net = net
        self.conditions = model.conditions
        self.combinations = model.combinations
        self.device = device

    def styles(self, ctx: Context, wishes: Wishes, seed: int) -> tuple[Tensor, torch.Generator]:
        """(1, L, w_dim) styles for a seed, and the generator to draw the layers' noise from."""
        chosen = parse_class(wishes.class_, self.conditions)
        w, noise = self.point(ctx, seed, chosen, wishes.truncation)
        ws = w[:, None].repeat(1, self.net.num_layers, 1)
        if wishes.point:
            ws = self.net.w_avg.lerp(point_of(self.net, wishes.point, self.device), wishes.reach)
        if wishes.morph_seed >= 0:
            other, _ = self.point(ctx, wishes.morph_seed, chosen, wishes.truncation)
            ws = ws.lerp(other[:, None], wishes.morph)
        if wishes.mix_seed >= 0:
            other, _ = self.point(ctx, wishes.mix_seed, chosen, wishes.truncation)
            ws[:, wishes.mix_layer :] = other
        return ws + self.offset(wishes.directions) + moved(self.net, wishes.moves, self.device), noise

    def point(
        self, ctx: Context, seed: int, chosen: dict[int, int], psi: float
    ) -> tuple[Tensor, torch.Generator]:
        """The truncated w (1, w_dim) of a seed."""
        import torch

        rng = ctx.generator(seed)
        z = torch.randn((1, self.net.z_dim), generator=rng).to(self.device)
        labels = self.complete(chosen, rng)
        shape = (1, len(labels))
        w = self.net.map(z, torch.tensor(labels, dtype=torch.int64, device=self.device).reshape(shape))
        return self.net.truncate(w, psi), rng

    def complete(self, chosen: dict[int, int], rng: torch.Generator) -> list[int]:
        """A value for every attribute: those chosen, the others drawn as they went with them in training.

        Where nothing in the training data had what was chosen, the others are drawn each by its frequency.
        """
        import torch

        rows = [row for row in self.combinations if all(row[i] == j for i, j in chosen.items())]
        if rows:
            counts = torch.tensor([float(row[-1]) for row in rows])
            return list(rows[int(torch.multinomial(counts, 1, generator=rng))][:-1])
        return [
            chosen[i] if i in chosen else int(torch.multinomial(torch.tensor(c.weights), 1, generator=rng))
            for i, c in enumerate(self.conditions)
        ]

    def offset(self, steps: tuple[float, ...]) -> Tensor | float:
        """The sum of steps along the principal directions, (w_dim,)."""
        import torch

        count = self.net.pca_dirs.shape[0]
        if len(steps) > count:
            raise UserError(f"The model has {count} directions, not {len(steps)}.")
        if not any(steps):
            return 0.0
        weights = torch.tensor(steps, device=self.device) * self.net.pca_scale[: len(steps)]
        return weights @ self.net.pca_dirs[: len(steps)]


def parse_class(text: str, conditions: tuple[Condition, ...]) -> dict[int, int]:
    """Comma-separated values -> attribute index: value index. UserError naming the nearest value."""
    where: dict[str, tuple[int, int]] = {}
    for i, condition in enumerate(conditions):
        where |= {value: (i, j) for j, value in enumerate(condition.values)}
    chosen: dict[int, Any] = {}
    for word in filter(None, (part.strip() for part in text.split(","))):
        value = pick("class", word, where)
        i, j = where[value]
        if chosen.get(i, j) != j:
            other = conditions[i].values[chosen[i]]
            raise UserError(
                f"“{other}” and “{value}” exclude one another.", f"Choose one {conditions[i].name}."
            )
        chosen[i] = j
    return chosen
