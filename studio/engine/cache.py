"""Loaded plugins kept warm: one per generator and model, the least recently used dropped under a budget."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, cast

from studio.engine.context import Context
from studio.engine.spec import Work

Key = tuple[str, str, object]


@dataclass
class Loaded:
    """A plugin instance after its ``load``; ``users`` counts the runs that hold it."""

    plugin: object
    nbytes: int
    users: int = 0


class PluginCache:
    """Of one device; used on its worker thread only, but for ``nbytes``. ``budget`` in bytes."""

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self._entries: OrderedDict[Key, Loaded] = OrderedDict()

    @property
    def nbytes(self) -> int:
        """Bytes of everything loaded."""
        return sum(entry.nbytes for entry in list(self._entries.values()))

    def take(self, work: Work, context: Context) -> Loaded:
        """The loaded plugin for a piece of work, loading it if need be; give it back with ``give_back``."""
        key = key_of(work)
        entry = self._entries.get(key)
        if entry is None:
            entry = load(work, context)
            self._entries[key] = entry
        entry.users += 1
        self._entries.move_to_end(key)
        self._shrink(self.budget)
        return entry

    def give_back(self, entry: Loaded) -> None:
        """Say that a run no longer holds the plugin."""
        entry.users -= 1

    def forget(self, work: Work) -> None:
        """Drop what is loaded for a piece of work, so the next run loads it again."""
        self._entries.pop(key_of(work), None)

    def drop_idle(self) -> None:
        """Drop every plugin that no run holds."""
        self._shrink(0)

    def _shrink(self, budget: int) -> None:
        for key, entry in list(self._entries.items()):
            if self.nbytes <= budget:
                return
            if entry.users == 0:
                del self._entries[key]


def key_of(work: Work) -> Key:
    """What two runs must share to share a loaded plugin: the code, and the model's file as it is now."""
    return work.spec.id, work.spec.digest, work.model.stamp if work.model else None


def load(work: Work, context: Context) -> Loaded:
    """Make an instance and let it load its networks. Lets everything the plugin raises pass."""
    plugin = work.spec.cls()
    own = getattr(plugin, "load", None)
    if own is not None:
        with context.active():
            own(context)
    return Loaded(plugin, size_of(plugin))


def size_of(plugin: object) -> int:
    """Bytes of the parameters and buffers of the torch modules among the instance's attributes."""
    total = 0
    for value in vars(plugin).values() if hasattr(plugin, "__dict__") else ():
        if callable(getattr(value, "state_dict", None)):
            tensors = cast(dict[str, Any], value.state_dict()).values()
            total += sum(int(tensor.numel() * tensor.element_size()) for tensor in tensors)
    return total
