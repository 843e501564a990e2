"""The texture network: riddles, what it learns, and the loss made of it."""

from pathlib import Path

import torch
from photo_plans import plan

from studio.train import checkpoint
from studio.train.photo import texture, trainer
from studio.train.photo.photographs import Photograph


def test_riddles_name_the_photograph(pictures: list[Photograph]) -> None:
    x, rows = texture.Riddles(pictures).next(6)
    assert x.shape == (6, 3, texture.CROP, texture.CROP)
    assert set(rows.tolist()) <= {0, 1, 2}


def test_a_fitted_network_is_frozen_and_comes_back_from_its_file(
    pictures: list[Photograph], tmp_path: Path
) -> None:
    net = texture.fit(pictures, cpu_minutes=0.005, batch=4)
    checkpoint.save(tmp_path / "net.pt", net.state_dict())
    again, (x, _) = texture.load(tmp_path / "net.pt"), texture.Riddles(pictures).next(2)
    assert not any(p.requires_grad for p in (*net.parameters(), *again.parameters()))
    assert torch.equal(net(x), again(x))


def test_the_distance_is_nil_for_equal_pictures_and_grows_with_blur() -> None:
    net = texture.TextureNet(3).eval()
    x = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    soft = torch.nn.functional.avg_pool2d(x, 3, 1, 1)
    with torch.no_grad():
        far = [float(texture.distance(net, torch.lerp(x, soft, share), x)) for share in (0.0, 0.2, 1.0)]
    assert far[0] == 0
    assert far[0] < far[1] < far[2]


def test_a_recipe_may_ask_for_the_loss(pictures: list[Photograph]) -> None:
    net = texture.TextureNet(3).eval().requires_grad_(False)
    run = trainer.Trainer(plan("inpaint", perceptual=0.5), pictures, 1, net)
    losses = run.step()
    run.close()
    assert losses["perceptual"] > 0
