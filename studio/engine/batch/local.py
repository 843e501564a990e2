"""The pictures of a batch on the devices of this machine: an engine, and threads that read and write."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future

from studio.engine.batch.work import Maker, Outcome, Stopped, Task, process
from studio.engine.devices import Device
from studio.engine.events import Changed, Event, Failed, Finished, Notice, Request
from studio.engine.jobs import Engine
from studio.engine.plugins import Registry
from studio.model.errors import UserError

Done = Callable[[Task, Outcome], None]
LOOK = 0.2


class EngineMaker:
    """A maker with an engine of its own.

    devices: one worker thread each, so as many pictures are made at once. notice: told what the engine tells.
    """

    def __init__(
        self, registry: Registry, devices: Sequence[Device] | None, notice: Callable[[Notice], None]
    ) -> None:
        self._lock = threading.RLock()
        self._waiting: dict[int, Future[Finished]] = {}
        self._notice = notice
        self._closed = False
        self.engine = Engine(self._take, registry=registry, devices=devices)

    def make(self, request: Request) -> Finished:
        """See `Maker.make`."""
        future: Future[Finished] = Future()
        with self._lock:
            if self._closed:
                raise Stopped
            self._waiting[self.engine.submit(request)] = future
        return future.result()

    def close(self) -> None:
        """See `Maker.close`."""
        with self._lock:
            self._closed = True
        self.engine.close()

    def _take(self, event: Event) -> None:
        if isinstance(event, Notice):
            self._notice(event)
            return
        with self._lock:
            resolve(event, self._waiting)


def resolve(event: Event, waiting: dict[int, Future[Finished]]) -> None:
    """Give an event of the engine to the future that waits for its job."""
    id = event.job.id if isinstance(event, Changed) else getattr(event, "job_id", 0)
    future = waiting.get(id)
    if future is None:
        return
    if isinstance(event, Finished):
        future.set_result(event)
    elif isinstance(event, Failed):
        future.set_exception(UserError(event.sentence, event.hint))
    elif isinstance(event, Changed) and event.job.state.ended:
        del waiting[id]
        if not future.done():
            future.set_exception(Stopped())


class Threads:
    """Runs the pictures of a batch in ``jobs`` threads over one maker, which reads ahead by one picture."""

    def __init__(self, maker: Maker, jobs: int) -> None:
        self._maker = maker
        self._count = jobs + 1
        self._stop = threading.Event()

    def run(self, tasks: Iterable[Task], done: Done) -> None:
        """Do all of them; ``done`` is called from the threads. Ends early after `stop`."""
        waiting, lock = iter(tasks), threading.Lock()
        faults: list[BaseException] = []

        def work() -> None:
            while not self._stop.is_set():
                with lock:
                    task = next(waiting, None)
                if task is None:
                    return
                try:
                    done(task, process(task, self._maker))
                except BaseException as error:
                    faults.append(error)
                    self._stop.set()

        threads = [threading.Thread(target=work, name=f"batch-{i}", daemon=True) for i in range(self._count)]
        for thread in threads:
            thread.start()
        try:
            while threads:
                threads[0].join(LOOK)
                threads = [thread for thread in threads if thread.is_alive()]
        except BaseException:
            self.stop()
            for thread in threads:
                thread.join(LOOK * 10)
            raise
        if faults:
            raise faults[0]

    def stop(self) -> None:
        """Finish nothing more; pictures at hand are left for another time."""
        self._stop.set()
        self._maker.close()
