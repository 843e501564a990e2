import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.model.geometry import Rect
from studio.model.tiles import TILE, Kind, Tile, TiledImage, changed_keys, keys_in, split

FORMS = [(4, np.uint8, 0), (4, np.uint16, 0), (1, np.uint8, 255), (1, np.float32, 0)]
AREA = Rect(-300, -280, 900, 820)
places = st.builds(
    Rect, st.integers(-300, 500), st.integers(-280, 400), st.integers(0, 320), st.integers(0, 300)
)
inside = places.map(AREA.intersect)


@st.composite
def writes(draw, count=6):
    """Rectangles and the seed or number to write there."""
    return draw(st.lists(st.tuples(inside, st.integers(0, 3)), max_size=count))


def values(image, rect, seed):
    if seed == 0:
        return np.zeros(image.shape(rect.w, rect.h), image.dtype)
    return np.random.default_rng(seed).integers(0, 256, image.shape(rect.w, rect.h)).astype(image.dtype)


def apply(image, plain, jobs):
    for rect, seed in jobs:
        pixels = values(image, rect, seed)
        image.write(rect, pixels)
        plain[rect.slices(AREA)] = pixels


def plain_copy(image):
    return np.full(image.shape(AREA.w, AREA.h), image.default, image.dtype)


@given(writes(), inside, st.sampled_from(FORMS))
def test_reads_like_a_plain_array(jobs, rect, form):
    image = TiledImage(*form)
    plain = plain_copy(image)
    apply(image, plain, jobs)
    assert np.array_equal(image.read(AREA), plain)
    assert np.array_equal(image.read(rect), plain[rect.slices(AREA)])
    assert np.array_equal(image.peek(rect), plain[rect.slices(AREA)])


@settings(max_examples=25)
@given(writes(4), writes(4), writes(2))
def test_a_snapshot_never_changes_and_brings_its_content_back(before, after, later):
    image = TiledImage(4, np.uint8)
    plain = plain_copy(image)
    apply(image, plain, before)
    kept = plain.copy()
    snapshot = image.snapshot()
    apply(image, plain, after)
    assert np.array_equal(snapshot.read(AREA), kept)
    other = TiledImage.of(snapshot)
    apply(other, kept.copy(), later)
    assert np.array_equal(snapshot.read(AREA), kept)
    assert np.array_equal(image.read(AREA), plain)
    image.restore(snapshot)
    assert np.array_equal(image.read(AREA), kept)


@given(writes())
def test_bounds_are_those_of_the_alpha(jobs):
    image = TiledImage(4, np.uint8)
    plain = plain_copy(image)
    apply(image, plain, jobs)
    rows, columns = np.nonzero(plain[..., 3])
    if not rows.size:
        assert image.bounds().is_empty
        return
    edges = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    assert image.bounds() == Rect.from_edges(*map(int, edges)).translated(AREA.x, AREA.y)
    assert image.tile_bounds().contains(image.bounds())


@given(inside, inside, st.integers(0, 255))
def test_fill_equals_write(first, second, value):
    filled, written = TiledImage(4, np.uint8), TiledImage(4, np.uint8)
    for rect in (first, second):
        filled.fill(rect, (value, 1, 2, value))
        written.write(rect, (value, 1, 2, value))
    assert np.array_equal(filled.read(AREA), written.read(AREA))


def test_a_filled_area_costs_one_tile():
    image = TiledImage(4, np.uint8)
    image.fill(Rect(0, 0, 20 * TILE, 20 * TILE), (1, 2, 3, 255))
    assert image.nbytes == TILE * TILE * 4


def test_unchanged_images_give_the_same_snapshot():
    image = TiledImage(1, np.uint8)
    image.write(Rect(0, 0, 5, 5), 7)
    assert image.snapshot() is image.snapshot()


def test_only_written_tiles_differ_between_snapshots():
    image = TiledImage(1, np.uint8)
    image.write(Rect(0, 0, 3 * TILE, TILE), 7)
    before = image.snapshot()
    image.write(Rect(TILE + 3, 5, 2, 2), 9)
    assert changed_keys(before, image.snapshot()) == [(1, 0)]


def test_tiles_of_a_snapshot_refuse_writing():
    image = TiledImage(1, np.uint8)
    image.write(Rect(0, 0, 5, 5), 7)
    tile = image.snapshot().tiles[0, 0]
    with pytest.raises(ValueError, match="read-only"):
        tile.data[0, 0] = 1


def test_erased_tiles_are_dropped():
    image = TiledImage(4, np.uint8)
    image.write(Rect(3, 3, 5, 5), 7)
    image.write(Rect(3, 3, 5, 5), 0)
    image.prune()
    assert not image.tiles


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 4])
def test_kind_looks_at_the_last_channel_only(dtype, channels):
    image = TiledImage(channels, dtype)
    white = np.iinfo(dtype).max
    pixels = image.blank(TILE, TILE)
    last = pixels if channels == 1 else pixels[..., 3]
    pixels[...] = 5
    last[...] = 0
    assert Tile(pixels.copy()).kind is Kind.EMPTY
    last[3, 4] = 1
    assert Tile(pixels.copy()).kind is Kind.MIXED
    assert Tile(pixels.copy()).box == Rect(4, 3, 1, 1)
    last[...] = white
    assert Tile(pixels.copy()).kind is Kind.OPAQUE
    last[200, 9] = white - 1
    assert Tile(pixels.copy()).kind is Kind.MIXED


def test_a_written_tile_forgets_what_it_was():
    image = TiledImage(1, np.uint8)
    image.write(Rect(0, 0, TILE, TILE), 255)
    tile = image.tiles[0, 0]
    stamp, kind = tile.stamp, tile.kind
    image.write(Rect(0, 0, 1, 1), 4)
    assert (kind, image.tiles[0, 0].kind) == (Kind.OPAQUE, Kind.MIXED)
    assert image.tiles[0, 0].stamp > stamp


@given(places)
def test_split_covers_each_pixel_once(rect):
    parts = list(split(rect))
    assert sum(part.area for _, part in parts) == rect.area
    assert [key for key, _ in parts] == list(keys_in(rect))
    assert all(rect.contains(part) and (part.x // TILE, part.y // TILE) == key for key, part in parts)
