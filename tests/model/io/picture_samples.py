"""Pictures and documents to save and open."""

import numpy as np

from studio.model.document import Document
from studio.model.geometry import Rect
from studio.model.nodes import Blend, Depth, GeneratedLayer, Group, MaskLayer, RasterLayer, dtype_of
from studio.model.provenance import Provenance
from studio.model.tiles import TiledImage

RECIPE = Provenance(
    "synthesis", "1", {"model": "terrain", "truncation": 0.7}, 7, "ab" * 32, {"image": "cd" * 32}
)


def make_noise(shape: tuple[int, ...], dtype: str = "uint8", seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if dtype == "float32":
        return rng.random(shape, np.float32)
    return rng.integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)


def make_document(depth: Depth = "8") -> Document:
    document = Document(70, 50, depth)
    dtype = dtype_of(depth).name

    def paint(layer: RasterLayer | MaskLayer, rect: Rect, seed: int) -> None:
        shape = (rect.h, rect.w, 4) if isinstance(layer, RasterLayer) else (rect.h, rect.w)
        layer.write(rect, make_noise(shape, dtype, seed))

    background = RasterLayer("Background", depth)
    paint(background, document.canvas, 1)
    group = Group("Grüße <&> “x”")
    group.opacity = 0.5
    base = RasterLayer("Base", depth)
    base.blend, base.opacity = Blend.MULTIPLY, 0.25
    paint(base, Rect(-8, 10, 40, 30), 2)
    between = MaskLayer("Between", depth)
    paint(between, Rect(3, 4, 20, 20), 3)
    clipped = RasterLayer("Clipped", depth)
    clipped.clip = True
    paint(clipped, document.canvas, 4)
    shaded = RasterLayer("Clipped and masked", depth)
    shaded.clip, shaded.blend, shaded.offset = True, Blend.SCREEN, (5, -3)
    paint(shaded, document.canvas, 5)
    shaded.mask = shaded.new_mask()
    shaded.mask.write(Rect(10, 10, 12, 9), make_noise((9, 12), dtype, 6))
    for node in (base, between, clipped, shaded):
        group.append(node)
    generated = GeneratedLayer("Land", RECIPE, depth)
    generated.blend, generated.visible, generated.locked = Blend.EXCLUSION, False, True
    paint(generated, Rect(20, 20, 16, 16), 7)
    for node in (background, group, generated, RasterLayer("Nothing", depth)):
        document.root.append(node)
    document.active = clipped
    document.resolution_dpi = 300
    document.meta = {"text:Author": "Ä. B.", "xmp": "<x:xmpmeta/>"}
    return document


def make_mask_with_black_outside(layer: RasterLayer) -> None:
    layer.mask = TiledImage(1, layer.pixels.dtype)
    layer.mask.write(Rect(2, 2, 5, 5), 200)
    layer.mask_enabled = False
