"""Adversarial training: ``python -m studio.train.music.adversarial --data DIR --start STATE --out DIR``.

Policy gradient against a critic that judges a phrase after every note, as in ScratchGAN (de Masson d'Autume
et al. 2019), begun from the maximum-likelihood model and held to it by a share of its own objective. The
critic first learns alone. A state is kept every minute; ``--resume`` goes on.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from torch import Tensor
from torch.nn import functional as F

from studio.nets.melody import Critic, Melody
from studio.nets.melody_code import Frame
from studio.nets.melody_sampling import Plan, Steps, Writer, steps_of
from studio.train import checkpoint
from studio.train.music.data import Piece, load, training_steps
from studio.train.music.fit import held_out, likelihood

BATCH = 10
LONGEST = 120  # notes of the tunes whose frames and phrases are used
RATE, CRITIC_RATE = 2e-4, 1.5e-3
ALONE = 25  # steps of the critic before the generator begins
HOLD = 0.5  # weight of the likelihood objective
DISCOUNT = 0.9
EVERY = 20.0


@dataclass(frozen=True)
class Told:
    """What one step was like: critic's loss and share of right verdicts, the generator's mean reward."""

    critic: float
    right: float
    reward: float


def compose(net: Melody, frames: Sequence[Frame], rng: torch.Generator, temperature: float = 1.0) -> Steps:
    """Whole tunes for frames, written by the model, as steps in their natural order."""
    net.eval()
    plans = [Plan(frame, {}, range(frame.bars + 1)) for frame in frames]
    writer = Writer(net, plans, rng, temperature)
    for _ in writer.run():
        pass
    return steps_of(frames, writer.made, [range(frame.bars + 1) for frame in frames])


def real(pieces: Sequence[Piece]) -> Steps:
    """The steps of tunes as they stand."""
    return steps_of([p.frame for p in pieces], [p.tune for p in pieces], [range(len(p.bars)) for p in pieces])


def returns(rewards: Tensor, mask: Tensor) -> Tensor:
    """(N, T) rewards -> discounted sums of those to come."""
    out, total = torch.zeros_like(rewards), torch.zeros_like(rewards[:, 0])
    for step in reversed(range(rewards.shape[1])):
        total = rewards[:, step] * mask[:, step] + DISCOUNT * total
        out[:, step] = total
    return out


class Game:
    """The state of a run."""

    def __init__(self, train: Sequence[Piece], held: Sequence[Piece], seed: int = 1) -> None:
        torch.manual_seed(seed)
        self.train = [piece for piece in train if piece.notes <= LONGEST]
        self.held = held
        self.net, self.critic = Melody(), Critic()
        self.optimizer = torch.optim.AdamW(self.net.parameters(), RATE, (0.5, 0.98))
        self.judge = torch.optim.AdamW(self.critic.parameters(), CRITIC_RATE, (0.5, 0.98), weight_decay=0.02)
        self.baseline, self.steps, self.seconds = 0.0, 0, 0.0
        self.rng, self.draw = np.random.Generator(np.random.PCG64(seed)), torch.Generator().manual_seed(seed)

    def state(self) -> dict[str, Any]:
        """All that `restore` needs."""
        return {
            "net": self.net.state_dict(),
            "critic": self.critic.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "judge": self.judge.state_dict(),
            "counts": [self.baseline, self.steps, self.seconds],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a kept state."""
        self.net.load_state_dict(state["net"])
        self.critic.load_state_dict(state["critic"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.judge.load_state_dict(state["judge"])
        for optimizer, rate in ((self.optimizer, RATE), (self.judge, CRITIC_RATE)):
            for group in optimizer.param_groups:
                group["lr"] = rate
        self.baseline, self.steps, self.seconds = state["counts"]
        self.rng = np.random.Generator(np.random.PCG64(self.steps))
        self.draw.manual_seed(self.steps)

    def some(self) -> list[Piece]:
        """Random tunes of the training part."""
        return [self.train[i] for i in self.rng.integers(0, len(self.train), BATCH)]

    def step(self) -> Told:
        """One step of the critic, and one of the generator once the critic knows something."""
        pieces = self.some()
        made = compose(self.net, [piece.frame for piece in pieces], self.draw)
        loss, right = self._judge(real(self.some()), made)
        reward = self._play(made, pieces) if self.steps >= ALONE else 0.0
        self.steps += 1
        return Told(loss, right, reward)

    def _judge(self, tunes: Steps, made: Steps) -> tuple[float, float]:
        self.critic.train()
        yes, no = verdicts(self.critic, tunes), verdicts(self.critic, made)
        loss = F.softplus(-yes).mean() + F.softplus(no).mean()
        self.judge.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.critic.parameters(), 1.0)
        self.judge.step()
        right = (float((yes > 0).float().mean()) + float((no < 0).float().mean())) / 2
        return float(loss.detach()), right

    def _play(self, made: Steps, pieces: Sequence[Piece]) -> float:
        self.critic.eval()
        with torch.no_grad():
            logits = self.critic(made.contexts, made.pitch, made.length)
            rewards = 2 * logits.sigmoid() - 1
        mask = made.mask.float()
        gains = returns(rewards, made.mask)
        mean = float((gains * mask).sum() / mask.sum())
        self.baseline = mean if self.steps == ALONE else 0.9 * self.baseline + 0.1 * mean
        spread = float((((gains - self.baseline) ** 2 * mask).sum() / mask.sum()) ** 0.5) or 1.0
        advantage = (gains - self.baseline) / spread * mask
        self.net.train()
        policy = -(likelihood(self.net, made) * advantage).sum() / mask.sum()
        steps, weight = training_steps(pieces, self.rng)
        counted = torch.from_numpy(weight)
        anchor = -(likelihood(self.net, steps) * counted).sum() / counted.sum()
        self.optimizer.zero_grad()
        (policy + HOLD * anchor).backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 0.5)
        self.optimizer.step()
        return float((rewards * mask).sum() / mask.sum())


def verdicts(critic: Critic, steps: Steps) -> Tensor:
    """The critic's logits at all real steps, (M,)."""
    return critic(steps.contexts, steps.pitch, steps.length)[steps.mask]


def run(game: Game, out: Path, minutes: float) -> None:
    """Play until the run has had ``minutes`` of processor time in all."""
    last, clock, told = game.seconds, time.process_time(), []
    while game.seconds < 60 * minutes:
        told.append(game.step())
        game.seconds, clock = game.seconds + time.process_time() - clock, time.process_time()
        if game.seconds - last > EVERY:
            keep(game, out, told)
            last, told = game.seconds, []
    keep(game, out, told)


def keep(game: Game, out: Path, told: Sequence[Told]) -> None:
    """Write the state and a line of the log."""
    checkpoint.save(out / "state.pt", game.state())
    means = {
        name: round(float(np.mean([getattr(t, name) for t in told] or [0])), 4)
        for name in Told.__annotations__
    }
    line = {"minutes": round(game.seconds / 60, 2), "steps": game.steps, **means}
    line["held_out"] = round(held_out(game.net, game.held[::8]), 4)
    with (out / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    typer.echo(json.dumps(line))


def main(
    data: Annotated[Path, typer.Option(help="Folder with tunes.json")],
    start: Annotated[Path, typer.Option(help="state.pt of the maximum-likelihood run")],
    out: Annotated[Path, typer.Option(help="Folder for log and state")],
    cpu_minutes: Annotated[float, typer.Option(help="Processor minutes in all")] = 8.0,
    resume: Annotated[bool, typer.Option(help="Go on from the state in OUT")] = False,
) -> None:
    """Train the melody model against a critic."""
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    torch.set_flush_denormal(True)
    game = Game(*load(data))
    game.net.load_state_dict(checkpoint.load(start)["net"])
    out.mkdir(parents=True, exist_ok=True)
    if resume:
        game.restore(checkpoint.load(out / "state.pt"))
    run(game, out, cpu_minutes)


if __name__ == "__main__":
    typer.run(main)
