"""The window of the installed models."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from checkpoints import checkpoint
from desk import Desk
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton

from studio.app import models, places
from studio.ui.models.window import ModelsDialog


@pytest.fixture
def window(full_desk: Desk) -> Iterator[ModelsDialog]:
    """The window of the models, opened by its command."""
    full_desk.command("models.manage")
    made = next(w for w in QApplication.topLevelWidgets() if isinstance(w, ModelsDialog))
    yield made
    full_desk.idle()
    made.close()
    QApplication.processEvents()


def drop(path: Path) -> QDropEvent:
    """A file let go over the window."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    drop.data = data  # Qt does not keep it alive
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    return QDropEvent(QPointF(QPoint(30, 30)), Qt.DropAction.CopyAction, data, left, none)


def names(window: ModelsDialog) -> list[str]:
    return [window.list.topLevelItem(i).text(0) for i in range(window.list.topLevelItemCount())]


def choose(window: ModelsDialog, title: str) -> None:
    window.list.setCurrentItem(window.list.topLevelItem(names(window).index(title)))


def test_shipped_models_are_listed_and_stay(window: ModelsDialog) -> None:
    assert "Terrain" in names(window)
    choose(window, "Terrain")
    assert window.details.title.isReadOnly() and not window.details.remove.isEnabled()
    assert window.details.card.isEnabled()


def test_a_dropped_file_is_imported_tried_renamed_and_removed(
    full_desk: Desk, window: ModelsDialog, tmp_path: Path
) -> None:
    window.dropEvent(drop(checkpoint(tmp_path, "Compact")))
    full_desk.until(lambda: "Compact" in names(window))
    choose(window, "Compact")
    details = window.details
    full_desk.until(lambda: details.facts["SHA-256"].text() != "…")
    assert details.licence.text() == "" and "unknown" in details.note.text()
    details.test.click()
    full_desk.until(lambda: "megapixels" in details.outcome.text())
    assert details.after.isVisible() and details.outcome.text().startswith("256 × 256")
    details.title.setText("Softer")
    details.title.editingFinished.emit()
    details.licence.setText("CC0")
    details.licence.editingFinished.emit()
    assert "Softer" in names(window) and not details.note.isVisible()
    remove_by_hand(details.remove, "Cancel")
    assert "Softer" in names(window)
    remove_by_hand(details.remove, "Remove")
    assert "Softer" not in names(window) and not list(places.models_dir().iterdir())


def remove_by_hand(button: QPushButton, answer: str) -> None:
    """Press Remove and answer the question."""

    def press() -> None:
        box = next(w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox) and w.isVisible())
        next(b for b in box.buttons() if b.text().replace("&", "") == answer).click()

    QTimer.singleShot(100, press)
    button.click()


def test_a_refused_file_is_told_in_the_window_and_by_a_notice(
    full_desk: Desk, window: ModelsDialog, tmp_path: Path
) -> None:
    page = tmp_path / "net.pth"
    page.write_text("<html>" * 50)
    window.dropEvent(drop(page))
    full_desk.idle()
    assert "web page" in full_desk.sentence()
    full_desk.until(window.problems.isVisible)
    assert "“net.pth” cannot be imported" in window.problems.text()
    window.dropEvent(drop(checkpoint(tmp_path, "Compact")))
    full_desk.until(lambda: "Compact" in names(window))
    assert not window.problems.isVisible()


def test_a_checkpoint_dropped_on_the_main_window_becomes_a_generator(full_desk: Desk, tmp_path: Path) -> None:
    full_desk.window.drop._take_files([checkpoint(tmp_path, "SAFMN")], None)
    full_desk.idle()
    assert models.named("safmn", full_desk.app.registry).family == "imported-sr"
    notice = full_desk.app.notices.items[-1]
    notice.actions[0].run()
    assert full_desk.app.draft.generator == "imported-upscale"
    assert not full_desk.app.documents
