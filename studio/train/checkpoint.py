"""Checkpoints from which training goes on bit for bit, written so that a crash leaves the previous one
whole.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch

from studio.model.errors import UserError


def save(path: Path, state: dict[str, Any]) -> None:
    """Write tensors and plain values to a temporary file, onto the disk, then rename it into place.

    Raises:
        OSError: when it cannot be written; what there was stays, and half a file is not left on a full disk.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part")
    try:
        torch.save(state, temporary)
        with temporary.open("r+b") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except (OSError, RuntimeError) as error:  # torch says RuntimeError of a disk that is full
        temporary.unlink(missing_ok=True)
        reason = error.strerror if isinstance(error, OSError) else "the disk is full or refuses to write"
        raise OSError(f"{path.name}: {reason}") from error


def load(path: Path) -> dict[str, Any]:
    """Read a checkpoint; only tensors and plain values are accepted, never code.

    Raises:
        OSError: when there is none. UserError: when it is damaged or something else.
    """
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception:  # torch has a different error for each way in which a file can be broken
        hint = "Begin anew from the model beside it: --start model.safetensors."
        sentence = f"“{path.name}” of “{path.parent.name}” is a damaged checkpoint, or none."
        raise UserError(sentence, hint) from None
