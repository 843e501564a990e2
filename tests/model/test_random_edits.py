"""Any sequence of edits: undoing all gives the start, redoing all gives the end, jumping gives each step."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.model import edits
from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.media import Image
from studio.model.nodes import Blend, Group, MaskLayer, RasterLayer
from studio.model.paint import Brush, Stroke

KINDS = ("raster", "mask", "group")
MODES = ("replace", "add", "subtract", "intersect")


def stroke(doc, node, r):
    brush = Brush(
        size=r.random() * 60 + 1, erase=r.random() < 0.3, color=(*map(int, r.integers(0, 256, 3)), 255)
    )
    line = Stroke(doc, node, brush, on_mask=r.random() < 0.2)
    for _ in range(3):
        line.to(r.random() * doc.width, r.random() * doc.height, r.random())
    line.cancel() if r.random() < 0.2 else line.end()


def picture(r):
    return Image(r.integers(0, 256, (*r.integers(1, 40, 2), 4), np.uint8))


def color(r):
    return tuple(map(int, r.integers(0, 256, 4)))


def groups(doc):
    return [None, *(node for node in doc.walk() if isinstance(node, Group))]


def pick(r, options):
    return options[int(r.integers(len(options)))]


def point(doc, r):
    return int(r.integers(doc.width)), int(r.integers(doc.height))


def area(r):
    return Rect(*map(int, (*r.integers(-50, 250, 2), *r.integers(1, 300, 2))))


EDITS = {
    "add": lambda doc, n, r: edits.add_layer(doc, pick(r, KINDS)),
    "add image": lambda doc, n, r: edits.add_image(
        doc, picture(r), "image", *map(int, r.integers(-30, 250, 2))
    ),
    "replace": lambda doc, n, r: edits.replace_image(doc, n, picture(r)),
    "remove": lambda doc, n, r: edits.remove(doc, n),
    "duplicate": lambda doc, n, r: edits.duplicate(doc, n),
    "move": lambda doc, n, r: edits.move_node(doc, n, pick(r, groups(doc)), int(r.integers(5))),
    "rename": lambda doc, n, r: edits.rename(doc, n, str(r.integers(9))),
    "opacity": lambda doc, n, r: edits.set_opacity(doc, n, r.random()),
    "visible": lambda doc, n, r: edits.set_visible(doc, n, not n.visible),
    "locked": lambda doc, n, r: edits.set_locked(doc, n, r.random() < 0.3),
    "blend": lambda doc, n, r: edits.set_blend(doc, n, pick(r, list(Blend))),
    "clip": lambda doc, n, r: edits.set_clip(doc, n, not n.clip),
    "group": lambda doc, n, r: edits.group_nodes(doc, [n, doc.active]),
    "ungroup": lambda doc, n, r: edits.ungroup(doc, n),
    "mask": lambda doc, n, r: edits.add_layer_mask(doc, n, pick(r, ("white", "selection"))),
    "unmask": lambda doc, n, r: edits.remove_layer_mask(doc, n, apply=r.random() < 0.5),
    "merge": lambda doc, n, r: edits.merge_down(doc, n),
    "flatten": lambda doc, n, r: edits.flatten_document(doc),
    "fill": lambda doc, n, r: edits.fill(doc, n, color(r)),
    "flood": lambda doc, n, r: edits.fill(doc, n, color(r), point(doc, r), 20, merged=r.random() < 0.5),
    "gradient": lambda doc, n, r: edits.gradient(
        doc, n, (0, 0), point(doc, r), [(0, color(r)), (1, color(r))]
    ),
    "clear": lambda doc, n, r: edits.clear(doc, n),
    "stroke": stroke,
    "translate": lambda doc, n, r: edits.translate(doc, n, *map(int, r.integers(-40, 40, 2))),
    "flip": lambda doc, n, r: edits.flip(doc, n, pick(r, ("horizontal", "vertical"))),
    "transform": lambda doc, n, r: edits.transform(
        doc, n, np.eye(3) + r.normal(0, 0.2, (3, 3)) * [[1], [1], [0]]
    ),
    "crop": lambda doc, n, r: edits.crop(doc, area(r)),
    "canvas": lambda doc, n, r: edits.resize_canvas(doc, *map(int, r.integers(1, 400, 2))),
    "scale": lambda doc, n, r: edits.scale_document(doc, *map(int, r.integers(1, 400, 2))),
    "turn": lambda doc, n, r: edits.rotate_document(doc, int(r.integers(4))),
    "depth": lambda doc, n, r: edits.convert_depth(doc, pick(r, ("8", "16"))),
    "select": lambda doc, n, r: edits.select_ellipse(doc, *area_of(r), pick(r, MODES), r.random() * 9),
    "wand": lambda doc, n, r: edits.select_wand(doc, *point(doc, r), mode=pick(r, MODES)),
    "invert": lambda doc, n, r: edits.invert(doc),
    "grow": lambda doc, n, r: edits.grow(doc, r.random() * 9),
    "deselect": lambda doc, n, r: edits.select_none(doc),
}


def area_of(r):
    rect = area(r)
    return rect.x, rect.y, rect.w, rect.h


def picture_of(doc):
    """All there is to see of a document: pixels, tree, selection, size."""
    tree = [
        (n.id, n.name, n.visible, n.locked, n.opacity, n.blend, n.clip, n.parent and n.parent.id, own(n))
        for n in doc.walk()
    ]
    composite = doc.composite(doc.canvas)
    active = doc.active and doc.active.id
    return composite.dtype, composite.tobytes(), tree, active, doc.selection.read(doc.canvas).tobytes()


def own(node):
    if not isinstance(node, RasterLayer | MaskLayer):
        return None
    mask = node.mask if isinstance(node, RasterLayer) else None
    area = Rect(0, 0, 64, 64)
    return node.offset, node.pixels.bounds(), mask is not None and mask.read(area).tobytes()


@settings(max_examples=20)
@given(st.lists(st.sampled_from(sorted(EDITS)), min_size=1, max_size=12), st.integers(0, 2**32 - 1))
def test_undoing_and_redoing_give_back_every_state(names, seed):
    rng = np.random.default_rng(seed)
    doc = Document(300, 270)
    edits.fill(doc, edits.add_layer(doc), (200, 180, 160, 255))
    doc.history.clear()
    states = [picture_of(doc)]
    for name in names:
        nodes = list(doc.walk()) or [edits.add_layer(doc)]
        before, steps = picture_of(doc), len(doc.history.entries)
        try:
            EDITS[name](doc, pick(rng, nodes), rng)
        except UserError:
            assert picture_of(doc) == before
            assert len(doc.history.entries) == steps
        while len(states) <= len(doc.history.entries):
            states.append(None)
        states[len(doc.history.entries)] = picture_of(doc)
    known = [position for position, state in enumerate(states) if state is not None]
    for position in [*reversed(known), *known, *rng.permutation(known)]:
        doc.history.go_to(int(position))
        assert picture_of(doc) == states[position]


@settings(max_examples=20)
@given(st.lists(st.sampled_from(sorted(EDITS)), min_size=1, max_size=12), st.integers(0, 2**32 - 1))
def test_listeners_who_repaint_only_what_is_announced_see_everything(names, seed):
    """A copy of the composite, brought up to date by `changed` alone, never falls behind."""
    rng = np.random.default_rng(seed)
    doc = Document(300, 270)
    edits.fill(doc, edits.add_layer(doc), (200, 180, 160, 255))
    shown = doc.composite(doc.canvas)

    def repaint(rect):
        nonlocal shown
        if shown.shape[:2] != (doc.height, doc.width) or shown.dtype != doc.composite(Rect(0, 0, 1, 1)).dtype:
            shown = doc.composite(doc.canvas)
        shown[rect.slices(doc.canvas)] = doc.composite(rect)

    doc.changed.connect(repaint)
    for name in [*names, *["undo"] * len(names)]:
        nodes = list(doc.walk()) or [edits.add_layer(doc)]
        try:
            doc.history.undo() if name == "undo" else EDITS[name](doc, pick(rng, nodes), rng)
        except UserError:
            continue
        wanted = doc.composite(doc.canvas)
        assert np.array_equal(np.where(shown[..., 3:], shown, 0), np.where(wanted[..., 3:], wanted, 0))
