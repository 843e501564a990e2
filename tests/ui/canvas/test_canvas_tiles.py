"""Display tiles: what is redone, when, and that it is the document's pixels."""

import math
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from studio.model.geometry import Rect
from studio.model.tiles import TILE
from studio.ui.canvas.pixels import halve, scale, tint, to_8bit, to_display
from studio.ui.canvas.tilecache import TileCache, level_for, scaled

CANVAS = Rect(0, 0, 1000, 700)


class Source:
    """A picture to read from, which remembers what was read."""

    def __init__(self) -> None:
        noise = np.random.default_rng(7).integers(0, 256, (CANVAS.h, CANVAS.w, 4), dtype=np.uint8)
        self.pixels = to_display(noise)
        self.read: list[Rect] = []

    def __call__(self, rect: Rect) -> np.ndarray:
        self.read.append(rect)
        assert CANVAS.contains(rect), "nothing outside the canvas is asked for"
        return self.pixels[rect.slices(CANVAS)]

    def at_level(self, level: int) -> np.ndarray:
        out = self.pixels
        for _ in range(level):
            out = halve(out)
        return out


def shown(cache: TileCache, level: int, area: Rect = CANVAS) -> np.ndarray:
    """What the cache would paint, assembled."""
    room = scaled(CANVAS, level)
    out = np.zeros((room.h + TILE, room.w + TILE, 4), np.uint8)
    for rect, image, part in cache.visible(level, area):
        assert (part.w, part.h) == (TILE, TILE)
        x, y = rect.x >> level, rect.y >> level
        view = np.frombuffer(image.constBits(), np.uint8).reshape(TILE, TILE, 4)
        piece = out[y : y + TILE, x : x + TILE]
        piece[...] = view[: piece.shape[0], : piece.shape[1]]
    return out[: room.h, : room.w]


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def cache(source: Source) -> TileCache:
    return TileCache(source, CANVAS)


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_every_level_shows_the_picture(cache: TileCache, source: Source, level: int) -> None:
    cache.finish(level, CANVAS)
    assert np.array_equal(shown(cache, level), source.at_level(level))
    assert sum(rect.area for rect in source.read) == CANVAS.area


@pytest.mark.parametrize("level", [0, 2])
def test_only_what_has_changed_is_read_again(cache: TileCache, source: Source, level: int) -> None:
    cache.finish(level, CANVAS)
    source.read.clear()
    dirty = Rect(240, 250, 33, 20)
    source.pixels[dirty.slices(CANVAS)] = 99
    cache.invalidate(dirty)
    cache.finish(level, CANVAS)
    assert sum(rect.area for rect in source.read) == dirty.area
    assert np.array_equal(shown(cache, level), source.at_level(level))


def test_nothing_out_of_sight_is_made(cache: TileCache, source: Source) -> None:
    cache.finish(0, Rect(0, 0, 100, 100))
    assert Rect.union_of(source.read) == Rect(0, 0, TILE, TILE)
    assert cache.is_stale(0, CANVAS)
    assert not cache.is_stale(0, Rect(10, 10, 200, 200))


def test_work_goes_in_steps_nearest_first(cache: TileCache, source: Source) -> None:
    focus = (900.0, 600.0)
    turns = 0
    while cache.work(0, CANVAS, focus, deadline=perf_counter()):
        turns += 1
    assert turns >= 12, "at least one turn for each tile"
    assert source.read[0].contains_point(900, 520) or source.read[0].intersect(Rect(768, 512, 232, 188)).area
    assert np.array_equal(shown(cache, 0), source.pixels)


def test_a_coarser_tile_stands_in_until_the_fine_one_is_made(cache: TileCache) -> None:
    cache.finish(2, CANVAS)
    fine = TileCache(lambda rect: np.zeros((rect.h, rect.w, 4), np.uint8), CANVAS)
    assert not list(fine.visible(0, CANVAS)), "nothing to show yet"
    cache._tiles = type(cache._tiles)((key, tile) for key, tile in cache._tiles.items() if key[0] == 2)
    rect, _, part = next(cache.visible(0, Rect(300, 300, 10, 10)))
    assert rect == Rect(256, 256, 256, 256)
    assert part == Rect(64, 64, 64, 64)


def test_memory_is_bounded(source: Source) -> None:
    small = TileCache(source, Rect(0, 0, 1000, 700), limit_bytes=0)
    small.finish(0, CANVAS)
    small.finish(1, CANVAS)
    assert len(small._tiles) <= 64


def test_a_tile_keeps_its_old_content_until_it_is_redone(cache: TileCache, source: Source) -> None:
    cache.finish(0, CANVAS)
    old = source.pixels.copy()
    source.pixels = 255 - source.pixels
    cache.invalidate(CANVAS)
    assert np.array_equal(shown(cache, 0), old)


@given(st.floats(1 / 64, 64))
def test_the_level_is_never_coarser_than_the_screen(zoom: float) -> None:
    level = level_for(zoom)
    assert (1 << level) * zoom <= 1 + 1e-6 or level == 0
    assert (1 << level) * zoom > 0.5 - 1e-6


@given(arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(4))))
def test_display_pixels_are_premultiplied_in_words(rgba: np.ndarray) -> None:
    words = np.ascontiguousarray(to_display(rgba)).view(np.uint32)[..., 0].astype(np.int64)
    alpha = rgba[..., 3].astype(int)
    assert np.array_equal(words >> 24, alpha)
    for channel, shift in enumerate((16, 8, 0)):
        expected = np.floor(rgba[..., channel] * alpha / 255 + 0.5)
        assert np.abs((words >> shift & 255) - expected).max() <= 0


@given(arrays(np.uint16, st.integers(1, 300)))
def test_16_bits_are_rounded(values: np.ndarray) -> None:
    assert np.array_equal(to_8bit(values), np.floor(values / 257 + 0.5))


def test_floats_outside_their_range_are_clipped() -> None:
    assert to_8bit(np.array([-1, 0, 0.5, 2, np.nan], np.float32)).tolist() == [0, 0, 128, 255, 0]


@given(arrays(np.uint8, st.tuples(st.integers(1, 8), st.integers(1, 8), st.just(4))))
def test_halving_takes_the_mean_of_four(pixels: np.ndarray) -> None:
    height, width = pixels.shape[0] // 2 * 2, pixels.shape[1] // 2 * 2
    even = pixels[:height, :width]
    expected = (even.reshape(height // 2, 2, width // 2, 2, 4).astype(int).sum((1, 3)) + 2) >> 2
    assert np.array_equal(halve(pixels)[: height // 2, : width // 2], expected)
    assert halve(pixels).shape[:2] == (math.ceil(pixels.shape[0] / 2), math.ceil(pixels.shape[1] / 2))


def test_tint_and_fade() -> None:
    grey = to_display(np.full((1, 3, 4), (100, 100, 100, 255), np.uint8))
    cover = np.array([[0, 128, 255]], np.uint8)
    red = tint(grey, cover, (255, 0, 0), 1.0)
    assert np.array_equal(red[0, 0], grey[0, 0])
    assert np.array_equal(red[0, 2], to_display(np.full((1, 1, 4), (255, 0, 0, 255), np.uint8))[0, 0])
    faded = scale(grey, cover)
    assert faded[0, :, 3].tolist() == [0, 128, 255]
