"""The registry of generators: finds plugins, asks for consent, refuses duplicates, notices changes."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from studio.engine.consent import Consent
from studio.engine.events import Notice
from studio.engine.loading import Source, generators_of, import_source, installed_sources, sources_in
from studio.engine.protocol import PluginError, Readiness
from studio.engine.spec import Spec
from studio.engine.weights import WeightsStore
from studio.engine.wording import no_such
from studio.model.errors import UserError

__all__ = ["Changes", "Consent", "Pending", "Readiness", "Registry", "Spec"]


@dataclass(frozen=True)
class Pending:
    """A third-party plugin that waits for the user's consent."""

    path: Path
    digest: str

    @property
    def name(self) -> str:
        """What to call it before its code has run."""
        return self.path.stem


@dataclass
class Changes:
    """What a scan found: generator ids that came, changed, went; plugins to ask about; things to tell."""

    added: list[str] = field(default_factory=list[str])
    changed: list[str] = field(default_factory=list[str])
    removed: list[str] = field(default_factory=list[str])
    pending: list[Pending] = field(default_factory=list[Pending])
    notices: list[Notice] = field(default_factory=list[Notice])

    def __bool__(self) -> bool:
        return any((self.added, self.changed, self.removed, self.pending, self.notices))


@dataclass
class _Known:
    """A source as it was when last looked at."""

    digest: str
    ids: list[str] = field(default_factory=list[str])
    pending: bool = False


class Registry:
    """Generators by id. Main thread only; a Spec, once handed out, stays valid whatever changes later.

    Args:
        weights: the installed models.
        consent: what the user agreed to run; built-in plugins need none.
        built_in: folders whose plugins are part of the studio.
    """

    def __init__(
        self,
        weights: WeightsStore | None = None,
        consent: Consent | None = None,
        built_in: Sequence[Path] = (),
    ) -> None:
        self.weights = weights or WeightsStore()
        self.consent = consent or Consent()
        self.built_in = tuple(Path(folder) for folder in built_in)
        self.folders: tuple[Path, ...] = ()
        self._installed: list[Source] = []
        self._specs: dict[str, Spec] = {}
        self._known: dict[Source, _Known] = {}

    def specs(self) -> list[Spec]:
        """Every generator, by title."""
        return sorted(self._specs.values(), key=lambda spec: (spec.title.casefold(), spec.id))

    def get(self, id: str) -> Spec:
        """One generator; UserError naming the nearest id if there is none."""
        if id not in self._specs:
            raise no_such("generator", id, sorted(self._specs))
        return self._specs[id]

    def pending(self) -> list[Pending]:
        """Third-party plugins that wait for consent."""
        return [Pending(source.path, known.digest) for source, known in self._known.items() if known.pending]

    def discover(self, folders: Sequence[Path] = (), entry_points: bool = True) -> Changes:
        """Look for plugins: the built-in ones, in the user's ``folders``, and in installed packages."""
        self.folders = tuple(Path(folder) for folder in folders)
        self._installed = installed_sources() if entry_points else []
        return self.rescan()

    def rescan(self) -> Changes:
        """Look again at the same folders and packages: load what is new or changed, drop what is gone."""
        changes = Changes()
        sources = self._sources()
        for source in [source for source in self._known if source not in sources]:
            changes.removed += self._drop(source)
        for source, trusted in sources.items():
            self._look_at(source, trusted, changes)
        return changes

    def reload(self, path: Path) -> Changes:
        """Load one plugin again, changed or not."""
        changes = Changes()
        source, trusted = self._find(path)
        before = self._drop(source)
        self._look_at(source, trusted, changes)
        changes.changed = [id for id in changes.added if id in before]
        changes.removed = [id for id in before if id not in changes.added]
        changes.added = [id for id in changes.added if id not in before]
        return changes

    def trust(self, path: Path) -> Changes:
        """Agree to run the plugin at ``path`` as it is now, and load it."""
        source, _ = self._find(path)
        self.consent.agree(source.digest(), source.path.name)
        return self.reload(path)

    def add(self, path: Path) -> Changes:
        """Load one plugin from anywhere, as trusted: for its author, who runs it knowingly."""
        changes = Changes()
        self._look_at(Source(path.resolve()), True, changes)
        return changes

    def _find(self, path: Path) -> tuple[Source, bool]:
        wanted = path.resolve()
        for source, trusted in self._sources().items():
            if wanted in (source.path.resolve(), source.main.resolve()):
                return source, trusted
        raise UserError(f"“{path}” is not among the plugins.", "Put it into the plugins folder first.")

    def _sources(self) -> dict[Source, bool]:
        """Every source in reach -> whether it is part of the studio."""
        found = {source: True for folder in self.built_in for source in sources_in(folder)}
        for folder in self.folders:
            found |= {source: False for source in sources_in(folder) if source not in found}
        return found | {source: False for source in self._installed if source not in found}

    def _look_at(self, source: Source, trusted: bool, changes: Changes) -> None:
        known = self._known.get(source)
        try:
            digest = source.digest()
        except PluginError as error:
            digest = f"unreadable: {error.sentence}"
        if known and known.digest == digest and known.pending is not (trusted or digest in self.consent):
            return
        before = self._drop(source)
        self._known[source] = _Known(digest, pending=not trusted and digest not in self.consent)
        if self._known[source].pending:
            changes.pending.append(Pending(source.path, digest))
        else:
            self._load(source, digest, trusted, changes)
        now = self._known[source].ids
        changes.added += [id for id in now if id not in before]
        changes.changed += [id for id in now if id in before]
        changes.removed += [id for id in before if id not in now]

    def _load(self, source: Source, digest: str, trusted: bool, changes: Changes) -> None:
        """Import a plugin and add its generators; whatever it raises becomes a notice."""
        heavy = heavy_modules()
        try:
            found = generators_of(import_source(source, digest))
            if not found:
                raise PluginError(
                    f"“{source.path.name}” registers no generator.", "Use the decorator @generator."
                )
            for declaration, cls in found:
                self._add(Spec(declaration, cls, source.path, digest, self.weights, trusted))
                self._known[source].ids.append(declaration.id)
        except UserError as error:
            changes.notices.append(Notice("error", error.sentence, error.hint, str(source.path)))
        except BaseException as error:
            changes.notices.append(import_failure(source, error))
        if late := heavy_modules() - heavy:
            sentence = f"The plugin “{source.path.stem}” loads {', '.join(sorted(late))} when it is imported."
            changes.notices.append(
                Notice("warning", sentence, "Import it inside load or run, as the guide says.")
            )

    def _add(self, spec: Spec) -> None:
        other = self._specs.get(spec.id)
        if other is not None:
            raise PluginError(f"Two plugins call themselves “{spec.id}”.", f"The first is {other.origin}.")
        self._specs[spec.id] = spec

    def _drop(self, source: Source) -> list[str]:
        known = self._known.pop(source, None)
        ids = known.ids if known else []
        for id in ids:
            del self._specs[id]
        return ids


def heavy_modules() -> set[str]:
    """Which of the libraries a plugin must not import at its top are loaded."""
    return {"torch", "PySide6"} & sys.modules.keys()


def import_failure(source: Source, error: BaseException) -> Notice:
    """What to tell about a plugin whose code raises when it is imported."""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    sentence = f"The plugin “{source.path.stem}” could not be loaded: {text.rstrip('.')}."
    details = "".join(traceback.format_exception(error))
    return Notice("error", sentence, f"See {source.main}.", details)
