"""Filling scratches: megapixels of picture a second through the whole engine, at full size, in windows.

Beside it, in the same run: the same weights called plainly on the whole picture, and what the processor's
matrix products alone would allow for the same number of multiplications. Texture, which the plain network
does not add, is left out of that. Also how soon a person sees something of a large filling, texture included,
and the memory of one.
"""

from __future__ import annotations

import time

import numpy as np

from benchmarks.support.jobs import Measured, measured
from benchmarks.support.measure import Report, machine, per_second, ratio, rounded
from benchmarks.support.photo import (
    large_job,
    matrix_product_gflops,
    model,
    scratched,
    smooth,
    through_engine,
    work_of,
)
from studio.engine.events import Finished, Previewed
from studio.engine.jobs import Request
from studio.engine.networks import build
from studio.engine.weights import ModelInfo
from studio.model.media import Mask

THICKNESS = 12
BRUSHED = 900  # side of the crop around a large hole, pixels


def run(quick: bool = False) -> Report:
    """Measure for some seconds each; the large job has 8192 pixels a side, 1024 when `quick`."""
    side, duration = (192, 0.5) if quick else (768, 5.0)
    info = model("inpaint")
    ask = Request("inpaint", {"detail": 0}, {"image": smooth(side), "mask": scratched(side, THICKNESS)})
    with measured() as studio:
        seconds = through_engine(studio, ask, 2 if quick else 5)
        brush = live(studio, BRUSHED // 3 if quick else BRUSHED)
    plain, gflop = plainly(info, side, duration)
    product = matrix_product_gflops(duration)
    megapixels = side * side / 1e6
    return {
        "benchmark": "inpaint",
        "model": info.name,
        "input_px": [side, side],
        "engine_megapixels_per_second": rounded(megapixels / seconds),
        "plain_megapixels_per_second": rounded(megapixels * plain),
        "engine_vs_plain_ratio": ratio(1 / seconds, plain),
        "network_gflop": rounded(gflop),
        "plain_gflops": rounded(plain * gflop),
        "matrix_product_gflops": rounded(product),
        "plain_vs_matrix_product_ratio": ratio(plain * gflop, product),
        "large_hole": brush,
        "large_job": large_job("inpaint", 1024 if quick else 8192),
        "machine": machine(),
    }


def live(studio: Measured, side: int) -> Report:
    """Seconds from lifting the brush to the first look at a large filling, and to the filling itself."""
    hole = np.zeros((side, side), np.uint8)
    hole[side // 3 : -side // 3, side // 3 : -side // 3] = 255
    ask = Request("inpaint", {"result": "patch"}, {"image": smooth(side), "mask": Mask(hole)})
    start = time.perf_counter()
    job = studio.engine.submit(ask)
    first = studio.until(job, lambda event: isinstance(event, Previewed)) - start
    done = studio.until(job, lambda event: isinstance(event, Finished)) - start
    return {"crop_px": [side, side], "first_look_s": rounded(first), "done_s": rounded(done)}


def plainly(info: ModelInfo, side: int, duration: float) -> tuple[float, float]:
    """Whole pictures a second by the network alone, laid into the hole; and its work in GFLOP a picture."""
    import torch
    from safetensors.torch import load_file

    from studio.nets.inpaint import Inpainter

    net = build(Inpainter, info, load_file(info.path)).to(memory_format=torch.channels_last)
    x = torch.from_numpy(smooth(side).array("float32", 3).copy()).permute(2, 0, 1)[None]
    mask = torch.from_numpy(scratched(side, THICKNESS).array("float32").copy())[None, None]

    def forward() -> torch.Tensor:
        laid = torch.lerp(x, net(x, mask), mask)
        return (laid.clamp(0, 1) * 255 + 0.5).to(torch.uint8)

    with torch.inference_mode():
        rate = per_second(forward, duration)
    return rate, work_of(net, lambda: net(x, mask)) / 1e9
