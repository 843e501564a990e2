"""Measure melody models: ``python -m studio.train.music.measure --data DIR --model NAME=STATE ... --out
FILE``.

Each model writes tunes for every held-out frame (kind, meter, mode, bars), by plain sampling, two for each.
The same numbers are taken of the training set and of the held-out tunes themselves. Critics that see whole
phrases both ways are trained afresh to tell a model's tunes from the corpus; their accuracy is on tunes
neither they nor the model saw.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from torch.nn import functional as F

from studio.nets.melody import Critic, Melody
from studio.nets.melody_code import Frame
from studio.nets.melody_sampling import Plan, Steps, Writer, steps_of
from studio.train import checkpoint
from studio.train.music.data import Piece, load
from studio.train.music.fit import held_out
from studio.train.music.statistics import Tune, compared, runs

GROUP = 48
TAKES = (1, 2)  # seeds of the tunes that are written for each held-out frame
LEARN, EPOCHS = 1200, 4  # tunes of each side that a critic learns from, and how often it sees them
CRITICS = (0, 1, 2)  # seeds of the critics


def write(net: Melody, frames: Sequence[Frame], seed: int) -> list[Tune]:
    """A tune for each frame."""
    net.eval()
    draw, made = torch.Generator().manual_seed(seed), []
    for start in range(0, len(frames), GROUP):
        group = frames[start : start + GROUP]
        writer = Writer(net, [Plan(frame, {}, range(frame.bars + 1)) for frame in group], draw)
        for _ in writer.run():
            pass
        made += [(f, [t[b] for b in sorted(t)]) for f, t in zip(group, writer.made, strict=True)]
    return made


def steps(tunes: Sequence[Tune]) -> Steps:
    """Tunes as the critic reads them."""
    bars = [dict(enumerate(tune[1])) for tune in tunes]
    return steps_of([tune[0] for tune in tunes], bars, [sorted(bar) for bar in bars])


def verdict(critic: Critic, tunes: Sequence[Tune]) -> torch.Tensor:
    """(N,) logits for whole tunes: the mean over their notes."""
    read = steps(tunes)
    logits = critic(read.contexts, read.pitch, read.length, read.mask)
    return (logits * read.mask).sum(1) / read.mask.sum(1)


def fresh_critic(
    real: Sequence[Tune], made: Sequence[Tune], test: tuple[Sequence[Tune], Sequence[Tune]], seed: int
) -> float:
    """Train a critic on (real, made); the share of right verdicts on test tunes, 0.5 is chance."""
    torch.manual_seed(seed)
    rng = np.random.Generator(np.random.PCG64(seed))
    critic = Critic(causal=False)
    optimizer = torch.optim.AdamW(critic.parameters(), 1e-3, weight_decay=0.02)
    critic.train()
    for _ in range(EPOCHS):
        for _ in range(0, len(real), 16):
            rows = rng.integers(0, len(real), 16)
            yes = verdict(critic, [real[i] for i in rows])
            no = verdict(critic, [made[i] for i in rng.integers(0, len(made), 16)])
            loss = F.softplus(-yes).mean() + F.softplus(no).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    critic.eval()
    with torch.no_grad():
        yes = [float(v > 0) for tunes in chunks(test[0]) for v in verdict(critic, tunes)]
        no = [float(v < 0) for tunes in chunks(test[1]) for v in verdict(critic, tunes)]
    return float(np.mean(yes) + np.mean(no)) / 2


def judged(
    real: Sequence[Tune], made: Sequence[Tune], test: tuple[Sequence[Tune], Sequence[Tune]]
) -> dict[str, float]:
    """Accuracy of several fresh critics: its mean, and its standard deviation over their seeds."""
    found = [fresh_critic(real, made, test, seed) for seed in CRITICS]
    typer.echo(f"critics: {found}")
    return {
        "critic accuracy": round(float(np.mean(found)), 4),
        "critic spread": round(float(np.std(found, ddof=1)), 4),
    }


def chunks(tunes: Sequence[Tune]) -> list[Sequence[Tune]]:
    """Tunes in groups of like size."""
    return [tunes[i : i + GROUP] for i in range(0, len(tunes), GROUP)]


def as_tunes(pieces: Sequence[Piece]) -> list[Tune]:
    """Pieces of the data set as tunes."""
    return [(piece.frame, piece.bars) for piece in pieces]


def measure(models: dict[str, Melody], train: Sequence[Piece], held: Sequence[Piece]) -> dict[str, Any]:
    """All numbers of all models, of the training set and of the held-out tunes."""
    known = {run for tune in as_tunes(train) for run in runs(tune)}
    rng = np.random.Generator(np.random.PCG64(0))
    some = [train[i] for i in rng.permutation(len(train))[:LEARN]]
    target, learn = as_tunes(held), as_tunes(some)
    half = len(target) // 2
    report: dict[str, Any] = {
        "held-out tunes": len(held),
        "held-out": compared(target, target, known),
        "held-out halves": compared(target[:half], target[half:], known),
        "training": {k: v for k, v in compared(learn, target, known).items() if k != "known runs"},
    }
    for name, net in models.items():
        made = [tune for seed in TAKES for tune in write(net, [piece.frame for piece in held], seed)]
        practice = write(net, [piece.frame for piece in some], len(TAKES) + 1)
        report[name] = {
            "held-out likelihood": round(held_out(net, held), 4),
            **compared(made, target, known),
            **judged(learn, practice, (target, made)),
        }
        typer.echo(json.dumps({name: report[name]}))
    return report


def main(
    data: Annotated[Path, typer.Option(help="Folder with tunes.json")],
    model: Annotated[list[str], typer.Option(help="NAME=state.pt")],
    out: Annotated[Path, typer.Option(help="JSON file to write")],
) -> None:
    """Measure melody models against the held-out tunes."""
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    train, held = load(data)
    models: dict[str, Melody] = {}
    for word in model:
        name, _, path = word.partition("=")
        models[name] = Melody()
        models[name].load_state_dict(checkpoint.load(Path(path))["net"])
    out.write_text(json.dumps(measure(models, train, held), indent=1), "utf-8")


if __name__ == "__main__":
    typer.run(main)
