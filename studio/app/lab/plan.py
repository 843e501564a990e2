"""What a person decides before training, and the recipe that comes of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio.app.lab.wording import slug
from studio.engine import recipe as recipes
from studio.engine.recipe import Objective, Recipe, StyleNet
from studio.engine.weights import ModelInfo
from studio.model.errors import UserError

SMALLEST = 4
LEAST_WIDTH = 8
FROM_ZERO = ""
FIRST = ("few-shot", "style", "conditional", "texture")
RATES: dict[str, dict[str, Any]] = {
    "style": {"lr_g": 2e-3, "lr_d": 2e-3, "betas": (0.0, 0.99)},
    "light": {"lr_g": 2e-4, "lr_d": 2e-4, "betas": (0.5, 0.99)},
}  # of a network put into a recipe that was written for the other kind


class Plan(BaseModel):
    """The form of the lab. Fields left alone are as the ready-made recipe has them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    recipe: str = Field("lab-few-shot", title="Recipe", description="What kind of model.")
    name: str = Field("My model", title="Name", max_length=60, description="What the model will be called.")
    start: str = Field(
        FROM_ZERO,
        title="Start from",
        description="Begin with an installed model's network: quicker where its pictures are alike.",
    )
    minutes: float = Field(
        30.0,
        ge=0.1,
        title="Time budget",
        description="Processor minutes: other work on this computer does not count against it.",
        json_schema_extra={"unit": "min", "step": 5},
    )
    resolution: Literal[16, 32, 64, 128, 256] = Field(
        64,
        title="Resolution",
        description="Side of the pictures learnt. Twice the side takes about four times as long.",
        json_schema_extra={"unit": "px"},
    )
    flip: bool = Field(
        True, title="Mirror pictures", description="Doubles the variety; not for text or anything one-sided."
    )
    augment: bool = Field(
        True,
        title="Augment",
        description="Shows the pictures shifted and recoloured, so that few of them are not learnt by heart.",
    )
    fit: Literal["crop", "pad", "stretch"] = Field(
        "crop",
        title="Pictures that are not square",
        description="Take the middle, pad them, or stretch them.",
        json_schema_extra={"titles": {"crop": "Take the middle", "pad": "Pad", "stretch": "Stretch"}},
    )
    channels: Literal["auto", "rgb", "rgba", "grey"] = Field(
        "auto",
        title="Channels",
        description="Automatic: colour, with transparency where the first pictures have it.",
        json_schema_extra={"advanced": True},
    )
    measure: bool = Field(
        False,
        title="Measure while training",
        description="Plots how far the samples are from your pictures and whether they copy them. Begins a "
        "minute or so later, as a network that judges has to be trained first.",
    )
    labels: Literal["none", "folders", "csv"] = Field(
        "none",
        title="Classes",
        description="Learn to draw a class on demand: from sub-folders, or from a file labels.csv.",
    )
    objective: Objective = Field(
        "nonsaturating",
        title="Objective",
        description="The game the two networks play.",
        json_schema_extra={"advanced": True},
    )
    batch: int = Field(
        16,
        ge=1,
        le=4096,
        title="Batch",
        description="Pictures per step; less if memory runs out.",
        json_schema_extra={"advanced": True},
    )
    seed: int = Field(
        0, ge=0, lt=2**31, title="Seed", description="Same seed, same run.",
        json_schema_extra={"widget": "seed", "advanced": True},
    )  # fmt: skip


def ready_made() -> dict[str, Recipe]:
    """The readable recipes that come with the studio, by file name without suffix, the usual ones first."""
    found: dict[str, Recipe] = {}
    for path in sorted(recipes.ready_made(), key=lambda path: (rank(path.stem), path.stem)):
        try:
            found[path.stem] = recipes.read(path)
        except UserError:
            continue
    return found


def rank(name: str) -> int:
    """Where a recipe stands in the list."""
    return next((place for place, word in enumerate(FIRST) if word in name), len(FIRST))


def plan_of(name: str, recipe: Recipe) -> dict[str, Any]:
    """The form's values as a ready-made recipe has them; not the name a person gives, nor the start."""
    pictures = recipe.pictures or recipes.Pictures.model_validate({})
    return {
        "recipe": name,
        "minutes": recipe.train.cpu_minutes,
        "resolution": pictures.resolution,
        "flip": recipe.train.flip,
        "augment": bool(recipe.train.augment),
        "fit": pictures.fit,
        "channels": pictures.channels,
        "labels": pictures.labels,
        "objective": recipe.train.objective,
        "batch": recipe.train.batch,
        "seed": recipe.train.seed,
    }


def make_recipe(plan: Plan, base: Recipe, start: ModelInfo | None = None) -> Recipe:
    """The recipe of a plan: the ready-made one with what was changed, its network as large as need be.

    start: the model it begins with, whose network it then takes over. `UserError` when that does not fit.
    """
    changed = base.model_dump(mode="json", exclude_unset=True)
    pictures = changed.setdefault("pictures", {})
    pictures |= {"resolution": plan.resolution, "fit": plan.fit, "channels": plan.channels,
                 "labels": plan.labels}  # fmt: skip
    train = changed["train"]
    train |= {"cpu_minutes": plan.minutes, "flip": plan.flip, "objective": plan.objective,
              "batch": plan.batch, "seed": plan.seed}  # fmt: skip
    if plan.augment != bool(base.train.augment):
        train["augment"] = ["color", "translation", "cutout"] if plan.augment else []
    changed |= {"name": slug(plan.name), "title": plan.name.strip() or "My model"}
    if start is not None:
        kind = "light" if start.config.get("kind") == "light" else "style"
        changed |= light_of(start, base) if kind == "light" else network_of(start, base)
        pictures |= {"resolution": start.config["resolution"], "channels": channels_of(start)}
        if getattr(base, kind) is None:
            train |= RATES[kind]
    elif base.style is not None:
        changed["style"] |= scaled(base.style, plan.resolution)
    try:
        return Recipe.model_validate(changed)
    except ValidationError as error:
        raise UserError("This plan makes no recipe.", recipes.in_words(error)) from None


def scaled(net: StyleNet, resolution: int) -> dict[str, Any]:
    """The channels of a network for another resolution: cut off, or halved for each doubling more."""
    levels = int(math.log2(resolution)) - 1
    low_to_high = fitted(net.channels, levels)
    d_low_to_high = fitted(net.d_channels[::-1], levels - 1)
    return {"channels": low_to_high, "d_channels": d_low_to_high[::-1]}


def fitted(widths: tuple[int, ...], levels: int) -> list[int]:
    """Widths for so many levels, from 4 pixels up: the list cut off, or its last one halved on."""
    out = list(widths[:levels])
    while len(out) < levels:
        out.append(max(LEAST_WIDTH, out[-1] // 2))
    return out


def network_of(start: ModelInfo, base: Recipe) -> dict[str, Any]:
    """The table ``style`` of a recipe whose generator is that of an installed model."""
    config: Mapping[str, Any] = start.config
    try:
        resolution, channels = int(config["resolution"]), [int(n) for n in config["channels"]]
        widths = tuple(base.style.d_channels[::-1]) if base.style else tuple(channels[:-1])
        style: dict[str, Any] = {key: config[key] for key in config if key in StyleNet.model_fields}
        style |= {"channels": channels}
        style["d_channels"] = fitted(widths, int(math.log2(resolution)) - 2)[::-1]
    except (KeyError, TypeError, ValueError) as error:
        raise lacking(start, error) from None
    return {"style": style, "light": None, "baseline": None}


def light_of(start: ModelInfo, base: Recipe) -> dict[str, Any]:
    """The table ``light`` of a recipe whose generator is that of an installed light model."""
    light = base.light.model_dump() if base.light else {}
    try:
        light |= {key: int(start.config[key]) for key in ("z_dim", "width", "most")}
        int(start.config["resolution"])
    except (KeyError, TypeError, ValueError) as error:
        raise lacking(start, error) from None
    return {"light": light, "style": None, "baseline": None}


def lacking(start: ModelInfo, error: Exception) -> UserError:
    """What is said of a model whose header does not describe its network."""
    return UserError(f"“{start.title}” cannot be trained on.", f"Its description lacks {error}.")


def channels_of(start: ModelInfo) -> str:
    """The kind of pictures a model draws, as recipes call it. `UserError` for one they do not know."""
    found = start.header.json("channels", ["r", "g", "b"])
    kinds = {3: "rgb", 4: "rgba", 1: "grey"}
    if "height" in found or len(found) not in kinds:
        raise UserError(f"“{start.title}” cannot be trained on pictures alone.", "Choose another model.")
    return kinds[len(found)]


def free_folder(home: Path, name: str) -> Path:
    """A folder for a new run, numbered if its name is taken."""
    folder, number = home / slug(name), 2
    while folder.exists():
        folder, number = home / f"{slug(name)}-{number}", number + 1
    return folder
