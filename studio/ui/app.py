"""Starting and ending the window."""

from __future__ import annotations

import gc
import logging
import logging.handlers
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QEvent, QMessageLogContext, QObject, Qt, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from studio.app import places
from studio.app.actions.generate import default_generator
from studio.app.installed import discover, empty_registry
from studio.app.notices import Level
from studio.app.plugins import report_changes
from studio.app.recovery import Recovery
from studio.app.session import App
from studio.app.settings import Settings
from studio.engine.devices import Device, TorchDevice
from studio.engine.events import Event, Notice
from studio.engine.jobs import Engine
from studio.engine.plugins import Changes, Registry
from studio.model.errors import UserError
from studio.ui import theme
from studio.ui.bridge import Bridge
from studio.ui.main_window import MainWindow
from studio.ui.watch import PluginWatch

log = logging.getLogger(__name__)
LOG_BYTES, LOG_FILES = 1 << 20, 3
TICK_MS, WARM_UP_MS, SETTLE_MS, SAVE_MS, UNSEEN_MS = 1000, 400, 700, 2000, 1000
QT_LEVELS = {QtMsgType.QtWarningMsg: logging.WARNING, QtMsgType.QtCriticalMsg: logging.ERROR}


class Studio:
    """Everything of one run: session, window, bridge, recovery copies, the watch on plugins.

    registry: the generators; if None what is installed, looked for once the window is there.
    devices: what the engine runs on; if None what the settings say.
    """

    def __init__(
        self,
        application: QApplication,
        registry: Registry | None = None,
        devices: Sequence[Device] | None = None,
    ) -> None:
        settings = Settings.load(places.settings_file())
        theme.apply(application, settings.interface.theme, settings.interface.text_size)
        self._discovered = registry is not None
        registry = registry or empty_registry()
        self.bridge = Bridge()
        self.app = App(
            settings,
            registry,
            lambda: make_engine(self.bridge, registry, settings, devices),
            self.bridge.call,
        )
        self.bridge.handle = self.app.handle
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
        self.app.job_event.connect(keep_libraries)
        for sentence in settings.problems:
            self.app.notices.add(Level.WARNING, sentence)

    def show(self, files: Sequence[Path] = ()) -> None:
        """Show the window; once it is painted, offer what a crash left, open files, warm up the engine."""
        self._waiting = list(files)
        self._painted = FirstPaint(self.window, self._begin)
        self.window.show()

    def _begin(self) -> None:
        in_turn(self.window, self._find_generators, self.window.docks.fill, self._take_up)

    def _take_up(self) -> None:
        self.recovery.offer()
        self._timer.start()
        self.app.open_files(self._waiting)
        self._soon.start()

    def _find_generators(self) -> None:
        """Look for plugins, and take one in hand before the panels are made."""
        changes = Changes() if self._discovered else discover(self.app.registry)
        with suppress(UserError):
            self.app.draft.choose(default_generator(self.app))
        report_changes(self.app, changes)

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


class FirstPaint(QObject):
    """Calls something as soon as a window has been painted, or after a second if nobody can see it."""

    def __init__(self, window: QWidget, then: Callable[[], None]) -> None:
        super().__init__(window)
        self._then: Callable[[], None] | None = then
        window.installEventFilter(self)
        QTimer.singleShot(UNSEEN_MS, self, self._call)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Wait for the first paint event, and let it and its children's be dealt with."""
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self, self._call)
        return False

    def _call(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            then()


def in_turn(owner: QObject, *steps: Callable[[], None]) -> None:
    """Take steps one after the other, with the window's events in between; none once `owner` is gone."""
    if steps:
        first, *others = steps

        def take() -> None:
            first()
            in_turn(owner, *others)

        QTimer.singleShot(0, owner, take)


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


def keep_libraries(event: Event) -> None:
    """A device has started, and torch with it: a million objects that no search for garbage need look at."""
    if isinstance(event, Notice):
        gc.freeze()


def settle() -> None:
    """What was made for the start stays: leave it out of every later search for garbage."""
    gc.enable()
    gc.collect()
    gc.freeze()


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
    QTimer.singleShot(SETTLE_MS, studio.window, settle)
    try:
        return application.exec()
    finally:
        studio.close()
