"""The training lab in the main window: it takes the place of canvas and panels until one goes back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QToolBar

from studio.app.commands import Command

if TYPE_CHECKING:
    from studio.ui.lab.page import LabPage
    from studio.ui.main_window import MainWindow

LOOK_MS = 5000


class LabWorkspace(QObject):
    """Shows and leaves the lab. Its page is made when first shown; runs are looked at from the start."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._page: LabPage | None = None
        self._layout = ""
        self._clock = QTimer(self, interval=LOOK_MS)
        self._clock.timeout.connect(self._look)
        self._clock.start()

    def follow(self) -> None:
        """Begin to notice when something else comes to the front; the window has its parts now."""
        self._window.area.stack.currentChanged.connect(lambda _: self._follow())

    @property
    def page(self) -> LabPage:
        """The lab's page, made now if it was not yet."""
        if self._page is None:
            from studio.ui.lab.page import LabPage

            self._page = LabPage(self._window.app)
            self._page.left.connect(self.leave)
            self._window.area.stack.addWidget(self._page)
        return self._page

    @property
    def shown(self) -> bool:
        """Whether the lab is in front."""
        return self._page is not None and self._window.area.stack.currentWidget() is self._page

    @property
    def layout(self) -> str:
        """The layout of the panels to go back to, "" while the lab is not shown."""
        return self._layout

    def show(self) -> None:
        """Bring the lab to the front; the panels make room."""
        if self.shown:
            return
        self._layout = self._window.docks.state()
        for dock in self._window.docks.docks.values():
            dock.hide()
        self._show_bars(False)
        self._window.area.stack.setCurrentWidget(self.page)

    def leave(self) -> None:
        """Back to the canvas, or to the welcome page."""
        if self.shown:
            self._window.area.show_document()

    def toggle(self) -> None:
        """There or back."""
        (self.leave if self.shown else self.show)()

    def open_data(self, *paths: Path) -> None:
        """Plan a training with a folder of pictures, or with several things together."""
        self.show()
        self.page.open_data(*paths)

    def commands(self) -> list[Command]:
        """The commands that lead here."""
        return [
            Command(
                "window.lab",
                "Training Lab",
                "Window",
                lambda app: self.toggle(),
                keys="F7",
                icon="sparkle",
                checked=lambda app: self.shown,
                group="workspaces",
                tip="Train a model of your own from a folder of pictures, and watch it learn.",
            )
        ]

    def _follow(self) -> None:
        """The panels come back when something else has come to the front."""
        if self._layout and not self.shown:
            self._window.docks.restore(self._layout)
            self._layout = ""
            self._show_bars(True)

    def _show_bars(self, shown: bool) -> None:
        for bar in self._window.findChildren(QToolBar):
            bar.setVisible(shown)

    def _look(self) -> None:
        """Hear of trainings that have ended while nobody looked."""
        lab = self._window.app.lab
        if not self.shown and (lab.home.is_dir() or self._window.app.settings.lab.runs):
            lab.look()
