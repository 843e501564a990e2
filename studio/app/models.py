"""The installed models as the person sees them: what each is, where it is used, what to do with it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.app import places
from studio.app.notices import Action, Level
from studio.engine.importers.checkpoint import SUFFIXES
from studio.engine.importers.install import (
    FAMILY,
    UNKNOWN,
    import_model,
    notes_of,
    size_in_words,
    write_notes,
)
from studio.engine.plugins import Registry
from studio.engine.weights import ModelInfo
from studio.engine.wording import no_such
from studio.model.errors import UserError

if TYPE_CHECKING:
    from studio.app.session import App

TASKS = {"sr": "enlarging", "restore": "restoring", "face": "restoring faces", "inpaint": "filling holes"}
NO_LICENCE = "unknown: ask its author before you publish what you make with it"


@dataclass(frozen=True)
class Shown:
    """One model in words. ``users`` are the ids of the generators that can use it."""

    name: str
    title: str
    architecture: str
    task: str
    scale: int
    size: str
    licence: str
    source: str
    path: Path
    shipped: bool
    users: tuple[str, ...]

    @property
    def by_scale(self) -> str:
        """How much it enlarges, if it does."""
        return f" x{self.scale}" if self.scale > 1 else ""

    @property
    def licence_note(self) -> str:
        """The licence, or plainly that nobody said."""
        return NO_LICENCE if self.licence in ("", UNKNOWN) else self.licence

    @property
    def example(self) -> str:
        """A command line that uses it."""
        if not self.users:
            return "no generator uses it yet"
        return f"studio run {self.users[0]} --in image=FILE --set model={self.name} --out NEW.png"

    def describe(self) -> dict[str, Any]:
        """All of it for JSON."""
        return asdict(self) | {"path": str(self.path), "users": list(self.users)}


def is_model(path: Path) -> bool:
    """Whether a file's ending is one of weights."""
    return path.suffix.lower() in SUFFIXES


def installed(registry: Registry) -> list[ModelInfo]:
    """Every readable model, the shipped ones first, by name."""
    found = (registry.weights.peek(path) for path in registry.weights.files().values())
    sound = [info for info in found if isinstance(info, ModelInfo)]
    return sorted(sound, key=lambda info: (not is_shipped(info), info.name))


def named(name: str, registry: Registry) -> ModelInfo:
    """One model by name; UserError naming the nearest one."""
    found = {info.name: info for info in installed(registry)}
    if name not in found:
        raise no_such("model", name, found)
    return found[name]


def is_shipped(info: ModelInfo) -> bool:
    """Whether a model is part of the studio."""
    return not info.path.is_relative_to(places.models_dir())


def shown(info: ModelInfo, registry: Registry) -> Shown:
    """A model in words."""
    metadata, notes = info.metadata, notes_of(info)
    scale = metadata.get("scale", "1")
    task = metadata.get("task", "making pictures")
    return Shown(
        name=info.name,
        title=notes.title,
        architecture=metadata.get("architecture", info.family),
        task=TASKS.get(task, task),
        scale=int(scale) if scale.isdigit() else 1,
        size=size_in_words(info),
        licence=notes.licence,
        source=notes.source or metadata.get("data", ""),
        path=info.path,
        shipped=is_shipped(info),
        users=users(info, registry),
    )


def users(info: ModelInfo, registry: Registry) -> tuple[str, ...]:
    """The generators that work with models of its family."""
    found = [spec.id for spec in registry.specs() if info.family in families(spec.family, spec.id)]
    return tuple(found)


def families(family: str | None, id: str) -> tuple[str, ...]:
    """The families of models a generator uses: the one it declares, else those called like it."""
    return (family,) if family else (id,)


def add(path: Path, *, name: str = "", licence: str = "") -> ModelInfo:
    """Import a file into the user's models folder. Takes seconds; any thread. UserError tells why not."""
    return import_model(path, places.models_dir(), name=name, licence=licence)


def rename(info: ModelInfo, title: str) -> None:
    """Give a model another name on the screen; its name in scripts stays."""
    _change(info, title=title.strip() or info.name)


def set_licence(info: ModelInfo, licence: str) -> None:
    """Write down what the person knows of a model's licence."""
    _change(info, licence=licence.strip() or UNKNOWN)


def _change(info: ModelInfo, **said: str) -> None:
    refuse_shipped(info)
    try:
        write_notes(info.path, replace(notes_of(info), **said))
    except OSError as error:
        raise UserError(f"The notes of “{info.name}” cannot be written: {error.strerror}.") from None


def remove(info: ModelInfo) -> None:
    """Delete an imported model with its notes and card. UserError for one that is part of the studio."""
    refuse_shipped(info)
    try:
        info.path.unlink()
    except OSError as error:
        raise UserError(f"“{info.name}” cannot be removed: {error.strerror}.") from None
    for suffix in (".json", ".md"):
        with suppress(OSError):
            info.path.with_suffix(suffix).unlink(missing_ok=True)


def refuse_shipped(info: ModelInfo) -> None:
    """UserError for a model that is part of the studio."""
    if is_shipped(info):
        raise UserError(
            f"“{info.title}” is part of the studio and stays as it is.", "Only your own can change."
        )


def import_files(
    app: App, paths: list[Path], refused: Callable[[BaseException], object] | None = None
) -> None:
    """Import files in the background, one after another; tell how each went, and ``refused`` why not."""

    def failed(error: BaseException) -> None:
        app.notices.add_exception(error, "The import")
        if refused is not None:
            refused(error)

    for path in paths:
        title = f"Importing {path.name}"
        app.tasks.run(title, lambda path=path: add(path), lambda info: tell(app, info), failed)


def tell(app: App, info: ModelInfo) -> None:
    """Say what was imported, and let everything that lists models know."""
    model = shown(info, app.registry)
    app.generators_changed.emit()
    user = next(iter(model.users), "")
    actions = (Action("Use it", lambda: use(app, info, user)),) if user else ()
    app.notices.add(
        Level.INFO,
        f"“{model.title}” is installed: {model.architecture}, for {model.task}{model.by_scale}.",
        f"Licence {model.licence_note}.",
        actions=actions,
    )


def use(app: App, info: ModelInfo, generator: str) -> None:
    """Take the generator of a model in hand, with that model chosen."""
    app.draft.load(generator, {"model": info.name})
    app.need_face().show("generator")


def is_imported(info: ModelInfo) -> bool:
    """Whether a model came from another program."""
    return info.family.startswith(FAMILY)
