"""Conditions under which commands can run."""

from __future__ import annotations

from studio.app.session import App
from studio.model.nodes import Group, Node, RasterLayer


def document(app: App) -> bool:
    """A document is open."""
    return app.document is not None


def modified(app: App) -> bool:
    """The document has unsaved changes, or was never saved."""
    return app.document is not None and (app.document.modified or app.document.path is None)


def active(app: App) -> bool:
    """A layer or group is chosen."""
    return app.document is not None and app.document.active is not None


def pixels(app: App) -> bool:
    """A layer with pixels is chosen and may be changed."""
    node = app.document.active if app.document else None
    return node is not None and not isinstance(node, Group) and not node.is_locked


def raster(app: App) -> bool:
    """A layer with colours is chosen."""
    return app.document is not None and isinstance(app.document.active, RasterLayer)


def masked(app: App) -> bool:
    """The chosen layer has a layer mask."""
    node = app.document.active if app.document else None
    return isinstance(node, RasterLayer) and node.mask is not None


def unmasked(app: App) -> bool:
    """The chosen layer has colours and no layer mask."""
    return raster(app) and not masked(app)


def group(app: App) -> bool:
    """A group is chosen."""
    return app.document is not None and isinstance(app.document.active, Group)


def selection(app: App) -> bool:
    """Something is selected."""
    return app.document is not None and not app.document.selection.is_empty


def can_undo(app: App) -> bool:
    """There is a step to undo."""
    return app.document is not None and app.document.history.can_undo


def can_redo(app: App) -> bool:
    """There is a step to redo."""
    return app.document is not None and app.document.history.can_redo


def several_documents(app: App) -> bool:
    """More than one document is open."""
    return len(app.documents) > 1


def active_node(app: App) -> Node:
    """The chosen layer; only for commands that are enabled by `active`."""
    node = app.need_document().active
    assert node is not None
    return node
