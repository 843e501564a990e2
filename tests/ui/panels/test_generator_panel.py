"""The generator panel over a real engine."""

import json

import numpy as np
import pytest
from panel_kit import texts
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from video_kit import recorded

from studio.app.presets import load_preset, presets_of
from studio.engine.events import State
from studio.model import edits
from studio.model.io import export_image
from studio.model.media import Image
from studio.model.nodes import GeneratedLayer
from studio.model.timeline import Source
from studio.ui.forms import as_json
from studio.ui.panels.generator import GeneratorPanel

LEFT = Qt.MouseButton.LeftButton


class Face:
    """Answers what it is told to."""

    def __init__(self):
        self.text, self.paths, self.shown = None, [], []

    def ask_text(self, title, label, value):
        return self.text

    def ask_open(self, title, *, several=True):
        return self.paths

    def view_centre(self):
        return (0.0, 0.0)

    def show(self, what):
        self.shown.append(what)


@pytest.fixture
def panel(bench):
    bench.app.face = Face()
    bench.app.draft.choose("tiny")
    return bench.show(GeneratorPanel(bench.app))


def keep_seed(panel, seed):
    panel.form.set_value("seed", seed)
    panel.form.editor("seed").lock.setChecked(True)
    panel._edited("seed", seed)


def press(qtbot, panel):
    qtbot.mouseClick(panel.generate, LEFT)


def test_generate_makes_a_layer_with_what_the_form_shows(bench, panel, qtbot):
    keep_seed(panel, 7)
    bench.drag(panel.form.editor("truncation").slider, 0.5, 0.9)
    press(qtbot, panel)
    bench.idle()
    layer = bench.app.document.active
    assert isinstance(layer, GeneratedLayer)
    assert dict(layer.provenance.params) == as_json(panel.form.values())
    assert layer.provenance.seed == 7


def test_an_unlocked_seed_is_drawn_anew_and_shown(bench, panel, qtbot):
    seen = set()
    for _ in range(2):
        press(qtbot, panel)
        bench.idle()
        seen.add(bench.app.document.active.provenance.seed)
        assert panel.form.values()["seed"] == bench.app.document.active.provenance.seed
    assert len(seen) == 2


def test_a_locked_seed_stays(bench, panel, qtbot):
    keep_seed(panel, 99)
    press(qtbot, panel)
    bench.idle()
    assert bench.app.document.active.provenance.seed == 99
    bench.app.run_command("generate.new_seed")
    bench.idle()
    assert bench.app.document.active.provenance.seed != 99


def test_searching_chooses_another_generator(bench, panel, qtbot):
    line = panel.picker.lineEdit()
    line.selectAll()
    qtbot.keyClicks(line, "mix")
    panel.picker.completer().popup().hide()
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert bench.app.draft.generator == "mixer"
    assert panel.spec.id == "mixer" and set(panel.inputs.editors) == {"image", "mask", "words"}
    assert "Red where the mask is" in texts(panel)


def test_what_is_typed_and_not_found_is_forgotten(bench, panel, qtbot):
    line = panel.picker.lineEdit()
    line.selectAll()
    qtbot.keyClicks(line, "zzz")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert bench.app.draft.generator == "tiny" and line.text() == "Tiny"


def test_a_generator_without_its_model_says_what_is_missing(bench, panel):
    bench.app.draft.choose("absent")
    assert panel.readiness.isVisible() and panel.readiness.text()
    assert not panel.generate.isEnabled() and not panel.live.isEnabled()
    bench.app.draft.choose("tiny")
    assert not panel.readiness.isVisible() and panel.generate.isEnabled()


def test_generate_is_off_while_a_value_does_not_fit(panel):
    panel.form.set_value("count", 99)
    assert not panel.generate.isEnabled()
    assert panel.problem.text() == "Count must be at most 16, not 99."
    panel.form.set_value("count", 2)
    assert panel.generate.isEnabled()


def test_what_was_set_is_there_again_when_the_generator_is(bench, panel):
    bench.drag(panel.form.editor("truncation").slider, 0.5, 0.99)
    bench.app.draft.choose("mixer")
    bench.app.draft.choose("tiny")
    assert panel.form.values()["truncation"] == 1.0
    assert bench.show(GeneratorPanel(bench.app)).form.values()["truncation"] == 1.0


def test_recipes_from_elsewhere_fill_the_form_and_lock_the_seed(bench, panel):
    bench.generate(seed=31, truncation=0.25)
    bench.app.run_command("generate.recipe")
    assert panel.form.values()["seed"] == 31 and panel.form.values()["truncation"] == 0.25
    assert panel.form.editor("seed").lock.isChecked()


def test_progress_is_shown_and_cancelled(bench, panel, qtbot):
    panel.form.set_value("steps", 5000)
    panel._edited("steps", 5000)
    press(qtbot, panel)
    bench.until(lambda: panel.progress.isVisible() and panel.progress.bar.value() > 0)
    qtbot.mouseClick(panel.progress.cancel, LEFT)
    bench.idle()
    assert not panel.progress.isVisible()
    assert bench.app.jobs.all()[-1].state is State.CANCELLED


def test_the_target_replaces_the_chosen_layer(bench, panel, qtbot):
    layer = bench.generate(seed=1)
    qtbot.keyClick(panel.target.combo, Qt.Key.Key_Down)
    keep_seed(panel, 200)
    press(qtbot, panel)
    bench.idle()
    assert len(bench.app.document.root.children) == 1
    assert layer.provenance.seed == 200
    edits.add_layer(bench.app.document, "raster")
    press(qtbot, panel)
    assert bench.sentences() == ["No generated layer is chosen."]


def test_variations_only_leave_the_document_alone(bench, panel, qtbot):
    bench.document(64)
    qtbot.keyClick(panel.target.combo, Qt.Key.Key_End)
    press(qtbot, panel)
    bench.idle()
    assert bench.app.document.root.children == () and len(bench.app.results.items) == 1


def test_live_makes_a_layer_that_follows_and_each_drag_is_one_step(bench, panel, qtbot):
    doc = bench.document(64)
    keep_seed(panel, 5)
    qtbot.mouseClick(panel.live, LEFT, pos=QPoint(8, panel.live.height() // 2))
    bench.idle()
    layer = doc.active
    assert isinstance(layer, GeneratedLayer)
    for shares in ((0.5, 0.6, 0.8, 0.9), (0.9, 0.3, 0.1)):
        bench.drag(panel.form.editor("truncation").slider, *shares)
        bench.idle()
        bench.until(lambda: layer.provenance.params["truncation"] == panel.form.values()["truncation"])
    assert len(doc.root.children) == 1
    assert len(doc.history.entries) == 3
    doc.history.undo()
    assert layer.provenance.params["truncation"] > 0.8


def test_live_tells_a_refusal_in_the_panel(bench, panel, qtbot):
    layer = bench.generate(seed=1)
    edits.set_locked(bench.app.document, layer, True)
    panel.live.setChecked(True)
    assert panel.problem.isVisible() and "locked" in panel.problem.text()
    edits.set_locked(bench.app.document, layer, False)
    bench.drag(panel.form.editor("truncation").slider, 0.2, 0.4)
    assert not panel.problem.isVisible()
    bench.idle()


def test_inputs_come_from_layers_selection_words_and_files(bench, panel, qtbot, tmp_path):
    doc = bench.document(8, "a", "b")
    edits.fill(doc, doc.root.children[0], (9, 8, 7, 255))
    edits.fill(doc, doc.root.children[1], (1, 2, 3, 255))
    bench.app.draft.choose("mixer")
    image, words = panel.inputs.editors["image"], panel.inputs.editors["words"]
    offered = [image.combo.itemText(i) for i in range(image.combo.count())]
    assert offered == ["Whole picture", "Layer: b", "Layer: a", "File…"]
    image.combo.setCurrentIndex(2)
    image.combo.activated.emit(2)
    qtbot.keyClicks(words.line, "hello")
    edits.select_all(doc)
    press(qtbot, panel)
    bench.idle()
    pixel = doc.image_of(doc.active).rgba8()[0, 0]
    assert tuple(pixel) == (255, 5, 7, 255)


def test_an_input_is_read_from_a_file(bench, panel, tmp_path):
    path = tmp_path / "blue.png"
    export_image(Image(np.full((6, 6, 3), (0, 0, 77), np.uint8)), path)
    bench.document(6, "a")
    bench.app.draft.choose("mixer")
    bench.app.face.paths = [path]
    image = panel.inputs.editors["image"]
    image.combo.activated.emit(image.combo.count() - 1)
    bench.idle()
    assert image.combo.currentText() == "File: blue.png"
    assert bench.app.draft.sources["image"].array("uint8", 3)[0, 0].tolist() == [0, 0, 77]


def test_a_broken_input_file_is_told_and_changes_nothing(bench, panel, tmp_path):
    path = tmp_path / "broken.png"
    path.write_bytes(b"\x89PNG nothing")
    bench.app.draft.choose("mixer")
    bench.app.face.paths = [path]
    image = panel.inputs.editors["image"]
    image.combo.activated.emit(image.combo.count() - 1)
    bench.idle()
    assert image.combo.currentText() == "Whole picture" and len(bench.sentences()) == 1


def test_a_layer_that_is_gone_gives_way_to_the_picture(bench, panel):
    doc = bench.document(8, "a", "b")
    bench.app.draft.choose("mixer")
    image = panel.inputs.editors["image"]
    image.combo.setCurrentIndex(1)
    image.combo.activated.emit(1)
    assert bench.app.draft.sources["image"] is doc.root.children[1]
    edits.remove(doc, doc.root.children[1])
    assert image.combo.currentText() == "Whole picture" and "image" not in bench.app.draft.sources


def test_a_missing_document_is_told_by_generate(bench, panel, qtbot):
    bench.app.draft.choose("mixer")
    press(qtbot, panel)
    assert bench.sentences() == ["Mixer works on a picture, and none is open."]


def test_presets_are_saved_listed_loaded_and_deleted(bench, panel):
    panel.form.set_values({"seed": 11, "truncation": 0.9, "class": "dog", "directions": (1.5,)})
    bench.app.face.text = "Evening dog"
    panel.presets.fill()
    actions = {action.text(): action for action in panel.presets.actions()}
    actions["Save preset…"].trigger()
    (path,) = presets_of("tiny")
    assert load_preset(path).name == "Evening dog"
    wanted = panel.form.model()
    panel.form.reset_all()
    panel.presets.fill()
    panel.presets.actions()[0].trigger()
    assert panel.form.model() == wanted
    assert bench.app.draft.params["class"] == "dog"
    panel.presets.fill()
    removal = next(a.menu() for a in panel.presets.actions() if a.text() == "Delete preset")
    removal.actions()[0].trigger()
    assert presets_of("tiny") == []


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"\xff\xfe", b'{"format": "latent-studio-preset", "version": 9}', b"[" * 100_000],
)
def test_a_file_that_is_no_preset_is_refused(bench, panel, tmp_path, content):
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    before = panel.form.values()
    panel.presets._try(lambda: panel.presets.load(path))
    assert bench.sentences() == ["“bad.json” is no preset."]
    assert panel.form.values() == before


def test_a_preset_with_values_that_do_not_fit_is_shown_with_what_is_wrong(bench, panel, tmp_path):
    path = tmp_path / "odd.json"
    raw = {"format": "latent-studio-preset", "version": 1, "name": "odd", "generator": "tiny"}
    path.write_text(json.dumps({**raw, "params": {"count": 99, "wings": 2}}))
    panel.presets.load(path)
    assert not panel.form.valid and not panel.generate.isEnabled()
    assert bench.sentences() == ["The preset has unknown fields: wings."]


def test_a_preset_of_another_generator_is_refused(bench, panel, tmp_path):
    path = tmp_path / "other.json"
    raw = {
        "format": "latent-studio-preset",
        "version": 1,
        "name": "other",
        "generator": "mixer",
        "params": {},
    }
    path.write_text(json.dumps(raw))
    panel.presets._try(lambda: panel.presets.load(path))
    assert bench.sentences() == ["“other” is a preset for another generator."]


def test_the_command_line_says_the_same(bench, panel):
    panel.form.set_values({"seed": 4, "class": "cat", "truncation": 0.25, "directions": (1.0, -0.5)})
    panel.presets.copy_command()
    assert QGuiApplication.clipboard().text() == (
        "studio run tiny --set class=cat --set truncation=0.25 --set directions=1.0,-0.5"
        " --seed 4 --out tiny.png"
    )


def test_classes_follow_the_model(panel, qtbot):
    combo = panel.form.editor("class").combos[0]
    assert [combo.itemText(i) for i in range(combo.count())] == ["Any", "Cat", "Dog"]
    qtbot.keyClick(panel.form.editor("model").combo, Qt.Key.Key_Down)
    combo = panel.form.editor("class").combos[0]
    assert [combo.itemText(i) for i in range(combo.count())] == ["Any", "Newt"]


def test_without_any_generator_a_sentence_says_so(bench, panel):
    bench.app.registry._specs.clear()
    bench.app.generators_changed.emit()
    assert panel.empty.message.isVisible() and "No generator" in panel.empty.message.text()


def test_makers_of_clips_offer_places_on_the_timeline(bench, panel):
    assert panel.live.isVisible()
    bench.app.draft.choose("twice")
    assert not panel.live.isVisible() and list(panel.inputs.editors) == ["clip"]
    offered = [panel.target.combo.itemText(i) for i in range(panel.target.combo.count())]
    assert len(offered) == 4 and all(text.startswith("Timeline") for text in offered)
    assert bench.app.draft.place == "after"
    bench.app.draft.choose("tiny")
    assert panel.live.isVisible() and panel.target.combo.currentText() == "New layer"


def test_a_clip_is_made_of_the_chosen_piece_and_comes_behind_it(bench, panel, qtbot):
    bench.app.draft.choose("twice")
    press(qtbot, panel)
    assert "No clip is chosen" in bench.app.notices.items[-1].sentence
    desk = bench.app.video
    desk.add(Source.of_clip(recorded(12), "one"))
    desk.add(Source.of_clip(recorded(12), "two"))
    desk.choose(desk.score.tracks[0].items[0].id)
    press(qtbot, panel)
    bench.until(lambda: len(desk.score.tracks[0].items) == 3 and desk.score.length == 2)
    spans = [(item.source.title, float(item.length)) for item in desk.score.tracks[0].items]
    assert spans == [("one", 0.5), ("one, twice", 1.0), ("two", 0.5)]
    assert bench.app.face.shown[-1] == "timeline"


def test_a_clip_can_come_on_a_track_of_its_own(bench, panel, qtbot):
    bench.app.draft.choose("twice")
    desk = bench.app.video
    desk.add(Source.of_clip(recorded(12), "one"))
    panel.target.combo.setCurrentIndex(3)
    panel.target.combo.activated.emit(3)
    press(qtbot, panel)
    bench.until(lambda: len(desk.score.tracks) == 2 and desk.score.length == 1)
    assert [[item.source.title for item in track.items] for track in desk.score.tracks] == [
        ["one"],
        ["one, twice"],
    ]
