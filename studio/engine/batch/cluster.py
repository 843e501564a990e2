"""The pictures of a batch over several machines by Ray (https://www.ray.io), which is not part of the studio.

Every machine must see the same folders under the same paths and have the studio installed.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from typing import Any

from studio.engine.batch.local import Done
from studio.engine.batch.work import Maker, Outcome, Task, process
from studio.model.errors import UserError

LOOK = 1.0


def need_ray() -> Any:
    """The ray module; UserError that says how to get it."""
    try:
        return importlib.import_module("ray")
    except ImportError:
        raise UserError(
            "Ray is not installed, so pictures can only be spread over this machine's devices.",
            "Install it by: pip install 'latent-studio[cluster]', or leave --engine out.",
        ) from None


class Remote:
    """Lives in a process of Ray's: one maker, kept warm, and one picture at a time."""

    def __init__(self, factory: Callable[[], Maker]) -> None:
        self._maker = factory()

    def do(self, task: Task) -> Outcome:
        """Do one picture."""
        return process(task, self._maker)


class Cluster:
    """Runs the pictures of a batch in ``jobs`` processes that Ray places.

    factory: makes the maker in each process; must be importable there. ray: the module.
    """

    def __init__(self, factory: Callable[[], Maker], jobs: int, ray: Any) -> None:
        self._factory = factory
        self._jobs = jobs
        self._ray = ray
        self._stopped = False

    def run(self, tasks: Iterable[Task], done: Done) -> None:
        """See `Threads.run`; ``done`` is called from this thread. A process that dies fails its picture."""
        ray = self._ray
        ray.init(ignore_reinit_error=True)
        try:
            kind = ray.remote(Remote)
            idle = [kind.remote(self._factory) for _ in range(self._jobs)]
            self._feed(iter(tasks), idle, done)
        finally:
            ray.shutdown()

    def _feed(self, waiting: Any, idle: list[Any], done: Done) -> None:
        running: dict[Any, tuple[Task, Any]] = {}
        while not self._stopped:
            while idle and (task := next(waiting, None)) is not None:
                worker = idle.pop()
                running[worker.do.remote(task)] = task, worker
            if not running:
                return
            ready, _ = self._ray.wait(list(running), num_returns=1, timeout=LOOK)
            for reference in ready:
                task, worker = running.pop(reference)
                done(task, self._outcome(reference))
                idle.append(worker)

    def _outcome(self, reference: Any) -> Outcome:
        try:
            return self._ray.get(reference)
        except Exception as error:
            return Outcome(f"Its process failed: {type(error).__name__}."[:400])

    def stop(self) -> None:
        """Hand out nothing more."""
        self._stopped = True
