"""Toolbar and tool options: bound to the session, named, told in tooltips."""

import pytest
from canvas_hand import Hand
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QCheckBox, QComboBox, QWidget

from studio.app.tools import ToolId
from studio.ui.canvas.commands import KEYS
from studio.ui.canvas.options import ToolOptions
from studio.ui.canvas.toolbar import ToolBar
from studio.ui.canvas.valuebar import ValueBar


@pytest.fixture
def options(hand: Hand, qtbot) -> ToolOptions:
    widget = ToolOptions(hand.canvas)
    widget.resize(1200, 40)
    qtbot.addWidget(widget)
    widget.show()
    return widget


@pytest.fixture
def bar(hand: Hand, qtbot) -> ToolBar:
    widget = ToolBar(hand.app)
    qtbot.addWidget(widget)
    widget.show()
    return widget


def controls(widget: QWidget) -> list[QWidget]:
    kinds = (QAbstractButton, QAbstractSpinBox, QComboBox)
    return [child for child in widget.findChildren(QWidget) if isinstance(child, kinds)]


@pytest.mark.parametrize("tool", ToolId)
def test_every_control_has_a_name_and_a_tooltip(hand: Hand, options: ToolOptions, tool: ToolId) -> None:
    hand.app.tools.choose(tool)
    for control in controls(options.page):
        assert control.accessibleName() or control.text(), control
        assert control.toolTip(), control
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus, control


def test_a_press_chooses_the_tool_and_the_key_shows(hand: Hand, bar: ToolBar) -> None:
    bar.buttons[ToolId.CROP].click()
    assert hand.app.tools.tool is ToolId.CROP
    assert hand.canvas.bench.current.id is ToolId.CROP
    hand.app.tools.choose(ToolId.LASSO)
    assert bar.buttons[ToolId.LASSO].isChecked()
    assert not bar.buttons[ToolId.CROP].isChecked()
    for tool, button in bar.buttons.items():
        assert KEYS[tool][1] in button.toolTip()
        assert button.accessibleName()


def test_options_follow_the_tool_and_the_session(hand: Hand, options: ToolOptions) -> None:
    assert set(options.page.editors) == {f"brush.{name}" for name in type(hand.app.tools.brush).model_fields}
    hand.app.tools.set("brush", size=77)
    assert options.page.editors["brush.size"].value() == 77
    hand.app.tools.choose(ToolId.WAND)
    assert {"selection.mode", "selection.feather", "wand.tolerance"} <= set(options.page.editors)


def test_editing_an_option_sets_it(hand: Hand, options: ToolOptions) -> None:
    size, hardness = (options.page.editors[f"brush.{name}"] for name in ("size", "hardness"))
    assert isinstance(size, ValueBar)
    assert isinstance(hardness, ValueBar)
    size.setValue(55)
    hardness.setValue(25)
    pen = options.page.editors["brush.pressure_opacity"]
    assert isinstance(pen, QCheckBox)
    pen.click()
    brush = hand.app.tools.brush
    assert (brush.size, brush.hardness, brush.pressure_opacity) == (55, 0.25, True)


def test_modes_are_buttons(hand: Hand, options: ToolOptions) -> None:
    hand.app.tools.choose(ToolId.RECTANGLE)
    buttons = options.page.editors["selection.mode"].findChildren(QAbstractButton)
    assert [button.isChecked() for button in buttons] == [True, False, False, False]
    buttons[2].click()
    assert hand.app.tools.selection.mode == "subtract"


def test_choices_are_combos(hand: Hand, options: ToolOptions) -> None:
    hand.app.tools.choose(ToolId.GRADIENT)
    combo = options.page.editors["gradient.kind"]
    assert isinstance(combo, QComboBox)
    QTest.keyClick(combo, Qt.Key.Key_Down)
    assert hand.app.tools.gradient.kind == "radial"


def test_a_drag_along_a_bar_slides_and_a_click_edits(qtbot) -> None:
    bar = ValueBar("Size", 0, 100, "px")
    bar.resize(208, 28)
    qtbot.addWidget(bar)
    bar.show()
    field = bar.lineEdit()
    QTest.mousePress(field, Qt.MouseButton.LeftButton, pos=QPoint(20, 10))
    QTest.mouseMove(field, QPoint(104 - field.x(), 10))
    QTest.mouseRelease(field, Qt.MouseButton.LeftButton, pos=QPoint(104 - field.x(), 10))
    assert bar.value() == pytest.approx(50, abs=2)
    QTest.mouseClick(field, Qt.MouseButton.LeftButton, pos=QPoint(20, 10))
    QTest.keyClicks(field, "12")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert bar.value() == 12


def test_percent_bars_show_hundredths(qtbot) -> None:
    bar = ValueBar("Opacity", 0, 1, "%")
    qtbot.addWidget(bar)
    told: list[float] = []
    bar.edited.connect(told.append)
    bar.show_value(0.4)
    assert bar.text() == "Opacity  40 %"
    assert not told
    bar.setValue(75)
    assert told == [0.75]


def test_a_curved_bar_gives_small_sizes_more_room(qtbot) -> None:
    bar = ValueBar("Size", 1, 1000, "px", curved=True)
    qtbot.addWidget(bar)
    bar.slide_to(0.5)
    assert 100 < bar.value() < 150
    assert bar.share == pytest.approx(0.5, abs=0.01)


def test_the_colour_pair_swaps_resets_and_opens(hand: Hand, bar: ToolBar) -> None:
    pair = bar.colours
    hand.app.tools.set_background((0, 200, 0, 255))
    QTest.mouseClick(pair, Qt.MouseButton.LeftButton, pos=pair.SWAP.center())
    assert hand.app.tools.foreground == (0, 200, 0, 255)
    assert "#00c800" in pair.toolTip()
    QTest.mouseClick(pair, Qt.MouseButton.LeftButton, pos=pair.RESET.center())
    assert hand.app.tools.foreground == (0, 0, 0, 255)
    QTest.mouseClick(pair, Qt.MouseButton.LeftButton, pos=pair.BACK.bottomRight())
    assert pair._popup.isVisible()
    pair._popup.hide()


def test_a_narrow_bar_shortens_its_title(qtbot) -> None:
    bar = ValueBar("Hardness", 0, 1, "%")
    qtbot.addWidget(bar)
    bar.resize(bar.sizeHint())
    bar.show()
    assert bar.text() == "Hardness  0 %"
    bar.resize(bar.minimumSizeHint())
    assert bar.text() == "H  0 %"


def test_tooltips_follow_the_shortcuts(hand: Hand, bar: ToolBar) -> None:
    hand.app.settings.set("window", "shortcuts", {"tool.brush": "Ctrl+Alt+P"})
    assert "Ctrl+Alt+P" in bar.buttons[ToolId.BRUSH].toolTip()
