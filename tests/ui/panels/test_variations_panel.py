"""The variations strip over a real engine."""

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, QMimeData, Qt
from PySide6.QtWidgets import QApplication

from studio.model.io import open_image
from studio.model.provenance import KEY, Provenance
from studio.ui.drop import dragged_result
from studio.ui.panels.variations import PREVIEW, SIDE, VariationsPanel

LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def panel(bench):
    return bench.show(VariationsPanel(bench.app), 260)


@pytest.fixture
def canvas(bench):
    """What the canvas was told: ("show", picture) and ("clear", job)."""
    told = []
    generation = bench.app.generation
    show = lambda job, document, image, rect: told.append(("show", job, image, rect))  # noqa: E731
    clear = lambda job: told.append(("clear", job))  # noqa: E731
    generation.previewed.connect(show)
    generation.preview_cleared.connect(clear)
    yield told
    generation.previewed.disconnect(show)
    generation.preview_cleared.disconnect(clear)


def press(panel, qtbot, row, modifier=Qt.KeyboardModifier.NoModifier):
    rect = panel.strip.visualRect(panel.model.index(row))
    qtbot.mouseClick(panel.strip.viewport(), LEFT, modifier, rect.center())


def test_results_appear_with_thumbnails(bench, panel):
    assert panel.empty.message.isVisible()
    bench.variations(3, seed=100)
    assert panel.model.rowCount() == 3 and not panel.empty.message.isVisible()
    index = panel.model.index(1)

    def shade():
        panel.grab()
        return index.data(Qt.ItemDataRole.DecorationRole).pixmap(SIDE, SIDE).toImage().pixelColor(9, 9)

    bench.until(lambda: shade().red() == 101 and shade().alpha() == 255)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "Tiny, seed 101"


def test_the_scroll_bar_leaves_the_thumbnails_whole(bench, panel):
    panel.resize(260, panel.minimumSizeHint().height())
    bench.variations(12)
    bench.until(lambda: panel.strip.horizontalScrollBar().isVisible())
    assert panel.strip.viewport().height() >= panel.strip.gridSize().height()


def test_a_click_shows_the_result_on_the_canvas_and_leaving_takes_it_away(bench, panel, qtbot, canvas):
    doc = bench.document(64, "a")
    bench.variations(2)
    canvas.clear()
    press(panel, qtbot, 1)
    kind, job, image, rect = canvas[-1]
    assert (kind, job, image) == ("show", PREVIEW, bench.app.results.items[1].image)
    assert doc.canvas.contains(rect) and not doc.modified
    qtbot.keyClick(panel.strip, Qt.Key.Key_Escape)
    assert canvas[-1] == ("clear", PREVIEW) and panel.chosen() == []


def test_a_double_click_and_enter_add_layers(bench, panel, qtbot):
    doc = bench.document(64)
    bench.variations(3, seed=40)
    rect = panel.strip.visualRect(panel.model.index(0))
    press(panel, qtbot, 0)
    qtbot.mouseDClick(panel.strip.viewport(), LEFT, pos=rect.center())
    press(panel, qtbot, 2)
    qtbot.keyClick(panel.strip, Qt.Key.Key_Return)
    assert [node.provenance.seed for node in doc.root.children] == [40, 42]


def test_a_result_without_a_document_opens_one(bench, panel, qtbot):
    bench.variations(2)
    press(panel, qtbot, 0)
    qtbot.mouseClick(panel.buttons["add"], LEFT)
    assert bench.app.document is not None and bench.app.document.width == 16


def test_more_like_this_fills_the_strip(bench, panel, qtbot):
    bench.variations(2)
    assert not panel.buttons["more"].isEnabled()
    press(panel, qtbot, 0)
    qtbot.mouseClick(panel.buttons["more"], LEFT)
    bench.idle()
    assert panel.model.rowCount() == 10


def test_two_results_are_interpolated_live_and_kept(bench, panel, qtbot, canvas):
    doc = bench.document(64)
    bench.variations(3, seed=10)
    press(panel, qtbot, 0)
    assert not panel.between.isVisible()
    press(panel, qtbot, 2, CTRL)
    assert panel.between.isVisible() and not panel.between.add.isEnabled()
    bench.drag(panel.between.slider.slider, 0.5, 0.7, 0.99)
    bench.until(lambda: not panel.between.live.busy)
    assert panel.between.result.request.params["morph"] == 1.0
    assert [told for told in canvas if told[0] == "show"][-1][2] is panel.between.result.image
    assert panel.between.result.image.array("uint8", 3)[0, 0, 0] == 110
    assert doc.root.children == () and panel.model.rowCount() == 3
    qtbot.mouseClick(panel.between.add, LEFT)
    assert doc.active.provenance.params["morph_seed"] == 12
    qtbot.mouseClick(panel.between.fill, LEFT)
    bench.idle()
    assert panel.model.rowCount() == 9


def test_no_way_between_two_is_explained(bench, panel, qtbot):
    bench.variations(2, seed=10)
    bench.app.generate("tiny", {"seed": 10}, target="variations")
    bench.idle()
    press(panel, qtbot, 0)
    press(panel, qtbot, 2, CTRL)
    assert panel.between.reason.isVisible() and "same seed" in panel.between.reason.text()
    assert not panel.between.slider.isVisible()


def test_the_order_of_choosing_is_the_direction(bench, panel, qtbot):
    bench.variations(3, seed=10)
    press(panel, qtbot, 2)
    press(panel, qtbot, 0, CTRL)
    assert [result.seed for result in panel.chosen()] == [12, 10]


def test_a_dragged_result_is_a_result_here_and_a_picture_elsewhere(bench, panel):
    bench.variations(2)
    data = panel.model.mimeData([panel.model.index(1)])
    assert dragged_result(data, bench.app) is bench.app.results.items[1]
    assert data.hasImage() and data.imageData().width() == 16
    assert panel.model.flags(panel.model.index(1)) & Qt.ItemFlag.ItemIsDragEnabled
    assert dragged_result(QMimeData(), bench.app) is None


def test_reuse_loads_the_recipe(bench, panel, qtbot):
    bench.variations(2, seed=77)
    press(panel, qtbot, 1)
    qtbot.mouseClick(panel.buttons["reuse"], LEFT)
    assert bench.app.draft.generator == "tiny" and bench.app.draft.params["seed"] == 78
    assert bench.app.draft.keep_seed


def test_a_saved_result_keeps_its_recipe(bench, panel, tmp_path):
    bench.variations(2, seed=5)
    result = bench.app.results.items[0]
    panel.save(result, tmp_path / "kept.png")
    bench.idle()
    image = open_image(tmp_path / "kept.png")
    assert np.array_equal(image.array("uint8", 3), result.image.array("uint8", 3))
    assert Provenance.from_json(image.meta[KEY]).seed == 5


def test_removing_and_clearing(bench, panel, qtbot):
    bench.variations(4)
    selection = panel.strip.selectionModel()
    for row in (1, 2):
        selection.select(panel.model.index(row), QItemSelectionModel.SelectionFlag.Select)
    qtbot.keyClick(panel.strip, Qt.Key.Key_Delete)
    assert [result.seed for result in bench.app.results.items] == [0, 3]
    assert panel.model.rowCount() == 2
    qtbot.mouseClick(panel.buttons["clear"], LEFT)
    assert panel.empty.message.isVisible() and panel.model.rowCount() == 0


def test_the_slider_gets_its_own_line_in_a_narrow_dock(bench, panel, qtbot):
    bench.variations(2, seed=3)
    panel.strip.selectAll()
    panel.resize(280, 260)
    QApplication.processEvents()
    assert panel.between.y() > panel.buttons["add"].y() and panel.between.slider.width() > 120
    panel.resize(800, 160)
    QApplication.processEvents()
    assert panel.between.x() > panel.buttons["clear"].x()
