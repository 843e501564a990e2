"""Adversarial training: ``python -m studio.train.music.adversarial --data DIR --start STATE --out DIR``.

In the manner of TextGAIL (Wu et al. 2021): the generator, begun from the maximum-likelihood model, writes a
stock of tunes; a critic says what each of their notes did for or against their being taken for tunes of
people; the generator takes clipped policy-gradient steps (Schulman et al. 2017) by that, and then the critic
learns on this stock and on some of those before. A share of divergence from the model it began from, on the
corpus and with gaps to fill, keeps the generator from forgetting. What is kept is a running mean of its
weights. Before the first round the critic learns on a larger stock. A state is kept after each round;
``--resume`` goes on.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")

import copy
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from torch import Tensor

from studio.nets.melody import Melody
from studio.nets.melody_sampling import Plan, Steps, Writer, log_odds
from studio.train import checkpoint
from studio.train.music.data import Piece, load, training_steps
from studio.train.music.fit import held_out, likelihood
from studio.train.music.judge import Judge, groups, real

STOCK, FIRST = 512, 1536  # tunes of a round; of the stock that the critic learns on before the first
ALONE = 5  # passes of the critic over the first stock
OLD = 3  # stocks that are kept for the critic
ABREAST = 96  # tunes written side by side
LONGEST = 140  # notes of the tunes whose frames and phrases are used
APART = 10  # every tenth tune is kept from the critic, to see what it knows
RATE, CLIP, RATIO = 2e-5, 0.5, 0.2
HOLD = 1.5  # weight of the divergence from the first model, beside advantages of spread 1
MEAN = 0.98  # of the running mean of the weights


def compose(net: Melody, pieces: Sequence[Piece], rng: torch.Generator) -> list[Piece]:
    """A tune for the frame of each piece, written by the model by plain sampling."""
    net.eval()
    made: list[Piece] = []
    for start in range(0, len(pieces), ABREAST):
        frames = [piece.frame for piece in pieces[start : start + ABREAST]]
        writer = Writer(net, [Plan(frame, {}, range(frame.bars + 1)) for frame in frames], rng)
        for _ in writer.run():
            pass
        made += [
            Piece("", f, tuple(t[b] for b in sorted(t))) for f, t in zip(frames, writer.made, strict=True)
        ]
    return made


def clipped(now: Tensor, before: Tensor, advantage: Tensor) -> Tensor:
    """The clipped policy objective of each note, as a loss; log-likelihoods now and when it was written."""
    ratio = (now - before).exp()
    return -torch.minimum(ratio * advantage, ratio.clamp(1 - RATIO, 1 + RATIO) * advantage)


def divergence(net: Melody, first: Melody, steps: Steps) -> Tensor:
    """(N, T) Kullback-Leibler divergence of the words' odds from those of the first model, in nats."""
    with torch.no_grad():
        theirs = log_odds(first, first(steps.contexts)[0], steps)
    mine = log_odds(net, net(steps.contexts)[0], steps)
    both = [(b.exp() * (b - a)).sum(-1) for a, b in zip(mine, theirs, strict=True)]
    return both[0] + both[1]


class Game:
    """The state of a run."""

    def __init__(self, train: Sequence[Piece], held: Sequence[Piece], seed: int = 1) -> None:
        torch.manual_seed(seed)
        short = [piece for piece in train if piece.notes <= LONGEST]
        self.train = [piece for i, piece in enumerate(short) if i % APART]
        self.apart, self.held = short[::APART], held
        self.net, self.judge = Melody(), Judge()
        self.optimizer = torch.optim.AdamW(self.net.parameters(), RATE, (0.9, 0.98), weight_decay=0.0)
        self.old: list[Piece] = []
        self.rounds, self.seconds = 0, 0.0
        self.rng, self.draw = np.random.Generator(np.random.PCG64(seed)), torch.Generator().manual_seed(seed)
        self.begin(self.net.state_dict())

    def begin(self, weights: dict[str, Tensor]) -> None:
        """Take the first model's weights."""
        self.net.load_state_dict(weights)
        self.net.eval()  # odds of written tunes are compared, so without dropout
        self.first, self.mean = copy.deepcopy(self.net), copy.deepcopy(self.net)

    def state(self) -> dict[str, Any]:
        """All that `restore` needs; ``net`` is the running mean."""
        return {
            "net": self.mean.state_dict(),
            "last": self.net.state_dict(),
            "judge": self.judge.state(),
            "optimizer": self.optimizer.state_dict(),
            "counts": [self.rounds, self.seconds],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a kept state; `begin` comes before."""
        self.net.load_state_dict(state["last"])
        self.mean.load_state_dict(state["net"])
        self.judge.restore(state["judge"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.rounds, self.seconds = state["counts"]
        self.rng = np.random.Generator(np.random.PCG64(self.rounds))
        self.draw.manual_seed(self.rounds)

    def stock(self, size: int) -> list[Piece]:
        """As many tunes by the generator, for frames of random tunes of the corpus."""
        rows = self.rng.integers(0, len(self.train), size)
        return compose(self.net, [self.train[i] for i in rows], self.draw)

    def round(self) -> dict[str, float]:
        """Write, judge, play; what it was like. ``apart``: its accuracy on a stock it has not seen."""
        if not self.rounds:
            self._teach(self.stock(FIRST))
        made = self.stock(STOCK)
        apart = self.judge.accuracy(self.apart, made)
        told = self._play(made)
        again = [self.old[i] for i in self.rng.permutation(len(self.old))[:STOCK]]
        critic = self.judge.learn(self.train, [*made, *again], self.rng)
        self.old = [*made, *self.old[: (OLD - 1) * STOCK]]
        self.rounds += 1
        return {"apart": apart, "critic": critic, **told}

    def _teach(self, made: list[Piece]) -> None:
        for _ in range(ALONE):
            loss, apart = self.judge.learn(self.train, made, self.rng), self.judge.accuracy(self.apart, made)
            typer.echo(f"critic alone: {loss:.4f} {apart:.3f}")
        self.judge.slow()
        self.old = made

    def _play(self, made: Sequence[Piece]) -> dict[str, float]:
        batches = [real(group) for group in groups(made, self.rng)]
        with torch.no_grad():
            before = [likelihood(self.net, steps) for steps in batches]
        raw = [self.judge.advantages(steps) for steps in batches]
        all_ = torch.cat([a[steps.mask] for a, steps in zip(raw, batches, strict=True)])
        mean, spread = all_.mean(), all_.std()
        far: list[float] = []
        for steps, old, advantage in zip(batches, before, raw, strict=True):
            mask = steps.mask.float()
            policy = clipped(likelihood(self.net, steps), old, (advantage - mean) / spread)
            corpus, weight = training_steps(
                [self.train[i] for i in self.rng.integers(0, len(self.train), len(mask))], self.rng
            )
            counted = torch.from_numpy(weight)
            hold = (divergence(self.net, self.first, corpus) * counted).sum() / counted.sum()
            self._take((policy * mask).sum() / mask.sum() + HOLD * hold)
            far.append(float(hold.detach()))
        return {"spread": float(spread), "divergence": float(np.mean(far))}

    def _take(self, loss: Tensor) -> None:
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), CLIP)
        self.optimizer.step()
        for kept, value in zip(self.mean.parameters(), self.net.parameters(), strict=True):
            kept.data.lerp_(value.data, 1 - MEAN)


def run(game: Game, out: Path, minutes: float) -> None:
    """Play rounds until the run has had ``minutes`` of processor time in all."""
    clock = time.process_time()
    while game.seconds < 60 * minutes:
        told = game.round()
        game.seconds, clock = game.seconds + time.process_time() - clock, time.process_time()
        keep(game, out, told)
        clock = time.process_time()


def keep(game: Game, out: Path, told: dict[str, float]) -> None:
    """Write the state and a line of the log; the held-out likelihood is for looking only."""
    checkpoint.save(out / "state.pt", game.state())
    line = {"minutes": round(game.seconds / 60, 2), "round": game.rounds}
    line |= {name: round(value, 4) for name, value in told.items()}
    line["held_out"] = round(held_out(game.mean, game.held[::8]), 4)
    with (out / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    typer.echo(json.dumps(line))


def main(
    data: Annotated[Path, typer.Option(help="Folder with tunes.json")],
    start: Annotated[Path, typer.Option(help="state.pt of the maximum-likelihood run")],
    out: Annotated[Path, typer.Option(help="Folder for log and state")],
    cpu_minutes: Annotated[float, typer.Option(help="Processor minutes in all")] = 25.0,
    resume: Annotated[bool, typer.Option(help="Go on from the state in OUT")] = False,
) -> None:
    """Train the melody model against a critic."""
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    torch.set_flush_denormal(True)
    game = Game(*load(data))
    game.begin(checkpoint.load(start)["net"])
    out.mkdir(parents=True, exist_ok=True)
    if resume:
        game.restore(checkpoint.load(out / "state.pt"))
    run(game, out, cpu_minutes)


if __name__ == "__main__":
    typer.run(main)
