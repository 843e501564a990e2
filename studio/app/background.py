"""Edits of large documents: worked out on a thread of their own, brought home as one undo step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from psygnal import Signal

from studio.app.tasks import Post, Tasks
from studio.model.document import Document
from studio.model.elsewhere import Elsewhere
from studio.model.errors import UserError
from studio.model.nodes import Node

SMALL = 1 << 18  # pixels of a document that is edited at once
PACE = 0.02  # share of the work between two reports
Edit = Callable[[Document], object]


class GivenUp(Exception):
    """Ends an edit that nobody wants any more."""


@dataclass(eq=False)
class Work:
    """One edit being worked out. `progress` is the share that is done, 0..1."""

    elsewhere: Elsewhere
    ended: Callable[[], object]
    progress: float = 0.0
    given_up: bool = False
    then: list[Callable[[], object]] = field(default_factory=list[Callable[[], object]])

    @property
    def title(self) -> str:
        """What is being done."""
        return self.elsewhere.title


@dataclass(eq=False)
class Wish:
    """An edit that waits until those before it are done."""

    document: Document
    title: str
    start: Callable[[], object]
    ended: Callable[[], object]


class Background:
    """The long edits going on, those of one document one after the other. Main thread only.

    post: hands a call over to the main thread. failed: told what an edit raises, and its title. `changed`
    follows every start, end and progress.
    """

    changed = Signal()

    def __init__(self, post: Post, failed: Callable[[BaseException, str], object]) -> None:
        self._post, self._failed = post, failed
        self._tasks = Tasks(post, failed, "edits")
        self._works: list[Work] = []
        self._wishes: list[Wish] = []

    @property
    def works(self) -> tuple[Work, ...]:
        """The edits going on, oldest first."""
        return tuple(self._works)

    def edit(
        self, document: Document, title: str, work: Edit, ended: Callable[[], object] = lambda: None
    ) -> None:
        """Do `work` as one undo step: at once in a small document, else on another thread, in turn.

        work: takes the document, or a copy of it whose nodes `Document.twin` finds (see `on`).
        ended: called on the main thread when it is over, however it went. Raises what `work` raises where it
        is done at once.
        """
        if self._of(document) is not None:
            start = partial(self.edit, document, title, work, ended)
            self._wishes.append(Wish(document, title, start, ended))
            return
        if document.canvas.area <= SMALL or document.open_edit is not None:
            try:
                with document.edit(title):
                    work(document)
            finally:
                ended()
            return
        going = Work(Elsewhere(document, title), ended)
        self._works.append(going)
        self._tasks.run(
            title,
            lambda: going.elsewhere.compute(work, lambda share: self._watch(going, share)),
            lambda _: self._done(going),
            lambda error: self._broke(going, error),
        )
        self.changed.emit()

    def cancel(self, document: Document | None) -> bool:
        """Give up the edits of a document, which is free and as it was at once; whether there were any."""
        dropped = [wish for wish in self._wishes if wish.document is document]
        self._wishes = [wish for wish in self._wishes if wish.document is not document]
        for wish in dropped:
            wish.ended()
        going = self._of(document)
        if going is None:
            return False
        going.given_up = True
        going.elsewhere.drop()
        self._end(going)
        return True

    def when_free(self, document: Document, then: Callable[[], object]) -> None:
        """Call `then` now, or as soon as the edit of the document is over."""
        going = self._of(document)
        if going is None:
            then()
        else:
            going.then.append(then)

    def close(self) -> None:
        """Give everything up and end the thread."""
        for going in self.works:
            self.cancel(going.elsewhere.document)
        self._tasks.close()

    def _of(self, document: Document | None) -> Work | None:
        return next((going for going in self._works if going.elsewhere.document is document), None)

    def _watch(self, going: Work, share: float) -> None:
        """On the edit's thread: tell how far it is, or end it."""
        if going.given_up:
            raise GivenUp
        if share < going.progress or share - going.progress >= PACE:
            going.progress = share
            self._post(self.changed.emit)

    def _done(self, going: Work) -> None:
        if not going.given_up:
            going.elsewhere.bring_home()
            self._end(going)

    def _broke(self, going: Work, error: BaseException) -> None:
        if not going.given_up:
            going.elsewhere.drop()
            self._end(going)
            self._failed(error, going.title)

    def _end(self, going: Work) -> None:
        self._works.remove(going)
        going.ended()
        self._start_next(going.elsewhere.document)
        for then in going.then:
            self.when_free(going.elsewhere.document, then)
        self.changed.emit()

    def _start_next(self, document: Document) -> None:
        """Begin the edit that has waited longest for a document."""
        wish = next((wish for wish in self._wishes if wish.document is document), None)
        if wish is None:
            return
        self._wishes.remove(wish)
        try:
            wish.start()
        except UserError as error:
            self._failed(error, wish.title)


def on(node: Node, work: Callable[[Document, Node], object]) -> Edit:
    """An edit of one node, wherever it is worked out."""
    return lambda document: work(document, document.twin(node))
