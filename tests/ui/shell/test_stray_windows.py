"""No window but the main one flashes up while one works."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from desk import Desk
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from studio.app.face import NewDocument
from studio.app.files import new_document
from studio.model.io import export_image
from studio.model.media import Image


class Watch(QObject):
    """Notes every top-level window that is shown, however briefly."""

    def __init__(self, known: QWidget) -> None:
        super().__init__()
        self.known = known
        self.shown: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        shown = event.type() == QEvent.Type.Show and isinstance(watched, QWidget)
        if shown and watched.isWindow() and watched is not self.known:
            self.shown.append(f"{type(watched).__name__} {watched.objectName()} {watched.windowTitle()}")
        return False


@pytest.fixture
def watch(desk: Desk, qapp: QApplication) -> Iterator[Watch]:
    watch = Watch(desk.window)
    qapp.installEventFilter(watch)
    yield watch
    qapp.removeEventFilter(watch)


def settle(desk: Desk) -> None:
    desk.idle()
    for _ in range(20):
        QApplication.processEvents()


def test_the_watch_sees_a_stray_window(desk: Desk, watch: Watch, qtbot) -> None:
    stray = QLabel("stray")
    qtbot.addWidget(stray)
    stray.show()
    assert len(watch.shown) == 1


def test_opening_files_shows_none(desk: Desk, watch: Watch, tmp_path: Path) -> None:
    for name in ("one.png", "two.webp"):
        export_image(Image(np.full((40, 60, 3), 90, np.uint8)), tmp_path / name)
    desk.app.open_files([tmp_path / "one.png", tmp_path / "two.webp"])
    desk.until(lambda: len(desk.app.documents) == 2)
    desk.command("file.next")
    desk.app.remove_document(desk.document)
    settle(desk)
    assert watch.shown == []


def test_generating_shows_none(desk: Desk, watch: Watch) -> None:
    for params in ({"seed": 1}, {"seed": 2, "count": 3}, {"seed": 3, "steps": 5}):
        desk.app.draft.load("dots", params)
        desk.command("generate.run")
        settle(desk)
    desk.app.draft.load("dots", {"fault": "user"})
    desk.command("generate.run")
    settle(desk)
    assert desk.app.results.items and watch.shown == []


def test_panels_and_themes_show_none(desk: Desk, watch: Watch) -> None:
    new_document(desk.app, NewDocument(64, 64))
    for id in desk.window.docks.docks:
        for _ in range(2):
            desk.command(f"window.{id}")
            settle(desk)
    for theme in ("light", "dark"):
        desk.app.settings.set("interface", "theme", theme)
        settle(desk)
    assert watch.shown == []


def test_choosing_tools_and_layers_shows_none(desk: Desk, watch: Watch) -> None:
    new_document(desk.app, NewDocument(64, 64))
    for command in [command.id for command in desk.app.commands if command.id.startswith("tool.")]:
        desk.command(command)
        settle(desk)
    for id in ("layer.new", "layer.new_mask", "layer.duplicate", "select.all", "layer.add_mask", "edit.undo"):
        desk.command(id)
        settle(desk)
    assert watch.shown == []
