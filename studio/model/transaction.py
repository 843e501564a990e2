"""One undo step while it is open."""

from __future__ import annotations

from collections.abc import Hashable
from types import TracebackType
from typing import TYPE_CHECKING

from studio.model.nodes import MaskLayer, Node, RasterLayer

if TYPE_CHECKING:
    from studio.model.document import Document


class Edit:
    """An open undo step of a document; see `Document.edit`.

    An edit inside a quiet one (a result arriving during a brush stroke) tells listeners about itself.
    """

    def __init__(self, document: Document, title: str, merge: Hashable, quiet: bool) -> None:
        document.check_free()
        self._document = document
        self._title, self._merge = title, merge
        self.quiet = quiet
        self._before = document.capture()
        self._outer = document.open_edit
        self._open = True
        document.open_edit = self
        document.history.busy = True

    def __enter__(self) -> Edit:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._open:
            self.commit() if kind is None else self.cancel()

    def commit(self) -> None:
        """Record the step and tell listeners. A step that changed nothing leaves no trace."""
        document = self._document
        self._close()
        if self._outer is not None and not self._outer.quiet:
            return
        for node in document.walk():
            tidy(node)
        after = document.capture()
        if self._outer is None and not self._before.same_content(after):
            document.history.push(self._title, self._before, after, self._merge)
        document.announce(self._before, after, pixels=not self.quiet)

    def cancel(self) -> None:
        """Take back everything done since the edit began."""
        document = self._document
        self._close()
        after = document.capture()
        document.restore(self._before)
        document.announce(after, self._before)

    def _close(self) -> None:
        if self._document.open_edit is not self:
            raise RuntimeError(f"the edit {self._title!r} is not the innermost open one")
        self._open = False
        self._document.open_edit = self._outer
        self._document.history.busy = self._outer is not None


def tidy(node: Node) -> None:
    """Drop tiles that an edit has left blank."""
    if isinstance(node, RasterLayer | MaskLayer):
        node.pixels.prune()
    if isinstance(node, RasterLayer) and node.mask:
        node.mask.prune()
