"""Everything a person can do to a document: functions that take it first, each one undo step.

Each raises UserError, with the document unchanged, when the edit is impossible (a locked layer, a group
without pixels, an empty selection).
"""

from studio.model.edits.canvas import (
    convert_depth,
    crop,
    flip_document,
    resize_canvas,
    rotate_document,
    scale_document,
)
from studio.model.edits.layers import (
    add_image,
    add_layer,
    duplicate,
    group_nodes,
    move_node,
    remove,
    replace_image,
    ungroup,
)
from studio.model.edits.merging import flatten_document, merge_down
from studio.model.edits.pixels import clear, fill, gradient
from studio.model.edits.properties import (
    add_layer_mask,
    remove_layer_mask,
    rename,
    set_blend,
    set_clip,
    set_locked,
    set_mask_enabled,
    set_opacity,
    set_visible,
)
from studio.model.edits.selecting import (
    feather,
    grow,
    invert,
    select_all,
    select_ellipse,
    select_lasso,
    select_mask,
    select_none,
    select_rect,
    select_wand,
    selection_from_layer,
    shrink,
)
from studio.model.edits.transforms import flip, transform, translate

__all__ = [
    "add_image",
    "add_layer",
    "add_layer_mask",
    "clear",
    "convert_depth",
    "crop",
    "duplicate",
    "feather",
    "fill",
    "flatten_document",
    "flip",
    "flip_document",
    "gradient",
    "group_nodes",
    "grow",
    "invert",
    "merge_down",
    "move_node",
    "remove",
    "remove_layer_mask",
    "rename",
    "replace_image",
    "resize_canvas",
    "rotate_document",
    "scale_document",
    "select_all",
    "select_ellipse",
    "select_lasso",
    "select_mask",
    "select_none",
    "select_rect",
    "select_wand",
    "selection_from_layer",
    "set_blend",
    "set_clip",
    "set_locked",
    "set_mask_enabled",
    "set_opacity",
    "set_visible",
    "shrink",
    "transform",
    "translate",
    "ungroup",
]
