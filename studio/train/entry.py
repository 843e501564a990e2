"""How a command of training begins in its own process."""

from __future__ import annotations

import os
from collections.abc import Callable

import typer

from studio.engine.runs import COMMAND


def start(main: Callable[..., None]) -> None:
    """Run a command with this process's arguments; its help calls it what the person typed."""
    app = typer.Typer(add_completion=False, context_settings={"help_option_names": ["-h", "--help"]})
    app.command()(main)
    app(prog_name=os.environ.get(COMMAND))
