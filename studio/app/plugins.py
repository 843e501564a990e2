"""What a scan for plugins means for the person: new generators, questions of trust, faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.app.notices import Action, Level
from studio.engine.plugins import Changes, Pending

if TYPE_CHECKING:
    from studio.app.session import App


def tell(app: App, changes: Changes) -> None:
    """Tell what a scan found that the person should know or answer."""
    for notice in changes.notices:
        app.notices.add(notice.level, notice.sentence, notice.hint, notice.details)
    for pending in changes.pending:
        ask_for_trust(app, pending)


def report_changes(app: App, changes: Changes) -> None:
    """Tell what a scan found, and let everything that lists generators know."""
    tell(app, changes)
    if changes.added or changes.changed or changes.removed:
        app.generators_changed.emit()


def ask_for_trust(app: App, pending: Pending) -> None:
    """A notice, not a question in the way: the plugin stays off until its button is pressed."""
    app.notices.add(
        Level.WARNING,
        f"The plugin “{pending.name}” is new here and is off.",
        "A plugin can do anything you can. Switch it on only if you trust who wrote it.",
        f"{pending.path}\nSHA-256 {pending.digest}",
        (Action("Trust and switch on", lambda: trust(app, pending)),),
    )


def trust(app: App, pending: Pending) -> None:
    """Agree to run a plugin as it is now, and load it."""
    changes = app.registry.trust(pending.path)
    report_changes(app, changes)
    for id in [*changes.added, *changes.changed]:
        app.notices.add(
            Level.INFO, f"{app.registry.get(id).title} is ready.", "Choose it in the generator panel."
        )
