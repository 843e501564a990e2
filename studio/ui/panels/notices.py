"""The notices panel: everything the studio has said in this run, with details to copy."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from studio.app.notices import Level, Notice
from studio.app.session import App
from studio.ui.icons import IconLabel
from studio.ui.panels.base import attempt, column, follow
from studio.ui.widgets.buttons import button_row, icon_button, text_button
from studio.ui.widgets.section import Emptiable, Section, quiet_label, scrolled

ICONS = {Level.INFO: "info", Level.WARNING: "warning", Level.ERROR: "error"}
LIMIT = 200


def as_text(notice: Notice) -> str:
    """A notice as it is copied."""
    head = f"{notice.level.value.capitalize()}: {notice.sentence}"
    return "\n".join(part for part in (head, notice.hint, notice.details) if part)


class NoticeRow(QFrame):
    """Sentence, hint, details that fold out, and the buttons the notice came with."""

    def __init__(self, app: App, notice: Notice) -> None:
        super().__init__()
        self.notice = notice
        self.setProperty("card", True)
        self.setAccessibleName(f"{notice.level.value}: {notice.sentence}")
        text = QVBoxLayout()
        text.setSpacing(2)
        sentence = quiet_label(notice.sentence)
        sentence.setProperty("quiet", False)
        text.addWidget(sentence)
        if notice.hint:
            text.addWidget(quiet_label(notice.hint))
        self.details = Section("Details", opened=False, parent=self)
        self.details.setVisible(bool(notice.details))
        body = quiet_label(notice.details)
        body.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.details.column.addWidget(body)
        text.addWidget(self.details)
        buttons = [self._action(app, action.label, action.run) for action in notice.actions]
        if buttons:
            text.addLayout(button_row(*buttons, None))
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 4, 6)
        row.addWidget(IconLabel(ICONS[notice.level]), 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(text, 1)
        row.addWidget(icon_button("copy", "Copy this notice", self.copy), 0, Qt.AlignmentFlag.AlignTop)

    def _action(self, app: App, label: str, run: object) -> QPushButton:
        assert callable(run)
        return text_button(label, label, lambda: attempt(app, run, label))

    def copy(self) -> None:
        """Put the notice on the clipboard."""
        QGuiApplication.clipboard().setText(as_text(self.notice))


class NoticesPanel(QWidget):
    """The newest notice on top."""

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app
        self.rows: list[NoticeRow] = []
        ground = QWidget()
        self._list = QVBoxLayout(ground)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(6)
        self._list.addStretch(1)
        self.empty = Emptiable(scrolled(ground), "Nothing to report.")
        self.copy_all = text_button("Copy all", "Copy all notices as text", self.copy)
        self.clear = text_button("Clear", "Forget all notices", app.notices.clear)
        layout = column(self)
        layout.addWidget(self.empty, 1)
        layout.addLayout(button_row(self.copy_all, None, self.clear))
        follow(self, app.notices.added, self._add)
        follow(self, app.notices.cleared, self._clear)
        for notice in app.notices.items:
            self._add(notice)
        self._show_state()

    def copy(self) -> None:
        """Put all notices on the clipboard, oldest first."""
        QGuiApplication.clipboard().setText("\n\n".join(as_text(row.notice) for row in self.rows))

    def _add(self, notice: Notice) -> None:
        row = NoticeRow(self._app, notice)
        self.rows.append(row)
        self._list.insertWidget(0, row)
        if len(self.rows) > LIMIT:
            self._drop(self.rows.pop(0))
        self._show_state()

    def _clear(self) -> None:
        for row in self.rows:
            self._drop(row)
        self.rows.clear()
        self._show_state()

    def _drop(self, row: NoticeRow) -> None:
        self._list.removeWidget(row)
        row.hide()
        row.deleteLater()

    def _show_state(self) -> None:
        self.empty.show_content(bool(self.rows))
        self.copy_all.setEnabled(bool(self.rows))
        self.clear.setEnabled(bool(self.rows))
