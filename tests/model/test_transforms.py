import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model import edits, resample
from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.media import Image

DEPTHS = ["8", "16"]


def noise(depth="8", width=70, height=50, seed=0):
    """A document with one layer of random opaque pixels."""
    white = 255 if depth == "8" else 65535
    dtype = np.uint8 if depth == "8" else np.uint16
    pixels = np.random.default_rng(seed).integers(0, white + 1, (height, width, 4)).astype(dtype)
    pixels[..., 3] = white
    doc = Document.from_image(Image(pixels))
    return doc, doc.active, pixels


def smooth(depth="8", width=300, height=200):
    """A document with one layer of slow colour changes."""
    y, x = np.mgrid[:height, :width]
    unit = np.stack([x / width, y / height, 0.5 + 0 * x, 1 + 0 * x], -1)
    scale, dtype = (255, np.uint8) if depth == "8" else (65535, np.uint16)
    pixels = np.rint(unit * scale).astype(dtype)
    doc = Document.from_image(Image(pixels))
    return doc, doc.active, pixels


def turn(degrees, x, y):
    angle = np.deg2rad(degrees)
    spin = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    return shift(x, y) @ spin @ shift(-x, -y)


def shift(x, y):
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "bicubic"])
def test_whole_pixel_moves_are_exact(depth, interpolation):
    doc, layer, pixels = noise(depth)
    edits.transform(doc, layer, shift(5, 3), interpolation)
    assert np.array_equal(layer.read(Rect(5, 3, 70, 50)), pixels)
    assert layer.bounds() == Rect(5, 3, 70, 50)


@pytest.mark.parametrize("depth", DEPTHS)
def test_quarter_turns_are_exact(depth):
    doc, layer, pixels = noise(depth, 60, 60)
    edits.transform(doc, layer, turn(90, 30, 30), "nearest")
    assert np.array_equal(layer.read(doc.canvas), np.rot90(pixels, -1))


@pytest.mark.parametrize("depth", DEPTHS)
def test_scaling_follows_the_matrix(depth):
    doc, layer, _ = smooth(depth)
    edits.transform(doc, layer, np.diag([2, 1.5, 1]), "bilinear")
    assert layer.bounds().intersect(doc.canvas) == doc.canvas
    got = layer.read(Rect(0, 0, 300, 200))[40, [60, 120, 200], :2] / doc.white
    wanted = [[(x + 0.5) / 2 / 300 - 0.5 / 300, 40.5 / 1.5 / 200 - 0.5 / 200] for x in (60, 120, 200)]
    assert np.abs(got - wanted).max() < 0.004


@pytest.mark.parametrize("depth", DEPTHS)
def test_turning_forth_and_back_blurs_but_keeps_the_picture(depth):
    doc, layer, pixels = smooth(depth)
    for angle in (20, -20):
        edits.transform(doc, layer, turn(angle, 150, 100))
    inner = (slice(20, 180), slice(20, 280))
    assert np.abs(layer.read(doc.canvas)[inner] / doc.white - pixels[inner] / doc.white).max() < 0.02


def test_perspective_is_applied():
    doc, layer, _ = smooth()
    matrix = np.array([[1, 0, 0], [0, 1, 0], [0.002, 0, 1.0]])
    edits.transform(doc, layer, matrix, "bilinear")
    x, y = 120.5, 60.5
    source = np.linalg.inv(matrix) @ (x, y, 1)
    wanted = source[:2] / source[2] / (300, 200) - 0.5 / np.array([300, 200])
    assert np.abs(layer.read(Rect(120, 60, 1, 1))[0, 0, :2] / 255 - wanted).max() < 0.005


@pytest.mark.parametrize("depth", DEPTHS)
def test_shrinking_averages(depth):
    doc, layer, _ = noise(depth, 256, 256)
    edits.transform(doc, layer, np.diag([1 / 8, 1 / 8, 1]))
    got = layer.read(Rect(2, 2, 28, 28))[..., 0] / doc.white
    assert got.std() < 0.08
    assert abs(got.mean() - 0.5) < 0.02


def test_edges_come_out_antialiased_and_lend_no_colour():
    doc, layer, _ = smooth()
    edits.fill(doc, layer, (255, 255, 255, 255))
    edits.transform(doc, layer, np.diag([0.5, 0.5, 1]))
    edits.transform(doc, layer, turn(30, 80, 60))
    seen = layer.read(layer.bounds())
    assert ((seen[..., 3] > 40) & (seen[..., 3] < 215)).sum() > 100
    assert seen[seen[..., 3] > 20][:, :3].min() >= 253


@pytest.mark.parametrize("matrix", [np.zeros((3, 3)), np.eye(2), np.full((3, 3), np.nan), np.diag([1, 0, 1])])
def test_matrices_without_an_inverse_are_refused(matrix):
    doc, layer, _ = noise()
    before = doc.capture()
    with pytest.raises(UserError, match="nothing of the layer"):
        edits.transform(doc, layer, matrix)
    assert doc.capture() == before


def test_too_strong_a_perspective_is_refused():
    doc, layer, _ = noise()
    with pytest.raises(UserError, match="too strong"):
        edits.transform(doc, layer, [[1, 0, 0], [0, 1, 0], [-0.05, 0, 1]])


def test_what_flies_off_far_is_dropped():
    doc, layer, _ = noise()
    edits.transform(doc, layer, shift(1e7, 0))
    assert layer.bounds().is_empty


def test_only_what_is_selected_moves_and_the_selection_with_it():
    doc, layer, pixels = noise()
    edits.select_rect(doc, 10, 10, 20, 20)
    edits.translate(doc, layer, 30, 5)
    got = layer.read(doc.canvas)
    assert np.array_equal(got[15:35, 40:60], pixels[10:30, 10:30])
    assert not got[15:30, 15:30, 3].any()
    assert doc.selection.bounds == Rect(40, 15, 20, 20)
    rest = np.ones(got.shape[:2], bool)
    rest[10:30, 10:30] = rest[15:35, 40:60] = False
    assert np.array_equal(got[rest], pixels[rest])
    edits.transform(doc, layer, shift(-30, -5), "nearest")
    assert np.array_equal(layer.read(doc.canvas)[10:30, 10:30], pixels[10:30, 10:30])


def test_selected_parts_of_masks_move_too():
    doc = Document(60, 60)
    mask = edits.add_layer(doc, "mask")
    edits.select_rect(doc, 10, 10, 10, 10)
    edits.fill(doc, mask, (255, 255, 255, 255))
    edits.translate(doc, mask, 20, 20)
    assert mask.bounds() == Rect(30, 30, 10, 10)


def test_moving_a_layer_is_cheap_and_gathers():
    doc, layer, pixels = noise()
    tiles = dict(layer.pixels.tiles)
    for _ in range(4):
        edits.translate(doc, layer, 3, -2, merge="drag")
    assert layer.offset == (12, -8)
    assert layer.pixels.tiles == tiles
    assert len(doc.history.entries) == 1
    assert np.array_equal(layer.read(Rect(12, -8, 70, 50)), pixels)


def test_groups_move_with_all_their_layers():
    doc, layer, _ = noise()
    mask = edits.add_layer(doc, "mask")
    group = edits.group_nodes(doc, [layer, mask])
    edits.translate(doc, group, 4, 4)
    assert (layer.offset, mask.offset) == ((4, 4), (4, 4))


@pytest.mark.parametrize(("axis", "index"), [("horizontal", np.s_[:, ::-1]), ("vertical", np.s_[::-1])])
def test_flipping_mirrors_in_place(axis, index):
    doc, layer, pixels = noise()
    edits.flip(doc, layer, axis)
    assert np.array_equal(layer.read(doc.canvas), pixels[index])


def test_layer_masks_go_along():
    doc, layer, _ = noise()
    edits.add_layer_mask(doc, layer).write(Rect(0, 0, 10, 50), 0)
    before = doc.composite(doc.canvas)
    edits.flip(doc, layer)
    assert np.array_equal(doc.composite(doc.canvas), before[:, ::-1])
    edits.flip(doc, layer)
    edits.rotate_document(doc, 1)
    assert np.array_equal(doc.composite(doc.canvas), np.rot90(before, -1))
    edits.crop(doc, Rect(5, 5, 40, 60))
    assert np.array_equal(doc.composite(doc.canvas), np.rot90(before, -1)[5:65, 5:45])


@given(st.integers(-40, 90), st.integers(-40, 90), st.integers(1, 90), st.integers(1, 90))
def test_cropping_shows_the_part(x, y, w, h):
    doc, layer, _ = noise()
    edits.translate(doc, layer, 7, 9)
    before = doc.composite(doc.canvas)
    inside = Rect(x, y, w, h).intersect(doc.canvas)
    if inside.is_empty:
        with pytest.raises(UserError, match="outside the canvas"):
            edits.crop(doc, Rect(x, y, w, h))
        return
    edits.crop(doc, Rect(x, y, w, h))
    assert (doc.width, doc.height) == (inside.w, inside.h)
    assert np.array_equal(doc.composite(doc.canvas), before[inside.slices(Rect(0, 0, 70, 50))])
    assert doc.canvas.contains(layer.bounds())
    doc.history.undo()
    assert np.array_equal(doc.composite(doc.canvas), before)


def test_a_smaller_canvas_keeps_what_it_hides():
    doc, _, pixels = noise()
    edits.select_rect(doc, 10, 10, 5, 5)
    edits.resize_canvas(doc, 50, 30, anchor=(0, 1))
    assert np.array_equal(doc.composite(doc.canvas), pixels[20:, :50])
    assert doc.selection.is_empty
    edits.resize_canvas(doc, 70, 50, anchor=(0, 1))
    assert np.array_equal(doc.composite(doc.canvas), pixels)
    edits.resize_canvas(doc, 80, 60)
    assert doc.active.bounds() == Rect(5, 5, 70, 50)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("size", [(150, 100), (600, 333), (299, 201)])
def test_scaling_the_picture_keeps_it_opaque_and_alike(depth, size):
    doc, _, _ = smooth(depth)
    edits.scale_document(doc, *size)
    got = doc.composite(doc.canvas) / doc.white
    assert got.shape[:2] == size[::-1]
    assert (got[..., 3] == 1).all()
    y, x = (np.mgrid[: size[1], : size[0]] + 0.5) / np.array(size[::-1])[:, None, None]
    assert np.abs(got[..., 0] - (x - 0.5 / 300)).max() < 0.01
    assert np.abs(got[..., 1] - (y - 0.5 / 200)).max() < 0.01


def test_scaling_moves_content_in_proportion():
    doc = Document(200, 200)
    layer = edits.add_layer(doc)
    layer.pixels.write(Rect(40, 60, 80, 20), 255)
    edits.select_rect(doc, 40, 60, 80, 20)
    edits.scale_document(doc, 100, 50, "nearest")
    assert layer.bounds() == Rect(20, 15, 40, 5)
    assert doc.selection.bounds == Rect(20, 15, 40, 5)


def test_scaling_to_almost_nothing_works():
    doc, _, _ = smooth()
    edits.add_layer(doc).pixels.write(Rect(40, 60, 3, 3), 255)
    edits.scale_document(doc, 1, 1)
    assert doc.composite(doc.canvas).shape == (1, 1, 4)
    with pytest.raises(UserError, match="cannot be"):
        edits.scale_document(doc, 0, 5)
    assert doc.width == 1


@pytest.mark.parametrize("quarters", [-1, 0, 1, 2, 3, 5])
def test_turning_the_picture(quarters):
    doc, _, pixels = noise()
    edits.select_rect(doc, 0, 0, 10, 20)
    edits.rotate_document(doc, quarters)
    assert np.array_equal(doc.composite(doc.canvas), np.rot90(pixels, -quarters))
    chosen = np.zeros((50, 70), bool)
    chosen[:20, :10] = True
    assert np.array_equal(doc.selection.read(doc.canvas) > 0, np.rot90(chosen, -quarters))


def test_mirroring_the_picture():
    doc, layer, pixels = noise()
    edits.translate(doc, layer, 5, 0)
    edits.flip_document(doc)
    assert np.array_equal(layer.read(Rect(-5, 0, 70, 50)), pixels[:, ::-1])


def test_depth_goes_up_exactly_and_down_rounded():
    doc, layer, pixels = noise()
    edits.add_layer_mask(doc, layer).write(Rect(0, 0, 9, 9), 51)
    before = doc.composite(doc.canvas)
    edits.convert_depth(doc, "16")
    assert doc.composite(doc.canvas).dtype == np.uint16
    assert np.array_equal(layer.read(doc.canvas), pixels.astype(np.uint16) * 257)
    edits.convert_depth(doc, "8")
    assert np.array_equal(doc.composite(doc.canvas), before)
    doc.history.undo()
    assert doc.depth == "16"
    doc.history.go_to(0)
    assert np.array_equal(layer.read(doc.canvas), pixels)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("scale", [1.0, 0.3])
def test_a_large_layer_is_transformed_in_blocks_without_seams(monkeypatch, depth, scale):
    _, _, pixels = smooth(depth, 300, 220)
    pixels[60:90, 100:180, 3] = 0
    matrix = turn(33, 150, 110) @ np.diag([scale, scale, 1])
    rect, limit = Rect(7, -3, 300, 220), Rect(-400, -400, 1200, 1200)
    monkeypatch.setattr(resample, "_BLOCK", 10_000)
    where, whole = resample.warp(pixels, rect, matrix, limit, "bicubic")
    monkeypatch.setattr(resample, "_BLOCK", 48)
    assert resample.warp(pixels, rect, matrix, limit, "bicubic")[0] == where
    blocks = resample.warp(pixels, rect, matrix, limit, "bicubic")[1]
    assert np.abs(blocks.astype(int) - whole).max() <= (1 if depth == "8" else 2)


@pytest.mark.parametrize("size", [(500, 333), (97, 41)])
def test_resizing_in_bands_leaves_no_seams(monkeypatch, size):
    _, _, pixels = noise("8", 300, 220)
    box = (0.4, 1.3, 299.0, 218.7)
    monkeypatch.setattr(resample, "_BLOCK", 10_000)
    whole = resample.resized(pixels, *size, box, "lanczos")
    monkeypatch.setattr(resample, "_BLOCK", 16)
    assert np.abs(resample.resized(pixels, *size, box, "lanczos").astype(int) - whole).max() <= 1


def test_a_long_transform_can_be_given_up():
    class Enough(Exception):
        pass

    def watch(done):
        if done > 0:
            raise Enough

    pixels = np.full((1200, 1200, 4), 255, np.uint8)
    with pytest.raises(Enough):
        resample.warp(pixels, Rect(0, 0, 1200, 1200), turn(5, 0, 0), Rect(0, 0, 2000, 2000), "bicubic", watch)
