"""The real window over a real engine on a fake device, and the hands that work on it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.app.installed import empty_registry
from studio.app.session import App
from studio.engine.devices import TorchDevice
from studio.engine.plugins import Registry
from studio.engine.testing import FakeDevice
from studio.model.document import Document
from studio.ui.app import Studio
from studio.ui.main_window import MainWindow

PLUGINS = Path(__file__).parents[2] / "app" / "plugins"
PATIENCE_MS = 20_000


@dataclass
class Desk:
    """A running studio and the hands that work on it."""

    studio: Studio
    bot: QtBot

    @property
    def app(self) -> App:
        return self.studio.app

    @property
    def window(self) -> MainWindow:
        return self.studio.window

    @property
    def document(self) -> Document:
        assert self.app.document is not None
        return self.app.document

    def until(self, condition: Callable[[], bool]) -> None:
        self.bot.waitUntil(condition, timeout=PATIENCE_MS)

    def idle(self) -> None:
        """Until no job runs and no file is being read or written."""
        self.until(lambda: not self.app.generation.waiting and not self.app.tasks.titles)
        QApplication.processEvents()

    def command(self, id: str) -> None:
        """Do what the menu entry does."""
        self.window.actions_.refresh()
        self.window.actions_[id].trigger()

    def sentence(self) -> str:
        """What the notice bar says, "" when it is not shown."""
        bar = self.window.area.notices
        return bar.notice.sentence if bar.notice and bar.isVisible() else ""


def open_desk(bot: QtBot, application: QApplication, size: tuple[int, int] = (1366, 768)) -> Desk:
    """Start a studio and wait until its window is shown."""
    registry = Registry(built_in=[PLUGINS])
    registry.discover(entry_points=False)
    desk = Desk(Studio(application, registry, [FakeDevice()]), bot)
    desk.window.resize(*size)
    with bot.waitActive(desk.window):
        desk.studio.show()
        desk.window.activateWindow()
    for id in desk.window.docks.docks:
        desk.window.docks.panel(id)
    desk.app.draft.keep_seed = True
    return desk


def open_full_desk(bot: QtBot, application: QApplication) -> Desk:
    """A studio with every generator and model that comes with it, on the real processor."""
    registry = empty_registry()
    registry.discover(entry_points=False)
    desk = Desk(Studio(application, registry, [TorchDevice("cpu")]), bot)
    desk.window.resize(1366, 768)
    with bot.waitActive(desk.window):
        desk.studio.show()
        desk.window.activateWindow()
    desk.until(lambda: desk.window.docks.filled)
    return desk


def close_desk(desk: Desk) -> None:
    """End a studio without being asked about anything."""
    for document in list(desk.app.documents):
        desk.app.remove_document(document)
    desk.window.close()
    desk.studio.close()
    desk.window.deleteLater()
