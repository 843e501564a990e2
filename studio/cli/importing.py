"""`studio import` and `studio models`: networks from other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from studio.app import models
from studio.app.installed import installed_registry
from studio.cli import terminal

app = typer.Typer()
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value and nothing else.")]


def import_model(
    file: Annotated[Path, typer.Argument(help="A .pth, .pt, .ckpt, .safetensors or StyleGAN .pkl file.")],
    name: Annotated[str, typer.Option(help="What to call it; its file's name when left out.")] = "",
    licence: Annotated[str, typer.Option(help="What you know of its licence.")] = "",
    json: AsJson = False,
) -> None:
    """Import a network: read as data, recognised, kept as safetensors in your models folder."""
    registry = installed_registry()[0]
    model = models.add(file, name=name, licence=licence)
    shown = models.shown(model, registry)
    if json:
        terminal.say_json(shown.describe())
        return
    terminal.say(shown.name)
    console = terminal.stderr()
    console.print(f"{shown.architecture}, for {shown.task}{shown.by_scale}, {shown.size}.", markup=False)
    console.print(f"Licence {shown.licence_note}.", markup=False)
    console.print(f"Use it: {shown.example}", markup=False)


@app.callback(invoke_without_command=True)
def options(context: typer.Context, json: AsJson = False) -> None:
    """List the installed models, or remove one."""
    if context.invoked_subcommand is None:
        show(json)


def show(json: bool) -> None:
    """The installed models, one a line."""
    registry = installed_registry()[0]
    found = [models.shown(info, registry) for info in models.installed(registry)]
    if json:
        terminal.say_json([model.describe() for model in found])
        return
    for model in found:
        kind = f"{model.architecture}{model.by_scale}"
        terminal.say(f"{model.name:24} {kind:24} {model.size:>10}  {model.licence}")


@app.command(name="rename")
def rename(
    name: Annotated[str, typer.Argument(help="The model's name in scripts, which stays.")],
    title: Annotated[str, typer.Argument(help="Its name on the screen.")],
) -> None:
    """Give an imported model another name on the screen."""
    registry = installed_registry()[0]
    models.rename(models.named(name, registry), title)


@app.command(name="remove")
def remove(
    name: Annotated[str, typer.Argument(help="The model's name.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove an imported model for good."""
    registry = installed_registry()[0]
    info = models.named(name, registry)
    if not yes:
        typer.confirm(f"Remove the model “{info.name}” ({info.path}) for good?", abort=True)
    models.remove(info)
