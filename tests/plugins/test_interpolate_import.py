"""RIFE and IFRNet files of a person's own: recognised, refused in words, used by `interpolate`."""

from pathlib import Path

import pytest
import torch
from photo_kit import lab_on, photo_registry, run
from video_kit import recorded

from studio.engine.importers.install import import_model
from studio.model.errors import UserError
from studio.nets.ifrnet import IFRNet
from studio.nets.interpolate import compose
from studio.nets.rife import IFNet

SMALL = {"ifrnet": lambda: IFRNet((8, 10, 12, 14), 4), "rife": lambda: IFNet((8, 8, 8, 8))}


def calm(net):
    """A network with small random weights, so that motion stays within the picture."""
    torch.manual_seed(3)
    for name, tensor in net.state_dict().items():
        if tensor.ndim == 4 and "beta" not in name:
            tensor.normal_(std=0.01)
    return net


def saved(path: Path, state) -> Path:
    torch.save(state, path)
    return path


def test_published_sizes_come_out_right():
    nets = IFRNet(), IFRNet((32, 48, 72, 96), 32), IFRNet((64, 96, 144, 192), 64, 7)
    count = [sum(p.numel() for p in net.parameters()) for net in nets]
    assert [round(value / 1e6, 1) for value in count] == [2.8, 5.0, 19.7]


@pytest.mark.parametrize("kind", SMALL)
@pytest.mark.parametrize("prefix", ["", "module."])
def test_a_file_becomes_a_choice_of_interpolate(tmp_path, kind, prefix):
    net = calm(SMALL[kind]())
    path = saved(tmp_path / "mine.pth", {prefix + name: tensor for name, tensor in net.state_dict().items()})
    folder = tmp_path / "models"
    info = import_model(path, folder, licence="MIT")
    assert info.family == "interpolate" and info.config["kind"] == kind
    with lab_on(photo_registry(folder)) as lab:
        record = run(lab, "interpolate", {"model": info.name}, clip=recorded(3, width=50, height=38))
        assert record.finished is not None, record.fault
        frames = [frame.image.array("float32", 3) for frame in record.values[0].frames()]
    assert len(frames) == 6 and frames[1].shape == (38, 50, 3)
    middle = (frames[0] + frames[2]) / 2
    assert abs(frames[1] - middle).mean() < 0.05, "a network that knows nothing blends"


@pytest.mark.parametrize("kind", SMALL)
def test_motion_is_followed_by_the_weights_that_say_so(kind):
    net = calm(SMALL[kind]())
    first, last = torch.rand(1, 3, 64, 64), torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        flow, raw = net.estimate(first, last, torch.tensor([0.5]))
        assert flow.shape == raw.shape == (1, 4, 64, 64)
        raw[:, :3], raw[:, 3], flow[:] = 0, 50.0, 0
        assert torch.allclose(compose(first, last, flow, raw, torch.tensor([0.5]))[0], first, atol=1e-4)


@pytest.mark.parametrize("name", ["encode.cnn0.weight", "block4.conv0.0.0.weight", "another.weight"])
def test_other_versions_are_refused_in_words(tmp_path, name):
    state = {**SMALL["rife"]().state_dict(), name: torch.zeros(4, 4, 3, 3)}
    with pytest.raises(UserError, match="version"):
        import_model(saved(tmp_path / "new.pkl", state), tmp_path / "models")
    assert not list((tmp_path / "models").glob("*.safetensors"))


def test_lying_shapes_are_refused(tmp_path):
    state = {**SMALL["ifrnet"]().state_dict(), "encoder.pyramid4.0.0.weight": torch.zeros(2000, 1, 1, 1)}
    with pytest.raises(UserError):
        import_model(saved(tmp_path / "bad.pth", state), tmp_path / "models")
