"""What all training loops do alike: gradients, the averaged copy, the learning rate's course, reports.

Budgets count processor time, so that a crowded machine gives the same model later instead of a worse one.
"""

from __future__ import annotations

import contextlib
import json
import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from studio.train import checkpoint

Gradients = tuple[Tensor | None, ...]
REMEMBERED = 0.97  # of the mean losses, from step to step


class Run(Protocol):
    """A trainer with a budget in seconds of processor time; ``counts`` tells what it has learnt from."""

    budget: float
    cpu_seconds: float

    @property
    def counts(self) -> dict[str, int]: ...

    def step(self) -> dict[str, float]: ...

    def state(self) -> dict[str, Any]: ...


def train(run: Run, out: Path, report_seconds: float) -> Iterator[dict[str, float]]:
    """Train until the budget is spent; a record now and then goes to ``log.jsonl``, and with it
    ``state.pt`` is renewed.
    """
    out.mkdir(parents=True, exist_ok=True)
    reported, mean = time.monotonic(), dict[str, float]()
    while run.cpu_seconds < run.budget:
        losses = run.step()
        mean = {n: REMEMBERED * mean.get(n, x) + (1 - REMEMBERED) * x for n, x in losses.items()}
        if time.monotonic() - reported > report_seconds:
            yield report(run, mean, out)
            reported = time.monotonic()
    yield report(run, mean, out)


def report(run: Run, losses: Mapping[str, float], out: Path) -> dict[str, float]:
    """Append a line to the log and renew the checkpoint."""
    record = {**run.counts, "cpu_minutes": round(run.cpu_seconds / 60, 2)}
    record |= {name: round(value, 5) for name, value in losses.items()}
    with (out / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(json.dumps(record) + "\n")
    checkpoint.save(out / "state.pt", run.state())
    return record


def schedule(progress: float, warmup: float) -> float:
    """The learning rate's share: a short rise, then half a cosine."""
    if progress < warmup:
        return max(0.02, progress / warmup)
    return 0.5 * (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup))) + 1e-3


@cache
def knows_bfloat16(device: str) -> bool:
    """Whether a kind of device multiplies in bfloat16 by itself.

    Others take 2 to 7 times as long as in float32, because torch works it out number by number.
    """
    if device == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    known = getattr(torch.cpu, "get_capabilities", dict)() if device == "cpu" else {}
    return any(known.get(name) for name in ("avx512_bf16", "amx_bf16", "bf16"))


def bfloat16(device: str = "cpu") -> contextlib.AbstractContextManager[Any]:
    """Mixed precision where the device knows it, without torch's cache of cast weights.

    The cache is one for all threads, and any thread that leaves its context empties it, so that the order of
    threads would decide where gradients are rounded.
    """
    if not knows_bfloat16(device):
        return contextlib.nullcontext()
    return torch.autocast(device, torch.bfloat16, cache_enabled=False)


def gradients(loss: Tensor, module: nn.Module) -> Gradients:
    """The gradient of each parameter, None where the loss does not depend on it."""
    return torch.autograd.grad(loss, list(module.parameters()), allow_unused=True)


def summed(jobs: Iterable[Gradients]) -> list[Tensor | None]:
    """The sum of each parameter's gradients over the parts of a batch."""
    return [added(parts) for parts in zip(*jobs, strict=True)]


def added(parts: Sequence[Tensor | None]) -> Tensor | None:
    """The sum of the gradients there are."""
    known = [part for part in parts if part is not None]
    return sum(known[1:], known[0]) if known else None


def assign(parameters: Iterable[nn.Parameter], found: Iterable[Tensor | None]) -> None:
    """Give parameters their gradients, each in its parameter's order of memory.

    Second derivatives and sums over processes come in another order than ``channels_last`` parameters have,
    and the fused optimisers pair numbers by their place in memory.
    """
    for parameter, gradient in zip(parameters, found, strict=True):
        if gradient is not None and gradient.stride() != parameter.stride():
            gradient = torch.empty_like(parameter).copy_(gradient)
        parameter.grad = gradient


def update(optimiser: torch.optim.Optimizer, net: nn.Module, parts: Iterable[Gradients]) -> None:
    """One optimiser step with the sum of the parts' gradients, its norm kept at most 1."""
    assign(net.parameters(), summed(parts))
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimiser.step()


def pace(seen: int, batch: int, half_life: float) -> float:
    """What a batch weighs in an exponential average whose half-life grows with what was seen."""
    return 1 - 0.5 ** (batch / min(half_life, seen * 0.1))


@torch.no_grad()
def average(mean: nn.Module, net: nn.Module, seen: int, batch: int, half_life: float) -> None:
    """Exponential average of a network's parameters after a batch."""
    weight = pace(seen, batch, half_life)
    for old, new in zip(mean.parameters(), net.parameters(), strict=True):
        old.lerp_(new, weight)
