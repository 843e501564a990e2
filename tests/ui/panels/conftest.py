"""The session that panels are tested over."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from panel_kit import Bench, open_bench
from pytestqt.qtbot import QtBot


@pytest.fixture
def bench(qtbot: QtBot, studio_home: Path) -> Iterator[Bench]:
    """A session with nothing open."""
    bench = open_bench(qtbot, studio_home)
    yield bench
    bench.app.close()
    bench.bridge.close()
