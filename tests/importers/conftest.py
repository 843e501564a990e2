"""Folders of imported models, and the registry over them."""

from pathlib import Path

import pytest

from studio.app import places
from studio.app.installed import empty_registry
from studio.engine.plugins import Registry


@pytest.fixture
def folder() -> Path:
    """The folder of the user's own models."""
    return places.models_dir()


@pytest.fixture
def registry() -> Registry:
    """The built-in generators over the installed models."""
    found = empty_registry()
    found.discover(entry_points=False)
    return found
