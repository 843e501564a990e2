"""How the main window comes to the timeline: made when first wanted, or when a clip is generated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.app.commands import Command
from studio.engine.events import Event, Finished
from studio.model.clip import Clip

if TYPE_CHECKING:
    from studio.ui.main_window import MainWindow
    from studio.ui.timeline.window import TimelineWindow


class TimelineOpener:
    """Keeps the timeline window of a main window."""

    def __init__(self, main: MainWindow) -> None:
        self._main = main
        self.window: TimelineWindow | None = None
        main.app.job_event.connect(self._event)

    def need(self) -> TimelineWindow:
        """The window, made now if it was not yet."""
        if self.window is None:
            from studio.ui.timeline.window import TimelineWindow

            self.window = TimelineWindow(self._main.app, self._main)
        return self.window

    def show(self) -> None:
        """Bring the window to the front."""
        window = self.need()
        window.show()
        window.raise_()
        window.activateWindow()
        window.tracks.view.setFocus()

    def close(self) -> None:
        """End it with the main window."""
        if self.window is not None:
            self.window.end()
            self.window = None

    def commands(self) -> list[Command]:
        """The command that shows the window."""
        return [
            Command(
                "window.timeline",
                "Timeline",
                "Window",
                lambda _: self.show(),
                keys="Alt+T",
                icon="clip",
                group="workspaces",
                tip="Cut, mix and render clips, pictures and sounds.",
            )
        ]

    def _event(self, event: Event) -> None:
        """A clip that was generated before there was a timeline comes onto it; later it does so by itself."""
        if isinstance(event, Finished) and isinstance(event.value, Clip) and self.window is None:
            if "video" not in vars(self._main.app):
                self._main.app.video.take(event)
            self.show()
