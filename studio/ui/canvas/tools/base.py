"""The common face of the tools, and what they may use of the canvas."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Protocol

from PySide6.QtCore import Qt

from studio.app.tools import ToolId, ToolState
from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.nodes import Group, Node
from studio.ui.canvas.overlay import Overlay
from studio.ui.canvas.picture import Picture
from studio.ui.canvas.tools.pointer import Pointer
from studio.ui.canvas.transform import ViewTransform

if TYPE_CHECKING:
    from studio.app.session import App

NOTHING = Overlay()


class Canvas(Protocol):
    """What a tool uses of the canvas."""

    app: App

    @property
    def view(self) -> ViewTransform:
        """How the document lies in the viewport."""
        ...

    @property
    def picture(self) -> Picture | None:
        """What is shown; None without a document."""
        ...

    def set_view(self, view: ViewTransform) -> None:
        """Move, turn or enlarge the view."""
        ...

    def refresh_overlay(self) -> None:
        """What the tool draws has changed."""
        ...

    def refresh_picture(self) -> None:
        """What `picture` shows has changed without the document changing."""
        ...


class Tool:
    """One tool. A gesture is `press`, any number of `drag`, then `release` or `cancel`.

    A `UserError` from any method becomes a notice. `busy` is true during a gesture; `open` while there is
    something to apply or to cancel.
    """

    id: ClassVar[ToolId]
    cursor: Qt.CursorShape = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.busy = False

    @property
    def tools(self) -> ToolState:
        """The options of all tools."""
        return self.canvas.app.tools

    @property
    def document(self) -> Document:
        """The document in front; `UserError` when none is open."""
        return self.canvas.app.need_document()

    def edit(
        self, title: str, work: Callable[[Document], object], ended: Callable[[], object] = lambda: None
    ) -> None:
        """Do an edit that may take long; see `Background.edit`."""
        self.canvas.app.background.edit(self.document, title, work, ended)

    @property
    def waiting(self) -> int:
        """Steps that are still to be done when the window has time."""
        return 0

    @property
    def open(self) -> bool:
        """Whether there is something to apply or to cancel."""
        return self.busy

    def activate(self) -> None:
        """The tool becomes the current one, or the document in front is another."""

    def deactivate(self) -> None:
        """Another tool comes; whatever is open is given up."""
        self.cancel()

    def abandon(self) -> None:
        """The document in front goes, or changes its size; whatever is open is given up."""
        self.cancel()

    def document_changed(self) -> None:
        """Layers, selection or size have changed while the tool is the current one."""

    def hover(self, pointer: Pointer) -> None:
        """The pointer moves without a gesture."""

    def leave(self) -> None:
        """The pointer has left the canvas."""

    def press(self, pointer: Pointer) -> None:
        """A gesture begins."""

    def drag(self, pointer: Pointer) -> None:
        """The gesture goes on."""

    def release(self, pointer: Pointer) -> None:
        """The gesture ends."""

    def cancel(self) -> None:
        """Give up what is open; the document is as before."""

    def apply(self) -> None:
        """Do what is open."""

    def nudge(self, dx: int, dy: int) -> bool:
        """An arrow key, in document pixels; False when the tool has no use for it."""
        return False

    def overlay(self) -> Overlay:
        """What to draw over the picture now."""
        return NOTHING


def layer_of(document: Document) -> Node:
    """The active node if it can be painted or moved. `UserError` says why not."""
    document.check_free()
    node = document.active
    if node is None:
        raise UserError("No layer is chosen.", "Choose a layer in the layers panel, or add one.")
    if not node.is_shown:
        raise UserError(f"“{node.name}” is hidden.", "Show it in the layers panel.")
    if node.is_locked:
        raise UserError(f"“{node.name}” is locked.", "Unlock it in the layers panel.")
    return node


def pixels_of(document: Document) -> Node:
    """Like `layer_of`, and not a group."""
    node = layer_of(document)
    if isinstance(node, Group):
        raise UserError(f"“{node.name}” is a group.", "Choose a layer inside it.")
    return node


class Aimed(Tool):
    """A tool that draws its own outline around the pointer instead of a cursor."""

    cursor = Qt.CursorShape.BlankCursor

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._hover: Pointer | None = None

    def hover(self, pointer: Pointer) -> None:
        self._hover = pointer
        self.canvas.refresh_overlay()

    def leave(self) -> None:
        self._hover = None
        self.canvas.refresh_overlay()
