"""Distances between sets of features (N, D); smaller is better, except for precision and recall."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


def frechet(a: Tensor, b: Tensor) -> float:
    """Fréchet distance of two Gaussians fitted to the sets (Heusel et al. 2017).

    |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)); the last trace is the sum of the square roots of the
    eigenvalues
    of C1^(1/2) C2 C1^(1/2), which is symmetric.
    """
    a, b = a.double(), b.double()
    root = matrix_root(torch.cov(a.t()))
    cross = torch.linalg.eigvalsh(root @ torch.cov(b.t()) @ root).clamp(min=0).sqrt().sum()
    spread = torch.cov(a.t()).trace() + torch.cov(b.t()).trace() - 2 * cross
    return float((a.mean(0) - b.mean(0)).square().sum() + spread)


def matrix_root(c: Tensor) -> Tensor:
    """Symmetric square root of a positive semi-definite matrix."""
    values, vectors = torch.linalg.eigh(c)
    return (vectors * values.clamp(min=0).sqrt()) @ vectors.t()


def kernel_distance(a: Tensor, b: Tensor) -> float:
    """Unbiased squared maximum mean discrepancy with the kernel (x.y/D + 1)^3 (Binkowski et al. 2018)."""
    a, b = a.double(), b.double()

    def kernel(x: Tensor, y: Tensor) -> Tensor:
        return (x @ y.t() / x.shape[1] + 1) ** 3

    n, m = len(a), len(b)
    within_a = (kernel(a, a).sum() - kernel(a, a).diagonal().sum()) / (n * (n - 1))
    within_b = (kernel(b, b).sum() - kernel(b, b).diagonal().sum()) / (m * (m - 1))
    return float(within_a + within_b - 2 * kernel(a, b).mean())


def coverage(centres: Tensor, points: Tensor, k: int) -> float:
    """Share of ``points`` inside a ball around one of ``centres`` that reaches its k-th nearest other
    centre.
    """
    radii = torch.cdist(centres, centres).kthvalue(k + 1, dim=1).values
    inside = torch.cat([(torch.cdist(part, centres) <= radii).any(1) for part in points.split(1024)])
    return float(inside.double().mean())


def precision_recall(real: Tensor, fake: Tensor, k: int = 3) -> tuple[float, float]:
    """Improved precision and recall (Kynkäänniemi et al. 2019): how many fakes look real, how much of real
    is made.
    """
    return coverage(real, fake, k), coverage(fake, real, k)


def density_coverage(real: Tensor, fake: Tensor, k: int = 5) -> tuple[float, float]:
    """Density and coverage (Naeem et al. 2020): around how many real pictures a made one lies, as a share of
    k (1 where both are of one source), and the share of real pictures that have a made one around them.
    """
    radii = torch.cdist(real, real).kthvalue(k + 1, dim=1).values
    counts, covered = 0, torch.zeros(len(real), dtype=torch.bool)
    for part in fake.split(1024):
        inside = torch.cdist(part, real) <= radii
        counts += int(inside.sum())
        covered |= inside.any(0)
    return counts / (k * len(fake)), float(covered.double().mean())


def crowding(points: Tensor, training: Tensor) -> float:
    """How near points lie to training pictures, beside how near those lie to one another: medians' ratio.

    About 1 for new pictures of the same source, 0 for copies.
    """
    own = torch.cat([torch.cdist(part, training).kthvalue(2, dim=1).values for part in training.split(1024)])
    return float(nearest(points, training).median() / own.median().clamp(min=1e-12))


def nearest(points: Tensor, training: Tensor) -> Tensor:
    """Distance (N,) of each point to its nearest training neighbour."""
    return torch.cat([torch.cdist(part, training).min(1).values for part in points.split(1024)])


def copy_rate(fake: Tensor, held_out: Tensor, training: Tensor, quantile: float = 0.05) -> float:
    """Share of fakes nearer to a training picture than all but ``quantile`` of the held-out pictures are.

    About ``quantile`` when the generator does not copy, 1 when it only copies.
    """
    limit = nearest(held_out, training).quantile(quantile)
    return float((nearest(fake, training) < limit).double().mean())


def seam(pictures: Tensor) -> float:
    """How much neighbouring pixels of (N, C, H, W) differ across the edges when a picture is laid beside
    itself, as a share of how much they differ inside: about 1 where no seam can be seen.
    """
    across = torch.stack([(pictures.select(d, 0) - pictures.select(d, -1)).abs().mean() for d in (2, 3)])
    inside = torch.stack([pictures.diff(dim=d).abs().mean() for d in (2, 3)])
    return float(across.sum() / inside.sum().clamp(min=1e-12))


@dataclass(frozen=True)
class Scores:
    """One set of pictures against the held-out ones; all sets of equal size."""

    frechet: float
    kernel: float
    precision: float
    recall: float
    density: float
    coverage: float
    copies: float


def compare(fake: Tensor, held_out: Tensor, training: Tensor) -> Scores:
    """Every metric of features (N, D) against held-out ones (M, D), copies against the training ones."""
    precision, recall = precision_recall(held_out, fake)
    return Scores(
        frechet(fake, held_out),
        kernel_distance(fake, held_out),
        precision,
        recall,
        *density_coverage(held_out, fake),
        copy_rate(fake, held_out, training),
    )
