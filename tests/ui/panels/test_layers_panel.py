"""The layers panel over real documents."""

import numpy as np
import pytest
from panel_kit import names
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from studio.model import edits
from studio.model.document import Document
from studio.model.geometry import Rect
from studio.model.nodes import Blend, Group, MaskLayer
from studio.ui.panels.layer_delegate import Zone
from studio.ui.panels.layer_thumbs import sampled
from studio.ui.panels.layers import LayersPanel

LEFT = Qt.MouseButton.LeftButton
ROOT = QModelIndex()


@pytest.fixture
def panel(bench):
    return bench.show(LayersPanel(bench.app))


def drop(panel, nodes, row, group=None):
    """Let go of layers before a display row of a group."""
    model = panel.tree.layers
    data = model.mimeData([model.index_of(node) for node in nodes])
    return model.dropMimeData(data, Qt.DropAction.MoveAction, row, 0, model.index_of(group))


def shown(panel, parent=ROOT, depth=0):
    """The tree as text: an indented line per layer."""
    model = panel.tree.layers
    lines = []
    for row in range(model.rowCount(parent)):
        index = model.index(row, 0, parent)
        assert model.parent(index) == parent
        lines += [" " * depth + index.data(), *shown(panel, index, depth + 1)]
    return lines


def click(panel, qtbot, node, zone):
    qtbot.mouseClick(panel.tree.viewport(), LEFT, pos=panel.tree.row_point(node, zone))


def test_without_a_document_a_sentence_says_so(bench, panel):
    assert panel.empty.message.isVisible() and "No document open" in panel.empty.message.text()
    bench.document(64, "one")
    assert not panel.empty.message.isVisible() and panel.tree.isVisible()
    bench.app.remove_document(bench.app.document)
    assert panel.empty.message.isVisible()


def test_layers_are_listed_top_first_and_followed(bench, panel):
    doc = bench.document(64, "below", "above")
    assert shown(panel) == ["above", "below"]
    group = edits.group_nodes(doc, [doc.root.children[0]], "folder")
    edits.add_layer(doc, "mask", "sky", above=group.children[0])
    assert shown(panel) == ["above", "folder", " sky", " below"]
    doc.history.undo()
    doc.history.undo()
    assert shown(panel) == ["above", "below"] and group.parent is None


def test_another_document_brings_its_own_layers(bench, panel):
    bench.document(64, "one")
    bench.document(64, "two")
    assert shown(panel) == ["two"]
    bench.app.activate(bench.app.documents[0])
    assert shown(panel) == ["one"]


def test_the_current_row_is_the_active_layer_both_ways(bench, panel, qtbot):
    doc = bench.document(64, "a", "b", "c")
    assert panel.tree.current_node().name == "c"
    qtbot.keyClick(panel.tree, Qt.Key.Key_Down)
    assert doc.active.name == "b"
    doc.active = doc.root.children[0]
    assert panel.tree.current_node().name == "a"


def test_a_click_on_the_eye_hides_and_shows(bench, panel, qtbot):
    doc = bench.document(64, "a", "b")
    node = doc.root.children[0]
    click(panel, qtbot, node, Zone.EYE)
    assert not node.visible and doc.active.name == "b"
    click(panel, qtbot, node, Zone.EYE)
    assert node.visible and len(doc.history.entries) == 2


def test_a_click_on_the_lock_locks_and_stops_edits(bench, panel, qtbot):
    doc = bench.document(64, "a")
    click(panel, qtbot, doc.active, Zone.LOCK)
    assert doc.active.locked and panel.lock.isChecked()
    assert not panel.opacity.isEnabled() and not panel.blend.isEnabled()
    panel.tree.remove()
    assert names(doc.root.children) == ["a"]
    assert len(bench.sentences()) == 1
    click(panel, qtbot, doc.active, Zone.LOCK)
    assert not doc.active.locked


def test_the_pictures_of_a_masked_layer_choose_what_is_painted_on(bench, panel, qtbot):
    doc = bench.document(64, "a", "b")
    edits.add_layer_mask(doc, doc.active)
    node, tools = doc.active, bench.app.tools
    click(panel, qtbot, node, Zone.MASK)
    assert tools.brush.on_mask and tools.eraser.on_mask
    click(panel, qtbot, node, Zone.PICTURE)
    assert not tools.brush.on_mask and not tools.eraser.on_mask
    shift, point = Qt.KeyboardModifier.ShiftModifier, panel.tree.row_point(node, Zone.MASK)
    qtbot.mouseClick(panel.tree.viewport(), LEFT, shift, point)
    assert not node.mask_enabled and not tools.brush.on_mask
    panel.tree.viewport().grab()


def test_space_toggles_and_delete_removes(bench, panel, qtbot):
    doc = bench.document(64, "a", "b")
    qtbot.keyClick(panel.tree, Qt.Key.Key_Space)
    assert not doc.active.visible
    qtbot.keyClick(panel.tree, Qt.Key.Key_Delete)
    assert names(doc.root.children) == ["a"]


def test_f2_renames_in_place(bench, panel, qtbot):
    doc = bench.document(64, "a")
    panel.tree.setFocus()
    qtbot.keyClick(panel.tree, Qt.Key.Key_F2)
    line = panel.tree.viewport().findChild(QLineEdit)
    assert line.text() == "a" and line.accessibleName()
    line.selectAll()
    qtbot.keyClicks(line, "Sky")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    bench.until(lambda: doc.active.name == "Sky")
    assert [entry.title for entry in doc.history.entries] == ["Rename"]


def test_a_blank_name_is_refused_with_a_sentence(bench, panel):
    doc = bench.document(64, "a")
    index = panel.tree.layers.index_of(doc.active)
    assert not panel.tree.layers.setData(index, "   ")
    assert doc.active.name == "a" and bench.sentences() == ["A layer needs a name."]


def test_renaming_goes_on_while_a_layer_changes(bench, panel):
    doc = bench.document(64, "a", "b")
    panel.tree.rename()
    line = panel.tree.viewport().findChild(QLineEdit)
    edits.set_visible(doc, doc.root.children[0], False)
    assert panel.tree.viewport().findChild(QLineEdit) is line and line.isVisible()


def test_dropping_between_rows_reorders(bench, panel):
    doc = bench.document(64, "a", "b", "c")
    a, _, c = doc.root.children
    assert drop(panel, [a], 0)
    assert names(doc.root.children) == ["a", "c", "b"]
    assert drop(panel, [c], 3)
    assert names(doc.root.children) == ["a", "b", "c"]
    assert shown(panel) == ["a", "b", "c"]
    doc.history.undo()
    assert names(doc.root.children) == ["a", "c", "b"]


def test_dropping_on_a_group_puts_layers_inside_on_top(bench, panel):
    doc = bench.document(64, "a", "b", "c")
    a, b, c = doc.root.children
    group = edits.group_nodes(doc, [b], "folder")
    before = len(doc.history.entries)
    assert drop(panel, [a, c], -1, group)
    assert names(group.children) == ["c", "a", "b"]
    assert shown(panel) == ["folder", " c", " a", " b"]
    assert len(doc.history.entries) == before + 1
    inner = edits.group_nodes(doc, [b], "deeper")
    assert drop(panel, [c], 1, inner)
    assert shown(panel) == ["folder", " a", " deeper", "  b", "  c"]


def test_dropping_below_the_list_puts_layers_at_the_bottom(bench, panel):
    doc = bench.document(64, "a", "b", "c")
    assert drop(panel, [doc.root.children[2]], -1)
    assert names(doc.root.children) == ["b", "a", "c"]


def test_several_dragged_layers_keep_their_order_and_take_one_step(bench, panel):
    doc = bench.document(64, "a", "b", "c", "d")
    a, _, c, _ = doc.root.children
    assert drop(panel, [c, a], 0)
    assert names(doc.root.children) == ["c", "a", "d", "b"]
    assert len(doc.history.entries) == 1


def test_a_group_cannot_be_dropped_into_itself(bench, panel):
    doc = bench.document(64, "a")
    group = edits.group_nodes(doc, [doc.root.children[0]], "folder")
    assert not drop(panel, [group], 0, group)
    assert shown(panel) == ["folder", " a"]
    assert bench.sentences() == ["A group cannot be put into itself."]


def test_only_groups_and_the_ground_take_drops(bench, panel):
    doc = bench.document(64, "a")
    group = edits.group_nodes(doc, [doc.root.children[0]])
    model, takes = panel.tree.layers, Qt.ItemFlag.ItemIsDropEnabled
    assert model.flags(model.index_of(group)) & takes
    assert not model.flags(model.index_of(group.children[0])) & takes


def test_a_folded_group_stays_folded(bench, panel):
    doc = bench.document(64, "a")
    group = edits.group_nodes(doc, [doc.root.children[0]])
    index = panel.tree.layers.index_of(group)
    assert panel.tree.isExpanded(index)
    panel.tree.collapse(index)
    edits.add_layer(doc, "raster", "b")
    assert not panel.tree.isExpanded(panel.tree.layers.index_of(group))


def test_dragging_the_opacity_is_one_step(bench, panel, qtbot):
    doc = bench.document(64, "a")
    bench.drag(panel.opacity.slider, 0.95, 0.7, 0.4, 0.2)
    assert 0 < doc.active.opacity < 0.35
    assert [entry.title for entry in doc.history.entries] == ["Opacity"]
    bench.drag(panel.opacity.slider, 0.2, 0.6)
    assert len(doc.history.entries) == 2
    doc.history.undo()
    doc.history.undo()
    assert doc.active.opacity == 1 and panel.opacity.value() == 100


def test_blend_and_clip_follow_and_set_the_active_layer(bench, panel, qtbot):
    doc = bench.document(64, "a", "b")
    qtbot.keyClick(panel.blend.combo, Qt.Key.Key_Down)
    assert doc.active.blend is Blend.MULTIPLY
    qtbot.mouseClick(panel.clip, LEFT)
    assert doc.active.clip and panel.clip.isChecked()
    doc.active = doc.root.children[0]
    assert panel.blend.value() is Blend.NORMAL and not panel.clip.isChecked()
    qtbot.mouseClick(panel.clip, LEFT)
    assert not doc.active.clip and not panel.clip.isChecked()
    assert len(bench.sentences()) == 1


def test_the_buttons_do_what_they_say(bench, panel, qtbot):
    doc = bench.document(64, "a")

    def press(what):
        qtbot.mouseClick(panel.buttons[what], LEFT)

    press("raster")
    press("duplicate")
    assert len(doc.root.children) == 3
    press("merge")
    assert len(doc.root.children) == 2
    press("layer mask")
    assert doc.active.mask is not None
    press("mask")
    assert isinstance(doc.active, MaskLayer)
    press("group")
    assert isinstance(doc.active, Group) and len(doc.active.children) == 1
    press("delete")
    assert len(doc.root.children) == 2
    assert bench.sentences() == []


def test_several_chosen_layers_are_grouped_and_deleted_together(bench, panel, qtbot):
    doc = bench.document(64, "a", "b", "c")
    panel.tree.setFocus()
    qtbot.keyClick(panel.tree, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    qtbot.mouseClick(panel.buttons["group"], LEFT)
    assert names(doc.active.children) == ["c", "b"]
    doc.history.undo()
    panel.tree.selectAll()
    qtbot.mouseClick(panel.buttons["delete"], LEFT)
    assert doc.root.children == () and len(doc.history.entries) == 1


def test_the_context_menu_offers_to_reuse_a_recipe(bench, panel, qtbot):
    node = bench.generate(seed=7, truncation=0.25)
    menu = panel.tree.menu()
    offered = {action.text(): action for action in menu.actions()}
    offered["Reuse These Settings"].trigger()
    menu.close()
    assert bench.app.draft.generator == "tiny"
    assert (bench.app.draft.params["seed"], bench.app.draft.params["truncation"]) == (7, 0.25)
    tip = panel.tree.layers.index_of(node).data(Qt.ItemDataRole.ToolTipRole)
    assert "Made by Tiny, seed 7" in tip and "truncation: 0.25" in tip


def test_the_menu_opens_under_the_pointer(bench, panel, qtbot):
    bench.document(64, "a")
    point = QPoint(20, 10)
    opened = []
    panel.tree.menu = lambda: type("Menu", (), {"exec": lambda self, at: opened.append(at)})()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, point, panel.tree.mapToGlobal(point))
    panel.tree.contextMenuEvent(event)
    assert opened == [panel.tree.mapToGlobal(point)]


def test_thumbnails_show_the_pixels_and_follow_them(bench, panel):
    doc = bench.document(300, "a")
    node = doc.active
    bench.until(lambda: panel.thumbs.pixmap(node) is not None)
    edits.fill(doc, node, (250, 0, 0, 255))

    def red():
        pixmap = panel.thumbs.pixmap(node)
        return pixmap is not None and pixmap.toImage().pixelColor(10, 10).getRgb()[:3] == (250, 0, 0)

    bench.until(red)


def test_a_layer_that_did_not_change_is_not_drawn_again(bench, panel):
    doc = bench.document(64, "a", "b")
    a, b = doc.root.children
    bench.until(lambda: panel.thumbs.pixmap(a) is not None and panel.thumbs.pixmap(b) is not None)
    before = panel.thumbs.pixmap(a)
    made = []
    panel.thumbs.made.connect(made.append)
    edits.fill(doc, b, (1, 2, 3, 255))
    bench.until(lambda: bool(made))
    QTest.qWait(300)
    assert set(made) == {b.id} and panel.thumbs.pixmap(a) is before


@pytest.mark.parametrize("depth", ["8", "16"])
def test_a_thumbnail_is_the_mean_of_what_the_layer_shows(depth):
    doc = Document(40, 20, depth)
    node = edits.add_layer(doc, "raster", "a")
    node.offset = (20, 0)
    top = doc.white
    node.write(Rect(20, 0, 20, 20), np.array([top, 0, 0, top], dtype=node.pixels.dtype))
    small = sampled(node.pixels, node.offset, doc.canvas, 4, 2)
    assert small.shape == (2, 4, 4)
    assert small[:, :2, 3].max() == 0
    assert (small[:, 2:] == (255, 0, 0, 255)).all()


def test_rows_paint_masks_groups_and_long_names_at_dock_width(bench, panel, qtbot):
    doc = bench.document(64, "a name that is far too long to fit into the width of a dock")
    edits.add_layer_mask(doc, doc.active)
    edits.add_layer(doc, "mask")
    edits.group_nodes(doc, [doc.root.children[0]])
    bench.generate(seed=1)
    QApplication.processEvents()
    image = panel.tree.viewport().grab().toImage()
    assert image.width() <= 280
    assert panel.tree.horizontalScrollBar().maximum() == 0
