"""The list of layers: choosing, renaming in place, dragging, and the keys and menu that belong to it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QMenu, QTreeView

from studio.app.session import App
from studio.model import edits
from studio.model.nodes import GeneratedLayer, Group, Node, RasterLayer
from studio.ui.panels.base import attempt, follow
from studio.ui.panels.layer_delegate import LayerDelegate, Zone
from studio.ui.panels.layer_model import LayerModel
from studio.ui.theme import icon

GENERATED_MENU = ("generate.recipe", "generate.reroll", "generate.more", "")
MENU = (
    "layer.duplicate", "layer.delete", "", "layer.visible", "layer.locked", "layer.clip", "",
    "layer.merge_down", "layer.group", "layer.ungroup", "", "layer.add_mask", "layer.apply_mask",
    "layer.remove_mask", "", "layer.top", "layer.up", "layer.down", "layer.bottom",
)  # fmt: skip
_PLAIN = Qt.KeyboardModifier.NoModifier
RENAMED = {"generate.recipe": "Reuse These Settings"}


class LayerTree(QTreeView):
    """Shows a `LayerModel`; the current row is the document's active layer."""

    def __init__(self, app: App, model: LayerModel) -> None:
        super().__init__()
        self._app = app
        self.layers = model
        self._folded: set[int] = set()
        self._syncing = False
        self.setModel(model)
        self.setAccessibleName("Layers")
        self._look()
        self.delegate = LayerDelegate(app, model.thumbs, self)
        self.delegate.clicked.connect(self._press_zone)
        self.setItemDelegate(self.delegate)
        self._own_keys: dict[int, Callable[[], object]] = {
            Qt.Key.Key_F2.value: self.rename,
            Qt.Key.Key_Delete.value: self.remove,
            Qt.Key.Key_Space.value: lambda: self._press_zone(Zone.EYE, self.current_node()),
        }
        self.expanded.connect(lambda index: self._folded.discard(index.internalId()))
        self.collapsed.connect(lambda index: self._folded.add(index.internalId()))
        model.modelReset.connect(self.restore)
        follow(self, app.tool_changed, self._show_tool)

    def _look(self) -> None:
        self.setHeaderHidden(True)
        self.setIndentation(14)
        self.setUniformRowHeights(True)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDropIndicatorShown(True)
        self.setExpandsOnDoubleClick(False)

    def current_node(self) -> Node | None:
        """The node of the current row."""
        return self.layers.node(self.currentIndex())

    def selected_nodes(self) -> list[Node]:
        """The nodes of all selected rows."""
        nodes = (self.layers.node(index) for index in self.selectedIndexes())
        return [node for node in nodes if node is not None]

    def restore(self) -> None:
        """After a reset: open groups stay open, the active layer stays chosen."""
        for index in self._group_indexes(QModelIndex()):
            self.setExpanded(index, index.internalId() not in self._folded)
        self.show_active()

    def show_active(self) -> None:
        """Make the document's active layer the current row."""
        document = self._app.document
        index = self.layers.index_of(document.active if document else None)
        if index == self.currentIndex() and self.selectionModel().isSelected(index):
            return
        self._syncing = True
        how = QItemSelectionModel.SelectionFlag.ClearAndSelect
        self.selectionModel().setCurrentIndex(index, how)
        self.scrollTo(index)
        self._syncing = False

    def currentChanged(self, current: QModelIndex, previous: QModelIndex) -> None:
        """Qt: the person has chosen another row."""
        super().currentChanged(current, previous)
        document, node = self._app.document, self.layers.node(current)
        if not self._syncing and document is not None and node is not None and document.owns(node):
            document.active = node

    def rename(self) -> None:
        """Type another name in place."""
        if self.currentIndex().isValid():
            self.edit(self.currentIndex())

    def remove(self) -> None:
        """Delete the selected layers, as one step."""
        document, nodes = self._app.document, self.selected_nodes()
        if document is None or not nodes:
            return

        def do() -> None:
            with document.edit("Delete layer" if len(nodes) == 1 else "Delete layers"):
                for node in nodes:
                    if document.owns(node):
                        edits.remove(document, node)

        attempt(self._app, do)

    def group(self) -> None:
        """Put the selected layers into a new group."""
        document, nodes = self._app.document, self.selected_nodes()
        if document is not None:
            attempt(self._app, lambda: edits.group_nodes(document, nodes))

    def event(self, event: QEvent) -> bool:
        """Keys that mean something here do not go to the window's shortcuts first."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
            if plain and event.key() in self._own_keys:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """F2 renames, Del deletes, Space shows and hides."""
        action = self._own_keys.get(event.key())
        if action is not None and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            action()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu of the layer under the pointer."""
        self.menu().exec(event.globalPos())

    def menu(self) -> QMenu:
        """The commands for the active layer, as they are enabled now."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(icon("rename"), "Rename", self.rename).setEnabled(self.current_node() is not None)
        for id in (*(GENERATED_MENU if isinstance(self.current_node(), GeneratedLayer) else ()), *MENU):
            self._add_command(menu, id)
        return menu

    def _add_command(self, menu: QMenu, id: str) -> None:
        if not id:
            menu.addSeparator()
        elif id in self._app.commands:
            command = self._app.commands[id]
            action = menu.addAction(RENAMED.get(id, command.title), lambda: self._app.run_command(id))
            action.setEnabled(command.is_enabled(self._app))
            action.setCheckable(command.checked is not None)
            action.setChecked(command.is_checked(self._app))
            if command.icon:
                action.setIcon(icon(command.icon))

    def _show_tool(self) -> None:
        self.viewport().update()

    def _press_zone(self, zone: Zone, node: Node | None, modifiers: Qt.KeyboardModifier = _PLAIN) -> None:
        """Eye and lock switch; the pictures choose what is painted on, Shift switches the layer mask."""
        document = self._app.document
        if document is None or node is None:
            return
        if zone is Zone.EYE:
            attempt(self._app, lambda: edits.set_visible(document, node, not node.visible))
        elif zone is Zone.LOCK:
            attempt(self._app, lambda: edits.set_locked(document, node, not node.locked))
        elif isinstance(node, RasterLayer) and modifiers & Qt.KeyboardModifier.ShiftModifier:
            attempt(self._app, lambda: edits.set_mask_enabled(document, node, not node.mask_enabled))
        else:
            for tool in ("brush", "eraser"):
                self._app.tools.set(tool, on_mask=zone is Zone.MASK)

    def _group_indexes(self, parent: QModelIndex) -> list[QModelIndex]:
        found = []
        for row in range(self.layers.rowCount(parent)):
            index = self.layers.index(row, 0, parent)
            if isinstance(self.layers.node(index), Group):
                found += [index, *self._group_indexes(index)]
        return found

    def row_point(self, node: Node, zone: Zone) -> QPoint:
        """Where a part of a layer's row is in the viewport."""
        return self.delegate.zones(self.visualRect(self.layers.index_of(node)), node)[zone].center()
