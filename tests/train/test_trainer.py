"""The training loop: it learns something, and a resumed run is the run that was interrupted."""

import copy
from pathlib import Path

import pytest
import torch

from studio.engine import recipe
from studio.model.errors import UserError
from studio.train import checkpoint, datasets, warm
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
