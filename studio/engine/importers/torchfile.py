"""Files of ``torch.save``, new (zip) and old (a row of pickle streams), read without running what they name.

Format: torch/serialization.py of PyTorch. Every size is compared with the bytes there are before any use.
"""

from __future__ import annotations

import math
import mmap
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, cast

from studio.engine.importers.pickles import Call, Global, Machine, Persistent, Readable

if TYPE_CHECKING:
    import torch

MAGIC = 0x1950A86A20F9469CFC6C
MAX_DESCRIPTION = 64 << 20
MAX_DIMENSIONS = 8
DTYPES = {
    "DoubleStorage": "float64", "FloatStorage": "float32", "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16", "LongStorage": "int64", "IntStorage": "int32", "ShortStorage": "int16",
    "CharStorage": "int8", "ByteStorage": "uint8", "BoolStorage": "bool",
}  # fmt: skip
HARMLESS = {
    ("collections", "OrderedDict"), ("typing", "OrderedDict"), ("collections", "defaultdict"),
    ("builtins", "dict"), ("builtins", "list"), ("builtins", "set"), ("builtins", "slice"),
    ("torch", "Size"), ("torch", "device"), ("torch", "dtype"), ("torch.serialization", "_get_layout"),
    ("torch._utils", "_rebuild_tensor_v2"), ("torch._utils", "_rebuild_tensor"),
    ("torch._utils", "_rebuild_parameter"), ("torch.nn.parameter", "Parameter"),
    ("numpy.core.multiarray", "scalar"), ("numpy._core.multiarray", "scalar"), ("numpy", "dtype"),
    ("_codecs", "encode"), ("argparse", "Namespace"),
}  # fmt: skip
TENSORS = {"_rebuild_tensor_v2", "_rebuild_tensor"}


class Storages(Protocol):
    """Where the numbers of a file lie."""

    def bytes_of(self, key: str, size: int) -> bytes:
        """The ``size`` bytes of one storage; ValueError when there are not as many."""
        ...


@dataclass(frozen=True)
class Contents:
    """What a file describes, still without a number read: ``tree`` holds Calls where tensors will be."""

    tree: Any
    storages: Storages


@dataclass(frozen=True)
class Shape:
    """One tensor of a description: where its numbers lie and how they are arranged."""

    key: str
    dtype: str
    elements: int
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]

    @property
    def count(self) -> int:
        """How many numbers it has."""
        return math.prod(self.size)


def weights_only(module: str, name: str) -> bool:
    """The names a file of tensors may hold; none of them is ever looked up."""
    return (module, name) in HARMLESS or (module in ("torch", "torch.storage") and is_type(name))


def is_type(name: str) -> bool:
    """Whether a name of torch's is one of a storage or of a number type."""
    return name in DTYPES or name in ("UntypedStorage", "TypedStorage") or name in DTYPES.values()


def is_tensor(value: object) -> bool:
    """Whether a value of a description stands for a tensor."""
    if not isinstance(value, Call):
        return False
    return value.target.name in TENSORS or (is_parameter(value) and is_tensor(value.args[0]))


def is_parameter(value: Call) -> bool:
    """Whether a call only wraps a tensor."""
    return value.target.name in ("_rebuild_parameter", "Parameter") and bool(value.args)


def shape_of(value: Call) -> Shape:
    """The arrangement of a tensor in a description; ValueError when it reaches beyond its storage."""
    if is_parameter(value):
        return shape_of(value.args[0])
    stored, offset, size, stride = value.args[:4]
    kind, key, elements = storage_of(stored)
    if len(size) > MAX_DIMENSIONS:
        raise ValueError("a tensor has too many dimensions")
    size, stride = tuple(size), tuple(stride)
    numbers = (offset, elements, *size, *stride)
    if not all(type(n) is int and n >= 0 for n in numbers) or len(size) != len(stride):
        raise ValueError("a tensor has impossible sizes")
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    if math.prod(size) and last >= elements:
        raise ValueError("a tensor reaches beyond its numbers")
    return Shape(key, kind, elements, offset, size, stride)


def storage_of(value: object) -> tuple[str, str, int]:
    """Number type, key and length of a storage; ValueError when it is none."""
    if not isinstance(value, Persistent) or not isinstance(value.id, tuple):
        raise ValueError("a tensor has no numbers")
    word, kind, key, _, elements = cast(tuple[Any, ...], value.id)[:5]
    if word != "storage" or not isinstance(kind, Global) or kind.name not in DTYPES:
        raise ValueError("a tensor has numbers of an unknown kind")
    return DTYPES[kind.name], str(key), elements


def tensor_of(shape: Shape, storages: Storages) -> torch.Tensor:
    """The tensor itself, in memory of its own."""
    import torch

    dtype: torch.dtype = getattr(torch, shape.dtype)
    raw = storages.bytes_of(shape.key, shape.elements * dtype.itemsize)
    if not shape.count:
        return torch.zeros(shape.size, dtype=dtype)
    flat = torch.frombuffer(bytearray(raw), dtype=dtype)
    return flat.as_strided(shape.size, shape.stride, shape.offset).contiguous().clone()


class ZipStorages:
    """The storages of a zip, each a file below ``data/``."""

    def __init__(self, archive: zipfile.ZipFile, root: PurePosixPath) -> None:
        self._archive = archive
        self._root = root

    def bytes_of(self, key: str, size: int) -> bytes:
        entry = entry_of(self._archive, self._root / "data" / key)
        if entry.file_size != size:
            raise ValueError("a tensor is not as long as its description says")
        return self._archive.read(entry)


class OldStorages:
    """The storages of an old file: after its streams, in a given order, each behind its length."""

    def __init__(self, source: mmap.mmap | BinaryIO, keys: list[str], widths: Mapping[str, int]) -> None:
        self._places: dict[str, tuple[int, int]] = {}
        self._source = source
        for key in keys:
            count = int.from_bytes(source.read(8), "little")
            start, length = source.tell(), count * widths[key]
            self._places[key] = start, length
            source.seek(0, 2)
            if start + length > source.tell():
                raise ValueError("its numbers are cut off")
            source.seek(start + length)

    def bytes_of(self, key: str, size: int) -> bytes:
        start, length = self._places[key]
        if length != size:
            raise ValueError("a tensor is not as long as its description says")
        self._source.seek(start)
        return self._source.read(length)


def entry_of(archive: zipfile.ZipFile, path: PurePosixPath) -> zipfile.ZipInfo:
    """One file of the zip, not packed, so that no small file can grow large; ValueError otherwise."""
    try:
        entry = archive.getinfo(str(path))
    except KeyError:
        raise ValueError(f"its part “{path.name}” is missing") from None
    if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size:
        raise ValueError("its parts are packed, which torch never does")
    return entry


def read_zip(archive: zipfile.ZipFile) -> Contents:
    """The description in a new file. ValueError when it is damaged, Forbidden when it names code."""
    found = [PurePosixPath(name) for name in archive.namelist() if name.endswith("/data.pkl")]
    if len(found) != 1:
        raise ValueError("it is a zip archive, but none of weights")
    if any("/code/" in name for name in archive.namelist()):
        raise ValueError("it is a TorchScript program, and the studio runs no programs from files")
    entry = entry_of(archive, found[0])
    if entry.file_size > MAX_DESCRIPTION:
        raise ValueError("its description is too long")
    import io

    tree = Machine(weights_only).read(io.BytesIO(archive.read(entry)))
    return Contents(tree, ZipStorages(archive, found[0].parent))


def read_old(source: mmap.mmap | BinaryIO) -> Contents:
    """The description in an old file, which ``source`` stands at the start of; errors as for `read_zip`."""
    stream = cast(Readable, source)
    if Machine(weights_only).read(stream) != MAGIC:
        raise ValueError("it is no file of weights")
    for _ in ("protocol", "system"):
        Machine(weights_only).read(stream)
    tree = Machine(weights_only).read(stream)
    keys = Machine(weights_only).read(stream)
    if not isinstance(keys, list):
        raise ValueError("the list of its numbers is missing")
    widths = widths_in(tree)
    names = [str(key) for key in cast(list[object], keys)]
    return Contents(tree, OldStorages(source, names, widths))


def widths_in(tree: object) -> dict[str, int]:
    """Storage key -> bytes per number, for every tensor of a description (and a bare storage).

    What is named many times is looked through once: a few shared lists could otherwise stand for billions.
    """
    import torch

    found, left, seen = dict[str, int](), [tree], set[int]()
    while left:
        value = left.pop()
        if isinstance(value, Persistent):
            kind, key, _ = storage_of(value)
            found[key] = getattr(torch, kind).itemsize
        elif id(value) not in seen:
            seen.add(id(value))
            left += parts_of(value)
    return found


def parts_of(value: object) -> list[Any]:
    """What a value of a description consists of."""
    if isinstance(value, Call):
        return [*value.args, value.state, *value.items.values()]
    if isinstance(value, dict):
        return list(cast(dict[Any, Any], value).values())
    return list(cast(list[Any], value)) if isinstance(value, list | tuple) else []
