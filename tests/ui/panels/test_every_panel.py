"""What holds for all panels."""

import pytest
from panel_kit import nameless, reachable, squeezed
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QWidget

from studio.model import edits
from studio.ui import theme
from studio.ui.docks import PANELS

panels = pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.id)


def busy(bench):
    """A document, a recipe, a failure, results: something to show in every panel."""
    doc = bench.document(64, "a", "b")
    edits.add_layer_mask(doc, doc.active)
    bench.variations(2)
    bench.app.generate("tiny", {"fault": "dry"}, target="variations")
    bench.generate(seed=1)


@panels
def test_every_control_has_a_name(bench, panel):
    busy(bench)
    shown = bench.show(panel.make(bench.app))
    QApplication.processEvents()
    assert nameless(shown) == []


@panels
def test_nothing_sticks_out_at_dock_width(bench, panel):
    busy(bench)
    shown = bench.show(panel.make(bench.app))
    QApplication.processEvents()
    assert shown.width() == 280
    assert squeezed(shown) == []


@panels
def test_the_keyboard_reaches_every_control_and_comes_round(bench, panel):
    busy(bench)
    shown = bench.show(panel.make(bench.app))
    seen: list[QWidget] = []
    widget = shown.nextInFocusChain()
    while widget is not shown:
        seen.append(widget)
        widget = widget.nextInFocusChain()
    assert set(reachable(shown)) <= set(seen)


@panels
def test_closing_lets_go_of_the_session(bench, panel):
    shown = panel.make(bench.app)
    gone = []
    shown.destroyed.connect(lambda: gone.append(panel.id))
    shown.deleteLater()
    QCoreApplication.sendPostedEvents(shown, QEvent.Type.DeferredDelete.value)
    assert gone == [panel.id]
    busy(bench)
    bench.app.generators_changed.emit()
    bench.app.tools.swap_colours()
    assert bench.sentences() == ["The paint is dry."]


@panels
@pytest.mark.parametrize("name", ["dark", "light"])
def test_both_themes_paint(bench, panel, name, qapp):
    theme.apply(qapp, name)
    busy(bench)
    shown = bench.show(panel.make(bench.app))
    image = shown.grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(0, 280, 7) for y in range(0, image.height(), 7)}
    assert len(colours) > 3
