"""Selection tools, their modes by option and by key, and the moving edge."""

import numpy as np
import pytest
from canvas_hand import ALT, CTRL, SHIFT, Hand
from PySide6.QtCore import Qt

from studio.app.tools import ToolId
from studio.model import edits

BOTH = SHIFT | ALT


def coverage(hand: Hand) -> np.ndarray:
    return hand.document.selection.read(hand.document.canvas)


def area(hand: Hand) -> int:
    return int((coverage(hand) > 127).sum())


def test_a_rectangle_selects_whole_pixels(hand: Hand) -> None:
    hand.app.tools.choose(ToolId.RECTANGLE)
    hand.drag((50, 40), (150, 100))
    selected = coverage(hand)
    assert selected[40:100, 50:150].min() == 255
    assert area(hand) == 100 * 60


@pytest.mark.parametrize(
    ("held", "mode", "expected"),
    [
        (SHIFT, "replace", 100 * 100 + 100 * 100 - 50 * 50),
        (ALT, "replace", 100 * 100 - 50 * 50),
        (BOTH, "replace", 50 * 50),
        (None, "replace", 100 * 100),
        (None, "add", 100 * 100 + 100 * 100 - 50 * 50),
        (None, "subtract", 100 * 100 - 50 * 50),
        (None, "intersect", 50 * 50),
    ],
    ids=["shift", "alt", "both", "plain", "add", "subtract", "intersect"],
)
def test_keys_and_options_combine_selections(hand: Hand, held, mode: str, expected: int) -> None:
    hand.app.tools.choose(ToolId.RECTANGLE)
    hand.drag((50, 50), (150, 150))
    hand.app.tools.set("selection", mode=mode)
    hand.drag((100, 100), (200, 200), **({"held": held} if held else {}))
    assert area(hand) == expected


def test_shift_pressed_later_makes_a_square(hand: Hand) -> None:
    hand.app.tools.choose(ToolId.RECTANGLE)
    hand.press(50, 50)
    hand.move(150, 90)
    hand.canvas.viewport.setFocus()
    hand.key_down(Qt.Key.Key_Shift)
    hand.release(150, 90, held=SHIFT)
    hand.key_up(Qt.Key.Key_Shift)
    assert area(hand) == 100 * 100


def test_ctrl_keeps_the_middle(hand: Hand) -> None:
    hand.app.tools.choose(ToolId.RECTANGLE)
    hand.drag((100, 100), (120, 130), held=CTRL)
    assert coverage(hand)[71:129, 81:119].min() == 255
    assert area(hand) == 40 * 60


def test_an_ellipse_has_the_area_of_one(hand: Hand) -> None:
    hand.app.tools.choose(ToolId.ELLIPSE)
    hand.drag((50, 50), (150, 110))
    assert area(hand) == pytest.approx(np.pi * 50 * 30, rel=0.01)


def test_a_lasso_selects_what_it_encloses(hand: Hand) -> None:
    hand.app.tools.choose(ToolId.LASSO)
    hand.drag((50, 50), (150, 50), (150, 150), (50, 150))
    assert area(hand) == pytest.approx(100 * 100, rel=0.01)


def test_feather_softens_the_edge(hand: Hand) -> None:
    hand.app.tools.choose(ToolId.RECTANGLE)
    hand.app.tools.set("selection", feather=10)
    hand.drag((100, 100), (200, 200))
    edge = coverage(hand)[150, 85:115]
    assert 0 < edge[10] < edge[20] < 255


def test_the_wand_selects_alike_pixels_on_all_layers_or_one(hand: Hand) -> None:
    edits.select_rect(hand.document, 0, 0, 60, 60)
    edits.fill(hand.document, hand.layer, (255, 0, 0, 255))
    edits.select_none(hand.document)
    hand.app.tools.choose(ToolId.WAND)
    hand.click(30, 30)
    assert area(hand) == 60 * 60
    hand.app.tools.set("wand", merged=False)
    hand.click(200, 200)
    assert area(hand) == 400 * 300 - 60 * 60


def test_a_click_deselects_and_is_undone(hand: Hand) -> None:
    hand.app.tools.choose(ToolId.RECTANGLE)
    hand.drag((50, 50), (150, 150))
    hand.click(300, 200)
    assert hand.document.selection.is_empty
    hand.document.history.undo()
    assert area(hand) == 100 * 100


def test_esc_gives_up_a_selection_under_way(hand: Hand) -> None:
    hand.app.tools.choose(ToolId.ELLIPSE)
    hand.press(50, 50)
    hand.move(150, 150)
    assert hand.canvas.bench.overlay()[0].label == "100 × 100"
    hand.key(Qt.Key.Key_Escape)
    hand.release(150, 150)
    assert hand.document.selection.is_empty
    assert not hand.document.history.entries


def test_the_edge_is_seen_and_moves(hand: Hand) -> None:
    hand.app.tools.choose(ToolId.RECTANGLE)
    hand.drag((50, 50), (150, 150))
    ants = hand.canvas.viewport.ants
    assert not ants.is_empty

    def along_edge() -> list[int]:
        image = hand.canvas.viewport.grab().toImage()
        place = hand.at(60, 50)
        return [image.pixelColor(place.x() + step, place.y()).red() for step in range(40)]

    first = along_edge()
    assert min(first) < 40
    assert max(first) > 215
    hand.bot.waitUntil(lambda: along_edge() != first)


def test_the_animation_can_be_switched_off(hand: Hand) -> None:
    hand.app.settings.set("canvas", "selection_animation", False)
    edits.select_all(hand.document)
    phase = hand.canvas.viewport.ants.phase
    hand.bot.wait(300)
    assert hand.canvas.viewport.ants.phase == phase


def test_an_intricate_selection_is_drawn_at_all_zooms(hand: Hand) -> None:
    noise = np.random.default_rng(1).integers(0, 2, (300, 400)).astype(np.uint8) * 255
    edits.select_mask(hand.document, hand.document.canvas, noise)
    for zoom in (0.1, 1.0, 8.0):
        hand.canvas.set_view(hand.canvas.view.zoomed(zoom))
        hand.settle()
        assert not hand.canvas.viewport.grab().isNull()
