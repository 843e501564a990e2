import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model import edits
from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.outline import MAX_CORNERS, outline
from studio.model.shapes import ellipse, grown, polygon, rectangle

WHITE = (255, 255, 255, 255)


@pytest.fixture
def doc():
    return Document(300, 280)


def coverage(doc):
    return doc.selection.read(doc.canvas)


def box(left, top, right, bottom):
    mask = np.zeros((280, 300), np.uint8)
    mask[top:bottom, left:right] = 255
    return mask


def test_nothing_selected_means_everything_may_change(doc):
    assert doc.selection.is_empty
    assert doc.selection.bounds.is_empty
    assert (doc.selection.read(Rect(-5, -5, 4, 4)) == 255).all()
    assert doc.selection.outline() == []


def test_modes_join_with_what_is_selected(doc):
    first, second = box(10, 10, 60, 60), box(40, 40, 90, 90)
    wanted = {
        "replace": second,
        "add": first | second,
        "subtract": first & ~second,
        "intersect": first & second,
    }
    for mode, mask in wanted.items():
        edits.select_rect(doc, 10, 10, 50, 50)
        edits.select_rect(doc, 40, 40, 50, 50, mode)
        assert np.array_equal(coverage(doc), mask)


def test_subtracting_from_no_selection_leaves_all_the_rest(doc):
    edits.select_rect(doc, 10, 10, 50, 50, "subtract")
    assert np.array_equal(coverage(doc), ~box(10, 10, 60, 60))


def test_subtracting_everything_deselects(doc):
    edits.select_rect(doc, 10, 10, 50, 50)
    edits.select_rect(doc, 0, 0, 100, 100, "subtract")
    assert doc.selection.is_empty


def test_selections_are_undone(doc):
    edits.select_rect(doc, 10, 10, 50, 50)
    edits.select_none(doc)
    doc.history.undo()
    assert doc.selection.bounds == Rect(10, 10, 50, 50)
    doc.history.undo()
    assert doc.selection.is_empty


def test_negative_sizes_and_fractions_are_understood(doc):
    edits.select_rect(doc, 50.5, 50, -10, -10)
    assert doc.selection.bounds == Rect(40, 40, 11, 10)
    assert coverage(doc)[45, [40, 41, 50]].tolist() == [128, 255, 128]


def test_shapes_end_at_the_canvas(doc):
    edits.select_ellipse(doc, -100, -100, 1e6, 1e6)
    assert doc.canvas.contains(doc.selection.bounds)
    edits.select_lasso(doc, [(-50, -50), (1e6, -50), (-50, 1e6)])
    assert (coverage(doc)[:200, :200] == 255).all()


def test_areas_of_shapes_are_right():
    area = Rect(0, 0, 400, 400)
    _, mask = ellipse(20.3, 30.7, 220.3, 130.7, area)
    assert abs(mask.sum() / 255 / (np.pi * 100 * 50) - 1) < 0.002
    _, mask = polygon([(10, 10), (310.5, 60), (90, 310)], area)
    assert abs(mask.sum() / 255 / 43075 - 1) < 0.01
    _, mask = rectangle(1.25, 2.5, 11.75, 7.0, area)
    assert abs(mask.sum() / 255 / (10.5 * 4.5) - 1) < 0.01


def test_polygons_higher_than_a_band_have_no_seams():
    _, mask = polygon([(0, 0), (40, 0), (40, 700), (0, 700)], Rect(0, 0, 60, 700))
    assert (mask[1:-1, 1:39] == 255).all()


def test_a_lasso_that_crosses_itself_cancels_out(doc):
    square = [(0, 0), (100, 0), (100, 100), (0, 100)]
    edits.select_lasso(doc, [*square, (0, 0), *square])
    assert doc.selection.is_empty or coverage(doc)[50, 50] == 0


def test_too_few_points_enclose_nothing(doc):
    edits.select_lasso(doc, [(0, 0), (9, 9)])
    assert doc.selection.is_empty


def test_the_wand_takes_what_hangs_together(doc):
    layer = edits.add_layer(doc)
    edits.fill(doc, layer, WHITE)
    layer.pixels.write(Rect(100, 0, 4, 280), (0, 0, 0, 255))
    layer.pixels.write(Rect(104, 50, 4, 4), (250, 255, 255, 255))
    edits.select_wand(doc, 200, 5, tolerance=5)
    assert np.array_equal(coverage(doc), box(104, 0, 300, 280))
    edits.select_wand(doc, 200, 5, tolerance=4)
    assert np.array_equal(coverage(doc), box(104, 0, 300, 280) & ~box(104, 50, 108, 54))
    edits.select_wand(doc, 200, 5, contiguous=False)
    assert np.array_equal(coverage(doc), ~box(100, 0, 104, 280))


def test_the_wand_looks_at_all_layers_or_the_active_one(doc):
    lower = edits.add_layer(doc)
    lower.pixels.write(Rect(0, 0, 50, 280), (9, 9, 9, 255))
    edits.add_layer(doc)
    edits.select_wand(doc, 10, 10)
    assert np.array_equal(coverage(doc), box(0, 0, 50, 280))
    edits.select_wand(doc, 10, 10, sample_merged=False)
    assert coverage(doc).all()


def test_all_clear_pixels_are_alike_to_the_wand(doc):
    layer = edits.add_layer(doc)
    layer.pixels.write(Rect(20, 20, 30, 30), (255, 0, 0, 0))
    edits.select_wand(doc, 5, 5, tolerance=0, sample_merged=False)
    assert coverage(doc).all()


def test_the_wand_needs_a_point_on_the_canvas(doc):
    with pytest.raises(UserError, match="outside the canvas"):
        edits.select_wand(doc, -1, 5)


def test_feathering_softens_the_edge_and_keeps_the_middle_line(doc):
    edits.select_rect(doc, 100, 0, 200, 280, feather=20)
    row = coverage(doc)[140].astype(int)
    assert (np.diff(row[:200]) >= 0).all()
    assert abs(row[99] + row[100] - 255) <= 4
    assert row[60] <= 1
    assert row[299] == 255
    soft = coverage(doc)
    edits.select_rect(doc, 100, 0, 200, 280)
    edits.feather(doc, 20)
    assert np.abs(coverage(doc).astype(int) - soft).max() <= 1


def test_growing_and_shrinking_move_the_edge(doc):
    edits.select_rect(doc, 100, 100, 50, 50)
    edits.grow(doc, 7)
    assert doc.selection.bounds == Rect(93, 93, 64, 64)
    assert coverage(doc)[93, 93] == 0
    edits.shrink(doc, 7)
    assert doc.selection.bounds == Rect(100, 100, 50, 50)
    edits.shrink(doc, 30)
    assert doc.selection.is_empty


def test_growing_shows_no_seams_between_blocks():
    mask = np.zeros((1100, 700), np.uint8)
    mask[500:560, 480:530] = 255
    shifted = np.roll(mask, (-300, -200), (0, 1))
    for radius in (9, -9):
        assert np.array_equal(np.roll(grown(mask, radius), (-300, -200), (0, 1)), grown(shifted, radius))


@given(st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_growing_reaches_a_radius(radius, seed):
    mask = np.zeros((40, 40), np.uint8)
    rng = np.random.default_rng(seed)
    spots = rng.integers(5, 35, (3, 2))
    mask[spots[:, 0], spots[:, 1]] = 255
    y, x = np.mgrid[:40, :40]
    far = np.min([np.hypot(y - row, x - column) for row, column in spots], axis=0)
    assert np.array_equal(grown(mask, radius) >= 128, far <= radius)


@pytest.mark.parametrize("edit", [edits.grow, edits.shrink, edits.feather])
def test_reshaping_needs_a_selection_and_a_possible_radius(doc, edit):
    with pytest.raises(UserError, match="Nothing is selected"):
        edit(doc, 3)
    edits.select_all(doc)
    with pytest.raises(UserError, match="not possible"):
        edit(doc, float("nan"))


def test_inverting_twice_gives_the_same(doc):
    edits.invert(doc)
    assert coverage(doc).all()
    edits.select_ellipse(doc, 10, 10, 100, 70)
    before = coverage(doc)
    edits.invert(doc)
    assert np.array_equal(coverage(doc), 255 - before)
    edits.invert(doc)
    assert np.array_equal(coverage(doc), before)


@pytest.mark.parametrize("depth", ["8", "16"])
def test_a_layers_alpha_becomes_the_selection(depth):
    doc = Document(300, 280, depth)
    layer = edits.add_layer(doc)
    layer.pixels.write(Rect(20, 20, 30, 30), [9, 9, 9, 128 if depth == "8" else 128 * 257])
    edits.selection_from_layer(doc, layer)
    assert np.array_equal(coverage(doc), box(20, 20, 50, 50) // 255 * 128)
    mask = edits.add_layer(doc, "mask")
    edits.fill(doc, mask, WHITE)
    edits.selection_from_layer(doc, mask, "intersect")
    assert np.array_equal(coverage(doc), box(20, 20, 50, 50) // 255 * 128)


def inside_of(loops, shape):
    """Even-odd test of all pixel centres against loops along pixel edges."""
    mask = np.zeros(shape, bool)
    for loop in loops:
        for (x0, y0), (x1, y1) in zip(loop, np.roll(loop, -1, axis=0), strict=True):
            if x0 == x1:
                top, bottom = sorted((int(y0), int(y1)))
                mask[top:bottom, int(x0) :] ^= True
    return mask


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_outlines_enclose_exactly_the_mask(width, height, seed):
    mask = np.random.default_rng(seed).random((height, width)) < 0.5
    loops = outline(mask)
    assert np.array_equal(inside_of(loops, mask.shape), mask)
    for loop in loops:
        steps = np.abs(np.roll(loop, -1, axis=0) - loop)
        assert ((steps > 0).sum(axis=1) == 1).all()


def test_outlines_lie_in_document_pixels(doc):
    edits.select_rect(doc, 100, 50, 30, 20)
    (loop,) = doc.selection.outline()
    assert {tuple(point) for point in loop} == {(100, 50), (130, 50), (130, 70), (100, 70)}
    edits.select_none(doc)
    assert doc.selection.outline() == []


def test_the_outline_of_noise_is_coarse_but_there():
    noise = np.random.default_rng(0).random((700, 700)) < 0.5
    assert 0 < sum(map(len, outline(noise))) <= MAX_CORNERS
