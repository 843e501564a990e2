"""Looking around: pan, zoom, turn, rulers, grid, pixel ratios, and what the canvas follows."""

import os
import subprocess
import sys
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from canvas_hand import ALT, CTRL, NONE, SHIFT, Hand, flat
from PIL import ImageCms
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from studio.app.commands import Command
from studio.app.tools import ToolId
from studio.model import edits
from studio.model.document import Document
from studio.model.geometry import Rect
from studio.model.io.colour import convert, srgb_profile
from studio.ui.canvas.commands import COMMANDS
from studio.ui.canvas.profile import DisplayProfile
from studio.ui.canvas.ruler import Scale, scale_of
from studio.ui.canvas.transform import ViewTransform
from studio.ui.canvas.view import CanvasView, canvas_of


def lab_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


def wheel(hand: Hand, x: float, y: float, turn: int, held=NONE) -> None:
    at = QPointF(hand.at(x, y))
    event = QWheelEvent(
        at, at, QPoint(), QPoint(0, turn), Qt.MouseButton.NoButton, held, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(hand.canvas.viewport, event)


def command(id: str) -> Command:
    return next(command for command in COMMANDS if command.id == id)


def test_ctrl_wheel_zooms_at_the_pointer(hand: Hand) -> None:
    before = hand.at(300, 100)
    wheel(hand, 300, 100, 480, CTRL)
    assert hand.canvas.view.zoom == pytest.approx(2.0)
    assert (hand.at(300, 100) - before).manhattanLength() <= 2


def test_the_wheel_pans_and_shift_turns_it_sideways(hand: Hand) -> None:
    x, y = hand.canvas.centre
    wheel(hand, 200, 150, -120)
    assert hand.canvas.centre == pytest.approx((x, y + 60))
    wheel(hand, 200, 150, -120, SHIFT)
    assert hand.canvas.centre == pytest.approx((x + 60, y + 60))


def test_middle_button_and_space_pan_whatever_the_tool(hand: Hand) -> None:
    x, y = hand.canvas.centre
    hand.drag((200, 150), (180, 140), button=Qt.MouseButton.MiddleButton)
    assert hand.canvas.centre == pytest.approx((x + 20, y + 10), abs=1)
    hand.canvas.viewport.setFocus()
    hand.key_down(Qt.Key.Key_Space)
    assert hand.canvas.viewport.bench.acting.id is ToolId.HAND
    hand.drag((200, 150), (210, 150))
    hand.key_up(Qt.Key.Key_Space)
    assert hand.canvas.centre == pytest.approx((x + 10, y + 10), abs=1)
    assert not hand.document.history.entries


def test_the_document_stays_in_reach(hand: Hand) -> None:
    hand.canvas.set_view(hand.canvas.view.panned(-100_000, 100_000))
    assert hand.canvas.centre == (400, 0)


@pytest.mark.parametrize(("rotation", "mirror"), [(0, False), (37, False), (90, True), (215, True)])
def test_strokes_land_under_the_pointer_in_turned_and_mirrored_views(
    hand: Hand, rotation: float, mirror: bool
) -> None:
    view = hand.canvas.view.turned(rotation)
    hand.canvas.set_view(view.mirrored() if mirror else view)
    hand.drag((150, 120), (250, 180))
    assert hand.pixel(200, 150) == (255, 0, 0, 255)
    assert hand.seen(200, 150).getRgb() == (255, 0, 0, 255)
    assert hand.seen(200, 180).getRgb() == (20, 60, 200, 255)


def test_the_zoom_tool_clicks_in_and_out_and_drags(hand: Hand) -> None:
    hand.app.tools.choose(ToolId.ZOOM)
    hand.click(200, 150)
    assert hand.canvas.view.zoom == 1.5
    hand.click(200, 150, held=ALT)
    assert hand.canvas.view.zoom == 1.0
    hand.drag((200, 150), (320, 150))
    assert hand.canvas.view.zoom == pytest.approx(2.0, rel=0.02)


def test_the_hand_turns_with_shift_and_esc_brings_the_view_back(hand: Hand) -> None:
    hand.app.tools.choose(ToolId.HAND)
    before = hand.canvas.view
    hand.press(350, 150, SHIFT)
    hand.move(350, 250, SHIFT)
    assert hand.canvas.view.rotation == pytest.approx(33.7, abs=1)
    hand.key(Qt.Key.Key_Escape)
    assert hand.canvas.view == before


def test_commands_of_the_view(hand: Hand) -> None:
    run = {item.id: item.run for item in COMMANDS}
    run["view.zoom_in"](hand.app)
    assert hand.canvas.view.zoom == 1.5
    run["view.rotate_right"](hand.app)
    run["view.rotate_right"](hand.app)
    assert hand.canvas.view.rotation == 30
    run["view.mirror"](hand.app)
    assert command("view.mirror").is_checked(hand.app)
    run["view.upright"](hand.app)
    run["view.actual_size"](hand.app)
    assert (hand.canvas.view.rotation, hand.canvas.view.zoom) == (0, 1.0)
    run["view.fit"](hand.app)
    assert hand.canvas.view.zoom > 1.3
    run["view.rulers"](hand.app)
    assert not hand.canvas.rulers[0].isVisible()


def test_commands_have_distinct_ids_and_keys() -> None:
    keys = [key for item in COMMANDS for key in item.keys.split("; ") if key]
    assert len(keys) == len(set(keys))
    assert len({item.id for item in COMMANDS}) == len(COMMANDS)


def test_brush_keys_and_colour_keys(hand: Hand) -> None:
    run = {item.id: item.run for item in COMMANDS}
    run["brush.larger"](hand.app)
    assert hand.app.tools.brush.size == 23
    run["brush.smaller"](hand.app)
    assert hand.app.tools.brush.size == 20
    run["colours.swap"](hand.app)
    assert hand.app.tools.background == (255, 0, 0, 255)
    run["colours.reset"](hand.app)
    assert hand.app.tools.foreground == (0, 0, 0, 255)


def test_zoomed_in_pixels_are_crisp_and_have_a_grid(hand: Hand) -> None:
    dot = np.zeros((300, 400, 4), np.uint8)
    dot[150, 200] = (255, 255, 0, 255)
    edits.add_image(hand.document, flat(1, 1, (255, 255, 0, 255)), "Dot", 200, 150)
    hand.canvas.set_view(hand.canvas.view.zoomed(16.0).centred_on(200, 150))
    hand.settle()
    image = hand.canvas.viewport.grab().toImage()
    corner = hand.at(200, 150)
    inside = {image.pixelColor(corner.x() + dx, corner.y() + 8).getRgb() for dx in range(2, 15)}
    assert inside == {(255, 255, 0, 255)}
    assert image.pixelColor(corner.x(), corner.y() + 8).getRgb() not in inside


def test_transparency_shows_a_checkerboard(hand: Hand) -> None:
    hand.app.add_document(Document(200, 200))
    shades = {hand.seen(x, 100).red() for x in range(20, 60)}
    assert shades == {160, 136}


def test_a_mask_layer_shows_red(hand: Hand) -> None:
    mask = edits.add_layer(hand.document, "mask")
    edits.fill(hand.document, mask, (255, 255, 255, 255))
    assert hand.seen(200, 150).red() > 100
    assert hand.pixel(200, 150) == (20, 60, 200, 255)


def test_a_profile_changes_what_is_seen_only(hand: Hand) -> None:
    wide = imagecodecs.cms_profile(
        "rgb",
        whitepoint=(0.3127, 0.329, 1.0),
        primaries=(0.64, 0.33, 1, 0.21, 0.71, 1, 0.15, 0.06, 1),
        gamma=2.2,
    )
    edits.fill(hand.document, hand.layer, (100, 180, 90, 255))
    with hand.document.edit("Profile"):
        hand.document.icc = wide
    expected = convert(np.full((1, 1, 3), (100, 180, 90), np.uint8), wide, "rgb")[0, 0]
    assert hand.seen(200, 150).getRgb()[:3] == pytest.approx(expected, abs=1)
    assert abs(int(expected[0]) - 100) > 20, "the profile matters"
    assert hand.pixel(200, 150) == (100, 180, 90, 255)


@pytest.mark.parametrize("profile", [b"", b"nonsense" * 40, srgb_profile(), lab_profile()])
def test_an_unusable_profile_is_passed_over(profile: bytes) -> None:
    pixels = np.full((2, 2, 4), 77, np.uint8)
    assert DisplayProfile(profile).to_srgb(pixels) is pixels


def test_previews_lie_over_the_document_and_go(hand: Hand) -> None:
    green = flat(8, 8, (0, 255, 0, 255))
    hand.app.generation.previewed.emit(5, hand.document, green, Rect(100, 100, 64, 64))
    assert hand.seen(130, 130).getRgb() == (0, 255, 0, 255)
    assert hand.pixel(130, 130) == (20, 60, 200, 255)
    hand.app.generation.preview_cleared.emit(5)
    assert hand.seen(130, 130).getRgb() == (20, 60, 200, 255)


def test_each_document_keeps_its_view(hand: Hand) -> None:
    first = hand.document
    hand.canvas.set_view(hand.canvas.view.zoomed(3.0).centred_on(50, 60))
    hand.app.add_document(Document(64, 64))
    assert hand.canvas.view.zoom >= 7
    hand.app.activate(first)
    assert (hand.canvas.view.zoom, hand.canvas.centre) == (3.0, (50, 60))


def test_a_fitted_document_follows_the_window(hand: Hand) -> None:
    hand.canvas.fit()
    zoom = hand.canvas.view.zoom
    hand.canvas.resize(322, 322)
    assert hand.canvas.view.zoom < zoom
    hand.canvas.set_view(hand.canvas.view.zoomed(1.0))
    hand.canvas.resize(622, 522)
    assert hand.canvas.view.zoom == 1.0


def test_the_pointer_is_told_and_marked_on_the_rulers(hand: Hand) -> None:
    told: list[tuple[float, float]] = []
    hand.canvas.cursor_moved.connect(lambda x, y: told.append((x, y)))
    hand.move(123, 45)
    assert told[-1] == pytest.approx((123, 45), abs=1)


def test_the_canvas_is_found_by_its_session_and_not_kept(hand: Hand) -> None:
    assert canvas_of(hand.app) is hand.canvas


@pytest.mark.parametrize("zoom", [1 / 64, 0.1, 0.37, 1, 3, 8, 64])
def test_ruler_labels_neither_crowd_nor_are_far_apart(zoom: float) -> None:
    scale = Scale(13.0, zoom)
    assert str(scale.step).rstrip("0") in ("1", "2", "5")
    assert scale.step * zoom >= 64 or scale.step == 1
    assert scale.step * zoom < 64 * 2.6
    labelled = [position for position, _, rank in scale.ticks(1000) if rank == 0]
    assert labelled == sorted(labelled)
    assert len(labelled) >= 3 or zoom == 64


def test_rulers_run_backwards_in_mirrored_views_and_along_the_other_axis_in_turned_ones() -> None:
    view = ViewTransform(zoom=2.0, centre_x=100, centre_y=50, width=400, height=300)
    assert scale_of(view, vertical=False).value(200) == 100
    assert scale_of(view.mirrored(), vertical=False).value(0) == 200
    assert scale_of(view.turned(90), vertical=False).value(200) == 50


SCALED = """
import sys
sys.path.insert(0, sys.argv[1])
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from canvas_hand import flat, no_engine
from studio.app.session import App
from studio.app.settings import Settings
from studio.engine.plugins import Registry
from studio.model import edits
from studio.model.document import Document
from studio.ui.canvas.view import CanvasView
q = QApplication([])
app = App(Settings(), Registry(), no_engine, lambda call: call())
document = Document(200, 200)
edits.add_image(document, flat(200, 200), "Background")
app.add_document(document)
app.tools.set("brush", size=6, hardness=1.0)
app.tools.set_foreground((255, 0, 0, 255))
canvas = CanvasView(app)
canvas.resize(322, 322)
canvas.show()
QTest.qWaitForWindowExposed(canvas)
canvas.set_view(canvas.view.zoomed(1.0))
view = canvas.view
x, y = view.to_view(120.5, 80.5)
at = QPoint(round(x), round(y))
QTest.mouseClick(canvas.viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
while canvas.viewport.is_working:
    q.processEvents()
canvas.bench.leave()
image = canvas.viewport.grab().toImage()
print(view.ratio, view.scale, image.width() / canvas.viewport.width())
print(image.pixelColor(round(x * view.ratio), round(y * view.ratio)).getRgb())
red = [image.pixelColor(i, round(y * view.ratio)).red() > 128 for i in range(image.width())]
print(sum(red))
"""


def test_on_a_sharp_screen_100_percent_is_one_device_pixel(tmp_path: Path) -> None:
    script = tmp_path / "scaled.py"
    script.write_text(SCALED)
    root = Path(__file__).parents[3]
    paths = os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])
    result = subprocess.run(
        [sys.executable, str(script), str(Path(__file__).parent)],
        env={**os.environ, "QT_SCALE_FACTOR": "2", "PYTHONPATH": paths},
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    ratios, colour, width = result.stdout.strip().splitlines()
    assert ratios == "2.0 0.5 2.0"
    assert colour == "(255, 0, 0, 255)"
    assert 5 <= int(width) <= 7, "six document pixels are six device pixels"


def test_a_canvas_outlives_nothing(qtbot, app) -> None:
    canvas = CanvasView(app)
    qtbot.addWidget(canvas)
    assert canvas_of(app) is canvas
    canvas.resize(200, 200)
    canvas.grab()
