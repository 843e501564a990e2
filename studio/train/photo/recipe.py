"""The recipe of a photo model: one TOML file that, with a seed, says all that made it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from studio.engine.recipe import Section
from studio.model.errors import UserError

Task = Literal["upscale", "deblur", "denoise", "inpaint"]


class Adversary(Section):
    """The discriminator and its part in the generator's loss; from ``after`` of the budget on."""

    width: int = Field(32, gt=0, title="Channels of the first level")
    levels: int = Field(3, ge=1)
    weight: float = Field(gt=0, title="Weight of the adversarial loss")
    matching: float = Field(0.0, ge=0, title="Weight of the distance of D's features")
    after: float = Field(0.0, ge=0, lt=1, title="Share of the budget without it")
    objective: Literal["hinge", "relativistic"] = "hinge"
    rate: float = Field(2e-4, gt=0)
    r1_gamma: float = Field(0.0, ge=0)
    r1_every: int = Field(16, ge=1)


class Training(Section):
    """How the network is fitted."""

    seed: int = 0
    cpu_minutes: float = Field(gt=0, title="Budget in processor minutes")
    batch: int = Field(16, gt=0)
    threads: int = Field(2, ge=1, title="Threads, each with a part of the batch")
    crop: int = Field(128, ge=32, title="Side of the sharp crop, in pixels")
    choices: int = Field(2, ge=1, title="Places looked at per crop; the liveliest is taken")
    rate: float = Field(1e-3, gt=0)
    warmup: float = Field(0.02, ge=0, lt=1, title="Share of the budget in which the rate rises")
    betas: tuple[float, float] = (0.9, 0.99)
    pixel: float = Field(1.0, ge=0, title="Weight of the mean absolute error")
    hole: float = Field(0.0, ge=0, title="Weight of that error inside the hole, by the hole's area")
    frequency: float = Field(0.0, ge=0, title="Weight of the mean absolute error of the spectra")
    perceptual: float = Field(0.0, ge=0, title="Weight of the distance in the texture network's features")
    ema_images: float = Field(4_000, gt=0, title="Half-life of the averaged network, in crops")
    adversary: Adversary | None = None


class Card(Section):
    """What the card says besides the measurements."""

    use: str = ""
    failures: tuple[str, ...] = ()


class PhotoRecipe(Section):
    """One photo model: task, network, training."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str
    data: str = "photographs"
    task: Task
    network: dict[str, Any] = Field(title="Arguments of the network's constructor")
    start: str = Field("", title="Name of the model whose weights it starts from, where shapes agree")
    train: Training
    card: Card = Card()


def read(path: Path) -> PhotoRecipe:
    """Read a recipe.

    Raises:
        UserError: when the file is missing, no TOML, or says something no recipe can say.
    """
    try:
        return PhotoRecipe.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise UserError(f"The recipe {path} cannot be read.", str(error)) from error
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise UserError(f"{path.name} is not a valid recipe.", str(error)) from error
