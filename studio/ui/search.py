"""The field in which one searches: a magnifier, a way to clear it, names for both."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QToolButton

from studio.ui.icons import icon


class SearchEdit(QLineEdit):
    """A line edit for searching."""

    def __init__(self, name: str, placeholder: str) -> None:
        super().__init__(placeholderText=placeholder, accessibleName=name, clearButtonEnabled=True)
        self.addAction(icon("search"), QLineEdit.ActionPosition.LeadingPosition).setText(name)
        for button in self.findChildren(QToolButton):
            action = button.defaultAction()
            if action is not None and not action.text():
                action.setIcon(icon("close"))
            button.setAccessibleName((action.text() if action else "") or "Clear")
