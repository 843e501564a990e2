"""One file of weights, whatever its format, as a flat mapping of tensors; content decides, not the name."""

from __future__ import annotations

import math
import mmap
import zipfile
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from studio.engine.importers.pickles import Forbidden, Machine, Readable
from studio.engine.importers.torchfile import (
    Contents,
    is_tensor,
    read_old,
    read_zip,
    shape_of,
    tensor_of,
    weights_only,
)
from studio.engine.weights import BYTES, MAX_FILE, read_header
from studio.model.errors import UserError

if TYPE_CHECKING:
    import torch

SUFFIXES = (".pth", ".pt", ".ckpt", ".safetensors", ".pkl")
WRAPPERS = ("model_state_dict", "state_dict", "params_ema", "params-ema", "params", "model", "net")
OLD = b"\x80\x02\x8a\x0a"  # torch.save before 1.6 begins with its magic number as a stream of its own
MAX_TENSORS = 20_000
MAX_DEPTH = 6
MAX_REASON = 200
NEEDS = 3.0
"""Memory that importing takes, in sizes of the tensors as float32: the file's, the network's, the written."""
State = dict[str, "torch.Tensor"]


def read_checkpoint(path: Path, memory: int) -> State:
    """Name -> tensor (CPU, in the file's type) of the network in a file.

    memory: bytes that may be taken. UserError tells in one sentence why the file cannot be used.
    """
    with faults_of(path), ExitStack() as stack:
        return opened(path, memory, stack)


@contextmanager
def faults_of(path: Path) -> Generator[None]:
    """Whatever is wrong with a file, as one UserError about it."""
    try:
        yield
    except Forbidden as error:
        raise UserError(
            f"“{path.name}” is refused: {error}.", "Get the weights from a source you trust, as safetensors."
        ) from None
    except OSError as error:
        raise unusable(path, error.strerror or "it cannot be read") from None
    except RecursionError:
        raise unusable(path, "it is nested too deeply") from None
    except (ValueError, KeyError, RuntimeError, zipfile.BadZipFile) as error:
        raise unusable(path, str(error)[:MAX_REASON] or "it is damaged") from None
    except (TypeError, AttributeError, LookupError, ArithmeticError, EOFError, MemoryError):
        raise unusable(path, "it is damaged") from None


def unusable(path: Path, why: str) -> UserError:
    """The error for a file that holds no weights we can use."""
    hint = "Files with the endings " + ", ".join(SUFFIXES[:5]) + " can be imported; perhaps load it again."
    return UserError(f"“{path.name}” cannot be imported: {why.rstrip('.')}.", hint)


def opened(path: Path, memory: int, stack: ExitStack) -> State:
    """Read a file by what it begins with."""
    size = path.stat().st_size
    if size > MAX_FILE:
        raise ValueError(f"it is larger than {MAX_FILE >> 30} GB")
    if not size:
        raise ValueError("it is empty")
    file = stack.enter_context(path.open("rb"))
    head = file.read(512)
    if head[:4] == b"PK\3\4":
        return taken(read_zip(stack.enter_context(zipfile.ZipFile(path))), memory)
    if looks_like_text(head):
        raise ValueError("it is a web page or a text, perhaps a failed download")
    if head[:1] != b"\x80":
        return read_safetensors(path, memory)
    stream = stack.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    if head.startswith(OLD):
        return taken(read_old(stream), memory)
    network_in(Machine(weights_only).read(cast(Readable, stream)))
    raise ValueError("it is a Python object, not a file of weights")


def looks_like_text(head: bytes) -> bool:
    """Whether a file begins like a web page or other text."""
    start = head.lstrip()[:64].lower()
    return start.startswith((b"<", b"version https://git-lfs")) or (
        len(head) > 16 and all(byte in b"\t\n\r" or 32 <= byte < 127 for byte in head[:256])
    )


def read_safetensors(path: Path, memory: int) -> State:
    """The tensors of a safetensors file, its header checked first."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    header = read_header(path)
    check_size(len(header.tensors), sum(math.prod(t.shape) for t in header.tensors.values()), memory)
    if unknown := {tensor.dtype for tensor in header.tensors.values()} - BYTES.keys():
        raise ValueError(f"it has numbers of the kind {min(unknown)}")
    try:
        return load_file(path, device="cpu")
    except SafetensorError as error:
        raise ValueError(str(error)) from None


def taken(contents: Contents, memory: int) -> State:
    """The tensors of the network in a description, all sizes checked before the first number is read."""
    network = network_in(contents.tree)
    shapes = {name: shape_of(value) for name, value in network.items()}
    check_size(len(shapes), sum(shape.count for shape in shapes.values()), memory)
    return {name: tensor_of(shape, contents.storages) for name, shape in shapes.items()}


def network_in(tree: object, depth: int = 0) -> dict[str, Any]:
    """The mapping of names to tensors inside a training state; ValueError when there is none."""
    if not isinstance(tree, dict) or depth > MAX_DEPTH:
        raise ValueError("it holds no network, only something else")
    found = cast(Mapping[object, object], tree)
    for key in WRAPPERS:
        if isinstance(found.get(key), dict):
            return network_in(found[key], depth + 1)
    tensors = {str(name): value for name, value in found.items() if is_tensor(value)}
    inner = [value for value in found.values() if isinstance(value, dict)]
    if not tensors and len(inner) == 1:
        return network_in(inner[0], depth + 1)
    if not tensors:
        raise ValueError("it holds no tensors")
    return tensors


def check_size(tensors: int, numbers: int, memory: int) -> None:
    """Refuse what would not fit: ValueError in words a person understands."""
    if tensors > MAX_TENSORS:
        raise ValueError(f"it has {tensors:,} tensors, far more than any such network")
    needed = numbers * 4 * NEEDS
    if needed > memory:
        raise ValueError(f"it needs about {in_words(needed)} of memory, and {in_words(memory)} are free")


def in_words(nbytes: float) -> str:
    """Bytes in words."""
    for unit, name in ((2**30, "GB"), (2**20, "MB")):
        if nbytes >= unit:
            return f"{nbytes / unit:,.1f} {name}"
    return f"{nbytes / 1024:,.0f} kB"
