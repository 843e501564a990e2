"""Compositing of single pixels in plain float64 arithmetic, written from the W3C specification alone.

Slow on purpose: nothing here is shared with the studio, so both are unlikely to be wrong in the same way.
Colours are (r, g, b) and pixels (r, g, b, a), straight alpha, 0..1.
"""

import math

Color = tuple[float, float, float]
Pixel = tuple[float, float, float, float]
CLEAR: Pixel = (0.0, 0.0, 0.0, 0.0)


def channel(mode: str, cb: float, cs: float) -> float:
    """B(Cb, Cs) of the separable modes, section 10.1."""
    if mode == "normal":
        return cs
    if mode == "multiply":
        return cb * cs
    if mode == "screen":
        return 1 - (1 - cb) * (1 - cs)
    if mode == "overlay":
        return channel("hard-light", cs, cb)
    if mode == "darken":
        return min(cb, cs)
    if mode == "lighten":
        return max(cb, cs)
    if mode == "color-dodge":
        if cb == 0:
            return 0.0
        return 1.0 if cs == 1 else min(1.0, cb / (1 - cs))
    if mode == "color-burn":
        if cb == 1:
            return 1.0
        return 0.0 if cs == 0 else 1 - min(1.0, (1 - cb) / cs)
    if mode == "hard-light":
        return channel("multiply", cb, 2 * cs) if cs <= 0.5 else channel("screen", cb, 2 * cs - 1)
    if mode == "soft-light":
        if cs <= 0.5:
            return cb - (1 - 2 * cs) * cb * (1 - cb)
        d = ((16 * cb - 12) * cb + 4) * cb if cb <= 0.25 else math.sqrt(cb)
        return cb + (2 * cs - 1) * (d - cb)
    if mode == "difference":
        return abs(cb - cs)
    assert mode == "exclusion"
    return cb + cs - 2 * cb * cs


def lum(c: Color) -> float:
    return 0.3 * c[0] + 0.59 * c[1] + 0.11 * c[2]


def sat(c: Color) -> float:
    return max(c) - min(c)


def clip_color(c: Color) -> Color:
    level, low, high = lum(c), min(c), max(c)
    if low < 0:
        c = tuple(level + (v - level) * level / (level - low) for v in c)
    if high > 1:
        c = tuple(level + (v - level) * (1 - level) / (high - level) for v in c)
    return c


def set_lum(c: Color, level: float) -> Color:
    d = level - lum(c)
    return clip_color((c[0] + d, c[1] + d, c[2] + d))


def set_sat(c: Color, s: float) -> Color:
    low, mid, high = sorted(range(3), key=lambda i: c[i])
    out = [0.0, 0.0, 0.0]
    if c[high] > c[low]:
        out[mid] = (c[mid] - c[low]) * s / (c[high] - c[low])
        out[high] = s
    return out[0], out[1], out[2]


def blended(mode: str, cb: Color, cs: Color) -> Color:
    """B(Cb, Cs) of all modes, section 10."""
    if mode == "hue":
        return set_lum(set_sat(cs, sat(cb)), lum(cb))
    if mode == "saturation":
        return set_lum(set_sat(cb, sat(cs)), lum(cb))
    if mode == "color":
        return set_lum(cs, lum(cb))
    if mode == "luminosity":
        return set_lum(cb, lum(cs))
    return tuple(channel(mode, b, s) for b, s in zip(cb, cs, strict=True))


def over(backdrop: Pixel, source: Pixel, mode: str, opacity: float) -> Pixel:
    """Simple alpha compositing of the blended source, sections 5.1 and 9."""
    ab, as_ = backdrop[3], source[3] * opacity
    alpha = as_ + ab - as_ * ab
    if alpha == 0:
        return CLEAR
    mixed = blended(mode, backdrop[:3], source[:3])
    tinted = [(1 - ab) * s + ab * m for s, m in zip(source[:3], mixed, strict=True)]
    r, g, b = ((as_ * t + (1 - as_) * ab * c) / alpha for t, c in zip(tinted, backdrop[:3], strict=True))
    return r, g, b, alpha


def atop(backdrop: Pixel, source: Pixel, mode: str, opacity: float) -> Pixel:
    """Source atop, section 8.9: the source shows only where the backdrop does."""
    as_ = source[3] * opacity
    mixed = blended(mode, backdrop[:3], source[:3])
    r, g, b = ((1 - as_) * c + as_ * m for c, m in zip(backdrop[:3], mixed, strict=True))
    return r, g, b, backdrop[3]
