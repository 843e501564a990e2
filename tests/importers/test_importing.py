"""Users' own checkpoints become generators, whatever file they come in."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from checkpoints import TINY, checkpoint, net, tensors
from safetensors.torch import save_file

from studio.app import models
from studio.app.headless import headless
from studio.engine.events import Request
from studio.engine.importers.checkpoint import read_checkpoint
from studio.engine.importers.install import import_model, load_network
from studio.engine.plugins import Registry
from studio.model.errors import UserError
from studio.model.media import Image, Mask

ROOM = 1 << 30
PICTURE = Image(np.random.default_rng(1).integers(1, 255, (40, 56, 4), np.uint8))


@pytest.mark.parametrize("name", TINY)
def test_an_architecture_is_recognised_and_computes_as_before(
    name: str, folder: Path, tmp_path: Path, registry: Registry
) -> None:
    make, task, scale = TINY[name]
    info = import_model(checkpoint(tmp_path, name), folder, memory=ROOM)
    assert (info.family, info.metadata["scale"]) == (f"imported-{task}", str(scale))
    assert info.metadata["licence"] == "unknown"
    loaded = load_network(info, registry.weights.load(info)).model.model.state_dict()
    before = make().eval().state_dict()
    assert all(torch.equal(before[key], loaded[key]) for key in before if before[key].is_floating_point())


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32])
@pytest.mark.parametrize("old", [True, False])
def test_files_of_old_and_new_torch_give_the_same_tensors(
    tmp_path: Path, old: bool, dtype: torch.dtype
) -> None:
    want = {key: value.to(dtype) for key, value in tensors("NAFNet").items()}
    path = tmp_path / "x.pth"
    torch.save({"state_dict": want}, path, _use_new_zipfile_serialization=not old)
    got = read_checkpoint(path, ROOM)
    assert got.keys() == want.keys()
    assert all(torch.equal(got[key], want[key]) and got[key].dtype == dtype for key in want)


def test_views_into_shared_numbers_become_tensors_of_their_own(tmp_path: Path) -> None:
    base = torch.arange(24.0).reshape(4, 6)
    views = {"a": base[1:3, 2:5], "b": base.t(), "c": base[0]}
    torch.save(views, tmp_path / "x.pth")
    got = read_checkpoint(tmp_path / "x.pth", ROOM)
    assert all(torch.equal(got[key], views[key]) and got[key].is_contiguous() for key in views)


def test_safetensors_bring_their_licence_and_title(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "Sharp One.safetensors"
    said = {"modelspec.license": "CC-BY-4.0", "modelspec.title": "Sharp\nOne"}
    save_file(tensors("Compact"), path, said)
    info = import_model(path, folder, memory=ROOM)
    assert info.name == "sharp-one"
    assert (info.metadata["licence"], info.metadata["title"]) == ("CC-BY-4.0", "Sharp One")


def test_names_are_numbered_and_twins_refused(folder: Path, tmp_path: Path) -> None:
    first = import_model(checkpoint(tmp_path, "Compact"), folder, memory=ROOM)
    second = import_model(checkpoint(tmp_path, "SAFMN"), folder, name="Compact", memory=ROOM)
    assert (first.name, second.name) == ("compact", "compact-2")
    with pytest.raises(UserError, match="installed already, as “compact”"):
        import_model(tmp_path / "Compact.pth", folder, memory=ROOM)


def test_an_imported_network_enlarges_and_keeps_alpha(
    folder: Path, tmp_path: Path, registry: Registry
) -> None:
    info = import_model(checkpoint(tmp_path, "Compact"), folder, memory=ROOM)
    with headless(registry) as face:
        made = face.make(Request("imported-upscale", {"model": info.name, "tile": 64}, {"image": PICTURE}))
    assert made.images[0].pixels.shape == (80, 112, 4)
    assert made.provenance.weights == info.sha256
    rgb = torch.from_numpy(PICTURE.array("float32", 3).copy()).permute(2, 0, 1)[None]
    with torch.inference_mode():
        want = TINY["Compact"][0]().eval()(rgb)[0].permute(1, 2, 0).clamp(0, 1).numpy()
    assert np.abs(made.images[0].array("float32", 3) - want).max() < 1.5 / 255


@pytest.mark.parametrize("shape", [(1, 1, 3), (10, 30_000, 1), (17, 9, 4)])
def test_an_imported_network_takes_pictures_of_any_shape(
    folder: Path, tmp_path: Path, registry: Registry, shape: tuple[int, int, int]
) -> None:
    import_model(checkpoint(tmp_path, "SwinIR"), folder, memory=ROOM)
    source = Image(np.random.default_rng(2).integers(1, 255, shape, np.uint8))
    with headless(registry) as face:
        made = face.make(Request("imported-upscale", {}, {"image": source})).images[0]
    assert made.pixels.shape == (2 * shape[0], 2 * shape[1], shape[2])


def test_a_grey_network_restores_each_colour(folder: Path, tmp_path: Path, registry: Registry) -> None:
    import_model(checkpoint(tmp_path, "DnCNN"), folder, memory=ROOM)
    request = Request("imported-restore", {"strength": 0.0}, {"image": PICTURE})
    with headless(registry) as face:
        same = face.make(request).images[0]
        other = face.make(Request("imported-restore", {}, {"image": PICTURE})).images[0]
    assert np.array_equal(same.pixels, PICTURE.pixels)
    assert other.pixels.shape == PICTURE.pixels.shape and (other.pixels != PICTURE.pixels).any()


def test_a_portrait_is_restored_as_a_whole(folder: Path, tmp_path: Path, registry: Registry) -> None:
    import_model(checkpoint(tmp_path, "RestoreFormer"), folder, memory=ROOM)
    with headless(registry) as face:
        made = face.make(Request("imported-face", {}, {"image": PICTURE})).images[0]
    assert made.pixels.shape == PICTURE.pixels.shape
    assert np.array_equal(made.pixels[..., 3], PICTURE.pixels[..., 3])


def test_an_inpainting_network_changes_only_the_hole(
    folder: Path, tmp_path: Path, registry: Registry
) -> None:
    path = tmp_path / "lama.safetensors"
    save_file(
        {key: value.half() for key, value in net("LaMa", in_nc=4, out_nc=3)().state_dict().items()}, path
    )
    import_model(path, folder, memory=8 << 30)
    hole = np.zeros((40, 56), np.uint8)
    hole[10:20, 30:44] = 255
    with headless(registry) as face:
        made = face.make(Request("imported-inpaint", {}, {"image": PICTURE, "mask": Mask(hole)})).images[0]
        with pytest.raises(UserError, match="mask is empty"):
            face.make(Request("imported-inpaint", {}, {"image": PICTURE, "mask": Mask(hole * 0)}))
    changed = (made.pixels != PICTURE.pixels).any(-1)
    assert changed[10:20, 30:44].any() and not changed[hole == 0].any()
    assert np.array_equal(made.pixels[..., 3], PICTURE.pixels[..., 3])


def test_without_an_import_the_generators_say_what_to_do(registry: Registry) -> None:
    ready = registry.get("imported-upscale").ready()
    assert not ready.ok and "No model" in ready.sentence


def test_the_person_renames_licenses_and_removes(folder: Path, tmp_path: Path, registry: Registry) -> None:
    info = import_model(checkpoint(tmp_path, "Compact"), folder, memory=ROOM)
    before = info.sha256
    models.rename(info, "Soft Two")
    models.set_licence(info, "MIT")
    shown = models.shown(models.named("compact", registry), registry)
    assert (shown.title, shown.licence, shown.users) == ("Soft Two", "MIT", ("imported-upscale",))
    assert models.named("compact", registry).sha256 == before
    models.remove(info)
    assert not list(folder.iterdir())


def test_shipped_models_stay(registry: Registry) -> None:
    with pytest.raises(UserError, match="part of the studio"):
        models.remove(models.named("terrain", registry))


def test_broken_notes_count_as_none(folder: Path, tmp_path: Path, registry: Registry) -> None:
    info = import_model(checkpoint(tmp_path, "Compact"), folder, memory=ROOM)
    info.path.with_suffix(".json").write_text(json.dumps({"title": 7, "licence": ["x"]}))
    assert models.shown(info, registry).licence == "unknown"
