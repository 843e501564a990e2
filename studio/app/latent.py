"""Going about in a model's latent space: places between places, directions from examples, paths, names."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from studio.app import places
from studio.engine.points import Vector, decode, encode
from studio.model.errors import UserError
from studio.model.io import atomic_write
from studio.model.media import Image

NEAREST = 3
MAX_FILE = 4 << 20
MAX_DIRECTIONS = 64
STEPS = 400
USUAL_MIDDLE = 4


@dataclass(frozen=True, eq=False)
class Spot:
    """A picture with its place on the map of a model, its seed and its point."""

    image: Image
    x: float
    y: float
    seed: int
    point: Vector


def spot_of(image: Image) -> Spot:
    """A picture of `latent-map`. `UserError` when its metadata does not tell its place."""
    try:
        x, y, seed = float(image.meta["x"]), float(image.meta["y"]), int(image.meta["seed"])
    except (KeyError, ValueError):
        raise UserError("The map came without places.", "Update the plugin that draws it.") from None
    return Spot(image, x, y, seed, decode(image.meta.get("w", "")))


def place_between(spots: Sequence[Spot], x: float, y: float) -> Vector:
    """The point for a place on the map: between the nearest pictures, nearer ones weighing more."""
    if not spots:
        raise UserError("There is no map yet.", "Make one first.")
    far = np.array([(spot.x - x) ** 2 + (spot.y - y) ** 2 for spot in spots])
    nearest = np.argsort(far, kind="stable")[:NEAREST]
    weights = 1 / (far[nearest] + 1e-6)
    points = np.stack([spots[index].point for index in nearest])
    return np.asarray((weights / weights.sum()) @ points, np.float32)


def direction_from(likes: Sequence[Vector], others: Sequence[Vector]) -> Vector:
    """The direction from the pictures without an attribute to those with it.

    Logistic regression where there are at least three of each, else the difference of the means; long enough
    that a step of 1 leads from the middle between the two kinds to the middle of one. `UserError` when one
    kind is missing, or the two are the same.
    """
    if not likes or not others:
        raise UserError("A direction needs examples of both kinds.", "Mark some with + and some with −.")
    size = likes[0].size
    if any(vector.size != size for vector in (*likes, *others)):
        raise UserError("The examples are from different kinds of points.", "Mark pictures of the map.")
    here, there = np.stack(likes).astype(np.float64), np.stack(others).astype(np.float64)
    gap = here.mean(0) - there.mean(0)
    way = fitted(here, there) if min(len(likes), len(others)) >= 3 else gap
    length = float(np.linalg.norm(way))
    if length < 1e-9 or float(np.linalg.norm(gap)) < 1e-9:
        raise UserError("The examples of both kinds are the same.", "Mark pictures that differ.")
    unit = way / length
    return np.asarray(unit * abs(float(gap @ unit)) / 2, np.float32)


def fitted(here: NDArray[np.float64], there: NDArray[np.float64]) -> NDArray[np.float64]:
    """The normal of the plane that parts two kinds best: logistic regression, weights held small."""
    points = np.concatenate([here, there])
    centre, spread = points.mean(0), points.std(0).mean() + 1e-9
    rows = (points - centre) / spread
    signs = np.concatenate([np.ones(len(here)), -np.ones(len(there))])
    weights, bias = np.zeros(rows.shape[1]), 0.0
    for _ in range(STEPS):
        pull = signs / (1 + np.exp(np.clip(signs * (rows @ weights + bias), -30, 30)))
        weights += 0.5 * (pull @ rows / len(rows) - 0.05 * weights)
        bias += 0.5 * float(pull.mean())
    return weights


def along(stops: Sequence[Vector], t: float, loop: bool) -> Vector:
    """The point at t (0..1) of a smooth path through stops (Catmull-Rom); a loop comes back to the first."""
    if not stops:
        raise UserError("There is no keyframe.", "Add at least one.")
    rows = [whole(stop, max(stop.size for stop in stops)) for stop in stops]
    legs = len(rows) if loop and len(rows) > 1 else len(rows) - 1
    if legs < 1:
        return rows[0]
    index, way = divmod(min(max(t, 0.0), 1.0) * legs, 1)
    if index >= legs:
        index, way = (0.0, 0.0) if loop else (legs - 1.0, 1.0)
    p0, p1, p2, p3 = (rows[stop_at(int(index) + step, len(rows), loop)] for step in (-1, 0, 1, 2))
    curve = 2 * p1 + (p2 - p0) * way + (2 * p0 - 5 * p1 + 4 * p2 - p3) * way**2
    return np.asarray((curve + (3 * p1 - p0 - 3 * p2 + p3) * way**3) / 2, np.float32)


def middle_layer(config: Mapping[str, Any]) -> int:
    """Where shape ends and colour begins in a model, by its description: the middle of its layers."""
    try:
        if config.get("kind") == "light":
            return max((int(config["resolution"]).bit_length() - 2) // 2, 1)
        return max(len(config["channels"]) - 1, 1)  # of two layers for each doubling
    except (KeyError, TypeError, ValueError):
        return USUAL_MIDDLE


def stop_at(index: int, count: int, loop: bool) -> int:
    """A stop by its number: round and round in a loop, else held at the ends."""
    return index % count if loop else min(max(index, 0), count - 1)


def whole(point: Vector, size: int) -> Vector:
    """A point as long as another: one w for all layers repeated for each."""
    return np.tile(point, size // point.size) if point.size < size else point


def names_file(model: str) -> Path:
    """Where the directions of a model lie."""
    return places.config_dir() / "directions" / f"{model}.json"


@dataclass(frozen=True)
class Directions:
    """What a person has named in a model: the principal directions, and directions of their own."""

    principal: dict[int, str]
    own: dict[str, str]

    def renamed(self, index: int, name: str) -> Directions:
        """With another name for a principal direction; "" gives it its number back."""
        kept = {key: value for key, value in self.principal.items() if key != index}
        return Directions({**kept, index: name[:60]} if name else kept, self.own)

    def with_own(self, name: str, vector: Vector) -> Directions:
        """With one more direction. `UserError` when there are too many, or it has no name."""
        if not name.strip():
            raise UserError("A direction needs a name.", "Type at least one letter.")
        if len(self.own) >= MAX_DIRECTIONS:
            raise UserError("There are too many directions.", "Remove some first.")
        return Directions(self.principal, {**self.own, name.strip()[:60]: encode(vector)})

    def without(self, name: str) -> Directions:
        """Without one of the own."""
        return Directions(self.principal, {key: text for key, text in self.own.items() if key != name})


def load_directions(model: str) -> Directions:
    """The names and directions kept for a model; none when there are none or the file is damaged."""
    try:
        with names_file(model).open("rb") as file:
            raw = json.loads(file.read(MAX_FILE))
        principal = {int(key): str(name)[:60] for key, name in cast(dict[str, Any], raw["principal"]).items()}
        own = {str(name)[:60]: str(text) for name, text in cast(dict[str, Any], raw["own"]).items()}
        for text in own.values():
            decode(text)
        return Directions(principal, dict(list(own.items())[:MAX_DIRECTIONS]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, UserError):
        return Directions({}, {})


def save_directions(model: str, directions: Directions) -> None:
    """Keep names and directions. `UserError` when the disk refuses."""
    path = names_file(model)
    raw = {"principal": {str(key): name for key, name in directions.principal.items()}, "own": directions.own}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as file:
            file.write(json.dumps(raw, indent=1, ensure_ascii=False).encode())
    except OSError as error:
        raise UserError("The directions could not be kept.", error.strerror or str(error)) from None
