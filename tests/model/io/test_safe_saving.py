"""A save that fails leaves the file that was there before, and nothing else."""

import errno
import os
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from picture_samples import make_document, make_noise

from studio.model.errors import UserError
from studio.model.io import FORMATS, atomic_write, export_image, open_document, save_document, save_state
from studio.model.io.options import FlatOptions
from studio.model.media import Image

SUFFIXES = [form.suffixes[0] for form in FORMATS.writers()]


def only(folder: Path) -> Path:
    """The one file in a folder."""
    (path,) = folder.iterdir()
    return path


def test_a_block_that_raises_leaves_the_old_file(tmp_path):
    path = tmp_path / "x"
    path.write_text("old")
    with pytest.raises(RuntimeError), atomic_write(path) as file:
        file.write(b"new")
        raise RuntimeError
    assert only(tmp_path).read_text() == "old"


def test_the_new_file_has_the_old_ones_permissions(tmp_path):
    path = tmp_path / "x"
    path.write_text("old")
    path.chmod(0o640)
    with atomic_write(path) as file:
        file.write(b"new")
    assert stat.S_IMODE(only(tmp_path).stat().st_mode) == 0o640
    assert path.read_bytes() == b"new"


def test_a_new_file_follows_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        with atomic_write(tmp_path / "x") as file:
            file.write(b"new")
    finally:
        os.umask(before)
    assert stat.S_IMODE(only(tmp_path).stat().st_mode) == 0o640


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "x").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real" / "x")
    with atomic_write(tmp_path / "link") as file:
        file.write(b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "x").read_bytes() == b"new"


def test_a_disk_that_fills_up_costs_nothing_in_any_format(tmp_path):
    """With a real limit on file size in a process of its own."""
    paths = [tmp_path / f"x{suffix}" for suffix in SUFFIXES]
    for path in paths:
        export_image(Image(make_noise((8, 8, 3))), path)
    before = [path.read_bytes() for path in paths]
    script = f"""
        import resource, signal, sys
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from picture_samples import make_noise
        from studio.model.errors import UserError
        from studio.model.io import export_image
        from studio.model.media import Image
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        for path in sys.argv[1:]:
            try:
                export_image(Image(make_noise((300, 300, 3))), path)
            except UserError as error:
                print(error.sentence)
    """
    command = [sys.executable, "-c", textwrap.dedent(script), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    said = done.stdout.splitlines()
    for path, line in zip(paths, said, strict=True):
        assert path.name in line and "not saved" in line
    assert [path.read_bytes() for path in paths] == before
    assert set(tmp_path.iterdir()) == set(paths)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_write_error_is_a_sentence_and_keeps_the_old_file(tmp_path, monkeypatch, suffix, code):
    path = tmp_path / f"x{suffix}"
    export_image(Image(make_noise((8, 8, 3))), path)
    before = path.read_bytes()

    def fail(handle: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(UserError) as caught:
        save_document(make_document(), path)
    assert path.name in caught.value.sentence and caught.value.hint
    assert only(tmp_path).read_bytes() == before


def test_a_failed_save_leaves_the_document_as_it_was(tmp_path, monkeypatch):
    document = make_document()
    save_document(document, tmp_path / "x.ora")
    document.mark_unsaved()
    monkeypatch.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
    with pytest.raises(UserError):
        save_document(document, tmp_path / "other.ora")
    assert document.modified
    assert (document.path, document.title) == (tmp_path / "x.ora", "x")
    document.composite(document.canvas)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_write_protected_file_or_folder_is_refused(tmp_path):
    path = tmp_path / "x.png"
    path.write_text("old")
    path.chmod(0o444)
    with pytest.raises(UserError, match="may not be written"):
        save_document(make_document(), path)
    assert only(tmp_path).read_text() == "old"


@pytest.mark.parametrize("where", ["missing/x.png", "file/x.png", "folder.png", "n" * 300 + ".png"])
def test_places_that_cannot_be_written_are_sentences(tmp_path, where):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(UserError) as caught:
        save_document(make_document(), tmp_path / where)
    assert caught.value.hint


def test_running_out_of_memory_is_a_sentence(tmp_path, monkeypatch):
    png = FORMATS.writer_for(Path("x.png"))

    def fail(file: object, image: object, options: FlatOptions) -> tuple[str, ...]:
        raise MemoryError

    monkeypatch.setitem(vars(png), "write", fail)
    with pytest.raises(UserError, match="memory"):
        save_document(make_document(), tmp_path / "x.png")
    assert list(tmp_path.iterdir()) == []


def test_a_state_can_be_saved_elsewhere_while_the_document_goes_on(tmp_path, off_thread):
    document = make_document()
    expected = document.composite(document.canvas)
    state = document.capture()
    layer = document.root.children[0]
    layer.write(document.canvas, make_noise((50, 70, 4), seed=99))
    off_thread(save_state, state, tmp_path / "x.ora")
    found = off_thread(open_document, tmp_path / "x.ora")
    assert (found.composite(found.canvas) == expected).all()
    assert (document.composite(document.canvas) != expected).any()
