"""Official StyleGAN2 and StyleGAN3 checkpoints (``.pkl``): tensors and arguments taken out, nothing run.

Format: torch_utils/persistence.py of NVIDIA's PyTorch releases. Each network is a call of
``_reconstruct_persistent_obj`` with the source code of its class and its attributes; the code is ignored, and
the tensors go into a definition of the studio's own.
"""

from __future__ import annotations

import io
import json
import mmap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from studio.engine.importers import stylegan3
from studio.engine.importers.checkpoint import check_size
from studio.engine.importers.pickles import Call, Machine, Readable
from studio.engine.importers.torchfile import (
    Contents,
    Shape,
    Storages,
    is_parameter,
    is_tensor,
    read_old,
    shape_of,
    tensor_of,
    weights_only,
)

if TYPE_CHECKING:
    import torch

FAMILY = "stylegan"
NETWORKS = ("G_ema", "G", "Gs")
FILTER = (1, 3, 3, 1)
MAX_PARTS = 5_000
MAX_NAME = 300
ALLOWED = {
    ("torch_utils.persistence", "_reconstruct_persistent_obj"), ("dnnlib.util", "EasyDict"),
    ("torch.storage", "_load_from_bytes"), ("torch._utils", "_rebuild_device_tensor_from_numpy"),
    ("numpy.core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "ndarray"),
}  # fmt: skip


@dataclass(frozen=True)
class Network:
    """A generator taken out of its file: tensors by name, and the arguments of our own definition.

    ``generation`` is 2 or 3, ``resolution`` the side of its pictures in pixels.
    """

    tensors: dict[str, torch.Tensor]
    config: dict[str, Any]
    resolution: int
    generation: int = 2


def allowed(module: str, name: str) -> bool:
    """The names such a file may hold; none of them is ever looked up."""
    if module.startswith("dnnlib.tflib"):
        raise ValueError("it was made for TensorFlow; the official legacy.py turns it into a PyTorch file")
    return weights_only(module, name) or (module, name) in ALLOWED or module.startswith("torch.nn.modules.")


def is_pickle(path: Path) -> bool:
    """Whether a file is a bare pickle, as the official checkpoints are."""
    with path.open("rb") as file:
        head = file.read(4)
    return head[:1] == b"\x80" and head != b"\x80\x02\x8a\x0a"


def read_stylegan(path: Path, memory: int) -> Network:
    """The generator in a checkpoint. ValueError tells why there is none, Forbidden which code it names."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as stream:
        tree = Machine(allowed).read(cast(Readable, stream))
    network = generator_in(tree)
    opened: dict[int, Contents] = {}
    parts = {name: arranged(value, opened) for name, value in tensors_in(network).items()}
    check_size(len(parts), sum(shape.count for shape, _ in parts.values()), memory)
    tensors = {name: tensor_of(shape, storages).float() for name, (shape, storages) in parts.items()}
    return network_of(tensors, arguments(network))


def generator_in(tree: object) -> Call:
    """The network for making pictures, the averaged one first."""
    found = cast(Mapping[object, object], tree) if isinstance(tree, dict) else {}
    for name in NETWORKS:
        value = found.get(name)
        if isinstance(value, Call) and value.target.name == "_reconstruct_persistent_obj":
            return value
    raise ValueError("it is a Python object, but no StyleGAN checkpoint")


def state_of(network: Call) -> dict[str, Any]:
    """The attributes of a network; ValueError when there are none."""
    meta = network.args[0] if network.args else None
    state = cast(dict[str, Any], meta).get("state") if isinstance(meta, dict) else None
    if not isinstance(state, dict):
        raise ValueError("a network in it has no attributes")
    return cast(dict[str, Any], state)


def tensors_in(network: Call) -> dict[str, Call]:
    """Dotted name and description of every tensor of a network and its parts."""
    found, left, count = dict[str, Call](), [("", network)], 0
    while left:
        prefix, part = left.pop()
        count += 1
        if count > MAX_PARTS or len(prefix) > MAX_NAME:
            raise ValueError("its networks are nested too deeply")
        state = state_of(part)
        for kind in ("_parameters", "_buffers"):
            found |= {prefix + name: value for name, value in named(state, kind) if is_tensor(value)}
        left += [(f"{prefix}{name}.", value) for name, value in named(state, "_modules")]
    return found


def named(state: Mapping[str, Any], kind: str) -> list[tuple[str, Call]]:
    """The parts of one kind in a network's attributes."""
    group = state.get(kind) or {}
    if not isinstance(group, dict):
        raise ValueError("a network in it has damaged attributes")
    entries = cast(dict[object, object], group).items()
    return [(str(name)[:MAX_NAME], value) for name, value in entries if isinstance(value, Call)]


def arranged(value: Call, opened: dict[int, Contents]) -> tuple[Shape, Storages]:
    """Where a tensor's numbers lie: inside the pickle, as an old file of their own, which is opened once."""
    while is_parameter(value):
        value = value.args[0]
    stored = value.args[0] if value.args else None
    if not (isinstance(stored, Call) and stored.target.name == "_load_from_bytes" and stored.args):
        raise ValueError("a tensor has no numbers")
    raw = stored.args[0]
    if not isinstance(raw, bytes):
        raise ValueError("a tensor has no numbers")
    if id(raw) not in opened:
        opened[id(raw)] = read_old(io.BytesIO(raw))
    contents = opened[id(raw)]
    return shape_of(Call(value.target, (contents.tree, *value.args[1:4]))), contents.storages


def arguments(network: Call) -> dict[str, Any]:
    """The constructor's named arguments of the network and of the synthesis part inside it."""
    parts = state_of(network).get("_modules")
    synthesis = cast(dict[str, Any], parts).get("synthesis") if isinstance(parts, dict) else None
    whole = own_arguments(network)
    inner = own_arguments(synthesis) if isinstance(synthesis, Call) else {}
    given = whole.get("synthesis_kwargs")
    return whole | (cast(dict[str, Any], given) if isinstance(given, dict) else {}) | inner


def own_arguments(network: Call) -> dict[str, Any]:
    """The named arguments of one network."""
    given = state_of(network).get("_init_kwargs")
    return dict(cast(dict[str, Any], given)) if isinstance(given, dict) else {}


def network_of(tensors: dict[str, torch.Tensor], given: Mapping[str, Any]) -> Network:
    """The arguments of our definition, read off the tensors; ValueError for a variant it does not have."""
    try:
        if stylegan3.is_stylegan3(tensors):
            config = mapping_config(tensors) | stylegan3.config_of(tensors, given)
            return Network(tensors, config, config["layers"][-1][2], 3)
        check_variant(tensors, given)
        kept = {name: tensor for name, tensor in tensors.items() if not name.endswith("resample_filter")}
        config = mapping_config(kept) | config_of(kept, given)
    except KeyError as error:
        raise ValueError(f"its tensor {error} is missing") from None
    return Network(kept, config, 4 << (len(config["channels"]) - 1))


def check_variant(tensors: Mapping[str, torch.Tensor], given: Mapping[str, Any]) -> None:
    """ValueError for a StyleGAN2 network unlike the published ones."""
    import torch

    if given.get("architecture", "skip") != "skip" or any(".skip." in name for name in tensors):
        raise ValueError("its synthesis network is not of the published “skip” architecture")
    filters = [tensor for name, tensor in tensors.items() if name.endswith("resample_filter")]
    line = torch.tensor(FILTER, dtype=torch.float32) / sum(FILTER)
    if any(not torch.allclose(tensor, torch.outer(line, line), atol=1e-5) for tensor in filters):
        raise ValueError("it resamples with another filter than the published one")


def mapping_config(tensors: Mapping[str, torch.Tensor]) -> dict[str, Any]:
    """Sizes of the mapping network by the shapes of its tensors."""
    w_dim = tensors["mapping.w_avg"].shape[0]
    embed = tensors.get("mapping.embed.weight")
    layers = sum(name.startswith("mapping.fc") and name.endswith(".weight") for name in tensors)
    return {
        "z_dim": tensors["mapping.fc0.weight"].shape[1] - (w_dim if embed is not None else 0),
        "c_dim": embed.shape[1] if embed is not None else 0,
        "w_dim": w_dim,
        "mapping_layers": layers,
    }


def config_of(tensors: Mapping[str, torch.Tensor], given: Mapping[str, Any]) -> dict[str, Any]:
    """Sizes of a StyleGAN2 synthesis network by the shapes of its tensors."""
    channels: list[int] = []
    while (name := f"synthesis.b{4 << len(channels)}.conv1.weight") in tensors:
        channels.append(tensors[name].shape[0])
    clamp = given.get("conv_clamp") or 0
    return {
        "channels": channels,
        "image_channels": tensors["synthesis.b4.torgb.weight"].shape[0],
        "clamp": float(clamp) if isinstance(clamp, int | float) else 0.0,
    }


def describe(network: Network) -> dict[str, str]:
    """What was found, as the metadata of the file."""
    size = network.resolution
    return {
        "family": FAMILY,
        "format": "1",
        "config": json.dumps(network.config),
        "data": "not stated",
        "architecture": f"StyleGAN{network.generation} {size} x {size}",
        "generation": str(network.generation),
        "task": "making pictures",
        "scale": "1",
        "resolution": str(size),
        "tags": f"{network.config['c_dim']} classes" if network.config["c_dim"] else "",
        "numbers": str(sum(tensor.numel() for tensor in network.tensors.values())),
    }
