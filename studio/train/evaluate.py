"""Measure a generator against held-out pictures, beside a baseline and the floor that training pictures
themselves set.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from studio.train.datasets import PictureSet
from studio.train.features import FeatureNet, accuracy, embed, fit
from studio.train.metrics import Scores, compare
from studio.train.sheets import sample

CONTROL_SEED = 101
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


def judge(data: PictureSet, held_out: PictureSet, images: int, flip: bool) -> Judge:
    """Train both classifiers on the training part and embed the real pictures; ``images`` are seen by
    each.
    """
    net, control = fit(data, images, 100, flip), fit(data, images, CONTROL_SEED, flip)
    some = torch.randperm(len(held_out), generator=torch.Generator().manual_seed(0))[:MOST].numpy()
    part = PictureSet(held_out.images[some], held_out.labels[some], held_out.names)
    features = [embed(net, d.pictures(slice(None))) for d in (data, part)]
    return Judge(net, control, data, part, features[0], features[1])


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
    """The same scores for as many training pictures drawn at random, and the control's accuracy on held-out
    ones.
    """
    scores = []
    for seed in range(draws):
        some = torch.randperm(len(judge.training), generator=torch.Generator().manual_seed(seed))[
            : judge.size
        ]
        scores.append(compare(judge.training[some], judge.reference, judge.training))
    pictures, labels = judge.held_out.pictures(slice(None)), torch.from_numpy(judge.held_out.labels)
    result = {**mean_scores(scores), "accuracy": accuracy(judge.control, pictures, labels)}
    result.pop("copies")
    return result
