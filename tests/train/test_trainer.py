"""The training loop: it learns something, and a resumed run is the run that was interrupted."""

import copy
from pathlib import Path

import pytest
import torch

from studio.engine import recipe
from studio.model.errors import UserError
from studio.train import checkpoint, datasets, loop, sheets, warm
from studio.train.trainer import Trainer

STYLE = """
name = "stripes"
title = "Stripes"
data = "stripes"
[style]
z_dim = 8
w_dim = 8
mapping_layers = 2
channels = [8, 8, 8, 4]
d_channels = [8, 8, 8]
[train]
cpu_minutes = 0.01
snapshot_minutes = [0.001]
batch = 8
augment = ["color", "translation", "cutout"]
r1_every = 2
parts = 2
flip = true
"""
LIGHT = STYLE.replace("[style]", "[light]").replace(
    "w_dim = 8\nmapping_layers = 2\n", "width = 4\nd_width = 4\n"
)
LIGHT = LIGHT.replace("channels = [8, 8, 8, 4]\nd_channels = [8, 8, 8]\n", "").replace(
    "batch = 8",
    'batch = 8\nobjective = "relativistic"\nr2_gamma = 1\nclip = 5\nadaptive = 0.5\nbfloat16 = false',
)
BASELINE = (
    STYLE.split("[style]")[0]
    + "[baseline]\nz_dim = 8\nwidth = 4\nd_width = 4\n[train]\ncpu_minutes = 0.01\nbatch = 8\n"
)


def plan(tmp_path: Path, text: str) -> recipe.Recipe:
    path = tmp_path / "recipe.toml"
    path.write_text(text, "utf-8")
    return recipe.read(path)


@pytest.mark.parametrize(
    "text",
    [STYLE, LIGHT, LIGHT.replace("bfloat16 = false", ""), BASELINE],
    ids=["style", "light", "light in bfloat16", "baseline"],
)
def test_a_resumed_run_has_the_losses_of_an_uninterrupted_one(
    tmp_path: Path, stripes: datasets.PictureSet, text: str
) -> None:
    first = Trainer(plan(tmp_path, text), stripes)
    for _ in range(4):
        first.step()
    checkpoint.save(tmp_path / "state.pt", first.state())
    expected = [first.step() for _ in range(3)]
    second = Trainer(plan(tmp_path, text), stripes)
    second.restore(checkpoint.load(tmp_path / "state.pt"))
    for losses in expected:
        assert second.step() == losses
    for trainer in (first, second):
        trainer.close()
    assert second.images == first.images
    for (name, mean), again in zip(
        first.ema.state_dict().items(), second.ema.state_dict().values(), strict=True
    ):
        assert torch.equal(mean, again), name


def test_batch_statistics_do_not_depend_on_the_number_of_threads(
    tmp_path: Path, stripes: datasets.PictureSet
) -> None:
    trainers = [Trainer(plan(tmp_path, f"{LIGHT}threads = {n}\n"), stripes) for n in (1, 2)]
    for trainer in trainers:
        for _ in range(4):
            trainer.step()
        trainer.close()
    one, two = (trainer.ema.state_dict() for trainer in trainers)
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_the_fused_optimiser_moves_what_a_plain_one_would_move(
    tmp_path: Path, stripes: datasets.PictureSet
) -> None:
    """Also after a gradient penalty, whose gradients come in another order of memory than the parameters."""
    trainer = Trainer(plan(tmp_path, STYLE.replace("r1_every = 2", "r1_every = 1")), stripes)
    before = copy.deepcopy(trainer.d)
    names = {id(p): name for name, p in trainer.d.named_parameters()}
    plain = torch.optim.Adam(
        [
            {"params": [before.get_parameter(names[id(p)]) for p in group["params"]], "lr": group["lr"]}
            for group in trainer.opt_d.param_groups
        ],
        betas=trainer.settings.betas,
    )
    trainer.step()
    for name, parameter in trainer.d.named_parameters():
        found = parameter.grad
        before.get_parameter(name).grad = None if found is None else found.contiguous()
    plain.step()
    for name, parameter in trainer.d.named_parameters():
        assert torch.allclose(parameter, before.get_parameter(name), atol=1e-6), name
    trainer.close()


def test_kept_networks_start_another_run_where_the_first_one_stood(
    tmp_path: Path, stripes: datasets.PictureSet
) -> None:
    first, second = (Trainer(plan(tmp_path, STYLE), stripes) for _ in range(2))
    for _ in range(3):
        first.step()
    warm.keep(first.state(), tmp_path / "kept.safetensors")
    warm.start(second, tmp_path / "kept.safetensors")
    assert (second.steps, second.images) == (first.steps, first.images)
    for name in warm.NETWORKS:
        pairs = zip(getattr(first, name).parameters(), getattr(second, name).parameters(), strict=True)
        assert all(torch.allclose(a, b, atol=2e-3) for a, b in pairs)
    assert second.step()["g"] > 0
    for trainer in (first, second):
        trainer.close()


def test_a_checkpoint_that_fails_to_write_leaves_the_old_one(tmp_path: Path) -> None:
    checkpoint.save(tmp_path / "state.pt", {"images": 1})
    with pytest.raises(AttributeError):
        checkpoint.save(tmp_path / "state.pt", {"images": lambda: None})
    assert checkpoint.load(tmp_path / "state.pt") == {"images": 1}


@pytest.mark.parametrize("change", ["batch = 0", "unknown = 1", "objective = 'none'", "batch = "])
def test_a_recipe_that_makes_no_sense_is_refused_with_its_name(tmp_path: Path, change: str) -> None:
    with pytest.raises(UserError, match=r"recipe\.toml"):
        plan(tmp_path, STYLE.replace("batch = 8", change))


def test_a_folder_without_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"images\.npy is missing"):
        datasets.load(tmp_path)


def test_the_sampler_shows_every_picture_once_per_pass(stripes: datasets.PictureSet) -> None:
    sampler = datasets.Sampler(stripes, 0, flip=False)
    seen = torch.cat([sampler.next(8)[0] for _ in range(6)])
    assert len(torch.unique(seen.flatten(1), dim=0)) == len(stripes) == 48


@pytest.mark.parametrize("offset", [-100.0, 100.0])
def test_of_pairs_the_discriminator_is_sure_when_it_ranks_the_real_one_higher(
    tmp_path: Path, stripes: datasets.PictureSet, offset: float
) -> None:
    """Where its scores lie as a whole says nothing: a relativistic objective leaves that to chance."""
    trainer, seen = Trainer(plan(tmp_path, LIGHT), stripes), list[float]()
    plain, shifted = Trainer(plan(tmp_path, LIGHT), stripes), dict[str, float]()
    for made in (plain, trainer):
        made.adaptive.see = lambda signs, n: seen.append(signs)  # type: ignore[method-assign]
    score = trainer.family.score_real
    forward = trainer.d.forward
    trainer.d.forward = lambda x, labels: forward(x, labels) + offset  # type: ignore[method-assign]
    trainer.family.score_real = lambda x, y: (score(x, y)[0] + offset, score(x, y)[1])  # type: ignore[method-assign]
    for made in (plain, trainer):
        shifted = made.step()
        made.close()
    assert seen[0] == seen[1]
    assert abs(seen[0]) <= 8
    assert shifted["g"] > 0


def test_bfloat16_is_used_only_where_the_processor_knows_it(
    tmp_path: Path, stripes: datasets.PictureSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others would take several times as long as in single precision."""
    monkeypatch.setattr(loop, "knows_bfloat16", lambda device: False)
    first = Trainer(plan(tmp_path, STYLE), stripes)
    second = Trainer(plan(tmp_path, STYLE + "bfloat16 = false\n"), stripes)
    assert first.step() == second.step()
    for trainer in (first, second):
        trainer.close()


def test_what_a_processor_can_do_decides_about_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"avx2": True, "avx512_f": True, "avx512_bf16": False}
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: told, raising=False)
    assert not loop.knows_bfloat16.__wrapped__("cpu")
    told["avx512_bf16"] = True
    assert loop.knows_bfloat16.__wrapped__("cpu")
    assert not loop.knows_bfloat16.__wrapped__("mps")


def test_a_gradient_penalty_now_and_then_weighs_what_it_would_each_time(
    tmp_path: Path, stripes: datasets.PictureSet
) -> None:
    """Lazy regularisation (Karras et al. 2020): every 4th step, four times as strong, and nothing between."""
    text = STYLE.replace("bfloat16", "").replace("r1_every = 2", "r1_every = {}\nbfloat16 = false")
    every, lazy = (Trainer(plan(tmp_path, text.format(n)), stripes) for n in (1, 4))
    x = stripes.pictures(slice(0, 8)).requires_grad_()
    labels = torch.from_numpy(stripes.labels[:8])
    zero, told = torch.zeros(()), dict[str, float]()
    always = every.penalise(zero, x, labels, "r1", 0.5, told)
    assert lazy.penalise(zero, x, labels, "r1", 0.5, {}).item() == pytest.approx(4 * always.item(), rel=1e-5)
    assert always.item() == pytest.approx(0.5 * told["r1"], rel=1e-5)
    lazy.steps = 3
    assert lazy.penalise(zero, x, labels, "r1", 0.5, {}) is zero
    for trainer in (every, lazy):
        trainer.close()


def test_the_average_follows_weights_slowly_and_takes_batch_statistics_over(
    tmp_path: Path, stripes: datasets.PictureSet
) -> None:
    text = LIGHT.replace("clip = 5", "clip = 5\nema_images = 80")
    trainer = Trainer(plan(tmp_path, text), stripes)
    trainer.images = 800  # so that the half-life is no longer shortened
    before = copy.deepcopy(trainer.ema.state_dict())
    trainer.step()
    share = 1 - 0.5 ** (8 / 80)
    for name, parameter in trainer.ema.named_parameters():
        expected = before[name].lerp(trainer.g.get_parameter(name), share)
        assert torch.allclose(parameter, expected, atol=1e-6), name
    names = [name for name, _ in trainer.ema.named_buffers()]
    assert any("running" in name for name in names)
    assert all(torch.equal(trainer.ema.get_buffer(name), trainer.g.get_buffer(name)) for name in names)
    trainer.close()


def test_an_averaged_generator_is_drawn_with_the_batch_statistics_of_its_own_pictures(
    tmp_path: Path, stripes: datasets.PictureSet
) -> None:
    trainer = Trainer(plan(tmp_path, LIGHT), stripes)
    trainer.step()
    with torch.no_grad():
        for name, buffer in trainer.ema.named_buffers():
            if name.endswith("running_mean"):
                buffer += 3.0  # of other weights
    before = copy.deepcopy(trainer.state())
    settled, labels = trainer.drawing(), torch.arange(512)[:, None] % 2
    drawn = {
        name: sheets.sample(net, labels, 1, batch=512)
        for name, net in (
            ("kept", trainer.ema),
            ("settled", settled),
            ("of this batch", copy.deepcopy(settled).train()),
        )
    }
    off, near = ((drawn[name] - drawn["of this batch"]).abs().mean() for name in ("kept", "settled"))
    assert near < 0.2 * off
    assert not settled.training
    for name, tensor in trainer.state()["ema"].items():
        assert torch.equal(tensor, before["ema"][name]), name
    assert trainer.drawing() is settled
    trainer.step()
    assert trainer.drawing() is not settled
    trainer.close()
