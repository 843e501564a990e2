"""A real canvas over a session without an engine, and a hand that draws on it."""

from collections.abc import Iterator

import pytest
from canvas_hand import Hand, flat, no_engine
from pytestqt.qtbot import QtBot

from studio.app.session import App
from studio.app.settings import Settings
from studio.engine.plugins import Registry
from studio.model import edits
from studio.model.document import Document
from studio.ui.canvas.view import CanvasView


@pytest.fixture
def app() -> App:
    """A session without documents."""
    return App(Settings(), Registry(), no_engine, lambda call: call())


@pytest.fixture
def hand(qtbot: QtBot, app: App) -> Iterator[Hand]:
    """A canvas that shows a blue document of 400 x 300 pixels at 100 %, with an empty layer above."""
    document = Document(400, 300)
    edits.add_image(document, flat(400, 300), "Background")
    edits.add_layer(document, name="Ink")
    document.history.clear()
    app.add_document(document)
    canvas = CanvasView(app)
    canvas.resize(622, 522)
    qtbot.addWidget(canvas)
    with qtbot.waitExposed(canvas):
        canvas.show()
    canvas.set_view(canvas.view.zoomed(1.0))
    app.tools.set("brush", size=20, hardness=1.0)
    app.tools.set_foreground((255, 0, 0, 255))
    hand = Hand(canvas, qtbot)
    hand.settle()
    yield hand
    app.activate(None)
