"""Finding plugins and importing them: single files, folders, and packages with an entry point."""

from __future__ import annotations

import hashlib
import importlib
import re
import sys
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.metadata import EntryPoint, entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from studio.engine.protocol import DECLARATION, Declaration, PluginError

GROUP = "studio.plugins"
MAIN = "plugin.py"
MAX_SOURCE = 4 << 20


@dataclass(frozen=True)
class Source:
    """Where a plugin's code is: a file, or a folder with plugin.py; ``module`` only for entry points."""

    path: Path
    module: str = ""

    @property
    def main(self) -> Path:
        """The file that is imported."""
        if not self.path.is_dir():
            return self.path
        return self.path / ("__init__.py" if self.module else MAIN)

    def digest(self) -> str:
        """SHA-256 over every Python file of it; PluginError when it cannot be read or is absurdly large."""
        found = hashlib.sha256()
        try:
            for file in sorted(self.path.rglob("*.py")) if self.path.is_dir() else [self.path]:
                if file.stat().st_size > MAX_SOURCE:
                    raise PluginError(f"“{file.name}” is too large for a plugin.")
                found.update(f"{file.relative_to(self.path.parent)}\0".encode() + file.read_bytes() + b"\0")
        except OSError as error:
            raise PluginError(f"The plugin “{self.path.name}” cannot be read: {error.strerror}.") from None
        return found.hexdigest()


def sources_in(folder: Path) -> list[Source]:
    """Plugins directly in a folder: files, and folders that have a plugin.py; not _hidden or .hidden ones."""
    if not folder.is_dir():
        return []
    entries = [path for path in sorted(folder.iterdir()) if path.name[0] not in "._"]
    return [Source(path) for path in entries if path.suffix == ".py" or (path / MAIN).is_file()]


def installed_sources() -> list[Source]:
    """Plugins of installed packages, found without importing any of their code."""
    found = (locate(entry) for entry in entry_points(group=GROUP))
    return [source for source in found if source is not None]


def locate(entry: EntryPoint) -> Source | None:
    """The file or folder of an entry point's module."""
    spec: ModuleSpec | None = None
    where: list[str] | None = None
    name = ""
    for part in entry.module.split("."):
        name = f"{name}.{part}".lstrip(".")
        spec = PathFinder.find_spec(name, where)
        if spec is None or spec.origin is None:
            return None
        where = list(spec.submodule_search_locations or [])
    assert spec is not None and spec.origin is not None
    origin = Path(spec.origin)
    return Source(origin.parent if origin.name == "__init__.py" else origin, entry.module)


class FreshLoader(SourceFileLoader):
    """Compiles the file as it is now: a cached compilation may be of the last second's version."""

    def get_code(self, fullname: str) -> Any:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


def import_source(source: Source, digest: str) -> ModuleType:
    """Run a plugin's code in a module of its own. Lets whatever it raises pass."""
    if source.module:
        loaded = sys.modules.get(source.module)
        return importlib.reload(loaded) if loaded else importlib.import_module(source.module)
    name = f"studio_plugin_{re.sub(r'[^0-9A-Za-z]', '_', source.path.stem)}_{digest[:12]}"
    if source.path.is_dir():
        package = ModuleType(name)
        package.__path__ = [str(source.path)]
        sys.modules[name] = package
        name += ".plugin"
    return run_file(name, source.main)


def run_file(name: str, path: Path) -> ModuleType:
    """Import one file under ``name``; forgotten again if it raises."""
    spec = spec_from_file_location(name, path, loader=FreshLoader(name, str(path)))
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def generators_of(module: ModuleType) -> list[tuple[Declaration, type[Any]]]:
    """The classes a module registered with the decorator, in the order it defines them."""
    found = [
        value for value in vars(module).values() if isinstance(value, type) and DECLARATION in vars(value)
    ]
    return [(vars(cls)[DECLARATION], cls) for cls in dict.fromkeys(found)]
