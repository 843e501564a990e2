"""The recipe of a video model: one TOML file that, with a seed, says all that made it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from studio.engine.recipe import Section
from studio.model.errors import UserError

Task = Literal["interpolate", "predict"]


class Versus(Section):
    """The critics of predicted frames, one for each scale."""

    width: int = Field(16, gt=0, title="Channels of the first level")
    levels: int = Field(2, ge=1)
    scales: int = Field(3, ge=1, title="Scales, each half the one before")
    rate: float = Field(2e-4, gt=0)
    weight: float = Field(gt=0, title="Weight of what they say in the network's loss")


class Training(Section):
    """How the network is fitted."""

    seed: int = 0
    cpu_minutes: float = Field(gt=0, title="Budget in processor minutes")
    batch: int = Field(12, gt=0)
    crop: int = Field(96, ge=32, title="Side of the crops, in pixels")
    rate: float = Field(1e-3, gt=0)
    warmup: float = Field(0.02, ge=0, lt=1, title="Share of the budget in which the rate rises")
    real: float = Field(0.5, ge=0, le=1, title="Share of real clips in a batch at the end; none at first")
    real_by: float = Field(1.5, gt=0, title="How fast real clips come in; 2: half-way through")
    ahead: int = Field(1, ge=1, le=8, title="Frames predicted from one another towards the end")
    begin: str = Field("", title="Weights file to go on from")
    versus: Versus | None = None
    ema_images: float = Field(2_000, gt=0, title="Half-life of the averaged network, in crops")
    weights: dict[str, float] = Field(default_factory=dict, title="Weight of each part of the loss")


class Card(Section):
    """What the card says besides the measurements."""

    use: str = ""
    failures: tuple[str, ...] = ()


class VideoRecipe(Section):
    """One video model: task, network, training."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str
    task: Task
    network: dict[str, Any] = Field(title="Arguments of the network's constructor")
    train: Training
    card: Card = Card()


def read(path: Path) -> VideoRecipe:
    """Read a recipe.

    Raises:
        UserError: when the file is missing, no TOML, or says something no recipe can say.
    """
    try:
        return VideoRecipe.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise UserError(f"The recipe {path} cannot be read.", str(error)) from error
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise UserError(f"{path.name} is not a valid recipe.", str(error)) from error
