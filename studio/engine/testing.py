"""A device without torch, for tests of anything that stands on the engine."""

from __future__ import annotations

from studio.engine.devices import GIB, DeviceInfo, is_out_of_memory


class FakeDevice:
    """Runs plugins on its thread like any device, needs no torch, and counts what it is asked for."""

    def __init__(self, name: str = "fake device", memory: int = GIB) -> None:
        self._info = DeviceInfo("cpu", name, memory)
        self.started = 0
        self.released = 0
        self.threads: list[int] = []

    @property
    def info(self) -> DeviceInfo:
        return self._info

    def start(self) -> None:
        self.started += 1

    def use_threads(self, count: int) -> None:
        if self.threads[-1:] != [count]:
            self.threads.append(count)

    def memory_in_use(self) -> int:
        return 0

    def release(self) -> None:
        self.released += 1

    def is_out_of_memory(self, error: BaseException) -> bool:
        return is_out_of_memory(error)
