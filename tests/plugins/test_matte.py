"""The generator `matte`: soft edges found within a band around a rough mask."""

import sys
from pathlib import Path

import numpy as np
import pytest

from studio.app.headless import headless
from studio.engine.events import Request
from studio.engine.plugins import Registry
from studio.model.errors import UserError
from studio.model.media import Image, Mask

MATTE = Path(__file__).parents[2] / "plugins"


@pytest.fixture
def registry() -> Registry:
    found = Registry(built_in=[MATTE])
    found.discover(entry_points=False)
    return found


def disc(side: int, radius: float, soft: float) -> np.ndarray:
    """Coverage of a disc whose edge is ``soft`` pixels wide."""
    y, x = np.mgrid[0:side, 0:side] - side / 2 + 0.5
    return ((radius - np.hypot(x, y)) / soft + 0.5).clip(0, 1).astype(np.float32)


def scene(side: int, alpha: np.ndarray) -> Image:
    """A warm disc before a cool, gently changing ground."""
    y, x = np.mgrid[0:side, 0:side] / side
    ground = np.stack([0.1 + 0.1 * x, 0.3 + 0.1 * y, 0.7 - 0.1 * x], -1)
    warm = np.stack([0.9 - 0.1 * y, 0.6 + 0.05 * x, 0.2 + 0 * x], -1)
    pixels = alpha[..., None] * warm + (1 - alpha[..., None]) * ground
    return Image((pixels * 65535 + 0.5).astype(np.uint16))


def refine(registry: Registry, image: Image, mask: np.ndarray, **params: object) -> Image:
    with headless(registry) as face:
        return face.make(Request("matte", params, {"image": image, "mask": Mask(mask)})).images[0]


@pytest.mark.parametrize("side", [120, 1500])
def test_a_soft_edge_is_found_from_a_hard_mask(registry: Registry, side: int) -> None:
    true = disc(side, side * 0.3, side * 0.06)
    rough = (disc(side, side * 0.31, 1) > 0.5).astype(np.uint8) * 255
    made = refine(registry, scene(side, true), rough, band=int(side * 0.08))
    alpha = made.array("float32", 4)[..., 3]
    band = (true > 0) & (true < 1)
    before = np.abs(rough / 255 - true)[band].mean()
    after = np.abs(alpha - true)[band].mean()
    assert made.pixels.dtype == np.uint16
    assert after < 0.35 * before and np.abs(alpha - true)[~band].mean() < 0.02


def test_the_old_background_is_taken_out_of_the_edge(registry: Registry) -> None:
    true = disc(120, 36, 10)
    rough = (true > 0.5).astype(np.uint8) * 255
    picture = scene(120, true)
    clean = refine(registry, picture, rough, band=10).array("float32", 4)
    plain = refine(registry, picture, rough, band=10, clean=False).array("float32", 4)
    half = (true > 0.3) & (true < 0.7)
    assert np.array_equal(plain[..., :3], picture.array("float32", 3))
    assert clean[half, 2].mean() < plain[half, 2].mean() - 0.1  # the ground is blue


def test_grey_parts_of_the_mask_are_open_without_a_band(registry: Registry) -> None:
    true = disc(120, 36, 10)
    given = np.where(disc(120, 30, 1) > 0.5, 255, np.where(disc(120, 44, 1) > 0.5, 128, 0)).astype(np.uint8)
    alpha = refine(registry, scene(120, true), given, band=0).array("float32", 4)[..., 3]
    assert np.abs(alpha - true).mean() < 0.03


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (np.zeros((20, 20), np.uint8), "mask is empty"),
        (np.full((20, 20), 255, np.uint8), "covers everything"),
        (np.ones((9, 20), np.uint8), "differ in size"),
        (np.full((20, 20), np.nan, np.float32), "mask is empty"),
    ],
)
def test_masks_that_cannot_be_refined(registry: Registry, mask: np.ndarray, words: str) -> None:
    with pytest.raises(UserError, match=words):
        refine(registry, scene(20, disc(20, 6, 2)), mask)


def test_fits_do_not_bend_what_is_linear_in_the_colours(registry: Registry) -> None:
    assert registry.get("matte")
    module = next(name for name in sys.modules if name.startswith("studio_plugin_matte") and "closed" in name)
    windows = sys.modules[module].Windows(
        np.random.default_rng(0).random((12, 14, 3)).astype(np.float32), lambda: None
    )
    colours = windows._colours
    assert np.abs(windows.laplacian(colours @ [0.5, -0.2, 0.4] + 0.1)).max() < 1e-3
    values = np.random.default_rng(1).random((2, 12, 14))
    assert np.isclose(
        (values[0] * windows.laplacian(values[1])).sum(),
        (values[1] * windows.laplacian(values[0])).sum(),
        rtol=0.05,
    )
