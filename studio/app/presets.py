"""Presets: parameters of a generator kept under a name, one small JSON file each."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from studio.app import places
from studio.model.errors import UserError
from studio.model.io import atomic_write

FORMAT = "latent-studio-preset"
VERSION = 1
SUFFIX = ".json"
FILE_LIMIT = 1 << 20


@dataclass(frozen=True)
class Preset:
    """Parameters by their public names, and the generator they are for."""

    name: str
    generator: str
    params: Mapping[str, Any]


def folder_of(generator: str) -> Path:
    """Where the presets of a generator lie."""
    return places.config_dir() / "presets" / generator


def file_of(generator: str, name: str) -> Path:
    """The file of a preset of that name; `UserError` when the name has no letter or digit to call it by."""
    stem = re.sub(r"[^\w\-]+", "-", name.strip()).strip("-")[:80]
    if not stem:
        raise UserError("A preset needs a name.", "Type at least one letter or digit.")
    return folder_of(generator) / f"{stem}{SUFFIX}"


def save_preset(preset: Preset, path: Path) -> None:
    """Write a preset in one step. `UserError` when the disk refuses."""
    raw = {"format": FORMAT, "version": VERSION, **vars(preset), "params": dict(preset.params)}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as file:
            file.write(json.dumps(raw, indent=1, ensure_ascii=False).encode())
    except OSError as error:
        raise UserError(f"The preset could not be written: {error.strerror}.") from None


def load_preset(path: Path) -> Preset:
    """Read a preset; `UserError` for a file that is none. Whether the params fit is for the form to say."""
    try:
        raw = _read(path)
    except OSError as error:
        raise UserError(f"“{path.name}” cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError):
        raise _no_preset(path) from None
    fields = cast(dict[str, Any], raw) if isinstance(raw, dict) else {}
    known = fields.get("format") == FORMAT and fields.get("version") == VERSION
    name, generator, params = (fields.get(key) for key in ("name", "generator", "params"))
    if not (known and isinstance(name, str) and isinstance(generator, str) and isinstance(params, dict)):
        raise _no_preset(path)
    return Preset(name, generator, cast(dict[str, Any], params))


def presets_of(generator: str) -> list[Path]:
    """The files of a generator's presets, by name."""
    folder = folder_of(generator)
    return sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []


def _read(path: Path) -> object:
    with path.open("rb") as file:
        text = file.read(FILE_LIMIT + 1)
    if len(text) > FILE_LIMIT:
        raise ValueError("too large")
    return json.loads(text)


def _no_preset(path: Path) -> UserError:
    return UserError(f"“{path.name}” is no preset.", "Choose a file that was saved as a preset.")
