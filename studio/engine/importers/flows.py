"""IFRNet and RIFE checkpoints, told by the names and shapes of their tensors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from studio.model.errors import UserError

if TYPE_CHECKING:
    import torch

FAMILY = "interpolate"
WIDEST = 1024
NEWER = re.compile(r"^(encode\.|block4\.)")  # RIFE 4.7 and later
PRELU = r"(encoder\.pyramid[1-4]\.[01]|decoder[1-4]\.convblock\.(0|1\.conv[1-4]))\.1\.weight" + (
    r"|decoder[1-4]\.convblock\.1\.prelu\.weight"
)
State = Mapping[str, "torch.Tensor"]


def stripped(state: State) -> dict[str, torch.Tensor]:
    """Tensors under their plain names, without what only training needs."""
    names = {name: name.removeprefix("module.").removeprefix("flownet.") for name in state}
    return {
        plain: state[name] for name, plain in names.items() if not plain.startswith(("teacher.", "caltime."))
    }


def is_flow(state: State) -> bool:
    """Whether tensors look like one of these networks, as far as their names tell."""
    names = stripped(state)
    return "encoder.pyramid1.0.0.weight" in names or "block0.conv0.0.0.weight" in names


def recognised(state: State, name: str) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """The tensors of the network in a file, and its description. UserError for a version not known here."""
    tensors = stripped(state)
    found = ifrnet(tensors) if "encoder.pyramid1.0.0.weight" in tensors else rife(tensors)
    if found is None or not fits(found, tensors):
        raise UserError(
            f"“{name}” is a version of RIFE or IFRNet that is not known here.",
            "RIFE 4.2 to 4.6 and IFRNet (S, plain, L) can be imported.",
        )
    title = "IFRNet" if found["kind"] == "ifrnet" else "RIFE 4"
    return tensors, {
        "family": FAMILY,
        "format": "1",
        "config": json.dumps(found),
        "data": "not stated",
        "architecture": title,
        "task": "frames between frames",
        "scale": "1",
        "tags": "",
        "numbers": str(sum(tensor.numel() for tensor in tensors.values())),
    }


def ifrnet(tensors: State) -> dict[str, Any] | None:
    """The arguments of an IFRNet of these sizes; None when its parts are not there."""
    try:
        first = tensors["encoder.pyramid1.0.0.weight"]
        channels = [int(tensors[f"encoder.pyramid{n}.0.0.weight"].shape[0]) for n in range(1, 5)]
        side = int(tensors["decoder4.convblock.1.conv2.0.weight"].shape[0])
    except (KeyError, IndexError):
        return None
    kernel = int(first.shape[-1]) if first.ndim == 4 else 0
    possible = max(*channels, side) <= WIDEST and min(*channels, side) > 0 and kernel in (3, 5, 7)
    return {"kind": "ifrnet", "channels": channels, "side": side, "kernel": kernel} if possible else None


def rife(tensors: State) -> dict[str, Any] | None:
    """The arguments of an IFNet of these sizes; None for other versions."""
    if any(NEWER.match(name) for name in tensors):
        return None
    try:
        widths = [int(tensors[f"block{n}.conv0.1.0.weight"].shape[0]) for n in range(4)]
    except (KeyError, IndexError):
        return None
    return {"kind": "rife", "widths": widths} if 2 <= min(widths) <= max(widths) <= WIDEST else None


def fits(config: Mapping[str, Any], tensors: State) -> bool:
    """Whether a network of that description has just these tensors, its convolutions these shapes."""
    want = dict(rife_shapes(config["widths"]) if config["kind"] == "rife" else ifrnet_shapes(config))
    names = {name for weight in want for name in (weight, weight.replace("weight", "bias"))}
    others = {name for name in tensors if name not in names}
    belongs = re.compile(r"block[0-3]\.convblock\.[0-7]\.beta" if config["kind"] == "rife" else PRELU)
    return (
        names <= tensors.keys()
        and all(belongs.fullmatch(name) for name in others)
        and all(tuple(tensors[name].shape) == shape for name, shape in want.items())
    )


def rife_shapes(widths: list[int]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Each weight of an IFNet and its shape."""
    for number, width in enumerate(widths):
        block = f"block{number}"
        yield f"{block}.conv0.0.0.weight", (width // 2, 12 if number else 7, 3, 3)
        yield f"{block}.conv0.1.0.weight", (width, width // 2, 3, 3)
        yield from ((f"{block}.convblock.{n}.conv.weight", (width, width, 3, 3)) for n in range(8))
        yield f"{block}.lastconv.0.weight", (width, 24, 4, 4)


def ifrnet_shapes(config: Mapping[str, Any]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Each convolution of an IFRNet and its shape."""
    sizes, side = [3, *config["channels"]], int(config["side"])
    for level in range(1, 5):
        kernel = config["kernel"] if level == 1 else 3
        yield f"encoder.pyramid{level}.0.0.weight", (sizes[level], sizes[level - 1], kernel, kernel)
        yield f"encoder.pyramid{level}.1.0.weight", (sizes[level], sizes[level], 3, 3)
        wide = sizes[level] * (2 if level == 4 else 3)
        inner = wide + (1 if level == 4 else 4)
        block = f"decoder{level}.convblock"
        yield f"{block}.0.0.weight", (wide, inner, 3, 3)
        for number in range(1, 6):
            width = wide if number % 2 else side
            yield f"{block}.1.conv{number}{'' if number == 5 else '.0'}.weight", (width, width, 3, 3)
        yield f"{block}.2.weight", (wide, 8 if level == 1 else sizes[level - 1] + 4, 4, 4)
