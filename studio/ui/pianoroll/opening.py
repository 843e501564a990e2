"""How the main window comes to the music window: made when it is wanted, or when a melody was generated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.app.commands import Command
from studio.engine.events import Event, Finished
from studio.model.melody import Melody

if TYPE_CHECKING:
    from studio.app.video_desk import VideoDesk
    from studio.ui.main_window import MainWindow
    from studio.ui.pianoroll.window import MusicWindow


class MusicOpener:
    """Keeps the music window of a main window."""

    def __init__(self, main: MainWindow) -> None:
        self._main = main
        self.window: MusicWindow | None = None
        main.app.job_event.connect(self._event)

    def need(self) -> MusicWindow:
        """The window, made now if it was not yet."""
        if self.window is None:
            from studio.ui.pianoroll.window import MusicWindow

            self.window = MusicWindow(self._main.app, self._main, self._timeline)
        return self.window

    def _timeline(self) -> VideoDesk:
        self._main.timeline.show()
        return self._main.timeline.need().desk

    def show(self) -> None:
        """Bring the window to the front."""
        window = self.need()
        window.show()
        window.raise_()
        window.activateWindow()
        window.view.setFocus()

    def close(self) -> bool:
        """Close the window with the main one; False if the person would rather keep the song."""
        if self.window is None:
            return True
        if not self.window.may_go():
            return False
        self.window.close()
        return True

    def commands(self) -> list[Command]:
        """The command that shows the window."""
        return [
            Command(
                "window.music",
                "Music",
                "Window",
                lambda _: self.show(),
                keys="Alt+M",
                group="workspaces",
                tip="The piano roll: draw, play and generate melodies.",
            )
        ]

    def _event(self, event: Event) -> None:
        """A melody that was generated elsewhere in the studio comes onto the desk."""
        if not isinstance(event, Finished) or not isinstance(event.value, Melody):
            return
        if self.window is None or not self.window.room.owns(event.job_id):
            self.need().room.take_over(event.value)
            self.show()
