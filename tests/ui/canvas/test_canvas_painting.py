"""Strokes, fills, gradients and colours, by mouse, pen and keyboard."""

import numpy as np
import pytest
from canvas_hand import ALT, BLUE, CTRL, NONE, SHIFT, Hand
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from studio.app.tools import ToolId
from studio.model import edits
from studio.model.document import Document
from studio.model.paint import Stroke

RED = (255, 0, 0, 255)


def test_a_mouse_stroke_is_painted_seen_and_undone(hand: Hand) -> None:
    hand.drag((50, 50), (120, 60), (200, 80))
    assert hand.pixel(120, 62) == RED
    assert hand.pixel(200, 80) == RED
    assert hand.seen(120, 62).getRgb() == RED
    assert [entry.title for entry in hand.document.history.entries] == ["Brush stroke"]
    hand.document.history.undo()
    assert hand.pixel(120, 62) == BLUE
    assert hand.seen(120, 62).getRgb() == BLUE


def test_a_single_click_leaves_a_dab(hand: Hand) -> None:
    hand.click(100, 100)
    assert hand.pixel(100, 100) == RED
    assert hand.pixel(115, 100) == BLUE


def test_a_stroke_over_corners_is_round(hand: Hand) -> None:
    """The path goes through the middles between the points, so it stays inside the corner."""
    hand.app.tools.set("brush", size=4)
    hand.drag((50, 50), (150, 50), (150, 150))
    assert hand.pixel(150, 50) == BLUE
    assert hand.pixel(100, 50) == RED
    assert hand.pixel(150, 149) == RED


def test_pen_pressure_makes_the_stroke_wider(hand: Hand) -> None:
    hand.pen_stroke((50, 100, 0.2), (60, 100, 0.2), (150, 100, 0.2))
    hand.pen_stroke((50, 200, 1.0), (60, 200, 1.0), (150, 200, 1.0))
    red = hand.document.composite(hand.document.canvas)[:, 100, 0] > 128
    thin, wide = red[80:120].sum(), red[180:220].sum()
    assert 2 <= thin <= 6
    assert 18 <= wide <= 22


def test_the_other_end_of_the_pen_erases(hand: Hand) -> None:
    hand.drag((50, 100), (150, 100))
    hand.app.tools.set("eraser", size=30)
    hand.pen_stroke((90, 100, 1.0), (110, 100, 1.0), eraser=True)
    assert hand.pixel(100, 100) == BLUE
    assert hand.pixel(60, 100) == RED


def test_esc_takes_a_stroke_back_as_if_it_had_never_been(hand: Hand) -> None:
    before = hand.document.composite(hand.document.canvas)
    hand.press(50, 50)
    hand.move(150, 100)
    hand.settle()
    assert hand.pixel(100, 75) == RED
    hand.key(Qt.Key.Key_Escape)
    hand.release(150, 100)
    assert np.array_equal(hand.document.composite(hand.document.canvas), before)
    assert not hand.document.history.entries
    assert not hand.document.modified
    assert hand.seen(100, 75).getRgb() == BLUE


def test_shift_draws_a_straight_line_from_the_last_stroke(hand: Hand) -> None:
    hand.click(50, 50)
    hand.click(250, 150, held=SHIFT)
    assert hand.pixel(150, 100) == RED


def test_the_eraser_has_a_size_of_its_own(hand: Hand) -> None:
    hand.drag((50, 100), (150, 100))
    hand.app.tools.choose(ToolId.ERASER)
    hand.app.tools.set("eraser", size=4)
    hand.drag((90, 100), (110, 100))
    assert hand.pixel(100, 100) == BLUE
    assert hand.pixel(100, 107) == RED


def test_a_selection_limits_the_brush(hand: Hand) -> None:
    edits.select_rect(hand.document, 0, 0, 100, 300)
    hand.drag((50, 100), (150, 100))
    assert hand.pixel(80, 100) == RED
    assert hand.pixel(120, 100) == BLUE


def test_a_layer_mask_is_painted_where_there_is_one(hand: Hand) -> None:
    hand.app.tools.set("brush", on_mask=True)
    hand.click(100, 100)
    assert hand.notices() == ["“Ink” has no layer mask."]
    picture = next(iter(hand.document.walk()))
    hand.document.active = picture
    edits.add_layer_mask(hand.document, picture)
    hand.app.tools.set_foreground((0, 0, 0, 255))
    hand.drag((50, 100), (150, 100))
    assert hand.pixel(100, 100)[3] == 0
    assert hand.pixel(100, 140) == BLUE


def test_alt_picks_the_colour_while_painting(hand: Hand) -> None:
    hand.click(200, 200, held=ALT)
    assert hand.app.tools.foreground == BLUE
    assert not hand.document.history.entries


def test_the_picker_takes_the_background_with_ctrl_and_esc_brings_back_both(hand: Hand) -> None:
    hand.app.tools.choose(ToolId.PICKER)
    hand.click(200, 200, held=CTRL)
    assert (hand.app.tools.foreground, hand.app.tools.background) == (RED, BLUE)
    hand.press(200, 200)
    assert hand.app.tools.foreground == BLUE
    hand.key(Qt.Key.Key_Escape)
    assert hand.app.tools.foreground == RED


def test_fill_floods_what_is_joined(hand: Hand) -> None:
    hand.document.active = next(iter(hand.document.walk()))
    hand.app.tools.choose(ToolId.FILL)
    hand.click(200, 200)
    assert hand.pixel(10, 10) == RED


@pytest.mark.parametrize("kind", ["linear", "radial"])
def test_a_gradient_runs_between_both_colours(hand: Hand, kind: str) -> None:
    hand.app.tools.choose(ToolId.GRADIENT)
    hand.app.tools.set("gradient", kind=kind)
    hand.drag((100, 150), (200, 150), (300, 150))
    near, middle, far = (hand.pixel(x, 150) for x in (102, 200, 298))
    assert near[1] < 10
    assert 110 < middle[1] < 145
    assert far[1] > 245


def test_a_gradient_given_up_leaves_nothing(hand: Hand) -> None:
    hand.app.tools.choose(ToolId.GRADIENT)
    hand.press(100, 150)
    hand.move(300, 150)
    assert hand.canvas.bench.overlay()[0].lines
    hand.key(Qt.Key.Key_Escape)
    hand.release(300, 150)
    assert not hand.document.history.entries


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda d: edits.set_locked(d, d.active, True), "“Ink” is locked."),
        (lambda d: edits.set_visible(d, d.active, False), "“Ink” is hidden."),
        (lambda d: edits.add_layer(d, "group", name="Parts"), "“Parts” is a group."),
        (lambda d: setattr(d, "active", None), "No layer is chosen."),
    ],
    ids=["locked", "hidden", "group", "none"],
)
def test_what_cannot_be_painted_says_so(hand: Hand, spoil, sentence: str) -> None:
    spoil(hand.document)
    steps = len(hand.document.history.entries)
    for tool in (ToolId.BRUSH, ToolId.FILL, ToolId.GRADIENT):
        hand.app.tools.choose(tool)
        hand.drag((50, 50), (100, 80))
    assert hand.notices() == [sentence] * 3
    assert len(hand.document.history.entries) == steps
    assert hand.canvas.bench.gesture is None


def test_without_a_document_painting_says_so(hand: Hand) -> None:
    hand.app.activate(None)
    hand.drag((50, 50), (60, 60))
    assert hand.notices() == ["No document is open."]


def test_a_stroke_is_drawn_with_arrow_keys_and_enter(hand: Hand) -> None:
    hand.canvas.viewport.setFocus()
    middle = hand.canvas.view.centre_x
    hand.key(Qt.Key.Key_Right)
    hand.key(Qt.Key.Key_Return)
    for _ in range(6):
        hand.key(Qt.Key.Key_Right, SHIFT)
    hand.key(Qt.Key.Key_Return)
    assert hand.pixel(int(middle) + 30, 150) == RED
    assert len(hand.document.history.entries) == 1


def test_a_finished_stroke_survives_a_change_of_document(hand: Hand) -> None:
    first = hand.document
    hand.press(50, 50)
    hand.move(350, 250)
    hand.canvas.bench.release(hand.canvas.bench.pointer)
    hand.app.add_document(Document(50, 50))
    assert [entry.title for entry in first.history.entries] == ["Brush stroke"]
    assert not first.history.busy


def test_a_stroke_under_way_is_taken_back_when_the_document_changes(hand: Hand) -> None:
    first = hand.document
    hand.press(50, 50)
    hand.move(150, 150)
    hand.settle()
    hand.app.add_document(Document(50, 50))
    assert not first.history.entries
    assert not first.history.busy
    assert hand.canvas.bench.gesture is None


def test_shortcuts_wait_while_a_stroke_is_under_way(hand: Hand) -> None:
    def claimed() -> bool:
        event = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_E, NONE, "e")
        event.ignore()
        QApplication.sendEvent(hand.canvas.viewport, event)
        return event.isAccepted()

    assert not claimed()
    hand.press(50, 50)
    assert claimed()
    hand.release(60, 60)
    assert not claimed()


def test_a_fault_while_painting_is_told_and_the_document_is_as_before(hand: Hand, monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise MemoryError

    hand.press(50, 50)
    hand.settle()
    monkeypatch.setattr(Stroke, "reach", broken)
    hand.move(100, 100)
    hand.release(100, 100)
    assert len(hand.notices()) == 1
    assert not hand.document.history.entries
    assert not hand.document.history.busy
    assert hand.pixel(50, 50) == BLUE


def test_a_fault_while_compositing_is_told_once(hand: Hand, monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Document, "composite", broken)
    hand.document.changed.emit(hand.document.canvas)
    hand.settle()
    assert len(hand.notices()) == 1
