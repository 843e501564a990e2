"""A session for the lab, with a recipe of its own and no engine."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from pytestqt.qtbot import QtBot

from studio.app.session import App
from studio.app.settings import Settings
from studio.engine.jobs import Engine
from studio.engine.plugins import Registry
from studio.engine.testing import FakeDevice
from studio.ui.bridge import Bridge
from studio.ui.lab.page import LabPage


@dataclass
class LabDesk:
    """The lab page over a session."""

    app: App
    bot: QtBot

    def until(self, condition: Callable[[], bool]) -> None:
        self.bot.waitUntil(condition, timeout=20_000)

    def show(self, width: int = 1200, height: int = 760) -> LabPage:
        """The page, shown."""
        page = LabPage(self.app)
        self.bot.addWidget(page)
        page.resize(width, height)
        with self.bot.waitExposed(page):
            page.show()
        return page

    def look(self) -> None:
        """Look at the runs and wait until that is over."""
        self.until(lambda: not self.app.lab._looking)
        self.app.lab.look()
        self.until(lambda: not self.app.lab._looking)

    def sentences(self) -> list[str]:
        return [notice.sentence for notice in self.app.notices.items]


@pytest.fixture
def lab(qtbot: QtBot, studio_home: Path) -> Iterator[LabDesk]:
    """A session with no run."""
    bridge = Bridge()
    registry = Registry()

    def engine() -> Engine:
        return Engine(bridge.post, registry=registry, devices=[FakeDevice()])

    app = App(Settings(studio_home / "settings.json"), registry, engine, bridge.call)
    bridge.handle = app.handle
    yield LabDesk(app, qtbot)
    app.close()
    bridge.close()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Thirty pictures in two folders, one of them twice, one broken."""
    folder = tmp_path / "pets"
    rng = np.random.default_rng(3)
    for number in range(30):
        place = folder / ("cats" if number < 20 else "dogs")
        place.mkdir(parents=True, exist_ok=True)
        small = Pillow.fromarray(rng.integers(0, 256, (5, 5, 3), dtype=np.uint8))
        small.resize((70, 90), Pillow.Resampling.BICUBIC).save(place / f"{number:02}.png")
    (folder / "cats" / "copy.png").write_bytes((folder / "cats" / "00.png").read_bytes())
    (folder / "dogs" / "bad.png").write_text("no picture")
    return folder
