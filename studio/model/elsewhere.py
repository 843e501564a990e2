"""A long edit: worked out on a private copy away from the main thread, brought home as one undo step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from studio.model.copying import document_of
from studio.model.document import Document
from studio.model.nodes import NodeState
from studio.model.state import DocumentState, tile_changes


class Elsewhere:
    """One edit on its way. While it is, the document is held: it can be looked at and saved, not changed.

    Make, `bring_home` and `drop` it on the main thread; `compute` on any other. Raises UserError when another
    edit of the document is going on.
    """

    def __init__(self, document: Document, title: str) -> None:
        document.hold(title)
        self.document, self.title = document, title
        self._before = document.capture()
        self._after: DocumentState | None = None

    def compute(self, work: Callable[[Document], object], watch: Callable[[float], object]) -> None:
        """Do `work` on a copy of the document as it is; raises what `work` raises.

        Args:
            work: any of `studio.model.edits`; takes the copy, whose nodes it finds with `Document.twin`.
            watch: told how much is done, 0..1; what it raises ends the work.
        """
        copy = document_of(self._before)
        copy.watch = watch
        work(copy)
        if copy.history.can_undo:
            self._after = _at_home(copy.capture(), self._before)
            _look_at(copy, self._before, self._after)

    def bring_home(self) -> None:
        """Make what was computed the document's state, as one undo step; nothing if nothing has changed."""
        self.document.release()
        if self._after is not None:
            self.document.adopt(self.title, self._after)

    def drop(self) -> None:
        """Give it up: the document is free again, and as it was."""
        self.document.release()


def _look_at(copy: Document, before: DocumentState, after: DocumentState) -> None:
    """Find out here what the canvas will want to know of the new pixels at once."""
    for tile in tile_changes(before, after)[1]:
        tile.look()
    copy.selection.outline()


def _at_home(state: DocumentState, before: DocumentState) -> DocumentState:
    """A state of the copy as one of the document it was copied from."""
    known = {found.node.id: found for found in before.root.walk()}
    active = known.get(state.active.id) if state.active else None
    return replace(
        state,
        root=_node_at_home(replace(state.root, node=before.root.node), known),
        active=active.node if active else state.active,
    )


def _node_at_home(state: NodeState, known: dict[int, NodeState]) -> NodeState:
    """With the document's own nodes in place of their copies; nodes that the edit made stay what they are."""
    old = known.get(state.node.id)
    children = tuple(_node_at_home(child, known) for child in state.children)
    fresh = replace(state, node=old.node if old else state.node, children=children)
    return old if old is not None and fresh == old else fresh
