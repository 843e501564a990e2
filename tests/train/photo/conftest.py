"""A few invented photographs, and recipes small enough for a test."""

import json
import os
import tempfile
from pathlib import Path

import numpy as np
import pytest

from studio.train.photo import photographs

# torch sets this variable by itself at an optimiser's first step, which the leak check would blame on a test.
os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", tempfile.gettempdir())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four pictures 96 x 128 of soft colours with hard edges; the last is held out."""
    rng, rows, parts = np.random.default_rng(0), [], []
    for i in range(4):
        y, x = np.mgrid[:96, :128]
        wave = np.sin(x / rng.uniform(3, 9) + i)[..., None] * np.sin(y / rng.uniform(3, 9))[..., None]
        pixels = 128 + 60 * wave * rng.uniform(0.3, 1, 3) + 50 * (x > 64)[..., None]
        rows.append({"name": f"set/{i}.jpg", "height": 96, "width": 128, "held_out": i == 3})
        parts.append(pixels.clip(0, 255).astype(np.uint8).reshape(-1, 3))
    out = tmp_path / "photographs"
    out.mkdir()
    np.save(out / "pictures.npy", np.concatenate(parts))
    (out / "index.json").write_text(json.dumps(rows), "utf-8")
    return out


@pytest.fixture
def pictures(folder: Path) -> list[photographs.Photograph]:
    """The training part."""
    return photographs.load(folder)
