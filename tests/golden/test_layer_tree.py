"""Whole layer trees against a pixel-by-pixel walk of the same tree."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import CLEAR, atop, over

from studio.model.document import Document
from studio.model.geometry import Rect
from studio.model.nodes import Blend, Group, MaskLayer, RasterLayer

SIDE = 5
MODES = list(Blend)
ROUNDING = {"8": 3.0, "16": 3.0 / 257}  # each layer may add half a step


@st.composite
def documents(draw, depth):
    """A document with up to a dozen nodes of random pixels, offsets, masks, clipping and nesting."""
    doc = Document(SIDE, SIDE, depth)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    groups = [doc.root]
    for _ in range(draw(st.integers(1, 12))):
        kind = draw(st.sampled_from(["raster", "raster", "raster", "group", "mask"]))
        node = {"raster": raster, "group": lambda *_: Group(""), "mask": mask_layer}[kind](rng, depth)
        node.opacity = float(rng.choice([1.0, 1.0, rng.random()]))
        node.blend = MODES[rng.integers(len(MODES))] if rng.random() < 0.5 else Blend.NORMAL
        node.visible, node.clip = rng.random() < 0.85, rng.random() < 0.3
        groups[draw(st.integers(0, len(groups) - 1))].append(node)
        if isinstance(node, Group):
            groups.append(node)
    return doc


def random_pixels(rng, depth, channels=4):
    values = rng.integers(0, 256, (SIDE, SIDE, channels)) * (1 if depth == "8" else 257)
    values[rng.random((SIDE, SIDE)) < 0.4, -1] = 0 if rng.random() < 0.5 else values.dtype.type(255)
    if rng.random() < 0.3:
        values[..., -1] = 255 if depth == "8" else 65535
    return values


def raster(rng, depth):
    node = RasterLayer("", depth)
    node.offset = tuple(int(v) for v in rng.integers(-2, 3, 2))
    node.pixels.write(Rect(0, 0, SIDE, SIDE), random_pixels(rng, depth))
    if rng.random() < 0.3:
        node.mask = node.new_mask()
        node.mask.write(Rect(0, 0, SIDE, SIDE), random_pixels(rng, depth, 1)[..., 0])
        node.mask_enabled = rng.random() < 0.8
    return node


def mask_layer(rng, depth):
    node = MaskLayer("", depth)
    node.pixels.write(Rect(0, 0, SIDE, SIDE), 200)
    return node


def pixel_of(node, x, y, white):
    """What a node shows at a pixel, before opacity and blend mode."""
    if isinstance(node, Group):
        return group_pixel(node, x, y, white)
    spot = Rect(x - node.offset[0], y - node.offset[1], 1, 1)
    r, g, b, a = (float(v) / white for v in node.pixels.read(spot)[0, 0])
    if node.mask is not None and node.mask_enabled:
        a *= float(node.mask.read(spot)[0, 0]) / white
    return r, g, b, a


def group_pixel(group, x, y, white):
    stack = []
    for node in group.children:
        if isinstance(node, MaskLayer):
            continue
        if node.clip and stack:
            stack[-1][1].append(node)
        else:
            stack.append((node, []))
    out = CLEAR
    for base, clipped in stack:
        if not base.visible:
            continue
        pixel = pixel_of(base, x, y, white)
        for node in (node for node in clipped if node.visible):
            pixel = atop(pixel, pixel_of(node, x, y, white), str(node.blend), node.opacity)
        out = over(out, pixel, str(base.blend), base.opacity)
    return out


def premultiplied(pixels):
    return pixels[..., :4] * np.concatenate(
        [pixels[..., 3:].repeat(3, -1), np.ones_like(pixels[..., 3:])], -1
    )


def check(doc):
    white = doc.white
    wanted = [[group_pixel(doc.root, x, y, white) for x in range(SIDE)] for y in range(SIDE)]
    got = doc.composite(doc.canvas) / white
    error = np.abs(premultiplied(got) - premultiplied(np.array(wanted))).max()
    assert error * 255 <= ROUNDING[doc.depth]


@given(documents("16"))
def test_16_bit_trees_agree_with_the_specification(doc):
    check(doc)


@given(documents("8"))
def test_8_bit_trees_agree_with_the_specification_for_gentle_modes(doc):
    """Modes that divide or branch magnify the rounding of layers below; the 16-bit test covers them."""
    gentle = (Blend.NORMAL, Blend.MULTIPLY, Blend.SCREEN, Blend.DARKEN, Blend.LIGHTEN)
    for node in doc.walk():
        node.blend = node.blend if node.blend in gentle else Blend.NORMAL
    check(doc)


def seen(pixels):
    """Pixels as far as they can be seen: clear ones have no colour."""
    return np.where(pixels[..., 3:] > 0, pixels, 0)


@settings(max_examples=30)
@given(st.sampled_from(["8", "16"]).flatmap(documents))
def test_neither_the_active_node_nor_the_rectangle_changes_a_pixel(doc):
    plain = seen(doc.composite(doc.canvas))
    for node in doc.walk():
        doc.active = node
        part = Rect(1, 2, 3, 2)
        assert np.array_equal(seen(doc.composite(part)), plain[part.slices(doc.canvas)])
        assert np.array_equal(seen(doc.composite(doc.canvas)), plain)


@given(documents("8"), st.data())
def test_cached_composites_notice_every_change(doc, data):
    """Whatever is altered after a composite, the next one is that of a fresh document with that content."""
    nodes = list(doc.walk())
    doc.active = data.draw(st.sampled_from(nodes))
    for _ in range(4):
        doc.composite(doc.canvas)
        node = data.draw(st.sampled_from(nodes))
        change(node, data)
        fresh = Document(SIDE, SIDE)
        fresh.root = doc.root
        assert np.array_equal(seen(doc.composite(doc.canvas)), seen(fresh.composite(doc.canvas)))


def change(node, data):
    """Alter one thing about a node."""
    kinds = ["opacity", "blend", "visible", "clip", "pixels", "mask", "offset", "order"]
    match data.draw(st.sampled_from(kinds)):
        case "opacity":
            node.opacity = data.draw(st.floats(0, 1))
        case "blend":
            node.blend = data.draw(st.sampled_from(Blend))
        case "visible":
            node.visible = not node.visible
        case "clip":
            node.clip = not node.clip
        case "pixels" if not isinstance(node, Group):
            node.pixels.write(Rect(1, 1, 2, 2), data.draw(st.integers(0, 255)))
        case "mask" if isinstance(node, RasterLayer) and node.mask:
            node.mask.write(Rect(0, 0, 3, 3), data.draw(st.integers(0, 255)))
        case "offset" if isinstance(node, RasterLayer):
            node.offset = node.offset[0] + 1, node.offset[1]
        case "order":
            parent = node.parent
            parent.remove(node)
            parent.append(node)
