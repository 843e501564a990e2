"""Official StyleGAN2 checkpoints: taken apart as data, and equal to the definition they were made from."""

import pickle
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from checkpoints import Payload
from stylegan_pickles import EasyDict, Persistent, persistent, their_modules, write

from studio.app.headless import headless
from studio.engine.events import Request
from studio.engine.importers.install import import_model
from studio.engine.plugins import Registry
from studio.model.errors import UserError
from studio.nets.stylegan2 import Generator

ROOM = 1 << 30
CONFIG = {
    "z_dim": 8,
    "c_dim": 3,
    "w_dim": 12,
    "channels": [10, 8, 6],
    "image_channels": 3,
    "mapping_layers": 2,
}


@pytest.fixture
def net() -> Generator:
    torch.manual_seed(0)
    return Generator(**CONFIG, clamp=256.0).eval()


def test_a_checkpoint_draws_what_its_network_draws(
    net: Generator, folder: Path, tmp_path: Path, registry: Registry
) -> None:
    state = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    info = import_model(write(tmp_path / "faces.pkl", net, conv_clamp=256), folder, memory=ROOM)
    assert (info.family, info.metadata["resolution"]) == ("stylegan", "16")
    loaded = registry.weights.load(info)
    assert loaded.keys() == state.keys()
    assert all(torch.equal(loaded[name], state[name]) for name in state)
    params = {"model": info.name, "seed": 5, "label": 2, "truncation": 0.8}
    with headless(registry) as face:
        image = face.make(Request("stylegan", params)).images[0]
        several = face.make(Request("stylegan", params | {"count": 3, "seed": 3})).images
        with pytest.raises(UserError, match="no class 3"):
            face.make(Request("stylegan", params | {"label": 3}))

    z = torch.from_numpy(np.random.RandomState(5).randn(1, 8)).float()
    with torch.inference_mode():
        want = net(z, torch.eye(3)[2:], 0.8)[0].permute(1, 2, 0).mul(0.5).add(0.5).clamp(0, 1)
    assert (torch.from_numpy(image.array("float32", 3).copy()) - want).abs().max() < 1.5 / 255
    assert np.array_equal(several[2].pixels, image.pixels)


def refusal(path: Path, folder: Path) -> str:
    with pytest.raises(UserError) as caught:
        import_model(path, folder, memory=ROOM)
    assert not folder.exists() or not list(folder.iterdir())
    return caught.value.sentence


def test_code_in_a_checkpoint_is_never_run(net: Generator, folder: Path, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    path = tmp_path / "evil.pkl"
    whole = persistent(net, _init_kwargs=Payload(f"touch {mark}"))
    with their_modules():
        path.write_bytes(pickle.dumps({"G_ema": whole}))
    assert "system" in refusal(path, folder) and not mark.exists()
    source = f"import os; os.system('touch {mark}')"
    whole = Persistent("Generator", persistent(net).meta["state"], source)
    with their_modules():
        path.write_bytes(pickle.dumps({"G_ema": whole}))
    assert import_model(path, folder, memory=ROOM).family == "stylegan" and not mark.exists()


def test_other_files_are_told_apart(net: Generator, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.pkl"
    path.write_bytes(pickle.dumps({"G_ema": 1}))
    assert "no StyleGAN checkpoint" in refusal(path, folder)
    path.write_bytes(b"\x80\x02cdnnlib.tflib.network\nNetwork\n)\x81.")
    assert "TensorFlow" in refusal(path, folder)


def test_variants_without_a_definition_are_refused(net: Generator, folder: Path, tmp_path: Path) -> None:
    assert "architecture" in refusal(write(tmp_path / "x.pkl", net, architecture="resnet"), folder)
    net.synthesis.b8.conv0.resample_filter.fill_(0.25)
    path = tmp_path / "y.pkl"
    whole = persistent(net)
    with their_modules():
        path.write_bytes(pickle.dumps({"G_ema": whole, "arguments": EasyDict()}))
    assert "another filter" in refusal(path, folder)


@pytest.mark.parametrize("share", [0.1, 0.6, 0.99])
def test_a_truncated_checkpoint(net: Generator, folder: Path, tmp_path: Path, share: float) -> None:
    path = write(tmp_path / "x.pkl", net)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    assert "cannot be imported" in refusal(path, folder)


def test_a_checkpoint_that_lost_a_tensor(net: Generator, folder: Path, tmp_path: Path) -> None:
    del net.synthesis.b4.torgb
    assert "is missing" in refusal(write(tmp_path / "x.pkl", net), folder)


def test_a_stylegan3_checkpoint_draws_what_its_network_draws(
    folder: Path, tmp_path: Path, registry: Registry
) -> None:
    sys.path.insert(0, str(Path(__file__).parents[1] / "nets"))
    from test_stylegan3 import GIVEN, made

    net = made(radial=True)
    info = import_model(write(tmp_path / "moving.pkl", net, **GIVEN), folder, memory=ROOM)
    assert (info.metadata["architecture"], info.metadata["resolution"]) == ("StyleGAN3 16 x 16", "16")
    with headless(registry) as face:
        image = face.make(Request("stylegan", {"seed": 5, "truncation": 0.8})).images[0]
    z = torch.from_numpy(np.random.RandomState(5).randn(1, 8)).float()
    with torch.inference_mode():
        want = net(z, torch.zeros(1, 0), 0.8)[0].permute(1, 2, 0).mul(0.5).add(0.5).clamp(0, 1)
    assert (torch.from_numpy(image.array("float32", 3).copy()) - want).abs().max() < 1.5 / 255
    (folder / f"{info.name}.safetensors").unlink()
    (folder / f"{info.name}.json").unlink()
    assert "arranged otherwise" in refusal(
        write(tmp_path / "x.pkl", net, **(GIVEN | {"margin_size": 4})), folder
    )
