"""The lab: data sets, plans, and the runs that are under way or over. Main thread only."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from psygnal import Signal

from studio.app import places
from studio.app.lab.book import Book, Change, Look, Run, look_at
from studio.app.lab.estimate import Estimate, measure
from studio.app.lab.plan import Plan, free_folder, make_recipe, ready_made
from studio.app.lab.samples import SamplesExport, SamplesWish, free_place
from studio.app.lab.series import METRICS
from studio.app.lab.work import Work
from studio.app.notices import Action, Level
from studio.app.tasks import Tasks
from studio.engine import recipe as recipes
from studio.engine import runs
from studio.engine.recipe import Recipe
from studio.engine.runs import Control, RunInfo, RunState
from studio.engine.weights import ModelInfo
from studio.model.errors import UserError

if TYPE_CHECKING:
    from studio.app.session import App

T = TypeVar("T")
FAMILY, GENERATOR = "style", "synthesis"
NO_MODEL = "The first one comes with the first checkpoint."
EXPORTING = "New pictures of this model with their classes, to train something else with, or to choose from."
ENDS = {
    RunState.DONE: (Level.INFO, "has finished"),
    RunState.FAILED: (Level.ERROR, "has failed"),
    RunState.STOPPED: (Level.INFO, "has stopped"),
}


class Lab:
    """What a person can do about training. Runs live on without it and are found again.

    `changed` follows every look at the runs that found something new; `started(run folder)` each start,
    `opened` each model taken in hand.
    """

    changed = Signal()
    started = Signal(object)
    opened = Signal()

    def __init__(self, app: App) -> None:
        self._app = app
        self._tasks = Tasks(app.post, app.notices.add_exception, "lab")
        self._works: list[Work[Any, Any]] = []
        self._trainers: list[subprocess.Popen[bytes]] = []
        self._looking = False
        self.book = Book()
        self.watched: frozenset[Path] = (
            frozenset()
        )  # the runs a person is looking at, told of where they look

    @property
    def home(self) -> Path:
        """Where the runs of the window lie."""
        return places.data_dir() / "runs"

    @property
    def data_sets(self) -> Path:
        """Where clean copies of data sets lie."""
        return places.data_dir() / "datasets"

    @property
    def recipes(self) -> dict[str, Recipe]:
        """The ready-made recipes by name."""
        return ready_made()

    def models(self) -> list[ModelInfo]:
        """The installed models that a training could start from."""
        known = self._app.registry.weights.models(FAMILY)
        return [info for info in known if {"channels", "width"} & info.config.keys()]

    def look(self) -> None:
        """Look at all runs, on another thread; does nothing while the last look is still going on."""
        for trainer in [trainer for trainer in self._trainers if trainer.poll() is not None]:
            self._trainers.remove(trainer)
        if self._looking:
            return
        self._looking = True
        folders = [Path(name) for name in self._app.settings.lab.runs]
        home, offsets = self.home, self.book.offsets
        self._tasks.run("Looking at runs", lambda: look_at(folders, home, offsets), self._seen, self._unseen)

    def _unseen(self, error: BaseException) -> None:
        self._looking = False
        self._app.notices.add_exception(error, "Looking at the training runs")

    def _seen(self, looks: list[Look]) -> None:
        self._looking = False
        gone = len(looks) < len(self.book.runs)
        changes = self.book.take(looks)
        for change in changes:
            self._tell(change)
        if changes or gone:
            self.changed.emit()

    def _tell(self, change: Change) -> None:
        """Say what a person should know of: ends, and what happened on the way."""
        run, state = change.run, change.run.info.state
        seen = run.folder in self.watched
        for text in change.notices:
            self._app.notices.add(Level.WARNING, f"Training {run.title}: {text}", quiet=seen)
        if change.before is not None and change.before.active and not state.active:
            level, words = ENDS[state]
            actions = () if run.info.model is None else (Action("Open in Studio", lambda: self.open(run)),)
            self._app.notices.add(
                level, f"The training of {run.title} {words}.",
                run.info.hint or run.info.sentence, actions=actions, quiet=seen,
            )  # fmt: skip

    def recipe(self, plan: Plan) -> Recipe:
        """The recipe of a plan. `UserError` when there is no such ready-made recipe, or it does not fit."""
        known = self.recipes
        if plan.recipe not in known:
            raise UserError("No recipe is chosen.", "Choose one; reinstall the studio if there is none.")
        return make_recipe(plan, known[plan.recipe], self.start_of(plan))

    def start_of(self, plan: Plan) -> ModelInfo | None:
        """The model a plan starts from."""
        return self._app.registry.weights.find(FAMILY, plan.start) if plan.start else None

    def train(self, plan: Plan, data: Path) -> Path:
        """Start a run; returns its folder. `UserError` when the plan makes no recipe or nothing starts."""
        made, start = self.recipe(plan), self.start_of(plan)
        folder = free_folder(self.home, plan.name)
        try:
            folder.mkdir(parents=True)
            recipe_file = folder / "plan.toml"
            recipes.write(made.model_copy(update=named(made, folder)), recipe_file)
        except OSError as error:
            raise UserError("The run has no place to lie in.", error.strerror or str(error)) from None
        self._trainers.append(
            runs.start(recipe_file, data, folder, start=start.path if start else None, measure=plan.measure)
        )
        self.started.emit(folder)
        self.look()
        return folder

    def measure(
        self,
        plan: Plan,
        data: Path,
        progress: Callable[[float], object],
        done: Callable[[Estimate], object],
        failed: Callable[[BaseException], object],
    ) -> Work[float, Estimate]:
        """Time a few steps of a plan on this device, in a trainer process."""
        made, start = self.recipe(plan), self.start_of(plan)
        folder = places.cache_dir() / "measuring"
        steps = measure(made, data, folder, start.path if start else None)
        return self.work(steps, progress, done, failed)

    def tell(self, run: Run, what: Control) -> None:
        """Tell a trainer to pause, go on, stop or sample."""
        runs.command(run.folder, what)

    def pause(self, run: Run) -> None:
        """Pause a run, or let it go on."""
        self.tell(run, Control.RUN if run.info.state is RunState.PAUSED else Control.PAUSE)

    def stop(self, run: Run) -> None:
        """End a run early; what it has learnt is kept, and it can be resumed."""
        self.tell(run, Control.STOP)

    def resume(self, run: Run, more: float = 0.0) -> None:
        """Go on with a run that has ended: within its budget, or for ``more`` processor minutes.

        `UserError` when it has no checkpoint or its data is gone.
        """
        data = Path(run.info.data)
        if not run.info.can_resume or not run.info.data:
            raise UserError(f"{run.title} cannot go on.", "It has no checkpoint yet; train it anew.")
        if not data.exists():
            raise UserError(f"The pictures of {run.title} are gone.", f"They were in {data}.")
        recipe_file = run.folder / runs.RECIPE
        steps, minutes = (None, run.info.cpu_minutes + more) if more else budget_of(run.info, recipe_file)
        measured = "kernel" in run.curves.names(METRICS)
        trainer = runs.start(
            recipe_file, data, run.folder, steps=steps, cpu_minutes=minutes, resume=True, measure=measured
        )
        self._trainers.append(trainer)
        self.look()

    def open(self, run: Run) -> None:
        """Install the model of a run as it is now, and take it in hand in the generator panel."""
        source, target = run.info.model, places.models_dir() / f"{run.folder.name}.safetensors"
        if source is None:
            raise UserError(f"{run.title} has no model yet.", NO_MODEL)
        self._tasks.run(
            f"Installing {run.title}", lambda: install(source, target), lambda _: self._take(target)
        )

    def _take(self, path: Path) -> None:
        info = self._app.registry.weights.peek(path)
        if isinstance(info, UserError):
            raise info
        self._app.registry.get(GENERATOR)
        params = {**self._app.draft.params} if self._app.draft.generator == GENERATOR else {}
        kept = {name: params[name] for name in ("seed", "truncation", "scale") if name in params}
        self._app.generators_changed.emit()
        self._app.draft.load(GENERATOR, {**kept, "model": info.name})
        self.opened.emit()
        self._app.need_face().show("generator")
        self._app.run_command("generate.run")

    def export(
        self,
        run: Run,
        progress: Callable[[float], object],
        done: Callable[[], object],
    ) -> Work[float, int] | None:
        """Ask how many pictures of a run's model shall be exported, and begin; None when it was given up.

        `UserError` when there is no model yet or no such folder. ``done`` follows the end, also a bad one.
        """
        model = run.info.model
        if model is None:
            raise UserError(f"{run.title} has no model yet.", NO_MODEL)
        values = self._app.need_face().ask_form("Export Pictures", "Export", SamplesWish, {}, EXPORTING)
        if values is None:
            return None
        wish = SamplesWish.model_validate(values)
        out = free_place(wish, run.folder.name)
        export = SamplesExport(model, wish, out)

        def finished(count: int) -> None:
            done()
            self._app.notices.add(Level.INFO, f"{count:,} pictures were exported.", f"They are in {out}.")

        def failed(error: BaseException) -> None:
            done()
            self._app.notices.add_exception(error, "Exporting pictures")

        return self.work(export.steps(), progress, finished, failed, export.stop)

    def add(self, folder: Path) -> None:
        """Follow a run that lies elsewhere. `UserError` when the folder holds none."""
        runs.read(folder)
        known = self._app.settings.lab.runs
        self._app.settings.set("lab", "runs", [*dict.fromkeys([*known, str(folder.absolute())])])
        self.look()

    def remove(self, run: Run) -> None:
        """Delete a run of the lab, or stop following one that lies elsewhere. `UserError` while it trains."""
        if run.info.state.active:
            raise UserError(f"{run.title} is being trained.", "Stop it first.")
        if run.folder.parent == self.home:
            self._tasks.run(f"Deleting {run.title}", lambda: shutil.rmtree(run.folder), lambda _: self.look())
            return
        rest = [name for name in self._app.settings.lab.runs if Path(name) != run.folder]
        self._app.settings.set("lab", "runs", rest)
        self.look()

    def read(self, work: Callable[[], T], done: Callable[[T], object]) -> None:
        """Read something from disk on the lab's own thread."""
        self._tasks.run("Reading", work, done)

    def work(
        self,
        steps: Generator[Any, None, Any],
        progress: Callable[[Any], object],
        done: Callable[[Any], object],
        failed: Callable[[BaseException], object] | None = None,
        stopping: Callable[[], object] = lambda: None,
    ) -> Work[Any, Any]:
        """Run long work in steps on a thread of its own; what it raises becomes a notice."""
        self._works = [work for work in self._works if work.busy]
        told = failed or self._app.notices.add_exception
        made = Work[Any, Any](self._app.post, steps, progress, done, told, stopping)
        self._works.append(made)
        return made

    def close(self) -> None:
        """End the threads. Trainers live on."""
        for work in self._works:
            work.close()
        self._tasks.close()
        for trainer in self._trainers:
            trainer.returncode = trainer.returncode or 0  # it is not ours to wait for any more


def named(made: Recipe, folder: Path) -> dict[str, str]:
    """The names of a recipe in the run's folder, whose number the title gets too."""
    return {"name": folder.name, "title": f"{made.title} {folder.name[len(made.name) + 1 :]}".strip()}


def budget_of(info: RunInfo, recipe_file: Path) -> tuple[int | None, float | None]:
    """Steps and processor minutes that a run may use in all, as it was last told."""
    steps = info.images_total // recipes.read(recipe_file).train.batch if info.images_total else None
    return steps, info.cpu_minutes_total


def install(source: Path, target: Path) -> None:
    """Copy a model in one step. `UserError` when the disk refuses."""
    part = target.with_suffix(".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, part)
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UserError("The model could not be installed.", error.strerror or str(error)) from None
