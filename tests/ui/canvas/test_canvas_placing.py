"""Moving, transforming and cropping, by mouse, keys and numbers."""

import numpy as np
import pytest
from canvas_hand import ALT, BLUE, SHIFT, Hand, flat
from PySide6.QtCore import Qt

from studio.app.tools import ToolId
from studio.model import edits
from studio.model.geometry import Rect
from studio.ui.canvas.options import ToolOptions
from studio.ui.canvas.tools.box import Box
from studio.ui.canvas.tools.crop import CropTool
from studio.ui.canvas.tools.reshape import TransformTool

RED = (255, 0, 0, 255)


@pytest.fixture
def patch(hand: Hand) -> Hand:
    """With a red square of 40 pixels at (100, 100) as the active layer."""
    edits.add_image(hand.document, flat(40, 40, RED), "Patch", 100, 100)
    hand.document.history.clear()
    hand.settle()
    return hand


def transform(hand: Hand) -> TransformTool:
    hand.app.tools.choose(ToolId.TRANSFORM)
    tool = hand.canvas.bench.current
    assert isinstance(tool, TransformTool)
    return tool


def crop(hand: Hand) -> CropTool:
    hand.app.tools.choose(ToolId.CROP)
    tool = hand.canvas.bench.current
    assert isinstance(tool, CropTool)
    return tool


def test_a_layer_is_dragged_and_seen_on_its_way(patch: Hand) -> None:
    patch.app.tools.choose(ToolId.MOVE)
    patch.press(110, 110)
    patch.move(210, 160)
    assert patch.seen(205, 155).getRgb() == RED
    assert patch.seen(110, 110).getRgb() == BLUE
    assert patch.pixel(110, 110) == RED
    patch.release(210, 160)
    assert patch.layer.bounds() == Rect(200, 150, 40, 40)
    assert patch.seen(205, 155).getRgb() == RED
    patch.document.history.undo()
    assert patch.layer.bounds() == Rect(100, 100, 40, 40)


def test_shift_keeps_a_move_on_one_axis_and_esc_takes_it_back(patch: Hand) -> None:
    patch.app.tools.choose(ToolId.MOVE)
    patch.drag((110, 110), (190, 120), held=SHIFT)
    assert patch.layer.bounds() == Rect(180, 100, 40, 40)
    patch.press(190, 110)
    patch.move(220, 200)
    patch.key(Qt.Key.Key_Escape)
    patch.release(220, 200)
    assert patch.layer.bounds() == Rect(180, 100, 40, 40)
    assert patch.seen(190, 110).getRgb() == RED


def test_arrow_keys_move_a_layer_as_one_step(patch: Hand) -> None:
    patch.app.tools.choose(ToolId.MOVE)
    for key, held in ((Qt.Key.Key_Right, None), (Qt.Key.Key_Right, None), (Qt.Key.Key_Down, SHIFT)):
        patch.key(key, *([held] if held else []))
    assert patch.layer.bounds() == Rect(102, 110, 40, 40)
    assert len(patch.document.history.entries) == 1


def test_only_what_is_selected_moves(patch: Hand) -> None:
    edits.select_rect(patch.document, 100, 100, 20, 40)
    patch.app.tools.choose(ToolId.MOVE)
    patch.press(105, 105)
    patch.move(205, 105)
    assert patch.seen(205, 110).getRgb() == RED
    assert patch.seen(130, 110).getRgb() == RED
    assert patch.seen(105, 110).getRgb() == BLUE
    patch.release(205, 105)
    assert patch.pixel(205, 110) == patch.pixel(130, 110) == RED
    assert patch.pixel(105, 110) == BLUE


def test_layers_above_stay_above_while_one_moves(patch: Hand) -> None:
    edits.add_image(patch.document, flat(20, 20, (0, 255, 0, 255)), "Top", 200, 100)
    patch.document.active = next(node for node in patch.document.walk() if node.name == "Patch")
    patch.app.tools.choose(ToolId.MOVE)
    patch.press(110, 110)
    patch.move(200, 110)
    assert patch.seen(205, 105).getRgb() == (0, 255, 0, 255)
    assert patch.seen(225, 105).getRgb() == RED
    patch.key(Qt.Key.Key_Escape)


def test_a_group_is_moved_whole(patch: Hand) -> None:
    edits.group_nodes(patch.document, [patch.layer])
    patch.app.tools.choose(ToolId.MOVE)
    patch.press(110, 110)
    patch.move(160, 110)
    assert patch.seen(185, 110).getRgb() == RED
    patch.release(160, 110)
    assert patch.layer.bounds() == Rect(150, 100, 40, 40)


def test_a_handle_scales_and_enter_applies(patch: Hand) -> None:
    tool = transform(patch)
    patch.drag((140, 140), (180, 180))
    assert patch.seen(170, 170).getRgb() == RED
    assert patch.pixel(170, 170) == BLUE
    patch.key(Qt.Key.Key_Return)
    assert patch.pixel(170, 170) == RED
    assert tool.box
    assert tool.box.is_identity
    assert [entry.title for entry in patch.document.history.entries] == ["Transform"]


def test_esc_gives_a_transform_up(patch: Hand) -> None:
    tool = transform(patch)
    before = patch.document.composite(patch.document.canvas)
    patch.drag((140, 140), (180, 180))
    patch.key(Qt.Key.Key_Escape)
    assert not tool.open
    assert not patch.document.history.entries
    assert np.array_equal(patch.document.composite(patch.document.canvas), before)
    assert patch.seen(170, 170).getRgb() == BLUE


def test_shift_scales_freely_and_alt_about_the_centre(patch: Hand) -> None:
    tool = transform(patch)
    patch.drag((140, 140), (180, 150), held=SHIFT)
    assert tool.box
    assert (tool.box.scale_x, tool.box.scale_y) == pytest.approx((2.0, 1.25))
    patch.key(Qt.Key.Key_Escape)
    patch.drag((140, 140), (150, 150), held=ALT)
    assert (tool.box.scale_x, tool.box.x) == pytest.approx((1.5, 120))


def test_outside_turns_in_steps_with_shift(patch: Hand) -> None:
    tool = transform(patch)
    patch.drag((180, 120), (175, 155), held=SHIFT)
    assert tool.box
    assert tool.box.angle == 30


def test_another_tool_applies_what_is_open(patch: Hand) -> None:
    transform(patch)
    patch.drag((120, 120), (220, 120))
    patch.app.tools.choose(ToolId.BRUSH)
    assert patch.layer.bounds() == Rect(200, 100, 40, 40)


def test_numbers_change_the_box(patch: Hand, qtbot) -> None:
    tool = transform(patch)
    options = ToolOptions(patch.canvas)
    qtbot.addWidget(options)
    numbers = options.page.findChild(object, "numbers")
    numbers.spins["W"].setValue(80)
    assert tool.box
    assert (tool.box.scale_x, tool.box.scale_y) == (2.0, 2.0)
    numbers.spins["X"].setValue(200)
    numbers.apply_button.click()
    assert patch.layer.bounds() == Rect(160, 80, 80, 80)
    assert not numbers.apply_button.isEnabled()


def test_an_empty_layer_has_nothing_to_transform(hand: Hand) -> None:
    transform(hand)
    hand.drag((50, 50), (90, 90))
    assert hand.notices() == ["“Ink” is empty."]


def test_undo_while_transforming_gives_it_up(patch: Hand) -> None:
    edits.translate(patch.document, patch.layer, 50, 0)
    tool = transform(patch)
    patch.drag((170, 120), (190, 160))
    patch.document.history.undo()
    assert not tool.open
    assert tool.box
    assert tool.box.x == 120


def test_a_crop_is_drawn_corrected_and_applied(hand: Hand) -> None:
    tool = crop(hand)
    hand.drag((50, 60), (250, 200))
    assert tool.rect == Rect(50, 60, 200, 140)
    hand.drag((250, 200), (300, 260))
    hand.drag((100, 100), (110, 110))
    assert tool.rect == Rect(60, 70, 250, 200)
    hand.key(Qt.Key.Key_Right)
    hand.key(Qt.Key.Key_Return)
    assert (hand.document.width, hand.document.height) == (250, 200)
    hand.document.history.undo()
    assert (hand.document.width, hand.document.height) == (400, 300)
    assert hand.seen(390, 290).getRgb() == BLUE


def test_a_crop_keeps_its_ratio_and_the_canvas(hand: Hand) -> None:
    tool = crop(hand)
    hand.app.tools.set("crop", ratio="4:3")
    hand.drag((40, 40), (200, 60))
    assert tool.rect == Rect(40, 40, 160, 120)
    hand.drag((100, 100), (900, 900))
    assert tool.rect == Rect(240, 180, 160, 120)


def test_esc_drops_the_crop(hand: Hand) -> None:
    tool = crop(hand)
    hand.drag((50, 60), (250, 200))
    hand.key(Qt.Key.Key_Escape)
    assert tool.rect is None
    assert not hand.canvas.bench.cancel()


@pytest.mark.parametrize("handle", [(-1, -1), (1, -1), (1, 1), (-1, 1), (1, 0), (0, 1)])
def test_the_opposite_handle_stays(handle: tuple[int, int]) -> None:
    box = Box(50, 50, 100, 60, 70, 80, 1.5, 0.5, 33.0)
    opposite = (-handle[0], -handle[1])
    x, y = box.at(handle)
    pulled = box.dragged(handle, (x + 12, y - 7), keep_ratio=False, about_centre=False)
    assert pulled.at(opposite) == pytest.approx(box.at(opposite))
    if handle[0] and handle[1]:
        assert pulled.at(handle) == pytest.approx((x + 12, y - 7))


def test_the_matrix_takes_the_source_to_the_box() -> None:
    box = Box(50, 50, 100, 60, 70, 80, 1.5, -0.5, 33.0)
    corner = box.matrix() @ np.array([100, 80, 1])
    assert tuple(corner[:2]) == pytest.approx(box.at((1, 1)))


def test_a_drag_back_to_the_beginning_leaves_nothing_open(patch: Hand) -> None:
    tool = transform(patch)
    patch.press(120, 120)
    patch.move(150, 150)
    lifted = patch.canvas.picture.floating
    patch.move(120, 120)
    assert patch.canvas.picture.floating is lifted, "what is made already is kept during the drag"
    patch.release(120, 120)
    assert not tool.open
    assert patch.canvas.picture.floating is None
