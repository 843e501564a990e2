"""Training clips from noise and from stills: data, both games, and what they are measured by."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from studio.model.errors import UserError
from studio.nets.animate import Animator, moved
from studio.nets.video import VideoGenerator
from studio.train.loop import train
from studio.train.photo.photographs import Photograph
from studio.train.video.clips import Stretch
from studio.train.video.gan import loops, measure, publish, recipe
from studio.train.video.gan.compare import held, shuffled, sway
from studio.train.video.gan.from_noise import FromNoise
from studio.train.video.gan.from_still import MOMENTS, FromStill
from studio.train.video.gan.game import Game
from studio.train.video.gan.loops import FRAMES, SIDE, Loops
from studio.train.video.gan.recipe import Training
from studio.train.video.gan.stock import Stock, in_front, windows

ROOT = Path(__file__).resolve().parents[2]
VIDEO = {"still": [8] * 4, "moving": [4] * 4, "z_dim": 6, "motion_dim": 4}
ANIMATE = {"widths": [8] * 4, "fields": 2, "tints": 1, "harmonics": 2, "z_dim": 4}
WEIGHTS = {"mask": 0.1, "critics": 0.1, "critic": 0.1, "pixel": 10.0, "edges": 1.0, "noise": 0.01}


def settings() -> Training:
    narrow = {"critic": (4, 4, 4), "picture_critic": (4, 4, 4, 4)}
    return Training.model_validate({"seed": 3, "cpu_minutes": 1, "batch": 2, "weights": WEIGHTS, **narrow})


def discs(count: int = 3) -> Loops:
    """Discs that go round, each of its own colour."""
    y, x = np.mgrid[:SIDE, :SIDE]
    made = np.zeros((count, FRAMES, SIDE, SIDE, 4), np.uint8)
    for k in range(count):
        for t in range(FRAMES):
            turn = 2 * np.pi * t / FRAMES
            inside = (x - 32 - 6 * np.cos(turn)) ** 2 + (y - 32 - 6 * np.sin(turn)) ** 2 < 150
            made[k, t][inside] = (80 * k, 120, 200 - 60 * k, 255)
    return Loops(made, tuple(f"disc{k}" for k in range(count)))


def photograph() -> Photograph:
    pixels = np.random.default_rng(0).integers(0, 255, (90, 120, 3), np.uint8)
    return Photograph("noise", pixels)


def still_game() -> FromStill:
    frames = np.random.default_rng(1).integers(0, 255, (30, 80, 100, 3), np.uint8)
    stock = Stock(discs(), [photograph()], [Stretch("tree", frames)], 0.3, 0.3)
    return FromStill(ANIMATE, settings(), stock, 1)


def noise_game() -> FromNoise:
    return FromNoise(VIDEO, settings(), discs(), 1)


@pytest.mark.parametrize("make", [noise_game, still_game])
def test_a_resumed_run_loses_what_an_unbroken_one_would(make, tmp_path: Path) -> None:
    unbroken: Game = make()
    unbroken.step()
    torch.save(unbroken.state(), tmp_path / "state.pt")
    wanted = [unbroken.step() for _ in range(2)]
    resumed: Game = make()
    resumed.restore(torch.load(tmp_path / "state.pt", weights_only=True))
    assert [resumed.step() for _ in range(2)] == wanted


def test_a_run_ends_with_its_budget_and_leaves_a_log_and_a_checkpoint(tmp_path: Path) -> None:
    game = noise_game()
    game.budget = 1e-6
    (record,) = train(game, tmp_path, 60)
    assert json.loads((tmp_path / "log.jsonl").read_text())["clips"] == record["clips"] == 2
    assert (tmp_path / "state.pt").is_file()


def test_an_animator_learns_to_move_what_moves() -> None:
    """One disc that always goes right: after some steps the network is nearer to the clip than the still."""
    torch.manual_seed(0)
    frames = discs(1).all()
    net = Animator([16] * 4, fields=3, tints=1, harmonics=2, z_dim=2)
    opt = torch.optim.Adam(net.parameters(), 5e-3)
    z = torch.zeros(1, 2)
    for _ in range(60):
        made = moved(frames[:, :, 0], *net(frames[:, :, 0], z).at(MOMENTS)).transpose(1, 2)
        loss = (made - frames).abs().mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    assert loss.item() < 0.7 * float((held(frames) - frames).abs().mean())


def test_loops_are_prepared_from_animated_files_and_stills_left_out(tmp_path: Path) -> None:
    assets = tmp_path / "package" / "assets"
    assets.mkdir(parents=True)
    for number, name in enumerate(("1f600", "1f600-1f3fb", "1f602")):
        pictures = [Image.new("RGBA", (256, 256), (number * 60, 9 * i, 0, 255)) for i in range(12)]
        some = pictures if number < 2 else pictures[:1]
        some[0].save(assets / f"{name}.webp", save_all=True, append_images=some[1:], lossless=True)
    loops.loops({"@lobehub/fluent-emoji-anim-1": tmp_path}, tmp_path / "out")
    held_out = loops.held_out("1f600")
    assert loops.held_out("1f600-1f3fb") == held_out
    made = loops.load(tmp_path / "out", held=held_out)
    assert made.names == ("1f600-1f3fb", "1f600")
    assert made.frames.shape == (2, FRAMES, SIDE, SIDE, 4)
    with pytest.raises(UserError):
        loops.load(tmp_path / "out", held=not held_out)
    with pytest.raises(UserError, match="no prepared loops"):
        loops.load(tmp_path)


def test_only_the_loop_moves_in_front_of_a_photograph() -> None:
    rng = np.random.default_rng(0)
    made = in_front(rng, discs(1).all()[0], torch.rand(3, SIDE, SIDE))
    change = (made - made[:, :1]).abs().amax((0, 1))
    assert made.shape == (4, FRAMES, SIDE, SIDE) and (made[3] == 1).all()
    assert 0 < (change > 1e-3).float().mean() < 0.5


def test_real_clips_go_to_and_fro() -> None:
    frames = np.arange(40, dtype=np.uint8)[:, None, None, None] * np.ones((1, 66, 66, 3), np.uint8) * 5
    values = windows(np.random.default_rng(2), [Stretch("tree", frames)])[0].mean((1, 2))
    steps = torch.roll(values, -1) - values
    assert torch.allclose(steps.abs(), steps.abs()[0].expand(FRAMES), atol=1e-4)
    assert int((steps > 0).sum()) == FRAMES // 2


def test_measurements_know_what_is_moving_copied_and_alike() -> None:
    clips = discs().all()
    assert measure.energy_distance(clips, clips) == 0
    assert measure.energy_distance(held(clips), clips) > 1
    assert measure.energy_distance(shuffled(clips), clips) > 0
    assert measure.psnr(clips, clips) > 100 > 30 > measure.psnr(held(clips), clips)
    turned = torch.roll(clips, 5, 2).flip(4)
    assert measure.nearest(turned, clips).max() < 0.5 < measure.nearest(clips * 0.5, clips).min()
    nothing = torch.zeros(3, 1, 1, SIDE, SIDE)
    assert measure.background_error(held(clips), nothing) == 0 < measure.background_error(clips, nothing)


def test_the_distance_of_two_sets_of_features_is_that_of_their_means_and_spreads() -> None:
    rng = np.random.default_rng(0)
    one = rng.standard_normal((4000, 3))
    assert measure.frechet(one, one) == pytest.approx(0, abs=1e-6)
    assert measure.frechet(one, one + np.array([2, 0, 0])) == pytest.approx(4, rel=1e-3)
    assert measure.frechet(one, 3 * rng.standard_normal((4000, 3))) == pytest.approx(12, rel=0.1)


def test_the_classic_sway_begins_with_the_picture() -> None:
    still = discs(2).all()[:, :, 0]
    made = sway(still)
    assert torch.allclose(made[:, :, 0], still, atol=1e-4)
    assert not torch.allclose(made[:, :, 4], still, atol=1e-2)


def test_published_clips_are_drawn_with_statistics_of_their_own() -> None:
    plan = recipe.read(ROOT / "plugins/video/recipes/video.toml")
    net = VideoGenerator(**plan.network)
    noise = torch.randn(64, net.z_dim + net.motion_dim, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        own = net.train()(noise).clip
        torch.nn.init.constant_(net.get_buffer("still.norm.running_mean"), 3)
        off = (net.eval()(noise).clip - own).abs().mean()
    state = {"ema": net.state_dict()}
    publish.settle(plan, state, 64)
    net.load_state_dict(state["ema"])
    with torch.no_grad():
        assert (net(noise).clip - own).abs().mean() < 0.5 * off


def test_the_shipped_recipes_can_be_read() -> None:
    for name in ("video", "animate"):
        assert recipe.read(ROOT / f"plugins/video/recipes/{name}.toml").name == name
    with pytest.raises(UserError):
        recipe.read(ROOT / "plugins/video/recipes/none.toml")
