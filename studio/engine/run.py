"""One attempt at a request: a plugin's generator advanced step by step, everything it gives checked."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, cast

from studio.engine.context import Context
from studio.engine.protocol import AUTHOR, Chunk, PluginError, Preview
from studio.engine.spec import Work
from studio.model.deferred import value_of
from studio.model.media import Media


@dataclass(frozen=True)
class Result:
    """The last step: what ``run`` returned."""

    value: Media | tuple[Media, ...]


Step = Preview | Chunk | Result


class Run:
    """Belongs to the thread that made it. ``step`` until it gives a Result; ``close`` at any time between."""

    def __init__(self, plugin: object, context: Context, work: Work) -> None:
        self._plugin = plugin
        self._context = context
        self._work = work
        self._stream: Generator[object, None, object] | None = None
        self._inputs: dict[str, Media] = {}

    def step(self) -> Step:
        """Advance to the next yield; lets what the plugin raises pass. PluginError for a wrong value."""
        with self._context.active():
            if self._stream is None:
                request = self._work.request
                self._inputs = {name: value_of(source) for name, source in request.inputs.items()}
                started = cast(Any, self._plugin).run(self._context, self._work.params, **self._inputs)
                if not isinstance(started, Generator):
                    return self._result(started)
                self._stream = cast(Generator[object, None, object], started)
            try:
                return self._item(next(self._stream))
            except StopIteration as end:
                return self._result(end.value)

    def close(self) -> None:
        """Let the plugin clean up; what it raises while doing so passes."""
        if self._stream is not None:
            self._stream.close()

    def _item(self, item: object) -> Preview | Chunk:
        title = self._work.spec.title
        if not isinstance(item, Preview | Chunk):
            kind = type(item).__name__
            raise PluginError(f"{title} yielded a {kind}; a generator yields Preview or Chunk.", AUTHOR)
        if not isinstance(cast(object, item.value), Media):
            kind = type(item.value).__name__
            raise PluginError(
                f"{title} yielded a {type(item).__name__} of a {kind}, not of a picture.", AUTHOR
            )
        if isinstance(item, Preview):
            return Preview(item.value, share_done(item.progress, title), item.size)
        if not isinstance(item.value, self._work.spec.output):
            raise wrong_output(self._work, item.value)
        return item

    def _result(self, value: object) -> Result:
        values = cast(tuple[object, ...], value) if isinstance(value, tuple) else (value,)
        for one in values:
            if not isinstance(one, self._work.spec.output):
                raise wrong_output(self._work, one)
        if not values:
            raise PluginError(f"{self._work.spec.title} returned an empty tuple.", AUTHOR)
        return Result(cast(Media | tuple[Media, ...], value))


def wrong_output(work: Work, value: object) -> PluginError:
    """The error for a chunk or result of another type than the plugin promised."""
    want, got = work.spec.output.__name__, type(value).__name__
    return PluginError(f"{work.spec.title} gave a {got} where it promised {want}.", AUTHOR)


def share_done(progress: object, title: str) -> float:
    """A preview's progress as a number in 0..1; PluginError if it is no number."""
    if not isinstance(progress, int | float) or math.isnan(progress):
        raise PluginError(f"{title} gave {progress!r} as its progress, not a number from 0 to 1.", AUTHOR)
    return min(max(float(progress), 0.0), 1.0)
