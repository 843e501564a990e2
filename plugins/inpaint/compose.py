"""The filling laid into the picture, in its own depth; what is not filled keeps its very numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.api import Image

from .holes import Box, Cover

Unit = NDArray[np.float32]
Pixels = NDArray[Any]
GLIMPSE = 768  # longest side of a preview
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


class Composer:
    """Lays colours (h, w, 3) in 0..1 of a frame over ``image`` where a mask says so, or cuts them out.

    ``inner`` is the picture inside the frame, ``cover`` (h, w) how much of each of its pixels is filled.
    """

    def __init__(self, image: Image, frame: Box, cover: Cover, patch: bool) -> None:
        self.image, self.frame, self.patch = image, frame, patch
        self.inner = Image(image.pixels[frame.slices], image.icc)
        self.cover = np.zeros(frame.size, np.float32)
        self.cover[cover.box.inside(frame).slices] = cover.share
        self.step = -(-max(image.width, image.height) // GLIMPSE)

    def whole(self, colours: Unit) -> Image:
        """The result."""
        out = self.blank() if self.patch else self.image.pixels.copy()
        out[self.frame.slices] = self.laid(self.inner.pixels, self.cover, colours)
        return Image(out, self.image.icc, self.image.meta)

    def glimpse(self, colours: Unit) -> Image:
        """A look at it, every so many pixels, in 8 bits."""
        step, (top, left) = self.step, (-(-start // self.step) for start in (self.frame.top, self.frame.left))
        few = slice(top * step - self.frame.top, None, step), slice(left * step - self.frame.left, None, step)
        part = self.laid(self.inner.pixels[few], self.cover[few], colours[few])
        out = self.blank()[::step, ::step] if self.patch else self.image.pixels[::step, ::step].copy()
        out[top : top + part.shape[0], left : left + part.shape[1]] = part
        return Image(Image(out).array("uint8", out.shape[2]), self.image.icc)

    def blank(self) -> Pixels:
        """Nothing, as large as the picture."""
        return np.zeros((self.image.height, self.image.width, 4), self.image.pixels.dtype)

    def laid(self, source: Pixels, cover: Unit, colours: Unit) -> Pixels:
        """Pixels of the source's depth: all of it with the filling, or RGBA of the filling alone."""
        hole = cover > 0
        share = cover[hole][:, None]
        if self.patch:
            out = np.zeros((*hole.shape, 4), source.dtype)
            out[hole] = rounded(np.concatenate([colours[hole], share], 1), source.dtype)
            return out
        out = source.copy()
        out[hole] = rounded(over(colours[hole], share, unit(source[hole])), source.dtype)
        return out


def over(colours: Unit, share: Unit, below: Unit) -> Unit:
    """(n, 3) colours with (n, 1) coverage over (n, 1, 3 or 4) straight pixels."""
    if below.shape[1] == 1:
        return below + (colours @ LUMA[:, None] - below) * share
    if below.shape[1] == 3:
        return below + (colours - below) * share
    rest = below[:, 3:] * (1 - share)
    alpha = share + rest
    return np.concatenate([(colours * share + below[:, :3] * rest) / np.maximum(alpha, 1e-6), alpha], 1)


def unit(pixels: Pixels) -> Unit:
    """Any depth to 0..1."""
    if pixels.dtype == np.float32:
        return np.nan_to_num(pixels)
    return pixels * np.float32(1 / np.iinfo(pixels.dtype).max)


def rounded(values: Unit, dtype: np.dtype[Any]) -> Pixels:
    """0..1 to a depth."""
    if dtype == np.float32:
        return values.clip(0, 1)
    return (values.clip(0, 1) * np.iinfo(dtype).max + 0.5).astype(dtype)
