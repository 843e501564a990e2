"""From a stranger's file to an installed model: tensors as safetensors, what is known of them beside it.

``NAME.safetensors`` holds the tensors and, in its metadata, what was detected. ``NAME.json`` holds what
people say of the model (title, licence), so that changing it leaves the hash of the weights alone.
"""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from studio.engine.devices import available_memory
from studio.engine.importers import flows, stylegan
from studio.engine.importers.checkpoint import check_size, faults_of, in_words, read_checkpoint, unusable
from studio.engine.importers.detect import Found, detect
from studio.engine.weights import SUFFIX, ModelInfo, file_hash, read_header, read_info, stamp_of
from studio.model.errors import UserError
from studio.model.io.atomic import atomic_write

if TYPE_CHECKING:
    import torch

FAMILY = "imported-"
UNKNOWN = "unknown"
MAX_NOTES = 1 << 16
MAX_TEXT = 300
SAID = {"licence": ("licence", "license", "modelspec.license"), "title": ("title", "modelspec.title")}


@dataclass(frozen=True)
class Notes:
    """What people say of a model: its name on the screen, its licence ("unknown"), where it came from."""

    title: str
    licence: str = UNKNOWN
    source: str = ""
    imported: str = ""


def import_model(
    path: Path, folder: Path, *, name: str = "", licence: str = "", memory: int | None = None
) -> ModelInfo:
    """Install the network in ``path`` into ``folder``; returns what is installed now.

    name: its name in scripts; made from the file's if empty, and numbered when it is taken.
    licence: what the person knows of it; what the file says, else "unknown", if empty.
    memory: bytes it may take; what is free now if None. UserError when the file cannot be used.
    """
    path = path.absolute()
    memory = available_memory() if memory is None else memory
    source = file_hash(stamp_of(path))
    refuse_twin(source, folder)
    target = free_name(slug(name or path.stem), folder)
    said = stated(path)
    notes = Notes(
        name.strip() or said.get("title", path.stem),
        licence.strip() or said.get("licence", UNKNOWN),
        path.name,
        time.strftime("%Y-%m-%d"),
    )
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if is_ours(path):
            copy(path, target)
        else:
            convert(path, target, notes, source, memory)
        write_notes(target, notes)
    except OSError as error:
        raise UserError(f"The model cannot be written: {error.strerror}.", f"Look at {folder}.") from None
    return read_info(stamp_of(target))


def refuse_twin(source: str, folder: Path) -> None:
    """UserError when the same file is installed already."""
    for path in sorted(folder.glob("*" + SUFFIX)):
        try:
            info = read_info(stamp_of(path))
        except UserError:
            continue
        if source in (info.metadata.get("source_sha256"), info.sha256):
            raise UserError(f"This file is installed already, as “{info.name}”.", "Remove that one first.")


def slug(name: str) -> str:
    """A name for scripts: lower-case letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:60].strip("-") or "model"


def free_name(wanted: str, folder: Path) -> Path:
    """The file a model of that name goes to, numbered when there is one."""
    for number in range(1, 10_000):
        path = folder / (wanted + (f"-{number}" if number > 1 else "") + SUFFIX)
        if not path.exists():
            return path
    raise UserError(f"There are too many models called “{wanted}”.", "Give it another name.")


def stated(path: Path) -> dict[str, str]:
    """Title and licence as a safetensors file states them, in one line each."""
    if path.suffix.lower() != SUFFIX:
        return {}
    metadata = read_header(path).metadata
    found = {
        key: next((metadata[word] for word in words if metadata.get(word)), "") for key, words in SAID.items()
    }
    return {key: " ".join(text.split())[:MAX_TEXT] for key, text in found.items() if text.strip()}


def is_ours(path: Path) -> bool:
    """Whether a file has the studio's own format already."""
    if path.suffix.lower() != SUFFIX:
        return False
    metadata = read_header(path).metadata
    return metadata.get("format") == "1" and "family" in metadata


def copy(path: Path, target: Path) -> None:
    """Install a file of the studio's own format as it is, with its card."""
    read_info(stamp_of(path))
    with atomic_write(target) as file, path.open("rb") as source:
        shutil.copyfileobj(source, file, 1 << 20)
    if path.with_suffix(".md").is_file():
        shutil.copyfile(path.with_suffix(".md"), target.with_suffix(".md"))


def convert(path: Path, target: Path, notes: Notes, source: str, memory: int) -> None:
    """Read, recognise, and write as safetensors."""
    if stylegan.is_pickle(path):
        with faults_of(path):
            network = stylegan.read_stylegan(path, memory)
        state, described = network.tensors, stylegan.describe(network)
    else:
        state = read_checkpoint(path, memory)
        if flows.is_flow(state):
            state, described = flows.recognised(state, path.name)
        else:
            described = describe(detect(state, path.name), state)
    described |= {
        "name": target.stem,
        "title": notes.title,
        "licence": notes.licence,
        "source": path.name,
        "source_sha256": source,
    }
    write_weights(target, state, described)


def describe(found: Found, state: Mapping[str, torch.Tensor]) -> dict[str, str]:
    """What was detected, as the metadata of the file. Sizes in pixels."""
    model = found.model
    size = model.size_requirements
    return {
        "family": FAMILY + found.task,
        "format": "1",
        "config": "{}",
        "data": "not stated",
        "architecture": found.architecture,
        "task": found.task,
        "scale": str(found.scale),
        "tags": ", ".join(map(str, model.tags)),
        "channels": json.dumps([model.input_channels, model.output_channels]),
        "tiling": model.tiling.name.lower(),
        "minimum": str(size.minimum),
        "numbers": str(sum(tensor.numel() for tensor in state.values())),
    }


def write_weights(target: Path, state: Mapping[str, torch.Tensor], metadata: Mapping[str, str]) -> None:
    """Write a safetensors file, whole or not at all."""
    from safetensors.torch import save

    tensors = {name: tensor.detach().contiguous().clone() for name, tensor in state.items()}
    data = save(tensors, dict(metadata))
    with atomic_write(target) as file:
        file.write(data)


def load_network(info: ModelInfo, tensors: Mapping[str, torch.Tensor]) -> Found:
    """The network of an imported model, from the tensors of its file. UserError when it does not fit."""
    try:
        check_size(len(tensors), sum(tensor.numel() for tensor in tensors.values()), available_memory())
    except ValueError as error:
        raise unusable(info.path, str(error)) from None
    whole = {name: t.float() if t.is_floating_point() else t for name, t in tensors.items()}
    return detect(whole, info.path.name)


def notes_of(info: ModelInfo) -> Notes:
    """What is said of a model: in its notes, else in its file. Broken notes count as none."""
    metadata = info.metadata
    said = {
        "title": info.title,
        "licence": metadata.get("licence", UNKNOWN),
        "source": metadata.get("source", ""),
    }
    kept = read_notes(info.path)
    return Notes(**(said | {key: text for key, text in kept.items() if key in Notes.__dataclass_fields__}))


def read_notes(path: Path) -> dict[str, str]:
    """The notes beside a weights file; empty when there are none that can be read."""
    try:
        with path.with_suffix(".json").open("rb") as file:
            raw: Any = json.loads(file.read(MAX_NOTES))
    except (OSError, ValueError, RecursionError):
        return {}
    found = cast(dict[object, object], raw) if isinstance(raw, dict) else {}
    return {str(key): text[:MAX_TEXT] for key, text in found.items() if isinstance(text, str)}


def write_notes(path: Path, notes: Notes) -> None:
    """Write the notes beside a weights file. OSError when the disk refuses."""
    with atomic_write(path.with_suffix(".json")) as file:
        file.write(json.dumps(asdict(notes), ensure_ascii=False, indent=1).encode())


def size_in_words(info: ModelInfo) -> str:
    """How large the file is."""
    return in_words(info.stamp[2])
