"""A picture that follows a slider: one request at a time, always for the newest values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from studio.app.generation import Target
from studio.app.inputs import Source
from studio.app.session import App
from studio.engine.events import Changed, Event, Finished
from studio.model.errors import UserError
from studio.model.nodes import Node
from studio.ui.panels.base import follow


@dataclass
class Wish:
    """A picture that is wanted. target: asked when its turn comes. last: the drag it belongs to is over."""

    generator: str
    params: Mapping[str, object]
    target: Callable[[], Target]
    sources: Mapping[str, Source]
    last: bool = False


class LiveRun(QObject):
    """Submits the newest wish as soon as the one before has ended, so that every picture gets finished.

    ``made(image)`` follows each result, ``problem(sentence)`` each refusal ("" when one was accepted).
    The changes of one drag are one undo step; `settle` ends it.
    """

    made = Signal(object)
    problem = Signal(str)

    def __init__(self, app: App, owner: QWidget, channel: str) -> None:
        super().__init__(owner)
        self._app = app
        self._channel = channel
        self._job: int | None = None
        self._node: Node | None = None
        self._running: Wish | None = None
        self._waiting: Wish | None = None
        follow(owner, app.job_event, self._event)

    @property
    def busy(self) -> bool:
        """Whether a picture is being made or wanted."""
        return self._job is not None

    @property
    def running(self) -> Wish | None:
        """What is being made."""
        return self._running

    def push(
        self,
        generator: str,
        params: Mapping[str, object],
        target: Callable[[], Target],
        sources: Mapping[str, Source] | None = None,
    ) -> None:
        """Want a picture; a wish that is still waiting is forgotten."""
        if self._waiting is not None and self._waiting.last and self._running is not None:
            self._running.last = True
        self._waiting = Wish(generator, dict(params), target, dict(sources or {}))
        if self._job is None:
            self._submit()

    def settle(self) -> None:
        """The drag is over: what comes next is another undo step."""
        wish = self._waiting or self._running
        if wish is not None:
            wish.last = True
        else:
            self._seal()

    def _submit(self) -> None:
        wish, self._waiting = self._waiting, None
        if wish is None:
            return
        try:
            target = wish.target()
            self._node = target if isinstance(target, Node) else None
            self._running = wish
            self._job = self._app.generation.generate(
                wish.generator, wish.params, target=target, channel=self._channel, sources=wish.sources
            )
        except UserError as error:
            self._running = None
            self.problem.emit(" ".join(filter(None, (error.sentence, error.hint))))
        else:
            self.problem.emit("")

    def _event(self, event: Event) -> None:
        if isinstance(event, Finished) and event.job_id == self._job:
            self.made.emit(event.value)
        elif isinstance(event, Changed) and event.job.id == self._job and event.job.state.ended:
            self._job = None
            if self._running is not None and self._running.last:
                self._seal()
            self._running = None
            self._submit()

    def _seal(self) -> None:
        if self._node is not None:
            self._app.generation.settle(self._node)
