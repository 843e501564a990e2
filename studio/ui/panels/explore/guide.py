"""What all parts of the explorer share: the layer they move, its model, and asking the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from studio.app.generation import Target
from studio.app.latent import middle_layer
from studio.app.session import App
from studio.engine.events import Changed, Chunked, Event, Failed, Finished, Previewed, Request, State
from studio.engine.points import Vector, decode
from studio.engine.spec import Spec
from studio.model.errors import UserError
from studio.model.media import Image, Media
from studio.model.nodes import GeneratedLayer
from studio.ui.panels.base import Follower, follow
from studio.ui.panels.live import LiveRun

GENERATOR = "synthesis"
NEEDED = {"model", "point", "moves", "seed"}


@dataclass
class Wish:
    """One request of the explorer's own and who wants to hear of it."""

    done: Callable[[tuple[Image, ...]], object]
    chunk: Callable[[Image], object]
    preview: Callable[[Image, float], object]
    failed: Callable[[str], object]


def nothing(*_: object) -> None:
    """For whoever does not want to hear."""


class Guide(QObject):
    """``changed()`` follows when another layer or model is explored, or the layer was made anew."""

    changed = Signal()
    problem = Signal(str)

    def __init__(self, app: App, owner: QWidget) -> None:
        super().__init__(owner)
        self.app = app
        self._wishes: dict[int, Wish] = {}
        self.node: GeneratedLayer | None = None
        self.live = LiveRun(app, owner, "live explorer")
        self.live.problem.connect(self.problem)
        follow(owner, app.job_event, self._event)
        signals = dict.fromkeys(("active_changed", "structure", "history"), self._sync)
        self._follower = Follower(owner, app, signals, self._sync)
        self._follower.switch()

    @property
    def spec(self) -> Spec | None:
        """The generator explored, if it is installed and knows points."""
        found = {spec.id: spec for spec in self.app.registry.specs()}.get(GENERATOR)
        return found if found is not None and set(found.params.model_fields) >= NEEDED else None

    @property
    def params(self) -> dict[str, object]:
        """The recipe of the layer explored, else what the generator panel is set to."""
        spec = self.spec
        known = set(spec.names().values()) if spec else set[str]()
        mine = self.app.draft.generator == GENERATOR
        recipe: Mapping[str, object] = (
            self.node.provenance.params if self.node else self.app.draft.params if mine else {}
        )
        return {**{name: value for name, value in recipe.items() if name in known}, "count": 1}

    @property
    def model(self) -> str:
        """The name of the model explored."""
        name = str(self.params.get("model", ""))
        spec = self.spec
        if spec is None or name or not spec.family:
            return name
        models = spec.weights.models(spec.family)
        return models[0].name if models else ""

    @property
    def middle(self) -> int:
        """The layer in the middle of the model explored."""
        spec = self.spec
        infos = spec.weights.models(spec.family) if spec is not None and spec.family else ()
        return middle_layer(next((info.config for info in infos if info.name == self.model), {}))

    def go(self, *, last: bool = True, **params: object) -> None:
        """Move the layer (a new one, if none is explored) to where these params lead; one undo step."""
        node = self.node
        if "point" in params and self.spec is not None and "reach" in self.spec.params.model_fields:
            params = {"reach": 1.0, **params}  # a place gone to is seen as it is
        wanted = {**self.params, "model": self.model, **params}
        target: Target = node if node is not None else "new layer"
        if node is None and self.live.busy:
            return
        self.live.push(GENERATOR, wanted, lambda: target)
        if last:
            self.live.settle()

    def point(self, then: Callable[[Vector, Image], object]) -> None:
        """Hand over the point of the layer as it is, and its picture; the engine is asked for it."""

        def take(images: tuple[Image, ...]) -> None:
            then(decode(images[0].meta.get("w", "")), images[0])

        self.ask(GENERATOR, {**self.params, "model": self.model, "scale": 1}, done=take)

    def ask(
        self,
        generator: str,
        params: Mapping[str, object],
        inputs: Mapping[str, Media] | None = None,
        *,
        done: Callable[[tuple[Image, ...]], object] = nothing,
        chunk: Callable[[Image], object] = nothing,
        preview: Callable[[Image, float], object] = nothing,
        failed: Callable[[str], object] = nothing,
    ) -> int:
        """Run a request whose pictures go nowhere but here; 0 when it was refused, which is told."""
        try:
            job = self.app.engine.submit(Request(generator, dict(params), inputs or {}))
        except UserError as error:
            self.problem.emit(" ".join(filter(None, (error.sentence, error.hint))))
            return 0
        self._wishes[job] = Wish(done, chunk, preview, failed)
        return job

    def cancel(self, job: int) -> None:
        """Stop a request and hear nothing more of it."""
        if self._wishes.pop(job, None) is not None:
            self.app.engine.cancel(job)

    def tell(self, sentence: str) -> None:
        """Say what went wrong, "" for nothing."""
        self.problem.emit(sentence)

    def _event(self, event: Event) -> None:
        job = event.job.id if isinstance(event, Changed) else getattr(event, "job_id", 0)
        wish = self._wishes.get(job)
        if wish is None:
            return
        if isinstance(event, Chunked) and isinstance(event.value, Image):
            wish.chunk(event.value)
        elif isinstance(event, Previewed) and isinstance(event.value, Image):
            wish.preview(event.value, event.progress)
        elif isinstance(event, Finished):
            values = event.value if isinstance(event.value, tuple) else (event.value,)
            wish.done(tuple(value for value in values if isinstance(value, Image)))
        elif isinstance(event, Failed):
            wish.failed(event.sentence)
        elif isinstance(event, Changed) and event.job.state.ended:
            del self._wishes[job]
            if event.job.state is State.CANCELLED:
                wish.failed("")

    def _sync(self, *_: object) -> None:
        document = self.app.document
        active = document.active if document is not None else None
        ours = isinstance(active, GeneratedLayer) and active.provenance.generator == GENERATOR
        self.node = active if ours and isinstance(active, GeneratedLayer) else None
        self.changed.emit()
