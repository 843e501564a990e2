"""Measuring a run, exporting samples, and the study of augmentation: run as a person would, on tiny data."""

import csv
import json
import tarfile
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
import typer
from click.testing import Result
from PIL import Image
from typer.testing import CliRunner

from studio.engine.recipe import Pictures
from studio.train import assess, contrast, datasets, samples, study
from studio.train.pictures import open_data
from studio.train.session import Budget, Cadence, Session
from studio.train.trainer import Trainer
from tests.train.test_trainer import LIGHT, STYLE, plan


def call(module: ModuleType, *words: object) -> Result:
    app = typer.Typer()
    app.command()(module.main)
    return CliRunner().invoke(app, [str(word) for word in words])


def trained(tmp_path: Path, data: datasets.Data, text: str) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    trainer = Trainer(plan(tmp_path, text), data)
    session = Session(trainer, folder, Budget(steps=2), Cadence(steps=1))
    session.run()
    trainer.close()
    (folder / "recipe.toml").write_bytes((tmp_path / "recipe.toml").read_bytes())
    return folder


@pytest.fixture
def labelled_run(tmp_path: Path, stripes: datasets.PictureSet) -> Path:
    return trained(tmp_path, stripes, STYLE)


def test_eval_names_its_feature_network_and_reference(labelled_run: Path, stripes_folder: Path) -> None:
    words = [labelled_run, "--data", stripes_folder, "--count", 16, "--draws", 1, "--views", 640, "--json"]
    done = call(assess, *words)
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert "classifier of its labels" in found["features"]
    assert (found["reference"], found["real"], found["made"]) == ("held-out pictures", 16, 16)
    assert found["frechet"] > found["floor"]["frechet"]
    scores = ("precision", "recall", "density", "coverage", "copies", "kernel", "crowding")
    assert all(np.isfinite(found[name]) for name in scores)
    with Image.open(labelled_run / "neighbours.png") as sheet:
        assert sheet.height == 4 * (32 + 2) + 2
    again = json.loads(call(assess, *words).stdout)
    assert again == found


def test_eval_of_a_folder_without_labels_says_that_nothing_was_held_out(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for i in range(12):
        (tmp_path / "data").mkdir(exist_ok=True)
        Image.fromarray(rng.integers(0, 255, (32, 32, 3), dtype=np.uint8)).save(tmp_path / f"data/{i}.png")
    text = LIGHT.replace("[light]", "[pictures]\nresolution = 32\n[light]")
    run = trained(tmp_path, open_data(tmp_path / "data", Pictures(resolution=32)), text)
    done = call(assess, run, "--data", tmp_path / "data", "--count", 10, "--views", 128, "--json")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert "contrastive" in found["features"]
    assert "nothing was held out" in found["reference"]
    assert found["copies"] is None


def test_eval_of_no_run_is_a_sentence(tmp_path: Path) -> None:
    done = call(assess, tmp_path, "--data", tmp_path)
    assert done.exit_code == 2
    assert "holds no training run" in done.stderr or "cannot be read" in done.stderr


def test_samples_become_a_labelled_folder_that_can_be_trained_on(labelled_run: Path, tmp_path: Path) -> None:
    done = call(samples, labelled_run, "--out", tmp_path / "out", "--count", 9, "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["pictures"] == 9
    with (tmp_path / "out/labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["file"].split("/")[0] for row in rows} == {row["way"] for row in rows} == {"across", "down"}
    again = open_data(tmp_path / "out", Pictures(resolution=32, labels="csv"))
    assert (len(again), again.conditions[0]["values"]) == (9, ["across", "down"])


def test_an_export_tells_how_far_it_is(labelled_run: Path, tmp_path: Path) -> None:
    done = call(samples, labelled_run, "--out", tmp_path / "out", "--count", 33, "--progress")
    assert done.stdout.splitlines()[:2] == ["16", "32"]


def test_samples_become_a_web_dataset_of_one_class(labelled_run: Path, tmp_path: Path) -> None:
    words = [labelled_run, "--out", tmp_path / "some.tar", "--count", 3, "--class", "down"]
    done = call(samples, *words)
    assert done.exit_code == 0, done.stderr
    with tarfile.open(tmp_path / "some.tar") as tar:
        names = tar.getnames()
        labels = [json.load(tar.extractfile(name)) for name in names if name.endswith("json")]  # type: ignore[arg-type]
    assert names[:3] == ["00000000.png", "00000000.cls", "00000000.json"]
    assert labels == [{"way": "down"}] * 3


def test_a_value_the_model_does_not_know_is_refused(labelled_run: Path, tmp_path: Path) -> None:
    done = call(samples, labelled_run, "--out", tmp_path / "out", "--class", "round")
    assert done.exit_code == 2
    assert "round" in done.stderr
    assert "across" in done.stderr


def test_the_study_prints_both_accuracies_with_intervals(labelled_run: Path, stripes_folder: Path) -> None:
    words = [
        labelled_run,
        "--data",
        stripes_folder,
        "--sizes",
        "2,4",
        "--made",
        4,
        "--steps",
        3,
        "--seeds",
        2,
    ]
    done = call(study, *words, "--json")
    assert done.exit_code == 0, done.stderr
    rows = json.loads(done.stdout)["rows"]
    assert [row["real_per_class"] for row in rows] == [2, 4]
    for row in rows:
        assert row["gain"]["mean"] == pytest.approx(row["both"]["mean"] - row["real"]["mean"], abs=2e-4)


def test_intervals_are_student_s() -> None:
    assert study.Arm((0.1, 0.2, 0.3, 0.4, 0.5)).half == pytest.approx(2.776445 * 0.158114 / 5**0.5, rel=1e-4)


def test_a_classifier_learns_from_few_pictures(stripes: datasets.PictureSet) -> None:
    real = study.few(stripes, 0, 8, seed=0)
    net = study.classifier(real, None, 2, steps=30, seed=0)
    assert study.right(net, *real) > 0.9


def test_contrastive_features_tell_kinds_apart_without_labels(stripes: datasets.PictureSet) -> None:
    net = contrast.fit_contrast(stripes, 640, seed=0)
    features = torch.nn.functional.normalize(net.features(stripes.pictures(slice(None))), dim=1)
    alike = features @ features.t()
    same = torch.from_numpy(stripes.labels == stripes.labels.T)
    assert alike[same].mean() > alike[~same].mean() + 0.2


def kinds(folder: Path, count: int) -> Path:
    """Two sub-folders of random pictures."""
    rng = np.random.default_rng(0)
    for i in range(count):
        home = folder / ("even", "odd")[i % 2]
        home.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 255, (32, 32, 3), dtype=np.uint8)).save(home / f"{i}.png")
    return folder


def test_the_study_takes_a_folder_that_a_run_has_held_pictures_out_of(tmp_path: Path) -> None:
    data, text = kinds(tmp_path / "data", 60), LIGHT.replace("[light]", "{}[light]")
    table = '[pictures]\nresolution = 32\nlabels = "folders"\nhold_out = 0.3\n'
    held = Pictures(resolution=32, labels="folders", hold_out=0.3)
    run = trained(tmp_path, open_data(data, held), text.format(table))
    words = [run, "--data", data, "--made", 4, "--steps", 2, "--seeds", 2, "--json", "--sizes"]
    done = call(study, *words, "2")
    assert done.exit_code == 0, done.stderr
    assert 10 < json.loads(done.stdout)["test_pictures"] < 30
    for sizes, said in (("2,x", "no numbers"), ("500", "one class has"), ("0", "asks for")):
        refused = call(study, *words, sizes)
        assert refused.exit_code == 2
        assert said in refused.stderr
    (run / "recipe.toml").write_text(text.format(table.replace("hold_out = 0.3", "")), "utf-8")
    refused = call(study, *words, "2")
    assert refused.exit_code == 2
    assert "hold_out" in refused.stderr
