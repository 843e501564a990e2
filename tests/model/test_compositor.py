"""Compositing over many tiles: however layers lie on the tile grid, the picture is the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.model import edits
from studio.model.blocks import Block, BlockCache
from studio.model.document import Document
from studio.model.geometry import Rect
from studio.model.nodes import Blend, Group, RasterLayer

SIDE = 600


def spot(rng):
    """A rectangle and a colour in it, noise around its edges so that tiles are of every kind."""
    rect = Rect(*map(int, (*rng.integers(-100, 500, 2), *rng.integers(20, 600, 2))))
    pixels = np.empty((rect.h, rect.w, 4), np.uint8)
    pixels[...] = rng.integers(0, 256, 4)
    pixels[..., 3] = rng.choice([255, 255, 90])
    pixels[:9] = rng.integers(0, 256, (min(9, rect.h), rect.w, 4))
    return rect, pixels


def layers(seed, shift=(0, 0)):
    """A document of layers in two groups; `shift` moves every tile grid and not the picture."""
    rng = np.random.default_rng(seed)
    doc = Document(SIDE, SIDE)
    group = Group("group")
    for number in range(6):
        layer = RasterLayer(str(number))
        layer.offset = shift
        for rect, pixels in (spot(rng) for _ in range(2)):
            layer.write(rect, pixels)
        if rng.random() < 0.3:
            layer.mask = layer.new_mask()
            rect, pixels = spot(rng)
            layer.mask.write(rect.translated(-shift[0], -shift[1]), pixels[..., 0])
        layer.opacity = float(rng.choice([1.0, 1.0, 0.5]))
        layer.clip = rng.random() < 0.2
        layer.blend = Blend.MULTIPLY if rng.random() < 0.2 else Blend.NORMAL
        (group if number in (2, 3) else doc.root).append(layer)
        if number == 3:
            doc.root.append(group)
    return doc


def seen(pixels):
    return np.where(pixels[..., 3:] > 0, pixels, 0)


@settings(max_examples=5)
@given(st.integers(0, 2**32 - 1), st.tuples(st.integers(-300, 300), st.integers(-300, 300)))
def test_the_tile_grid_of_a_layer_does_not_show(seed, shift):
    plain, shifted = layers(seed), layers(seed, shift)
    assert np.array_equal(seen(plain.composite(plain.canvas)), seen(shifted.composite(shifted.canvas)))


@settings(max_examples=12)
@given(st.integers(0, 2**32 - 1), st.integers(0, 6), *[st.integers(0, 599)] * 4)
def test_any_rectangle_is_part_of_the_whole(seed, active, x, y, w, h):
    doc = layers(seed)
    whole = seen(doc.composite(doc.canvas))
    doc.active = list(doc.walk())[active]
    rect = Rect(x, y, w + 1, h + 1).intersect(doc.canvas)
    assert np.array_equal(seen(doc.composite(rect)), whole[rect.slices(doc.canvas)])


def test_hidden_and_empty_layers_cost_no_work_and_change_nothing():
    doc = layers(5)
    before = doc.composite(doc.canvas)
    edits.add_layer(doc)
    edits.add_layer(doc, "group")
    hidden = edits.add_layer(doc)
    edits.fill(doc, hidden, (1, 2, 3, 255))
    edits.set_visible(doc, hidden, False)
    assert np.array_equal(doc.composite(doc.canvas), before)


def test_compositing_writes_to_no_layer():
    doc = layers(6)
    for layer in (node for node in doc.walk() if isinstance(node, RasterLayer)):
        for tile in layer.pixels.snapshot().tiles.values():
            assert not tile.data.flags.writeable
    doc.composite(doc.canvas)


def test_compositing_again_gives_the_same_whatever_is_active():
    doc = layers(8)
    first = doc.composite(doc.canvas)
    for node in doc.walk():
        doc.active = node
        for _ in range(2):
            assert np.array_equal(seen(doc.composite(doc.canvas)), seen(first))


def test_a_drag_through_the_stack_keeps_the_cache_true():
    doc = layers(7)
    for node in doc.walk():
        doc.active = node
        doc.composite(doc.canvas)
    moved = next(node for node in doc.walk() if isinstance(node, RasterLayer))
    for step in range(3):
        moved.offset = moved.offset[0] + 50, moved.offset[1] + step
        fresh = Document(SIDE, SIDE)
        fresh.root = doc.root
        assert np.array_equal(seen(doc.composite(doc.canvas)), seen(fresh.composite(fresh.canvas)))


@pytest.fixture
def block():
    return Block(Rect(0, 0, 8, 8), np.zeros((8, 8, 4), np.uint8), opaque=False, owned=True)


def test_the_cache_answers_only_for_the_same_signature(block):
    cache = BlockCache(10_000)
    kept = cache.put("a", 1, block)
    cache.put("b", 1, None)
    assert np.array_equal(kept.pixels, block.pixels)
    assert cache.get("a", 1)[0].pixels is kept.pixels
    assert cache.get("b", 1) == (None,)
    assert cache.get("a", 2) is None
    assert cache.get("c", 1) is None


def test_the_cache_keeps_its_own_copy_of_work_in_progress(block):
    cache = BlockCache(10_000)
    cache.put("a", 1, block)
    block.pixels[...] = 9
    kept = cache.get("a", 1)[0]
    assert not kept.pixels.any()
    assert not kept.owned
    again = cache.put("a", 2, block)
    assert again.pixels is kept.pixels
    assert (again.pixels == 9).all()


def test_the_cache_forgets_what_was_not_used_for_longest(block):
    cache = BlockCache(3 * block.pixels.nbytes)
    for place in "abc":
        cache.put(place, 1, block)
    cache.get("a", 1)
    cache.put("d", 1, block)
    assert cache.get("b", 1) is None
    assert all(cache.get(place, 1) for place in "acd")
