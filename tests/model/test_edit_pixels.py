import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model import edits
from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.ink import erase, lay
from studio.model.sampling import pick_color

RED, BLUE = (255, 0, 0, 255), (0, 0, 255, 255)


def blank(depth="8", kind="raster", side=300):
    doc = Document(side, side, depth)
    return doc, edits.add_layer(doc, kind)


@pytest.mark.parametrize("depth", ["8", "16"])
def test_fill_covers_the_canvas_and_no_more(depth):
    doc, layer = blank(depth)
    edits.fill(doc, layer, (255, 128, 0, 255))
    assert layer.bounds() == doc.canvas
    scale = 1 if depth == "8" else 257
    assert (doc.composite(doc.canvas) == np.array([255, 128, 0, 255]) * scale).all()


def test_a_clear_colour_is_laid_over():
    doc, layer = blank()
    edits.fill(doc, layer, RED)
    edits.fill(doc, layer, (0, 0, 255, 51))
    assert (layer.read(doc.canvas) == (204, 0, 51, 255)).all()


def test_a_mask_is_filled_with_the_brightness():
    doc, mask = blank(kind="mask")
    edits.fill(doc, mask, (0, 255, 0, 255))
    assert (mask.read(doc.canvas) == round(255 * 0.7152)).all()


def test_fill_stays_inside_the_selection():
    doc, layer = blank()
    edits.select_rect(doc, 10, 20, 30, 40)
    edits.fill(doc, layer, RED)
    assert layer.bounds() == Rect(10, 20, 30, 40)


def test_fill_weighs_by_a_soft_selection():
    doc, layer = blank()
    edits.fill(doc, layer, (0, 0, 0, 255))
    edits.select_mask(doc, Rect(0, 0, 2, 1), np.array([[51, 255]], np.uint8))
    edits.fill(doc, layer, (255, 255, 255, 255))
    assert layer.read(Rect(0, 0, 3, 1))[0, :, 0].tolist() == [51, 255, 0]


def test_a_flood_stops_at_other_colours():
    doc, layer = blank()
    edits.fill(doc, layer, (200, 200, 200, 255))
    layer.pixels.write(Rect(100, 0, 5, 300), (0, 0, 0, 255))
    layer.pixels.write(Rect(20, 20, 5, 5), (190, 200, 200, 255))
    edits.fill(doc, layer, RED, contiguous_at=(3, 3), tolerance=9)
    flooded = (layer.read(doc.canvas)[..., :3] == RED[:3]).all(-1)
    wanted = np.zeros((300, 300), bool)
    wanted[:, :100] = True
    wanted[20:25, 20:25] = False
    assert np.array_equal(flooded, wanted)
    edits.fill(doc, layer, BLUE, contiguous_at=(299, 3), tolerance=255)
    assert (layer.read(doc.canvas) == BLUE).all()


def test_a_flood_can_look_at_all_layers():
    doc, lower = blank()
    edits.fill(doc, lower, RED)
    lower.pixels.write(Rect(100, 0, 5, 300), BLUE)
    upper = edits.add_layer(doc)
    edits.fill(doc, upper, (0, 255, 0, 255), contiguous_at=(3, 3), merged=True)
    assert upper.bounds() == Rect(0, 0, 100, 300)


def test_a_flood_from_outside_is_refused():
    doc, layer = blank()
    with pytest.raises(UserError, match="outside the canvas"):
        edits.fill(doc, layer, RED, contiguous_at=(300, 3))


def test_a_linear_gradient_runs_from_point_to_point():
    doc, layer = blank()
    edits.gradient(doc, layer, (50, 0), (150, 0), [(1, (255, 255, 255, 255)), (0, (0, 0, 0, 255))])
    row = layer.read(Rect(0, 7, 300, 1))[0, :, 0].astype(int)
    assert (row[:50] == 0).all()
    assert (row[150:] == 255).all()
    wanted = (np.arange(50, 150) + 0.5 - 50) / 100 * 255
    assert np.abs(row[50:150] - wanted).max() <= 1


def test_a_radial_gradient_depends_on_the_distance():
    doc, layer = blank()
    edits.gradient(doc, layer, (150, 150), (250, 150), [(0, RED), (0.5, BLUE), (1, RED)], kind="radial")
    y, x = np.mgrid[:300, :300] + 0.5
    far = np.clip(np.hypot(x - 150, y - 150) / 100, 0, 1)
    wanted = 255 * (1 - np.abs(1 - 2 * far))
    assert np.abs(layer.read(doc.canvas)[..., 2] - wanted).max() <= 1.2


def test_a_gradient_into_nothing_lends_no_colour():
    doc, layer = blank()
    edits.gradient(doc, layer, (0, 0), (300, 0), [(0, RED), (1, (0, 0, 0, 0))])
    seen = layer.read(doc.canvas)
    assert (seen[seen[..., 3] > 0][:, 0] == 255).all()


def test_a_gradient_needs_two_stops():
    doc, layer = blank()
    with pytest.raises(UserError, match="two colours"):
        edits.gradient(doc, layer, (0, 0), (9, 9), [(0, RED)])


def test_clearing_leaves_what_is_not_selected():
    doc, layer = blank()
    edits.fill(doc, layer, RED)
    edits.select_rect(doc, 100, 100, 50, 50)
    edits.clear(doc, layer)
    alpha = layer.read(doc.canvas)[..., 3]
    assert alpha.sum() == 255 * (300 * 300 - 50 * 50)
    assert not alpha[100:150, 100:150].any()
    edits.select_none(doc)
    edits.clear(doc, layer)
    assert not layer.pixels.tiles


def test_groups_have_no_pixels_to_edit():
    doc, group = blank(kind="group")
    for attempt in (lambda: edits.fill(doc, group, RED), lambda: edits.clear(doc, group)):
        with pytest.raises(UserError, match="is a group"):
            attempt()


@given(st.integers(0, 2**32 - 1), st.sampled_from([np.uint8, np.uint16]))
def test_laying_colour_is_source_over(seed, dtype):
    rng = np.random.default_rng(seed)
    white = np.iinfo(dtype).max
    base = rng.integers(0, white + 1, (4, 5, 4)).astype(dtype)
    base[rng.random((4, 5)) < 0.3, 3] = rng.choice([0, white])
    coverage = rng.choice([0.0, 1.0, rng.random()], (4, 5)).astype(np.float32)
    color = rng.random(4)
    below, weight = base / white, (coverage * color[3])[..., None]
    alpha = weight + below[..., 3:] * (1 - weight)
    weighted = color[:3] * weight + below[..., :3] * below[..., 3:] * (1 - weight)
    got = lay(base, color.tolist(), coverage) / white
    assert np.abs(got[..., 3:] - alpha).max() <= 0.51 / white
    assert np.abs(got[..., :3] * alpha - weighted).max() <= 0.52 / white


def test_erasing_takes_alpha_and_keeps_the_colour():
    base = np.full((1, 3, 4), 200, np.uint8)
    got = erase(base, np.array([[0, 0.5, 1]], np.float32))
    assert got[0, :, 3].tolist() == [200, 100, 0]
    assert (got[..., :3] == 200).all()


def test_picking_reads_the_composite_the_layer_or_a_mean():
    doc, layer = blank()
    edits.fill(doc, layer, RED)
    top = edits.add_layer(doc)
    edits.select_rect(doc, 0, 0, 10, 300)
    edits.fill(doc, top, BLUE)
    assert pick_color(doc, 5.9, 5) == BLUE
    assert pick_color(doc, 10.1, 5) == RED
    assert pick_color(doc, 10.1, 5, merged=False)[3] == 0
    assert pick_color(doc, 10, 5, radius=1) == (170, 0, 85, 255)
    assert pick_color(doc, 10, 5, merged=False, radius=1) == (0, 0, 255, 85)
    assert pick_color(doc, -1, 5) == (0, 0, 0, 0)


def test_picking_from_a_mask_gives_grey():
    doc, mask = blank("16", "mask")
    edits.fill(doc, mask, (255, 255, 255, 128))
    assert pick_color(doc, 5, 5, merged=False) == (128, 128, 128, 255)
