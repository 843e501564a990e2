"""The commands of `studio`. Arguments that name no command are files to open in the window."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from studio.app.installed import installed_registry
from studio.app.tour import tour as run_tour
from studio.cli import batching, handover, importing, plugin, terminal, train_commands
from studio.cli.output import check_target, suffix_for, write_results
from studio.cli.running import Done, Interrupted, run_request
from studio.cli.values import inputs_from, pairs, params_from
from studio.cli.window import WINDOW, hand_over
from studio.engine.devices import available_devices
from studio.engine.jobs import Request
from studio.engine.plugins import Registry
from studio.engine.wording import WrongUse, nearest
from studio.model.errors import UserError

DONE, FAILED, WRONG_USE, INTERRUPTED = 0, 1, 2, 130
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value and nothing else.")]

app = typer.Typer(
    help="Make pictures with generative networks, and train your own. Without arguments the window opens; "
    "`studio FILE...` opens files in it.",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(plugin.app, name="plugin", help="Make, check, list and trust plugins.")
app.command(name="import")(importing.import_model)
app.command(name="batch")(batching.batch)
app.add_typer(importing.app, name="models", help="List, rename and remove installed models.")


def dispatch(arguments: list[str]) -> int:
    """Open the window or run a command; returns the exit code and tells of every error in one sentence."""
    try:
        if opens_window(arguments):
            return hand_over(WINDOW, arguments)
        app(arguments, prog_name="studio")
        return DONE
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else FAILED
    except (Interrupted, KeyboardInterrupt):
        terminal.stderr().print("Cancelled.")
        return INTERRUPTED
    except WrongUse as error:
        terminal.complain(error)
        return WRONG_USE
    except UserError as error:
        terminal.complain(error)
        return FAILED


def opens_window(arguments: list[str]) -> bool:
    """Whether all arguments are files; WrongUse for one that is neither a command nor a file."""
    commands = {entry.name for entry in (*app.registered_commands, *app.registered_groups) if entry.name}
    if arguments and (arguments[0].startswith("-") or arguments[0] in commands):
        return False
    for word in arguments:
        if not Path(word).exists():
            close = nearest(word, commands)
            guess = f"Did you mean “{close}”?" if close else "See: studio --help"
            raise WrongUse(f"“{word}” is neither a command nor a file.", guess)
    return True


def show_version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        terminal.say(f"Latent Studio {version('latent-studio')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """What `studio` takes before a command."""


def registry() -> Registry:
    """Every generator there is; tells of plugins that cannot be loaded or wait for consent."""
    found, changes = installed_registry()
    terminal.note_changes(changes)
    return found


@app.command(name="list")
def list_generators(json: AsJson = False) -> None:
    """List the generators with their inputs and params."""
    specs = registry().specs()
    if json:
        terminal.say_json([spec.describe() for spec in specs])
        return
    for spec in specs:
        ready = spec.ready()
        state = "" if ready.ok else f"  [not ready: {ready.sentence}]"
        terminal.say(f"{spec.id:16} {spec.title}: {spec.summary}{state}")


@app.command(name="run")
def run(
    id: Annotated[str, typer.Argument(help="Id of a generator; `studio list` names them.")],
    inputs: Annotated[list[str] | None, typer.Option("--in", metavar="NAME=FILE", help="An input.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A param.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Same seed, same result.")] = None,
    out: Annotated[str, typer.Option(help="A file, or a folder with a slash at its end.")] = "",
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    json: AsJson = False,
) -> None:
    """Run a generator and write what it makes. Several results in one FILE become a contact sheet."""
    found = registry()
    spec = found.get(id)
    params = params_from(spec, pairs(settings or [], "--set"))
    if seed is not None:
        params["seed"] = seed
    out = out or f"{id}-{params.get('seed', 0)}{suffix_for(spec.output)}"
    check_target(out, spec.output)
    spec.validate(params)
    request = Request(id, params, inputs_from(spec, pairs(inputs or [], "--in")))
    done = run_request(found, request, device)
    report(done, write_results(done.values, out, done.event.provenance), json)


def report(done: Done, files: list[Path], json: bool) -> None:
    """Say which files were written."""
    if not json:
        for file in files:
            terminal.say(str(file))
        return
    terminal.say_json(
        {
            "files": [str(file) for file in files],
            "results": len(done.values),
            "seconds": round(done.event.seconds, 4),
            "device": done.device,
            "provenance": vars(done.event.provenance),
        }
    )


@app.command(name="devices")
def devices(json: AsJson = False) -> None:
    """List the devices that can work; the first is used unless --device says otherwise."""
    found = available_devices()
    if json:
        terminal.say_json([vars(info) for info in found])
        return
    for info in found:
        terminal.say(info.line)


@app.command(name="bench")
def bench(
    name: Annotated[str, typer.Argument(help="startup, ui, canvas, latent, cancel, ...")],
    quick: Annotated[bool, typer.Option(help="A rough number in a few seconds.")] = False,
    json: AsJson = False,
) -> None:
    """Measure the studio, each number beside a peer or the hardware's limit."""
    result = handover.benchmark(name, quick)
    if json:
        terminal.say_json(result)
        return
    for key, value in result.items():
        terminal.say(f"{key:40} {value}")


train_commands.register(app)


data = typer.Typer()
app.add_typer(data, name="data", help="Training data.")


@data.callback()
def data_options() -> None:
    """Training data."""


@data.command(name="fetch", context_settings=PASS_ON)
def fetch(context: typer.Context) -> None:
    """Fetch and prepare a data set: `studio data fetch NAME`."""
    raise typer.Exit(handover.run_module("studio.train.fetch", context.args, "studio data fetch"))


@app.command(name="tour")
def tour(
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("out"),
) -> None:
    """Run every generator, make a contact sheet of each model and paint a document, without a window."""
    run_tour(out, registry(), terminal.say)
