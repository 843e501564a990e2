"""Any imported network as a function of RGB pictures in 0..1."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


def as_rgb(model: Any, call: Callable[[Tensor], Tensor] | None = None) -> Callable[[Tensor], Tensor]:
    """A network of 1, 3 or 4 channels as one of three: (1, 3, h, w) -> (1, 3, H, W).

    Grey networks see each colour by itself; those with alpha are given an opaque picture.
    """
    run = call or model

    def network(x: Tensor) -> Tensor:
        import torch

        if model.input_channels == 1:
            made = torch.cat([run(x[:, i : i + 1]) for i in range(3)], dim=1)
            return made if made.shape[1] == 3 else made[:, : made.shape[1] // 3 * 3 : made.shape[1] // 3]
        if model.input_channels == 4:
            x = torch.cat([x, torch.ones_like(x[:, :1])], dim=1)
        made = run(x)
        return made[:, :3] if made.shape[1] >= 3 else made[:, :1].expand(-1, 3, -1, -1)

    return network
