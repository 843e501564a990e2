import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model import edits
from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.media import Image
from studio.model.nodes import Blend, GeneratedLayer, Group, MaskLayer
from studio.model.provenance import Provenance

RECIPE = Provenance("synthesis", "1", {"seed": 3}, 3)
RED = (255, 0, 0, 255)


@pytest.fixture
def doc():
    doc = Document(40, 30)
    for name in "abc":
        edits.add_layer(doc, name=name)
    return doc


def names(doc):
    return [node.name for node in doc.root.children]


def node(doc, name):
    return next(node for node in doc.walk() if node.name == name)


def picture(value=200, side=8):
    return Image(np.full((side, side, 3), value, np.uint8))


def test_new_layers_go_above_the_active_one_and_become_active(doc):
    doc.active = node(doc, "a")
    edits.add_layer(doc, name="new")
    assert names(doc) == ["a", "new", "b", "c"]
    assert doc.active.name == "new"
    edits.add_layer(doc, "mask", above=node(doc, "c"))
    assert names(doc)[-1] == "Mask 1"


def test_new_names_are_free(doc):
    assert [edits.add_layer(doc).name for _ in range(2)] == ["Layer 1", "Layer 2"]
    edits.remove(doc, node(doc, "Layer 1"))
    assert edits.add_layer(doc).name == "Layer 1"


def test_an_image_becomes_a_layer_at_its_place(doc):
    layer = edits.add_image(doc, picture(), "picture", 35, -3)
    assert layer.bounds() == Rect(35, -3, 8, 8)
    assert doc.composite(Rect(36, 2, 1, 1))[0, 0].tolist() == [200, 200, 200, 255]


def test_a_result_remembers_its_recipe_through_replacing_copying_and_undo(doc):
    layer = edits.add_image(doc, picture(), "result", provenance=RECIPE)
    assert isinstance(layer, GeneratedLayer)
    other = Provenance("synthesis", "1", {"seed": 4}, 4)
    edits.replace_image(doc, layer, picture(90, side=5), other)
    copy = edits.duplicate(doc, layer)
    assert (layer.provenance, copy.provenance, copy.name) == (other, other, "result copy")
    assert layer.bounds() == Rect(0, 0, 5, 5)
    doc.history.go_to(4)
    assert (layer.provenance, layer.bounds()) == (RECIPE, Rect(0, 0, 8, 8))


def test_replacing_live_is_one_step(doc):
    layer = edits.add_image(doc, picture(), "result", provenance=RECIPE)
    for value in (1, 2, 3):
        edits.replace_image(doc, layer, picture(value), merge="slide")
    doc.history.undo()
    assert layer.pixels.read(Rect(0, 0, 1, 1))[0, 0, 0] == 200


def test_replacing_a_mask_takes_the_brightness(doc):
    mask = edits.add_layer(doc, "mask")
    edits.replace_image(doc, mask, picture(200))
    assert mask.pixels.read(Rect(0, 0, 1, 1))[0, 0] == 200


def test_removing_makes_a_neighbour_active(doc):
    edits.remove(doc, node(doc, "c"))
    assert doc.active.name == "b"
    doc.active = node(doc, "a")
    edits.remove(doc, doc.active)
    assert doc.active.name == "b"
    edits.remove(doc, doc.active)
    assert doc.active is None
    doc.history.undo()
    assert doc.active.name == "b"


def test_a_copy_of_a_group_is_deep(doc):
    group = edits.group_nodes(doc, [node(doc, "a"), node(doc, "b")])
    edits.fill(doc, node(doc, "a"), RED)
    copy = edits.duplicate(doc, group)
    edits.clear(doc, copy.children[0])
    assert [child.name for child in copy.children] == ["a", "b"]
    assert not node(doc, "a").bounds().is_empty


def test_grouping_keeps_the_order_and_takes_the_topmost_place(doc):
    group = edits.group_nodes(doc, [node(doc, "b"), node(doc, "a")], "pair")
    assert names(doc) == ["pair", "c"]
    assert [child.name for child in group.children] == ["a", "b"]
    assert doc.active is group
    edits.ungroup(doc, group)
    assert names(doc) == ["a", "b", "c"]
    assert doc.active.name == "b"


def test_grouping_a_group_and_its_child_moves_the_group_once(doc):
    inner = edits.group_nodes(doc, [node(doc, "a")], "inner")
    outer = edits.group_nodes(doc, [inner, node(doc, "a"), node(doc, "c")], "outer")
    assert [child.name for child in outer.children] == ["inner", "c"]


def test_a_group_cannot_move_into_itself(doc):
    outer = edits.group_nodes(doc, [node(doc, "a")], "outer")
    inner = edits.group_nodes(doc, [node(doc, "a")], "inner")
    for target in (inner, outer):
        with pytest.raises(UserError, match="into itself"):
            edits.move_node(doc, outer, target, 0)


@given(st.data())
def test_moving_nodes_never_makes_cycles_nor_loses_any(data):
    doc = Document(8, 8)
    nodes = [edits.add_layer(doc, data.draw(st.sampled_from(["group", "raster"]))) for _ in range(6)]
    for _ in range(12):
        moved = data.draw(st.sampled_from(nodes))
        target = data.draw(st.sampled_from([None, *(n for n in nodes if isinstance(n, Group))]))
        index = data.draw(st.integers(-1, 7))
        try:
            edits.move_node(doc, moved, target, index)
        except UserError:
            assert target is moved or moved in list(target.ancestors())
        else:
            assert moved.parent is (target or doc.root)
            assert moved.index == min(max(index, 0), len(moved.parent.children) - 1)
        assert {found.id for found in doc.walk()} == {found.id for found in nodes}
        assert all(found in found.parent.children for found in nodes)


def refusals():
    """Edits that must not touch a locked node."""
    return {
        "remove": lambda doc, n: edits.remove(doc, n),
        "move_node": lambda doc, n: edits.move_node(doc, n, None, 0),
        "set_opacity": lambda doc, n: edits.set_opacity(doc, n, 0.5),
        "set_blend": lambda doc, n: edits.set_blend(doc, n, Blend.SCREEN),
        "set_clip": lambda doc, n: edits.set_clip(doc, n, True),
        "fill": lambda doc, n: edits.fill(doc, n, RED),
        "gradient": lambda doc, n: edits.gradient(doc, n, (0, 0), (9, 9), [(0, RED), (1, RED)]),
        "clear": lambda doc, n: edits.clear(doc, n),
        "replace_image": lambda doc, n: edits.replace_image(doc, n, picture()),
        "translate": lambda doc, n: edits.translate(doc, n, 1, 1),
        "flip": lambda doc, n: edits.flip(doc, n),
        "transform": lambda doc, n: edits.transform(doc, n, np.diag([2, 2, 1])),
        "merge_down": lambda doc, n: edits.merge_down(doc, n),
        "add_layer_mask": lambda doc, n: edits.add_layer_mask(doc, n),
        "group_nodes": lambda doc, n: edits.group_nodes(doc, [n]),
    }


@pytest.mark.parametrize("name", refusals())
@pytest.mark.parametrize("around", [False, True])
def test_locked_layers_and_layers_in_locked_groups_refuse(doc, name, around):
    layer = node(doc, "b")
    edits.fill(doc, layer, (1, 2, 3, 255))
    edits.set_locked(doc, edits.group_nodes(doc, [layer]) if around else layer, True)
    before = doc.capture()
    with pytest.raises(UserError, match="is locked"):
        refusals()[name](doc, layer)
    assert doc.capture() == before


def test_a_group_with_a_locked_layer_is_neither_moved_about_nor_deleted(doc):
    group = edits.group_nodes(doc, [node(doc, "a"), node(doc, "b")])
    edits.set_locked(doc, node(doc, "a"), True)
    for attempt in (edits.remove, lambda doc, n: edits.translate(doc, n, 5, 5)):
        with pytest.raises(UserError, match="“a” is locked"):
            attempt(doc, group)


def test_locked_layers_can_be_renamed_hidden_and_unlocked(doc):
    layer = node(doc, "b")
    edits.set_locked(doc, layer, True)
    edits.rename(doc, layer, "  new\n name ")
    edits.set_visible(doc, layer, False)
    edits.set_locked(doc, layer, False)
    assert (layer.name, layer.visible, layer.locked) == ("new name", False, False)


def test_odd_values_are_refused_or_clamped(doc):
    layer = node(doc, "b")
    with pytest.raises(UserError, match="needs a name"):
        edits.rename(doc, layer, " \n ")
    with pytest.raises(UserError, match="must be a number"):
        edits.set_opacity(doc, layer, float("nan"))
    edits.set_opacity(doc, layer, 7)
    assert layer.opacity == 1
    with pytest.raises(UserError, match="nothing below"):
        edits.set_clip(doc, node(doc, "a"), True)


def test_a_layer_mask_hides_and_can_be_applied(doc):
    layer = node(doc, "b")
    edits.fill(doc, layer, RED)
    edits.select_rect(doc, 0, 0, 10, 30)
    edits.add_layer_mask(doc, layer, "selection")
    edits.select_none(doc)
    masked = doc.composite(doc.canvas)
    assert masked[..., 3].sum() == 255 * 300
    with pytest.raises(UserError, match="already"):
        edits.add_layer_mask(doc, layer)
    edits.set_mask_enabled(doc, layer, False)
    assert (doc.composite(doc.canvas)[..., 3] == 255).all()
    edits.set_mask_enabled(doc, layer, True)
    edits.remove_layer_mask(doc, layer, apply=True)
    assert layer.mask is None
    assert np.array_equal(doc.composite(doc.canvas)[..., 3], masked[..., 3])
    with pytest.raises(UserError, match="no layer mask"):
        edits.remove_layer_mask(doc, layer)
    doc.history.go_to(len(doc.history.entries) - 1)
    assert layer.mask is not None


@pytest.mark.parametrize("grouped", [False, True])
def test_merging_down_looks_the_same(doc, grouped):
    rng = np.random.default_rng(3)
    below, top = node(doc, "b"), node(doc, "c")
    for layer in (below, top):
        layer.pixels.write(doc.canvas, rng.integers(0, 256, (30, 40, 4), np.uint8))
    edits.set_blend(doc, top, Blend.MULTIPLY)
    edits.set_opacity(doc, top, 0.6)
    mask = edits.add_layer_mask(doc, below)
    mask.write(Rect(0, 0, 20, 10), 99)
    merged = edits.group_nodes(doc, [top]) if grouped else top
    before = doc.composite(doc.canvas).astype(int)
    assert edits.merge_down(doc, merged) is below
    assert names(doc) == ["a", "b"]
    after = doc.composite(doc.canvas).astype(int)
    weight = before[..., 3:] / 255
    assert (np.abs(after - before)[..., :3] * weight).max() <= 1
    assert np.abs(after - before)[..., 3].max() <= 1


def test_what_cannot_be_merged_is_refused(doc):
    with pytest.raises(UserError, match="no layer right below"):
        edits.merge_down(doc, node(doc, "a"))
    edits.add_layer(doc, "mask", name="mask")
    with pytest.raises(UserError, match="no layer right below"):
        edits.merge_down(doc, node(doc, "mask"))
    edits.set_visible(doc, node(doc, "b"), False)
    with pytest.raises(UserError, match="Hidden"):
        edits.merge_down(doc, node(doc, "c"))


def test_flattening_keeps_the_picture_and_the_masks(doc):
    edits.fill(doc, node(doc, "a"), RED)
    edits.fill(doc, node(doc, "c"), (0, 90, 0, 128))
    edits.group_nodes(doc, [edits.add_layer(doc, "mask", name="mask"), node(doc, "b")])
    before = doc.composite(doc.canvas)
    edits.flatten_document(doc)
    assert names(doc) == ["Flattened", "mask"]
    assert isinstance(doc.root.children[1], MaskLayer)
    assert np.array_equal(doc.composite(doc.canvas), before)
    edits.remove(doc, node(doc, "Flattened"))
    with pytest.raises(UserError, match="no layer to flatten"):
        edits.flatten_document(doc)
