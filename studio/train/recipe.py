"""A training recipe: one TOML file that, with a seed, says all that made a model."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio.model.errors import UserError


class Section(BaseModel):
    """A table of the recipe; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StyleNet(Section):
    """Sizes of the style-based generator and its discriminator."""

    z_dim: int = Field(64, gt=0)
    w_dim: int = Field(128, gt=0)
    mapping_layers: int = Field(4, ge=1)
    channels: tuple[int, ...] = Field(title="Generator channels at 4, 8, .. R")
    d_channels: tuple[int, ...] = Field(title="Discriminator channels at R/2, R/4, .. 4")
    tileable: bool = False


class BaselineNet(Section):
    """Sizes of the DCGAN baseline."""

    z_dim: int = Field(64, gt=0)
    width: int = Field(gt=0, title="Generator channels at R/2")
    d_width: int = Field(gt=0, title="Discriminator channels at R/2")


class Training(Section):
    """How the networks are fitted."""

    seed: int = 0
    cpu_minutes: float = Field(gt=0, title="Budget in processor minutes")
    snapshot_minutes: tuple[float, ...] = ()
    batch: int = Field(16, gt=0)
    parts: int = Field(1, ge=1, le=8, title="Parts the generator's batch is worked on in")
    threads: int = Field(2, ge=1, le=8, title="Threads that work on parts side by side")
    by_label: bool = Field(
        False, title="Order each batch by its first condition, so that D sees the variety within each value"
    )
    objective: Literal["minimax", "nonsaturating", "hinge", "least-squares"] = "nonsaturating"
    lr_g: float = Field(2e-3, gt=0)
    lr_d: float = Field(2e-3, gt=0)
    mapping_lr: float = Field(0.01, gt=0, title="Learning rate of the mapping network, as a share of lr_g")
    noise_lr: float = Field(0.01, ge=0, title="Learning rate of the noise strengths, as a share of lr_g")
    betas: tuple[float, float] = (0.0, 0.99)
    r1_gamma: float = Field(1.0, ge=0)
    r1_every: int = Field(16, ge=1)
    reconstruction: float = Field(1.0, ge=0, title="Weight of rebuilding real pictures in D")
    mixing: float = Field(0.5, ge=0, le=1, title="Share of pictures with two styles")
    ema_images: float = Field(10_000, gt=0, title="Half-life of the averaged generator, in images")
    augment: tuple[Literal["color", "brightness", "translation", "cutout"], ...] = ()
    flip: bool = False
    bfloat16: bool = True


class Card(Section):
    """What the model's card says besides the measurements, and how its contact sheet is laid out."""

    columns: int = Field(8, gt=0)
    truncation: float = Field(0.7, ge=0, le=1)
    use: str = ""
    failures: tuple[str, ...] = ()


class Recipe(Section):
    """One model: data, networks, training."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str
    data: str = Field(title="Name of the data set in the manifest")
    style: StyleNet | None = None
    baseline: BaselineNet | None = None
    train: Training
    card: Card = Card()


def read(path: Path) -> Recipe:
    """Read a recipe.

    Raises:
        UserError: when the file is missing, no TOML, or says something no recipe can say.
    """
    try:
        return Recipe.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise UserError(f"The recipe {path} cannot be read.", str(error)) from error
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise UserError(f"{path.name} is not a valid recipe.", str(error)) from error
