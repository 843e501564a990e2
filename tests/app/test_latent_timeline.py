"""Latent paths on the timeline: drawn by a real engine on a tiny network, changed, undone, rendered."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from tiny_models import PEOPLE, tiny_model
from video_kit import decoded

from studio.app.latent_film import LatentFilms
from studio.app.session import App
from studio.app.settings import Settings
from studio.app.tasks import MainLoop
from studio.app.video_write import Encoding
from studio.engine.devices import TorchDevice
from studio.engine.jobs import Engine
from studio.engine.plugins import Registry
from studio.engine.weights import WeightsStore
from studio.model.clip import SOUND_RATE
from studio.model.errors import UserError
from studio.model.latent_path import LatentPath, Stop
from studio.model.timeline import ZERO, Source
from studio.model.timeline_picture import Renderer

ROOT = Path(__file__).resolve().parents[2]
F = Fraction


@dataclass
class Session:
    """A studio without a window, and the loop that stands for its main thread."""

    app: App
    loop: MainLoop

    def until(self, condition: Callable[[], bool]) -> None:
        """Work off what other threads left for the main thread until the condition holds."""
        end = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < end, "nothing happened"
            self.loop.run_one(0.05)


@pytest.fixture
def studio(studio_home: Path, tmp_path: Path) -> Iterator[Session]:
    """A session with the built-in plugins and one tiny model."""
    tiny_model(tmp_path, "people", ("r", "g", "b"), conditions=PEOPLE)
    registry = Registry(WeightsStore([tmp_path]), built_in=[ROOT / "plugins"])
    registry.discover(entry_points=False)
    loop = MainLoop()

    def engine() -> Engine:
        sink = lambda event: loop.post(partial(app.handle, event))  # noqa: E731
        return Engine(sink, registry=registry, devices=[TorchDevice("cpu")])

    app = App(Settings(studio_home / "settings.json"), registry, engine, loop.post)
    yield Session(app, loop)
    app.close()


def path(*seeds: int, **more: object) -> LatentPath:
    return LatentPath("people", tuple(Stop(F(i), seed=s) for i, s in enumerate(seeds)), **more)  # type: ignore[arg-type]


def aside(studio: Session, work: Callable[[], object]) -> object:
    """Run something in a thread while the main loop goes on; its result or what it raised."""
    found: list[object] = []

    def run() -> None:
        try:
            found.append(work())
        except Exception as error:
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    studio.until(lambda: bool(found))
    thread.join()
    return found[0]


def picture(studio: Session, went: LatentPath, at: Fraction) -> np.ndarray:
    films = studio.app.video.latent.films
    image = aside(studio, lambda: films.pictures(went, [at]))
    return image.array("float32", 3)  # type: ignore[attr-defined]


def test_keys_are_the_pictures_of_their_seeds(studio: Session) -> None:
    for way in ("w", "z"):
        went = path(3, 4, way=way)
        ends = [picture(studio, went, F(t)) for t in (0, 1)]
        between = picture(studio, went, F(1, 2))
        assert np.abs(ends[0] - ends[1]).mean() > 0.02
        assert all(np.abs(between - end).mean() > 0.001 for end in ends)
    near = [np.abs(picture(studio, path(3, 4), F(t, 100)) - ends[0]).mean() for t in (0, 10, 30)]
    assert near[0] < 1e-6 < near[1] < near[2]


def test_a_point_and_the_seed_it_came_from_look_the_same(studio: Session) -> None:
    films = studio.app.video.latent.films
    image = aside(studio, lambda: films.pictures(path(7), [F(0)]))
    same = LatentPath("people", (Stop(F(0), image.meta["w"]),))  # type: ignore[attr-defined]
    assert np.abs(picture(studio, same, F(0)) - image.array("float32", 3)).max() < 0.02  # type: ignore[attr-defined]


def test_frames_are_kept_within_bounds_and_asked_for_once(studio: Session) -> None:
    films = LatentFilms(studio.app, held=3 * 16 * 16 * 3)
    asked: list[object] = []
    studio.app.job_event.connect(asked.append)
    went = path(1, 2)
    for _ in range(2):
        aside(studio, lambda: films.pictures(went, [F(0), F(1, 4), F(1, 2)]))
    studio.until(lambda: not films._jobs)
    assert sum(type(event).__name__ == "Chunked" for event in asked) == 3
    aside(studio, lambda: films.pictures(went, [F(3, 4), F(1)]))
    studio.until(lambda: not films._jobs)
    assert films.kept_bytes <= 3 * 16 * 16 * 3
    films.close()


def test_a_missing_model_is_told(studio: Session) -> None:
    with pytest.raises(UserError):
        studio.app.video.latent.films.source(LatentPath("nobody", (Stop(F(0)),)), F(24))


def test_waiting_ends_when_the_studio_closes(studio: Session) -> None:
    films = studio.app.video.latent.films

    def wait() -> None:
        with pytest.raises(UserError):
            films.pictures(path(1), [F(0)])

    thread = threading.Thread(target=wait)
    studio.until(lambda: not films._jobs)
    thread.start()
    films.close()
    thread.join(10)
    assert not thread.is_alive()


def test_a_path_is_put_changed_and_undone(studio: Session) -> None:
    desk = studio.app.video
    desk.latent.add(path(1, 2, 3, loop=F(3)))
    (track,) = desk.score.tracks
    assert track.title == "Latent" and (desk.score.width, desk.score.height) == (512, 512)
    desk.seek(F(1, 2))
    desk.latent.key_random()
    went = desk.latent.item()[1]
    assert [stop.at for stop in went.stops] == [0, F(12, 25), 1, 2]
    desk.latent.ease("hold")
    assert desk.latent.item()[1].stops[1].ease == "hold"
    desk.latent.loop()
    assert not desk.latent.item()[1].loop
    for _ in range(4):
        desk.timeline.undo()
    assert not desk.score.length
    desk.timeline.redo()
    assert desk.latent.item()[1] == path(1, 2, 3, loop=F(3))


def test_what_is_seen_becomes_a_key_without_a_change_there(studio: Session) -> None:
    desk = studio.app.video
    desk.latent.add(path(1, 2, 3))
    desk.seek(F(1, 2))
    here = desk.playhead
    before = picture(studio, desk.latent.item()[1], here)
    desk.latent.key_here()
    studio.until(lambda: len(desk.latent.item()[1].stops) == 4)
    assert np.abs(picture(studio, desk.latent.item()[1], here) - before).max() < 0.02
    with pytest.raises(UserError, match="no seed"):
        desk.latent.go("z")


class Clicks:
    """A click at each half second, from 0.5 on."""

    path = ""

    def blocks(self, start: Fraction = ZERO, end: Fraction | None = None) -> Iterator[np.ndarray]:
        tail = (np.sin(np.arange(2400) * 0.4) * np.exp(-np.arange(2400) / 300) * 0.8).astype(np.float32)
        piece = np.zeros((SOUND_RATE // 2, 2), np.float32)
        yield piece
        piece = piece.copy()
        piece[:2400] += tail[:, None]
        while True:
            yield piece


def test_keys_go_onto_the_beats_of_the_audio_track(studio: Session) -> None:
    desk = studio.app.video
    desk.latent.add(path(1, 2, 3, 4, 5))
    desk.add(Source.of_sound(Clicks(), F(4), "clicks"))
    desk.choose(None)
    desk.latent.to_beats(2)
    studio.until(lambda: desk.timeline.undo_title == "Keys on beats")
    stops = desk.latent.item()[1].stops
    assert [round(float(stop.at), 1) for stop in stops] == [0.5, 1.5, 2.5, 3.5]
    assert [stop.seed for stop in stops] == [1, 2, 3, 4]
    desk.latent.mark_beats()
    studio.until(lambda: len(desk.score.markers) == 7)


def test_a_path_is_rendered_frame_by_frame(studio: Session, tmp_path: Path) -> None:
    desk = studio.app.video
    desk.latent.add(path(1, 2, 1, 2, 1))
    desk.render(tmp_path / "path.mp4", Encoding(quality="best"))
    studio.until(lambda: not desk.renders.active)
    frames = [frame.astype(float) for _, frame in decoded(tmp_path / "path.mp4")]
    assert len(frames) == 100 and frames[0].shape == (512, 512, 3)
    assert np.abs(frames[0] - frames[50]).mean() < 3 < np.abs(frames[0] - frames[25]).mean()


def test_scrubbing_does_not_draw_what_is_jumped_over(studio: Session) -> None:
    desk = studio.app.video
    desk.latent.add(path(1, 2, 3, 4, 5))
    drawn: list[object] = []
    studio.app.job_event.connect(lambda e: drawn.append(e) if type(e).__name__ == "Chunked" else None)
    renderer = Renderer()
    for at in (F(0), F(1, 2), F(3)):
        aside(studio, lambda at=at: renderer.frame(desk.score, at, (64, 64)))
    renderer.close()
    assert len(drawn) == 3
