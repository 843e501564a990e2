"""A session with a real engine on a fake device, joined to Qt, and hands for its panels."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLabel, QSlider, QWidget
from pytestqt.qtbot import QtBot

from studio.app.actions import COMMANDS
from studio.app.session import App
from studio.app.settings import Settings
from studio.engine.jobs import Engine
from studio.engine.plugins import Registry
from studio.engine.testing import FakeDevice
from studio.model import edits
from studio.model.document import Document
from studio.model.nodes import GeneratedLayer, Node
from studio.ui.bridge import Bridge

PLUGINS = Path(__file__).parent / "plugins"
PATIENCE_MS = 20_000
DOCK_WIDTH = 280


@dataclass
class Bench:
    """An `App`, and what a person at it does."""

    app: App
    bridge: Bridge
    bot: QtBot

    def show(self, panel: QWidget, height: int = 560) -> QWidget:
        """Show a panel as wide as a dock."""
        self.bot.addWidget(panel)
        panel.resize(DOCK_WIDTH, height)
        with self.bot.waitExposed(panel):
            panel.show()
        return panel

    def document(self, size: int = 64, *names: str) -> Document:
        """An open document with one raster layer per name, bottom to top."""
        document = Document(size, size)
        self.app.add_document(document)
        for name in names:
            edits.add_layer(document, "raster", name)
        document.history.clear()
        return document

    def until(self, condition: Callable[[], bool]) -> None:
        self.bot.waitUntil(condition, timeout=PATIENCE_MS)

    def idle(self) -> None:
        """Until nothing is made, read or written any more."""
        self.until(lambda: not self.app.generation.waiting and not self.app.tasks.titles)
        QApplication.processEvents()

    def generate(self, **params: object) -> GeneratedLayer:
        """A layer of the tiny generator."""
        self.app.generate("tiny", params)
        self.idle()
        node = self.app.document.active if self.app.document else None
        assert isinstance(node, GeneratedLayer)
        return node

    def variations(self, count: int, seed: int = 0) -> None:
        """Results in the strip."""
        self.app.generate("tiny", {"seed": seed, "count": count}, target="variations")
        self.idle()

    def sentences(self) -> list[str]:
        """What the person was told, but for what is only listed."""
        return [notice.sentence for notice in self.app.notices.items if not notice.quiet]

    def drag(self, slider: QSlider, *shares: float) -> None:
        """Press a slider at the first share of its width, move over the others, let go."""
        points = [QPoint(round(share * (slider.width() - 1)), slider.height() // 2) for share in shares]
        left = Qt.MouseButton.LeftButton
        self.bot.mousePress(slider, left, pos=points[0])
        for point in points[1:]:
            self.bot.mouseMove(slider, point)
        self.bot.mouseRelease(slider, left, pos=points[-1])


def open_bench(bot: QtBot, home: Path) -> Bench:
    """A session with nothing open."""
    bridge = Bridge()
    registry = Registry(built_in=[PLUGINS])
    registry.discover(entry_points=False)

    def engine() -> Engine:
        return Engine(bridge.post, registry=registry, devices=[FakeDevice()])

    app = App(Settings(home / "settings.json"), registry, engine, bridge.call)
    bridge.handle = app.handle
    app.commands.add(*COMMANDS)
    return Bench(app, bridge, bot)


def names(nodes: tuple[Node, ...]) -> list[str]:
    """Names from the top down, as the list shows them."""
    return [node.name for node in reversed(nodes)]


def texts(widget: QWidget) -> str:
    """Everything that can be read on a widget."""
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def reachable(widget: QWidget) -> list[QWidget]:
    """The controls that Tab comes to; not what only a popup shows."""
    inner = ("qt_spinbox_lineedit", "qt_scrollarea_viewport")
    found = [w for w in widget.findChildren(QWidget) if w.focusPolicy() & Qt.FocusPolicy.TabFocus]
    return [w for w in found if w.window() is widget.window() and w.objectName() not in inner]


def nameless(widget: QWidget) -> list[str]:
    """The controls a person can reach that a screen reader has no name for."""
    said = [(w, w.accessibleName() or getattr(w, "text", str)()) for w in reachable(widget)]
    return [f"{type(w).__name__} {w.objectName()}" for w, text in said if not text]


def squeezed(widget: QWidget) -> list[str]:
    """Widgets that got less width than they need at least, or stick out of their parent."""
    found = []
    for part in widget.findChildren(QWidget):
        parent = part.parentWidget()
        if not part.isVisible() or parent is None or part.isWindow():
            continue
        if part.x() + part.width() > parent.width() + 1 and parent.layout() is not None:
            found.append(f"{type(part).__name__} sticks out of {type(parent).__name__}")
    return found
