"""Recovery copies: cheap to make, whole at any instant, found after a crash."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
from picture_samples import make_document, make_noise

from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.io import save_document
from studio.model.io.colour import srgb_profile
from studio.model.nodes import RasterLayer
from studio.model.project import Autosave, Recoverable, discard, recover, recoverable


class Clock:
    """Time that stands still, but for `step` seconds at every look."""

    now = 0.0
    step = 0.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def autosave(tmp_path, clock):
    """An autosave of a changed document, closed afterwards."""
    made = Autosave(unsaved(), tmp_path / "copies", clock=clock)
    yield made
    made.close()


def unsaved() -> Document:
    document = make_document()
    document.title = "Drawing"
    document.mark_unsaved()
    return document


def change(document: Document, seed: int = 50) -> np.ndarray:
    """Paint something; the pixels of the layer afterwards."""
    layer = document.root.children[0]
    assert isinstance(layer, RasterLayer)
    with document.edit("Paint"):
        layer.write(Rect(0, 0, 20, 20), make_noise((20, 20, 4), seed=seed))
    return layer.read(document.canvas)


def crashed(autosave: Autosave) -> tuple[Recoverable, ...]:
    """What is found when the process is gone."""
    autosave.close(keep=True)
    return recoverable(autosave.folder.parent)


def first_layer(document: Document) -> np.ndarray:
    layer = document.root.children[0]
    assert isinstance(layer, RasterLayer)
    return layer.read(document.canvas)


def test_a_crash_leaves_a_copy_that_is_all_there(autosave):
    document = autosave.document
    document.icc = srgb_profile()
    document.path = Path("/somewhere/Drawing.ora")
    autosave.flush()
    (entry,) = crashed(autosave)
    assert (entry.title, entry.path, entry.pid) == ("Drawing", document.path, os.getpid())
    found = recover(entry)
    assert found.modified
    assert (found.title, found.path) == ("Drawing", document.path)
    assert (found.icc, found.meta, found.resolution_dpi) == (srgb_profile(), document.meta, 300)
    np.testing.assert_array_equal(found.composite(found.canvas), document.composite(document.canvas))


def test_a_recovered_document_stays_unsaved_whatever_is_undone(autosave):
    autosave.flush()
    (entry,) = crashed(autosave)
    found = recover(entry)
    change(found)
    found.history.undo()
    assert found.modified


def test_copies_in_use_are_not_offered(autosave):
    autosave.flush()
    assert recoverable(autosave.folder.parent) == ()
    assert autosave.folder.exists()


def test_nothing_is_written_for_a_document_that_is_saved(tmp_path, autosave):
    save_document(autosave.document, tmp_path / "x.ora")
    autosave.tick()
    autosave.flush()
    assert not autosave.folder.exists()


def test_saving_removes_the_copy(tmp_path, autosave):
    autosave.flush()
    save_document(autosave.document, tmp_path / "x.ora")
    autosave.tick()
    assert not autosave.folder.exists()
    change(autosave.document)
    autosave.flush()
    assert len(crashed(autosave)) == 1


def test_closing_removes_the_copy(tmp_path):
    autosave = Autosave(unsaved(), tmp_path)
    autosave.flush()
    autosave.close()
    assert list(tmp_path.iterdir()) == []


def test_at_most_ten_seconds_pass_between_copies(autosave, clock):
    """The copy holds what there was when it began, so its own time counts too."""
    document = autosave.document
    autosave.tick()
    autosave.wait()
    seen = change(document)
    for clock.now in (1.0, 3.0, 5.0):
        autosave.tick()
        assert not autosave.busy
    clock.now = 7.5
    autosave.tick()
    autosave.wait()
    (entry,) = crashed(autosave)
    np.testing.assert_array_equal(first_layer(recover(entry)), seen)


def test_slow_copies_begin_earlier(autosave, clock):
    clock.step = 5.0
    autosave.tick()
    autosave.wait()
    clock.step, clock.now = 0.0, 100.0
    change(autosave.document)
    autosave.tick()
    autosave.wait()
    change(autosave.document, 51)
    clock.now = 102.5
    autosave.tick()
    assert not autosave.busy
    clock.now = 107.5
    autosave.tick()
    assert autosave.busy


def test_what_happens_while_a_copy_is_written_is_not_in_it(autosave):
    document = autosave.document
    before = change(document)
    autosave.tick()
    change(document, 51)
    autosave.wait()
    (entry,) = crashed(autosave)
    np.testing.assert_array_equal(first_layer(recover(entry)), before)


def test_only_changed_layers_are_written_again(autosave):
    autosave.flush()
    before = {path.name: path.stat().st_mtime_ns for path in (autosave.folder / "data").iterdir()}
    change(autosave.document)
    autosave.flush()
    after = {path.name: path.stat().st_mtime_ns for path in (autosave.folder / "data").iterdir()}
    assert len(after) == len(before)
    assert len(after.items() & before.items()) == len(before) - 1


def test_a_full_disk_is_said_once_and_the_copy_before_stays(autosave, clock, monkeypatch):
    seen = change(autosave.document)
    autosave.flush()
    change(autosave.document, 51)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(OSError(28, "full")))
        with pytest.raises(UserError, match="disk is full"):
            autosave.flush()
    (entry,) = crashed(autosave)
    np.testing.assert_array_equal(first_layer(recover(entry)), seen)


def test_after_a_failure_it_is_tried_again(autosave, clock, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(OSError(28, "full")))
        autosave.tick()
        with pytest.raises(UserError):
            autosave.wait()
    clock.now = 20
    assert autosave.tick() is None
    autosave.wait()
    assert len(crashed(autosave)) == 1


def test_a_recovered_copy_goes_on_as_the_copy_of_the_new_document(tmp_path, autosave):
    autosave.flush()
    (entry,) = crashed(autosave)
    again = Autosave(recover(entry), entry.folder.parent, continues=entry)
    assert recoverable(entry.folder.parent) == ()
    with pytest.raises(UserError, match="another window"):
        Autosave(recover(entry), entry.folder.parent, continues=entry).close()
    seen = change(again.document)
    again.flush()
    (found,) = crashed(again)
    assert found.folder == entry.folder
    np.testing.assert_array_equal(first_layer(recover(found)), seen)


def test_discarding_removes_a_copy_for_good(autosave):
    autosave.flush()
    (entry,) = crashed(autosave)
    discard(entry)
    assert recoverable(entry.folder.parent) == ()
    assert list(entry.folder.parent.iterdir()) == []


def test_a_damaged_copy_is_one_clear_error_and_can_be_discarded(autosave):
    autosave.flush()
    (entry,) = crashed(autosave)
    for path in (entry.folder / "data").iterdir():
        path.write_bytes(b"broken")
    with pytest.raises(UserError, match="Drawing"):
        recover(entry)
    discard(entry)


def test_strange_things_in_the_folder_are_no_copies(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "never finished" / "data").mkdir(parents=True)
    assert recoverable(tmp_path) == ()
    assert recoverable(tmp_path / "missing") == ()
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_copy_with_a_broken_description_can_still_be_recovered(autosave):
    autosave.flush()
    (entry,) = crashed(autosave)
    (entry.folder / "info.json").write_bytes(b"[1, 2")
    (found,) = recoverable(entry.folder.parent)
    assert (found.title, found.path) == ("Untitled", None)
    recover(found)


WORKER = """
    import sys
    sys.path.insert(0, {here!r})
    from pathlib import Path
    from test_autosave import change, unsaved
    from studio.model.project import Autosave
    document = unsaved()
    autosave = Autosave(document, Path({folder!r}))
    for seed in range(100_000):
        change(document, seed)
        autosave.flush()
        print(seed, flush=True)
"""


def test_killing_the_process_at_any_instant_leaves_a_whole_copy(tmp_path):
    for attempt in range(2):
        folder = tmp_path / str(attempt)
        script = textwrap.dedent(WORKER.format(here=str(Path(__file__).parent), folder=str(folder)))
        with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            last = -1
            while last < 2 + attempt:
                last = int(process.stdout.readline())
            time.sleep(0.003 * attempt)
            process.send_signal(signal.SIGKILL)
            last = max([last, *map(int, process.stdout.read().split())])
        (entry,) = recoverable(folder)
        assert entry.pid == process.pid
        found = first_layer(recover(entry))[:20, :20]
        # The killed write may or may not have counted already; anything older would be lost work.
        assert any((found == make_noise((20, 20, 4), seed=seed)).all() for seed in (last, last + 1))
