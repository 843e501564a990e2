"""Select > Refine Edge."""

from pathlib import Path

import numpy as np
import pytest

from studio.app import places
from studio.app.refine import Refinement, start
from studio.app.session import App
from studio.app.settings import Settings
from studio.app.tasks import MainLoop
from studio.engine.jobs import Engine
from studio.engine.plugins import Registry
from studio.engine.testing import FakeDevice
from studio.model import edits
from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.media import Image


@pytest.fixture
def loop() -> MainLoop:
    return MainLoop()


@pytest.fixture
def app(loop: MainLoop, studio_home: Path):
    """A session over the built-in generators."""
    registry = Registry(built_in=[places.BUILT_IN_PLUGINS])
    registry.discover(entry_points=False)

    def engine() -> Engine:
        sink = lambda event: loop.post(lambda: made.handle(event))  # noqa: E731
        return Engine(sink, registry=registry, devices=[FakeDevice()])

    made = App(Settings.load(places.settings_file()), registry, engine, loop.post)
    yield made
    made.close()


@pytest.fixture
def document(app: App) -> Document:
    """A soft bright disc on blue, with a hard selection around it."""
    y, x = np.mgrid[0:60, 0:80]
    alpha = ((18 - np.hypot(x - 40, y - 30)) / 8 + 0.5).clip(0, 1)[..., None]
    pixels = alpha * [240, 180, 60] + (1 - alpha) * [20, 60, 180]
    made = Document.from_image(Image(pixels.astype(np.uint8)), "disc")
    app.add_document(made)
    edits.select_ellipse(made, 21, 11, 38, 38)
    return made


def finish(app: App, loop: MainLoop) -> None:
    while app.engine.jobs() or app.generation.waiting:
        assert loop.run_one(timeout=30)
    while loop.run_one(timeout=0):
        pass


def soft_share(coverage: np.ndarray) -> float:
    return float(((coverage > 20) & (coverage < 235)).mean())


def test_the_selection_takes_on_the_soft_edge(app: App, loop: MainLoop, document: Document) -> None:
    before = document.selection.read(document.canvas)
    start(app, document, Refinement(band=8, result="selection"))
    finish(app, loop)
    after = document.selection.read(document.canvas)
    assert soft_share(after) > 3 * soft_share(before)
    document.history.undo()
    assert np.array_equal(document.selection.read(document.canvas), before)


def test_a_layer_mask_is_one_undo_step(app: App, loop: MainLoop, document: Document) -> None:
    layer = document.active
    steps = len(document.history.entries)
    start(app, document, Refinement(band=8))
    finish(app, loop)
    assert layer.mask is not None and document.selection.is_empty
    assert len(document.history.entries) == steps + 1
    assert document.composite(document.canvas)[0, 0, 3] == 0
    with pytest.raises(UserError, match="mask already"):
        start(app, document, Refinement())
    document.history.undo()
    assert layer.mask is None and not document.selection.is_empty


def test_a_new_layer_is_the_cut_out(app: App, loop: MainLoop, document: Document) -> None:
    start(app, document, Refinement(band=8, result="new layer"))
    finish(app, loop)
    cut = document.image_of(document.root.children[-1])
    assert len(document.root.children) == 2 and cut.pixels[0, 0, 3] == 0 and cut.pixels[30, 40, 3] == 255


def test_without_a_selection_it_says_what_to_do(app: App, document: Document) -> None:
    edits.select_none(document)
    with pytest.raises(UserError, match="no mask"):
        start(app, document, Refinement(result="selection"))
