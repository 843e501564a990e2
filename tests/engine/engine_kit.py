"""What the engine's tests share: plugins from text, a mailbox for events, an engine on a fake device."""

from __future__ import annotations

import textwrap
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from studio.engine.jobs import (
    Changed,
    Chunked,
    Engine,
    Event,
    Failed,
    Finished,
    Notice,
    Previewed,
    Request,
    State,
)
from studio.engine.plugins import Registry
from studio.engine.testing import FakeDevice
from studio.engine.weights import WeightsStore
from studio.model.media import Image

PATIENCE = 30.0
HEAD = """
import threading, time
import numpy as np
from studio.api import *
"""


def picture(width: int = 4, height: int = 3, value: int = 7) -> Image:
    return Image(np.full((height, width, 3), value, np.uint8))


def write_plugin(folder: Path, id: str, run: str, *, extra: str = "", **declared: str) -> Path:
    """A plugin whose ``run(self, ctx, params)`` has the given body; ``extra`` goes into the class."""
    given = "".join(f", {name}={value}" for name, value in declared.items())
    body = textwrap.indent(textwrap.dedent(run).strip("\n"), "        ")
    more = textwrap.indent(textwrap.dedent(extra).strip("\n"), "    ")
    source = (
        f"{HEAD}\n"
        f"@generator(id={id!r}, title={id.title()!r}, output=Image{given})\n"
        f"class Plugin:\n"
        f'    """Made for a test."""\n'
        f"{more}\n"
        f"    def run(self, ctx, params, **inputs):\n"
        f"{body}\n"
    )
    path = folder / f"{id.replace('-', '_')}.py"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(source, "utf-8")
    return path


class Mailbox:
    """Takes the engine's events and lets a test wait for them."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._arrived = threading.Condition()

    def __call__(self, event: Event) -> None:
        with self._arrived:
            self.events.append(event)
            self._arrived.notify_all()

    def wait(self, wanted: Callable[[Event], bool]) -> Event:
        """The first event, also among those that came already, that is wanted."""
        with self._arrived:
            came = self._arrived.wait_for(lambda: any(map(wanted, self.events)), PATIENCE)
            assert came, f"it never came; there was {self.words()}"
            return next(filter(wanted, self.events))

    def wait_state(self, id: int, *states: State) -> Changed:
        event = self.wait(lambda e: isinstance(e, Changed) and e.job.id == id and e.job.state in states)
        assert isinstance(event, Changed)
        return event

    def wait_end(self, id: int) -> State:
        ended = [state for state in State if state.ended]
        return self.wait_state(id, *ended).job.state

    def wait_notice(self, part: str) -> Notice:
        event = self.wait(lambda e: isinstance(e, Notice) and part in e.sentence)
        assert isinstance(event, Notice)
        return event

    def of(self, id: int) -> list[Event]:
        return [event for event in self.events if job_of(event) == id]

    def states(self, id: int) -> list[State]:
        return [event.job.state for event in self.of(id) if isinstance(event, Changed)]

    def result(self, id: int) -> Finished:
        return next(event for event in self.of(id) if isinstance(event, Finished))

    def failure(self, id: int) -> Failed:
        return next(event for event in self.of(id) if isinstance(event, Failed))

    def chunks(self, id: int) -> list[Chunked]:
        return [event for event in self.of(id) if isinstance(event, Chunked)]

    def previews(self, id: int) -> list[Previewed]:
        return [event for event in self.of(id) if isinstance(event, Previewed)]

    def words(self) -> list[str]:
        return [f"{type(event).__name__} {job_of(event)}" for event in self.events]


def job_of(event: Event) -> int | None:
    if isinstance(event, Changed):
        return event.job.id
    return None if isinstance(event, Notice) else event.job_id


class Studio:
    """An engine on a fake device over a folder of plugins."""

    def __init__(
        self, folder: Path, *, models: Sequence[Path] = (), grace: float = 5.0, quiet: float = 30.0
    ) -> None:
        self.folder = folder
        self.mail = Mailbox()
        self.device = FakeDevice()
        self.registry = Registry(WeightsStore(models), built_in=[folder])
        self._settings = {"grace": grace, "quiet": quiet}
        self._engine: Engine | None = None

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            self._engine = Engine(self.mail, registry=self.registry, devices=[self.device], **self._settings)
        return self._engine

    def plugin(self, id: str, run: str, *, extra: str = "", **declared: str) -> None:
        write_plugin(self.folder, id, run, extra=extra, **declared)
        changes = self.registry.rescan()
        assert not changes.notices, changes.notices

    def submit(self, id: str, channel: str | None = None, **params: object) -> int:
        return self.engine.submit(Request(id, params, channel=channel))

    def run(self, id: str, **params: object) -> int:
        """Submit and wait for the end; the job's id."""
        job = self.submit(id, **params)
        self.mail.wait_end(job)
        return job

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that no event tells of."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never became true"
        time.sleep(0.005)
