"""Tiles that cannot be told from the whole."""

from itertools import pairwise

import numpy as np
import pytest
from engine_kit import Studio, picture
from hypothesis import given
from hypothesis import strategies as st

from studio.engine.jobs import Request
from studio.engine.tiling import Array, spans, tiled
from studio.model.media import Image


def whole(steps: object) -> Array:
    """Run ``tiled`` to its end."""
    while True:
        try:
            next(steps)  # type: ignore[call-overload]
        except StopIteration as end:
            return end.value


@given(st.integers(1, 400), st.integers(1, 20), st.integers(1, 60))
def test_shares_sum_to_one_and_lie_inside(size: int, overlap: int, more: int) -> None:
    tile = 2 * overlap + more
    total = np.zeros(size)
    for span in spans(size, tile, overlap):
        assert 0 <= span.start < span.stop <= size and span.stop - span.start <= tile
        assert span.weight.min() >= 0
        total[span.start : span.stop] += span.weight
    assert np.allclose(total, 1, atol=1e-5)


@given(st.integers(1, 60), st.integers(1, 20), st.integers(1, 8), st.integers(1, 12))
def test_tiles_are_equal_aligned_and_share_twice_the_overlap(
    cells: int, overlap: int, align: int, more: int
) -> None:
    size = cells * align
    most = -(-(2 * overlap + align - 1 + more) // align) * align
    found = spans(size, most, overlap, align)
    sides = {span.stop - span.start for span in found}
    assert len(sides) == 1 and max(sides) <= most and max(sides) % align == 0
    assert found[0].start == 0 and found[-1].stop == size and all(s.start % align == 0 for s in found)
    assert all(a.stop - b.start >= min(2 * overlap, size) for a, b in pairwise(found))


def test_a_picture_a_little_larger_than_a_tile_is_cut_in_half_not_into_full_tiles() -> None:
    assert [(s.start, s.stop) for s in spans(512, 320, 28)] == [(0, 284), (228, 512)]


def test_a_tile_too_small_for_its_overlap_is_refused() -> None:
    with pytest.raises(ValueError, match="too small"):
        spans(100, 16, 8)


@pytest.mark.parametrize(("height", "width"), [(200, 131), (64, 300), (20, 20)])
def test_a_convolutional_network_gives_the_same_picture_in_tiles(height: int, width: int) -> None:
    """It looks 7 pixels to any side, three quarters of the overlap are 12."""
    import torch

    torch.manual_seed(0)
    layers = [torch.nn.Conv2d(3, 8, 3, padding=1), torch.nn.ReLU()]
    for _ in range(5):
        layers += [torch.nn.Conv2d(8, 8, 3, padding=1), torch.nn.ReLU()]
    net = torch.nn.Sequential(*layers, torch.nn.Conv2d(8, 3, 3, padding=1)).requires_grad_(False)

    def function(x: Array) -> Array:
        return net(torch.from_numpy(x).permute(2, 0, 1)[None])[0].permute(1, 2, 0).numpy()

    image = np.random.default_rng(0).random((height, width, 3), np.float32)
    difference = np.abs(whole(tiled(function, image, 64, 16)) - function(image)).max()
    assert difference <= 1 / 255 / 16


def test_enlarging_keeps_its_place() -> None:
    image = np.random.default_rng(0).random((50, 70, 3), np.float32)
    out = whole(tiled(lambda x: x.repeat(2, 0).repeat(2, 1), image, 24, 4, scale=2))
    assert np.allclose(out, image.repeat(2, 0).repeat(2, 1), atol=1e-6)


def test_a_function_that_returns_another_size_is_named() -> None:
    with pytest.raises(ValueError, match="came back 5 x 5, expected 20 x 20"):
        whole(tiled(lambda x: x[:5, :5], np.zeros((20, 20, 3), np.float32), 64, 8))


def test_progress_rises_to_one() -> None:
    shares = [share for _, share in tiled(lambda x: x, np.zeros((90, 90, 1), np.float32), 40, 5)]
    assert shares == sorted(shares) and shares[-1] == 1 and len(shares) == 9


def test_plugins_tile_with_previews_and_smaller_tiles_after_a_shortage(studio: Studio) -> None:
    studio.plugin(
        "soft",
        """
        def once(x):
            if ctx.shrink == 0:
                raise MemoryError
            return 1 - x
        return (yield from ctx.tiled(once, inputs["image"], tile=128, overlap=8))
        """,
        inputs="{'image': Image}",
    )
    image = Image(np.random.default_rng(0).integers(0, 256, (150, 150, 3), np.uint8))
    job = studio.engine.submit(Request("soft", {}, {"image": image}))
    studio.mail.wait_end(job)
    assert np.array_equal(studio.mail.result(job).value.pixels, 255 - image.pixels)
    assert len(studio.mail.previews(job)) == 9
    assert picture().width == 4
