"""Latent paths as clips: frames drawn by the engine when they are asked for, and kept within bounds.

Any thread but the main one and the engine's own may ask; it waits until its frame has come.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from studio.app.session import App
from studio.engine.events import Changed, Chunked, Event, Failed, Request, State
from studio.engine.worker import Worker
from studio.model.clip import Clip, Frame
from studio.model.errors import UserError
from studio.model.latent_path import LatentPath, Stop, Way
from studio.model.media import Image
from studio.model.timeline import ENDLESS, Source

GENERATOR = "latent-path"
HELD = 192 << 20  # bytes of drawn frames
FIRST, MOST = 1, 48  # frames asked for at once: few at first, more for whoever goes on reading


class Key(NamedTuple):
    """What decides a picture: the same key, the same picture. stops: point and seed of the four around it."""

    model: str
    class_: str
    truncation: float
    way: Way
    stops: tuple[tuple[str, int], ...]
    share: float


@dataclass(eq=False)
class Asked:
    """A job under way: the keys of the frames it will bring, and what became of it."""

    keys: Sequence[Key]
    problem: UserError | None = None
    ended: bool = False


class LatentFilms:
    """Draws frames of latent paths for other threads. Made and closed on the main thread."""

    def __init__(self, app: App, held: int = HELD) -> None:
        self._app, self._most = app, held
        self._kept: OrderedDict[Key, Image] = OrderedDict()
        self._bytes = 0
        self._jobs: dict[int, Asked] = {}
        self._news = threading.Condition()
        self._closed = False
        self._main = threading.get_ident()
        app.job_event.connect(self._event)

    @property
    def kept_bytes(self) -> int:
        """What is held of frames now."""
        return self._bytes

    def source(self, path: LatentPath, rate: Fraction, title: str = "") -> Source:
        """A path as something a timeline can show. UserError when its model is missing."""
        width, height = self._size(path)
        footage = LatentFootage(self, path, 1 / rate)
        clip = Clip(footage, width, height, rate, ENDLESS, drawn=True)
        return Source.of_path(path, clip, title or f"{path.model} path")

    def _size(self, path: LatentPath) -> tuple[int, int]:
        """Width and height of a model's pictures."""
        info = self._app.registry.weights.find("style", path.model)
        side = int(info.config.get("resolution", 64))
        return (side, side) if info.metadata.get("tileable") != "1" else (4 * side, 4 * side)

    def pictures(self, path: LatentPath, times: Sequence[Fraction]) -> Image:
        """The picture at the first time; those of the others are drawn along. Waits. `UserError`."""
        if isinstance(threading.current_thread(), Worker) or threading.get_ident() == self._main:
            raise RuntimeError("a latent path cannot be waited for on this thread")
        wanted = [key_of(path, time) for time in times]
        with self._news:
            while (found := self._look(wanted[0])) is None:
                if self._closed:
                    raise UserError("The studio is closing.")
                asked = next((a for a in self._jobs.values() if wanted[0] in a.keys), None)
                asked = asked or self._ask(path, [key for key in wanted if key not in self._kept])
                while not (wanted[0] in self._kept or asked.ended or self._closed):
                    self._news.wait()
                if asked.problem is not None:
                    raise asked.problem
        return found

    def _look(self, key: Key) -> Image | None:
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def _ask(self, path: LatentPath, keys: Sequence[Key]) -> Asked:
        """Have the engine draw; one job of a thread replaces its last one."""
        params = {
            "model": path.model, "class": path.class_, "truncation": path.truncation, "way": path.way,
            "places": [place_of(key) for key in keys],
        }  # fmt: skip
        channel = f"latent path {threading.current_thread().name}"
        asked = Asked(keys)
        self._jobs[self._app.engine.submit(Request(GENERATOR, params, channel=channel))] = asked
        return asked

    def _event(self, event: Event) -> None:
        """On the main thread."""
        number = event.job.id if isinstance(event, Changed) else getattr(event, "job_id", 0)
        with self._news:
            asked = self._jobs.get(number)
            if asked is None:
                return
            if isinstance(event, Chunked) and isinstance(event.value, Image):
                self._keep(asked.keys[event.index], event.value)
            elif isinstance(event, Failed):
                asked.problem = UserError(event.sentence, event.hint)
            elif isinstance(event, Changed) and event.job.state.ended:
                if event.job.state is State.CANCELLED:
                    asked.problem = UserError("Drawing the latent path was given up.")
                asked.ended = True
                del self._jobs[number]
            self._news.notify_all()

    def _keep(self, key: Key, image: Image) -> None:
        self._kept[key] = image
        self._bytes += image.pixels.nbytes
        while self._bytes > self._most and len(self._kept) > 1:
            self._bytes -= self._kept.popitem(last=False)[1].pixels.nbytes

    def close(self) -> None:
        """Let go of everyone who waits."""
        self._app.job_event.disconnect(self._event, missing_ok=True)
        with self._news:
            self._closed = True
            self._news.notify_all()


@dataclass(frozen=True)
class LatentFootage:
    """The frames of a path, one for each step of time from wherever one begins."""

    films: LatentFilms = field(repr=False)
    path: LatentPath
    step: Fraction

    def frames(self, start: Fraction, end: Fraction | None) -> Iterator[Frame]:
        """See `Footage`. Asks for more at once the longer it is read."""
        number, ahead = 0, FIRST
        end = ENDLESS if end is None else end
        while (time := start + number * self.step) < end:
            times = [time + n * self.step for n in range(ahead if number % ahead == 0 else 1)]
            image = self.films.pictures(self.path, [t for t in times if t < end])
            yield Frame(image, time, self.step)
            number += 1
            if number % ahead == 0:
                ahead = min(ahead * 4, MOST)
                number, start = 0, start + number * self.step

    def digest(self) -> str:
        """SHA-256 of the path."""
        return hashlib.sha256(repr((self.path, self.step)).encode()).hexdigest()


def key_of(path: LatentPath, time: Fraction) -> Key:
    """What decides the picture at a time, and nothing else."""
    moment = path.moment(time)
    one, two, three, four = ((stop.point, stop.seed if not stop.point else 0) for stop in path.around(moment))
    stops = (two,) * 4 if moment.share == 0 else (one, two, three, four)
    if path.way == "z":
        stops = (stops[1], stops[1], stops[2], stops[2])
    return Key(path.model, path.class_, path.truncation, path.way, stops, moment.share)


def place_of(key: Key) -> dict[str, object]:
    """A key as the generator wants it."""
    return {
        "points": tuple(point for point, _ in key.stops),
        "seeds": tuple(seed for _, seed in key.stops),
        "share": key.share,
    }


def key_alone(path: LatentPath, stop: Stop) -> LatentPath:
    """A path that stays at one of its stops, for its picture."""
    return LatentPath(path.model, (Stop(Fraction(0), stop.point, stop.seed),), Fraction(0), path.way,
                      path.class_, path.truncation)  # fmt: skip
