from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.model import edits
from studio.model.brush import Path, Touch, dab
from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.paint import Brush, Stroke

SIDE = 300
PLAIN = Brush(size=20, hardness=1, pressure_size=False, color=(255, 0, 0, 255))


def document(depth="8", kind="raster"):
    doc = Document(SIDE, SIDE, depth)
    return doc, edits.add_layer(doc, kind)


def draw(doc, layer, brush, *points, on_mask=False):
    stroke = Stroke(doc, layer, brush, on_mask)
    for point in points:
        stroke.to(*point)
    stroke.end()


def pixels(doc, layer):
    return layer.read(doc.canvas)


@pytest.mark.parametrize("depth", ["8", "16"])
def test_a_dab_is_a_disc(depth):
    doc, layer = document(depth)
    draw(doc, layer, PLAIN, (150, 150))
    alpha = pixels(doc, layer)[..., 3] / doc.white
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5
    far = np.hypot(x - 150, y - 150)
    assert (alpha[far <= 9.4] == 1).all()
    assert not alpha[far >= 10.6].any()
    assert abs(alpha.sum() / (np.pi * 100) - 1) < 0.01


def test_softness_falls_off_evenly():
    doc, layer = document()
    draw(doc, layer, Brush(size=100, hardness=0.2, pressure_size=False), (150, 150))
    row = pixels(doc, layer)[150, 150:210, 3].astype(int)
    assert (row[:10] == 255).all()
    assert (np.diff(row) <= 0).all()
    assert 90 < row[30] < 165
    assert row[50] == 0


def test_thin_brushes_grow_fainter():
    doc, layer = document()
    draw(doc, layer, Brush(size=0.5, hardness=1, pressure_size=False), (150.5, 150.5))
    assert 0 < pixels(doc, layer)[..., 3].sum() < 255


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.floats(20, 280), st.floats(20, 280), st.floats(0.2, 1)), min_size=2, max_size=4),
    st.lists(st.floats(0.02, 0.98), max_size=5),
    st.booleans(),
    st.sampled_from([0.3, 1.0]),
)
def test_how_the_path_is_cut_does_not_matter(points, cuts, by_size, flow):
    brush = Brush(size=30, hardness=0.5, flow=flow, opacity=0.8, pressure_size=by_size, pressure_opacity=True)
    (doc, whole), (_, pieces) = document(), document()
    draw(doc, whole, brush, *points)
    finer = [points[0]]
    for start, end in pairwise(points):
        finer += [tuple(np.array(start) + (np.array(end) - start) * cut) for cut in sorted(cuts)]
        finer.append(end)
    draw(_, pieces, brush, *finer)
    first, second = pixels(doc, whole).astype(int), pixels(doc, pieces).astype(int)
    assert np.abs(first - second)[..., 3].max() <= 1


@given(st.lists(st.floats(1, 40), min_size=1, max_size=6), st.sampled_from([0.05, 0.25, 1.5]))
def test_dabs_lie_at_even_arc_length(lengths, spacing):
    brush = Brush(size=20, spacing=spacing, pressure_size=False)
    path, at, dabs = Path(brush), 0.0, []
    dabs += path.to(0, 7, 1)
    for length in lengths:
        at += length
        dabs += path.to(at, 7, 1)
    step = max(20 * spacing, 0.5)
    assert len(dabs) == int((at + 1e-6) / step) + 1
    assert np.allclose([touch.x for touch in dabs], np.arange(len(dabs)) * step)


def test_opacity_limits_the_whole_stroke():
    doc, layer = document()
    there_and_back = [(x, 150) for x in (50, 250, 50, 250)]
    draw(doc, layer, Brush(size=30, opacity=0.5, pressure_size=False), *there_and_back)
    assert pixels(doc, layer)[..., 3].max() == 128
    draw(doc, layer, Brush(size=30, opacity=0.5, pressure_size=False), *there_and_back)
    assert pixels(doc, layer)[..., 3].max() == 192


def test_flow_builds_up_towards_the_opacity():
    brush = Brush(size=30, flow=0.1, opacity=0.5, spacing=0.1, pressure_size=False)
    (doc, one), (_, many) = document(), document()
    draw(doc, one, brush, (150, 150))
    draw(_, many, brush, *[(150 + dx, 150) for dx in (0, 3, 0, 3, 0, 3, 0, 3, 0)])
    first, last = (int(pixels(doc, layer)[150, 150, 3]) for layer in (one, many))
    assert first == 13
    assert 2 * first < last <= 128


def test_pressure_scales_size_and_opacity():
    doc, layer = document()
    draw(doc, layer, Brush(size=40, hardness=1, pressure_opacity=True), (150, 150, 0.5))
    assert abs(pixels(doc, layer)[150, :, 3].astype(bool).sum() - 20) <= 2
    assert pixels(doc, layer)[..., 3].max() == 128
    nothing = Stroke(doc, layer, Brush(size=40, pressure_opacity=True)).to(20, 20, 0)
    assert nothing.is_empty


def test_the_eraser_takes_alpha_and_undo_gives_it_back():
    doc, layer = document()
    edits.fill(doc, layer, (9, 8, 7, 255))
    before = pixels(doc, layer)
    draw(doc, layer, Brush(size=30, hardness=1, erase=True, pressure_size=False), (100, 100))
    assert pixels(doc, layer)[100, 100].tolist() == [9, 8, 7, 0]
    doc.history.undo()
    assert np.array_equal(pixels(doc, layer), before)


def test_erasing_everything_in_a_tile_frees_it():
    doc, layer = document()
    draw(doc, layer, Brush(size=10, color=(0, 0, 0, 255)), (20, 20))
    edits.select_rect(doc, 0, 0, 50, 50)
    edits.clear(doc, layer)
    assert layer.bounds().is_empty


def test_the_selection_limits_painting():
    doc, layer = document()
    edits.select_rect(doc, 100, 0, 200, 300)
    draw(doc, layer, Brush(size=40, hardness=1, pressure_size=False), (100, 150))
    assert layer.bounds().x == 100
    steps = len(doc.history.entries)
    draw(doc, layer, Brush(size=40), (20, 150))
    assert len(doc.history.entries) == steps


def test_offset_layers_are_painted_where_the_pointer_is():
    doc, layer = document()
    edits.translate(doc, layer, 77, -31)
    draw(doc, layer, PLAIN, (150, 150))
    assert layer.bounds() == Rect(140, 140, 20, 20)


def test_painting_ends_at_the_canvas():
    doc, layer = document()
    draw(doc, layer, PLAIN, (-2, 150), (500, 150))
    assert doc.canvas.contains(layer.bounds())


@pytest.mark.parametrize("where", [(float("nan"), 5), (5, float("inf")), (1e30, 5), (5, 5, float("nan"))])
def test_positions_that_make_no_sense_are_ignored(where):
    doc, layer = document()
    stroke = Stroke(doc, layer, PLAIN)
    assert stroke.to(*where).is_empty
    stroke.end()
    assert len(doc.history.entries) == 1


def test_masks_take_the_brightness():
    doc, mask = document(kind="mask")
    draw(doc, mask, Brush(size=20, color=(255, 255, 255, 255)), (150, 150))
    assert pixels(doc, mask)[150, 150] == 255
    draw(doc, mask, Brush(size=20, erase=True), (150, 150))
    assert pixels(doc, mask)[150, 150] == 0


def test_a_layer_mask_is_painted_instead_of_the_layer():
    doc, layer = document()
    edits.fill(doc, layer, (255, 0, 0, 255))
    edits.add_layer_mask(doc, layer)
    draw(doc, layer, Brush(size=20, hardness=1, color=(0, 0, 0, 255)), (150, 150), on_mask=True)
    assert doc.composite(Rect(150, 150, 1, 1))[0, 0, 3] == 0
    assert doc.composite(Rect(50, 50, 1, 1))[0, 0, 3] == 255


def test_cancelling_takes_the_stroke_back():
    doc, layer = document()
    stroke = Stroke(doc, layer, PLAIN)
    stroke.to(150, 150)
    stroke.cancel()
    assert layer.bounds().is_empty
    assert len(doc.history.entries) == 1


def test_the_returned_rectangle_covers_all_changes():
    doc, layer = document()
    heard = []
    doc.changed.connect(lambda rect: heard.append(rect))
    stroke = Stroke(doc, layer, Brush(size=60, pressure_size=False))
    before = pixels(doc, layer)
    for point in ((250, 250), (20, 240), (280, 10)):
        dirty = stroke.to(*point)
        after = pixels(doc, layer)
        rows, columns = np.nonzero((after != before).any(-1))
        changed = Rect.from_edges(*map(int, (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)))
        assert dirty.contains(changed)
        assert Rect.union_of(heard) == dirty
        heard.clear()
        before = after
    stroke.end()


def test_a_result_that_arrives_during_a_stroke_is_announced():
    doc, layer = document()
    stroke = Stroke(doc, layer, PLAIN)
    stroke.to(20, 20)
    heard = []
    doc.changed.connect(lambda rect: heard.append(rect))
    other = edits.add_layer(doc)
    edits.fill(doc, other, (1, 2, 3, 255))
    assert doc.canvas in heard
    stroke.end()
    assert [entry.title for entry in doc.history.entries] == ["Add layer", "Brush stroke"]


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (lambda doc, layer: edits.set_locked(doc, layer, True), "locked"),
        (lambda doc, layer: edits.set_visible(doc, layer, False), "hidden"),
        (lambda doc, layer: edits.set_locked(doc, edits.group_nodes(doc, [layer]), True), "locked"),
    ],
)
def test_layers_that_cannot_be_painted_say_why(prepare, message):
    doc, layer = document()
    prepare(doc, layer)
    before = doc.capture()
    with pytest.raises(UserError, match=message):
        Stroke(doc, layer, PLAIN)
    assert doc.capture() == before


def test_groups_nothing_and_missing_masks_cannot_be_painted():
    doc, layer = document()
    with pytest.raises(UserError, match="No layer"):
        Stroke(doc, None, PLAIN)
    with pytest.raises(UserError, match="no layer mask"):
        Stroke(doc, layer, PLAIN, on_mask=True)
    with pytest.raises(UserError, match="is a group"):
        Stroke(doc, edits.group_nodes(doc, [layer]), PLAIN)


@pytest.mark.parametrize(
    "wrong",
    [{"size": 0}, {"size": float("nan")}, {"opacity": 1.1}, {"flow": -1}, {"spacing": 0}, {"hardness": 2}],
)
def test_impossible_brushes_are_refused(wrong):
    with pytest.raises(UserError):
        Brush(**wrong)


def test_dabs_are_cut_at_their_area():
    rect, mask = dab(PLAIN, Touch(0, 0, 1), Rect(0, 0, 50, 50))
    assert rect == Rect(0, 0, 11, 11)
    assert mask.shape == (11, 11)
    assert dab(PLAIN, Touch(-90, 0, 1), Rect(0, 0, 50, 50))[0].is_empty
