"""A training recipe: one TOML file that, with a seed, says all that made a model."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from studio.engine.wording import reason
from studio.model.errors import UserError
from studio.model.io.atomic import atomic_write

READY_MADE = Path(__file__).resolve().parents[2] / "resources" / "recipes"
MAX_RECIPE = 1 << 20
SIZES = (16, 32, 64, 128, 256)
Objective = Literal["minimax", "nonsaturating", "least-squares", "hinge", "wasserstein", "relativistic"]
Policy = Literal["color", "brightness", "translation", "cutout"]


class Section(BaseModel):
    """A table of the recipe; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Pictures(Section):
    """How a folder of pictures becomes training data. Left out where the data was prepared before."""

    resolution: Literal[16, 32, 64, 128, 256] = Field(
        64, title="Resolution", json_schema_extra={"unit": "px"}, description="Side of the pictures learnt."
    )
    channels: Literal["auto", "rgb", "rgba", "grey"] = Field(
        "auto", title="Channels", description="auto: colour, with alpha where the first pictures have it."
    )
    fit: Literal["crop", "pad", "stretch"] = Field(
        "crop", title="Fit", description="What is done with pictures that are not square."
    )
    sampling: Literal["whole", "windows"] = Field(
        "whole", title="Sampling", description="Learn whole pictures, or random windows of them (textures)."
    )
    zoom: float = Field(
        1.0, ge=0.05, le=1, title="Zoom", description="Windows only: pictures are shrunk by this first."
    )
    hold_out: float = Field(
        0.0, ge=0, lt=1, title="Hold out", description="Share of the pictures kept back to measure with."
    )
    labels: Literal["none", "folders", "csv"] = Field(
        "none",
        title="Labels",
        description="Conditions from the names of sub-folders, or from a file labels.csv "
        "(header: file and one column per condition).",
    )


class StyleNet(Section):
    """Sizes of the style-based generator and its discriminator."""

    z_dim: int = Field(64, gt=0, le=512)
    w_dim: int = Field(128, gt=0, le=1024)
    mapping_layers: int = Field(4, ge=1, le=8)
    channels: tuple[int, ...] = Field(title="Generator channels at 4, 8, .. R")
    d_channels: tuple[int, ...] = Field(title="Discriminator channels at R/2, R/4, .. 4")
    tileable: bool = False
    latent_start: bool = Field(False, title="The style also makes the first 4 x 4 map")


class LightNet(Section):
    """Sizes of the light generator for few pictures, and its discriminator."""

    z_dim: int = Field(64, gt=0, le=512)
    width: int = Field(16, gt=0, le=256, title="Generator channels at R; doubled at each halving")
    d_width: int = Field(16, gt=0, le=256, title="Discriminator channels at R/2; doubled at each halving")
    most: int = Field(256, gt=0, le=1024, title="Most channels anywhere")


class BaselineNet(Section):
    """Sizes of the DCGAN baseline."""

    z_dim: int = Field(64, gt=0)
    width: int = Field(gt=0, title="Generator channels at R/2")
    d_width: int = Field(gt=0, title="Discriminator channels at R/2")


class Training(Section):
    """How the networks are fitted."""

    seed: int = Field(0, ge=0, lt=2**31)
    cpu_minutes: float = Field(gt=0, title="Budget in processor minutes")
    snapshot_minutes: tuple[float, ...] = ()
    batch: int = Field(16, gt=0, le=4096)
    parts: int = Field(
        1, ge=1, le=64, title="Parts a batch is worked on in, spread over threads and processes"
    )
    threads: int = Field(2, ge=1, le=8, title="Threads that work on parts side by side")
    by_label: bool = Field(
        False, title="Order each batch by its first condition, so that D sees the variety within each value"
    )
    objective: Objective = "nonsaturating"
    lr_g: float = Field(2e-3, gt=0)
    lr_d: float = Field(2e-3, gt=0)
    mapping_lr: float = Field(0.01, gt=0, title="Learning rate of the mapping network, as a share of lr_g")
    noise_lr: float = Field(0.01, ge=0, title="Learning rate of the noise strengths, as a share of lr_g")
    betas: tuple[float, float] = (0.0, 0.99)
    r1_gamma: float = Field(1.0, ge=0, title="Weight of the gradient penalty at real pictures")
    r1_every: int = Field(16, ge=1, title="Steps between gradient penalties")
    r2_gamma: float = Field(0.0, ge=0, title="Weight of the gradient penalty at made pictures")
    wasserstein: float = Field(10.0, ge=0, title="Weight of the Wasserstein gradient penalty")
    clip: float = Field(0.0, ge=0, title="Largest gradient norm; 0 leaves gradients alone")
    reconstruction: float = Field(1.0, ge=0, title="Weight of rebuilding real pictures in D")
    mixing: float = Field(0.5, ge=0, le=1, title="Share of pictures with two styles")
    ema_images: float = Field(10_000, gt=0, title="Half-life of the averaged generator, in images")
    augment: tuple[Policy, ...] = ()
    adaptive: float = Field(
        0.0,
        ge=0,
        le=1,
        title="Adaptive augmentation: the overfitting to hold D at; 0 always augments every picture",
    )
    flip: bool = False
    bfloat16: bool = True


class Card(Section):
    """What the model's card says besides the measurements, and how its contact sheet is laid out."""

    columns: int = Field(default=8, gt=0)
    truncation: float = Field(default=0.7, ge=0, le=1)
    use: str = ""
    failures: tuple[str, ...] = ()


class Recipe(Section):
    """One model: data, networks, training. Exactly one of ``style``, ``light`` and ``baseline``."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=80)
    title: str = Field(max_length=200)
    summary: str = ""
    data: str = Field("", title="Name of the data set in the manifest; empty for a folder of pictures")
    pictures: Pictures | None = None
    style: StyleNet | None = None
    light: LightNet | None = None
    baseline: BaselineNet | None = None
    train: Training
    card: Card = Card()

    @model_validator(mode="after")
    def one_family(self) -> Self:
        """Refuse a recipe of no family, or of two."""
        if sum(net is not None for net in (self.style, self.light, self.baseline)) != 1:
            raise ValueError("a recipe has exactly one of the tables style, light and baseline")
        return self


def read(path: Path) -> Recipe:
    """Read a recipe.

    Raises:
        UserError: when the file is missing, no TOML, or says something no recipe can say.
    """
    try:
        with path.open("rb") as file:
            return Recipe.model_validate(tomllib.loads(file.read(MAX_RECIPE).decode("utf-8")))
    except OSError as error:
        raise UserError(f"The recipe {path} cannot be read.", str(error)) from error
    except ValidationError as error:
        raise UserError(f"{path.name} is not a valid recipe.", in_words(error)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path.name} is not a valid recipe.", str(error)) from error


def in_words(error: ValidationError) -> str:
    """What is wrong with a recipe: each place, and what was expected there."""
    places = [(".".join(map(str, fault["loc"])) or "recipe", reason(fault)) for fault in error.errors()[:4]]
    return "; ".join(f"{place} {words}" for place, words in places) + "."


def write(recipe: Recipe, path: Path) -> None:
    """Write a recipe as TOML, leaving out what is as usual. OSError when the disk refuses."""
    with atomic_write(path) as file:
        file.write(to_toml(recipe).encode())


def to_toml(recipe: Recipe) -> str:
    """The recipe as TOML text; reading it again gives an equal recipe."""
    plain = recipe.model_dump(mode="json", exclude_defaults=True)
    lines = [f"{key} = {literal(value)}" for key, value in plain.items() if not isinstance(value, dict)]
    for key in type(recipe).model_fields:
        if getattr(recipe, key) is not None and isinstance(getattr(recipe, key), Section) and key in plain:
            lines += ["", f"[{key}]", *(f"{name} = {literal(value)}" for name, value in plain[key].items())]
    return "\n".join(lines) + "\n"


def literal(value: Any) -> str:
    """A string, number, truth value or list as TOML writes it; JSON differs in nothing that occurs here."""
    return json.dumps(value, ensure_ascii=False)


def ready_made() -> list[Path]:
    """The recipes for folders of pictures that come with the studio."""
    return sorted(READY_MADE.glob("*.toml"))


def find(word: str) -> Path:
    """A recipe by its path, or a ready-made one by its name. UserError that names those there are."""
    if Path(word).is_file():
        return Path(word)
    known = {path.stem: path for path in ready_made()}
    if word in known:
        return known[word]
    raise UserError(f"There is no recipe “{word}”.", f"Name a file, or one of: {', '.join(known)}.")
