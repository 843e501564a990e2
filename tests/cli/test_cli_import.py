"""`studio import` and `studio models`."""

import json
from pathlib import Path

import pytest
import torch

from studio.cli import main

torch.manual_seed(0)


@pytest.fixture
def soft(tmp_path: Path) -> Path:
    """A network of the Compact architecture with random weights, enlarging two times."""
    state = {"body.0.weight": torch.randn(8, 3, 3, 3), "body.0.bias": torch.zeros(8)}
    state |= {"body.1.weight": torch.full((8,), 0.2), "body.2.weight": torch.randn(8, 8, 3, 3)}
    state |= {"body.2.bias": torch.zeros(8), "body.3.weight": torch.full((8,), 0.2)}
    state |= {"body.4.weight": torch.randn(12, 8, 3, 3), "body.4.bias": torch.zeros(12)}
    path = tmp_path / "Soft x2.pth"
    torch.save({"params": state}, path)
    return path


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(list(words))
    out = capsys.readouterr()
    return code, out.out, out.err


def test_import_use_rename_remove(soft: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "import", str(soft), "--licence", "CC0")
    assert (code, out) == (0, "soft-x2\n") and "Compact" in err and "CC0" in err
    picture = tmp_path / "in.png"
    torch.manual_seed(1)
    from studio.model.io import export_image
    from studio.model.media import Image

    export_image(Image((torch.rand(20, 24, 3) * 255).byte().numpy()), picture)
    made = tmp_path / "out.png"
    code, _, err = said(capsys, "run", "imported-upscale", "--in", f"image={picture}", "--out", str(made))
    assert code == 0 and made.is_file(), err
    assert said(capsys, "models", "rename", "soft-x2", "Softer")[0] == 0
    found = json.loads(said(capsys, "models", "--json")[1])
    mine = next(model for model in found if model["name"] == "soft-x2")
    assert (mine["title"], mine["scale"], mine["users"]) == ("Softer", 2, ["imported-upscale"])
    assert said(capsys, "models", "remove", "soft-x2", "--yes")[0] == 0
    assert "soft-x2" not in said(capsys, "models")[1]


def test_a_refusal_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "net.pth"
    page.write_text("<html>" * 40)
    code, out, err = said(capsys, "import", str(page))
    assert (code, out) == (1, "") and "web page" in err and "Traceback" not in err


def test_shipped_models_cannot_be_removed(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = said(capsys, "models", "remove", "terrain", "--yes")
    assert code == 1 and "part of the studio" in err
