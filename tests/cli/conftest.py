"""Fixtures of the command line's tests."""

from pathlib import Path

import pytest
from tiny_models import PEOPLE, tiny_model


@pytest.fixture
def models(studio_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Tiny models as the only installed ones."""
    folder = studio_home / "data" / "models"
    tiny_model(folder, "people", conditions=PEOPLE)
    tiny_model(folder, "land", ("r", "g", "b", "height"), tileable=True)
    monkeypatch.setattr("studio.app.places.RESOURCES", studio_home / "none")
    return folder


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
