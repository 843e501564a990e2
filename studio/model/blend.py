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

_TINY: Final = 1e-20  # instead of 0 in divisors: 0 / 0 becomes 0, anything else / 0 more than 1


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
    return np.minimum(1, backdrop / np.maximum(1 - source, _TINY))


def color_burn(backdrop: Plane, source: Plane) -> Plane:
    """1 - (1 - Cb) / Cs, at least 0; 1 where Cb is 1 and else 0 where Cs is 0."""
    return 1 - np.minimum(1, (1 - backdrop) / np.maximum(source, _TINY))


def hard_light(backdrop: Plane, source: Plane) -> Plane:
    """Multiply by 2 Cs up to one half, screen with 2 Cs - 1 above (which adds (1 - 2 Cb) (2 Cs - 1))."""
    double = source + source
    return backdrop * double + (1 - 2 * backdrop) * np.maximum(double - 1, 0)


def soft_light(backdrop: Plane, source: Plane) -> Plane:
    """Darkens up to Cs = one half, lightens above, without the harshness of hard light."""
    amount = source + source - 1
    root = np.sqrt(backdrop)
    curve = root + (((16 * backdrop - 12) * backdrop + 4) * backdrop - root) * (backdrop <= 0.25)
    dark = np.minimum(amount, 0) * (backdrop * (1 - backdrop))
    return backdrop + dark + np.maximum(amount, 0) * (curve - backdrop)


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


def _lowest(color: Plane) -> Plane:
    return np.minimum(np.minimum(color[0], color[1]), color[2])


def _highest(color: Plane) -> Plane:
    return np.maximum(np.maximum(color[0], color[1]), color[2])


def _sat(color: Plane) -> Plane:
    return _highest(color) - _lowest(color)


def _set_lum(color: Plane, lum: Plane) -> Plane:
    return _clip_color(color + (lum - _lum(color)))


def _set_sat(color: Plane, sat: Plane) -> Plane:
    low = _lowest(color)
    return (color - low) * (sat / np.maximum(_highest(color) - low, _TINY))


def _clip_color(color: Plane) -> Plane:
    """Back into 0..1 towards the grey of equal luminosity; colours inside already have both shares 1."""
    lum = _lum(color)
    down = _share(lum, lum - _lowest(color))
    up = _share(1 - lum, _highest(color) - lum)
    color = lum + (color - lum) * down
    return lum + (color - lum) * up


def _share(room: Plane, need: Plane) -> Plane:
    return np.clip(room / np.maximum(need, _TINY), 0, 1)
