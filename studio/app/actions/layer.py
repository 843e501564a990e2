"""The Layer menu."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from studio.app.actions import when
from studio.app.background import on
from studio.app.commands import Command
from studio.app.session import App
from studio.model import edits
from studio.model.document import Document
from studio.model.nodes import Node


def _on_active(edit: Callable[[Document, Node], object]) -> Callable[[App], object]:
    """A command that applies an edit to the chosen layer."""
    return lambda app: edit(app.need_document(), when.active_node(app))


def _long(title: str, edit: Callable[[Document, Node], object]) -> Callable[[App], object]:
    """The same for an edit that may take long."""
    return lambda app: app.background.edit(app.need_document(), title, on(when.active_node(app), edit))


def _adds(kind: Literal["raster", "mask", "group"]) -> Callable[[App], object]:
    return lambda app: edits.add_layer(app.need_document(), kind)


def rename(app: App) -> None:
    """Ask for another name."""
    node = when.active_node(app)
    name = app.need_face().ask_text("Rename layer", "Name", node.name)
    if name is not None:
        edits.rename(app.need_document(), node, name)


def toggle_visible(app: App) -> None:
    """Show or hide the chosen layer."""
    node = when.active_node(app)
    edits.set_visible(app.need_document(), node, not node.visible)


def toggle_locked(app: App) -> None:
    """Protect the chosen layer, or release it."""
    node = when.active_node(app)
    edits.set_locked(app.need_document(), node, not node.locked)


def toggle_clip(app: App) -> None:
    """Clip the chosen layer to the one below, or release it."""
    node = when.active_node(app)
    edits.set_clip(app.need_document(), node, not node.clip)


def mask_from_selection(app: App) -> None:
    """A layer mask that shows what is selected, or everything."""
    document = app.need_document()
    source: Literal["white", "selection"] = "white" if document.selection.is_empty else "selection"
    add = on(when.active_node(app), lambda doc, node: edits.add_layer_mask(doc, node, source))
    app.background.edit(document, "Add layer mask", add)


def _raise_by(steps: int) -> Callable[[App], object]:
    """A command that moves the chosen layer up or down among its siblings."""

    def run(app: App) -> None:
        node = when.active_node(app)
        assert node.parent is not None
        last = len(node.parent.children) - 1
        edits.move_node(app.need_document(), node, node.parent, min(max(node.index + steps, 0), last))

    return run


def _choose_by(steps: int) -> Callable[[App], object]:
    """A command that chooses the layer above or below."""

    def run(app: App) -> None:
        document = app.need_document()
        nodes = list(document.walk())
        if nodes:
            here = nodes.index(document.active) if document.active else -1
            document.active = nodes[min(max(here + steps, 0), len(nodes) - 1)]

    return run


def _is(attribute: str) -> Callable[[App], bool]:
    return lambda app: when.active(app) and bool(getattr(when.active_node(app), attribute))


LAYER: tuple[Command, ...] = (
    Command(
        "layer.new",
        "New Layer",
        "Layer",
        _adds("raster"),
        keys="Ctrl+Shift+N",
        enabled=when.document,
        icon="layer-add",
        group="new",
    ),
    Command(
        "layer.new_mask",
        "New Mask Layer",
        "Layer",
        _adds("mask"),
        enabled=when.document,
        icon="mask-add",
        group="new",
        tip="A mask tells generators where to work.",
    ),
    Command(
        "layer.new_group",
        "New Group",
        "Layer",
        _adds("group"),
        enabled=when.document,
        icon="group-add",
        group="new",
    ),
    Command(
        "layer.duplicate",
        "Duplicate Layer",
        "Layer",
        _on_active(edits.duplicate),
        keys="Ctrl+J",
        enabled=when.active,
        icon="duplicate",
        group="new",
    ),
    Command(
        "layer.delete",
        "Delete Layer",
        "Layer",
        _on_active(edits.remove),
        keys="Ctrl+Del",
        enabled=when.active,
        icon="trash",
        group="new",
    ),
    Command(
        "layer.rename",
        "Rename Layer…",
        "Layer",
        rename,
        keys="F2",
        enabled=when.active,
        icon="rename",
        group="state",
    ),
    Command(
        "layer.visible",
        "Visible",
        "Layer",
        toggle_visible,
        keys="Ctrl+Alt+H",
        enabled=when.active,
        icon="eye",
        checked=_is("visible"),
        group="state",
    ),
    Command(
        "layer.locked",
        "Locked",
        "Layer",
        toggle_locked,
        keys="Ctrl+Alt+L",
        enabled=when.active,
        icon="lock",
        checked=_is("locked"),
        group="state",
    ),
    Command(
        "layer.clip",
        "Clip to Layer Below",
        "Layer",
        toggle_clip,
        keys="Ctrl+Alt+G",
        enabled=when.active,
        icon="clip",
        checked=_is("clip"),
        group="state",
    ),
    Command(
        "layer.merge_down",
        "Merge Down",
        "Layer",
        _long("Merge down", edits.merge_down),
        keys="Ctrl+E",
        enabled=when.active,
        icon="merge-down",
        group="join",
    ),
    Command(
        "layer.group",
        "Group Layer",
        "Layer",
        lambda app: edits.group_nodes(app.need_document(), [when.active_node(app)]),
        keys="Ctrl+G",
        enabled=when.active,
        icon="group",
        group="join",
    ),
    Command(
        "layer.ungroup",
        "Ungroup",
        "Layer",
        _on_active(edits.ungroup),
        keys="Ctrl+Shift+G",
        enabled=when.group,
        group="join",
    ),
    Command(
        "layer.up",
        "Move Up",
        "Layer/Order",
        _raise_by(1),
        keys="Ctrl+]",
        enabled=when.active,
        icon="up",
        group="arrange",
    ),
    Command(
        "layer.down",
        "Move Down",
        "Layer/Order",
        _raise_by(-1),
        keys="Ctrl+[",
        enabled=when.active,
        icon="down",
        group="arrange",
    ),
    Command(
        "layer.top",
        "Move to Top",
        "Layer/Order",
        _raise_by(10**6),
        keys="Ctrl+Shift+]",
        enabled=when.active,
        group="arrange",
    ),
    Command(
        "layer.bottom",
        "Move to Bottom",
        "Layer/Order",
        _raise_by(-(10**6)),
        keys="Ctrl+Shift+[",
        enabled=when.active,
        group="arrange",
    ),
    Command(
        "layer.choose_above",
        "Choose Layer Above",
        "Layer/Order",
        _choose_by(1),
        keys="Alt+]",
        enabled=when.document,
        group="choose",
    ),
    Command(
        "layer.choose_below",
        "Choose Layer Below",
        "Layer/Order",
        _choose_by(-1),
        keys="Alt+[",
        enabled=when.document,
        group="choose",
    ),
    Command(
        "layer.add_mask",
        "Add Layer Mask",
        "Layer/Layer Mask",
        mask_from_selection,
        enabled=when.unmasked,
        icon="mask",
        tip="Hide what is not selected, without deleting it.",
        group="arrange",
    ),
    Command(
        "layer.apply_mask",
        "Apply Layer Mask",
        "Layer/Layer Mask",
        _long("Apply layer mask", lambda doc, node: edits.remove_layer_mask(doc, node, apply=True)),
        enabled=when.masked,
        group="arrange",
    ),
    Command(
        "layer.remove_mask",
        "Remove Layer Mask",
        "Layer/Layer Mask",
        _on_active(edits.remove_layer_mask),
        enabled=when.masked,
        group="arrange",
    ),
    Command(
        "layer.flip_horizontal",
        "Flip Layer Horizontally",
        "Layer/Transform",
        _long("Flip horizontal", lambda doc, node: edits.flip(doc, node, "horizontal")),
        enabled=when.active,
        icon="flip-horizontal",
        group="arrange",
    ),
    Command(
        "layer.flip_vertical",
        "Flip Layer Vertically",
        "Layer/Transform",
        _long("Flip vertical", lambda doc, node: edits.flip(doc, node, "vertical")),
        enabled=when.active,
        icon="flip-vertical",
        group="arrange",
    ),
)
