"""A picture made of layers, with its selection and history."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
from psygnal import Signal

from studio.model.compositor import Compositor
from studio.model.cores import Watch
from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.history import Entry, History
from studio.model.media import Image
from studio.model.nodes import Depth, Group, MaskLayer, Node, RasterLayer, dtype_of, white_of
from studio.model.selection import Selection
from studio.model.state import DocumentState, difference
from studio.model.tiles import Array, Key, keys_in, tile_rect
from studio.model.transaction import Edit

MAX_SIDE = 65_536
MAX_PIXELS = 512 << 20


class Document:
    """Layers, selection and undo history of one picture. Main thread only.

    Args:
        width, height: in pixels, 1 to 65536, and at most 512 Mi pixels in all.
        depth: "8" or "16" bits per channel.

    Raises UserError for an impossible size.
    """

    changed: ClassVar[Signal] = Signal(Rect)  # pixels in this document rectangle need compositing again
    structure: ClassVar[Signal] = Signal()  # the tree, or a property of a node or of the document
    active_changed: ClassVar[Signal] = Signal()
    selection_changed: ClassVar[Signal] = Signal()
    size_changed: ClassVar[Signal] = Signal()  # width, height or depth
    saved_changed: ClassVar[Signal] = Signal()  # modified, title or path

    def __init__(self, width: int, height: int, depth: Depth = "8", title: str = "Untitled") -> None:
        check_size(width, height)
        self.width, self.height = width, height
        self.depth: Depth = depth
        self.icc: bytes | None = None
        self.meta: dict[str, str] = {}
        self.resolution_dpi = 72.0
        self.root = Group("Root")
        self.selection = Selection()
        self.history = History(self._go_to)
        self._title = title
        self._path: Path | None = None
        self._active: Node | None = None
        self._saved: Entry | None = None
        self._compositor = Compositor(self)
        self.open_edit: Edit | None = None
        self.held: str | None = None
        self.watch: Watch | None = None
        self.fleeting = False  # a copy for one use: composites are not kept
        self._modified = False
        self.history.changed.connect(self._note_modified)

    @classmethod
    def from_image(cls, image: Image, title: str = "Untitled", layer: str = "Background") -> Document:
        """A document with one layer; 16 bits per channel unless the picture has 8."""
        depth: Depth = "8" if image.pixels.dtype == np.uint8 else "16"
        document = cls(image.width, image.height, depth, title)
        document.icc, document.meta = image.icc, dict(image.meta)
        node = RasterLayer(layer, depth)
        node.pixels.write(document.canvas, image.array("uint8" if depth == "8" else "uint16", 4))
        document.root.append(node)
        document._active = node
        return document

    @property
    def canvas(self) -> Rect:
        """The document's area: (0, 0, width, height)."""
        return Rect(0, 0, self.width, self.height)

    @property
    def white(self) -> int:
        """The pixel value that stands for 1.0: 255 or 65535."""
        return white_of(dtype_of(self.depth))

    @property
    def title(self) -> str:
        """What windows and tabs show."""
        return self._title

    @title.setter
    def title(self, value: str) -> None:
        self._title = value
        self.saved_changed.emit()

    @property
    def path(self) -> Path | None:
        """The file it was read from or last saved to."""
        return self._path

    @path.setter
    def path(self, value: Path | None) -> None:
        self._path = value
        self.saved_changed.emit()

    @property
    def active(self) -> Node | None:
        """The node tools act on. Setting it is no undo step; ValueError for another document's node."""
        return self._active

    @active.setter
    def active(self, node: Node | None) -> None:
        if node is not None and not self.owns(node):
            raise ValueError(f"{node!r} is not in this document")
        if node is not self._active:
            self._active = node
            self.active_changed.emit()

    @property
    def modified(self) -> bool:
        """True when the present state is not the one last saved."""
        return self._modified

    def mark_saved(self, path: Path | None = None) -> None:
        """Remember that the present state is safe in a file."""
        self._saved = self.history.current
        self._path = path or self._path
        self._modified = False
        self.history.seal()
        self.saved_changed.emit()

    def mark_unsaved(self) -> None:
        """Count as modified until saved, whatever is undone: what was recovered is in no file of its own."""
        state = self.capture()
        self._saved = Entry("", state, state, frozenset(), frozenset(), 0)
        self._note_modified()

    def owns(self, node: Node) -> bool:
        """True when the node is in this document's tree (the root is not counted)."""
        return self.root in list(node.ancestors())

    def walk(self) -> Iterator[Node]:
        """All nodes, bottom to top, children before their group; without the root."""
        return self.root.walk()

    def find(self, id: int) -> Node | None:
        """The node with this id, or None."""
        return next((node for node in self.walk() if node.id == id), None)

    def twin(self, node: Node) -> Node:
        """The node that stands here for `node` of the document this is a copy of; in that one, itself.

        Raises UserError when there is none.
        """
        found = self.find(node.id)
        if found is None:
            raise UserError(f"The layer {node.name} is gone.", "Choose another one.")
        return found

    def composite(self, rect: Rect, out: Array | None = None, node: Node | None = None) -> Array:
        """All visible layers: straight RGBA (h, w, 4) of the document's depth, 0 outside the canvas.

        Args:
            out: an array of that shape and dtype that takes the result.
            node: only this layer or group, without its own opacity and blend mode.
        """
        return self._compositor.composite(node or self.root, rect, out)

    def flatten(self, rect: Rect | None = None) -> Image:
        """The composite of the canvas, or of `rect`, as a picture with the document's profile and metadata.

        Takes long for a large document: away from the main thread use a copy, see `document_of`.
        """
        return Image(self.composite(rect or self.canvas), self.icc, dict(self.meta))

    def image_of(self, node: Node, rect: Rect | None = None) -> Image:
        """One node alone, in the frame of the canvas or of `rect`, without its opacity and blend mode.

        RGBA for layers (with their layer mask) and groups, one channel for mask layers.
        """
        area = rect or self.canvas
        if isinstance(node, MaskLayer):
            return Image(node.read(area)[..., np.newaxis])
        return Image(self.composite(area, node=node), self.icc)

    def edit(self, title: str, merge: Hashable = None, quiet: bool = False) -> Edit:
        """Gather everything done until the end of the `with` block (or `commit`) into one undo step.

        An exception inside, or `cancel`, takes everything back. Edits inside an edit join it.

        Args:
            title: what the history shows.
            merge: steps in a row with the same key count as one, until `history.seal()`.
            quiet: the caller has announced the changed pixels itself.
        """
        return Edit(self, title, merge, quiet)

    def hold(self, title: str) -> None:
        """Refuse edits until `release`: one called `title` is being worked out. UserError if one is open."""
        self.check_free()
        if self.history.busy:
            raise UserError("An edit is still going on.", "Finish or cancel it first.")
        self.held, self.history.busy = title, True

    def release(self) -> None:
        """Allow edits again."""
        self.held, self.history.busy = None, False

    def check_free(self) -> None:
        """UserError while the document is held."""
        if self.held is not None:
            raise UserError(f"“{self.held}” is still being worked on.", "Wait for it, or stop it with Esc.")

    def parts(self, rect: Rect) -> Iterator[tuple[Key, Rect]]:
        """The parts of `rect` on each tile, for long edits: `watch` hears how far they are, and may raise."""
        keys = list(keys_in(rect))
        for number, key in enumerate(keys):
            if self.watch is not None:
                self.watch(number / len(keys))
            yield key, rect.intersect(tile_rect(key))

    def adopt(self, title: str, state: DocumentState) -> None:
        """Go to a state that was worked out elsewhere from the present one, as one undo step."""
        before = self.capture()
        self.restore(state)
        self.history.push(title, before, state)
        self.announce(before, state)

    def capture(self) -> DocumentState:
        """The present state as an immutable value (cheap: pixels are shared)."""
        return DocumentState(
            self.root.capture(),
            self._active,
            self.selection.capture(),
            self.width,
            self.height,
            self.depth,
            self.icc,
            self.resolution_dpi,
            tuple(self.meta.items()),
        )

    def restore(self, state: DocumentState) -> None:
        """Go to a captured state, without a word to listeners; not an undo step."""
        self.root.restore(state.root)
        self.selection.restore(state.selection)
        self._active = state.active
        self.width, self.height = state.width, state.height
        self.depth = "8" if state.depth == "8" else "16"
        self.icc, self.resolution_dpi, self.meta = state.icc, state.dpi, dict(state.meta)

    def announce(self, before: DocumentState, after: DocumentState, pixels: bool = True) -> None:
        """Tell listeners what differs between two states; `pixels` False leaves `changed` out."""
        found = difference(before, after)
        if found.size:
            self.size_changed.emit()
        if found.structure:
            self.structure.emit()
        if found.active:
            self.active_changed.emit()
        if found.selection:
            self.selection_changed.emit()
        for rect in found.rects if pixels else ():
            self.changed.emit(rect)

    def _go_to(self, state: DocumentState) -> None:
        before = self.capture()
        self.restore(state)
        self.announce(before, state)

    def _note_modified(self) -> None:
        modified = self.history.current is not self._saved
        if modified != self._modified:
            self._modified = modified
            self.saved_changed.emit()


def check_size(width: int, height: int) -> None:
    """UserError unless a document may have this size."""
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE and width * height <= MAX_PIXELS):
        raise UserError(
            f"A document cannot be {width} x {height} pixels.",
            f"Each side can have 1 to {MAX_SIDE} pixels, and all together {MAX_PIXELS >> 20} million.",
        )
