"""The networks that draw pictures from a latent vector, by the ``kind`` in their configuration."""

from __future__ import annotations

from typing import Any

from studio.nets.dcgan import DCGenerator
from studio.nets.light import LightGenerator
from studio.nets.style import Generator

KINDS: dict[str, type[Generator | LightGenerator]] = {"style": Generator, "light": LightGenerator}
Drawer = Generator | LightGenerator | DCGenerator


def network(kind: str = "style", **config: Any) -> Generator | LightGenerator:
    """An untrained network of a kind. ValueError for an unknown kind."""
    if kind not in KINDS:
        raise ValueError(f"“{kind}” is no kind of network")
    return KINDS[kind](**config)
