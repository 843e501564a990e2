"""Checkpoints in the layout of the official StyleGAN2 releases, random and made without their code."""

from __future__ import annotations

import pickle
import re
import sys
import types
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn


class EasyDict(dict):
    """Stands for the class of that name in the releases."""


EasyDict.__module__ = "dnnlib.util"


def _reconstruct_persistent_obj(meta: dict[str, Any]) -> Any:
    raise AssertionError("a checkpoint was unpickled")


_reconstruct_persistent_obj.__module__ = "torch_utils.persistence"


class Persistent:
    """Pickles as the releases' networks do: a call with source code and attributes."""

    def __init__(self, name: str, state: dict[str, Any], source: str = "raise SystemExit") -> None:
        self.meta = EasyDict(type="class", version=6, module_src=source, class_name=name, state=state)

    def __reduce__(self) -> tuple[Any, ...]:
        return _reconstruct_persistent_obj, (self.meta,), None


@contextmanager
def their_modules() -> Iterator[None]:
    """The modules that the releases' classes are found in, while a checkpoint is written."""
    names = ("dnnlib", "dnnlib.util", "torch_utils", "torch_utils.persistence")
    made = {name: types.ModuleType(name) for name in names}
    made["dnnlib.util"].EasyDict = EasyDict
    made["torch_utils.persistence"]._reconstruct_persistent_obj = _reconstruct_persistent_obj
    sys.modules.update(made)
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]


def persistent(module: nn.Module, **extra: Any) -> Persistent:
    """A network and its parts, with the attributes that matter here."""
    state: dict[str, Any] = {
        "training": False,
        "_parameters": OrderedDict(module.named_parameters(recurse=False)),
        "_buffers": OrderedDict(module.named_buffers(recurse=False)),
        "_backward_hooks": OrderedDict(),
        "_modules": OrderedDict((name, persistent(part)) for name, part in module.named_children()),
    }
    return Persistent(type(module).__name__, state | extra)


def write(path: Path, generator: nn.Module, **synthesis: Any) -> Path:
    """A checkpoint as training writes it: several networks and the arguments of the data set."""
    for name, module in list(generator.named_modules()):
        if name.endswith(("conv0", "conv1")) or re.search(r"\.b\d+$", name):
            line = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
            module.register_buffer("resample_filter", torch.outer(line, line))
    arguments = EasyDict(z_dim=8, synthesis_kwargs=EasyDict(synthesis))
    whole = persistent(generator, _init_args=(), _init_kwargs=arguments)
    with their_modules(), path.open("wb") as file:
        pickle.dump({"G": None, "D": None, "G_ema": whole, "training_set_kwargs": EasyDict(path="x")}, file)
    return path
