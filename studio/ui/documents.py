"""The middle of the window: notices, a tab per document, and the canvas or the welcome page."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QStackedWidget, QTabBar, QVBoxLayout, QWidget

from studio.app import files
from studio.app.session import App
from studio.model.document import Document
from studio.ui.actions import Actions
from studio.ui.canvas.view import CanvasView
from studio.ui.notices import NoticeBar
from studio.ui.welcome import WelcomePage


class DocumentTabs(QTabBar):
    """One tab per open document; the middle button closes."""

    def __init__(self, app: App) -> None:
        super().__init__(documentMode=True, tabsClosable=True, expanding=False, accessibleName="Documents")
        self._app = app
        self._followed: list[Document] = []
        self.setElideMode(Qt.TextElideMode.ElideMiddle)
        self.setUsesScrollButtons(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.currentChanged.connect(self._chosen)
        self.tabCloseRequested.connect(lambda index: files.close(app, app.documents[index]))
        app.documents_changed.connect(self.refresh)
        app.document_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Bring tabs, titles and the chosen tab up to date."""
        documents = self._app.documents
        self._follow(documents)
        with QSignalBlocker(self):
            while self.count() > len(documents):
                self.removeTab(self.count() - 1)
            while self.count() < len(documents):
                self.addTab("")
            for index, document in enumerate(documents):
                self.setTabText(index, f"{document.title}{' *' if document.modified else ''}")
                self.setTabToolTip(index, str(document.path or "Not saved yet"))
                close = self.tabButton(index, QTabBar.ButtonPosition.RightSide)
                close.setAccessibleName(f"Close {document.title}")
                close.setToolTip("Close")
            if self._app.document in documents:
                self.setCurrentIndex(documents.index(self._app.document))
        self.setVisible(bool(documents))

    def _follow(self, documents: list[Document]) -> None:
        for document in self._followed:
            if document not in documents:
                document.saved_changed.disconnect(self.refresh)
        for document in documents:
            if document not in self._followed:
                document.saved_changed.connect(self.refresh)
        self._followed = list(documents)

    def _chosen(self, index: int) -> None:
        if 0 <= index < len(self._app.documents):
            self._app.activate(self._app.documents[index])

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Close the tab under a middle click."""
        index = self.tabAt(event.position().toPoint())
        if event.button() is Qt.MouseButton.MiddleButton and index >= 0:
            self.tabCloseRequested.emit(index)
        else:
            super().mouseReleaseEvent(event)


class DocumentArea(QWidget):
    """Tabs and canvas, notices in front of it. The welcome page shows while nothing is open."""

    def __init__(self, app: App, actions: Actions) -> None:
        super().__init__()
        self._app = app
        self.tabs = DocumentTabs(app)
        self.canvas = CanvasView(app)
        self.welcome = WelcomePage(app, actions)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.welcome)
        self.stack.addWidget(self.canvas)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.tabs)
        column.addWidget(self.stack, 1)
        self.notices = NoticeBar(app.notices, app.settings, self.stack)
        self.stack.currentChanged.connect(self.notices.raise_)  # the page that comes forward comes over it
        app.document_changed.connect(self.show_document)
        self.show_document()

    def show_document(self) -> None:
        """The canvas if a document is open, else the welcome page unless that is switched off."""
        wanted = self._app.document is None and self._app.settings.interface.welcome
        self.stack.setCurrentWidget(self.welcome if wanted else self.canvas)

    def show_welcome(self) -> None:
        """The welcome page, whatever is open; choosing a document or a file leaves it."""
        self.stack.setCurrentWidget(self.welcome)
