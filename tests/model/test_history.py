import numpy as np
import pytest

from studio.model import edits
from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.nodes import RasterLayer
from studio.model.tiles import TILE

TILE_BYTES = TILE * TILE * 4


@pytest.fixture
def doc():
    doc = Document(4 * TILE, 4 * TILE)
    doc.root.append(RasterLayer("Layer"))
    doc.active = doc.root.children[0]
    return doc


def paint(doc, column, value, title="Paint", merge=None):
    """Write one tile of noise, so that nothing is shared."""
    pixels = np.random.default_rng(value).integers(1, 256, (TILE, TILE, 4), np.uint8)
    with doc.edit(title, merge):
        doc.active.pixels.write(Rect(column * TILE, 0, TILE, TILE), pixels)


def level(doc, column=0):
    return int(doc.active.pixels.read(Rect(column * TILE, 0, 1, 1))[0, 0, 0])


def test_undo_and_redo_walk_through_the_states(doc):
    levels = [level(doc)]
    for value in (1, 2, 3):
        paint(doc, 0, value)
        levels.append(level(doc))
    for wanted in reversed(levels[:-1]):
        doc.history.undo()
        assert level(doc) == wanted
    assert not doc.history.can_undo
    for wanted in levels[1:]:
        doc.history.redo()
        assert level(doc) == wanted
    assert not doc.history.can_redo


def test_going_to_a_step_jumps(doc):
    levels = [level(doc)]
    for value in (1, 2, 3):
        paint(doc, 0, value)
        levels.append(level(doc))
    for position in (1, 3, 0, 2):
        doc.history.go_to(position)
        assert (doc.history.position, level(doc)) == (position, levels[position])
    with pytest.raises(IndexError):
        doc.history.go_to(4)


def test_undo_with_nothing_to_undo_does_nothing(doc):
    doc.history.undo()
    doc.history.redo()
    assert doc.history.position == 0


def test_a_new_step_forgets_undone_ones(doc):
    for value in (1, 2, 3):
        paint(doc, 0, value)
    doc.history.go_to(1)
    paint(doc, 1, 9, "Other")
    assert [entry.title for entry in doc.history.entries] == ["Paint", "Other"]


def test_steps_cost_the_tiles_they_replace(doc):
    paint(doc, 0, 1)
    paint(doc, 0, 2)
    paint(doc, 1, 3)
    assert doc.history.nbytes == TILE_BYTES  # the first content of column 0; the rest is live
    doc.history.go_to(0)
    assert doc.history.nbytes == 3 * TILE_BYTES


def test_the_oldest_steps_go_when_the_budget_is_spent(doc):
    for value in range(1, 7):
        paint(doc, 0, value, f"Paint {value}")
    doc.history.limit_bytes = 2 * TILE_BYTES
    assert [entry.title for entry in doc.history.entries] == ["Paint 5", "Paint 6"]
    kept = level(doc)
    while doc.history.can_undo:
        doc.history.undo()
    doc.history.go_to(2)
    assert level(doc) == kept
    paint(doc, 0, 99, "Paint 7")
    assert [entry.title for entry in doc.history.entries] == ["Paint 6", "Paint 7"]


def test_the_last_step_stays_however_large(doc):
    doc.history.limit_bytes = 1
    paint(doc, 0, 1)
    paint(doc, 0, 2)
    assert doc.history.can_undo
    assert len(doc.history.entries) == 1


def test_a_shared_tile_is_counted_once(doc):
    edits.fill(doc, doc.active, (1, 2, 3, 255))
    edits.clear(doc, doc.active)
    assert doc.history.nbytes == TILE_BYTES


def test_an_exception_takes_everything_back(doc):
    paint(doc, 0, 1)
    before = doc.capture()
    with pytest.raises(RuntimeError, match="stop"), doc.edit("Fails"):
        doc.active.pixels.write(doc.canvas, 7)
        doc.active.name = "Other"
        doc.root.append(RasterLayer("New"))
        raise RuntimeError("stop")
    assert doc.capture() == before
    assert len(doc.history.entries) == 1


def test_edits_inside_an_edit_are_one_step(doc):
    with doc.edit("Both"):
        edits.add_layer(doc)
        edits.rename(doc, doc.active, "Inner")
    assert [entry.title for entry in doc.history.entries] == ["Both"]
    doc.history.undo()
    assert [node.name for node in doc.walk()] == ["Layer"]


def test_an_edit_that_changes_nothing_leaves_no_step(doc):
    edits.rename(doc, doc.active, "Layer")
    assert not doc.history.entries


def test_equal_steps_in_a_row_are_gathered_until_sealed(doc):
    for opacity in (0.9, 0.8, 0.7):
        edits.set_opacity(doc, doc.active, opacity)
    assert len(doc.history.entries) == 1
    doc.history.seal()
    edits.set_opacity(doc, doc.active, 0.2)
    assert len(doc.history.entries) == 2
    doc.history.undo()
    assert doc.active.opacity == 0.7
    doc.history.undo()
    assert doc.active.opacity == 1


def test_undo_is_refused_while_an_edit_is_open(doc):
    paint(doc, 0, 1)
    edit = doc.edit("Open")
    with pytest.raises(UserError, match="still going on"):
        doc.history.undo()
    edit.cancel()
    doc.history.undo()
    assert doc.history.position == 0


def test_saving_and_undoing_settle_whether_it_is_modified(doc):
    seen = []
    doc.saved_changed.connect(lambda: seen.append(doc.modified))
    paint(doc, 0, 1)
    doc.mark_saved()
    paint(doc, 0, 2)
    doc.history.undo()
    assert seen == [True, False, True, False]
    doc.history.undo()
    assert doc.modified


def test_a_gathered_step_after_saving_is_a_change(doc):
    edits.set_opacity(doc, doc.active, 0.5)
    doc.mark_saved()
    edits.set_opacity(doc, doc.active, 0.4)
    assert doc.modified
    assert len(doc.history.entries) == 2


@pytest.mark.parametrize("downwards", [True, False])
def test_undo_gives_a_node_back_to_its_group(doc, downwards):
    node = doc.active
    groups = [edits.add_layer(doc, "group") for _ in range(2)]
    first, second = groups[::-1] if downwards else groups
    edits.move_node(doc, node, first, 0)
    edits.move_node(doc, node, second, 0)
    doc.history.undo()
    assert (node.parent, first.children, second.children) == (first, (node,), ())
    doc.history.redo()
    assert (node.parent, first.children, second.children) == (second, (), (node,))
