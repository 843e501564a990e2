"""The dialogs: what they ask, what they remember, what they refuse."""

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QSize, Qt, QUrl
from PySide6.QtWidgets import QApplication, QMessageBox
from shiboken6 import isValid

from studio.app.face import NewDocument
from studio.app.files import new_document
from studio.model.errors import UserError
from studio.ui.dialogs import questions
from studio.ui.dialogs.export import FLAT, ExportDialog
from studio.ui.dialogs.guide import FOLDER, GuideDialog
from studio.ui.dialogs.new_document import NewDocumentDialog
from studio.ui.dialogs.size import SizeDialog
from studio.ui.settings_dialog import SettingsDialog


@pytest.fixture
def show(desk):
    """Shows a dialog for the time of a test."""
    shown = []

    def run(dialog):
        shown.append(dialog)
        dialog.show()
        QApplication.processEvents()
        return dialog

    yield run
    for dialog in shown:
        dialog.deleteLater()


def test_a_preset_sets_the_size_and_another_size_is_no_preset(desk, show):
    dialog = show(NewDocumentDialog(desk.app.settings, desk.window))
    dialog.preset.setCurrentIndex(dialog.preset.findData(QSize(1920, 1080)))
    dialog.preset.activated.emit(dialog.preset.currentIndex())
    assert dialog.answer() == NewDocument(1920, 1080, "8", "white")
    dialog.width_box.setValue(1921)
    assert dialog.preset.currentText() == "Custom"
    dialog._swap()
    assert (dialog.answer().width, dialog.answer().height) == (1080, 1921)


def test_the_next_new_document_begins_with_the_last_choice(desk, show):
    dialog = show(NewDocumentDialog(desk.app.settings, desk.window))
    dialog.width_box.setValue(333)
    dialog.depth.setCurrentIndex(1)
    dialog.accept()
    again = show(NewDocumentDialog(desk.app.settings, desk.window))
    assert (again.answer().width, again.answer().depth) == (333, "16")


def test_enter_creates_and_escape_does_not(desk, show):
    dialog = show(NewDocumentDialog(desk.app.settings, desk.window))
    desk.bot.keyClick(dialog.width_box, Qt.Key.Key_Return)
    assert dialog.result() == dialog.DialogCode.Accepted
    other = show(NewDocumentDialog(desk.app.settings, desk.window))
    desk.bot.keyClick(other, Qt.Key.Key_Escape)
    assert other.result() == other.DialogCode.Rejected


def test_a_size_keeps_its_proportions_unless_told_otherwise(desk, show):
    dialog = show(SizeDialog("Size", 400, 200, desk.window))
    dialog.width_box.setValue(100)
    assert dialog.answer() == (100, 50)
    dialog.keep.setChecked(False)
    dialog.width_box.setValue(300)
    assert dialog.answer() == (300, 50)


@pytest.fixture
def export(desk, show, tmp_path):
    document = new_document(desk.app, NewDocument(8, 8))
    document.title = "Work"
    desk.app.settings.set("window", "last_folder", str(tmp_path))
    return lambda: show(ExportDialog(document, desk.app.settings, desk.window))


@pytest.mark.parametrize("number", range(len(FLAT)))
def test_the_ending_follows_the_format_and_the_options_are_those_of_the_format(export, tmp_path, number):
    dialog = export()
    dialog.format.setCurrentIndex(number)
    known = FLAT[number]
    assert dialog.answer().path == tmp_path / f"Work{known.suffixes[0]}"
    assert set(dialog.answer().options) == set(known.options.model_fields)


def test_options_are_remembered_per_format(desk, export):
    dialog = export()
    dialog._choose("jpeg")
    dialog._form.editor("quality").set_value(70)
    dialog._form.edited.emit("quality", 70)
    dialog.accept()
    again = export()
    assert again.chosen.id == "jpeg"
    assert again.answer().options["quality"] == 70


@pytest.mark.parametrize("answer", [QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No])
def test_a_file_is_only_replaced_after_asking(export, tmp_path, monkeypatch, answer):
    (tmp_path / "Work.png").write_text("precious")
    monkeypatch.setattr(QMessageBox, "question", lambda *_: answer)
    dialog = export()
    dialog.accept()
    accepted = answer is QMessageBox.StandardButton.Yes
    assert (dialog.result() == dialog.DialogCode.Accepted) is accepted


def test_a_name_without_ending_gets_the_one_of_the_format(export, tmp_path):
    dialog = export()
    dialog.file.setText(str(tmp_path / "v1.2"))
    assert dialog.answer().path == tmp_path / "v1.2.png"


def test_exporting_from_the_dialog_writes_the_file(desk, export, tmp_path, monkeypatch):
    export().accept()
    monkeypatch.setattr(ExportDialog, "ask", lambda self: True)
    desk.command("file.export")
    desk.idle()
    assert (tmp_path / "Work.png").read_bytes().startswith(b"\x89PNG")
    assert desk.sentence() == "Exported to Work.png."


def test_settings_take_effect_at_once_and_a_page_can_be_reset(desk, show):
    dialog = show(SettingsDialog(desk.app.settings, desk.window))
    form = dialog.pages.widget(0).findChild(type(desk.window.docks.panel("generator").form))
    form.edited.emit("theme", "light")
    assert desk.app.settings.interface.theme == "light"
    form.edited.emit("text_size", 4000)
    assert desk.app.settings.interface.text_size == 10
    dialog._reset()
    assert desk.app.settings.interface.theme == "dark"
    assert dialog.pages.count() == dialog.list.count()


def test_settings_are_written_a_moment_after_a_change(desk):
    desk.app.settings.set("canvas", "checker", "dark")
    path: Path = desk.app.settings.path
    desk.until(lambda: path.exists() and '"checker": "dark"' in path.read_text())


def test_the_question_about_unsaved_changes_saves_by_default_and_escape_keeps_the_document(desk, show):
    box = show(questions.unsaved_box("Work", desk.window))
    assert box.defaultButton() is box.button(QMessageBox.StandardButton.Save)
    assert box.escapeButton() is box.button(QMessageBox.StandardButton.Cancel)
    assert "Work" in box.text()


def test_the_guides_can_be_read_and_lead_to_each_other(desk, show):
    dialog = show(GuideDialog("guide.md", "User guide", desk.window))
    first = dialog.page.toPlainText()
    assert first.startswith("User guide")
    dialog._follow(QUrl("plugins.md"))
    assert dialog.page.toPlainText() != first


def test_a_guide_that_is_missing_is_told(desk, monkeypatch, tmp_path):
    monkeypatch.setattr("studio.ui.dialogs.guide.FOLDER", tmp_path)
    desk.command("help.guide")
    assert desk.sentence() == "The guide is not installed."
    assert tmp_path != FOLDER
    with pytest.raises(UserError):
        GuideDialog("guide.md", "User guide")


@pytest.mark.parametrize("id", ["edit.settings", "edit.shortcuts", "help.guide", "help.about"])
def test_windows_that_are_opened_are_gone_when_they_are_closed(desk, id):
    before = set(QApplication.topLevelWidgets())
    desk.command(id)
    QApplication.processEvents()
    opened = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible() and widget.isWindow()]
    dialog = next(widget for widget in opened if widget is not desk.window and widget not in before)
    dialog.close()
    QApplication.processEvents()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert not isValid(dialog)


def test_menus_open_by_the_first_letter_of_their_name(desk):
    titles = [action.text() for action in desk.window.menuBar().actions()]
    letters = [title[title.index("&") + 1] for title in titles]
    assert len(set(letters)) == len(titles) >= 9
