"""Starting and ending the window."""

from __future__ import annotations

import logging
import logging.handlers
import sys
import threading
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, Qt, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from studio.app import places
from studio.app.actions.generate import default_generator
from studio.app.installed import installed_registry
from studio.app.notices import Level
from studio.app.plugins import tell
from studio.app.recovery import Recovery
from studio.app.session import App
from studio.app.settings import Settings
from studio.engine.devices import Device, TorchDevice
from studio.engine.jobs import Engine
from studio.engine.plugins import Changes, Registry
from studio.model.errors import UserError
from studio.ui import theme
from studio.ui.bridge import Bridge
from studio.ui.main_window import MainWindow
from studio.ui.watch import PluginWatch

log = logging.getLogger(__name__)
LOG_BYTES, LOG_FILES = 1 << 20, 3
TICK_MS, WARM_UP_MS, SAVE_MS = 1000, 400, 2000
QT_LEVELS = {QtMsgType.QtWarningMsg: logging.WARNING, QtMsgType.QtCriticalMsg: logging.ERROR}


class Studio:
    """Everything of one run: session, window, bridge, recovery copies, the watch on plugins.

    registry: the generators; what is installed if None. devices: what the engine runs on, likewise.
    """

    def __init__(
        self,
        application: QApplication,
        registry: Registry | None = None,
        devices: Sequence[Device] | None = None,
    ) -> None:
        settings = Settings.load(places.settings_file())
        theme.apply(application, settings.interface.theme, settings.interface.text_size)
        registry, changes = (registry, Changes()) if registry else installed_registry()
        self.bridge = Bridge()
        self.app = App(
            settings,
            registry,
            lambda: make_engine(self.bridge, registry, settings, devices),
            self.bridge.call,
        )
        self.bridge.handle = self.app.handle
        with suppress(UserError):
            self.app.draft.choose(default_generator(self.app))
        self.window = MainWindow(self.app)
        self.bridge.setParent(self.window)
        self.recovery = Recovery(self.app, places.autosave_dir())
        self.watch = PluginWatch(self.app, self.window)
        self._timer = QTimer(self.window, interval=TICK_MS)
        self._timer.timeout.connect(self.recovery.tick)
        self._soon = QTimer(self.window, singleShot=True, interval=WARM_UP_MS)
        self._soon.timeout.connect(self._warm_up)
        self._saving = QTimer(self.window, singleShot=True, interval=SAVE_MS)
        self._saving.timeout.connect(self._save_settings)
        settings.changed.connect(self._save_soon)
        for sentence in settings.problems:
            self.app.notices.add(Level.WARNING, sentence)
        tell(self.app, changes)

    def show(self, files: Sequence[Path] = ()) -> None:
        """Show the window; once it is painted, offer what a crash left, open files, warm up the engine."""
        self.window.show()
        QTimer.singleShot(0, self.window, lambda: self._begin(files))

    def _begin(self, files: Sequence[Path]) -> None:
        self.window.docks.fill()
        self.recovery.offer()
        self._timer.start()
        self.app.open_files(files)
        self._soon.start()

    def _warm_up(self) -> None:
        self.app.engine.warm_up()
        self.window.status.show_engine()

    def _save_soon(self, section: str, field: str) -> None:
        self._saving.start()

    def _save_settings(self) -> None:
        """Write what was changed a moment ago, so that not even a crash loses it."""
        try:
            self.app.settings.save()
        except OSError as error:
            self.app.notices.add(
                Level.WARNING, "The settings could not be written.", "Is the disk full?", str(error)
            )

    def close(self) -> None:
        """Stop all threads and write the settings. The window has been closed before."""
        self._timer.stop()
        self._soon.stop()
        self.app.settings.changed.disconnect(self._save_soon)
        self._saving.stop()
        self.watch.close()
        self.bridge.close()
        self.recovery.close()
        try:
            self.app.close()
        except OSError as error:
            log.error("The settings could not be written: %s", error)


def make_engine(
    bridge: Bridge, registry: Registry, settings: Settings, devices: Sequence[Device] | None = None
) -> Engine:
    """The engine as the settings want it."""
    wish = settings.generating
    budget = wish.memory_mib * 2**20 or None
    chosen = devices or [TorchDevice(wish.device)]
    return Engine(bridge.post, registry=registry, devices=chosen, memory_budget=budget)


def start_log() -> None:
    """Write the log to a file of bounded size in the log folder; without one if the disk refuses."""
    try:
        places.log_dir().mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = logging.handlers.RotatingFileHandler(
            places.log_dir() / "studio.log",
            maxBytes=LOG_BYTES,
            backupCount=LOG_FILES,
            encoding="utf-8",
            delay=True,
        )
    except OSError:
        handler = logging.StreamHandler()
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=logging.INFO, format=form, handlers=[handler])


def log_qt(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    """Qt's own messages go to the log."""
    logging.getLogger("qt").log(QT_LEVELS.get(kind, logging.DEBUG), "%s", text)


def catch_everything(studio: Studio) -> None:
    """Whatever nobody caught becomes a notice and a line in the log; the studio goes on."""

    def caught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        if error is None or issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error or kind(), trace)
            return
        log.error("%s", "".join(traceback.format_exception(kind, error, trace)))
        studio.bridge.call(lambda: studio.app.notices.add_exception(error))

    sys.excepthook = caught
    threading.excepthook = lambda args: caught(args.exc_type, args.exc_value, args.exc_traceback)


def run(argv: Sequence[str]) -> int:
    """Open the window with these files; returns the exit code when it has been closed."""
    start_log()
    qInstallMessageHandler(log_qt)
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    application = QApplication([sys.argv[0]])
    application.setApplicationName(places.APP_NAME)
    application.setApplicationDisplayName("Latent Studio")
    studio = Studio(application)
    catch_everything(studio)
    studio.show([Path(name) for name in argv])
    try:
        return application.exec()
    finally:
        studio.close()
