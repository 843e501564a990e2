"""A folder of pictures, and generators to put them through."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from studio.engine.plugins import Registry

PLUGINS = Path(__file__).parent / "plugins"


@pytest.fixture
def registry() -> Registry:
    """The generators for tests."""
    found = Registry(built_in=[PLUGINS])
    assert not found.discover(entry_points=False).notices
    return found


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Four pictures of different kinds, a broken one, a text, and one in a folder below."""
    folder = tmp_path / "in"
    (folder / "below").mkdir(parents=True)
    random = np.random.default_rng(0)
    exif = Pillow.Exif()
    exif[0x010F] = "A Camera"
    rgb = Pillow.fromarray(random.integers(0, 255, (20, 30, 3), np.uint8))
    rgb.save(folder / "a.jpg", exif=exif, quality=95)
    rgb.save(folder / "a.png")
    Pillow.fromarray(random.integers(0, 255, (10, 12, 4), np.uint8)).save(folder / "b.png")
    Pillow.fromarray(random.integers(0, 65535, (20, 30)).astype(np.uint16)).save(folder / "deep.png")
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    (folder / "words.txt").write_text("no picture")
    rgb.save(folder / "below" / "a.png")
    return folder
