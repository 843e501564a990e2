"""Weights into networks, without trusting what the file says about their size."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

from studio.engine.weights import Header, ModelInfo, broken


def build(network: Callable[..., Any], info: ModelInfo, tensors: Mapping[str, Any]) -> Any:
    """``network(**info.config)`` holding ``tensors`` as float32, in eval mode, on the CPU.

    UserError when the configuration makes no network, or one whose tensors are not those of the file.
    """
    try:
        with only_tensors_of(info.header):
            made = network(**info.config)
    except (TypeError, ValueError, RuntimeError, AssertionError, OverflowError) as error:
        raise broken(info.path, f"its configuration makes no network ({error})") from None
    want = {name: tuple(tensor.shape) for name, tensor in made.state_dict().items()}
    have = {name: tensor.shape for name, tensor in info.header.tensors.items()}
    for name in sorted(want.keys() | have.keys()):
        if want.get(name) != have.get(name):
            raise broken(info.path, f"“{name}” is {have.get(name)}, not {want.get(name)}")
    made.load_state_dict(tensors)
    return made.eval().requires_grad_(False)


@contextmanager
def only_tensors_of(header: Header) -> Generator[None]:
    """While entered, this thread can only make modules of tensors with the shapes and total size of a header.

    ValueError at the first tensor beyond, so a lying configuration costs one tensor at most.
    """
    from torch.nn.modules import module

    shapes = {tensor.shape for tensor in header.tensors.values()}
    room = [sum(math.prod(tensor.shape) for tensor in header.tensors.values())]
    thread = threading.get_ident()

    def look_at(owner: Any, name: str, tensor: Any) -> None:
        if threading.get_ident() != thread or tensor is None:
            return
        room[0] -= tensor.numel()
        if tuple(tensor.shape) not in shapes or room[0] < 0:
            raise ValueError(f"“{name}” would be {tuple(tensor.shape)}, which the file does not have")

    hooks = [
        module.register_module_parameter_registration_hook(look_at),
        module.register_module_buffer_registration_hook(look_at),
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
