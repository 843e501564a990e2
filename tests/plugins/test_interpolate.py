"""The generator `interpolate` on a tiny network with random weights, and its network."""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
import torch
from photo_kit import lab_on, photo_registry, run, write
from video_kit import recorded

from plugins.interpolate.timing import moments, rational
from studio.engine.jobs import Request
from studio.engine.lab import Lab
from studio.engine.plugins import Registry
from studio.model.clip import Clip
from studio.model.clip_record import Recorder
from studio.model.media import Image
from studio.nets.interpolate import Interpolator, multiple, warp

TINY = {"features": 8, "width": 8, "detail": 8, "radius": 1}
FILM = Fraction(24000, 1001)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    folder = tmp_path_factory.mktemp("models")
    torch.manual_seed(1)
    write(folder, "interpolate", "interpolate", Interpolator, TINY)
    return photo_registry(folder)


@pytest.fixture
def lab(registry: Registry) -> Iterator[Lab]:
    with lab_on(registry) as lab:
        yield lab


def clip_of(lab: Lab, clip: Clip, **params: object) -> Clip:
    """The one clip that comes of it."""
    record = run(lab, "interpolate", params, clip=clip)
    assert record.finished is not None, record.fault
    (made,) = record.values
    assert isinstance(made, Clip)
    return made


def test_twice_the_frames_in_the_same_time(lab: Lab) -> None:
    given = recorded(6, FILM)
    made = clip_of(lab, given)
    frames = list(made.frames())
    assert [frame.time for frame in frames] == [n / (2 * FILM) for n in range(12)]
    assert frames[-1].end == given.duration and made.rate == 2 * FILM
    for own, kept in zip(given.frames(), frames[::2], strict=True):
        assert np.array_equal(own.image.pixels, kept.image.pixels)


def test_other_factors_and_rates(lab: Lab) -> None:
    made = clip_of(lab, recorded(8, Fraction(24)), rate=60.0)
    frames = list(made.frames())
    assert [frame.time for frame in frames] == [Fraction(n, 60) for n in range(20)]
    assert frames[-1].end == Fraction(8, 24)
    slow = clip_of(lab, recorded(4, Fraction(24)), factor=3.0, use="slow")
    assert slow.duration == Fraction(12, 24) and slow.rate == 24


def test_nothing_is_drawn_across_a_cut(lab: Lab) -> None:
    recorder = Recorder()
    dark, light = np.zeros((32, 48, 3), np.uint8), np.full((32, 48, 3), 240, np.uint8)
    for pixels in (dark, dark, light, light):
        recorder.add(Image(pixels), Fraction(1, 10))
    frames = [frame.image.pixels for frame in clip_of(lab, recorder.clip(Fraction(10))).frames()]
    assert np.array_equal(frames[3], dark) and np.array_equal(frames[4], light)


def test_sound_goes_along_unless_it_is_slow_motion(lab: Lab) -> None:
    class Tone:
        path = ""

        def blocks(self, start: Fraction = Fraction(0), end: Fraction | None = None) -> Iterator[object]:
            yield np.zeros((10, 2), np.float32)

    given = recorded(3)
    voiced = Clip(given.footage, given.width, given.height, given.rate, given.duration, 3, Tone())  # type: ignore[arg-type]
    assert clip_of(lab, voiced).sound is voiced.sound
    assert clip_of(lab, voiced, use="slow").sound is None


@pytest.mark.parametrize("size", [(1, 1), (37, 25), (130, 66)])
def test_any_size(lab: Lab, size: tuple[int, int]) -> None:
    made = clip_of(lab, recorded(2, width=max(size[0], 4), height=size[1]), side=64)
    assert made.height == size[1] and made.count == 4


def test_a_lower_rate_is_refused(lab: Lab) -> None:
    record = lab.run(Request("interpolate", {"rate": 12.0}, {"clip": recorded(2)}))
    assert record.failed is not None and not record.broke


def test_moments_are_exact() -> None:
    assert rational(59.94) == Fraction(60000, 1001) and rational(60) == 60 and rational(2.5) == Fraction(5, 2)
    assert list(moments(Fraction(1), Fraction(2), Fraction(4), Fraction(9))) == [1, 1.25, 1.5, 1.75]
    grid = [*moments(Fraction(0), Fraction(1, 24), Fraction(5, 2), Fraction(60))]
    grid += moments(Fraction(1, 24), Fraction(2, 24), Fraction(5, 2), Fraction(60))
    assert grid == [Fraction(n, 60) for n in range(5)]


def test_at_first_the_network_blends() -> None:
    net = Interpolator(**TINY)
    first, last = torch.zeros(1, 3, 32, 32), torch.ones(1, 3, 32, 32)
    with torch.inference_mode():
        made = net(first, last, torch.tensor([0.25]))
    assert made.frame.shape == first.shape and made.frame.mean() == pytest.approx(0.25, abs=0.01)
    assert [flow.shape[2] for flow in made.flows] == [2, 4, 8] and multiple(3) == 16


def test_warping_follows_the_motion() -> None:
    x = torch.rand(1, 2, 8, 8)
    flow = torch.zeros(1, 2, 8, 8)
    flow[:, 0] = 2
    assert torch.allclose(warp(x, flow)[..., :6], x[..., 2:], atol=1e-5)
