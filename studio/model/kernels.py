"""Compositing one block of straight RGBA onto another: W3C Compositing and Blending Level 1, equation 5.6 ff.

    alpha = as + ab - as ab
    color = ((1 - as) ab Cb + as ((1 - ab) Cs + ab B(Cb, Cs))) / alpha

8-bit blocks go through integer arithmetic where the backdrop is opaque or only its colours change: two
channels at a time in one 32-bit word, each step rounded to the nearest value, in C if that could be built.
Everything else is float32.
Results stay within 1/255 of the formula.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image

from studio.model.blend import FUNCTIONS, SEPARABLE, Plane
from studio.model.native import Mixes, Words, mixer
from studio.model.nodes import Blend, white_of
from studio.model.tiles import Array

_PAIR = np.uint32(0x00FF00FF)  # every other byte of a word
_HALF = np.uint32(0x00800080)
_ALPHA = int(np.array([0, 0, 0, 255], np.uint8).view(np.uint32)[0])
_COLOR = _ALPHA ^ 0xFFFFFFFF
_ROWS = 64  # for float32 arithmetic
_SHIFT = 24 if _ALPHA == 0xFF000000 else 0


def over(out: Array, source: Array, blend: Blend, opacity: float, opaque: bool) -> None:
    """Blend `source` onto `out` (h, w, 4) in place; `opaque`: all alpha of `out` is at the maximum.

    What a pixel becomes depends on nothing but that pixel: not on its neighbours, and not on `opaque`.
    """
    if out.dtype != np.uint8 or not (blend is Blend.NORMAL or blend in SEPARABLE):
        _float_over(out, faded(source, opacity), blend)
        return
    solid = None if opaque else out[..., 3] == 255
    if solid is None or solid.all():
        _mix_colors(out, source, blend, opacity)
        return
    source = faded(source, opacity)
    if blend is Blend.NORMAL:
        mixed = _pillow_over(out, source)
    else:
        mixed = out.copy()
        _float_over(mixed, source, blend)
    if solid.any():
        _mix_colors(out, source, blend)
    np.copyto(_words(out), _words(mixed), where=~solid)


def mix_later(mixes: Mixes, out: Array, source: Array, opacity: float) -> None:
    """`over` in normal mode on an opaque 8-bit `out`, left to `mixes`."""
    mixes.add(_words(out), _words(source), _fade(opacity))


def atop(out: Array, source: Array, blend: Blend, opacity: float) -> None:
    """Blend `source` onto `out` in place, inside the alpha of `out`, which stays as it is."""
    alpha = out[..., 3].copy()
    if out.dtype == np.uint8 and (blend is Blend.NORMAL or blend in SEPARABLE):
        _mix_colors(out, source, blend, opacity)
    else:
        out[..., 3] = white_of(out.dtype)
        _float_over(out, faded(source, opacity), blend)
    out[..., 3] = alpha


def faded(source: Array, opacity: float, mask: Array | None = None) -> Array:
    """Pixels with their alpha multiplied by a number 0..1 and a mask (h, w) of the same depth."""
    if opacity == 1 and mask is None:
        return source
    out = source.copy()
    if source.dtype == np.uint8 and mask is None:
        out[..., 3] = _faded_alpha(source[..., 3].astype(np.uint32), _fade(opacity))
        return out
    alpha = source[..., 3] * np.float32(opacity)
    if mask is not None:
        alpha *= mask
        alpha *= np.float32(1 / white_of(source.dtype))
    alpha += np.float32(0.5)
    out[..., 3] = alpha
    return out


def _fade(opacity: float) -> int:
    """Opacity in 65,536ths."""
    return round(opacity * 65536)


def _faded_alpha(alpha: Words, fade: int) -> Words:
    """Multiply alpha bytes by fade / 65536, rounded, in place."""
    if fade != 65536:
        alpha *= np.uint32(fade)
        alpha += np.uint32(32768)
        alpha >>= np.uint32(16)
    return alpha


def _words(pixels: Array) -> Words:
    """(h, w, 4) uint8 as (h, w) words over the same memory."""
    return pixels.view(np.uint32)[..., 0]


def _mix_colors(out: Array, source: Array, blend: Blend, opacity: float = 1) -> None:
    """Blend 8-bit `source` onto `out` in place as if all of `out` were opaque; afterwards it is."""
    mix = mixer() or mix_words
    mix(_words(out), _tinted(out, source, blend), _fade(opacity))


def _tinted(out: Array, source: Array, blend: Blend) -> Words:
    """What to mix onto an opaque `out`: the colours B(out, source) with the source's alpha."""
    if blend is Blend.NORMAL:
        return _words(source)
    colors = _words(_blended(out, source, blend))
    colors &= np.uint32(_COLOR)
    colors |= _words(source) & np.uint32(_ALPHA)
    return colors


def _blended(out: Array, source: Array, blend: Blend) -> Array:
    """B(Cb, Cs) for each byte, in a new array."""
    match blend:
        case Blend.MULTIPLY:
            return _product(out, source)
        case Blend.SCREEN:
            return ~_product(~out, ~source)
        case Blend.DARKEN:
            return np.minimum(out, source)
        case Blend.LIGHTEN:
            return np.maximum(out, source)
        case Blend.DIFFERENCE:
            return np.maximum(out, source) - np.minimum(out, source)
        case _:
            index = out.astype(np.intp)
            index <<= 8
            index |= source
            return _table(blend).take(index)


@cache
def _table(blend: Blend) -> npt.NDArray[np.uint8]:
    """B for all pairs of bytes, backdrop major (65,536 values)."""
    level = np.arange(256) / 255
    backdrop, source = np.broadcast_arrays(level[:, np.newaxis], level)
    return np.rint(SEPARABLE[blend](backdrop, source) * 255).astype(np.uint8).ravel()


def _product(first: Array, second: Array) -> Array:
    """first x second / 255 for each byte, rounded."""
    left, right = np.ascontiguousarray(first).view(np.uint16), np.ascontiguousarray(second).view(np.uint16)
    low = (left & np.uint16(255)) * (right & np.uint16(255))
    _over_255(low, np.uint16(128), np.uint16(255))
    high = (left >> np.uint16(8)) * (right >> np.uint16(8))
    _over_255(high, np.uint16(128), np.uint16(255))
    high <<= np.uint16(8)
    high |= low
    return high.view(np.uint8)


def mix_words(out: Words, source: Words, fade: int) -> None:
    """out + (source - out) x (source's alpha x fade / 65536), for each byte in place; alpha becomes 255.

    What `studio_mix` of native.c does, to the last bit.
    """
    alpha = _faded_alpha((source >> np.uint32(_SHIFT)) & np.uint32(255), fade)
    rest = np.uint32(255) - alpha
    low = source & _PAIR
    low *= alpha
    low += (out & _PAIR) * rest
    _over_255(low, _HALF, _PAIR)
    high = source >> np.uint32(8)
    high &= _PAIR
    high *= alpha
    other = out >> np.uint32(8)
    other &= _PAIR
    other *= rest
    high += other
    _over_255(high, _HALF, _PAIR)
    high <<= np.uint32(8)
    high |= np.uint32(_ALPHA)
    np.bitwise_or(low, high, out=out)


def _over_255(value: Array, half: np.generic, bytes_: np.generic) -> None:
    """Divide products of bytes (each in a field of 16 bits) by 255 in place, rounded."""
    value += half
    carry = value >> value.dtype.type(8)
    carry &= bytes_
    value += carry
    value >>= value.dtype.type(8)
    value &= bytes_


def _pillow_over(out: Array, source: Array) -> Array:
    """Normal blending on a backdrop of any alpha."""
    size = out.shape[1], out.shape[0]
    below, above = (
        Image.frombuffer("RGBA", size, np.ascontiguousarray(part), "raw", "RGBA", 0, 1)
        for part in (out, source)
    )
    return np.asarray(Image.alpha_composite(below, above))


def _float_over(out: Array, source: Array, blend: Blend) -> None:
    """The formula as it stands, in float32, in place; by few enough rows to stay in the processor's cache."""
    for row in range(0, out.shape[0], _ROWS):
        _float_rows(out[row : row + _ROWS], source[row : row + _ROWS], blend)


def _float_rows(out: Array, source: Array, blend: Blend) -> None:
    backdrop, ab = _planes(out)
    color, weight = _planes(source)
    if blend is not Blend.NORMAL:
        color += ab * (FUNCTIONS[blend](backdrop, color) - color)
    alpha = weight + ab
    alpha -= weight * ab
    color -= backdrop
    color *= weight / np.maximum(alpha, np.float32(1e-20))
    color += backdrop
    white = np.float32(white_of(out.dtype))
    for plane, values in enumerate((*color, alpha)):
        values *= white
        values += np.float32(0.5)
        out[..., plane] = values


def _planes(pixels: Array) -> tuple[Plane, Plane]:
    """Colours (3, h, w) and alpha (h, w) as float32 in 0..1."""
    planes = np.empty((4, *pixels.shape[:2]), np.float32)
    np.multiply(pixels.transpose(2, 0, 1), np.float32(1 / white_of(pixels.dtype)), out=planes)
    return planes[:3], planes[3]
