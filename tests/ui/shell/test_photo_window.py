"""Taking out, comparing and enlarging in the real window, with stand-ins for the photo generators."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from desk import Desk
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.app.tools import ToolId
from studio.model import edits
from studio.model.document import Document
from studio.model.geometry import Rect
from studio.model.media import Image
from studio.ui.canvas.fillings import Fillings
from studio.ui.dialogs.form import FormDialog

STAND_INS = Path(__file__).parents[2] / "app" / "photo" / "stand_ins.py"
NONE, ALT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def photo(desk: Desk) -> Iterator[Desk]:
    """The window with a grey picture of 400 x 300 and the inpainting brush."""
    desk.app.registry.add(STAND_INS)
    desk.app.add_document(Document.from_image(Image(np.full((300, 400, 3), 90, np.uint8)), "Photo"))
    desk.app.tools.choose(ToolId.INPAINT)
    desk.app.tools.set("inpaint", size=30, variants=3, grow=0, feather=0)
    yield desk


def at(desk: Desk, x: float, y: float) -> QPoint:
    view_x, view_y = desk.window.area.canvas.view.to_view(x, y)
    return QPoint(round(view_x), round(view_y))


def stroke(desk: Desk, *points: tuple[float, float], held: Qt.KeyboardModifier = NONE) -> None:
    """Press, move and let go as a person does, in document pixels."""
    view, left = desk.window.area.canvas.viewport, Qt.MouseButton.LeftButton
    places = [at(desk, *point) for point in points]
    QTest.mousePress(view, left, held, places[0])
    for place in places[1:]:
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            QPointF(place),
            QPointF(view.mapToGlobal(place)),
            Qt.MouseButton.NoButton,
            left,
            held,
        )
        QApplication.sendEvent(view, event)
    QTest.mouseRelease(view, left, held, places[-1])


def seen(desk: Desk, x: float, y: float) -> QColor:
    """What the screen shows at a document position."""
    desk.until(lambda: not desk.window.area.canvas.viewport.is_working)
    QApplication.processEvents()
    return desk.window.area.canvas.viewport.grab().toImage().pixelColor(at(desk, x, y))


def pixel(desk: Desk, x: int, y: int) -> tuple[int, ...]:
    return tuple(int(value) for value in desk.document.composite(Rect(x, y, 1, 1))[0, 0])


def filled(desk: Desk) -> None:
    retouch = desk.app.retouch
    desk.until(lambda: not retouch.filling and not retouch.waiting and not desk.app.tasks.titles)


def strip(desk: Desk) -> Fillings:
    (found,) = desk.window.findChildren(Fillings)
    return found


def test_a_stroke_shows_red_and_is_filled_when_the_brush_is_lifted(photo: Desk) -> None:
    view, left = photo.window.area.canvas.viewport, Qt.MouseButton.LeftButton
    QTest.mousePress(view, left, NONE, at(photo, 100, 80))
    assert seen(photo, 108, 80).red() > seen(photo, 108, 80).blue() + 40
    QTest.mouseRelease(view, left, NONE, at(photo, 100, 80))
    filled(photo)
    assert pixel(photo, 100, 80) == (0, 90, 0, 255) and pixel(photo, 130, 80) == (90, 90, 90, 255)
    assert seen(photo, 108, 80).green() == 90 and seen(photo, 108, 80).red() == 0


def test_keys_and_the_strip_flip_through_the_fillings(photo: Desk) -> None:
    stroke(photo, (100, 80), (140, 80))
    filled(photo)
    assert len(strip(photo).buttons) == 3 and strip(photo).buttons[0].isChecked()
    photo.window.actions_.refresh()
    QTest.keyClick(photo.window.area.canvas.viewport, Qt.Key.Key_Period)
    assert pixel(photo, 120, 80)[0] == 1 and strip(photo).buttons[1].isChecked()
    QTest.mouseClick(strip(photo).buttons[2], Qt.MouseButton.LeftButton)
    assert pixel(photo, 120, 80)[0] == 2
    photo.command("edit.undo")
    assert pixel(photo, 120, 80) == (90, 90, 90, 255)


def test_marks_gather_until_enter_and_alt_takes_some_away(photo: Desk) -> None:
    photo.app.tools.set("inpaint", at_once=False)
    stroke(photo, (60, 60), (200, 60))
    stroke(photo, (200, 60), (201, 60), held=ALT)
    assert "Enter" in strip(photo).told.text() and not photo.document.history.entries
    QTest.keyClick(photo.window.area.canvas.viewport, Qt.Key.Key_Return)
    filled(photo)
    assert pixel(photo, 80, 60)[1] == 90 and pixel(photo, 80, 60)[0] == 0
    assert pixel(photo, 200, 60) == (90, 90, 90, 255)


def test_escape_gives_up_marks_and_a_filling_under_way(photo: Desk) -> None:
    photo.app.tools.set("inpaint", at_once=False)
    stroke(photo, (60, 60), (200, 60))
    QTest.keyClick(photo.window.area.canvas.viewport, Qt.Key.Key_Escape)
    assert not photo.app.retouch.marks
    photo.app.tools.set("inpaint", at_once=True)
    stroke(photo, (60, 60), (200, 60))
    QTest.keyClick(photo.window.area.canvas.viewport, Qt.Key.Key_Escape)
    photo.idle()
    assert not photo.app.retouch.filling and not photo.document.history.entries


def test_the_lasso_marks_what_it_encloses(photo: Desk) -> None:
    photo.app.tools.set("inpaint", shape="lasso")
    stroke(photo, (100, 100), (160, 100), (160, 160), (100, 160))
    filled(photo)
    assert pixel(photo, 130, 130)[0] == 0 and pixel(photo, 170, 130) == (90, 90, 90, 255)


def test_before_and_after_lie_on_both_sides_of_a_line_that_can_be_dragged(photo: Desk) -> None:
    edits.add_image(photo.document, Image(np.full((300, 400, 3), 200, np.uint8)), "Result")
    photo.command("view.compare")
    canvas = photo.window.area.canvas
    assert canvas.comparing
    canvas.divider.move_to(at(photo, 200, 150).x() / canvas.viewport.width())
    assert seen(photo, 50, 250).red() == 90 and seen(photo, 350, 250).red() == 200
    target = canvas.divider.mapFromParent(at(photo, 300, 100))
    QTest.mousePress(canvas.divider, Qt.MouseButton.LeftButton, NONE, canvas.divider.rect().center())
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(target),
        QPointF(canvas.divider.mapToGlobal(target)),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.LeftButton,
        NONE,
    )
    QApplication.sendEvent(canvas.divider, event)
    assert seen(photo, 250, 250).red() == 90 and seen(photo, 350, 250).red() == 200
    QTest.keyClick(canvas.divider, Qt.Key.Key_Right)
    assert canvas.divider.hasFocus() and canvas.divider.share > 0.5
    photo.command("view.compare")
    assert not canvas.comparing and seen(photo, 250, 250).red() == 200


def test_comparing_follows_the_chosen_layer_and_the_document(photo: Desk) -> None:
    first = edits.add_image(photo.document, Image(np.full((300, 400, 3), 200, np.uint8)), "One")
    edits.add_image(photo.document, Image(np.full((300, 400, 3), 150, np.uint8)), "Two")
    photo.command("view.compare")
    photo.window.area.canvas.divider.move_to(1.0)
    assert seen(photo, 100, 100).red() == 200
    photo.document.active = first
    assert seen(photo, 100, 100).red() == 150
    photo.app.add_document(Document(50, 50))
    photo.app.remove_document(photo.document)
    assert photo.window.area.canvas.comparing


def test_a_dialog_asks_how_to_enlarge_and_opens_the_result(
    photo: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen_titles: list[str] = []

    def accept(self: FormDialog) -> bool:
        seen_titles.append(self.windowTitle())
        self.form.set_values({"scale": 2})
        return True

    monkeypatch.setattr(FormDialog, "ask", accept)
    photo.command("image.upscale")
    photo.until(lambda: len(photo.app.documents) == 2)
    assert seen_titles == ["Upscale"] and photo.document.width == 800


def test_the_form_is_shown_and_can_be_left(photo: Desk) -> None:
    from studio.app.actions.retouch import Extension

    dialog = FormDialog("Extend and fill", "Extend", Extension, {}, "A note.", photo.window)
    photo.bot.addWidget(dialog)
    with photo.bot.waitExposed(dialog):
        dialog.show()
    assert dialog.answer() == {"left": 0, "right": 0, "top": 0, "bottom": 0}
    dialog.form.set_values({"left": 30})
    assert dialog.answer()["left"] == 30 and dialog.ok.isEnabled()
