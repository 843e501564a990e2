"""Portraits through a network that knows faces of one size only."""

from __future__ import annotations

from typing import Any

import numpy as np

from studio.api import Context, Image

from .network import as_rgb
from .pixels import recoloured, resized

SIDE = 512


def restored_face(ctx: Context, net: Any, image: Image) -> Image:
    """The portrait, made square, brought to the network's size, restored, and brought back."""
    import torch

    rgb = image.array("float32", 3)
    height, width = rgb.shape[:2]
    side = max(height, width)
    above, left = (side - height) // 2, (side - width) // 2
    square = np.pad(rgb, ((above, side - height - above), (left, side - width - left), (0, 0)), "edge")
    work = max(SIDE, net.size_requirements.minimum)
    given = torch.from_numpy(np.ascontiguousarray(resized(square, work, work).transpose(2, 0, 1)))
    with torch.inference_mode():
        made = as_rgb(net)(given[None].to(ctx.device))[0].permute(1, 2, 0).float().cpu().numpy()
    ctx.check()
    whole = resized(made, side, side)[above : above + height, left : left + width]
    return Image(recoloured(image.pixels, whole), image.icc, image.meta)
