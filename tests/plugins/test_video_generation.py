"""The generators `video` and `animate` on tiny networks with random weights."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from photo_kit import lab_on, photo, photo_registry, run, write

from plugins.video.animate import Animate, AnimateParams, Move
from studio.engine.context import Cancelled, Context
from studio.engine.jobs import Request
from studio.engine.lab import Lab
from studio.engine.plugins import Registry
from studio.model.clip import Clip
from studio.model.errors import UserError
from studio.model.media import Image
from studio.nets.animate import Animator, Motion, moved, strip
from studio.nets.video import VideoGenerator

VIDEO = {"still": [8, 8, 8], "moving": [8, 6, 4], "z_dim": 8, "motion_dim": 4}
ANIMATE = {"widths": [8, 8, 8, 8], "fields": 2, "tints": 2, "harmonics": 2, "z_dim": 4}


class Loud(VideoGenerator):
    """Random weights that make more than grey."""

    def state_dict(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        weights = super().state_dict(*args, **kwargs)
        return {n: v * 20 if n.endswith("norm.weight") else v for n, v in weights.items()}


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    folder = tmp_path_factory.mktemp("models")
    torch.manual_seed(1)
    write(folder, "animate", "animate", Animator, ANIMATE)
    write(folder, "video", "video", Loud, VIDEO)
    return photo_registry(folder)


@pytest.fixture
def lab(registry: Registry) -> Iterator[Lab]:
    with lab_on(registry) as lab:
        yield lab


def clip_of(lab: Lab, id: str, params: dict[str, object], **inputs: Image) -> Clip:
    """The one clip that comes of it."""
    (made,) = run(lab, id, params, **inputs).values
    assert isinstance(made, Clip)
    return made


def frames(clip: Clip) -> list[np.ndarray]:
    return [frame.image.pixels for frame in clip.frames()]


def test_a_clip_has_the_length_rate_and_size_asked_for(lab: Lab) -> None:
    made = clip_of(lab, "video", {"length": 1.5, "rate": 10, "loops": 2, "size": 48})
    assert (made.count, made.rate, made.duration) == (30, 10, Fraction(3))
    assert frames(made)[0].shape == (48, 48, 4)
    assert np.array_equal(frames(made)[3], frames(made)[18])


def test_a_seed_makes_the_same_clip_and_another_seed_another(lab: Lab) -> None:
    few: dict[str, object] = {"length": 0.5, "rate": 8, "size": 32}
    first, again, other = (clip_of(lab, "video", few | {"seed": s}).digest() for s in (3, 3, 4))
    assert first == again != other


def test_another_motion_keeps_the_figure(registry: Registry) -> None:
    torch.manual_seed(0)
    net = VideoGenerator(**VIDEO).eval()
    z = torch.randn(2, 12)
    z[1, :8] = z[0, :8]
    made = net(z)
    assert torch.equal(made.still[0], made.still[1])
    assert not torch.allclose(made.moving[0], made.moving[1])


def test_time_is_a_ring() -> None:
    """Noise that comes round earlier makes the same clip, begun earlier: no frame is the first."""
    torch.manual_seed(0)
    stream = VideoGenerator(**VIDEO).eval().moving
    seen = [torch.randn(1, 8, 4 << i, 4 << i) for i in range(3)]
    begin = stream.begin
    z = torch.randn(1, 4)
    made, _ = stream(z, seen)
    weight = begin.weight.view(8, 2, 16, 4).flip(1).reshape(begin.weight.shape)
    bias = begin.bias.view(8, 2, 16).flip(1).reshape(begin.bias.shape)
    with torch.no_grad():
        begin.weight.copy_(weight), begin.bias.copy_(bias)
    turned, _ = stream(z, seen)
    assert torch.allclose(torch.roll(made, made.shape[2] // 2, 2), turned, atol=1e-5)


def test_frames_are_held_when_nothing_shall_be_between(lab: Lab) -> None:
    made = frames(clip_of(lab, "video", {"length": 1.0, "rate": 32, "between": "hold", "size": 32}))
    assert len({frame.tobytes() for frame in made}) <= 8


def test_without_a_clear_background_nothing_is_transparent(lab: Lab) -> None:
    made = frames(clip_of(lab, "video", {"length": 0.5, "rate": 4, "clear": False, "size": 32}))
    assert all((frame[..., 3] >= 254).all() for frame in made)


@pytest.mark.parametrize(
    "image",
    [photo(1, 1), photo(1, 300), photo(37, 23, 1), photo(90, 61, 4), photo(70, 40, 3, "uint16")],
    ids=["one pixel", "a line", "grey", "alpha", "16 bits"],
)
def test_any_picture_can_be_animated_and_comes_first(lab: Lab, image: Image) -> None:
    made = frames(clip_of(lab, "animate", {"length": 0.5, "rate": 4}, image=image))
    assert made[0].shape == image.pixels.shape
    given = image.array("uint8", image.channels).astype(int)
    if image.has_alpha:
        given[given[..., 3] == 0] = 0
    assert np.abs(made[0].astype(int) - given).max() <= 1
    if image.width > 1:
        assert not np.array_equal(made[0], made[1])


def test_a_large_picture_is_made_smaller(lab: Lab) -> None:
    made = clip_of(lab, "animate", {"length": 0.5, "rate": 2, "limit": 100}, image=photo(400, 200))
    assert (made.width, made.height) == (100, 50)


def test_no_motion_asked_for_is_none(lab: Lab) -> None:
    image = photo(50, 40)
    made = frames(clip_of(lab, "animate", {"length": 0.5, "rate": 4, "strength": 0.0}, image=image))
    assert all(np.array_equal(frame, made[0]) for frame in made)


def test_another_seed_moves_a_picture_in_another_way(lab: Lab) -> None:
    image = photo(50, 40)
    few: dict[str, object] = {"length": 0.5, "rate": 4}
    first, again, other = (
        clip_of(lab, "animate", few | {"seed": s}, image=image).digest() for s in (1, 1, 2)
    )
    assert first == again != other


def test_strips_are_the_rows_of_the_frame() -> None:
    torch.manual_seed(0)
    picture, shift, change = torch.rand(1, 4, 50, 30), 0.2 * torch.randn(1, 2, 8, 8), torch.randn(1, 4, 8, 8)
    whole = moved(picture, shift[:, None], change[:, None])[:, 0]
    parts = [strip(picture, shift, change, top, min(50, top + 13)) for top in range(0, 50, 13)]
    assert torch.allclose(torch.cat(parts, 2), whole, atol=1e-4)


def test_cancelling_midway_stops_within_a_frame(registry: Registry) -> None:
    stopped: list[bool] = []
    store = registry.weights
    ctx = Context(store, model=store.find("animate", ""), stopped=lambda: bool(stopped))
    plugin = Animate()
    plugin.load(ctx)
    steps = plugin.run(ctx, AnimateParams(), photo(40, 30))
    assert next(steps).progress > 0
    stopped.append(True)
    with pytest.raises(Cancelled):
        next(steps)


def farthest(size: float, pinned: bool = False, **params: float) -> torch.Tensor:
    """How far each place is ever moved, in percent of the side, when the network gives fields of a size."""
    motion = Motion(torch.full((1, 2, 2, 32, 32), size), torch.zeros(1, 0, 5, 32, 32), torch.ones(1, 2, 2, 2))
    move = Move(motion, (32, 32), pinned, AnimateParams.model_validate(params))
    return torch.stack([move.at(i / 16)[0][0].norm(dim=0) for i in range(16)]).amax(0) * 50


def test_a_picture_that_would_hardly_move_moves_at_least_so_far() -> None:
    assert farthest(1e-4, least=2.0).max() == pytest.approx(2.0, rel=1e-3)
    assert farthest(1e-4, least=2.0, strength=0.5).max() == pytest.approx(1.0, rel=1e-3)
    assert torch.equal(farthest(0.05, least=2.0), farthest(0.05, least=0.0))
    assert farthest(1e-4, least=0.0).max() < 0.2


def test_the_edges_of_a_full_picture_stay_where_they_are() -> None:
    moved = farthest(0.01, pinned=True)
    assert not moved[0].any() and not moved[:, -1].any() and moved[16, 16] > 1


@pytest.mark.parametrize("id", ["video", "animate"])
def test_without_weights_it_says_so(tmp_path: Path, id: str) -> None:
    with lab_on(photo_registry(tmp_path)) as lab, pytest.raises(UserError, match="model"):
        lab.run(Request(id, {}, {"image": photo(8, 8)} if id == "animate" else {}))
