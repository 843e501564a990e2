"""Does predicting frames save bits? Key frames and coded differences, the prediction exchanged.

``python -m studio.train.video.compression WEIGHTS --data DIR``: held-out clips are coded in groups of twelve
frames, a key frame first. Every other frame is predicted from what a decoder has by then, and only the
rounded difference is coded. All ways share the same coder, so at one step they reach the same quality and the
number of bits tells the predictions apart. Nothing is sent about motion: the decoder finds it by itself.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from torch import Tensor

from studio.nets.predict import CONTEXT, Predictor
from studio.train.video import clips
from studio.train.video.judge import psnr
from studio.train.video.judge_prediction import by_flow, by_network, network, repeated

GROUP = 12
STEPS = (4, 10, 20)
QUALITIES = (40, 35)  # dB at which ways are compared
SIDE = 288  # longest side of what is coded, cut from the middle
Guess = Callable[[list[Tensor]], list[Tensor]]
Codes = np.ndarray[Any, np.dtype[np.int16]]
Array = np.ndarray[Any, np.dtype[np.float64]]


def code(frames: list[Tensor], guess: Guess | None, step: int) -> dict[str, float]:
    """Code frames (1, 3, H, W) in [0, 1] and decode them: bits a pixel and the quality that is reached.

    guess: the next frame from two or more decoded ones; None codes every frame by itself. step: of the
    rounded differences, in 256ths of full brightness. The second frame of a group is told from the first.
    """
    decoded: list[Tensor] = []
    bits, packed = 0.0, 0.0
    for number, frame in enumerate(frames):
        known = decoded[-(number % GROUP) :][-CONTEXT:] if guess and number % GROUP else []
        if not known:
            codes, seen = key_frame(frame, step)
        else:
            told = guess(known)[0] if guess and len(known) > 1 else known[-1]
            codes, seen = difference(frame, eight_bits(told), step)
        decoded.append(seen)
        bits, packed = bits + entropy(codes), packed + 8 * len(zlib.compress(small(codes), 9))
    pixels = len(frames) * frames[0].shape[2] * frames[0].shape[3]
    quality = float(np.mean([psnr(a, b) for a, b in zip(decoded, frames, strict=True)]))
    return {"psnr": quality, "bits": bits / pixels, "zlib": packed / pixels}


def difference(frame: Tensor, told: Tensor, step: int) -> tuple[Codes, Tensor]:
    """Rounded difference from a prediction, and the frame a decoder makes of both."""
    codes = ((frame - told) * 255 / step).round()
    return codes.numpy().astype(np.int16), eight_bits(told + codes * step / 255)


def key_frame(frame: Tensor, step: int) -> tuple[Codes, Tensor]:
    """Rounded brightness, each pixel told from its left, upper and upper left neighbours."""
    codes = (frame * 255 / step).round()
    padded = np.pad(codes.numpy().astype(np.int16), ((0, 0), (0, 0), (1, 0), (1, 0)))
    plane = padded[..., :-1, 1:] + padded[..., 1:, :-1] - padded[..., :-1, :-1]
    return padded[..., 1:, 1:] - plane, eight_bits(codes * step / 255)


def eight_bits(x: Tensor) -> Tensor:
    """Clamped and rounded, as both sides have it."""
    return (x.clamp(0, 1) * 255).round() / 255


def entropy(codes: Codes) -> float:
    """Bits of a frame at the entropy of its own codes, each on its own."""
    counts = np.unique(codes, return_counts=True)[1]
    return float(-(counts * np.log2(counts / counts.sum())).sum())


def small(codes: Codes) -> bytes:
    """Codes in a byte each, plane by plane; the few that do not fit wrap around, as in PNG."""
    return codes.astype(np.int8).tobytes()


def excerpts(stretches: list[clips.Stretch], groups: int) -> list[list[Tensor]]:
    """Groups at even distances in the stretches of a clip, the middle of each frame alone."""
    places = [(s, first) for s in stretches for first in range(0, len(s.frames) - GROUP + 1, GROUP)]
    chosen = np.linspace(0, len(places) - 1, min(groups, len(places))).round().astype(int)
    return [excerpt(*places[number]) for number in chosen]


def excerpt(stretch: clips.Stretch, first: int) -> list[Tensor]:
    """The frames of a group, (1, 3, h, w) in [0, 1]."""
    height, width = stretch.frames.shape[1:3]
    top, left = max(0, height - SIDE) // 2, max(0, width - SIDE) // 2
    pixels = stretch.frames[first : first + GROUP, top : top + SIDE, left : left + SIDE].copy()
    return list((torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255).split(1))


def all_ways(weights: list[Path]) -> dict[str, Guess | None]:
    """What is compared, by name."""
    ways: dict[str, Guess | None] = {"each by itself": None, "previous frame": partial(repeated, count=1)}
    ways |= {path.stem: by_network(network(path), 1) for path in weights}
    ways["motion alone"] = by_network(Predictor(8).eval(), 1)
    if find_spec("cv2"):
        ways["DIS flow"] = partial(by_flow, count=1)
    return ways


def measured(groups: list[list[Tensor]], guess: Guess | None) -> Array:
    """(groups, steps, 3): quality in dB, bits a pixel by entropy, and by zlib."""
    rows = [[list(code(frames, guess, step).values()) for step in STEPS] for frames in groups]
    return np.array(rows)


def at_quality(rows: Array, quality: float) -> Array:
    """(2,): bits a pixel by entropy and by zlib at a PSNR, between the steps; the mean of all groups."""
    lines = [row[np.argsort(row[:, 0])] for row in rows]
    return np.mean([[np.interp(quality, x[:, 0], x[:, i]) for i in (1, 2)] for x in lines], 0)


def study(weights: list[Path], data: Path, groups: int) -> Iterator[str]:
    """The table in Markdown, row by row: a clip at a quality, entropy / zlib of each way."""
    ways, found = all_ways(weights), dict[str, list[clips.Stretch]]()
    for stretch in clips.load(data, held_out=True):
        found.setdefault(stretch.clip, []).append(stretch)
    yield f"| clip, groups, PSNR | {' | '.join(ways)} |"
    yield "|---" * (len(ways) + 1) + "|"
    for clip, stretches in found.items():
        coded = excerpts(stretches, groups)
        rows = {name: measured(coded, guess) for name, guess in ways.items()}
        for quality in QUALITIES:
            bits = [at_quality(rows[name], quality) for name in ways]
            cells = " | ".join(f"{own:.2f} / {packed:.2f}" for own, packed in bits)
            yield f"| {clip}, {len(coded)}, {quality} dB | {cells} |"


def main(
    weights: list[Path],
    data: Annotated[Path, typer.Option(help="Folder of the prepared clips")],
    groups: Annotated[int, typer.Option(help="Groups of twelve frames from each clip")] = 6,
) -> None:
    """Code, and print bits a pixel of all three colours together at equal quality."""
    torch.set_num_threads(1)
    for line in study(weights, data, groups):
        typer.echo(line)


if __name__ == "__main__":
    typer.run(main)
