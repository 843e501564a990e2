"""The colour panel."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor

from studio.ui.panels.colour import ColourPanel
from studio.ui.widgets.color_picker import ColorPicker, hue_colors, parse_hex, square_pixels

LEFT = Qt.MouseButton.LeftButton
byte = st.integers(0, 255)


@pytest.fixture
def panel(bench):
    return bench.show(ColourPanel(bench.app))


def press(qtbot, grid, index):
    qtbot.mouseClick(grid, LEFT, pos=grid.cell(index).center())


def test_a_palette_colour_becomes_the_foreground_and_is_remembered(bench, panel, qtbot):
    press(qtbot, panel.palette_grid, 14)
    color = panel.palette_grid.colors[14]
    assert bench.app.tools.foreground == color.getRgb()
    assert panel.foreground.color.rgb() == color.rgb() and panel.picker.color().rgb() == color.rgb()
    assert [c.name() for c in panel.recent.colors] == [color.name()]


def test_the_chosen_swatch_is_what_is_set(bench, panel, qtbot):
    qtbot.mouseClick(panel.background, LEFT)
    press(qtbot, panel.palette_grid, 20)
    assert bench.app.tools.foreground == (0, 0, 0, 255)
    assert bench.app.tools.background == panel.palette_grid.colors[20].getRgb()
    assert panel.which.text() == "Background"


def test_swap_and_reset(bench, panel, qtbot):
    bench.app.tools.set_foreground((10, 20, 30, 255))
    assert panel.foreground.color.getRgb() == (10, 20, 30, 255)
    qtbot.mouseClick(panel.swap, LEFT)
    assert bench.app.tools.background == (10, 20, 30, 255)
    assert panel.picker.color().name() == "#ffffff"
    qtbot.mouseClick(panel.reset, LEFT)
    assert (bench.app.tools.foreground, bench.app.tools.background) == ((0, 0, 0, 255), (255,) * 4)


def test_hex_is_typed_and_nonsense_is_put_right(bench, panel, qtbot):
    line = panel.picker.hex
    line.selectAll()
    qtbot.keyClicks(line, "3a7bd5")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert bench.app.tools.foreground == (0x3A, 0x7B, 0xD5, 255)
    line.selectAll()
    qtbot.keyClicks(line, "zebra")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert line.text() == "#3a7bd5" and bench.app.tools.foreground == (0x3A, 0x7B, 0xD5, 255)


def test_dragging_in_the_square_is_one_recent_colour(bench, panel, qtbot):
    square = panel.picker.square
    qtbot.mousePress(square, LEFT, pos=QPoint(10, 10))
    for x in range(20, 80, 10):
        qtbot.mouseMove(square, QPoint(x, 20))
    assert panel.recent.colors == []
    qtbot.mouseRelease(square, LEFT, pos=QPoint(80, 20))
    assert len(panel.recent.colors) == 1


def test_the_keyboard_moves_the_marks(bench, panel, qtbot):
    bench.app.tools.set_foreground((128, 64, 64, 255))
    before = panel.picker.color().hsvSaturationF()
    qtbot.keyClick(panel.picker.square, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert panel.picker.color().hsvSaturationF() == pytest.approx(before + 0.1, abs=0.01)
    qtbot.keyClick(panel.picker.bar, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert panel.picker.color().hsvHueF() == pytest.approx(0.1, abs=0.01)
    panel.palette_grid.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Return):
        qtbot.keyClick(panel.palette_grid, key)
    assert bench.app.tools.foreground == panel.palette_grid.colors[13].getRgb()


def test_black_and_grey_keep_the_hue(qtbot):
    picker = ColorPicker()
    qtbot.addWidget(picker)
    picker.set_color(QColor("#00ff00"))
    picker.set_color(QColor("#000000"))
    picker.set_color(QColor("#808080"))
    qtbot.keyClick(picker.square, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert picker.color().hue() == 120


def test_recent_colours_outlive_the_panel_and_are_bounded(bench, panel):
    for shade in range(20):
        panel._remember(QColor(shade, 0, 0))
    panel._remember(QColor(15, 0, 0))
    again = bench.show(ColourPanel(bench.app))
    names = [color.name() for color in again.recent.colors]
    assert len(names) == 12 and names[:2] == ["#0f0000", "#130000"] and len(set(names)) == 12


@given(byte, byte, byte)
def test_hex_round_trips(r, g, b):
    assert parse_hex(QColor(r, g, b).name()).getRgb() == (r, g, b, 255)


@given(st.floats(0, 0.999), st.integers(0, 95), st.integers(0, 95))
def test_the_square_shows_the_colour_it_gives(hue, x, y):
    shown = square_pixels(hue)[y, x].astype(int)
    given_ = QColor.fromHsvF(hue, x / 95, 1 - y / 95).getRgb()[:3]
    assert abs(shown - given_).max() <= 2


def test_the_bar_shows_the_hues_in_order():
    colors = hue_colors(360)
    assert tuple(colors[0]) == (255, 0, 0)
    for place, hue in ((120, 120), (240, 240)):
        assert QColor(*colors[place].tolist()).hue() == pytest.approx(hue, abs=2)
