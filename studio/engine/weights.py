"""Weights on disk: safetensors files with a card beside them, read without trusting them.

The header (format: https://github.com/huggingface/safetensors#format) is read and checked without torch: 8
bytes little-endian length, JSON, data. Nothing is allocated before its sizes are compared with the file's.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from studio.engine.wording import no_such
from studio.model.errors import UserError

MAX_HEADER = 4 << 20
MAX_FILE = 4 << 30
MAX_NUMBER = 2048  # of a network's constructor arguments; ours stay far below
MAX_LIST = 64
BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
SUFFIX = ".safetensors"
RUN = "model" + SUFFIX  # as a training run calls its weights
SETTLED_NS = 2_000_000_000  # a folder changed longer ago than this shows any change since by its time
Stamp = tuple[str, int, int]


@dataclass(frozen=True)
class Tensor:
    """One tensor of a header: safetensors type name and shape."""

    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Header:
    """What a weights file says about itself."""

    metadata: Mapping[str, str]
    tensors: Mapping[str, Tensor]

    def json(self, key: str, default: Any) -> Any:
        """A metadata entry decoded from JSON; ``default`` when absent. ValueError when it is no JSON."""
        text = self.metadata.get(key)
        return default if text is None else json.loads(text)


@dataclass(frozen=True)
class Condition:
    """One attribute a model can be told: its name, its values, and how frequent each is (summing to 1)."""

    name: str
    values: tuple[str, ...]
    weights: tuple[float, ...]


@dataclass(frozen=True)
class ModelInfo:
    """One installed model: the contract of its file, decoded and checked.

    ``combinations`` are the rows of values that stood together in its training data, one value index per
    condition and, last, how often; empty where the file does not say.
    """

    name: str
    title: str
    path: Path
    header: Header
    family: str
    config: Mapping[str, Any]
    conditions: tuple[Condition, ...]
    combinations: tuple[tuple[int, ...], ...]
    stamp: Stamp

    @property
    def metadata(self) -> Mapping[str, str]:
        """The raw metadata of the file."""
        return self.header.metadata

    @property
    def sha256(self) -> str:
        """Hash of the file; computed once per path, size and time of change."""
        return file_hash(self.stamp)

    @property
    def card_path(self) -> Path | None:
        """The model card, if there is one."""
        card = self.path.with_suffix(".md")
        return card if card.is_file() else None

    @property
    def nbytes(self) -> int:
        """Memory the tensors take as float32."""
        return sum(4 * math.prod(tensor.shape) for tensor in self.header.tensors.values())


class WeightsStore:
    """The models found in some folders; of equal names the first folder's counts."""

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        self.folders = tuple(Path(folder) for folder in folders)
        self.runs: tuple[Path, ...] = ()

    def add(self, folder: Path) -> None:
        """Look for trained models in one more folder: a training run, or a folder of runs."""
        if folder not in self.runs:
            self.runs = (*self.runs, folder)

    def files(self) -> dict[str, Path]:
        """Name -> file, broken ones included; a training run's weights are named after its folder."""
        found: dict[str, Path] = {}
        for path in [path for folder in self.folders for path in listed(folder)]:
            found.setdefault(name_of(path), path)
        for folder in self.runs:
            here = folder / RUN
            for path in [here] if here.is_file() else sorted(folder.glob("*/" + RUN)):
                found.setdefault(name_of(path), path)
        return found

    def models(self, family: str) -> list[ModelInfo]:
        """The readable models of a family, by name."""
        sound = (self.peek(path) for _, path in sorted(self.files().items()))
        return [info for info in sound if isinstance(info, ModelInfo) and info.family == family]

    def problems(self) -> list[UserError]:
        """One error per file that cannot be read."""
        return [fault for path in self.files().values() if isinstance(fault := self.peek(path), UserError)]

    def find(self, family: str, name: str) -> ModelInfo:
        """The model ``name``, the family's first if ``name`` is empty; UserError when missing or broken."""
        if not name and (models := self.models(family)):
            return models[0]
        path = self.files().get(name)
        if path is None:
            error = no_such("model", name, [info.name for info in self.models(family)])
            raise error if name else no_model(self.folders)
        info = self.peek(path)
        if isinstance(info, UserError):
            raise info
        if info.family != family:
            raise UserError(f"The model “{name}” is of the family “{info.family}”, not “{family}”.")
        return info

    def peek(self, path: Path) -> ModelInfo | UserError:
        """The model in a file, or why there is none."""
        try:
            return read_info(stamp_of(path))
        except UserError as error:
            return error

    def load(self, info: ModelInfo) -> dict[str, Any]:
        """Name -> torch tensor on the CPU, in the file's type. UserError when the file is damaged."""
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            if stamp_of(info.path) != info.stamp:
                read_info(stamp_of(info.path))
            return load_file(info.path, device="cpu")
        except (OSError, SafetensorError, ValueError) as error:
            raise broken(info.path, str(error)) from None


def listed(folder: Path) -> tuple[Path, ...]:
    """The weights files in a folder, by name; none if there is no such folder."""
    try:
        changed = folder.stat().st_mtime_ns
    except OSError:
        return ()
    settled = time.time_ns() - changed > SETTLED_NS
    return _listed(folder, changed) if settled else _listed.__wrapped__(folder, changed)


@lru_cache(maxsize=64)
def _listed(folder: Path, changed: int) -> tuple[Path, ...]:
    """`changed`: when a file last came to the folder or went, in nanoseconds."""
    return tuple(sorted(folder.glob("*" + SUFFIX)))


def name_of(path: Path) -> str:
    """The name of the model in a file: the file's, or its folder's where a training run wrote it."""
    return path.parent.name if path.name == RUN else path.stem


def no_model(folders: Sequence[Path]) -> UserError:
    """The error for an empty store."""
    where = str(folders[-1]) if folders else "the models folder"
    return UserError(
        "No model is installed.", f"Put a {SUFFIX} file with its card into {where}, or train one."
    )


def broken(path: Path, why: str) -> UserError:
    """The error for a weights file that cannot be used."""
    return UserError(
        f"The weights file “{path.name}” cannot be used: {why.rstrip('.')}.", "Install the model again."
    )


def stamp_of(path: Path) -> Stamp:
    """Path, time of change and size: equal stamps mean an unchanged file. UserError when it is gone."""
    try:
        status = path.stat()
    except OSError as error:
        raise broken(path, error.strerror or "it is gone") from None
    return str(path), status.st_mtime_ns, status.st_size


@lru_cache(maxsize=64)
def file_hash(stamp: Stamp) -> str:
    """SHA-256 of a file, hexadecimal."""
    try:
        with Path(stamp[0]).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise broken(Path(stamp[0]), error.strerror or "it is gone") from None


@lru_cache(maxsize=64)
def read_info(stamp: Stamp) -> ModelInfo:
    """Header and metadata of one file, checked; UserError tells what is wrong with it."""
    path = Path(stamp[0])
    header = read_header(path)
    try:
        config, conditions = header.json("config", {}), header.json("conditions", [])
        family, made = header.metadata["family"], tuple(condition(raw) for raw in conditions)
        rows = tuple(combination(row, made) for row in header.json("combinations", []))
        if header.metadata.get("format") != "1":
            raise ValueError(f"it has format {header.metadata.get('format')!r}, this studio reads format 1")
        check_config(config)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise broken(path, f"its description does not hold together ({error})") from None
    title = header.metadata.get("title", path.stem)
    return ModelInfo(name_of(path), title, path, header, family, config, made, rows, stamp)


def read_header(path: Path) -> Header:
    """Parse the header of a safetensors file, every size checked against the file; UserError if broken."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if size > MAX_FILE or not 2 <= length <= min(MAX_HEADER, size - 8):
                raise ValueError("it is no safetensors file, or cut off")
            raw = json.loads(file.read(length))
        return parse_header(raw, size - 8 - length)
    except OSError as error:
        raise broken(path, error.strerror or "it cannot be read") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise broken(path, str(error) or "its header is damaged") from None


def parse_header(raw: dict[str, Any], room: int) -> Header:
    """Check a decoded header against ``room`` bytes of data; ValueError names the fault."""
    metadata = cast(dict[object, object], raw.pop("__metadata__", {}))
    if not all(isinstance(text, str) for pair in metadata.items() for text in pair):
        raise ValueError("its metadata is not text")
    ends = [int(entry["data_offsets"][1]) for entry in raw.values()]
    if max(ends, default=0) != room:
        raise ValueError("its data is cut off or too long")
    tensors = {name: parse_tensor(name, entry, room) for name, entry in raw.items()}
    return Header(cast(dict[str, str], metadata), tensors)


def parse_tensor(name: str, entry: dict[str, Any], room: int) -> Tensor:
    """Check one entry: known type, whole sizes, offsets inside the file and as long as the shape says."""
    shape, (start, end) = entry["shape"], entry["data_offsets"]
    if not all(type(n) is int and 0 <= n <= room for n in (*shape, start, end)) or len(shape) > 8:
        raise ValueError(f"tensor “{name}” has impossible sizes")
    if end - start != math.prod(shape) * BYTES[entry["dtype"]]:
        raise ValueError(f"tensor “{name}” is not as long as its shape says")
    return Tensor(entry["dtype"], tuple(shape))


def condition(raw: Mapping[str, Any]) -> Condition:
    """Check one condition attribute; ValueError or KeyError when it does not hold together."""
    values = tuple(str(value) for value in raw["values"])
    weights = tuple(float(weight) for weight in raw.get("weights") or [1.0] * len(values))
    total = sum(weights)
    if (
        not values
        or len(weights) != len(values)
        or not math.isfinite(total)
        or total <= 0
        or min(weights) < 0
    ):
        raise ValueError(f"condition {raw['name']!r}")
    return Condition(str(raw["name"]), values, tuple(weight / total for weight in weights))


def combination(raw: Sequence[int], conditions: Sequence[Condition]) -> tuple[int, ...]:
    """Check one row of value indices and its count; ValueError or TypeError when it does not fit."""
    *indices, count = raw
    fits = all(0 <= i < len(c.values) for i, c in zip(indices, conditions, strict=True))
    if not fits or count < 1 or any(type(number) is not int for number in raw):
        raise ValueError(f"combination {raw}")
    return tuple(raw)


def check_config(config: object) -> None:
    """Bound every number and list in a network's constructor arguments; ValueError beyond."""
    if isinstance(config, Mapping):
        for value in cast(Mapping[str, object], config).values():
            check_config(value)
    elif isinstance(config, list):
        items = cast(list[object], config)
        if len(items) > MAX_LIST:
            raise ValueError("a list in its configuration is too long")
        for item in items:
            check_config(item)
    elif isinstance(config, int | float) and not abs(config) <= MAX_NUMBER:
        raise ValueError(f"{config} in its configuration is too large")
