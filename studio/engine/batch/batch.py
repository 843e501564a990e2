"""A batch from its wish to its end: plan, manifest, and whatever runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from studio.engine.batch.local import Done
from studio.engine.batch.manifest import Entry, Manifest, Stage, stamp_of, start
from studio.engine.batch.plan import Wish, check_wish, find, slot_of, targets
from studio.engine.batch.work import Outcome, Task
from studio.engine.spec import Spec
from studio.model.media import Mask


class Runner(Protocol):
    """Whatever does tasks: threads here, processes elsewhere."""

    def run(self, tasks: Iterable[Task], done: Done) -> None:
        """Do them all; tell of each."""
        ...

    def stop(self) -> None:
        """End soon."""
        ...


@dataclass(frozen=True)
class Tally:
    """How many pictures went how; ``left`` are those still waiting."""

    done: int
    failed: int
    left: int


Told = Callable[[Entry, Outcome], None]


class Batch:
    """One batch, planned: ``entries`` are all its pictures, ``waiting`` those still to do.

    Raises UserError or WrongUse when it cannot work, before anything is written.
    """

    def __init__(self, wish: Wish, spec: Spec, *, resume: bool = False) -> None:
        check_wish(wish, spec)
        self.wish = wish
        self._spec = spec
        params = spec.validate(wish.params).model_dump(mode="json", by_alias=True)
        self.manifest: Manifest = start(wish.target, spec.id, params, resume)
        self._params = params
        self._plan()

    def _plan(self) -> None:
        wish = self.wish
        sources = find(wish)
        names = {source: source.relative_to(wish.source).as_posix() for source in sources}
        earlier = {source: self.manifest.get(name) for source, name in names.items()}
        kept = {source: wish.target / entry.target for source, entry in earlier.items() if entry}
        self.entries: list[Entry] = []
        for source, target in targets(wish, sources, kept).items():
            entry = earlier[source]
            below = target.relative_to(wish.target).as_posix()
            if entry is None or not self._is_done(entry):
                entry = Entry(names[source], below)
            self.entries.append(entry)

    def _is_done(self, entry: Entry) -> bool:
        """Whether the result is there and its source has not changed since."""
        target = self.wish.target / entry.target
        made = target.exists() or target.with_name(f"{target.stem}-001{target.suffix}").exists()
        return entry.stage is Stage.DONE and made and entry.stamp == stamp_of(self.wish.source / entry.source)

    @property
    def waiting(self) -> list[Entry]:
        """What is still to do."""
        return [entry for entry in self.entries if entry.stage is not Stage.DONE]

    def task(self, entry: Entry) -> Task:
        """One picture as a worker gets it."""
        wish = self.wish
        kinds = self._spec.inputs
        others = {name: (path.absolute(), kinds[name] is Mask) for name, path in wish.others.items()}
        return Task(
            (wish.source / entry.source).absolute(),
            (wish.target / entry.target).absolute(),
            self._spec.id,
            self._params,
            slot_of(self._spec),
            others,
        )

    def run(self, runner: Runner, told: Told) -> Tally:
        """Do what waits; ``told`` may be called from any thread. The manifest is written to the end."""
        for entry in self.entries:
            self.manifest.put(entry)
        self.manifest.save()
        waiting = self.waiting
        tasks = [self.task(entry) for entry in waiting]
        entries = {task.source: entry for task, entry in zip(tasks, waiting, strict=True)}

        def done(task: Task, outcome: Outcome) -> None:
            entry = entries[task.source]
            if not outcome.stopped:
                stage = Stage.FAILED if outcome.why else Stage.DONE
                self.manifest.set(entry.source, stage, outcome.why, stamp_of(task.source))
            told(entry, outcome)

        try:
            runner.run(tasks, done)
        finally:
            self.manifest.save()
        stages = [self.manifest[entry.source].stage for entry in self.entries]
        done_count, failed = stages.count(Stage.DONE), stages.count(Stage.FAILED)
        return Tally(done_count, failed, len(stages) - done_count - failed)
