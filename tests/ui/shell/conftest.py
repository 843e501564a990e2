"""The window to test, and a file to open."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from desk import Desk, close_desk, open_desk, open_full_desk
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.model.io.files import export_image
from studio.model.media import Image


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication, studio_home: Path) -> Iterator[Desk]:
    """A studio as on the first run."""
    desk = open_desk(qtbot, qapp)
    yield desk
    close_desk(desk)


@pytest.fixture
def full_desk(qtbot: QtBot, qapp: QApplication, studio_home: Path) -> Iterator[Desk]:
    """A studio as on the first run, with all that comes with it."""
    desk = open_full_desk(qtbot, qapp)
    yield desk
    close_desk(desk)


@pytest.fixture
def png(tmp_path: Path) -> Path:
    """A small picture on disk."""
    path = tmp_path / "cat.png"
    export_image(Image(np.full((48, 64, 3), 90, np.uint8)), path)
    return path
