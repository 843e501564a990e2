"""The blend functions of W3C Compositing and Blending Level 1, chapter 10, on float arrays in 0..1.

Separable modes take backdrop and source of any equal shape, the others planes (3, h, w): red, green, blue.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from studio.model.nodes import Blend

Plane = npt.NDArray[np.floating[Any]]
Function = Callable[[Plane, Plane], Plane]


def multiply(backdrop: Plane, source: Plane) -> Plane:
    """Cb x Cs."""
    return backdrop * source


def screen(backdrop: Plane, source: Plane) -> Plane:
    """The complements multiplied, complemented."""
    return backdrop + source - backdrop * source


def overlay(backdrop: Plane, source: Plane) -> Plane:
    """Hard light with the two swapped."""
    return hard_light(source, backdrop)


def darken(backdrop: Plane, source: Plane) -> Plane:
    """The darker of the two."""
    return np.minimum(backdrop, source)


def lighten(backdrop: Plane, source: Plane) -> Plane:
    """The lighter of the two."""
    return np.maximum(backdrop, source)


def color_dodge(backdrop: Plane, source: Plane) -> Plane:
    """Cb / (1 - Cs), at most 1; 0 where Cb is 0 and else 1 where Cs is 1."""
    full = np.where(backdrop > 0, 1, 0).astype(backdrop.dtype)
    rest = 1 - source
    return np.minimum(1, np.divide(backdrop, rest, out=full, where=(rest > 0) & (backdrop > 0)))


def color_burn(backdrop: Plane, source: Plane) -> Plane:
    """1 - (1 - Cb) / Cs, at least 0; 1 where Cb is 1 and else 0 where Cs is 0."""
    dark = np.where(backdrop < 1, 1, 0).astype(backdrop.dtype)
    return 1 - np.minimum(1, np.divide(1 - backdrop, source, out=dark, where=(source > 0) & (backdrop < 1)))


def hard_light(backdrop: Plane, source: Plane) -> Plane:
    """Multiply by 2 Cs up to one half, screen with 2 Cs - 1 above."""
    double = source + source
    return np.where(source <= 0.5, multiply(backdrop, double), screen(backdrop, double - 1))


def soft_light(backdrop: Plane, source: Plane) -> Plane:
    """Darkens up to Cs = one half, lightens above, without the harshness of hard light."""
    curve = np.where(backdrop <= 0.25, ((16 * backdrop - 12) * backdrop + 4) * backdrop, np.sqrt(backdrop))
    amount = source + source - 1
    return backdrop + amount * np.where(source <= 0.5, backdrop * (1 - backdrop), curve - backdrop)


def difference(backdrop: Plane, source: Plane) -> Plane:
    """The absolute difference."""
    return np.abs(backdrop - source)


def exclusion(backdrop: Plane, source: Plane) -> Plane:
    """Like difference, lower in contrast."""
    return backdrop + source - 2 * backdrop * source


def hue(backdrop: Plane, source: Plane) -> Plane:
    """Hue of the source; saturation and luminosity of the backdrop."""
    return _set_lum(_set_sat(source, _sat(backdrop)), _lum(backdrop))


def saturation(backdrop: Plane, source: Plane) -> Plane:
    """Saturation of the source; hue and luminosity of the backdrop."""
    return _set_lum(_set_sat(backdrop, _sat(source)), _lum(backdrop))


def color(backdrop: Plane, source: Plane) -> Plane:
    """Hue and saturation of the source; luminosity of the backdrop."""
    return _set_lum(source, _lum(backdrop))


def luminosity(backdrop: Plane, source: Plane) -> Plane:
    """Luminosity of the source; hue and saturation of the backdrop."""
    return _set_lum(backdrop, _lum(source))


SEPARABLE: Final[dict[Blend, Function]] = {
    Blend.MULTIPLY: multiply,
    Blend.SCREEN: screen,
    Blend.OVERLAY: overlay,
    Blend.DARKEN: darken,
    Blend.LIGHTEN: lighten,
    Blend.COLOR_DODGE: color_dodge,
    Blend.COLOR_BURN: color_burn,
    Blend.HARD_LIGHT: hard_light,
    Blend.SOFT_LIGHT: soft_light,
    Blend.DIFFERENCE: difference,
    Blend.EXCLUSION: exclusion,
}
FUNCTIONS: Final[dict[Blend, Function]] = SEPARABLE | {
    Blend.HUE: hue,
    Blend.SATURATION: saturation,
    Blend.COLOR: color,
    Blend.LUMINOSITY: luminosity,
}  # all but normal, whose result is the source


def _lum(color: Plane) -> Plane:
    return 0.3 * color[0] + 0.59 * color[1] + 0.11 * color[2]


def _sat(color: Plane) -> Plane:
    return color.max(axis=0) - color.min(axis=0)


def _set_lum(color: Plane, lum: Plane) -> Plane:
    return _clip_color(color + (lum - _lum(color)))


def _set_sat(color: Plane, sat: Plane) -> Plane:
    low, span = color.min(axis=0), _sat(color)
    scale = np.divide(sat, span, out=np.zeros_like(span), where=span > 0)
    return (color - low) * scale


def _clip_color(color: Plane) -> Plane:
    """Back into 0..1 towards the grey of equal luminosity."""
    lum, low, high = _lum(color), color.min(axis=0), color.max(axis=0)
    down = np.divide(lum, lum - low, out=np.ones_like(lum), where=low < 0)
    up = np.divide(1 - lum, high - lum, out=np.ones_like(lum), where=high > 1)
    color = lum + (color - lum) * down
    return lum + (color - lum) * up
