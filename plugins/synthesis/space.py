"""Points and moves in the latent space W as text, so that a recipe can hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from studio.api import Context, decode_point, encode_point

if TYPE_CHECKING:
    from torch import Tensor

    from studio.nets.light import LightGenerator
    from studio.nets.style import Generator

    Network = Generator | LightGenerator

MAX_TEXT = 200_000


class Move(BaseModel):
    """A step along a direction of one's own: its name, how far, and the direction (see `encode_point`)."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str = Field("", max_length=60)
    amount: float = Field(0.0, ge=-8, le=8)
    vector: str = Field("", max_length=MAX_TEXT)


def load_network(ctx: Context) -> Network:
    """The chosen model's network, ready to draw."""
    import torch

    from studio.nets.pictures import network

    return ctx.network(network).to(memory_format=torch.channels_last)


def point_of(net: Network, text: str, device: str) -> Tensor:
    """(1, L, w_dim) styles of a point: one w for all layers, or one for each."""
    import torch

    values = decode_point(text, net.w_dim, net.num_layers * net.w_dim)
    rows = torch.from_numpy(values.reshape(1, -1, net.w_dim)).to(device)
    return rows.expand(1, net.num_layers, net.w_dim).clone()


def text_of(ws: Tensor) -> str:
    """(1, L, w_dim) styles as a point, short where all layers have the same."""
    values = ws[0].float().cpu().numpy()
    return encode_point(values[0] if (values == values[0]).all() else values)


def moved(net: Network, moves: tuple[Move, ...], device: str) -> Tensor | float:
    """The sum of all moves, (w_dim,) or (L, w_dim)."""
    import torch

    total: Tensor | float = 0.0
    for move in moves:
        values = decode_point(move.vector, net.w_dim, net.num_layers * net.w_dim) * np.float32(move.amount)
        shape = (net.num_layers, net.w_dim) if values.size > net.w_dim else (net.w_dim,)
        total = total + torch.from_numpy(values.reshape(shape)).to(device)
    return total
