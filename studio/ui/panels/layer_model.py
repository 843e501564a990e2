"""The layer tree as Qt sees it: the topmost layer first. Every change goes through the document's edits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QMimeData, QModelIndex, QPersistentModelIndex, Qt

from studio.app.session import App
from studio.model import edits
from studio.model.document import Document
from studio.model.nodes import GeneratedLayer, Group, MaskLayer, Node
from studio.ui.panels.base import attempt
from studio.ui.panels.layer_thumbs import LayerThumbs

MIME = "application/x-latent-studio-layers"
NODE_ROLE = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()


class LayerModel(QAbstractItemModel):
    """One column; `NODE_ROLE` gives the node. The tree is kept as it was at the last `sync`."""

    def __init__(self, app: App, thumbs: LayerThumbs) -> None:
        super().__init__()
        self._app = app
        self.thumbs = thumbs
        self._document: Document | None = None
        self._nodes: dict[int, Node] = {}
        self._children: dict[int, list[int]] = {0: []}
        self._parents: dict[int, int] = {}
        thumbs.made.connect(self._refresh_node)

    def show_document(self, document: Document | None) -> None:
        """Show another document, or none."""
        self._document = document
        self.beginResetModel()
        self._take(*_tree(document))
        self.endResetModel()

    def sync(self) -> None:
        """Follow the document. The model is reset only when the tree has another shape."""
        nodes, children = _tree(self._document)
        if children == self._children:
            self._nodes = nodes
            self._refresh_all(_NO_INDEX)
            return
        self.beginResetModel()
        self._take(nodes, children)
        self.endResetModel()

    def node(self, index: Index) -> Node | None:
        """The node at an index, None for the root."""
        return self._nodes.get(index.internalId()) if index.isValid() else None

    def index_of(self, node: Node | None) -> QModelIndex:
        """The index of a node; invalid if it is not shown."""
        if node is None or node.id not in self._parents:
            return QModelIndex()
        return self.createIndex(self._children[self._parents[node.id]].index(node.id), 0, node.id)

    def index(self, row: int, column: int, parent: Index = _NO_INDEX) -> QModelIndex:
        """Qt: the index of a child."""
        ids = self._children.get(self._id(parent), [])
        return self.createIndex(row, 0, ids[row]) if column == 0 and 0 <= row < len(ids) else QModelIndex()

    def parent(self, index: Index = _NO_INDEX) -> QModelIndex:  # type: ignore[override]
        """Qt: the index of the group around a node."""
        return self.index_of(self._nodes.get(self._parents.get(self._id(index), 0)))

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """Qt: how many children."""
        return len(self._children.get(self._id(parent), []))

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        """Qt: one."""
        return 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt: name, tooltip, spoken text and the node itself."""
        node = self.node(index)
        if node is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return node.name
        if role == NODE_ROLE:
            return node
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(self._app, node)
        return spoken(node) if role == Qt.ItemDataRole.AccessibleTextRole else None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Qt: rename."""
        node, document = self.node(index), self._document
        if node is None or document is None or role != Qt.ItemDataRole.EditRole or value == node.name:
            return False
        return attempt(self._app, lambda: edits.rename(document, node, str(value)))

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Qt: everything can be dragged and renamed; groups and the root take drops."""
        node = self.node(index)
        if node is None:
            return Qt.ItemFlag.ItemIsDropEnabled
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable
        flags |= Qt.ItemFlag.ItemIsDragEnabled
        return flags | Qt.ItemFlag.ItemIsDropEnabled if isinstance(node, Group) else flags

    def supportedDropActions(self) -> Qt.DropAction:
        """Qt: layers are moved."""
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        """Qt: our own."""
        return [MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """Qt: the ids of the layers dragged."""
        data = QMimeData()
        data.setData(MIME, ",".join(str(index.internalId()) for index in indexes).encode())
        return data

    def dropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        """Qt: move the layers before display row ``row``; -1 is on a group, or below the whole list."""
        if self._document is None or not data.hasFormat(MIME):
            return False
        ids = [int(id) for id in bytes(data.data(MIME).data()).decode().split(",") if id]
        moved = [self._nodes[id] for id in ids if id in self._nodes]
        group = self.node(parent)
        target = group if isinstance(group, Group) else None
        place = row if row >= 0 else 0 if target else self.rowCount()
        return attempt(self._app, lambda: self.move(moved, target, place))

    def move(self, nodes: Sequence[Node], group: Group | None, row: int) -> None:
        """Put nodes, in their present order, before a display row of a group (None: the root). One step."""
        document = self._document
        assert document is not None
        target = group or document.root
        chosen = [n for n in document.walk() if n in nodes and not any(a in nodes for a in n.ancestors())]
        below = [n for n in reversed(target.children) if n not in chosen or n.parent is not target]
        passed = [n for n in list(reversed(target.children))[:row] if n in chosen]
        anchor_row = row - len(passed)
        anchor = below[anchor_row] if anchor_row < len(below) else None
        with document.edit("Move layer" if len(chosen) == 1 else "Move layers"):
            for node in chosen:
                rest = [n for n in target.children if n is not node]
                edits.move_node(document, node, group, rest.index(anchor) + 1 if anchor in rest else 0)
                anchor = node

    def _take(self, nodes: dict[int, Node], children: dict[int, list[int]]) -> None:
        self._nodes, self._children = nodes, children
        self._parents = {id: parent for parent, ids in children.items() for id in ids}

    def _id(self, index: Index) -> int:
        return index.internalId() if index.isValid() else 0

    def _refresh_all(self, parent: QModelIndex) -> None:
        rows = self.rowCount(parent)
        if rows:
            self.dataChanged.emit(self.index(0, 0, parent), self.index(rows - 1, 0, parent))
        for row in range(rows):
            self._refresh_all(self.index(row, 0, parent))

    def _refresh_node(self, id: int) -> None:
        index = self.index_of(self._nodes.get(id))
        if index.isValid():
            self.dataChanged.emit(index, index)


def _tree(document: Document | None) -> tuple[dict[int, Node], dict[int, list[int]]]:
    """All nodes by id, and the ids of the children of each group top first (0: the root)."""
    if document is None:
        return {}, {0: []}
    groups = [node for node in document.walk() if isinstance(node, Group)]
    children = {group.id: [n.id for n in reversed(group.children)] for group in groups}
    children[0] = [node.id for node in reversed(document.root.children)]
    return {node.id: node for node in document.walk()}, children


def tooltip(app: App, node: Node) -> str:
    """Where a generated layer comes from; the name of any other (it may be cut off in the list)."""
    if not isinstance(node, GeneratedLayer):
        return node.name
    recipe = node.provenance
    known = {spec.id: spec.title for spec in app.registry.specs()}
    lines = [node.name, f"Made by {known.get(recipe.generator, recipe.generator)}, seed {recipe.seed}"]
    shown = [(key, value) for key, value in recipe.params.items() if key != "seed" and value not in ("", ())]
    lines += [f"{key}: {value}" for key, value in shown[:10]]
    return "\n".join([*lines, "Right-click to reuse these settings."])


def spoken(node: Node) -> str:
    """What a screen reader says about a layer."""
    kinds = {Group: "group", MaskLayer: "mask", GeneratedLayer: "generated layer"}
    parts = [node.name, kinds.get(type(node), "layer"), "visible" if node.visible else "hidden"]
    parts += ["locked"] if node.locked else []
    parts += ["clipped"] if node.clip else []
    return ", ".join([*parts, f"{round(node.opacity * 100)} percent", node.blend.value])
