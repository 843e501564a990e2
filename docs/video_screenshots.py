"""Takes the pictures of the timeline in docs/images/: `python docs/video_screenshots.py`.

Makes a short clip with music, lets frames be drawn between, puts a latent path over it and sets its keys to
the beats, all in the real window.
"""

from __future__ import annotations

import random
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

sys.path.insert(0, str(Path(__file__).resolve().parent))

from screenshots import FOLDER, Tour, fresh_studio

SECONDS, RATE, SOUND = 8, 24, 48_000
WIDTH, HEIGHT = 640, 360


def scene(number: int) -> np.ndarray:
    """A sun that goes over hills, (H, W, 3)."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    way = number / (SECONDS * RATE)
    sky = np.stack([60 + 150 * y / HEIGHT, 90 + 90 * y / HEIGHT, 160 + 40 * way + 0 * x], -1)
    sun = (x - WIDTH * (0.1 + 0.8 * way)) ** 2 + (y - HEIGHT * (0.5 - 0.3 * np.sin(np.pi * way))) ** 2 < 900
    sky[sun] = (255, 225, 150)
    for depth in range(3):
        ridge = HEIGHT * (0.6 + 0.12 * depth) + 24 * np.sin(x / (60 + 25 * depth) + depth + way * depth)
        sky[y > ridge] = (40 - 8 * depth, 90 - 20 * depth, 70 - 15 * depth)
    return sky.clip(0, 255).astype(np.uint8)


def film(path: Path) -> None:
    """The scene as a file, with a plucked note twice a second."""
    with av.open(str(path), "w") as file:
        video = file.add_stream("libx264", rate=RATE)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        audio = file.add_stream("aac", rate=SOUND, layout="stereo")
        for number in range(SECONDS * RATE):
            frame = av.VideoFrame.from_ndarray(scene(number), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            file.mux(video.encode(frame))
        file.mux(video.encode())
        t = np.arange(SECONDS * SOUND) / SOUND
        note = 220 * 2 ** ((t // 0.5) % 5 / 5)
        wave = (np.sin(2 * np.pi * note * t) * np.exp(-(t % 0.5) * 7) * 0.7).astype(np.float32)
        for first in range(0, len(wave), 1024):
            piece = np.ascontiguousarray(np.stack([wave[first : first + 1024]] * 2))
            sound = av.AudioFrame.from_ndarray(piece, format="fltp", layout="stereo")
            sound.sample_rate, sound.pts, sound.time_base = SOUND, first, Fraction(1, SOUND)
            file.mux(audio.encode(sound))
        file.mux(audio.encode(None))


def take(tour: Tour, folder: Path) -> None:
    """Cut, fade, then a latent path on the beats."""
    film(folder / "hills.mp4")
    tour.app.run_command("window.timeline")
    window = tour.window.timeline.window
    assert window is not None
    desk, act = window.desk, window.actions_
    desk.import_files([folder / "hills.mp4"])
    tour.until(lambda: desk.score.length == SECONDS)
    desk.seek(Fraction(4))
    act["split"].trigger()
    desk.choose(desk.score.tracks[0].items[1].id)
    act["cross"].trigger()
    act["mark_beats"].trigger()
    tour.until(lambda: bool(desk.score.markers))
    act["fit"].trigger()
    desk.seek(Fraction(15, 4))
    QTest.qWait(15_000)
    window.grab().save(str(FOLDER / "timeline.png"))
    between(tour)
    random.seed(4)
    act["latent_new"].trigger()
    act["beat_2"].trigger()
    tour.until(lambda: desk.timeline.undo_title == "Keys on beats")
    act["fit"].trigger()
    desk.seek(Fraction(3))
    tour.until(lambda: window.viewer.time == desk.playhead)
    QTest.qWait(20_000)
    window.grab().save(str(FOLDER / "timeline-latent.png"))


def between(tour: Tour) -> None:
    """Frames are drawn between those of the first piece; taken half-way, then taken back."""
    window = tour.window.timeline.window
    assert window is not None
    desk, act = window.desk, window.actions_
    piece = desk.score.tracks[0].items[0]
    desk.seek(Fraction(1, 2))
    desk.choose(piece.id)
    act["smooth"].trigger()
    tour.until(lambda: desk.chosen != piece.id and desk.score.tracks[0].items[0].length > Fraction(1, 3))
    QTest.qWait(1000)
    window.grab().save(str(FOLDER / "timeline-between.png"))
    desk.timeline.undo()
    tour.until(lambda: not tour.app.jobs.active())


def main() -> None:
    """Take them all."""
    application = QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as folder, fresh_studio(application) as tour:
        take(tour, Path(folder))


if __name__ == "__main__":
    main()
