"""A small invented data set: two classes of stripes."""

import os
import tempfile
from pathlib import Path

import numpy as np
import pytest

from studio.train import datasets
from studio.train.prepare import condition, write

# torch sets this variable by itself at an optimiser's first step, which the leak check would blame on a test.
os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", tempfile.gettempdir())


@pytest.fixture
def stripes_folder(tmp_path: Path) -> Path:
    """64 pictures 32 x 32 x 3, the last 16 held out."""
    return make_stripes(tmp_path)


def make_stripes(tmp_path: Path) -> Path:
    """The same, for fixtures that live longer than a test."""
    rng, labels = np.random.default_rng(0), np.arange(64)[:, None] % 2
    images = rng.integers(0, 40, (64, 32, 32, 3))
    images[labels[:, 0] == 0, ::2] += 180
    images[labels[:, 0] == 1, :, ::2] += 180
    names = {"name": "stripes", "channels": ["r", "g", "b"]}
    names["conditions"] = [condition("way", ("across", "down"), labels[:48, 0])]
    write(tmp_path / "stripes", images, labels, np.repeat([0, 1], [48, 16]), names)
    return tmp_path / "stripes"


@pytest.fixture
def stripes(stripes_folder: Path) -> datasets.PictureSet:
    """The training part."""
    return datasets.load(stripes_folder)
