"""The latent explorer over a real engine with tiny networks."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from panel_kit import Bench
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication
from tiny_models import tiny_model

from studio.app.actions import COMMANDS
from studio.app.commands import Command
from studio.app.latent import load_directions
from studio.app.session import App
from studio.app.settings import Settings
from studio.engine.devices import TorchDevice
from studio.engine.jobs import Engine
from studio.engine.plugins import Registry
from studio.engine.points import decode
from studio.engine.weights import WeightsStore
from studio.model import edits
from studio.model.media import Image
from studio.ui.bridge import Bridge
from studio.ui.panels.explore import chart
from studio.ui.panels.explorer import ExplorerPanel

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    tiny_model(folder, "clothes", ("r", "g", "b"))
    tiny_model(folder, "other", ("grey",), seed=5)
    registry = Registry(WeightsStore([folder]), built_in=[PLUGINS])
    registry.discover(entry_points=False)
    return registry


@pytest.fixture
def bench(qtbot, studio_home, registry, monkeypatch):
    monkeypatch.setattr(chart, "COUNT", 12)
    bridge = Bridge()

    def engine():
        return Engine(bridge.post, registry=registry, devices=[TorchDevice("cpu")])

    app = App(Settings(studio_home / "settings.json"), registry, engine, bridge.call)
    bridge.handle = app.handle
    app.commands.add(*COMMANDS)
    yield Bench(app, bridge, qtbot)
    app.close()
    bridge.close()


@pytest.fixture
def panel(bench):
    bench.app.generate("synthesis", {"model": "clothes", "seed": 3})
    bench.idle()
    return bench.show(ExplorerPanel(bench.app))


def layer(bench):
    return bench.app.document.active


def mapped(bench, panel):
    panel.map.draw()
    bench.until(lambda: not panel.map._job)
    assert len(panel.map.chart.spots) == 12
    return panel.map.chart


def settled(bench, panel):
    bench.until(lambda: not panel.guide.live.busy)
    bench.idle()


def test_without_the_generator_a_sentence_stands_in(qtbot, studio_home):
    bridge = Bridge()
    app = App(Settings(studio_home / "s.json"), Registry(), lambda: None, bridge.call)
    panel = ExplorerPanel(app)
    qtbot.addWidget(panel)
    panel.show()
    assert panel.empty.message.isVisible() and "needs" in panel.empty.message.text()
    app.close()
    bridge.close()


def test_a_click_on_the_map_goes_there_and_a_drag_is_one_step(bench, panel, qtbot):
    view = mapped(bench, panel)
    steps, before = len(bench.app.document.history.entries), layer(bench).provenance.params
    spot = view.spots[4]
    at = view.place(spot.x, spot.y).toPoint()
    qtbot.mousePress(view, LEFT, pos=at)
    for i in range(1, 4):
        qtbot.mouseMove(view, at + QPoint(4 * i, 0))
    qtbot.mouseRelease(view, LEFT, pos=at + QPoint(12, 0))
    settled(bench, panel)
    assert layer(bench).provenance.params["point"] and view.here is not None
    assert len(bench.app.document.history.entries) == steps + 1
    there = view.here
    bench.app.document.history.undo()
    assert layer(bench).provenance.params == before and view.here is None
    bench.app.document.history.redo()
    assert view.here == there


def test_crowded_pictures_wait_until_one_looks_nearer_and_marked_ones_do_not(bench, panel):
    view = mapped(bench, panel)
    view.show_spots([replace(spot, x=spot.x / 4, y=spot.y / 4) for spot in view.spots])
    few = view.drawn()
    hidden = next(index for index in range(12) if index not in few)
    spot = view.spots[hidden]
    assert view.nearest(spot.x, spot.y) is not spot
    view.mark(spot, True)
    assert hidden in view.drawn()
    view.zoom = 12.0
    assert len(view.drawn()) > len(few)


def test_without_a_layer_the_explorer_makes_one(bench, qtbot):
    bench.app.draft.load("synthesis", {"model": "clothes"})
    panel = bench.show(ExplorerPanel(bench.app))
    view = mapped(bench, panel)
    qtbot.mouseClick(view, LEFT, pos=view.rect().center())
    settled(bench, panel)
    assert layer(bench).provenance.params["point"]


def test_the_map_zooms_around_the_pointer_and_comes_anew_for_another_model(bench, panel):
    view = mapped(bench, panel)
    at = QPointF(60, 40)
    place = view.at(at)
    assert view.place(*place).toPoint() == at.toPoint()
    bench.app.generate("synthesis", {"model": "other", "seed": 3})
    bench.idle()
    assert view.spots == [] and panel.title.text().startswith("other")


def test_marks_become_a_named_direction_with_a_slider(bench, panel, qtbot):
    view = mapped(bench, panel)
    for place, spot in enumerate(view.spots[:6]):
        at = view.place(spot.x, spot.y).toPoint()
        view.mark(spot, place % 2 == 0) if place else qtbot.mouseClick(
            view, LEFT, Qt.KeyboardModifier.ShiftModifier, at
        )
    part = panel.attributes
    assert "marked +" in part.count.text() and part.add.isEnabled()
    part.name.setText("Round")
    qtbot.mouseClick(part.add, LEFT)
    assert list(load_directions("clothes").own) == ["Round"] and list(part.sliders) == ["Round"]
    steps = len(bench.app.document.history.entries)
    panel.tabs.setCurrentIndex(2)
    QApplication.processEvents()
    bench.drag(part.sliders["Round"].slider, 0.5, 0.7, 0.9)
    settled(bench, panel)
    (move,) = layer(bench).provenance.params["moves"]
    assert move["name"] == "Round" and move["amount"] > 1
    assert len(bench.app.document.history.entries) == steps + 1
    bench.app.document.history.undo()
    assert part.sliders["Round"].value() == 0
    part.rename("Round", "Oval")
    assert list(load_directions("clothes").own) == ["Oval"]
    part.remove("Oval")
    assert not load_directions("clothes").own and not part.sliders
    qtbot.mouseClick(part.undo, LEFT)
    assert list(load_directions("clothes").own) == ["Oval"] and list(part.sliders) == ["Oval"]
    qtbot.mouseClick(part.undo, LEFT)
    assert list(part.sliders) == ["Round"]
    qtbot.mouseClick(part.undo, LEFT)
    assert not part.sliders and not part.undo.isEnabled()


def test_a_direction_without_a_name_is_refused_with_a_sentence(bench, panel, qtbot):
    view = mapped(bench, panel)
    view.mark(view.spots[0], True)
    view.mark(view.spots[1], False)
    qtbot.mouseClick(panel.attributes.add, LEFT)
    assert "needs a name" in panel.problem.text()
    view.mark(view.spots[1], False)
    assert not panel.attributes.add.isEnabled()


def test_a_field_of_the_mixing_grid_is_taken_to_the_layer(bench, panel, qtbot):
    panel.tabs.setCurrentIndex(1)
    bench.until(lambda: len(panel.mix.grid.pictures) == 15)
    assert panel.mix.rows[0] == 3
    qtbot.mouseClick(panel.mix.grid, LEFT, pos=panel.mix.grid.box((1, 2)).center().toPoint())
    settled(bench, panel)
    params = layer(bench).provenance.params
    assert (params["seed"], params["mix_seed"]) == (panel.mix.rows[1], panel.mix.columns[2])
    qtbot.mouseClick(panel.mix.grid, LEFT, pos=panel.mix.grid.box((-1, 0)).center().toPoint())
    settled(bench, panel)
    params = layer(bench).provenance.params
    assert (params["seed"], params["mix_seed"]) == (panel.mix.columns[0], -1)


def test_the_first_row_of_the_grid_is_the_layer_wherever_it_was_moved_to(bench, panel, qtbot):
    view = mapped(bench, panel)
    qtbot.mouseClick(view, LEFT, pos=view.rect().center())
    settled(bench, panel)
    here = layer(bench).provenance.params["point"]
    panel.tabs.setCurrentIndex(1)
    bench.until(lambda: len(panel.mix.grid.pictures) == 15)
    assert panel.mix.layer.value() == 2  # of four
    qtbot.mouseClick(panel.mix.grid, LEFT, pos=panel.mix.grid.box((0, 1)).center().toPoint())
    settled(bench, panel)
    params = layer(bench).provenance.params
    assert params["point"] == here and params["mix_seed"] == panel.mix.columns[1]
    panel.mix.draw()
    bench.until(lambda: len(panel.mix.grid.pictures) == 15)
    qtbot.mouseClick(panel.mix.grid, LEFT, pos=panel.mix.grid.box((0, -1)).center().toPoint())
    settled(bench, panel)
    mixed = layer(bench).provenance.params
    assert mixed["mix_seed"] == -1 and len(mixed["point"]) > len(here)  # what was mixed, layer by layer


def test_keyframes_are_gathered_ordered_played_and_saved(bench, panel, qtbot, tmp_path):
    panel.tabs.setCurrentIndex(3)
    path = panel.path
    qtbot.mouseClick(path.add, LEFT)
    bench.until(lambda: path.list.count() == 1)
    qtbot.mouseClick(path.walk, LEFT)
    bench.until(lambda: path.list.count() == 6)
    first = path.ordered()[0]
    path.list.setCurrentRow(0)
    qtbot.mouseClick(path.later, LEFT)
    assert np.array_equal(path.ordered()[1], first)
    steps = len(bench.app.document.history.entries)
    qtbot.mouseClick(path.play, LEFT)
    bench.until(lambda: path.scrubber.value() > 20)
    qtbot.mouseClick(path.play, LEFT)
    settled(bench, panel)
    assert len(bench.app.document.history.entries) == steps + 1 and layer(bench).provenance.params["point"]
    path.list.setCurrentRow(5)
    path.remove_chosen()
    assert path.list.count() == 5
    path.seconds.set_value(0.2)
    path.save_film(tmp_path / "walk.gif")
    bench.until(lambda: any("Saved walk.gif" in text for text in bench.sentences()))
    from PIL import Image as Pillow

    with Pillow.open(tmp_path / "walk.gif") as film:
        assert film.size == (16, 16) and film.n_frames > 10


def test_what_was_done_to_keyframes_can_be_taken_back(bench, panel, qtbot):
    path = panel.path
    assert not path.undo.isEnabled()
    path.add_walk()
    bench.until(lambda: path.list.count() == 5)
    QApplication.processEvents()
    before = path.ordered()
    path.list.setCurrentRow(1)
    path.move(1)
    QApplication.processEvents()
    path.list.setCurrentRow(0)
    path.remove_chosen()
    QApplication.processEvents()
    assert path.list.count() == 4
    panel.tabs.setCurrentIndex(3)
    qtbot.mouseClick(path.undo, LEFT)
    assert path.list.count() == 5 and not np.array_equal(path.ordered()[1], before[1])
    qtbot.mouseClick(path.undo, LEFT)
    assert all(np.array_equal(one, two) for one, two in zip(path.ordered(), before, strict=True))
    QApplication.processEvents()
    qtbot.mouseClick(path.undo, LEFT)
    assert path.list.count() == 4


def test_keyframes_go_to_the_timeline_as_a_latent_path(bench, panel, qtbot):
    path = panel.path
    path.add_walk()
    bench.until(lambda: path.list.count() == 5)
    shown = []
    bench.app.commands.add(Command("window.timeline", "Timeline", "Window", shown.append))
    qtbot.mouseClick(path.send, LEFT)
    assert shown
    item, sent = bench.app.video.latent.item()
    assert len(sent.stops) == 5 and sent.loop == 10 == item.length
    assert np.array_equal(decode(sent.stops[2].point), path.ordered()[2])


def test_a_film_that_is_given_up_leaves_nothing(bench, panel, tmp_path):
    path = panel.path
    path.add_walk()
    bench.until(lambda: path.list.count() == 5)
    path.seconds.set_value(20)
    path.save_film(tmp_path / "walk.mp4")
    path.cancel_film()
    work = bench.app.lab._works[-1]
    bench.until(lambda: not work.busy)
    assert list(tmp_path.iterdir()) == [] and path.play.isEnabled()


def test_a_picture_is_found_in_the_model_and_becomes_a_layer_to_explore(bench, panel, qtbot, monkeypatch):
    ask = panel.guide.ask
    quick = {"steps": 10, "samples": 16}
    monkeypatch.setattr(panel.guide, "ask", lambda id, params, *a, **k: ask(id, {**params, **quick}, *a, **k))
    picture = Image(np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8))
    edits.add_image(bench.app.document, picture, "Photo")
    qtbot.mouseClick(panel.find, LEFT)
    bench.until(lambda: not panel._search)
    bench.idle()
    assert layer(bench).provenance.generator == "synthesis" and layer(bench).provenance.params["point"]
    assert panel.find.text() == "Find Picture"


def test_looking_for_a_picture_can_be_stopped(bench, panel, qtbot):
    qtbot.mouseClick(panel.find, LEFT)
    assert panel._search and panel.find.text() == "Stop"
    qtbot.mouseClick(panel.find, LEFT)
    bench.idle()
    assert not panel._search and len(bench.app.document.root.children) == 1
