"""What goes to the terminal: results to stdout, everything else to stderr."""

from __future__ import annotations

import json
import sys
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from studio.engine.events import Notice
from studio.engine.plugins import Changes
from studio.model.errors import UserError


def stderr() -> Console:
    """The console for everything that is not a result."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def complain(error: UserError) -> None:
    """Show an error: its sentence, then its hint."""
    console = stderr()
    console.print("[bold red]Error:[/]", error.sentence, markup=True)
    if error.hint:
        console.print("  " + error.hint, markup=False)


def note(notice: Notice) -> None:
    """Show a notice of the engine or the registry."""
    style = {"info": "dim", "warning": "yellow", "error": "red"}[notice.level]
    stderr().print(" ".join(filter(None, (notice.sentence, notice.hint))), style=style, markup=False)


def note_changes(changes: Changes) -> None:
    """Show what the search for plugins found to tell."""
    for notice in changes.notices:
        note(notice)
    for pending in changes.pending:
        note(Notice("warning", f"The plugin “{pending.name}” is off.", f"studio plugin trust {pending.path}"))


def say(text: str) -> None:
    """One line of result."""
    sys.stdout.write(text + "\n")


def say_json(value: Any) -> None:
    """A result as JSON."""
    say(json.dumps(value, indent=1, ensure_ascii=False))


def progress_bar() -> Progress:
    """A bar on stderr that goes away when it is done; invisible where stderr is no terminal."""
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    console = stderr()
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
