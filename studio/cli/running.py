"""Running one request from the terminal: the same Request and the same Engine as the window's."""

from __future__ import annotations

import queue
from dataclasses import dataclass

from rich.progress import Progress, TaskID

from studio.cli.terminal import note, progress_bar
from studio.engine.devices import TorchDevice, available_kinds
from studio.engine.jobs import Changed, Chunked, Engine, Event, Failed, Finished, Notice, Previewed, Request
from studio.engine.plugins import Registry
from studio.engine.wording import pick
from studio.model.errors import UserError
from studio.model.media import Media


@dataclass(frozen=True)
class Done:
    """A finished request: its results, its event and the device it ran on."""

    values: tuple[Media, ...]
    event: Finished
    device: str


class Interrupted(Exception):
    """The person pressed Ctrl+C; the job has been cancelled."""


def run_request(registry: Registry, request: Request, device: str) -> Done:
    """Run to the end, with a progress bar on stderr.

    UserError when it fails, WrongUse when the request does not fit, Interrupted on Ctrl+C.
    """
    if device not in ("auto", "cpu"):
        device = pick("device", device, available_kinds())
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    engine = Engine(events.put, registry=registry, devices=[TorchDevice(device)])
    try:
        id = engine.submit(request)
        with progress_bar() as bar:
            return watch(
                events, bar, bar.add_task(registry.get(request.generator).title, total=1.0), id, engine
            )
    except KeyboardInterrupt:
        raise Interrupted from None
    finally:
        engine.close()


def watch(events: queue.SimpleQueue[Event], bar: Progress, task: TaskID, id: int, engine: Engine) -> Done:
    """Follow a job's events until it ends."""
    finished: Finished | None = None
    failed: Failed | None = None
    while True:
        match events.get():
            case Previewed(progress=progress):
                bar.update(task, completed=progress)
            case Chunked(index=index):
                bar.update(task, description=f"{index + 1} done")
            case Notice() as notice:
                note(notice)
            case Finished() as finished:
                pass
            case Failed() as failed:
                pass
            case Changed(job) if job.state.ended and job.id == id:
                return outcome(finished, failed, engine.device.kind)
            case _:
                pass


def outcome(finished: Finished | None, failed: Failed | None, device: str) -> Done:
    """What came of a job that has ended; UserError if nothing did."""
    if failed is not None:
        raise UserError(failed.sentence, failed.details or failed.hint)
    if finished is None:
        raise UserError("The job was cancelled.")
    values = finished.value if isinstance(finished.value, tuple) else (finished.value,)
    return Done(values, finished, device)
