"""Small questions: unsaved changes, a text, a number, what to recover."""

from __future__ import annotations

from PySide6.QtWidgets import QInputDialog, QMessageBox, QSpinBox, QWidget

from studio.app.face import Unsaved
from studio.ui.icons import icon
from studio.ui.widgets.numbers import inset

Button = QMessageBox.StandardButton
_ANSWERS = {Button.Save: Unsaved.SAVE, Button.Discard: Unsaved.DISCARD}


def unsaved_box(title: str, parent: QWidget) -> QMessageBox:
    """Asks whether to save a document before it is closed."""
    box = QMessageBox(
        QMessageBox.Icon.NoIcon, "Unsaved changes", f"Save the changes to “{title}”?", parent=parent
    )
    box.setIconPixmap(icon("save").pixmap(36, 36))
    box.setInformativeText("Without saving, what you did since the last time is lost.")
    box.setStandardButtons(Button.Save | Button.Discard | Button.Cancel)
    box.setDefaultButton(Button.Save)
    box.setEscapeButton(Button.Cancel)
    box.button(Button.Discard).setText("Don't save")
    return box


def ask_unsaved(title: str, parent: QWidget) -> Unsaved:
    """The answer to `unsaved_box`; closing the window of the question means CANCEL."""
    return _ANSWERS.get(Button(unsaved_box(title, parent).exec()), Unsaved.CANCEL)


def ask_text(parent: QWidget, title: str, label: str, value: str) -> str | None:
    """One line of text."""
    text, accepted = QInputDialog.getText(parent, title, label, text=value)
    return text if accepted else None


def ask_number(parent: QWidget, title: str, label: str, value: int, low: int, high: int) -> int | None:
    """One whole number."""
    dialog = QInputDialog(
        parent, windowTitle=title, labelText=label, inputMode=QInputDialog.InputMode.IntInput
    )
    dialog.setIntRange(low, high)
    dialog.setIntValue(value)
    for box in dialog.findChildren(QSpinBox):
        inset(box)
    return dialog.intValue() if dialog.exec() else None
