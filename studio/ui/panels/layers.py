"""The layers panel."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from studio.app.session import App
from studio.model import edits
from studio.model.nodes import Blend, MaskLayer
from studio.ui.panels.base import Follower, attempt, column
from studio.ui.panels.layer_delegate import blend_title
from studio.ui.panels.layer_model import LayerModel
from studio.ui.panels.layer_thumbs import LayerThumbs
from studio.ui.panels.layer_tree import LayerTree
from studio.ui.widgets.buttons import button_row, icon_button
from studio.ui.widgets.numbers import NumberEdit
from studio.ui.widgets.plain import ChoiceEdit
from studio.ui.widgets.section import Emptiable


class LayersPanel(QWidget):
    """Blend mode, opacity, lock and clip of the active layer; the tree; buttons to add and remove."""

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app
        self.thumbs = LayerThumbs(self)
        self.tree = LayerTree(app, LayerModel(app, self.thumbs))
        self.tree.layers.setParent(self)
        self.blend = ChoiceEdit([(blend, blend_title(blend)) for blend in Blend])
        self.blend.describe("Blend mode", "How the layer mixes with those below")
        self.opacity = NumberEdit(0, 100, 1, "%", integer=True)
        self.opacity.describe("Opacity", "How solid the layer is")
        self.lock = self._switch("lock", "Lock the layer", "layer.locked")
        self.clip = self._switch("clip", "Clip to the layer below", "layer.clip")
        self.buttons = self._make_buttons()
        self._lay_out()
        self.blend.changed.connect(self._set_blend)
        self.opacity.changed.connect(self._set_opacity)
        self.opacity.finished.connect(self._end_opacity)
        self._follower = Follower(
            self,
            app,
            {
                "structure": self._sync,
                "active_changed": self._show_active,
                "changed": self.thumbs.look_soon,
                "history": self.thumbs.look_soon,
                "size_changed": self.thumbs.look_soon,
            },
            self._switched,
        )
        self._follower.switch()

    def _switch(self, icon: str, tip: str, command: str) -> QToolButton:
        return icon_button(icon, tip, lambda: self._run(command), checkable=True)

    def _make_buttons(self) -> dict[str, QToolButton]:
        """The buttons below the tree by what they do, in their order."""
        run = self._app.run_command
        return {
            "raster": icon_button("layer-add", "Add a layer", lambda: run("layer.new")),
            "mask": icon_button("mask-add", "Add a mask layer", lambda: run("layer.new_mask")),
            "group": icon_button("group-add", "Group the chosen layers", self._group),
            "layer mask": icon_button("mask", "Add a layer mask", lambda: run("layer.add_mask")),
            "duplicate": icon_button("duplicate", "Duplicate the layer", lambda: run("layer.duplicate")),
            "merge": icon_button("merge-down", "Merge with the layer below", lambda: run("layer.merge_down")),
            "delete": icon_button("trash", "Delete the chosen layers", self.tree.remove),
        }

    def _lay_out(self) -> None:
        content = QWidget()
        inner = QVBoxLayout(content)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(6)
        inner.addLayout(self._head())
        inner.addWidget(self.tree, 1)
        *others, last = self.buttons.values()
        inner.addLayout(button_row(*others, None, last))
        self.empty = Emptiable(content, "No document open.\nCreate or open one to see its layers.")
        column(self).addWidget(self.empty)

    def _head(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(4)
        grid.setColumnStretch(1, 1)
        rows = (("Blend", self.blend, self.lock), ("Opacity", self.opacity, self.clip))
        for row, (title, editor, button) in enumerate(rows):
            label = QLabel(title)
            label.setBuddy(editor.controls()[0])
            for place, widget in enumerate((label, editor, button)):
                grid.addWidget(widget, row, place)
        return grid

    def _switched(self) -> None:
        document = self._app.document
        self.thumbs.show_document(document)
        self.tree.layers.show_document(document)
        self.empty.show_content(document is not None)
        self._show_active()

    def _sync(self) -> None:
        self.tree.layers.sync()
        self.thumbs.look_soon()
        self._show_active()

    def _show_active(self) -> None:
        """Follow the active layer: its row, its properties, what can be done with it."""
        document = self._app.document
        node = document.active if document else None
        self.tree.show_active()
        if node is not None:
            self.blend.set_value(node.blend)
            self.opacity.set_value(round(node.opacity * 100))
        self.lock.setChecked(node is not None and node.locked)
        self.clip.setChecked(node is not None and node.clip)
        free = node is not None and not node.is_locked
        for editor in (self.blend, self.opacity):
            editor.setEnabled(free and not isinstance(node, MaskLayer))
        self.clip.setEnabled(free)
        self.lock.setEnabled(node is not None)
        for what in ("duplicate", "merge", "delete", "layer mask"):
            self.buttons[what].setEnabled(node is not None)

    def _run(self, command: str) -> None:
        """Run the command of a switch, which shows the true state afterwards even if it was refused."""
        self._app.run_command(command)
        self._show_active()

    def _group(self) -> None:
        if self.tree.selected_nodes():
            self.tree.group()
        else:
            self._app.run_command("layer.new_group")

    def _set_blend(self, blend: Blend) -> None:
        document = self._app.document
        if document is not None and document.active is not None:
            node = document.active
            attempt(self._app, lambda: edits.set_blend(document, node, blend))

    def _set_opacity(self, percent: int) -> None:
        document = self._app.document
        if document is not None and document.active is not None:
            node = document.active
            attempt(self._app, lambda: edits.set_opacity(document, node, percent / 100))

    def _end_opacity(self) -> None:
        if self._app.document is not None:
            self._app.document.history.seal()
