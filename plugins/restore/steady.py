"""Channel attention that sees a whole picture, however it is cut into tiles.

A NAFNet weighs its channels by their means over its input. Over tiles these means would differ, and so would
the tiles. Here they are taken once, over samples of the picture as large as those of training, and then held.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from studio.api import Context, Image

if TYPE_CHECKING:
    from torch import Tensor

    from studio.nets.restore import Restorer

SIDE = 128  # of a sample, pixels; about what the networks are trained on
ACROSS = 4  # samples along either side of a large picture


class Steady:
    """Takes and holds the means of one network. Between ``held`` blocks the network works as usual."""

    def __init__(self, net: Restorer) -> None:
        self._net = net
        self._seen: list[Tensor] | None = None
        self._held: Iterator[Tensor] | None = None
        for name, module in net.named_modules():
            if name.endswith("attend"):
                module.register_forward_pre_hook(self._attend)

    def means(self, ctx: Context, image: Image) -> list[Tensor]:
        """What each block's attention sees of a picture, in the order in which they run."""
        import torch

        total: list[Tensor] = []
        parts = samples(image)
        for part in parts:
            ctx.check()
            self._seen = []
            with torch.inference_mode():
                self._net(torch.from_numpy(part).permute(2, 0, 1)[None].to(ctx.device))
            total = [a + b for a, b in zip(total, self._seen, strict=True)] if total else self._seen
        self._seen = None
        return [mean / len(parts) for mean in total]

    @contextmanager
    def held(self, means: list[Tensor]) -> Generator[None]:
        """While entered, the network's attention sees these means."""
        self._held = iter(means)
        try:
            yield
        finally:
            self._held = None

    def _attend(self, module: object, inputs: tuple[Tensor]) -> tuple[Tensor] | None:
        if self._held is not None:
            return (next(self._held),)
        if self._seen is not None:
            self._seen.append(inputs[0])
        return None


def samples(image: Image) -> list[np.ndarray]:
    """Squares of a picture, evenly spread over it, (SIDE, SIDE, 3) float32 or as large as there is room."""
    tops, lefts = (np.unique(np.linspace(0, max(0, size - SIDE), ACROSS).astype(int)).tolist()
                   for size in (image.height, image.width))  # fmt: skip
    return [
        Image(image.pixels[top : top + SIDE, left : left + SIDE]).array("float32", 3).copy()
        for top, left in product(tops, lefts)
    ]
