"""The window for batches."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from desk import Desk
from PIL import Image as Pillow
from PySide6.QtWidgets import QApplication

from studio.app.batch import Crew
from studio.ui.batch.window import BatchDialog


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures and one that is none."""
    made = tmp_path / "in"
    made.mkdir()
    for number in range(3):
        Pillow.fromarray(np.full((8, 8, 3), number * 20, np.uint8)).save(made / f"{number}.png")
    (made / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n nothing")
    return made


@pytest.fixture
def window(desk: Desk) -> Iterator[BatchDialog]:
    """The window for batches, opened by its command."""
    desk.command("batch.open")
    made = next(w for w in QApplication.topLevelWidgets() if isinstance(w, BatchDialog))
    made.generator.setCurrentIndex(made.generator.findData("invert"))
    yield made
    for left in [w for w in QApplication.topLevelWidgets() if isinstance(w, BatchDialog)]:
        left.close()
    QApplication.processEvents()


def test_a_folder_is_done_and_the_failing_picture_is_named(
    desk: Desk, window: BatchDialog, folder: Path
) -> None:
    window.source.set_path(folder)
    window.source.changed.emit()
    target = window.target.path
    assert target == folder.with_name("in-results")
    window.start.click()
    run = window.run
    assert run is not None
    desk.until(lambda: not run.running)
    assert window.line.text() == "3 done, 1 failed." and window.start.isEnabled()
    assert "broken.png" in window.list.topLevelItem(3).text(2)
    assert {path.name for path in target.glob("*.png")} == {"0.png", "1.png", "2.png"}
    assert not desk.app.documents and not desk.app.results.items
    window.start.click()
    again = window.run
    assert again is not None
    desk.until(lambda: not again.running)
    assert window.line.text() == "3 done, 1 failed."


def test_several_pictures_at_once_are_done_by_workers_of_their_own(
    desk: Desk, window: BatchDialog, folder: Path
) -> None:
    before = {job.id for job in desk.app.jobs.all()}
    window.source.set_path(folder)
    window.target.set_path(folder.with_name("out"))
    window.crew.jobs.setValue(2)
    window.start.click()
    run = window.run
    assert run is not None
    desk.until(lambda: not run.running)
    assert window.line.text() == "3 done, 1 failed."
    assert {job.id for job in desk.app.jobs.all()} == before


def test_ray_is_offered_where_it_is_installed(desk: Desk, window: BatchDialog, folder: Path) -> None:
    assert window.crew.where.model().item(1).isEnabled() == (find_spec("ray") is not None)
    window.source.set_path(folder)
    window.target.set_path(folder.with_name("out"))
    window.crew.where.setCurrentIndex(1)
    assert window.crew.crew == Crew(1, ray=True)


def test_what_is_missing_is_said_in_the_window(desk: Desk, window: BatchDialog, folder: Path) -> None:
    window.start.click()
    assert "Choose the folder" in window.line.text()
    window.source.set_path(folder / "nowhere")
    window.target.set_path(folder)
    window.start.click()
    assert "no folder" in window.line.text() and window.run is None


def test_closing_the_window_stops_the_batch(desk: Desk, window: BatchDialog, folder: Path) -> None:
    for number in range(60):
        Pillow.fromarray(np.zeros((64, 64, 3), np.uint8)).save(folder / f"more-{number}.png")
    window.source.set_path(folder)
    window.target.set_path(folder.with_name("out"))
    window.start.click()
    run = window.run
    assert run is not None
    desk.until(lambda: run.progress > 0)
    window.reject()
    desk.until(lambda: not run.running)
    assert run.progress < 1
