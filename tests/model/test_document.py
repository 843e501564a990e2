import numpy as np
import pytest

from studio.model import edits
from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.media import Image
from studio.model.nodes import Group, MaskLayer, RasterLayer
from studio.model.paint import Brush, Stroke


def heard(doc):
    """What the document tells its listeners, as it happens."""
    log = []
    doc.changed.connect(lambda rect: log.append(rect))
    for name in ("structure", "active_changed", "selection_changed", "size_changed"):
        getattr(doc, name).connect(lambda name=name: log.append(name))
    return log


@pytest.mark.parametrize("size", [(0, 5), (5, -1), (70_000, 5), (60_000, 60_000)])
def test_impossible_sizes_are_refused(size):
    with pytest.raises(UserError, match="cannot be"):
        Document(*size)


@pytest.mark.parametrize(("dtype", "depth"), [(np.uint8, "8"), (np.uint16, "16"), (np.float32, "16")])
def test_a_picture_becomes_a_document_of_its_depth(dtype, depth):
    pixels = (np.arange(48).reshape(4, 4, 3) * (1 if dtype != np.float32 else 1 / 48)).astype(dtype)
    image = Image(pixels, icc=b"profile", meta={"Title": "x"})
    doc = Document.from_image(image, "picture")
    assert (doc.width, doc.height, doc.depth, doc.icc, doc.meta) == (4, 4, depth, b"profile", {"Title": "x"})
    flat = doc.flatten()
    assert np.array_equal(flat.pixels, image.array("uint8" if depth == "8" else "uint16", 4))
    assert (flat.icc, dict(flat.meta)) == (image.icc, dict(image.meta))
    assert not doc.modified


def test_nodes_are_found_bottom_to_top():
    doc = Document(10, 10)
    a = edits.add_layer(doc, name="a")
    group = edits.add_layer(doc, "group", name="group")
    b = edits.add_layer(doc, name="b")
    edits.move_node(doc, b, group, 0)
    assert [node.name for node in doc.walk()] == ["a", "b", "group"]
    assert doc.find(b.id) is b
    assert doc.find(-1) is None
    assert (a.index, b.index, group.index) == (0, 0, 1)


def test_only_own_nodes_can_be_active():
    doc = Document(10, 10)
    with pytest.raises(ValueError, match="not in this document"):
        doc.active = RasterLayer("stranger")


def test_listeners_hear_what_changed_and_nothing_else():
    doc = Document(600, 600)
    layer = edits.add_layer(doc)
    log = heard(doc)
    edits.fill(doc, layer, (1, 2, 3, 255))
    assert log == [doc.canvas]
    log.clear()
    edits.rename(doc, layer, "other")
    assert log == ["structure"]
    log.clear()
    edits.set_opacity(doc, layer, 0.5)
    assert log == ["structure", doc.canvas]
    log.clear()
    edits.select_rect(doc, 5, 5, 5, 5)
    assert log == ["selection_changed"]
    log.clear()
    edits.fill(doc, layer, (9, 9, 9, 255))
    assert log == [Rect(0, 0, 256, 256)]
    log.clear()
    edits.crop(doc, Rect(0, 0, 300, 300))
    assert log == ["size_changed", "selection_changed", doc.canvas]
    log.clear()
    doc.history.go_to(1)
    assert {"size_changed", "structure", "selection_changed", doc.canvas} <= set(log)


def test_a_stroke_announces_its_pixels_once():
    doc = Document(600, 600)
    layer = edits.add_layer(doc)
    log = heard(doc)
    stroke = Stroke(doc, layer, Brush(size=20))
    dirty = stroke.to(300, 300)
    stroke.end()
    assert log == [dirty]


def test_releasing_a_base_announces_what_was_clipped_to_it():
    doc = Document(600, 600)
    base = edits.add_layer(doc)
    top = edits.add_layer(doc)
    base.pixels.fill(Rect(0, 0, 10, 10), (9, 9, 9, 255))
    top.pixels.fill(Rect(512, 512, 20, 20), (9, 9, 9, 255))
    edits.set_clip(doc, top, True)
    assert not doc.composite(Rect(512, 512, 5, 5)).any()
    log = heard(doc)
    edits.remove(doc, base)
    assert any(isinstance(rect, Rect) and rect.contains(Rect(512, 512, 20, 20)) for rect in log)
    assert doc.composite(Rect(512, 512, 5, 5)).any()


def test_outside_the_canvas_is_clear():
    doc = Document(20, 20)
    edits.fill(doc, edits.add_layer(doc), (1, 2, 3, 255))
    doc.active.pixels.write(Rect(-50, -50, 200, 200), 255)
    got = doc.composite(Rect(-5, -5, 30, 30))
    assert (got[5:25, 5:25] == 255).all()
    assert got[..., 3].sum() == 255 * 400


def test_a_given_array_takes_the_composite():
    doc = Document(300, 20)
    edits.fill(doc, edits.add_layer(doc), (1, 2, 3, 255))
    out = np.full((20, 300, 4), 77, np.uint8)
    assert doc.composite(doc.canvas, out) is out
    assert (out == (1, 2, 3, 255)).all()
    edits.clear(doc, doc.active)
    assert not doc.composite(doc.canvas, out).any()


def test_a_node_alone_is_shown_without_opacity_and_mode():
    doc = Document(8, 8)
    layer = edits.add_layer(doc)
    edits.fill(doc, layer, (10, 20, 30, 255))
    edits.set_opacity(doc, layer, 0.1)
    edits.add_layer_mask(doc, layer).write(Rect(0, 0, 4, 8), 0)
    group = edits.group_nodes(doc, [layer])
    edits.set_opacity(doc, group, 0.1)
    alone = doc.image_of(layer).pixels
    assert (alone[:, 4:] == (10, 20, 30, 255)).all()
    assert not alone[:, :4, 3].any()
    assert (doc.image_of(group).pixels[:, 4:, 3] == 26).all()


def test_a_mask_layer_alone_has_one_channel_and_is_not_composited():
    doc = Document(8, 8)
    mask = edits.add_layer(doc, "mask")
    edits.fill(doc, mask, (255, 255, 255, 255))
    assert isinstance(mask, MaskLayer)
    assert doc.image_of(mask).pixels.shape == (8, 8, 1)
    assert (doc.image_of(mask).pixels == 255).all()
    assert not doc.composite(doc.canvas).any()


def test_a_group_cannot_hold_itself():
    outer, inner = Group("outer"), Group("inner")
    outer.append(inner)
    for target in (inner, outer):
        with pytest.raises(ValueError, match="cannot be put"):
            target.append(outer)
