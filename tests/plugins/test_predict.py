"""The generator `predict` on a small network with random weights, and its network."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import torch
from photo_kit import lab_on, photo_registry, run, write
from video_kit import recorded

from plugins.predict.plugin import last_cut
from studio.engine.jobs import Request
from studio.engine.lab import Lab, Record
from studio.engine.plugins import Registry
from studio.model.clip import Clip
from studio.model.clip_record import Recorder
from studio.model.media import Image
from studio.nets.flow import flow_between
from studio.nets.predict import Course, Predictor, follow, further, look_back, sampled

TINY = {"width": 8}
RATE = Fraction(24000, 1001)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    folder = tmp_path_factory.mktemp("models")
    torch.manual_seed(1)
    write(folder, "predict", "predict", Predictor, TINY)
    return photo_registry(folder)


@pytest.fixture
def lab(registry: Registry) -> Iterator[Lab]:
    with lab_on(registry) as lab:
        yield lab


def clip_of(record: Record) -> Clip:
    """The one clip that comes of a run."""
    (made,) = record.values
    assert isinstance(made, Clip)
    return made


def shots(*lengths: int) -> Clip:
    """A clip of dark and light shots in turn."""
    recorder = Recorder()
    for number, length in enumerate(lengths):
        for _ in range(length):
            recorder.add(Image(np.full((32, 48, 3), 230 * (number % 2), np.uint8)), Fraction(1, 10))
    return recorder.clip(Fraction(10))


def test_as_many_frames_as_asked_for_each_handed_over_as_it_comes(lab: Lab) -> None:
    record = run(lab, "predict", {"frames": 5}, clip=recorded(6, RATE))
    made = clip_of(record)
    frames = list(made.frames())
    assert [frame.time for frame in frames] == [n / RATE for n in range(5)] and made.duration == 5 / RATE
    assert len(record.chunks) == 5
    for seen, frame in zip(record.chunks, frames, strict=True):
        piece = seen.value
        assert isinstance(piece, Clip) and piece.rate == RATE
        assert np.array_equal(piece.frame_at(Fraction(0)).pixels, frame.image.pixels)


def test_with_the_clip_the_given_frames_and_times_stay(lab: Lab) -> None:
    given = recorded(6, RATE)
    made = clip_of(run(lab, "predict", {"frames": 3, "whole": True}, clip=given))
    frames = list(made.frames())
    assert [frame.time for frame in frames] == [n / RATE for n in range(9)]
    for own, kept in zip(given.frames(), frames, strict=False):
        assert np.array_equal(own.image.pixels, kept.image.pixels)


def test_only_the_last_shot_is_gone_by(lab: Lab) -> None:
    made = clip_of(run(lab, "predict", {"frames": 1}, clip=shots(4, 2)))
    alone = clip_of(run(lab, "predict", {"frames": 1}, clip=shots(0, 2)))
    assert made.digest() == alone.digest()
    frames = [torch.full((1, 3, 8, 8), value) for value in (0.1, 0.1, 0.12, 0.9, 0.88)]
    assert last_cut(frames) == 3 and last_cut(frames[:3]) == 0 and last_cut(frames[:1]) == 0


@pytest.mark.parametrize("clip", [shots(1), shots(5, 1)], ids=["one frame", "one frame after a cut"])
def test_a_single_frame_is_refused_in_a_sentence(lab: Lab, clip: Clip) -> None:
    record = lab.run(Request("predict", {}, {"clip": clip}))
    assert record.failed is not None and not record.broke and "One frame" in record.failed.sentence


@pytest.mark.parametrize("size", [(4, 1), (37, 25), (131, 67)])
def test_any_size_and_two_frames_are_enough(lab: Lab, size: tuple[int, int]) -> None:
    made = clip_of(
        run(lab, "predict", {"frames": 2, "side": 64}, clip=recorded(2, width=size[0], height=size[1]))
    )
    assert (made.width, made.height, made.count) == (*size, 2)


def test_the_same_clip_goes_on_in_the_same_way(lab: Lab) -> None:
    twice = [clip_of(run(lab, "predict", {"frames": 2}, clip=recorded(4))).digest() for _ in range(2)]
    assert twice[0] == twice[1]


def test_ways_lead_through_the_frames_between() -> None:
    course = Course(torch.zeros(1, 2, 16, 16), torch.zeros(1, 3, 16, 16), torch.zeros(1, 2, 16, 16))
    flow = torch.zeros(1, 2, 16, 16)
    flow[:, 0] = -2
    frame = torch.rand(1, 3, 16, 16)
    for _ in range(3):
        course = further(course, flow)
    assert torch.allclose(follow(frame, course)[..., 6:], frame[..., :-6], atol=1e-5)
    assert torch.allclose(sampled(frame, course.way)[..., 6:], frame[..., :-6], atol=1e-4)
    strips = [sampled(frame, course.way[:, :, top : top + 5], top) for top in range(0, 16, 5)]
    assert torch.allclose(torch.cat(strips, 2), sampled(frame, course.way), atol=1e-5)


def test_measured_motion_leads_to_where_things_were() -> None:
    coarse = torch.rand(1, 3, 10, 10, generator=torch.Generator().manual_seed(0))
    now = torch.nn.functional.interpolate(coarse, (80, 80), mode="bicubic")
    flow = flow_between(now, torch.roll(now, (3, -5), (2, 3)))[..., 20:-20, 20:-20]
    assert (flow[:, 0] + 5).abs().mean() < 0.1 and (flow[:, 1] - 3).abs().mean() < 0.1


def test_at_first_steady_motion_goes_on() -> None:
    net = Predictor(**TINY)
    frames = [torch.rand(1, 3, 32, 32) for _ in range(3)]
    with torch.inference_mode():
        courses = net.courses(look_back(frames), 2)
    assert all(not course.added.any() for course in courses)
    assert all(a.way.shape == b.way.shape for a, b in pairwise(courses))
    assert torch.allclose(courses[0].way, courses[0].flow)
