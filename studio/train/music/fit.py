"""Maximum-likelihood training: ``python -m studio.train.music.fit --data DIR --out DIR [--resume]``.

AdamW, warm-up and cosine decay over the budget of processor minutes. ``--start`` begins from shipped weights
instead of at random. Every minute the state is kept and a line of ``log.jsonl`` written; the held-out
likelihood in it is for looking only, nothing is chosen by it.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")

import json
import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from safetensors.torch import load_file
from torch import Tensor

from studio.nets.melody import Melody
from studio.nets.melody_sampling import Steps, log_odds, steps_of
from studio.train import checkpoint
from studio.train.music.data import Piece, batches, load, training_steps

NOTES = 2600  # in a batch
RATE, DECAY, WARM = 2e-3, 0.03, 80
EVERY = 60.0  # processor seconds between two lines of the log


def likelihood(net: Melody, steps: Steps) -> Tensor:
    """Log-likelihood of each note (N, T), 0 where there is none."""
    features, _ = net(steps.contexts)
    pitch, length = log_odds(net, features, steps)
    both = pitch.gather(-1, steps.pitch[..., None]) + length.gather(-1, steps.length[..., None])
    return both.squeeze(-1) * steps.mask


class Fit:
    """The state of a run."""

    def __init__(self, train: Sequence[Piece], held: Sequence[Piece], seed: int = 1) -> None:
        torch.manual_seed(seed)
        self.train, self.held = train, held
        self.net = Melody()
        self.optimizer = torch.optim.AdamW(self.net.parameters(), RATE, (0.9, 0.98), weight_decay=DECAY)
        self.steps = self.notes = 0
        self.seconds = 0.0
        self.rng = np.random.Generator(np.random.PCG64(seed))

    def state(self) -> dict[str, Any]:
        """All that `restore` needs."""
        return {
            "net": self.net.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "counts": [self.steps, self.notes, self.seconds],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a kept state; the order of tunes begins anew."""
        self.net.load_state_dict(state["net"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.steps, self.notes, self.seconds = state["counts"]
        self.rng = np.random.Generator(np.random.PCG64(self.steps))

    def step(self, pieces: Sequence[Piece], done: float) -> float:
        """One step at ``done`` (0..1) of the budget; the mean loss in nats a note."""
        rate = RATE * min(1.0, (self.steps + 1) / WARM) * (0.05 + 0.95 * (1 + math.cos(math.pi * done)) / 2)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.net.train()
        steps, weight = training_steps(pieces, self.rng)
        counted = torch.from_numpy(weight)
        loss = -(likelihood(self.net, steps) * counted).sum() / counted.sum()
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.optimizer.step()
        self.steps += 1
        self.notes += int(steps.mask.sum())
        return float(loss.detach())


@torch.no_grad()
def held_out(net: Melody, pieces: Sequence[Piece]) -> float:
    """Mean negative log-likelihood in nats a note of tunes in their natural order."""
    net.eval()
    total, count = 0.0, 0
    rng = np.random.Generator(np.random.PCG64(0))
    for group in batches(pieces, NOTES, rng):
        orders = [range(len(piece.bars)) for piece in group]
        steps = steps_of([p.frame for p in group], [p.tune for p in group], orders)
        total -= float(likelihood(net, steps).sum())
        count += int(steps.mask.sum())
    return total / count


def run(fit: Fit, out: Path, minutes: float) -> None:
    """Train until the run has had ``minutes`` of processor time in all."""
    budget, last, losses = 60 * minutes, fit.seconds, []
    clock = time.process_time()
    while fit.seconds < budget:
        for group in batches(fit.train, NOTES, fit.rng):
            losses.append(fit.step(group, fit.seconds / budget))
            fit.seconds, clock = fit.seconds + time.process_time() - clock, time.process_time()
            if fit.seconds >= budget:
                break
            if fit.seconds - last > EVERY:
                keep(fit, out, losses)
                last, losses = fit.seconds, []
    keep(fit, out, losses)


def keep(fit: Fit, out: Path, losses: list[float]) -> None:
    """Write the state and a line of the log."""
    checkpoint.save(out / "state.pt", fit.state())
    line = {
        "minutes": round(fit.seconds / 60, 2),
        "steps": fit.steps,
        "notes": fit.notes,
        "train": round(float(np.mean(losses)), 4) if losses else None,
        "held_out": round(held_out(fit.net, fit.held[::4]), 4),
    }
    with (out / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    typer.echo(json.dumps(line))


def main(
    data: Annotated[Path, typer.Option(help="Folder with tunes.json")],
    out: Annotated[Path, typer.Option(help="Folder for log and state")],
    cpu_minutes: Annotated[float, typer.Option(help="Processor minutes in all")] = 13.0,
    resume: Annotated[bool, typer.Option(help="Go on from the state in OUT")] = False,
    start: Annotated[Path | None, typer.Option(help="Shipped weights (.safetensors) to begin from")] = None,
) -> None:
    """Train the melody model by maximum likelihood."""
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    torch.set_flush_denormal(True)
    fit = Fit(*load(data))
    if start is not None:
        fit.net.load_state_dict({name: value.float() for name, value in load_file(start).items()})
    out.mkdir(parents=True, exist_ok=True)
    if resume:
        fit.restore(checkpoint.load(out / "state.pt"))
    run(fit, out, cpu_minutes)


if __name__ == "__main__":
    typer.run(main)
