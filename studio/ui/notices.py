"""The notice bar: one sentence, a hint, Details on demand; it never stands in the way."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.app.notices import Action, Level, Notice, Notices
from studio.app.settings import Settings
from studio.ui.icons import IconLabel, icon

ICONS = {Level.INFO: "info", Level.WARNING: "warning", Level.ERROR: "error"}

MARGIN, WIDTH, DETAILS_HEIGHT = 12, 820, 160


class NoticeBar(QFrame):
    """Shows the newest notice in front of its parent, along the upper edge, so that nothing has to move.

    Informative notices leave by themselves, others stay until dismissed.
    """

    def __init__(self, notices: Notices, settings: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("noticeBar")
        self.setAccessibleName("Notice")
        self._settings = settings
        self._notice: Notice | None = None
        self._waiting: list[Notice] = []
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.dismiss)
        self._build()
        self.hide()
        parent.installEventFilter(self)
        notices.added.connect(self.take)
        notices.cleared.connect(self._clear)

    def _build(self) -> None:
        self._icon = IconLabel("info")
        self._sentence = QLabel(objectName="sentence", wordWrap=True)
        self._hint = QLabel(wordWrap=True)
        self._hint.setProperty("quiet", True)
        for label in (self._sentence, self._hint):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._buttons = QHBoxLayout(spacing=6)
        self._count = QLabel(visible=False)
        self._count.setProperty("quiet", True)
        self._more = QPushButton("Details", checkable=True)
        self._more.toggled.connect(self._show_details)
        self._copy = QPushButton("Copy details", visible=False)
        self._copy.clicked.connect(self._copy_details)
        self._close = QToolButton(icon=icon("close"), toolTip="Dismiss", accessibleName="Dismiss notice")
        self._close.clicked.connect(self.dismiss)
        self._details = QPlainTextEdit(readOnly=True, visible=False, accessibleName="Details of the notice")
        self._lay_out()

    def _lay_out(self) -> None:
        texts = QVBoxLayout(spacing=1)
        texts.addWidget(self._sentence)
        texts.addWidget(self._hint)
        row = QHBoxLayout(spacing=8)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(texts, 1)
        row.addLayout(self._buttons)
        for widget in (self._count, self._copy, self._more, self._close):
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 8, 8)
        column.addLayout(row)
        column.addWidget(self._details)

    @property
    def notice(self) -> Notice | None:
        """What is shown now."""
        return self._notice

    def take(self, notice: Notice) -> None:
        """Show a notice; one that waits for an answer is not pushed away but shown again afterwards."""
        if notice.quiet:
            return
        if self._notice is not None and (self._notice.actions or self._notice.level is Level.ERROR):
            if notice.level is Level.INFO:
                return
            self._waiting.append(self._notice)
        self._show(notice)

    def _show(self, notice: Notice) -> None:
        self._notice = notice
        self.setProperty("level", notice.level.value)
        self.style().unpolish(self)
        self.style().polish(self)
        self._icon.show_icon(ICONS[notice.level])
        self._sentence.setText(notice.sentence)
        self._hint.setText(notice.hint)
        self._hint.setVisible(bool(notice.hint))
        self._more.setVisible(bool(notice.details))
        self._more.setChecked(False)
        self._details.setPlainText(notice.details)
        self._count.setText(f"{len(self._waiting)} more")
        self._count.setVisible(bool(self._waiting))
        self._set_actions(notice)
        self.place()
        self.show()
        self.raise_()
        self._timer.stop()
        if notice.level is Level.INFO and not notice.actions:
            self._timer.start(self._settings.interface.notice_seconds * 1000)

    def place(self) -> None:
        """Lie centred below the upper edge of the parent, as high as the text needs."""
        room = self.parentWidget().size()
        width = min(room.width() - 2 * MARGIN, WIDTH)
        self._details.setFixedHeight(max(min(DETAILS_HEIGHT, room.height() - 160), 40))
        self.setFixedWidth(max(width, 200))
        self.layout().activate()
        height = self.layout().totalHeightForWidth(self.width())
        self.setGeometry((room.width() - self.width()) // 2, MARGIN, self.width(), height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in place when the window changes its size."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.place()
        return super().eventFilter(watched, event)

    def _set_actions(self, notice: Notice) -> None:
        while (item := self._buttons.takeAt(0)) is not None:
            item.widget().deleteLater()
        for action in notice.actions:
            button = QPushButton(action.label)
            button.clicked.connect(lambda _=False, action=action: self._answer(action))
            self._buttons.addWidget(button)

    def _answer(self, action: Action) -> None:
        self.dismiss()
        action.run()

    def _show_details(self, shown: bool) -> None:
        self._details.setVisible(shown)
        self._copy.setVisible(shown)
        self.place()
        self._timer.stop()

    def _copy_details(self) -> None:
        if self._notice is not None:
            parts = (self._notice.sentence, self._notice.hint, self._notice.details)
            QGuiApplication.clipboard().setText("\n".join(part for part in parts if part))

    def dismiss(self) -> None:
        """Take the notice away and show the one that waited, if any."""
        self._timer.stop()
        self._notice = None
        if self._waiting:
            self._show(self._waiting.pop())
        else:
            self.hide()

    def _clear(self) -> None:
        self._waiting.clear()
        self.dismiss()
