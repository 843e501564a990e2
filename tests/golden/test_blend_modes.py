"""The compositor against the specification's formulas, pixel by pixel."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference import atop, over

from studio.model.document import Document
from studio.model.nodes import Blend, Group, RasterLayer

LEVELS = (0, 1, 63, 64, 127, 128, 191, 254, 255)
ALPHAS = (0, 1, 77, 254, 255)
COLORS = [
    (0, 0, 0),
    (255, 255, 255),
    (255, 0, 0),
    (128, 128, 128),
    (12, 200, 90),
    (254, 1, 127),
    (64, 63, 255),
]


def pairs_of_levels():
    """All pairs of backdrop and source: each corner value of a channel, each corner value of alpha."""
    color = np.array(list(itertools.product(LEVELS, LEVELS)))
    alpha = np.array(list(itertools.product(ALPHAS, ALPHAS)))
    backdrop = [(b, 255 - b, s, ab) for b, s in color for ab, _ in alpha]
    source = [(s, b, 255 - s, as_) for b, s in color for _, as_ in alpha]
    return np.array(backdrop)[None], np.array(source)[None]


def pairs_of_colors():
    both = list(itertools.product(COLORS, COLORS, ALPHAS, ALPHAS))
    return np.array([[(*b, ab) for b, _, ab, _ in both]]), np.array([[(*s, as_) for _, s, _, as_ in both]])


def document(backdrop, source, blend, opacity, depth="8", clip=False):
    """Two layers with the given 8-bit pixels, in either depth."""
    height, width = backdrop.shape[:2]
    doc = Document(width, height, depth)
    for pixels in (backdrop, source):
        layer = RasterLayer("", depth)
        layer.pixels.write(doc.canvas, pixels if depth == "8" else pixels * 257)
        doc.root.append(layer)
    layer.blend, layer.opacity, layer.clip = blend, opacity, clip
    return doc


def expected(backdrop, source, blend, opacity, rule=over):
    pairs = zip(backdrop.reshape(-1, 4) / 255, source.reshape(-1, 4) / 255, strict=True)
    return np.array([rule(tuple(b), tuple(s), str(blend), opacity) for b, s in pairs]).reshape(backdrop.shape)


def worst(got, wanted, white):
    """Largest error of alpha, and of colours as far as alpha lets them be seen, in 1/255."""
    got = got.astype(np.float64) / white
    alpha = np.abs(got[..., 3] - wanted[..., 3]).max()
    color = (np.abs(got[..., :3] - wanted[..., :3]) * wanted[..., 3:]).max()
    return 255 * max(alpha, color)


@pytest.mark.parametrize("blend", Blend)
@pytest.mark.parametrize("pairs", [pairs_of_levels, pairs_of_colors])
def test_8_bit_agrees_with_the_specification(blend, pairs):
    backdrop, source = pairs()
    for opacity in (1.0, 0.6):
        doc = document(backdrop, source, blend, opacity)
        assert worst(doc.composite(doc.canvas), expected(backdrop, source, blend, opacity), 255) <= 1.01


@pytest.mark.parametrize("blend", Blend)
def test_8_bit_on_an_opaque_backdrop_agrees_with_the_specification(blend):
    backdrop, source = pairs_of_colors()
    backdrop[..., 3] = 255
    tall = np.concatenate([backdrop, backdrop]), np.concatenate([source, source])
    doc = document(*tall, blend, 0.6)
    doc.root.children[0].pixels.fill(doc.canvas.expanded(300), (9, 9, 9, 255))
    doc.root.children[0].pixels.write(doc.canvas, tall[0])
    assert worst(doc.composite(doc.canvas), expected(*tall, blend, 0.6), 255) <= 1.01


@pytest.mark.parametrize("blend", Blend)
def test_16_bit_agrees_with_the_specification(blend):
    backdrop, source = pairs_of_colors()
    doc = document(backdrop, source, blend, 0.6, depth="16")
    assert worst(doc.composite(doc.canvas), expected(backdrop, source, blend, 0.6), 65535) <= 1.5 / 257


@pytest.mark.parametrize("blend", Blend)
@pytest.mark.parametrize("depth", ["8", "16"])
def test_clipped_layers_go_atop(blend, depth):
    backdrop, source = pairs_of_colors()
    doc = document(backdrop, source, blend, 0.6, depth, clip=True)
    wanted = expected(backdrop, source, blend, 0.6, rule=atop)
    limit = 1.01 if depth == "8" else 1.5 / 257
    assert worst(doc.composite(doc.canvas), wanted, doc.white) <= limit


@given(st.integers(0, 2**32 - 1), st.sampled_from(Blend), st.floats(0, 1), st.sampled_from(["8", "16"]))
def test_random_pixels_agree_with_the_specification(seed, blend, opacity, depth):
    rng = np.random.default_rng(seed)
    backdrop, source = rng.integers(0, 256, (2, 6, 6, 4))
    backdrop[rng.random((6, 6)) < 0.3, 3] = 255
    doc = document(backdrop, source, blend, opacity, depth)
    limit = 1.01 if depth == "8" else 1.5 / 257
    assert worst(doc.composite(doc.canvas), expected(backdrop, source, blend, opacity), doc.white) <= limit


def test_groups_are_isolated():
    """A mode inside a group sees only the group: multiply at its bottom is plain."""
    backdrop, source = pairs_of_colors()
    doc = document(backdrop, source, Blend.MULTIPLY, 0.6)
    top = doc.root.children[1]
    group = Group("")
    doc.root.remove(top)
    group.append(top)
    group.opacity, group.blend = 0.5, Blend.SCREEN
    doc.root.append(group)
    inner = source / 255 * (1, 1, 1, 0.6)
    wanted = expected(backdrop, inner * 255, Blend.SCREEN, 0.5)
    assert worst(doc.composite(doc.canvas), wanted, 255) <= 1.5
