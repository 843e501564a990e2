"""Recipes small enough for a test."""

from __future__ import annotations

from typing import Any

from studio.train.photo.recipe import PhotoRecipe

NETWORKS: dict[str, dict[str, Any]] = {
    "upscale": {"scale": 2, "features": 8, "blocks": 1},
    "deblur": {"width": 8, "enc": [1], "middle": 1, "dec": [1]},
    "denoise": {"width": 8, "enc": [1], "middle": 1, "dec": [1]},
    "inpaint": {"width": 4, "blocks": 1, "spectral": 4, "noise_channels": 2},
}


def plan(task: str, **train: Any) -> PhotoRecipe:
    """A tiny recipe."""
    settings = {"cpu_minutes": 1, "batch": 2, "crop": 32, "hole": 1.0} | train
    return PhotoRecipe.model_validate(
        {"name": task, "title": task, "task": task, "network": NETWORKS[task], "train": settings}
    )
