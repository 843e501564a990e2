"""The recipe of an adversarial video model: one TOML file that, with a seed, says all that made it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from studio.engine.recipe import Section
from studio.model.errors import UserError
from studio.nets.video import START
from studio.train.video.gan.loops import SIDE


class Card(Section):
    """What the card says besides the measurements."""

    use: str = ""
    sheet: str = Field(default="", title="What the contact sheet shows")
    gives: str = Field(default="", title="What it takes and gives")
    explained: str = Field(default="", title="What was measured, and how")
    failures: tuple[str, ...] = ()


class Training(Section):
    """How the two sides are fitted."""

    seed: int = 0
    cpu_minutes: float = Field(gt=0, title="Budget in processor minutes")
    batch: int = Field(8, gt=1)
    rate_g: float = Field(2e-4, gt=0)
    rate_d: float = Field(2e-4, gt=0)
    fall: float = Field(0.0, ge=0, le=1, title="Share of the budget in which the rates fall")
    ema_clips: float = Field(1_000, gt=0, title="Half-life of the averaged generator, in clips")
    placed: float = Field(0.0, ge=0, le=1, title="Share of loops in front of a photograph (animate)")
    real: float = Field(0.0, ge=0, le=1, title="Share of real clips (animate)")
    augment: tuple[str, ...] = ("translation", "cutout")
    critic: tuple[int, ...] = Field((24, 48, 96), title="Channels of the critic of clips")
    picture_critic: tuple[int, ...] = Field((32, 64, 128, 192), title="Channels of the critic of pictures")
    weights: dict[str, float] = Field(default_factory=dict, title="Weight of each part of the loss")


class GanRecipe(Section):
    """One model: what it makes, of what, its network and training."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str
    family: Literal["video", "animate"]
    figures: tuple[str, ...] = Field(("",), title="Beginnings of the code points it learns from")
    network: dict[str, Any] = Field(title="Arguments of the network's constructor")
    train: Training
    card: Card = Card()

    @property
    def side(self) -> int:
        """Width and height of what it learns from, in pixels."""
        return START << len(self.network["still"]) if self.family == "video" else SIDE


def read(path: Path) -> GanRecipe:
    """Read a recipe.

    Raises:
        UserError: when the file is missing, no TOML, or says something no recipe can say.
    """
    try:
        return GanRecipe.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise UserError(f"The recipe {path} cannot be read.", str(error)) from error
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise UserError(f"{path.name} is not a valid recipe.", str(error)) from error
