"""How the layers of an official StyleGAN3 network are arranged, from its constructor's arguments.

Formulas of Karras et al. 2021, section 3.2: cutoff and stopband frequencies grow geometrically from layer to
layer, and each layer samples as coarsely as its stopband allows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch

NAME = re.compile(r"synthesis\.L(\d+)_(\d+)_(\d+)\.weight")
DEFAULTS = {
    "num_layers": 14, "num_critical": 2, "first_cutoff": 2.0, "first_stopband": 2**2.1,
    "last_stopband_rel": 2**0.3, "margin_size": 10, "output_scale": 0.25, "filter_size": 6,
    "lrelu_upsampling": 2, "conv_clamp": 256.0,
}  # fmt: skip
MAX_SIDE = 2048
MOST = {"num_layers": 64, "margin_size": 64, "lrelu_upsampling": 4}


@dataclass(frozen=True)
class Bands:
    """Cutoff frequency, sampling rate and size in pixels after each layer, the input's first."""

    cutoffs: list[float]
    rates: list[int]
    sizes: list[int]


def is_stylegan3(names: Mapping[str, object]) -> bool:
    """Whether tensors are those of the third generation."""
    return any(name.startswith("synthesis.input.") for name in names)


def number(given: Mapping[str, Any], name: str) -> float:
    """An argument as a number, its default when it was not given; ValueError when it is none."""
    value = given.get(name, DEFAULTS.get(name))
    if value is None and name == "conv_clamp":
        return 0.0
    if not isinstance(value, int | float) or not 0 < value <= MOST.get(name, MAX_SIDE):
        raise ValueError(f"its argument “{name}” is out of bounds")
    return float(value)


def bands(given: Mapping[str, Any]) -> Bands:
    """The frequencies of all layers; ValueError for arguments no network has."""
    side, count = int(number(given, "img_resolution")), int(number(given, "num_layers"))
    critical = int(number(given, "num_critical"))
    if critical >= count:
        raise ValueError("its number of layers is out of bounds")
    last_cutoff = side / 2
    exponents = np.minimum(np.arange(count + 1) / (count - critical), 1)
    first, first_stop = number(given, "first_cutoff"), number(given, "first_stopband")
    cutoffs = first * (last_cutoff / first) ** exponents
    stop = last_cutoff * number(given, "last_stopband_rel")
    stopbands = first_stop * (stop / first_stop) ** exponents
    rates = np.exp2(np.ceil(np.log2(np.minimum(stopbands * 2, side)))).astype(int)
    sizes = rates + int(number(given, "margin_size")) * 2
    sizes[-2:] = side
    return Bands(cutoffs.tolist(), rates.tolist(), sizes.tolist())


def config_of(tensors: Mapping[str, torch.Tensor], given: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of our definition; ValueError when tensors and arguments do not go together."""
    found = sorted((int(m[1]), int(m[2]), int(m[3]), name) for name in tensors if (m := NAME.fullmatch(name)))
    known = bands(given)
    if [size for _, size, _, _ in found] != known.sizes:
        raise ValueError("its layers are arranged otherwise than its arguments say")
    layers = [
        layer_of(index, name.removesuffix(".weight"), tensors, known, given) for index, _, _, name in found
    ]
    waves = tensors["synthesis.input.weight"].shape[0]
    return {
        "start": [waves, known.sizes[0], known.rates[0], known.cutoffs[0]],
        "layers": layers,
        "clamp": number(given, "conv_clamp"),
        "output_scale": number(given, "output_scale"),
    }


def layer_of(
    index: int, name: str, tensors: Mapping[str, torch.Tensor], known: Bands, given: Mapping[str, Any]
) -> list[int]:
    """The fields of one layer's plan."""
    before, last = max(index - 1, 0), index == len(known.sizes) - 1
    c_out, c_in, kernel, _ = tensors[f"{name}.weight"].shape
    rate_in, rate_out, size = known.rates[before], known.rates[index], known.sizes[index]
    between = max(rate_in, rate_out) * (1 if last else int(number(given, "lrelu_upsampling")))
    up, down = round(between / rate_in), round(between / rate_out)
    up_filter, down_filter = tensors.get(f"{name}.up_filter"), tensors.get(f"{name}.down_filter")
    up_taps = len(up_filter) if up_filter is not None else 1
    down_taps = len(down_filter) if down_filter is not None else 1
    total = (size - 1) * down + 1 - (known.sizes[before] + kernel - 1) * up + up_taps + down_taps - 2
    low = (total + up) // 2
    radial = int(down_filter is not None and down_filter.ndim == 2)
    return [c_in, c_out, size, kernel, up, down, low, total - low, up_taps, down_taps, radial]
