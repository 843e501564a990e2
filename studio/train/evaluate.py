"""Measure a generator against held-out pictures, beside a baseline and the floor that training pictures
themselves set.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from studio.train import checkpoint
from studio.train.datasets import PictureSet
from studio.train.features import FeatureNet, accuracy, embed, fit, new
from studio.train.metrics import Scores, compare
from studio.train.sheets import sample

SEEDS = (100, 101)  # of the feature network and of the control
MOST = 5_000


@dataclass(frozen=True)
class Judge:
    """Feature network, independent control classifier, and the features of real pictures."""

    net: FeatureNet
    control: FeatureNet
    data: PictureSet
    held_out: PictureSet
    training: Tensor
    reference: Tensor

    @property
    def size(self) -> int:
        """Pictures in each compared set."""
        return len(self.reference)


def judge(data: PictureSet, held_out: PictureSet, nets: tuple[FeatureNet, FeatureNet]) -> Judge:
    """Embed the real pictures by the first network; the second is the control."""
    some = torch.randperm(len(held_out), generator=torch.Generator().manual_seed(0))[:MOST].numpy()
    part = PictureSet(held_out.images[some], held_out.labels[some], held_out.names)
    features = [embed(nets[0], d.pictures(slice(None))) for d in (data, part)]
    return Judge(*nets, data, part, features[0], features[1])


def networks(data: PictureSet, images: int, flip: bool, cache: Path) -> tuple[FeatureNet, FeatureNet]:
    """Feature network and control classifier, trained on ``images`` pictures each, or read from ``cache``."""
    if not cache.is_file():
        fitted = [fit(data, images, seed, flip) for seed in SEEDS]
        checkpoint.save(cache, {str(i): net.state_dict() for i, net in enumerate(fitted)})
    state, nets = checkpoint.load(cache), []
    for i in range(len(SEEDS)):
        net = new(data)
        net.load_state_dict(state[str(i)])
        nets.append(net.eval().requires_grad_(False))
    return nets[0], nets[1]


def mean_scores(scores: list[Scores]) -> dict[str, float]:
    """Average of several draws."""
    rows = [asdict(s) for s in scores]
    return {key: sum(row[key] for row in rows) / len(rows) for key in rows[0]}


def score(judge: Judge, generator: nn.Module, draws: int, psi: float = 1.0) -> dict[str, Any]:
    """Scores of a generator told the held-out pictures' own labels, averaged over draws, and the control's
    accuracy.
    """
    labels = torch.from_numpy(judge.held_out.labels)
    scores, right = [], []
    for seed in range(draws):
        pictures = sample(generator.eval(), labels, 1000 + seed, psi).clamp(-1, 1)
        scores.append(compare(embed(judge.net, pictures), judge.reference, judge.training))
        right.append(torch.tensor(accuracy(judge.control, pictures, labels)))
    return {**mean_scores(scores), "accuracy": torch.stack(right).mean(0).tolist()}


def floor(judge: Judge, draws: int) -> dict[str, Any]:
    """The same scores for training pictures, one of the same widest condition for each held-out picture, and
    the
    control's accuracy on the held-out ones.
    """
    scores = []
    for seed in range(draws):
        some = matching(judge, seed)
        scores.append(compare(judge.training[some], judge.reference, judge.training))
    pictures, labels = judge.held_out.pictures(slice(None)), torch.from_numpy(judge.held_out.labels)
    result = {**mean_scores(scores), "accuracy": accuracy(judge.control, pictures, labels)}
    result.pop("copies")
    return result


def matching(judge: Judge, seed: int) -> Tensor:
    """For each held-out picture the row of a random training picture with the same value of the widest
    condition.
    """
    widest = max(range(judge.data.labels.shape[1]), key=lambda i: len(judge.data.conditions[i]["values"]))
    known, asked = (torch.from_numpy(d.labels[:, widest]) for d in (judge.data, judge.held_out))
    rng, rows = torch.Generator().manual_seed(seed), torch.empty(len(asked), dtype=torch.long)
    for value in asked.unique():
        choices, places = (known == value).nonzero()[:, 0], (asked == value).nonzero()[:, 0]
        rows[places] = choices[torch.randint(len(choices), (len(places),), generator=rng)]
    return rows
