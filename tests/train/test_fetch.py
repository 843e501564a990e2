"""Fetching by manifest: only the named bytes are accepted, and nothing reaches outside the cache."""

import hashlib
import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from studio.model.errors import UserError
from studio.train import fetch

PACKAGE = fetch.Package("thing", "npm", "1.0", "thing-1.0.tgz", "", "package", "MIT")


def archive(path: Path, member: str) -> fetch.Package:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as file:
        info = tarfile.TarInfo(member)
        info.size = 2
        file.addfile(info, io.BytesIO(b"hi"))
    return replace(PACKAGE, sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def test_a_file_with_another_checksum_is_refused_and_removed(tmp_path: Path) -> None:
    path = tmp_path / PACKAGE.file
    package = archive(path, "package/a.txt")
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(UserError, match="not the file the manifest names"):
        fetch.download(package, tmp_path)
    assert not path.exists()


def test_the_named_file_is_unpacked_once(tmp_path: Path) -> None:
    package = archive(tmp_path / PACKAGE.file, "package/a.txt")
    folder = fetch.unpack(package, fetch.download(package, tmp_path), tmp_path / "out")
    assert (folder / "package/a.txt").read_text() == "hi"
    assert fetch.unpack(package, tmp_path / "gone", tmp_path / "out") == folder


def test_a_member_that_leaves_the_folder_is_not_written(tmp_path: Path) -> None:
    package = archive(tmp_path / "in" / PACKAGE.file, "../evil.txt")
    with pytest.raises(tarfile.OutsideDestinationError):
        fetch.unpack(package, tmp_path / "in" / PACKAGE.file, tmp_path / "out")
    assert not (tmp_path / "evil.txt").exists()


def test_every_data_set_names_known_packages_with_licence_and_checksum() -> None:
    content = fetch.manifest()
    assert set(content["data"]) == set(fetch.PREPARE)
    for name in content["data"]:
        for package in fetch.packages_of(name):
            assert len(bytes.fromhex(package.sha256)) == 32
            assert package.licence
            assert package.registry in ("npm", "pip", "apt")


def test_an_unknown_data_set_is_answered_with_those_known() -> None:
    with pytest.raises(UserError) as caught:
        fetch.packages_of("dragons")
    assert "characters" in caught.value.hint
