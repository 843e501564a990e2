"""The panels around the canvas and how they lie at first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from PySide6.QtCore import QByteArray, QCoreApplication, QEvent, QSize, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar, QWidget

from studio.app.commands import Command
from studio.app.session import App
from studio.ui.keyboard import TabbingDock, enter, holds_keyboard

LAYOUT_VERSION = 2
WIDE = 1600
RIGHT, LEFT = Qt.DockWidgetArea.RightDockWidgetArea, Qt.DockWidgetArea.LeftDockWidgetArea
BOTTOM = Qt.DockWidgetArea.BottomDockWidgetArea


@dataclass(frozen=True)
class Panel:
    """One panel: the module and class that make it, loaded when it is made, and the keys that show it."""

    id: str
    title: str
    icon: str
    kind: str
    keys: str

    def make(self, app: App) -> QWidget:
        """The panel itself."""
        return getattr(import_module(f"studio.ui.panels.{self.id}"), self.kind)(app)


PANELS = (
    Panel("generator", "Generator", "generate", "GeneratorPanel", "Alt+1"),
    Panel("latent", "Latent", "latent", "LatentPanel", "Alt+2"),
    Panel("explorer", "Explorer", "target", "ExplorerPanel", "Alt+0"),
    Panel("colour", "Colour", "palette", "ColourPanel", "Alt+3"),
    Panel("layers", "Layers", "layers", "LayersPanel", "Alt+4"),
    Panel("history", "History", "history", "HistoryPanel", "Alt+5"),
    Panel("jobs", "Jobs", "jobs", "JobsPanel", "Alt+6"),
    Panel("notices", "Notices", "notices", "NoticesPanel", "Alt+7"),
    Panel("variations", "Variations", "variations", "VariationsPanel", "Alt+8"),
)


class NoTitle(QWidget):
    """A title bar that takes no room."""

    def sizeHint(self) -> QSize:
        """Nothing."""
        return QSize(0, 0)


class Docks:
    """The dock widgets of the window, by the id of their panel. They are empty until `fill`."""

    def __init__(self, window: QMainWindow, app: App) -> None:
        self._window = window
        self._hidden: list[str] = []
        self._app = app
        self._empty = {panel.id: panel for panel in PANELS}
        self.docks = {panel.id: _dock(panel) for panel in PANELS}
        self._timer = QTimer(window, singleShot=True, interval=0)
        self._timer.timeout.connect(self._tidy)
        for dock in self.docks.values():
            window.addDockWidget(RIGHT, dock)
            for signal in (dock.dockLocationChanged, dock.topLevelChanged, dock.visibilityChanged):
                signal.connect(lambda _: self._timer.start())
        window.setDockOptions(
            QMainWindow.DockOption.AllowTabbedDocks | QMainWindow.DockOption.AllowNestedDocks
        )
        window.setTabPosition(RIGHT | LEFT, window.tabPosition(BOTTOM).North)
        window.setCorner(Qt.Corner.BottomRightCorner, RIGHT)
        window.setCorner(Qt.Corner.BottomLeftCorner, LEFT)

    def panel(self, id: str) -> QWidget:
        """The panel inside a dock, made now if it was not yet."""
        panel = self._empty.pop(id, None)
        if panel is not None:
            widget = panel.make(self._app)
            widget.setAccessibleName(widget.accessibleName() or panel.title)
            self.docks[id].setWidget(widget)
        return self.docks[id].widget()

    def fill(self) -> None:
        """Make the panels, one after each turn of the event loop: the window is there before them."""
        waiting = sorted(self._empty, key=lambda id: self.docks[id].visibleRegion().isEmpty())
        if waiting:
            self.panel(waiting[0])
            QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
            QTimer.singleShot(0, self._window, self.fill)

    @property
    def filled(self) -> bool:
        """Whether all panels are made."""
        return not self._empty

    def show(self, id: str) -> None:
        """Bring a panel to the front and give it the keyboard."""
        dock, panel = self.docks[id], self.panel(id)
        dock.show()
        dock.raise_()
        if not enter(panel):
            panel.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def enter_next(self) -> None:
        """Give the keyboard to the next panel in view that has something to work with."""
        seen = [dock for dock in self.docks.values() if not dock.visibleRegion().isEmpty()]
        here = next((n for n, dock in enumerate(seen) if holds_keyboard(dock)), -1)
        any(enter(dock.widget()) for dock in seen[here + 1 :] + seen[: here + 1])

    def reset(self) -> None:
        """The layout of the first run: one column of panels, two where there is room for them."""
        for dock in self.docks.values():
            dock.setFloating(False)
            self._window.removeDockWidget(dock)
        if self._window.width() >= WIDE:
            right = [["generator", "latent"], ["layers", "notices"]]
            self._lay_out(right, [["colour", "explorer"], ["history", "jobs"]])
        else:
            first = ["generator", "latent", "explorer", "colour"]
            self._lay_out([first, ["layers", "history", "jobs", "notices"]], [])
        self._add(BOTTOM, [["variations"]])
        self._window.resizeDocks([self.docks["variations"]], [132], Qt.Orientation.Vertical)

    def _lay_out(self, right: list[list[str]], left: list[list[str]]) -> None:
        self._add(RIGHT, right)
        self._add(LEFT, left)
        wide = self._window.width() >= WIDE
        self._window.resizeDocks([self.docks["generator"]], [340 if wide else 318], Qt.Orientation.Horizontal)
        self._window.resizeDocks(
            [self.docks["generator"], self.docks["layers"]], [3, 2], Qt.Orientation.Vertical
        )
        if left:
            self._window.resizeDocks([self.docks["colour"]], [270], Qt.Orientation.Horizontal)
            pair = [self.docks["colour"], self.docks["history"]]
            self._window.resizeDocks(pair, [3, 2], Qt.Orientation.Vertical)

    def _add(self, area: Qt.DockWidgetArea, groups: list[list[str]]) -> None:
        """Stack groups of tabs in an area."""
        for first, *others in groups:
            self._window.addDockWidget(area, self.docks[first], Qt.Orientation.Vertical)
            self.docks[first].show()
            for id in others:
                self._window.tabifyDockWidget(self.docks[first], self.docks[id])
                self.docks[id].show()
            self.docks[first].raise_()

    def _tidy(self) -> None:
        """A panel among tabs needs no title bar: its tab says the same. Qt makes the tab bars as needed."""
        for bar in self._window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            bar.setAccessibleName("Panels")
        for dock in self.docks.values():
            tabbed = bool(self._window.tabifiedDockWidgets(dock)) and not dock.isFloating()
            if tabbed != isinstance(dock.titleBarWidget(), NoTitle):
                dock.setTitleBarWidget(NoTitle() if tabbed else None)

    @property
    def all_hidden(self) -> bool:
        """Whether no panel is in view."""
        return all(dock.isHidden() for dock in self.docks.values())

    def toggle_all(self) -> None:
        """Hide all panels, or show again those that were hidden this way."""
        if self.all_hidden:
            for id in self._hidden or list(self.docks):
                self.docks[id].show()
        else:
            self._hidden = [id for id, dock in self.docks.items() if not dock.isHidden()]
            for dock in self.docks.values():
                dock.hide()

    def state(self) -> str:
        """The present layout as text."""
        return bytes(self._window.saveState(LAYOUT_VERSION).toBase64().data()).decode()

    def restore(self, text: str) -> bool:
        """Go back to a layout; False if the text is none, or of another version."""
        return bool(text) and self._window.restoreState(QByteArray.fromBase64(text.encode()), LAYOUT_VERSION)

    def commands(self) -> list[Command]:
        """A command for each panel that shows or hides it, in the Window menu."""
        return [
            Command(
                f"window.{panel.id}",
                panel.title,
                "Window",
                self._toggle(panel.id),
                keys=panel.keys,
                icon=panel.icon,
                checked=lambda app, id=panel.id: not self.docks[id].isHidden(),
                group="panels",
                tip=f"Show or hide the {panel.title.lower()} panel.",
            )
            for panel in PANELS
        ]

    def _toggle(self, id: str) -> Callable[[App], None]:
        def run(app: App) -> None:
            """Hide the panel if it is in view, else bring it there."""
            dock = self.docks[id]
            if dock.isHidden() or dock.visibleRegion().isEmpty():
                self.show(id)
            else:
                dock.hide()

        return run


def _dock(panel: Panel) -> QDockWidget:
    dock = TabbingDock(panel.title)
    dock.setObjectName(f"dock.{panel.id}")
    dock.setAccessibleName(panel.title)
    dock.setWidget(QWidget())
    return dock
