"""`studio plugin ...`: for those who write plugins and those who install them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from studio.app import places
from studio.app.installed import installed_registry
from studio.cli import terminal
from studio.engine.scaffold import write_plugin

app = typer.Typer()


@app.callback()
def options() -> None:
    """Make, check, list and trust plugins."""


@app.command(name="new")
def new(
    name: Annotated[str, typer.Argument(help="Its id: lower-case letters, digits and dashes.")],
    dir: Annotated[Path | None, typer.Option(help="Where to; your plugins folder when left out.")] = None,
) -> None:
    """Write a small working plugin to start from."""
    terminal.say(str(write_plugin(name, dir or places.plugins_dir())))


@app.command(name="check")
def check(
    path: Annotated[Path, typer.Argument(help="The plugin's file or folder.")],
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON value and nothing else.")] = False,
) -> None:
    """Check that a plugin is a good guest: seeds, cancelling, bounds, pixels, previews, devices. Runs it."""
    from studio.engine.conformance import Check, check_plugin

    table = Table("check", "", "", box=None, show_header=False)
    found: list[Check] = []
    for one in check_plugin(path, installed_registry()[0].weights, device):
        found.append(one)
        colour = {"pass": "green", "fail": "red", "skip": "yellow"}[one.verdict]
        table.add_row(one.name, f"[{colour}]{one.verdict}[/]", escape(one.detail))
    failed = sum(one.verdict == "fail" for one in found)
    if json:
        terminal.say_json([vars(one) for one in found])
    else:
        Console(highlight=False).print(table)
        terminal.say("A good guest." if not failed else f"{failed} of {len(found)} checks failed.")
    raise typer.Exit(1 if failed else 0)


@app.command(name="list")
def list_plugins() -> None:
    """List where generators come from, and what waits for your consent."""
    registry, changes = installed_registry()
    for spec in registry.specs():
        terminal.say(f"{spec.id:16} {'built in' if spec.trusted else 'trusted ':8} {spec.origin}")
    for pending in changes.pending:
        terminal.say(f"{pending.name:16} off      {pending.path}")
    for notice in changes.notices:
        terminal.note(notice)


@app.command(name="trust")
def trust(path: Annotated[Path, typer.Argument(help="The plugin's file or folder.")]) -> None:
    """Agree to run a plugin as it is now. A plugin can do anything you can."""
    registry, _ = installed_registry()
    changes = registry.trust(path)
    for notice in changes.notices:
        terminal.note(notice)
    for id in [*changes.added, *changes.changed]:
        terminal.say(f"{id} is on.")
    if not changes.added and not changes.changed:
        raise typer.Exit(1)
