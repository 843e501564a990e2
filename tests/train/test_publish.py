"""From a run to the shipped files: the weights load again, the card tells the truth about them."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file

from studio.engine import recipe
from studio.model.errors import UserError
from studio.nets.light import LightGenerator
from studio.nets.style import Generator
from studio.train import checkpoint, datasets, evaluate
from studio.train.export import save_generator
from studio.train.publish import publish
from studio.train.showcase import showcase
from studio.train.trainer import Trainer
from tests.train.test_trainer import STYLE

MODELS = Path(__file__).parents[2] / "resources/models"


def run(tmp_path: Path, data: datasets.PictureSet, text: str = STYLE) -> tuple[recipe.Recipe, Trainer]:
    (tmp_path / "recipe.toml").write_text(text.replace('"stripes"', '"fashion"'), "utf-8")
    plan = recipe.read(tmp_path / "recipe.toml")
    trainer = Trainer(plan, data)
    for _ in range(2):
        trainer.step()
    trainer.close()
    return plan, trainer


def scores(stripes_folder: Path, trainer: Trainer, cache: Path) -> dict[str, object]:
    training, held_out = datasets.load(stripes_folder), datasets.load(stripes_folder, held_out=True)
    judge = evaluate.judge(training, held_out, evaluate.networks(training, 640, False, cache))
    about = {"cpu_minutes": 0.1, **evaluate.score(judge, trainer.ema, draws=2)}
    return {
        "baseline": "stripes-dcgan",
        "size": judge.size,
        "draws": 2,
        "models": {"style": about},
        "floor": evaluate.floor(judge, 2),
    }


def size(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def test_published_weights_draw_what_the_run_drew(tmp_path: Path, stripes: datasets.PictureSet) -> None:
    plan, trainer = run(tmp_path, stripes)
    net = publish(plan, stripes, trainer.state(), tmp_path, None)
    with safe_open(tmp_path / "fashion.safetensors", "pt") as file:
        header = file.metadata()
    again = Generator(**json.loads(header["config"])).eval()
    again.load_state_dict({k: v.float() for k, v in load_file(tmp_path / "fashion.safetensors").items()})
    z, labels = torch.randn(4, 8), torch.tensor([[0], [1], [0], [1]])
    assert torch.allclose(again(z, labels), net(z, labels), atol=0.02)
    assert header["family"] == "style"
    assert json.loads(header["conditions"])[0]["values"] == ["across", "down"]
    assert torch.allclose(again.pca_dirs.norm(dim=1), torch.ones(8), atol=1e-2)
    assert "provisional" in (tmp_path / "fashion.md").read_text("utf-8")
    assert (tmp_path / "fashion.png").stat().st_size > 100


def test_the_card_shows_the_scores_beside_the_floor(
    tmp_path: Path, stripes: datasets.PictureSet, stripes_folder: Path
) -> None:
    plan, trainer = run(tmp_path, stripes)
    measured = scores(stripes_folder, trainer, tmp_path / "features.pt")
    floor = measured["floor"]
    assert isinstance(floor, dict)
    assert floor["accuracy"] == [1.0]
    assert scores(stripes_folder, trainer, tmp_path / "features.pt") == measured
    publish(plan, stripes, trainer.state(), tmp_path, measured)
    rows = (tmp_path / "fashion.md").read_text("utf-8").splitlines()
    assert any(row.startswith("| style | 0.1 |") for row in rows)
    assert any(row.startswith("| floor") and row.endswith("100 % |") for row in rows)


def test_the_showcase_of_a_portrait_model_mixes_styles(tmp_path: Path, stripes: datasets.PictureSet) -> None:
    _, trainer = run(tmp_path, stripes)
    assert showcase(trainer.ema, stripes, tmp_path, "x", 0.7) == tmp_path / "x-mixing.png"
    assert size(tmp_path / "x-mixing.png") == (9 * 34 + 2, 9 * 34 + 2)


def test_the_showcase_of_a_tileable_model_is_land(tmp_path: Path, stripes: datasets.PictureSet) -> None:
    images = np.concatenate([stripes.images, stripes.images[..., :1]], axis=3)
    names = {**stripes.names, "channels": ["r", "g", "b", "height"]}
    data = datasets.PictureSet(images, stripes.labels, names)
    _, trainer = run(tmp_path, data, STYLE.replace("z_dim", "tileable = true\nz_dim"))
    assert showcase(trainer.ema, data, tmp_path, "x", 0.7) == tmp_path / "x-land.png"
    assert size(tmp_path / "x-land.png") == (2 * (256 + 6) + 6, 128 + 12)


def test_weights_that_are_not_finite_are_not_written(tmp_path: Path) -> None:
    net = Generator(16, 8, 8, (4, 4, 4), 3)
    net.w_avg[0] = float("nan")
    with pytest.raises(ValueError, match="w_avg"):
        save_generator(tmp_path / "a.safetensors", net, {})
    assert not list(tmp_path.iterdir())


def test_a_network_normalised_over_more_batches_than_half_precision_counts_is_written(tmp_path: Path) -> None:
    net = LightGenerator(16, 8, 4, 16, 3)
    net.norm.num_batches_tracked.fill_(100_000)
    save_generator(tmp_path / "a.safetensors", net, {})
    again = LightGenerator(16, 8, 4, 16, 3)
    again.load_state_dict(load_file(tmp_path / "a.safetensors"))
    assert again.norm.num_batches_tracked == 100_000


@pytest.mark.parametrize("path", sorted(MODELS.glob("*.safetensors")), ids=lambda path: path.stem)
def test_shipped_style_models_load_strictly_and_draw(path: Path) -> None:
    with safe_open(path, "pt") as file:
        header = file.metadata()
    if header["family"] != "style":
        pytest.skip("another family's weights")
    tensors = {name: tensor.float() for name, tensor in load_file(path).items()}
    assert all(tensor.isfinite().all() for tensor in tensors.values())
    assert path.stat().st_size <= 12 << 20
    net = Generator(**json.loads(header["config"])).eval()
    net.load_state_dict(tensors)
    conditions = json.loads(header["conditions"])
    x = net(torch.randn(2, net.z_dim), torch.zeros(2, len(conditions), dtype=torch.long), psi=0.7)
    assert x.shape[1:] == (len(json.loads(header["channels"])), *[int(header["resolution"])] * 2)
    assert x.std() > 0.05
    values = [value for condition in conditions for value in condition["values"]]
    assert len(values) == len(set(values))
    assert path.with_suffix(".md").is_file()
    assert path.with_suffix(".png").is_file()


def test_a_checkpoint_holds_no_code(tmp_path: Path) -> None:
    torch.save({"images": Path("x")}, tmp_path / "evil.pt")
    with pytest.raises(UserError, match="damaged checkpoint"):
        checkpoint.load(tmp_path / "evil.pt")
