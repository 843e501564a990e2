"""Renders one after another, in a thread of their own, listed among the jobs."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from pathlib import Path

from studio.app.session import App
from studio.app.tasks import Tasks
from studio.app.video_write import Encoding, write_clip
from studio.engine.events import Changed, JobInfo, Request, State
from studio.model.clip import Clip

PACE = 0.01  # share of the work between two reports


class RenderQueue:
    """Main thread only. Its jobs have negative numbers, so that they are never taken for the engine's."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._tasks = Tasks(app.post, app.notices.add_exception, "render")
        self._numbers = itertools.count(-1, -1)
        self._stopped: set[int] = set()
        self._going: dict[int, JobInfo] = {}

    def add(self, path: Path, clip: Clip, encoding: Encoding) -> int:
        """Write a clip when its turn comes; returns the number of the job."""
        id = next(self._numbers)
        job = JobInfo(
            id,
            Request("render"),
            State.QUEUED,
            "this computer",
            0.0,
            time.time(),
            None,
            f"Render {path.name}",
        )
        self._going[id] = job
        self._app.jobs.stoppers[id] = lambda: self.cancel(id)
        self._show(job)
        self._tasks.run(
            job.title,
            lambda: self._write(id, path, clip, encoding),
            lambda frames: self._done(id, path, frames),
            lambda error: self._failed(id, error),
        )
        return id

    @property
    def active(self) -> int:
        """How many are waiting or being written."""
        return len(self._going)

    def cancel(self, id: int) -> None:
        """Give one up; nothing of it stays on the disk."""
        if id in self._going:
            self._stopped.add(id)

    def _write(self, id: int, path: Path, clip: Clip, encoding: Encoding) -> int | None:
        """On the render thread: the frames written, None when it was given up."""
        steps, told = write_clip(path, clip, encoding), -1.0
        while id not in self._stopped:
            try:
                share = next(steps)
            except StopIteration as end:
                return int(end.value)
            if share - told >= PACE:
                told = share
                self._app.post(lambda share=share: self._progress(id, share))
        steps.close()
        return None

    def _progress(self, id: int, share: float) -> None:
        job = self._going.get(id)
        if job is not None:
            started = job.started_at or time.time()
            self._show(replace(job, state=State.RUNNING, progress=share, started_at=started))

    def _done(self, id: int, path: Path, frames: int | None) -> None:
        self._end(id, State.CANCELLED if frames is None else State.DONE)
        if frames is not None:
            self._app.notices.add("info", f"{path.name} is written: {frames:,} frames.")

    def _failed(self, id: int, error: BaseException) -> None:
        self._end(id, State.FAILED)
        self._app.notices.add_exception(error, "Rendering")

    def _show(self, job: JobInfo) -> None:
        self._going[job.id] = job
        self._app.handle(Changed(job))

    def _end(self, id: int, state: State) -> None:
        job = self._going.pop(id)
        self._stopped.discard(id)
        self._app.jobs.stoppers.pop(id, None)
        self._app.handle(Changed(replace(job, state=state, progress=1.0)))

    def close(self) -> None:
        """Give up everything and end the thread."""
        self._stopped.update(self._going)
        self._tasks.close()
