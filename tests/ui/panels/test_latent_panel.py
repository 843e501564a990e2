"""The latent panel over a real engine."""

import pytest
from PySide6.QtCore import Qt

from studio.model import edits
from studio.ui.forms import as_json
from studio.ui.panels.latent import LatentPanel

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(bench):
    return bench.show(LatentPanel(bench.app))


def caught_up(bench, panel, layer):
    """Until the layer is what the sliders say."""
    bench.until(lambda: not panel.live.busy)
    bench.idle()
    wanted = as_json(panel.form.values())
    assert {name: layer.provenance.params[name] for name in wanted} == wanted


def test_sentences_stand_in_for_what_is_not_there(bench, panel):
    assert "No document open" in panel.empty.message.text()
    doc = bench.document(64, "painted")
    assert "Choose a generated layer" in panel.empty.message.text()
    bench.generate(seed=1)
    assert not panel.empty.message.isVisible()
    doc.active = doc.root.children[0]
    assert panel.empty.message.isVisible()


def test_the_sliders_are_those_of_the_layer_vectors_first(bench, panel):
    bench.generate(seed=1, truncation=0.25, directions=(0.5,))
    assert list(panel.form.rows) == ["directions", "truncation", "morph_seed", "morph"]
    assert panel.form.editor("truncation").value() == 0.25
    assert panel.form.values()["directions"] == [0.5]
    assert panel.title.text() == "Tiny"


def test_the_layer_follows_a_dragged_direction_and_the_drag_is_one_step(bench, panel):
    layer = bench.generate(seed=1)
    doc = bench.app.document
    before = len(doc.history.entries)
    bench.drag(panel.form.editor("directions").numbers[0].slider, 0.5, 0.6, 0.7, 0.8, 0.99)
    caught_up(bench, panel, layer)
    assert layer.provenance.params["directions"] == [4.0]
    assert doc.image_of(layer).rgba8()[8, 8, 2] == 128 + 80
    bench.drag(panel.form.editor("truncation").slider, 0.5, 0.0)
    caught_up(bench, panel, layer)
    assert len(doc.history.entries) == before + 2
    doc.history.undo()
    bench.until(lambda: panel.form.values()["truncation"] == 0.5)
    doc.history.undo()
    assert layer.provenance.params["directions"] == []
    bench.until(lambda: panel.form.values()["directions"] == [])
    doc.history.redo()
    bench.until(lambda: panel.form.values()["directions"] == [4.0])


def test_another_layer_brings_its_own_values(bench, panel):
    first = bench.generate(seed=1, truncation=0.125)
    bench.generate(seed=2, truncation=0.75)
    assert panel.form.values()["truncation"] == 0.75
    bench.app.document.active = first
    assert panel.form.values()["truncation"] == 0.125


def test_wander_and_reset_are_one_step_each(bench, panel, qtbot):
    layer = bench.generate(seed=1, truncation=0.75)
    doc = bench.app.document
    qtbot.mouseClick(panel.randomise, LEFT)
    caught_up(bench, panel, layer)
    steps = layer.provenance.params["directions"]
    assert len(steps) == 3 and any(steps) and all(-4 <= step <= 4 for step in steps)
    qtbot.mouseClick(panel.reset, LEFT)
    caught_up(bench, panel, layer)
    assert layer.provenance.params["directions"] == [] and layer.provenance.params["truncation"] == 0.5
    assert len(doc.history.entries) == 3


def test_a_new_seed_is_drawn_in_place(bench, panel, qtbot):
    layer = bench.generate(seed=1)
    qtbot.mouseClick(panel.reroll, LEFT)
    bench.idle()
    assert bench.app.document.root.children == (layer,) and layer.provenance.seed != 1


def test_a_locked_layer_is_left_alone_and_the_reason_is_shown(bench, panel):
    layer = bench.generate(seed=1)
    edits.set_locked(bench.app.document, layer, True)
    bench.drag(panel.form.editor("truncation").slider, 0.5, 0.9)
    assert layer.provenance.params["truncation"] == 0.5
    assert panel.problem.isVisible() and "locked" in panel.problem.text()
    assert bench.sentences() == []


def test_deleting_the_layer_while_it_follows_is_harmless(bench, panel):
    layer = bench.generate(seed=1)
    panel._push()
    edits.remove(bench.app.document, layer)
    bench.until(lambda: not panel.live.busy)
    bench.idle()
    assert bench.app.document.root.children == () and bench.sentences() == []


def test_a_generator_without_sliders_says_so(bench, panel):
    bench.document(4, "a")
    from studio.model.media import Text

    bench.app.generation.generate(
        "mixer", {}, sources={"words": Text("x"), "mask": bench.app.document.active}
    )
    bench.idle()
    assert "nothing to slide" in panel.empty.message.text() and panel.empty.message.isVisible()


def test_directions_go_by_the_names_they_were_given(bench, panel, qtbot):
    class Face:
        def ask_form(self, title, accept, model, choices, note):
            self.asked = [field.default for field in model.model_fields.values()]
            return {"direction_1": "Smile, or not", "direction_2": " ", "direction_3": "Age"}

    bench.app.face = Face()
    bench.generate(seed=1)
    qtbot.mouseClick(panel.names, LEFT)
    editor = panel.form.editor("directions")
    assert [editor.label(index).text() for index in range(3)] == ["Smile, or not", "2", "Age"]
    assert editor.numbers[0].controls()[0].accessibleName() == "Directions: Smile, or not"
    qtbot.mouseClick(panel.names, LEFT)
    assert bench.app.face.asked[:3] == ["Smile, or not", "", "Age"]
    bench.app.face = None
