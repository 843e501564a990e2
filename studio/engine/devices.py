"""Where work is done: which processor, how much memory, how many threads."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from studio.engine.preload import preload_torch

GIB = 2**30


@dataclass(frozen=True)
class DeviceInfo:
    """kind is "cuda", "mps", "cpu" (or "fake" in tests); ``memory_total`` in bytes."""

    kind: str
    name: str
    memory_total: int

    @property
    def line(self) -> str:
        """The one line the person sees."""
        return f"{self.kind.upper()} · {self.name} · {self.memory_total / GIB:.1f} GB"


class Device(Protocol):
    """One processor. Everything but ``info`` and ``memory_in_use`` is called on its worker thread only."""

    @property
    def info(self) -> DeviceInfo:
        """What is known of it; exact once ``start`` has run."""
        ...

    def start(self) -> None:
        """Make it ready; may import torch and take seconds. Called once per worker thread."""
        ...

    def use_threads(self, count: int) -> None:
        """How many processor threads the work may take."""
        ...

    def memory_in_use(self) -> int:
        """Bytes held on the device beyond what the plugin cache counts."""
        ...

    def release(self) -> None:
        """Give back memory that is only kept for speed."""
        ...

    def is_out_of_memory(self, error: BaseException) -> bool:
        """Whether smaller tiles or batches could have avoided the error."""
        ...


class TorchDevice:
    """A device torch computes on: "cuda", "cuda:1", "mps", "cpu", or "auto" for the fastest there is."""

    def __init__(self, kind: str = "auto") -> None:
        self._kind = kind
        self._info = cpu_info() if kind in ("auto", "cpu") else DeviceInfo(kind, "starting", 0)

    @property
    def info(self) -> DeviceInfo:
        return self._info

    def start(self) -> None:
        """Import torch and settle which device it is: the CPU when the wanted one is missing."""
        preload_torch()
        import torch

        torch.set_flush_denormal(True)
        torch.backends.cudnn.deterministic = True
        if self._kind == "auto":
            self._kind = best_kind()
        self._info = torch_info(self._kind)

    def use_threads(self, count: int) -> None:
        import torch

        if torch.get_num_threads() != count:
            torch.set_num_threads(count)

    def memory_in_use(self) -> int:
        torch = sys.modules.get("torch")
        if torch is None or not self._info.kind.startswith("cuda"):
            return 0
        return int(torch.cuda.memory_allocated(self._info.kind))

    def release(self) -> None:
        import gc

        import torch

        gc.collect()
        if self._info.kind.startswith("cuda"):
            torch.cuda.empty_cache()
        elif self._info.kind == "mps":
            torch.mps.empty_cache()

    def is_out_of_memory(self, error: BaseException) -> bool:
        return is_out_of_memory(error)


def best_kind() -> str:
    """ "cuda", "mps" or "cpu": the fastest that torch can use here."""
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def torch_info(kind: str) -> DeviceInfo:
    """Name and memory of a torch device; the CPU's when torch cannot use it."""
    import torch

    if kind.startswith("cuda") and torch.cuda.is_available():
        found: Any = torch.cuda.get_device_properties(kind)
        return DeviceInfo(kind, str(found.name), int(found.total_memory))
    if kind == "mps" and torch.backends.mps.is_available():
        return DeviceInfo("mps", platform.processor() or "Apple", total_memory())
    return cpu_info()


def is_out_of_memory(error: BaseException) -> bool:
    """Memory errors of Python, of torch on graphics cards, and of torch on the CPU (a plain RuntimeError)."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    text = str(error)
    return isinstance(error, RuntimeError) and ("can't allocate memory" in text or "out of memory" in text)


def cpu_info() -> DeviceInfo:
    """The processor as the operating system describes it."""
    count = cores()
    return DeviceInfo("cpu", f"{cpu_name()}, {count} core{'s' * (count > 1)}", total_memory())


def cpu_name() -> str:
    """The processor's model name."""
    try:
        for line in Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine() or "processor"


def cores() -> int:
    """Processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def total_memory() -> int:
    """Main memory in bytes; 4 GiB where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 4 * GIB


def available_kinds() -> list[str]:
    """The devices torch can use here, best first; always ends with "cpu". Imports torch."""
    import torch

    cards = [f"cuda:{i}" for i in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    if len(cards) == 1:
        cards = ["cuda"]
    return [*cards, *(["mps"] if torch.backends.mps.is_available() else []), "cpu"]


def available_devices() -> list[DeviceInfo]:
    """What the usable devices are, best first. Imports torch."""
    return [torch_info(kind) for kind in available_kinds()]


def available_memory() -> int:
    """Bytes of main memory free or freed at once; half of all where the system does not tell."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return total_memory() // 2
