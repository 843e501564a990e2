"""A private copy of a document's state, to work on it away from the main thread."""

from __future__ import annotations

from dataclasses import replace

from studio.model.document import Document
from studio.model.nodes import Depth, GeneratedLayer, Group, MaskLayer, Node, NodeState, RasterLayer
from studio.model.state import DocumentState


def document_of(state: DocumentState) -> Document:
    """A new document with the same content, selection and active node, without history.

    Pixels are shared until written. The nodes are its own, with the ids of those they stand for
    (`Document.twin`).
    """
    depth: Depth = "8" if state.depth == "8" else "16"
    document = Document(state.width, state.height, depth)
    document.icc, document.meta, document.resolution_dpi = state.icc, dict(state.meta), state.dpi
    for child in state.root.children:
        document.root.append(_copy(child, depth))
    document.fleeting = True
    document.selection.restore(state.selection)
    document.active = document.twin(state.active) if state.active else None
    return document


def _copy(state: NodeState, depth: Depth) -> Node:
    node = _like(state, depth)
    node.id = state.node.id
    if isinstance(node, Group):
        for child in state.children:
            node.append(_copy(child, depth))
        state = replace(state, children=tuple(child.capture() for child in node.children))
    node.restore(state)
    return node


def _like(state: NodeState, depth: Depth) -> Node:
    """An empty node of the same kind."""
    if isinstance(state.node, Group):
        return Group(state.name)
    if isinstance(state.node, MaskLayer):
        return MaskLayer(state.name, depth)
    return (
        GeneratedLayer(state.name, state.provenance, depth)
        if state.provenance
        else RasterLayer(state.name, depth)
    )
