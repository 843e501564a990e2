"""A few steps of each recipe, in as many processes as ``torchrun`` started; the first writes what came of
them: ``two_processes.py DATA RECIPE OUT [RECIPE OUT ...]``.
"""

import sys
from pathlib import Path

import torch

from studio.engine import recipe
from studio.train import datasets
from studio.train.team import Team
from studio.train.trainer import Trainer


def main(data: str, *pairs: str) -> None:
    team = Team(cpu=True)
    for plan, out in zip(pairs[::2], pairs[1::2], strict=True):
        steps(team, Path(data), Path(plan), Path(out))
    team.close()


def steps(team: Team, data: Path, plan: Path, out: Path) -> None:
    trainer = Trainer(recipe.read(plan), datasets.load(data), team)
    losses = [trainer.step()]
    nets = {"g": trainer.g, "d": trainer.d}
    gradients = {f"{k}.{n}": p.grad for k, net in nets.items() for n, p in net.named_parameters()}
    kept = {name: gradient.clone() for name, gradient in gradients.items() if gradient is not None}
    losses += [trainer.step() for _ in range(3)]
    trainer.close()
    if team.main:
        torch.save({"size": team.size, "losses": losses, "gradients": kept}, out)


if __name__ == "__main__":
    main(*sys.argv[1:])
