"""A whole session without a window: a real engine on a fake device, and a face that answers from a script."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from studio.app.actions import COMMANDS
from studio.app.face import Export, NewDocument, Unsaved
from studio.app.session import App
from studio.app.settings import Settings
from studio.app.tasks import MainLoop
from studio.engine.jobs import Engine
from studio.engine.plugins import Registry
from studio.engine.testing import FakeDevice
from studio.model.document import Document
from studio.model.media import Image

PLUGINS = Path(__file__).parent / "plugins"
PATIENCE_S = 20.0


@dataclass
class ScriptedFace:
    """Answers what it was told to, and remembers what it was asked."""

    open: list[Path] = field(default_factory=list)
    save: Path | None = None
    export: Export | None = None
    new: NewDocument | None = None
    unsaved: Unsaved = Unsaved.CANCEL
    size: tuple[int, int] | None = None
    text: str | None = None
    number: int | None = None
    form: dict[str, object] | None = None
    clipboard: Image | None = None
    centre: tuple[float, float] = (0.0, 0.0)
    shown: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def _answer(self, name: str):
        self.asked.append(name)
        return getattr(self, name)

    def ask_open(self, title: str, *, several: bool = True) -> list[Path]:
        return self._answer("open")

    def ask_save(self, document: Document) -> Path | None:
        return self._answer("save")

    def ask_export(self, document: Document) -> Export | None:
        return self._answer("export")

    def ask_new(self) -> NewDocument | None:
        return self._answer("new")

    def ask_unsaved(self, document: Document) -> Unsaved:
        return self._answer("unsaved")

    def ask_size(self, title: str, width: int, height: int) -> tuple[int, int] | None:
        return self._answer("size")

    def ask_text(self, title: str, label: str, value: str) -> str | None:
        return self._answer("text")

    def ask_number(self, title: str, label: str, value: int, low: int, high: int) -> int | None:
        return self._answer("number")

    def ask_form(self, title, accept, model, choices, note) -> dict[str, object] | None:
        answer = self._answer("form")
        return None if answer is None else model.model_validate(answer).model_dump()

    def clipboard_image(self) -> Image | None:
        return self.clipboard

    def set_clipboard(self, image: Image) -> None:
        self.clipboard = image

    def view_centre(self) -> tuple[float, float]:
        return self.centre

    def show(self, what: str) -> None:
        self.shown.append(what)

    def quit(self) -> None:
        self.shown.append("quit")


@dataclass
class Session:
    """An `App` with the loop that stands for the main thread."""

    app: App
    loop: MainLoop
    face: ScriptedFace

    def until(self, condition: Callable[[], bool]) -> None:
        """Work off what other threads left for the main thread until the condition holds."""
        end = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < end, "nothing happened"
            self.loop.run_one(0.05)

    def idle(self) -> None:
        """Until no job runs, no file is being read or written and no edit is being worked out."""
        self.until(lambda: not self._busy())

    def _busy(self) -> bool:
        return bool(self.app.generation.waiting or self.app.tasks.titles or self.app.background.works)

    def sentences(self) -> list[str]:
        """What the person was told so far, but for what is only listed."""
        return [notice.sentence for notice in self.app.notices.items if not notice.quiet]


@pytest.fixture
def session(studio_home: Path) -> Iterator[Session]:
    """A session with the plugins of this folder, all commands, and nothing open."""
    loop = MainLoop()
    registry = Registry(built_in=[PLUGINS])
    registry.discover(entry_points=False)

    def engine() -> Engine:
        return Engine(
            lambda event: loop.post(partial(app.handle, event)), registry=registry, devices=[FakeDevice()]
        )

    app = App(Settings(studio_home / "settings.json"), registry, engine, loop.post)
    app.commands.add(*COMMANDS)
    face = ScriptedFace()
    app.face = face
    yield Session(app, loop, face)
    app.close()
