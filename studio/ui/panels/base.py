"""What all panels do alike: margins, following the document in front, and telling of failures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from weakref import WeakMethod

from psygnal import SignalInstance
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.app.session import App
from studio.model.document import Document

MARGIN = 8
Slot = Callable[..., object]


def column(owner: QWidget, spacing: int = 6, margin: int = MARGIN) -> QVBoxLayout:
    """The vertical layout of a panel."""
    layout = QVBoxLayout(owner)
    layout.setContentsMargins(margin, margin, margin, margin)
    layout.setSpacing(spacing)
    return layout


def attempt(app: App, do: Callable[[], object], doing: str = "") -> bool:
    """Do something a person asked for; what it raises becomes a notice. Whether it went well."""
    try:
        do()
    except Exception as error:
        app.notices.add_exception(error, doing)
        return False
    return True


def follow(owner: QWidget, signal: SignalInstance, slot: Slot) -> None:
    """Connect a method of ``owner`` to a signal of the model for as long as the widget exists."""
    signal.connect(slot)
    weak = WeakMethod(slot)  # type: ignore[arg-type]  # a bound method
    owner.destroyed.connect(lambda: _release(signal, weak))


def _release(signal: SignalInstance, weak: WeakMethod[Slot]) -> None:
    slot = weak()
    if slot is not None:
        signal.disconnect(slot, missing_ok=True)


class Follower:
    """Connects handlers to whichever document is in front.

    handlers: signal name ("structure", "changed", ...; "history" for the history's) to a method of ``owner``.
    switched: called when another document comes to the front, and once at the start.
    """

    def __init__(
        self, owner: QWidget, app: App, handlers: Mapping[str, Slot], switched: Callable[[], object]
    ) -> None:
        self._app = app
        # bound methods all, which Slot cannot say
        self._handlers = {name: WeakMethod(slot) for name, slot in handlers.items()}  # type: ignore[arg-type]
        self._switched = WeakMethod(switched)  # type: ignore[arg-type]
        self.document: Document | None = None
        app.document_changed.connect(self.switch)
        owner.destroyed.connect(lambda: self.stop())

    def switch(self) -> None:
        """Let go of the last document and take up the one in front."""
        self._leave()
        self.document = self._app.document
        for name, slot in self._live() if self.document else ():
            self._signal(name).connect(slot)
        switched = self._switched()
        if switched is not None:
            switched()

    def stop(self) -> None:
        """Let go of everything."""
        self._leave()
        self._app.document_changed.disconnect(self.switch, missing_ok=True)

    def _leave(self) -> None:
        if self.document is not None:
            for name, slot in self._live():
                self._signal(name).disconnect(slot, missing_ok=True)
        self.document = None

    def _live(self) -> list[tuple[str, Slot]]:
        return [(name, slot) for name, weak in self._handlers.items() if (slot := weak()) is not None]

    def _signal(self, name: str) -> SignalInstance:
        assert self.document is not None
        return self.document.history.changed if name == "history" else getattr(self.document, name)
