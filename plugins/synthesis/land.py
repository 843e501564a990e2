"""Endless pictures: any part of an infinite plane, computed window by window.

The network of a tileable model turns a plane of noise cells into a picture, R/4 pixels per cell. Noise is
drawn per block of cells from the seed and the block's place, so any window can be computed alone; each gets
``MARGIN`` cells of real surroundings, which is more than the network can see, and drops them again.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from studio.api import Context

from .picture import Finish, Pixels

if TYPE_CHECKING:
    from torch import Tensor

    from studio.nets.style import Generator

MARGIN = 5  # cells; one 3 x 3 convolution, then two and a doubling per level: 1 + 2 + 1 + 1/2 + ... < 5
WINDOW = 16  # cells; larger ones gain little and let cancelling wait for a layer
BLOCK = 8  # cells
ORIGIN = 1 << 20  # keeps block numbers positive


class Land:
    """``pixels`` (rows * R/4, columns * R/4, C), filled by ``windows``.

    Beyond ``pixels`` itself the memory needed does not grow with the size.
    """

    def __init__(self, net: Generator, ws: Tensor, seed: int, finish: Finish) -> None:
        self.net, self.ws, self.seed = net, ws, seed
        self.finish, self.wrap = finish, finish.wrap
        self.unit = net.resolution // 4
        self.depth = net.grid_channels + sum(s * s for s in net.noise_scales)  # numbers per cell
        self.rows, self.columns = finish.cells(net.resolution)
        self.pixels = finish.blank(self.columns * self.unit, self.rows * self.unit)

    def windows(self, ctx: Context) -> Iterator[float]:
        """Compute the picture; yields the share that is done after each window."""
        if self.wrap and max(self.rows, self.columns) <= WINDOW:
            self.put(self.render(ctx, 0, 0, self.rows, self.columns), 0, 0)
            yield 1.0
            return
        step = ctx.tile(WINDOW if ctx.device == "cpu" else 4 * WINDOW, 8)
        corners = list(product(range(0, self.rows, step), range(0, self.columns, step)))
        for done, (row, column) in enumerate(corners, 1):
            rows, columns = min(step, self.rows - row), min(step, self.columns - column)
            wide = self.render(ctx, row - MARGIN, column - MARGIN, rows + 2 * MARGIN, columns + 2 * MARGIN)
            rim = MARGIN * self.unit
            self.put(wide[rim:-rim, rim:-rim], row, column)
            yield done / len(corners)

    def put(self, part: Pixels, row: int, column: int) -> None:
        """Write a part whose corner is at a cell."""
        y, x = row * self.unit, column * self.unit
        self.pixels[y : y + part.shape[0], x : x + part.shape[1]] = part

    def render(self, ctx: Context, row: int, column: int, rows: int, columns: int) -> Pixels:
        """The picture of a rectangle of cells as if it wrapped, (rows * R/4, columns * R/4, C)."""
        import torch

        ctx.check()
        cells = torch.from_numpy(self.noise(row, column, rows, columns)).to(self.ws.device)
        grid, *layers = cells.split([self.net.grid_channels, *(s * s for s in self.net.noise_scales)])
        with torch.inference_mode():
            maps = [
                torch.pixel_shuffle(layer[None], scale)
                for layer, scale in zip(layers, self.net.noise_scales, strict=True)
            ]
            start = grid[None].contiguous(memory_format=torch.channels_last)
            return self.finish.pixels(self.net.synthesize(self.ws, maps, start))

    def noise(self, row: int, column: int, rows: int, columns: int) -> NDArray[np.float32]:
        """Standard normal noise (depth, rows, columns) of a rectangle of cells."""
        ys = np.arange(row, row + rows) % self.rows if self.wrap else np.arange(row, row + rows)
        xs = (
            np.arange(column, column + columns) % self.columns
            if self.wrap
            else np.arange(column, column + columns)
        )
        out = np.empty((self.depth, rows, columns), np.float32)
        for by, bx in product(np.unique(ys // BLOCK), np.unique(xs // BLOCK)):
            mine_y, mine_x = np.flatnonzero(ys // BLOCK == by), np.flatnonzero(xs // BLOCK == bx)
            block = self.block(int(by), int(bx))
            out[:, mine_y[:, None], mine_x] = block[:, (ys[mine_y] % BLOCK)[:, None], xs[mine_x] % BLOCK]
        return out

    def block(self, by: int, bx: int) -> NDArray[np.float32]:
        """The noise of one block, (depth, BLOCK, BLOCK), from the seed and its place alone."""
        rng = np.random.Generator(np.random.PCG64([self.seed, by + ORIGIN, bx + ORIGIN]))
        return rng.standard_normal((self.depth, BLOCK, BLOCK), np.float32)
