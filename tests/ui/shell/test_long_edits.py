"""Edits of a large document in the real window: it answers, tells, and lets itself be stopped."""

import threading

from desk import Desk
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.app.face import NewDocument
from studio.app.files import new_document
from studio.app.tools import ToolId
from studio.model import edits
from studio.model.nodes import Blend

LEFT = Qt.MouseButton.LeftButton


def painted(desk: Desk, side: int = 900):
    """A large document in front with a white background and a red layer."""
    document = new_document(desk.app, NewDocument(side, side))
    layer = edits.add_layer(document)
    edits.select_rect(document, 100, 100, 400, 400)
    edits.fill(document, layer, (255, 0, 0, 255))
    edits.select_none(document)
    return document, layer


def held_up(desk: Desk, document):
    """An edit that waits to be let go on."""
    go_on = threading.Event()
    desk.app.background.edit(document, "Long work", lambda copy: go_on.wait(20))
    return go_on


def test_a_fill_by_the_tool_arrives_and_can_be_undone(desk: Desk) -> None:
    document, _ = painted(desk)
    desk.app.tools.set_foreground((0, 0, 255, 255))
    desk.command(f"tool.{ToolId.FILL}")
    canvas = desk.window.area.canvas
    spot = QPoint(*(round(value) for value in canvas.view.to_view(300, 300)))
    QTest.mouseClick(canvas.viewport, LEFT, Qt.KeyboardModifier.NoModifier, spot)
    assert document.held == "Fill"
    desk.until(lambda: document.held is None)
    assert document.flatten().pixels[300, 300].tolist() == [0, 0, 255, 255]
    desk.command("edit.undo")
    assert document.flatten().pixels[300, 300].tolist() == [255, 0, 0, 255]


def test_the_status_line_shows_the_edit_and_its_button_gives_it_up(desk: Desk) -> None:
    document, _ = painted(desk)
    go_on = held_up(desk, document)
    progress = desk.window.status.progress
    desk.until(lambda: progress.isVisible() and progress._title.text() == "Long work…")
    QTest.mouseClick(progress._stop, LEFT)
    assert document.held is None
    desk.until(lambda: not progress.isVisible())
    go_on.set()


def test_escape_gives_the_edit_up(desk: Desk) -> None:
    document, _ = painted(desk)
    go_on = held_up(desk, document)
    QTest.keyClick(desk.window.area.canvas.viewport, Qt.Key.Key_Escape)
    assert document.held is None
    go_on.set()


def test_painting_meanwhile_is_refused_with_a_sentence(desk: Desk) -> None:
    document, _ = painted(desk)
    go_on = held_up(desk, document)
    desk.command(f"tool.{ToolId.BRUSH}")
    QTest.mouseClick(desk.window.area.canvas.viewport, LEFT)
    desk.until(lambda: "still being worked on" in desk.sentence())
    go_on.set()
    desk.until(lambda: document.held is None)


def test_a_transform_is_shown_until_it_has_arrived(desk: Desk) -> None:
    document, layer = painted(desk)
    desk.command(f"tool.{ToolId.TRANSFORM}")
    canvas = desk.window.area.canvas
    tool = canvas.bench.current
    tool.set_box(tool.box.moved(200, 150))
    desk.command("tool.apply")
    desk.command(f"tool.{ToolId.MOVE}")
    QTest.mouseClick(canvas.viewport, LEFT)
    assert document.held == "Transform" and canvas.picture.floating is not None
    desk.command(f"tool.{ToolId.TRANSFORM}")
    desk.until(lambda: document.held is None)
    QApplication.processEvents()
    assert canvas.picture.floating is None
    assert layer.bounds().x == 300 and layer.bounds().y == 250
    assert tool.box is not None and not tool.open


def test_a_layer_in_motion_keeps_its_blend_mode(desk: Desk) -> None:
    document, layer = painted(desk, 300)
    edits.fill(document, document.root.children[0], (100, 200, 50, 255))
    edits.clear(document, layer)
    edits.fill(document, layer, (200, 100, 100, 255))
    edits.set_blend(document, layer, Blend.MULTIPLY)
    edits.set_opacity(document, layer, 0.5)
    wanted = document.flatten().pixels[90, 60, :3].astype(int)
    desk.command(f"tool.{ToolId.TRANSFORM}")
    canvas = desk.window.area.canvas
    tool = canvas.bench.current
    tool.set_box(tool.box.moved(1, 0))
    desk.until(lambda: not canvas.viewport.is_working)
    spot = QPoint(*(round(value) for value in canvas.view.to_view(60.5, 90.5)))
    seen = canvas.viewport.grab().toImage().pixelColor(spot)
    assert max(abs(seen.red() - wanted[0]), abs(seen.green() - wanted[1]), abs(seen.blue() - wanted[2])) <= 3
    tool.cancel()
