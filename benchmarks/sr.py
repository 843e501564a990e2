"""Enlarging four times: megapixels of result a second through the whole engine, in tiles.

Beside it, in the same run: the same weights called plainly on the whole picture, and what the processor's
matrix products alone would allow for the same number of multiplications. And the memory of a large job.
"""

from __future__ import annotations

from benchmarks.support.jobs import measured
from benchmarks.support.measure import Report, machine, per_second, ratio, rounded
from benchmarks.support.photo import (
    large_job,
    matrix_product_gflops,
    model,
    smooth,
    through_engine,
    work_of,
)
from studio.engine.jobs import Request
from studio.engine.networks import build
from studio.engine.weights import ModelInfo

SCALE = 4


def run(quick: bool = False) -> Report:
    """Measure for some seconds each; the large job has a result of 8192 x 8192 pixels, 1024 when `quick`."""
    side, duration = (160, 0.5) if quick else (512, 5.0)
    info = model("upscale", scale=str(SCALE))
    variant = info.metadata["variant"]
    ask = Request("upscale", {"scale": SCALE, "model": variant}, {"image": smooth(side)})
    with measured() as studio:
        seconds = through_engine(studio, ask, 2 if quick else 5)
    megapixels = (side * SCALE) ** 2 / 1e6
    plain, gflop = plainly(info, side, duration)
    product = matrix_product_gflops(duration)
    return {
        "benchmark": "sr",
        "model": info.name,
        "input_px": [side, side],
        "engine_megapixels_per_second": rounded(megapixels / seconds),
        "plain_megapixels_per_second": rounded(megapixels * plain),
        "engine_vs_plain_ratio": ratio(1 / seconds, plain),
        "network_gflop": rounded(gflop),
        "plain_gflops": rounded(plain * gflop),
        "matrix_product_gflops": rounded(product),
        "engine_vs_matrix_product_ratio": ratio(gflop / seconds, product),
        "plain_vs_matrix_product_ratio": ratio(plain * gflop, product),
        "large_job": large_job("upscale", 256 if quick else 2048),
        "machine": machine(),
    }


def plainly(info: ModelInfo, side: int, duration: float) -> tuple[float, float]:
    """Whole pictures a second by the network alone, converted to 8 bits; and its work in GFLOP a picture."""
    import torch
    from safetensors.torch import load_file

    from studio.nets.upscale import Upscaler

    net = build(Upscaler, info, load_file(info.path)).to(memory_format=torch.channels_last)
    x = torch.from_numpy(smooth(side).array("float32", 3).copy()).permute(2, 0, 1)[None]

    def forward() -> torch.Tensor:
        return (net(x).clamp(0, 1) * 255 + 0.5).to(torch.uint8)

    with torch.inference_mode():
        rate = per_second(forward, duration)
    return rate, work_of(net, lambda: net(x)) / 1e9
