"""A value that is worked out only where it is needed: the input of a generator, taken from a snapshot."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast
from weakref import ref

from studio.model.media import Media

M = TypeVar("M", bound=Media)


class Deferred(Generic[M]):
    """A picture, mask, ... that the first thread to ask for it makes, from immutable sources.

    The value lives as long as somebody holds it, and is made again if it is wanted later; so a list of old
    requests keeps no pictures in memory. `make` must give the same value each time.
    """

    def __init__(self, kind: type[M], make: Callable[[], M]) -> None:
        self.kind = kind
        self._make = make
        self._lock = threading.Lock()
        self._value: ref[M] | None = None
        self._digest: str | None = None

    def get(self) -> M:
        """The value. Raises what `make` raises."""
        with self._lock:
            value = self._value() if self._value else None
            if value is None:
                value = self._make()
                self._value = ref(value)
            return value

    def digest(self) -> str:
        """SHA-256 of the value, worked out once."""
        if self._digest is None:
            self._digest = self.get().digest()
        return self._digest


Input = Media | Deferred[Any]
"""What a request may carry as an input."""


def value_of(source: Input) -> Media:
    """The value itself; may take a while for a deferred one."""
    return cast(Media, source.get()) if isinstance(source, Deferred) else source


def kind_of(source: object) -> type[Any]:
    """The type of the value, without working it out."""
    return cast(type[Any], source.kind) if isinstance(source, Deferred) else type(source)
