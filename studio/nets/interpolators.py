"""The networks that draw frames between frames, by what a model's file says it holds."""

from __future__ import annotations

from typing import Any

from torch import nn

from studio.nets.ifrnet import IFRNet
from studio.nets.interpolate import Interpolator
from studio.nets.rife import IFNet

KINDS: dict[str, type[nn.Module]] = {"": Interpolator, "ifrnet": IFRNet, "rife": IFNet}


def network(kind: str = "", **config: Any) -> nn.Module:
    """An untrained network. ValueError for a kind there is none of."""
    if kind not in KINDS:
        raise ValueError(f"there is no interpolator “{kind}”")
    return KINDS[kind](**config)
