"""The command palette, the shortcut editor, the notice bar, and what holds for every widget."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QScrollBar,
    QSlider,
    QWidget,
)

from studio.app.face import NewDocument
from studio.app.files import new_document
from studio.app.notices import Action
from studio.ui.dialogs.about import AboutDialog
from studio.ui.dialogs.export import ExportDialog
from studio.ui.dialogs.guide import GuideDialog
from studio.ui.dialogs.new_document import NewDocumentDialog
from studio.ui.dialogs.size import SizeDialog
from studio.ui.settings_dialog import SettingsDialog
from studio.ui.shortcuts import ShortcutEditor

QT_PARTS = ("qt_", "ScrollLeftButton", "ScrollRightButton", "CloseButton")


def test_typing_finds_a_command_and_enter_runs_it(desk):
    desk.command("help.palette")
    palette = desk.window.palette_box
    assert palette.isVisible() and palette.search.hasFocus()
    desk.bot.keyClicks(palette.search, "light th")
    desk.bot.keyClick(palette.search, Qt.Key.Key_Return)
    assert not palette.isVisible()
    assert desk.app.settings.interface.theme == "light"


def test_the_palette_lists_every_command_those_used_lately_first(desk):
    desk.app.run_command("window.theme")
    desk.command("help.palette")
    palette = desk.window.palette_box
    assert palette.model.rowCount() == len(desk.app.commands)
    assert palette.model.item(0).text() == desk.app.commands["window.theme"].title


def test_arrows_move_and_escape_leaves_without_running(desk):
    desk.command("help.palette")
    palette = desk.window.palette_box
    desk.bot.keyClick(palette.search, Qt.Key.Key_Down)
    desk.bot.keyClick(palette.search, Qt.Key.Key_Down)
    assert palette.view.currentIndex().row() == 2
    desk.bot.keyClick(palette.search, Qt.Key.Key_Escape)
    assert not palette.isVisible()


def test_a_command_that_cannot_run_stays_in_the_palette_without_effect(desk):
    desk.command("help.palette")
    palette = desk.window.palette_box
    desk.bot.keyClicks(palette.search, "merge down")
    desk.bot.keyClick(palette.search, Qt.Key.Key_Return)
    assert palette.isVisible()
    desk.bot.keyClicks(palette.search, "zzzz")
    assert palette.model.rowCount() == 0 and palette._empty.isVisible()


@pytest.fixture
def editor(desk):
    dialog = ShortcutEditor(desk.app.commands, desk.window.keymap, desk.window)
    dialog.show()
    yield dialog
    dialog.deleteLater()


def test_a_conflict_is_shown_before_the_keys_are_taken_over(desk, editor):
    editor.choose("layer.new_group")
    editor.edit.setKeySequence(QKeySequence("Ctrl+J"))
    assert "Duplicate Layer" in editor.warning.text() and editor.assign.text() == "Take over"
    editor.assign.click()
    actions = desk.window.actions_
    assert actions["layer.new_group"].shortcut() == QKeySequence("Ctrl+J")
    assert actions["layer.duplicate"].shortcut().isEmpty()
    assert desk.window.keymap.conflicts() == []


def test_keys_can_be_given_back_and_all_reset(desk, editor):
    editor.choose("layer.duplicate")
    editor.clear.click()
    assert desk.window.actions_["layer.duplicate"].shortcut().isEmpty()
    editor.reset.click()
    assert desk.window.actions_["layer.duplicate"].shortcut() == QKeySequence("Ctrl+J")
    editor.clear.click()
    editor._reset_all()
    assert desk.app.settings.window.shortcuts == {}


def test_searching_the_shortcuts_by_keys_name_and_menu(editor):
    for text in ("Ctrl+J", "duplicate layer", "Layer"):
        editor.search.setText(text)
        titles = [editor.proxy.index(row, 0).data() for row in range(editor.proxy.rowCount())]
        assert "Duplicate Layer" in titles, text


def test_new_keys_work_at_once_and_the_old_ones_no_more(desk):
    new_document(desk.app, NewDocument(8, 8))
    desk.window.keymap.set(desk.app.commands["layer.new"], "Ctrl+Alt+F9")
    action = next(action for command, action in desk.window.actions_.items() if command.id == "layer.new")
    desk.until(action.isEnabled)
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    desk.bot.keyClick(desk.window, Qt.Key.Key_F9, keys)
    assert len(desk.document.root.children) == 2


def test_no_two_commands_of_the_window_claim_the_same_keys(desk):
    assert desk.window.keymap.conflicts() == []


def test_all_keys_are_keys_qt_knows(desk):
    for command, action in desk.window.actions_.items():
        assert all(not keys.isEmpty() for keys in action.shortcuts()), command.id
        assert len(action.shortcuts()) == len([part for part in command.keys.split("; ") if part]), command.id


def test_every_command_is_in_a_menu_or_the_palette(desk):
    in_menus = {action.objectName() for menu in desk.window.menus.all() for action in menu.actions()}
    in_palette = {entry.id for entry in desk.window.palette_entries()}
    for command in desk.app.commands:
        assert command.id in in_menus or not command.menu, command.id
        assert command.id in in_palette


def test_every_icon_named_by_a_command_exists(desk):
    from studio.ui.icons import FOLDER

    missing = {c.icon for c in desk.app.commands if c.icon and not (FOLDER / f"{c.icon}.svg").exists()}
    assert not missing


def nameless(root: QWidget) -> list[str]:
    """Widgets that a person can act on and a screen reader could not name."""
    kinds = (QAbstractButton, QSlider, QAbstractSpinBox, QComboBox, QLineEdit)
    found = []
    for widget in root.findChildren(QWidget):
        of_qt = widget.objectName().startswith(QT_PARTS) or type(widget).__name__.startswith(QT_PARTS)
        owners = (widget.parent(), widget.parent().parent())
        inside = any(isinstance(owner, QAbstractSpinBox | QComboBox | QScrollBar) for owner in owners)
        acts = isinstance(widget, kinds) or widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        named = widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text())
        if acts and not (named or of_qt or inside):
            found.append(f"{type(widget).__name__} in {type(widget.parent()).__name__}")
    return found


def test_every_widget_has_an_accessible_name(desk):
    new_document(desk.app, NewDocument(8, 8))
    QApplication.processEvents()
    assert nameless(desk.window) == []


def test_every_widget_of_every_dialog_has_an_accessible_name(desk):
    document = new_document(desk.app, NewDocument(8, 8))
    settings = desk.app.settings
    dialogs = [
        NewDocumentDialog(settings, desk.window),
        ExportDialog(document, settings, desk.window),
        SizeDialog("Size", 8, 8, desk.window),
        SettingsDialog(settings, desk.window),
        ShortcutEditor(desk.app.commands, desk.window.keymap, desk.window),
        AboutDialog(desk.window),
        GuideDialog("guide.md", "User guide", desk.window),
    ]
    found = {type(dialog).__name__: nameless(dialog) for dialog in dialogs}
    for dialog in dialogs:
        dialog.deleteLater()
    assert {name: widgets for name, widgets in found.items() if widgets} == {}


def test_an_unimportant_notice_leaves_and_an_error_stays(desk):
    desk.app.settings.set("interface", "notice_seconds", 2)
    bar = desk.window.area.notices
    desk.app.notices.add("info", "Done.")
    assert bar.isVisible() and bar._timer.isActive()
    bar._timer.timeout.emit()
    assert not bar.isVisible()
    desk.app.notices.add("error", "It broke.", "Mend it.", "Traceback")
    assert bar.isVisible() and not bar._timer.isActive()


def test_details_show_on_demand_and_can_be_copied(desk):
    bar = desk.window.area.notices
    desk.app.notices.add("error", "It broke.", "Mend it.", "Traceback of it")
    assert not bar._details.isVisible()
    bar._more.click()
    assert bar._details.isVisible() and bar._details.toPlainText() == "Traceback of it"
    bar._copy.click()
    assert QApplication.clipboard().text() == "It broke.\nMend it.\nTraceback of it"
    QApplication.clipboard().clear()


def test_a_notice_that_waits_for_an_answer_comes_back_after_a_newer_one(desk):
    bar, answered = desk.window.area.notices, []
    desk.app.notices.add("warning", "May I?", actions=(Action("Yes", lambda: answered.append(1)),))
    desk.app.notices.add("error", "It broke.")
    assert desk.sentence() == "It broke."
    bar.dismiss()
    assert desk.sentence() == "May I?"
    bar._buttons.itemAt(0).widget().click()
    assert answered == [1] and not bar.isVisible()


def test_what_is_only_listed_does_not_come_before_the_person(desk):
    desk.app.notices.add("info", "Working on CPU.", quiet=True)
    assert desk.sentence() == ""
