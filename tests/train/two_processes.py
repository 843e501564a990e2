"""A few steps in as many processes as ``torchrun`` started; the first writes what came of them."""

import sys
from pathlib import Path

import torch

from studio.engine import recipe
from studio.train import datasets
from studio.train.team import Team
from studio.train.trainer import Trainer


def main(plan: str, data: str, out: str) -> None:
    team = Team(cpu=True)
    trainer = Trainer(recipe.read(Path(plan)), datasets.load(Path(data)), team)
    losses = [trainer.step()]
    nets = {"g": trainer.g, "d": trainer.d}
    gradients = {f"{k}.{n}": p.grad for k, net in nets.items() for n, p in net.named_parameters()}
    kept = {name: gradient.clone() for name, gradient in gradients.items() if gradient is not None}
    losses += [trainer.step() for _ in range(3)]
    trainer.close()
    if team.main:
        torch.save({"size": team.size, "losses": losses, "gradients": kept}, out)
    team.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
