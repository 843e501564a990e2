"""Notes that are played while the song runs, gathered until recording ends."""

from __future__ import annotations

from studio.model.melody import Melody, Note


class Recorder:
    """Takes keys with the tick at which they went down and up. start: the tick where recording begins; what
    is struck up to ``early`` ticks before counts as struck there, what comes earlier is left out.
    """

    def __init__(self, melody: Melody, start: int, loop: tuple[int, int] | None = None) -> None:
        self.start, self.loop = start, loop
        self.early = melody.resolution // 4
        self._down: dict[int, tuple[int, int]] = {}
        self._made: list[Note] = []

    def key(self, pitch: int, velocity: int, tick: int) -> None:
        """A key goes down, or up (velocity 0), at a tick of the song."""
        if pitch in self._down:
            self._made.append(self._note(pitch, *self._down.pop(pitch), tick))
        if velocity and tick >= self.start - self.early:
            self._down[pitch] = (max(tick, self.start), velocity)

    def _note(self, pitch: int, start: int, velocity: int, tick: int) -> Note:
        if tick < start and self.loop is not None:
            tick = self.loop[1]  # the loop went round while the key was down
        return Note(start, pitch, max(1, tick - start), velocity)

    def so_far(self, tick: int) -> tuple[Note, ...]:
        """What has been played, held keys as if let go at a tick."""
        held = (self._note(pitch, *key, tick) for pitch, key in self._down.items())
        return (*self._made, *held)
