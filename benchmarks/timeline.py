"""The timeline on a 1080p film: how long scrubbing takes, and how fast it renders, beside plain PyAV.

The film is made for the purpose: moving gradients, H.264, one key frame at its beginning, which is hardest to
scrub. A first look is what the viewer shows at once; the exact frame follows it. *Prepared* is after the
small pictures are made that the timeline makes while nobody scrubs.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import numpy as np

from benchmarks.support.measure import Report, machine, milliseconds, ratio, rounded
from studio.app.scrub import Scrubber
from studio.app.video_write import Encoding, write_clip
from studio.model import timeline_edits as edits
from studio.model.clip_open import open_clip
from studio.model.clip_record import Recorder
from studio.model.media import Image
from studio.model.timeline import Item, Score, Source
from studio.model.timeline_render import rendered

WIDTH, HEIGHT = 1920, 1080
LOOK = (1280, 720)  # what the viewer renders at most
RATE = Fraction(24)


def run(quick: bool = False) -> Report:
    """Make a film, scrub in it and render it."""
    count = 24 if quick else 96
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        film(path, count)
        score = score_of(path)
        plain, ours = plain_rate(path), render_rate(score)
        scrubbing = scrub(score, path, 10 if quick else 60)
        export = export_rate(score, Path(folder) / "out.mp4")
    return {
        "benchmark": "timeline",
        "frames": count,
        "size": [WIDTH, HEIGHT],
        "scrub": scrubbing,
        "next_frame": {"frames_per_second": rounded(ours)},
        "plain_pyav_frames_per_second": rounded(plain),
        "timeline_vs_pyav_ratio": ratio(ours, plain),
        "export_frames_per_second": rounded(export),
        "machine": machine(),
    }


def film(path: Path, count: int) -> None:
    """A 1080p film of a gradient that slides."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    base = np.stack([x * 255 // WIDTH, y * 255 // HEIGHT, (x + y) % 256], -1).astype(np.uint8)
    recorder = Recorder()
    for number in range(count):
        recorder.add(Image(np.roll(base, 8 * number, axis=1)), 1 / RATE)
    for _ in write_clip(path, recorder.clip(RATE), Encoding(quality="small")):
        pass


def score_of(path: Path) -> Score:
    """The film alone on a timeline."""
    source = Source.of_clip(open_clip(path), "film")
    score = edits.add_track(Score(WIDTH, HEIGHT, RATE), 1, "video")
    assert source.length is not None
    return edits.append(score, 1, Item(2, source, Fraction(0), source.length))


def scrub(score: Score, path: Path, times: int) -> Report:
    """Milliseconds from a random place to its picture, at the viewer's size: the timeline's, and PyAV's."""
    rng = np.random.default_rng(0)
    places = [int(rng.integers(int(score.length * RATE))) / RATE for _ in range(times)]
    with closing(Scrubber()) as scrubber:
        fresh = looks(scrubber, score, places)
    with closing(Scrubber()) as scrubber:
        began = time.perf_counter()
        steps = sum(1 for _ in scrubber.prepare(score, Fraction(0)))
        preparing = time.perf_counter() - began
        prepared = looks(scrubber, score, places)
    plain = plain_seek(path, places)
    return {
        "first_look": milliseconds([first for first, _ in fresh]),
        "exact": milliseconds([last for _, last in fresh]),
        "first_look_prepared": milliseconds([first for first, _ in prepared]),
        "exact_prepared": milliseconds([last for _, last in prepared]),
        "plain_pyav_exact": milliseconds(plain),
        "frames_prepared_per_second": rounded(steps / preparing),
    }


def looks(scrubber: Scrubber, score: Score, places: list[Fraction]) -> list[tuple[float, float]]:
    """Seconds until something is seen, and until the frame itself is, for each place."""
    found = []
    for place in places:
        began, seen = time.perf_counter(), []
        for look in scrubber.looks(score, place, LOOK):
            if look is not None:
                seen.append(time.perf_counter() - began)
        found.append((seen[0], seen[-1]))
    return found


def plain_seek(path: Path, places: list[Fraction]) -> list[float]:
    """Seconds that PyAV alone takes to jump to a place and decode up to it, as RGB of the same size."""
    import av

    found = []
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        stream.thread_type = "AUTO"
        for place in places:
            began = time.perf_counter()
            file.seek(int(place / stream.time_base), stream=stream)
            frame = next(f for f in file.decode(stream) if (f.pts + f.duration) * f.time_base > place)
            frame.reformat(*LOOK, "rgb24").to_ndarray()
            found.append(time.perf_counter() - began)
    return found


def render_rate(score: Score) -> float:
    """Frames a second through the whole timeline at full size, not encoded."""
    began = time.perf_counter()
    count = sum(1 for _ in rendered(score).frames())
    return count / (time.perf_counter() - began)


def plain_rate(path: Path) -> float:
    """Frames a second by PyAV alone, as RGB."""
    import av

    began = time.perf_counter()
    with av.open(str(path)) as file:
        file.streams.video[0].thread_type = "AUTO"
        count = sum(frame.to_ndarray(format="rgb24").shape[0] > 0 for frame in file.decode(video=0))
    return count / (time.perf_counter() - began)


def export_rate(score: Score, path: Path) -> float:
    """Frames a second into an H.264 file."""
    began = time.perf_counter()
    steps = write_clip(path, rendered(score))
    count = sum(1 for _ in steps)
    return count / (time.perf_counter() - began)
