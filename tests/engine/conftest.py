"""Fixtures of the engine's tests."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_kit import Studio


@pytest.fixture
def make_studio(tmp_path: Path) -> Iterator[Callable[..., Studio]]:
    """Makes studios that are closed when the test ends."""
    made: list[Studio] = []

    def make(**settings: Any) -> Studio:
        made.append(Studio(tmp_path / "plugins", **settings))
        return made[-1]

    yield make
    for studio in made:
        studio.close()


@pytest.fixture
def studio(make_studio: Callable[..., Studio]) -> Studio:
    """One studio with the usual settings."""
    return make_studio()
