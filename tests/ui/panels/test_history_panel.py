"""The history panel over real documents."""

import pytest
from PySide6.QtCore import Qt

from studio.model import edits
from studio.ui.panels.history import HistoryPanel, size_text

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(bench):
    return bench.show(HistoryPanel(bench.app))


def rows(panel):
    return [panel.model.index(row).data() for row in range(panel.model.rowCount())]


def press(panel, qtbot, row):
    rect = panel.list.visualRect(panel.model.index(row))
    qtbot.mouseClick(panel.list.viewport(), LEFT, pos=rect.center())


def test_without_a_document_a_sentence_says_so(panel):
    assert "No document open" in panel.empty.message.text() and panel.empty.message.isVisible()


def test_steps_are_listed_and_a_click_goes_there(bench, panel, qtbot):
    doc = bench.document(64)
    for name in ("a", "b"):
        edits.add_layer(doc, "raster", name)
    edits.fill(doc, doc.active, (9, 9, 9, 255))
    assert rows(panel) == ["Start", "Add layer", "Add layer", "Fill"]
    press(panel, qtbot, 1)
    assert doc.history.position == 1 and len(doc.root.children) == 1
    assert panel.list.currentIndex().row() == 1
    press(panel, qtbot, 0)
    assert doc.root.children == ()
    press(panel, qtbot, 3)
    assert len(doc.root.children) == 2


def test_the_arrow_keys_walk_through_time(bench, panel, qtbot):
    doc = bench.document(64)
    edits.add_layer(doc, "raster", "a")
    qtbot.keyClick(panel.list, Qt.Key.Key_Up)
    assert doc.history.position == 0
    qtbot.keyClick(panel.list, Qt.Key.Key_Down)
    assert doc.history.position == 1


def test_undone_steps_are_dimmed_and_the_present_one_is_bold(bench, panel):
    doc = bench.document(64)
    edits.add_layer(doc, "raster", "a")
    edits.add_layer(doc, "raster", "b")
    doc.history.undo()
    role = Qt.ItemDataRole
    undone, present = panel.model.index(2), panel.model.index(1)
    assert undone.data(role.ForegroundRole) is not None and present.data(role.ForegroundRole) is None
    assert present.data(role.FontRole).bold() and undone.data(role.FontRole) is None
    assert present.data(role.AccessibleTextRole) == "Add layer, present state"
    assert undone.data(role.AccessibleTextRole) == "Add layer, undone"


def test_the_buttons_undo_and_redo(bench, panel, qtbot):
    doc = bench.document(64)
    assert not panel.undo.isEnabled()
    edits.add_layer(doc, "raster", "a")
    qtbot.mouseClick(panel.undo, LEFT)
    assert doc.history.position == 0 and not panel.undo.isEnabled()
    qtbot.mouseClick(panel.redo, LEFT)
    assert doc.history.position == 1 and not panel.redo.isEnabled()


def test_a_step_is_refused_while_an_edit_is_open(bench, panel, qtbot):
    doc = bench.document(64)
    edits.add_layer(doc, "raster", "a")
    with doc.edit("open"):
        press(panel, qtbot, 0)
    assert doc.history.position == 1
    assert bench.sentences() == ["An edit is still going on."]
    assert panel.list.currentIndex().row() == 1


def test_the_cost_is_shown(bench, panel):
    doc = bench.document(512, "a")
    edits.fill(doc, doc.active, (1, 2, 3, 255))
    edits.fill(doc, doc.active, (4, 5, 6, 255))
    bench.until(lambda: panel.usage.text() == f"{size_text(doc.history.nbytes)} of 512 MiB")
    assert doc.history.nbytes > 0


@pytest.mark.parametrize(
    ("nbytes", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (20 << 10, "20 KiB"), (3 << 30, "3.0 GiB")],
)
def test_sizes_are_readable(nbytes, text):
    assert size_text(nbytes) == text
