"""Batch statistics of an averaged generator's own pictures."""

from __future__ import annotations

import torch
from torch import nn

from studio.train.datasets import Data
from studio.train.sheets import sample_batch

PICTURES, BATCH = 256, 32


@torch.no_grad()
def settle(net: nn.Module, data: Data, seed: int = 0) -> nn.Module:
    """Measure a generator's batch statistics anew, over pictures it makes now; returns it in eval mode.

    The statistics kept while training are those of the last weights in a hurry. Averaged weights make other
    features, and drawn with those statistics their colours are off ("standing statistics", Brock et al. 2019,
    appendix). Labels are drawn as often as the data has them. A network without batch norms is left alone.
    """
    norms = [part for part in net.modules() if isinstance(part, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean over all batches
    rng = torch.Generator().manual_seed(seed)
    rows = torch.randint(len(data), (PICTURES if norms else 0,), generator=rng)
    labels = torch.from_numpy(data.labels)[rows]
    net.train()
    for part in labels.split(BATCH) if norms else ():
        sample_batch(net, part, rng, 1.0)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    return net.eval()
