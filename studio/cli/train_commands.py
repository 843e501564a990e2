"""The commands around training. Each runs in a process of its own, with its own arguments and help."""

from __future__ import annotations

from collections.abc import Callable

import typer

from studio.cli import handover

PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
COMMANDS = {
    "train": ("studio.train", "Train a model from a recipe: `studio train RECIPE --data DIR --out DIR`."),
    "eval": ("studio.train.assess", "Measure a trained model: `studio eval RUN --data DIR`."),
    "export-samples": (
        "studio.train.samples",
        "Write labelled pictures of a model: `studio export-samples MODEL --count N --out DIR|FILE.tar`.",
    ),
    "study-augment": (
        "studio.train.study",
        "Classifiers on few real pictures, with and without generated ones: "
        "`studio study-augment MODEL --data DIR`.",
    ),
}


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for name, (module, help) in COMMANDS.items():
        app.command(name=name, help=help, context_settings=PASS_ON)(runner(module, f"studio {name}"))


def runner(module: str, command: str) -> Callable[[typer.Context], None]:
    """A command that hands its arguments over to ``python -m module``."""

    def run(context: typer.Context) -> None:
        raise typer.Exit(handover.run_module(module, context.args, command))

    return run
