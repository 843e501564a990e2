"""`studio batch`: a folder of pictures through a generator."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, TaskID

from studio.app import batch as app_batch
from studio.app.installed import installed_registry
from studio.cli import terminal
from studio.cli.running import Interrupted
from studio.cli.values import pairs, params_from
from studio.engine.batch.batch import Batch, Runner, Tally
from studio.engine.batch.manifest import Entry
from studio.engine.batch.plan import SAME, Wish
from studio.engine.batch.work import Outcome
from studio.engine.plugins import Registry
from studio.engine.wording import WrongUse

SOME_FAILED = 1
ENGINES = ("local", "ray")


def batch(
    id: Annotated[str, typer.Argument(help="Id of a generator that makes a picture from a picture.")],
    source: Annotated[Path, typer.Option("--in", metavar="DIR", help="The folder with the pictures.")],
    target: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder for the results.")],
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A param.")
    ] = None,
    also: Annotated[
        list[str] | None,
        typer.Option("--also", metavar="NAME=FILE", help="A further input, for all of them."),
    ] = None,
    pattern: Annotated[
        list[str] | None, typer.Option(help="Which names to take, such as '*.jpg'; may be given again.")
    ] = None,
    recursive: Annotated[bool, typer.Option("--recursive", help="Also folders in the folder.")] = False,
    name: Annotated[
        str, typer.Option(help="Rule for names: {stem}, {generator}, {seed}, {index}.")
    ] = "{stem}",
    format: Annotated[str, typer.Option(help="png, jpg, tif, webp; same: as the source.")] = SAME,
    jobs: Annotated[int, typer.Option(min=1, max=app_batch.MAX_JOBS, help="How many at once.")] = 1,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    engine: Annotated[str, typer.Option(help="local, or ray for several machines.")] = "local",
    resume: Annotated[bool, typer.Option("--resume", help="Go on where an earlier run ended.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON value and nothing else.")] = False,
) -> None:
    """Put a folder of pictures through a generator. Originals are never overwritten.

    Ends with 0 when all are done, with 1 when some failed; an interrupted batch goes on with --resume.
    """
    if engine not in ENGINES:
        raise WrongUse(f"There is no engine “{engine}”.", f"There is: {', '.join(ENGINES)}.")
    registry, changes = installed_registry()
    terminal.note_changes(changes)
    spec = registry.get(id)
    others = {key: Path(file) for key, file in pairs(also or [], "--also").items()}
    params = params_from(spec, pairs(settings or [], "--set"))
    patterns = tuple(pattern or ())
    wish = Wish(id, source, target, params, patterns, recursive, name, format, others)
    planned = Batch(wish, spec, resume=resume)
    runner = runner_for(engine, registry, device, jobs)
    tally = run(planned, runner, json)
    report(planned, tally, json)
    if tally.failed or tally.left:
        raise typer.Exit(SOME_FAILED)


def runner_for(engine: str, registry: Registry, device: str, jobs: int) -> Runner:
    """Who does the pictures."""
    if engine == "ray":
        return app_batch.on_a_cluster(device, jobs)
    return app_batch.on_this_machine(registry, device, jobs, terminal.note)


def run(planned: Batch, runner: Runner, quiet: bool) -> Tally:
    """Do them with a progress bar; Interrupted on Ctrl+C, with what is done kept."""
    lock = threading.Lock()
    try:
        with terminal.progress_bar() as bar:
            task = bar.add_task(f"{len(planned.waiting)} pictures", total=len(planned.waiting))

            def told(entry: Entry, outcome: Outcome) -> None:
                with lock:
                    tell(bar, task, entry, outcome, quiet)

            return planned.run(runner, told)
    except KeyboardInterrupt:
        raise Interrupted from None
    finally:
        runner.stop()


def tell(bar: Progress, task: TaskID, entry: Entry, outcome: Outcome, quiet: bool) -> None:
    """Say how a picture went."""
    bar.advance(task, 0 if outcome.stopped else 1)
    if outcome.why:
        terminal.stderr().print(f"{entry.source}: {outcome.why}", style="red", markup=False)
    for file in () if quiet else outcome.files:
        terminal.say(str(file))


def report(planned: Batch, tally: Tally, json: bool) -> None:
    """Say how it went as a whole."""
    if not json:
        terminal.stderr().print(app_batch.in_words(tally), markup=False)
        return
    entries = [planned.manifest[entry.source] for entry in planned.entries]
    terminal.say_json(
        {
            "done": tally.done,
            "failed": tally.failed,
            "left": tally.left,
            "pictures": [
                {"source": entry.source, "target": entry.target, "stage": entry.stage, "why": entry.why}
                for entry in entries
            ],
        }
    )
