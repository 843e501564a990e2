"""Batch statistics of an averaged generator's own pictures.

The statistics kept while training are those of the last weights in a hurry. Averaged weights make other
features, and drawn with those statistics their colours are off ("standing statistics", Brock et al. 2019,
appendix).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

import torch
from torch import nn

from studio.train.datasets import Data
from studio.train.sheets import sample_batch

PICTURES, BATCH = 256, 32


def settle(net: nn.Module, data: Data, seed: int = 0) -> nn.Module:
    """Measure a picture generator's batch statistics anew; returns it in eval mode.

    Labels are drawn as often as the data has them.
    """
    rng = torch.Generator().manual_seed(seed)
    labels = torch.from_numpy(data.labels)[torch.randint(len(data), (PICTURES,), generator=rng)]
    return measured_anew(net, (partial(sample_batch, net, part, rng, 1.0) for part in labels.split(BATCH)))


@torch.no_grad()
def measured_anew(net: nn.Module, passes: Iterable[Callable[[], object]]) -> nn.Module:
    """Make of a network's batch statistics the plain mean over some passes; returns it in eval mode.

    A network without batch norms is left alone.
    """
    norms = [part for part in net.modules() if isinstance(part, nn.BatchNorm2d | nn.BatchNorm3d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean
    net.train()
    for draw in passes if norms else ():
        draw()
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    return net.eval()
