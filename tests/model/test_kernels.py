"""The two ways to mix words, and the promise that a pixel's result depends on that pixel alone."""

from importlib.machinery import EXTENSION_SUFFIXES

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model import kernels, native
from studio.model.kernels import faded, mix_words, over
from studio.model.nodes import Blend


@pytest.fixture
def fresh_mixer():
    """Forget which library was found, before and after."""
    native.library.cache_clear()
    yield
    native.library.cache_clear()


def words(pixels):
    return np.ascontiguousarray(pixels).view(np.uint32)[..., 0]


def random_pixels(seed, height=10, width=13):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 4), np.uint8)


@pytest.mark.parametrize("start", range(0, 256, 64))
def test_mixing_rounds_every_level_and_alpha_to_the_nearest(start):
    above, below = np.meshgrid(np.arange(256), np.arange(256))
    for alpha in range(start, start + 64):
        source = np.stack([above, above, above, np.full_like(above, alpha)], -1).astype(np.uint8)
        out = np.stack([below] * 4, -1).astype(np.uint8)
        mix_words(words_of(out), words(source), 65536)
        exact = above * alpha + below * (255 - alpha)
        assert np.array_equal(out[..., 0], (2 * exact + 255) // 510)
        assert (out == out[..., :1])[..., 1:3].all()
        assert (out[..., 3] == 255).all()


def words_of(pixels):
    """A view: what is written to the words is written to the pixels."""
    return pixels.view(np.uint32)[..., 0]


@pytest.mark.skipif(native.mixer() is None, reason="built without a C compiler")
@given(st.integers(0, 2**32 - 1), st.integers(0, 65536))
def test_the_c_loop_does_the_same_to_the_last_bit(seed, fade):
    mix = native.mixer()
    source, backdrop = random_pixels(seed, 40, 60), random_pixels(seed + 1, 50, 70)
    one, other = backdrop.copy(), backdrop.copy()
    part, piece = np.s_[3:33, 5:47], np.s_[7:37, 1:43]
    mix(words_of(one)[part], words_of(source)[piece], fade)
    mix_words(words_of(other)[part], words_of(source)[piece], fade)
    assert np.array_equal(one, other)


def test_without_the_c_loop_numpy_takes_over(monkeypatch, tmp_path, fresh_mixer):
    source, backdrop = random_pixels(1), random_pixels(2)
    backdrop[..., 3] = 255
    usual = backdrop.copy()
    over(usual, source, Blend.MULTIPLY, 0.4, opaque=True)
    monkeypatch.setattr(native, "__file__", str(tmp_path / "native.py"))
    native.library.cache_clear()
    assert native.mixer() is None
    over(backdrop, source, Blend.MULTIPLY, 0.4, opaque=True)
    assert np.array_equal(backdrop, usual)


def test_a_broken_library_counts_as_none(monkeypatch, tmp_path, fresh_mixer):
    (tmp_path / f"_native{EXTENSION_SUFFIXES[0]}").write_bytes(b"not a library")
    monkeypatch.setattr(native, "__file__", str(tmp_path / "native.py"))
    assert native.mixer() is None


@given(st.integers(0, 2**32 - 1), st.sampled_from(Blend), st.sampled_from([1.0, 0.37]))
def test_a_pixel_depends_on_no_other(seed, blend, opacity):
    source, backdrop = random_pixels(seed), random_pixels(seed + 1)
    backdrop[::2, :, 3] = 255
    whole, single = backdrop.copy(), backdrop.copy()
    over(whole, source, blend, opacity, opaque=False)
    for row in range(0, 10, 2):
        over(single[row : row + 1], source[row : row + 1], blend, opacity, opaque=True)
        over(single[row + 1 : row + 2], source[row + 1 : row + 2], blend, opacity, opaque=False)
    seen = whole[..., 3] > 0
    assert np.array_equal(whole[seen], single[seen])


@given(st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_fading_multiplies_alpha(seed, opacity):
    pixels = random_pixels(seed)
    got = faded(pixels, opacity)
    assert np.abs(got[..., 3] - pixels[..., 3] * opacity).max() <= 0.51
    assert np.array_equal(got[..., :3], pixels[..., :3])
    mask = random_pixels(seed + 1)[..., 0]
    both = faded(pixels, opacity, mask)
    assert np.abs(both[..., 3] - pixels[..., 3] * opacity * (mask / 255)).max() <= 0.51


def test_full_opacity_costs_no_copy():
    pixels = random_pixels(0)
    assert kernels.faded(pixels, 1) is pixels
