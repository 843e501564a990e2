"""Pictures of the timeline, made off the interface's thread: the viewer's frame, and looks for the tracks."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import suppress
from fractions import Fraction

import numpy as np
from PySide6.QtGui import QImage

from studio.app.latent_film import LatentFootage, key_alone
from studio.app.scrub import Scrubber
from studio.app.tasks import Post
from studio.model.clip import SOUND_RATE, Pixels, fitted
from studio.model.clip_record import Recording
from studio.model.errors import UserError
from studio.model.latent_path import LatentPath, Stop
from studio.model.timeline import Score, Source
from studio.model.timeline_picture import Cursor, ended

IDLE_S = 0.5  # seconds without a wish until small pictures are made for later
THUMB_HEIGHT = 40
THUMB = (4 * THUMB_HEIGHT, THUMB_HEIGHT)
MOST_THUMBS = 3000
PEAKS = 50  # loudness values a second
Shown = Callable[[QImage | None, Fraction | None, str], object]
Wish = tuple[Score, Fraction, tuple[int, int]]


class FrameMaker:
    """Renders the frame that was asked for last; older wishes are passed over or given up.

    shown: takes the picture, or None and a sentence that tells why there is none, and the time; where the
    frame takes long, first a rough picture, without a time. While nothing is asked for, small pictures are
    made for later.
    """

    def __init__(self, post: Post, shown: Shown) -> None:
        self._post, self._shown = post, shown
        self._wish: Wish | None = None
        self._condition = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._main, name="timeline-frames", daemon=True)
        self._thread.start()

    def ask(self, score: Score, time: Fraction, size: tuple[int, int]) -> None:
        """Wish for a frame at a size in pixels (width, height)."""
        with self._condition:
            self._wish = (score, time, size)
            self._condition.notify()

    def _main(self) -> None:
        scrubber = Scrubber()
        background: Iterator[None] | None = None
        while not self._closed:
            wish = self._next(None if background is None else IDLE_S)
            if wish is not None:
                self._make(scrubber, wish)
                background = scrubber.prepare(*wish[:2])
            elif background is not None and self._prepared(background):
                background = None
        scrubber.close()

    def _prepared(self, background: Iterator[None]) -> bool:
        """Go on in the background until there is a wish; whether that is done."""
        return all(self._wish is None and not self._closed for _ in background)

    def _make(self, scrubber: Scrubber, wish: Wish) -> None:
        """Show a frame; once something is seen, a newer wish comes first."""
        seen = False
        try:
            for look in scrubber.looks(*wish):
                if look is not None:
                    seen = True
                    self._tell(to_qimage(look.pixels), wish[1] if look.exact else None, "")
                if seen and self._wish is not None:
                    return
        except UserError as error:
            self._tell(None, wish[1], " ".join((error.sentence, error.hint)))

    def _tell(self, image: QImage | None, time: Fraction | None, problem: str) -> None:
        self._post(lambda: None if self._closed else self._shown(image, time, problem))

    def _next(self, patience: float | None) -> Wish | None:
        """The newest wish; None when there is none for a while, or when it ends."""
        with self._condition:
            self._condition.wait_for(lambda: self._wish is not None or self._closed, patience)
            wish, self._wish = self._wish, None
            return None if self._closed else wish

    def close(self) -> None:
        """End the thread."""
        with self._condition:
            self._closed = True
            self._condition.notify()
        self._thread.join()


class Looks:
    """Thumbnails and loudness of sources, made in the background, newest wish first; then `came()`."""

    def __init__(self, post: Post, came: Callable[[], object]) -> None:
        self._post, self._came = post, came
        self._thumbs: OrderedDict[Hashable, tuple[Source, QImage | None]] = OrderedDict()
        self._peaks: dict[int, tuple[Source, np.ndarray]] = {}
        self._wanted: dict[Hashable, Callable[[], None]] = {}
        self._cursor: tuple[object, Cursor] | None = None
        self._condition = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._main, name="timeline-looks", daemon=True)
        self._thread.start()

    def thumb(self, source: Source, second: int) -> QImage | None:
        """A small picture of a second of a source, if it is made by now; it is made otherwise."""
        key = (id(lasting(source)), second if source.clip else 0)
        if key not in self._thumbs:
            self._thumbs[key] = source, None
            self._want(key, lambda: self._look(key, source, self._picture(source, key[1])))
        return self._thumbs[key][1]

    def stop(self, path: LatentPath, source: Source, stop: Stop) -> QImage | None:
        """A small picture of a key of a latent path, whenever in the path it comes."""
        key = (path.model, path.class_, path.truncation, stop.point, stop.seed)
        if key not in self._thumbs:
            self._thumbs[key] = source, None
            footage = getattr(source.clip, "footage", None)
            if isinstance(footage, LatentFootage):
                alone = key_alone(path, stop)
                self._want(key, lambda: self._draw(key, source, footage, alone))
        return self._thumbs[key][1]

    def peaks(self, source: Source) -> np.ndarray | None:
        """Loudness 0..1, PEAKS a second, as far as it is known."""
        if id(source) not in self._peaks:
            self._peaks[id(source)] = source, np.zeros(0, np.float32)
            self._want(("peaks", id(source)), lambda: self._listen(source))
        return self._peaks[id(source)][1]

    def _want(self, key: Hashable, work: Callable[[], None]) -> None:
        with self._condition:
            self._wanted[key] = work
            self._condition.notify()

    def _main(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: bool(self._wanted) or self._closed)
                if self._closed:
                    break
                work = self._wanted.pop(self._next())
            with suppress(UserError):
                work()
        self._let_go()

    def _next(self) -> Hashable:
        """The newest wish; of seconds in a row the first, since going on is quicker than jumping back."""
        key = next(reversed(self._wanted))
        while (before := second_before(key)) in self._wanted:
            key = before
        return key

    def _picture(self, source: Source, second: int) -> Pixels:
        """What a source shows at a second of it, small."""
        if source.clip is None:
            assert source.image is not None
            return fitted(source.image, THUMB)
        if self._cursor is None or self._cursor[0] is not source:
            self._let_go()
            self._cursor = source, Cursor(source.clip)
        return ended(self._cursor[1].fitted(Fraction(second), THUMB))

    def _let_go(self) -> None:
        if self._cursor is not None:
            self._cursor[1].close()
        self._cursor = None

    def _draw(self, key: Hashable, source: Source, footage: LatentFootage, alone: LatentPath) -> None:
        """The picture of a key of a latent path."""
        self._look(key, source, fitted(footage.films.pictures(alone, [Fraction(0)]), THUMB))

    def _look(self, key: Hashable, source: Source, pixels: Pixels) -> None:
        made = to_qimage(pixels)
        self._post(lambda: self._take(key, source, made))

    def _take(self, key: Hashable, source: Source, made: QImage) -> None:
        self._thumbs[key] = source, made
        while len(self._thumbs) > MOST_THUMBS:
            self._thumbs.popitem(last=False)
        if not self._closed:
            self._came()

    def _listen(self, source: Source) -> None:
        """Loudness, told of every ten seconds of sound."""
        if source.sound is None:
            return
        step, rest, found = SOUND_RATE // PEAKS, np.zeros(0, np.float32), np.zeros(0, np.float32)
        told = 0
        for block in source.sound.blocks():
            joined = np.concatenate([rest, np.abs(block).max(axis=1)])
            whole = len(joined) // step * step
            found = np.concatenate([found, joined[:whole].reshape(-1, step).max(axis=1)])
            rest = joined[whole:]
            if self._closed:
                return
            if len(found) - told > 10 * PEAKS:
                told = len(found)
                self._post(lambda found=found: self._heard(source, found))
        self._post(lambda: self._heard(source, found))

    def _heard(self, source: Source, found: np.ndarray) -> None:
        self._peaks[id(source)] = source, found
        if not self._closed:
            self._came()

    def close(self) -> None:
        """End the thread."""
        with self._condition:
            self._closed = True
            self._condition.notify()
        self._thread.join()


def lasting(source: Source) -> object:
    """What stays the same while a clip grows."""
    footage = source.clip.footage if source.clip else None
    return footage.store if isinstance(footage, Recording) else source


def second_before(key: Hashable) -> Hashable:
    """The key of the thumbnail one second earlier; None for what is no thumbnail."""
    match key:
        case (int(clip), int(second)):
            return clip, second - 1
        case _:
            return None


def to_qimage(pixels: Pixels) -> QImage:
    """(H, W, 3 or 4) as a picture of Qt's that owns its pixels."""
    form = QImage.Format.Format_RGB888 if pixels.shape[2] == 3 else QImage.Format.Format_RGBA8888
    data = np.ascontiguousarray(pixels)
    return QImage(data.data, data.shape[1], data.shape[0], data.strides[0], form).copy()
