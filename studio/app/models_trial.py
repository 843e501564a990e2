"""A first look at what a model does: a small run, on a piece of the open picture or on a drawn chart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from studio.engine.events import Changed, Event, Failed, Finished, Priority, Request
from studio.engine.weights import ModelInfo
from studio.model.deferred import Input
from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.media import Image, Mask

if TYPE_CHECKING:
    from studio.app.session import App

SIDE = 128


@dataclass(frozen=True)
class Trial:
    """What came of it: the piece before and after, and the seconds it took.

    ``before`` is None if the generator needs no picture. ``failure`` says why there is no result.
    """

    before: Image | None
    after: Image | None
    seconds: float = 0.0
    failure: str = ""

    @property
    def line(self) -> str:
        """The result in words."""
        if self.after is None:
            return self.failure or "Cancelled."
        size = f"{self.after.width} × {self.after.height} px"
        speed = self.after.width * self.after.height / max(self.seconds, 1e-6) / 1e6
        return f"{size} in {self.seconds:.2f} s, {speed:.2f} megapixels per second"


def generator_for(app: App, info: ModelInfo) -> str:
    """The generator that can be told to use the model; UserError when there is none."""
    for spec in app.registry.specs():
        if spec.family == info.family:
            return spec.id
    raise UserError(f"No generator takes “{info.title}” by name.", "Its own generator uses it by itself.")


def start(app: App, info: ModelInfo, done: Callable[[Trial], None]) -> int:
    """Run the model on a small piece; ``done`` is called on the main thread. Returns the job's id."""
    spec = app.registry.get(generator_for(app, info))
    before = sample(app) if Image in spec.inputs.values() else None
    inputs: dict[str, Input] = {}
    for name, kind in spec.inputs.items():
        if kind is Image and before is not None:
            inputs[name] = before
        elif kind is Mask:
            inputs[name] = disc()
        else:
            raise UserError(f"{spec.title} needs more than a picture.", "Try it in the generator panel.")
    job = app.engine.submit(Request(spec.id, {"model": info.name}, inputs, Priority.NORMAL))
    _follow(app, job, before, done)
    return job


def _follow(app: App, job: int, before: Image | None, done: Callable[[Trial], None]) -> None:
    found = [Trial(before, None)]

    def watch(event: Event) -> None:
        if isinstance(event, Finished) and event.job_id == job:
            value = event.value[0] if isinstance(event.value, tuple) else event.value
            found[0] = Trial(before, value if isinstance(value, Image) else None, event.seconds)
        elif isinstance(event, Failed) and event.job_id == job:
            found[0] = Trial(before, None, failure=event.sentence)
        elif isinstance(event, Changed) and event.job.id == job and event.job.state.ended:
            app.job_event.disconnect(watch)
            done(found[0])

    app.job_event.connect(watch)


def sample(app: App) -> Image:
    """The middle of the open picture, else a chart of edges, letters' strokes and soft shades."""
    document = app.document
    if document is None:
        return chart()
    left, top = max(0, (document.width - SIDE) // 2), max(0, (document.height - SIDE) // 2)
    return document.flatten(Rect(left, top, min(SIDE, document.width), min(SIDE, document.height)))


def chart() -> Image:
    """Rings that grow finer outwards, over a soft shade of colours."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE - 0.5
    rings = 0.5 + 0.5 * np.sin((x**2 + y**2) * 220)
    shade = np.stack([0.55 + x, 0.55 - 0.6 * y, 0.5 - 0.5 * x], -1)
    return Image(((0.35 * rings[..., None] + 0.65 * shade).clip(0, 1) * 255).astype(np.uint8))


def disc() -> Mask:
    """A hole in the middle of a sample."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] - SIDE / 2
    return Mask(((x**2 + y**2 < (SIDE / 6) ** 2) * 255).astype(np.uint8))
