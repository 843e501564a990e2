"""The canvas at its size: recompositing, brush dabs and undo on 4096 x 4096 pixels and ten layers.

Peers in the same run: a plain copy of the bytes that compositing must read and write (what memory allows),
Pillow's `alpha_composite`, and source-over written out in numpy's whole-array floats.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from PIL import Image as Pillow

from benchmarks.support.measure import Report, machine, milliseconds, once, ratio, rounded, seconds
from benchmarks.support.window import dabs_on_screen, platform
from studio.model import edits
from studio.model.document import Document
from studio.model.geometry import Rect
from studio.model.media import Image
from studio.model.nodes import Node
from studio.model.paint import Brush, Stroke

LAYERS = 10
SEED = 7


def run(quick: bool = False) -> Report:
    """Measure on a square canvas of 4096 pixels; 1024 when `quick`."""
    side = 1024 if quick else 4096
    document, layers = painting(side)
    return {
        "benchmark": "canvas",
        "side_px": side,
        "layers": LAYERS,
        **recomposite(document, layers, 2 if quick else 5),
        **dabs(document, 20 if quick else 200),
        **undo(document),
        "windows": platform(),
        "machine": machine(),
    }


def painting(side: int) -> tuple[Document, list[np.ndarray]]:
    """A document of ten half-transparent layers without two equal tiles, and the layers' pixels."""
    rng = np.random.default_rng(SEED)
    document = Document(side, side)
    layers = [rng.integers(0, 256, (side, side, 4), np.uint8) for _ in range(LAYERS)]
    layers[0][..., 3] = 255
    for number, pixels in enumerate(layers):
        edits.add_image(document, Image(pixels), f"Layer {number}")
    return document, layers


def recomposite(document: Document, layers: list[np.ndarray], repeat: int) -> Report:
    """The whole picture from its layers, in milliseconds, beside three peers.

    All ten layers each time: with the lowest one active, no composite of what lies below it is kept. With the
    topmost active, as while painting there, the other nine are.
    """
    whole = Rect(0, 0, document.width, document.height)
    document.active = document.root.children[-1]
    kept = min(seconds(lambda: document.composite(whole), repeat))
    document.active = document.root.children[0]
    mine = min(seconds(lambda: document.composite(whole), repeat))
    pillow = min(seconds(lambda: with_pillow(layers), repeat))
    plain = min(seconds(lambda: with_floats(layers), 1, warm=0))
    copy = min(seconds(lambda: copied(layers), repeat))
    return {
        "recomposite_ms": rounded(mine * 1000),
        "recomposite_top_layer_ms": rounded(kept * 1000),
        "pillow_ms": rounded(pillow * 1000),
        "plain_numpy_ms": rounded(plain * 1000),
        "copy_ms": rounded(copy * 1000),
        "recomposite_speed_vs_pillow_ratio": ratio(pillow, mine),
        "recomposite_speed_vs_plain_numpy_ratio": ratio(plain, mine),
        "recomposite_speed_vs_copy_ratio": ratio(copy, mine),
    }


def with_pillow(layers: list[np.ndarray]) -> Pillow.Image:
    """Source-over by Pillow, in place."""
    out = Pillow.fromarray(layers[0])
    for pixels in layers[1:]:
        out.alpha_composite(Pillow.fromarray(pixels))
    return out


def with_floats(layers: list[np.ndarray]) -> np.ndarray:
    """Source-over as the textbook writes it, on whole arrays of float32."""
    color, alpha = layers[0][..., :3].astype(np.float32), np.float32(1)
    for pixels in layers[1:]:
        alpha = pixels[..., 3:].astype(np.float32) / 255
        color += alpha * (pixels[..., :3] - color)
    return (color + 0.5).astype(np.uint8)


def copied(layers: list[np.ndarray]) -> np.ndarray:
    """Read every layer and write it once: no compositor can touch less memory."""
    out = np.empty_like(layers[0])
    for pixels in layers:
        np.copyto(out, pixels)
    return out


def dabs(document: Document, count: int) -> Report:
    """From the pointer's move to painted pixels in a real window, and the part the model takes of it."""
    node = document.root.children[LAYERS // 2]
    document.active = node
    points = path(count) * document.width
    return {
        "dab_to_pixels": milliseconds(dabs_on_screen(document, points, 64)),
        "wide_dab_to_pixels": milliseconds(dabs_on_screen(document, points[: count // 4], 400)),
        "dab_to_composite": milliseconds(model_dabs(document, node, points)),
    }


def path(count: int) -> np.ndarray:
    """(count, 2) in 0..1: a calm curve, one percent of the canvas from point to point."""
    t = np.arange(count) * 0.02
    return np.stack([0.5 + 0.4 * np.sin(t), 0.5 + 0.3 * np.sin(1.7 * t + 1)], axis=1)


def model_dabs(document: Document, node: Node, points: np.ndarray) -> list[float]:
    """Seconds from each move to its composited pixels, without a window."""
    stroke = Stroke(document, node, Brush(size=64, hardness=0.5, opacity=0.8, color=(200, 40, 20, 255)))

    def dab(x: float, y: float) -> None:
        document.composite(stroke.to(x, y))

    samples = [once(partial(dab, x, y)) for x, y in points]
    stroke.end()
    return samples


def undo(document: Document) -> Report:
    """Undo and redo of a stroke that covers the whole canvas."""
    node, side = document.root.children[0], document.width
    stroke = Stroke(document, node, Brush(size=side / 4, hardness=1.0, spacing=0.5))
    for row in range(5):
        ends = (0, side) if row % 2 else (side, 0)
        for x in ends:
            stroke.to(x, side * row / 4)
    stroke.end()
    samples = []
    for _ in range(5):
        samples.append(once(document.history.undo))
        document.history.redo()
    return {"undo_full_canvas": milliseconds(samples), "history_mib": history_mib(document)}


def history_mib(document: Document) -> float:
    """Memory that the undo history holds."""
    return rounded(document.history.nbytes / 2**20)
