"""From one result to its neighbours: more like this, and the way between two results."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from studio.app.results import Result
from studio.engine.protocol import SEED_LIMIT
from studio.engine.spec import Spec
from studio.model.errors import UserError

if TYPE_CHECKING:
    from studio.app.session import App


def can_morph(spec: Spec) -> bool:
    """Whether a generator can go part of the way from one seed to another."""
    return {"seed", "morph_seed", "morph"} <= set(spec.params.model_fields)


def more_like_this(app: App, result: Result, count: int = 8, likeness: float = 0.65) -> int:
    """Ask for `count` variations of a result into the strip; returns the job id.

    Each goes from a seed of its own `likeness` (0..1) of the way towards the seed of the result.
    """
    spec = _morphing(app, result)
    params = {**result.request.params, "morph_seed": result.seed, "morph": likeness}
    params["seed"] = random.randrange(SEED_LIMIT - count)
    if "count" in spec.params.model_fields:
        params["count"] = count
    return app.generate(result.request.generator, params, target="variations")


def interpolate(app: App, first: Result, second: Result, steps: int = 6) -> list[int]:
    """Ask for `steps` pictures evenly on the way between two results, ends left out; returns the job ids."""
    base = way_between(app, first, second)
    ways = [number / (steps + 1) for number in range(1, steps + 1)]
    return [
        app.generate(first.request.generator, {**base, "morph": way}, target="variations") for way in ways
    ]


def way_between(app: App, first: Result, second: Result) -> dict[str, object]:
    """The params that lead from one result to another: set `morph` from 0 (the first) to 1 (the second).

    `UserError` when there is no such way.
    """
    _morphing(app, first)
    if first.request.generator != second.request.generator:
        raise UserError("The two results come from different generators.", "Pick two of the same one.")
    if first.seed == second.seed:
        raise UserError("The two results have the same seed.", "Pick two with different seeds.")
    return {**first.request.params, "morph_seed": second.seed, "morph": 0.5}


def _morphing(app: App, result: Result) -> Spec:
    spec = app.registry.get(result.request.generator)
    if not can_morph(spec):
        raise UserError(f"{spec.title} cannot go between seeds.", "Try other seeds instead.")
    params = result.request.params
    if params.get("morph") and params.get("morph_seed") not in (None, -1):
        raise UserError("This result lies between two seeds already.", "Start from one of a single seed.")
    return spec
