"""A painting made by the same edits a person makes: the tour's document."""

from __future__ import annotations

import math
from collections.abc import Sequence

from studio.model import edits
from studio.model.document import Document
from studio.model.geometry import Rect
from studio.model.media import Image, Mask
from studio.model.nodes import Blend, Node
from studio.model.paint import Brush, Stroke

SIDE = 512
MARGIN = 32
LARGEST = 192
DUSK = ((0.0, (38, 54, 92, 255)), (0.6, (190, 110, 120, 255)), (1.0, (240, 186, 120, 255)))
SUN = (255, 232, 190, 255)
SUN_PLACE = (round(SIDE * 0.6), round(SIDE * 0.4), 96, 96)  # left, top, width, height
AROUND = 10  # pixels by which the sun's mask is larger than the sun
HILLS = (30, 34, 48, 255)


def painted(pictures: Sequence[Image]) -> Document:
    """A dusk sky, a sun, hills from brush strokes, and up to four pictures as layers with soft edges."""
    document = Document(SIDE, SIDE, title="Tour")
    sky = edits.add_layer(document, name="Sky")
    edits.gradient(document, sky, (0, 0), (0, SIDE), DUSK)
    sun = edits.add_layer(document, name="Sun")
    edits.select_ellipse(document, *SUN_PLACE, feather=6)
    edits.fill(document, sun, SUN)
    edits.select_none(document)
    edits.set_blend(document, sun, Blend.SCREEN)
    hills(document, edits.add_layer(document, name="Hills"))
    for number, picture in enumerate(pictures[:4]):
        place(document, picture, number)
    return document


def sun_mask() -> Mask:
    """Where the sun is, and a little around it; (512, 512)."""
    document = Document(SIDE, SIDE)
    left, top, width, height = SUN_PLACE
    edits.select_ellipse(document, left - AROUND, top - AROUND, width + 2 * AROUND, height + 2 * AROUND)
    return Mask(document.selection.read(Rect(0, 0, SIDE, SIDE)))


def hills(document: Document, layer: Node) -> None:
    """Two ridges, each one stroke; the first try of the nearer one is taken back."""
    ridge(document, layer, SIDE * 0.78, 90)
    ridge(document, layer, SIDE * 0.5, 140)
    document.history.undo()
    ridge(document, layer, SIDE * 0.98, 230)


def ridge(document: Document, layer: Node, height: float, size: float) -> None:
    """A wavy stroke from left to right, under varying pressure."""
    stroke = Stroke(document, layer, Brush(size=size, hardness=0.9, color=HILLS))
    for x in range(-16, SIDE + 32, 16):
        wave = math.sin(x / 60 + height) * 18 + math.sin(x / 23) * 6
        stroke.to(x, height + wave, 0.75 + 0.25 * math.sin(x / 40))
    stroke.end()


def place(document: Document, picture: Image, number: int) -> None:
    """A picture, cut to 192 pixels a side, in one corner behind an oval layer mask."""
    picture = Image(picture.pixels[:LARGEST, :LARGEST])
    x = MARGIN + (SIDE - 2 * MARGIN - picture.width) * (number % 2)
    y = MARGIN + (SIDE - 2 * MARGIN - picture.height) * (number // 2)
    layer = edits.add_image(document, picture, f"Picture {number + 1}", x, y)
    edits.select_ellipse(document, x, y, picture.width, picture.height, feather=4)
    edits.add_layer_mask(document, layer, "selection")
    edits.select_none(document)
