"""The texture network: riddles, what it learns, and the loss made of it."""

import torch
from photo_plans import plan

from studio.train.photo import texture, trainer
from studio.train.photo.photographs import Photograph


def test_riddles_name_the_photograph(pictures: list[Photograph]) -> None:
    x, rows = texture.Riddles(pictures).next(6)
    assert x.shape == (6, 3, texture.CROP, texture.CROP)
    assert set(rows.tolist()) <= {0, 1, 2}


def test_a_few_seconds_teach_it_to_tell_patterns_apart(pictures: list[Photograph]) -> None:
    net = texture.fit(pictures, cpu_minutes=0.04, batch=8)
    assert texture.accuracy(net, pictures, batches=1) > 0.5


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
