"""The main window: puts the parts together and remembers how they lay."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QCoreApplication, QEvent, QSize, Qt
from PySide6.QtGui import QCloseEvent, QKeySequence, QScreen
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu, QToolBar, QWidget

from studio.app import files
from studio.app.actions import COMMANDS
from studio.app.actions.generate import choosing_commands
from studio.app.keymap import Keymap, parts
from studio.app.session import App
from studio.ui import theme
from studio.ui.actions import Actions
from studio.ui.canvas.commands import COMMANDS as CANVAS_COMMANDS
from studio.ui.canvas.options import ToolOptions
from studio.ui.canvas.toolbar import ToolBar
from studio.ui.commands import window_commands
from studio.ui.docks import Docks
from studio.ui.documents import DocumentArea
from studio.ui.drop import DropTarget
from studio.ui.icons import icon
from studio.ui.keyboard import takes_tab
from studio.ui.menus import Menus
from studio.ui.palette import CommandPalette, Entry
from studio.ui.pianoroll.opening import MusicOpener
from studio.ui.status import StatusLine
from studio.ui.timeline.opening import TimelineOpener
from studio.ui.window_face import WindowFace
from studio.ui.workspace import LabWorkspace

FIRST_SIZE = QSize(1440, 900)
_ASKED = QEvent.Type.ShortcutOverride


class MainWindow(QMainWindow):
    """The window of one session."""

    def __init__(self, app: App) -> None:
        super().__init__()
        self.app = app
        self.setWindowTitle("Latent Studio")
        self.setWindowIcon(icon("generate"))
        self.setAccessibleName("Latent Studio")
        self.docks = Docks(self, app)
        app.commands.add(*COMMANDS, *CANVAS_COMMANDS, *window_commands(self), *self.docks.commands())
        self.music = MusicOpener(self)
        app.commands.add(*self.music.commands())
        self.timeline = TimelineOpener(self)
        app.commands.add(*self.timeline.commands())
        self._forget_generators = app.commands.add(*choosing_commands(app))
        self.lab = LabWorkspace(self)
        app.commands.add(*self.lab.commands())
        self.keymap = Keymap(app.commands, app.settings)
        self.actions_ = Actions(app, self.keymap, self)
        self.menus = Menus(self.menuBar(), self.actions_)
        self.area = DocumentArea(app, self.actions_)
        self.setCentralWidget(self.area)
        self._add_bars()
        self.status = StatusLine(app)
        self.setStatusBar(self.status)
        self.palette_box = CommandPalette(self, self.palette_entries)
        self.drop = DropTarget(self)
        app.face = WindowFace(self)
        self._connect()
        self._restore()
        self._show_document()

    def _add_bars(self) -> None:
        """Tool options along the top, tools down the left side."""
        self.options_bar = self._bar("optionsBar", "Tool options", ToolOptions(self.area.canvas))
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, self.options_bar)
        self.tool_bar = self._bar("toolsBar", "Tools", ToolBar(self.app))
        self.addToolBar(Qt.ToolBarArea.LeftToolBarArea, self.tool_bar)
        self.tool_bar.ensurePolished()  # margins hang on the name and are taken up with a change of style
        QCoreApplication.sendEvent(self.tool_bar, QEvent(QEvent.Type.StyleChange))

    def _bar(self, name: str, title: str, content: QWidget) -> QToolBar:
        bar = QToolBar(title, objectName=name, accessibleName=title, movable=False, floatable=False)
        bar.addWidget(content)
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        return bar

    def _connect(self) -> None:
        canvas, app = self.area.canvas, self.app
        self.lab.follow()
        canvas.cursor_moved.connect(self.status.show_cursor)
        canvas.cursor_left.connect(lambda: self.status.cursor.clear())
        canvas.view_changed.connect(self._show_zoom)
        app.document_changed.connect(self._show_document)
        self.actions_.refreshed.connect(self._show_document)
        app.generators_changed.connect(self._list_generators)
        app.settings.changed.connect(self._setting_changed)
        app.commands.ran.connect(self._remember_command)
        self.actions_.rebuilt.connect(self._follow_recent_menu)
        self._follow_recent_menu()
        for dock in self.docks.docks.values():
            dock.visibilityChanged.connect(self.actions_.refresh_soon)

    def _follow_recent_menu(self) -> None:
        self.menus.menu("File/Open Recent").aboutToShow.connect(self._fill_recent_menu)

    def _fill_recent_menu(self) -> None:
        menu = self.menus.menu("File/Open Recent")
        for action in menu.actions():
            if action.property("recent"):
                menu.removeAction(action)
        first = menu.insertSeparator(next(iter(menu.actions()), None))
        first.setProperty("recent", True)
        for path in self.app.recent.paths:
            action = menu.addAction(path.name)
            action.setToolTip(str(path))
            action.setProperty("recent", True)
            action.triggered.connect(lambda _=False, path=path: self.app.open_files([path]))
            menu.insertAction(first, action)

    def _list_generators(self) -> None:
        """One command for each generator there is now."""
        self._forget_generators()
        self._forget_generators = self.app.commands.add(*choosing_commands(self.app))

    def _show_document(self) -> None:
        document = self.app.document
        title = f"{document.title}[*] - Latent Studio" if document else "Latent Studio"
        modified = bool(document and document.modified)
        if (title, modified) != (self.windowTitle(), self.isWindowModified()):
            self.setWindowTitle(title)
            self.setWindowModified(modified)
        self.status.show_document()
        self._show_zoom()

    def _show_zoom(self) -> None:
        self.status.show_zoom(self.area.canvas.view.zoom if self.app.document else None)

    def _setting_changed(self, section: str, field: str) -> None:
        if section == "interface":
            look = self.app.settings.interface
            application = QApplication.instance()
            assert isinstance(application, QApplication)
            theme.apply(application, look.theme, look.text_size)
            if not self.lab.shown:
                self.area.show_document()

    def _remember_command(self, id: str) -> None:
        if id != "help.palette":
            lately = [id, *(other for other in self.app.settings.window.palette_recent if other != id)]
            self.app.settings.set("window", "palette_recent", lately[:12])

    def palette_entries(self) -> list[Entry]:
        """All commands, those used lately first."""
        lately = {id: place for place, id in enumerate(self.app.settings.window.palette_recent)}
        commands = sorted(self.app.commands, key=lambda command: lately.get(command.id, len(lately)))
        return [
            Entry(
                command.id,
                command.title,
                command.menu.replace("/", " › "),
                next((QKeySequence(part).toString() for part in parts(self.keymap.keys(command))), ""),
                command.icon,
                command.is_enabled(self.app),
                lambda id=command.id: self.app.run_command(id),
            )
            for command in commands
        ]

    def createPopupMenu(self) -> QMenu:
        """The context menu of docks: the panels to show."""
        menu = QMenu(self)
        for command, action in self.actions_.items():
            if command.menu == "Window" and command.group == "panels":
                menu.addAction(action)
        return menu

    def _restore(self) -> None:
        """Size and layout as they were, if they still fit the screen; else those of the first run."""
        kept = self.app.settings.window
        geometry = QByteArray.fromBase64(kept.geometry.encode())
        if not (kept.geometry and self.restoreGeometry(geometry)):
            self.resize(first_size(self.screen()))
        if not self.docks.restore(kept.layout):
            self.docks.reset()

    def remember(self) -> None:
        """Keep size and layout in the settings."""
        settings = self.app.settings
        settings.set("window", "geometry", bytes(self.saveGeometry().toBase64().data()).decode())
        settings.set("window", "layout", self.lab.layout or self.docks.state())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about unsaved changes; stays open if the person would rather not, or until all is saved."""
        self.remember()
        for document in list(self.app.modified_documents()):
            if not files.close(self.app, document, then=self.close):
                event.ignore()
                return
        if not self.music.close():
            event.ignore()
            return
        self.timeline.close()
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Tab is a shortcut over the picture only; see `takes_tab`."""
        over_picture = self.area.canvas.viewport.hasFocus() if event.type() == _ASKED else False
        return (not over_picture and takes_tab(event)) or super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        """Titles follow the state of the document when the window comes back to the front."""
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.actions_.refresh_soon()
        super().changeEvent(event)


def first_size(screen: QScreen) -> QSize:
    """Nearly the whole screen when it is small, a comfortable part of it when it is large."""
    room = screen.availableSize()
    return QSize(min(room.width(), max(FIRST_SIZE.width(), room.width() * 4 // 5)),
                 min(room.height(), max(FIRST_SIZE.height(), room.height() * 4 // 5)))  # fmt: skip
