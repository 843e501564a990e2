"""The keyboard alone: Tab goes from field to field, keys lead to the picture, its options and the panels."""

from itertools import pairwise

from desk import Desk
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.model.document import Document
from studio.ui.keyboard import fields, holds_keyboard
from studio.ui.panels.generator import GeneratorPanel

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def press(desk: Desk, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """A key, as the window gets it from the system."""
    QTest.keyClick(desk.window.windowHandle(), key, held)
    QApplication.processEvents()


def test_tab_goes_from_field_to_field_and_hides_nothing(desk, qapp):
    desk.window.activateWindow()
    press(desk, Qt.Key.Key_Tab)
    first = qapp.focusWidget()
    press(desk, Qt.Key.Key_Tab)
    second = qapp.focusWidget()
    press(desk, Qt.Key.Key_Backtab, SHIFT)
    assert first is not None and second is not None and first is not second
    assert qapp.focusWidget() is first
    assert not desk.window.docks.all_hidden


def test_tab_over_the_picture_hides_the_panels_and_brings_them_back(desk):
    desk.app.add_document(Document(64, 64))
    desk.window.area.canvas.setFocus()
    press(desk, Qt.Key.Key_Tab)
    assert desk.window.docks.all_hidden
    press(desk, Qt.Key.Key_Tab)
    assert not desk.window.docks.all_hidden


def test_f6_leads_to_the_picture_and_from_there_to_the_options_of_its_tool(desk):
    desk.app.add_document(Document(64, 64))
    press(desk, Qt.Key.Key_F6, CTRL)
    assert not desk.window.area.canvas.viewport.hasFocus()
    press(desk, Qt.Key.Key_F6)
    assert desk.window.area.canvas.viewport.hasFocus()
    press(desk, Qt.Key.Key_F6)
    assert holds_keyboard(desk.window.options_bar)
    press(desk, Qt.Key.Key_F6)
    assert desk.window.area.canvas.viewport.hasFocus()


def test_one_panel_in_view_after_the_other_gets_the_keyboard(desk):
    desk.app.add_document(Document(64, 64))
    QApplication.processEvents()
    seen = [dock for dock in desk.window.docks.docks.values() if not dock.visibleRegion().isEmpty()]
    reached = set()
    for _ in seen:
        press(desk, Qt.Key.Key_F6, CTRL)
        reached |= {dock.windowTitle() for dock in seen if holds_keyboard(dock)}
    assert "Generator" in reached and len(reached) > 1


def test_tab_goes_down_the_generator_panel_as_it_is_read(desk):
    panel = desk.window.docks.panel("generator")
    assert isinstance(panel, GeneratorPanel)
    desk.until(lambda: panel.form is not None)
    QApplication.processEvents()
    tops = [field.mapTo(panel, QPoint(0, field.height())).y() for field in fields(panel) if field.isVisible()]
    assert len(tops) > 5
    assert all(later >= earlier - 40 for earlier, later in pairwise(tops))
    assert panel.generate is [field for field in fields(panel) if field.isVisible()][-1]
