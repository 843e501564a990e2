"""What a plugin sees of the engine: its device, its weights, its seeds, and ways to be stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from studio.engine.networks import build
from studio.engine.protocol import Preview
from studio.engine.through import Tiles, through
from studio.engine.tiling import Function, tiled
from studio.engine.weights import ModelInfo, WeightsStore
from studio.model.errors import UserError
from studio.model.media import Image, Mask

if TYPE_CHECKING:
    import torch

_active = threading.local()


class Cancelled(BaseException):
    """Raised inside a plugin when its job must stop. Not an Exception: ``except Exception`` lets it pass."""


class Catalogue:
    """What is installed: given to a plugin's ``choices`` and ``ready``, which run without a device."""

    def __init__(self, weights: WeightsStore) -> None:
        self.store = weights

    def models(self, family: str) -> list[ModelInfo]:
        """The installed models of a family, by name."""
        return self.store.models(family)

    def find(self, family: str, name: str) -> ModelInfo:
        """One model; the family's first if ``name`` is empty. UserError when missing or broken."""
        return self.store.find(family, name)


class Context(Catalogue):
    """Given to ``load`` and ``run``. One per run; lives on the device's worker thread.

    Attributes:
        device: name of the device for torch, such as "cpu" or "cuda".
        model: the model that the param ``model`` chose, or None for generators without weights.
        budget: bytes the run may take beyond its weights; halved after each shortage of memory.
        shrink: how often that has happened, 0 at first.
    """

    def __init__(
        self,
        weights: WeightsStore,
        *,
        device: str = "cpu",
        model: ModelInfo | None = None,
        budget: int = 1 << 30,
        shrink: int = 0,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__(weights)
        self.device = device
        self.model = model
        self.shrink = shrink
        self.budget = budget >> shrink
        self._stopped = stopped

    @property
    def dtype(self) -> torch.dtype:
        """The number type to compute in."""
        import torch

        return torch.float32

    def check(self) -> None:
        """Call inside long steps: does nothing, or ends the run if it was cancelled."""
        if self._stopped():
            raise Cancelled

    def batch(self, wanted: int) -> int:
        """How many to compute at once: ``wanted``, less after a shortage of memory, at least 1."""
        return max(1, wanted >> self.shrink)

    def tile(self, wanted: int = 512, least: int = 64) -> int:
        """Side of the tiles to compute, in pixels: ``wanted``, less after a shortage of memory."""
        return max(least, wanted >> self.shrink)

    def generator(self, seed: int) -> torch.Generator:
        """Torch's random numbers from a seed, drawn on the CPU so that a seed means the same everywhere."""
        import torch

        return torch.Generator("cpu").manual_seed(seed)

    def rng(self, seed: int) -> np.random.Generator:
        """numpy's random numbers from a seed."""
        return np.random.Generator(np.random.PCG64(seed))

    def network(self, kind: type[Any], model: ModelInfo | None = None) -> Any:
        """A model's weights in a ``kind``, on the device; cancelling works at every layer.

        model: another one than the chosen.
        """
        model = model or self.model
        if model is None:
            raise UserError(
                "This generator names no family of weights.", "Its author must add family=... to it."
            )
        made = build(kind, model, self.store.load(model))
        return cancellable(made.to(self.device))

    def imported(self) -> Any:
        """The chosen imported model on the device, as spandrel describes it; cancelling works at every layer.

        Call its result with (1, C, h, w) in 0..1; models that fill holes also take a (1, 1, h, w) mask.
        """
        from studio.engine.importers.install import load_network

        if self.model is None:
            raise UserError("This generator has no imported model.", "Its author must add family=... to it.")
        made = load_network(self.model, self.store.load(self.model)).model.to(self.device)
        cancellable(made.model)
        return made

    def tensor(self, value: Image | Mask, channels: int = 3) -> torch.Tensor:
        """(1, C, H, W) float32 on the device: pictures in [-1, 1], C 1, 3 or 4; masks in [0, 1], C 1."""
        import torch

        if isinstance(value, Mask):
            return torch.from_numpy(value.array("float32").copy())[None, None].to(self.device)
        array = value.array("float32", channels) * 2 - 1
        return torch.from_numpy(array).permute(2, 0, 1)[None].to(self.device)

    def image(self, value: torch.Tensor | NDArray[Any]) -> Image:
        """An 8-bit picture from (C, H, W) or (1, C, H, W) in [-1, 1]; C 1, 3 or 4 (straight alpha)."""
        array = np.asarray(value if isinstance(value, np.ndarray) else value.detach().float().cpu().numpy())
        array = array[0] if array.ndim == 4 else array
        unit = np.nan_to_num(array.transpose(1, 2, 0) * 0.5 + 0.5, nan=0.0).clip(0, 1)
        return Image((unit * 255 + 0.5).astype(np.uint8))

    def tiled(
        self,
        function: Function,
        image: Image,
        *,
        channels: int = 3,
        tile: int = 512,
        overlap: int = 32,
        scale: int = 1,
    ) -> Generator[Preview, None, Image]:
        """Run ``function`` over overlapping tiles: ``result = yield from ctx.tiled(f, image)``.

        function: (h, w, channels) float32 in 0..1 -> (h * scale, w * scale, C) float32.
        overlap: a third more than the function looks to any side, then no seam can be seen.
        Yields a Preview per tile.
        """
        source = image.array("float32", channels)
        steps = tiled(function, source, self.tile(tile, 4 * overlap), overlap, scale)
        while True:
            self.check()
            try:
                partial, progress = next(steps)
            except StopIteration as end:
                return Image(quantised(end.value), image.icc)
            yield Preview(Image(quantised(partial), image.icc), progress)

    def through(
        self,
        network: Callable[[torch.Tensor], torch.Tensor],
        image: Image,
        *,
        tile: int = 320,
        overlap: int = 32,
        scale: int = 1,
        align: int = 1,
    ) -> Generator[Preview, None, Image]:
        """Run a network over a whole picture of any kind: ``result = yield from ctx.through(net, image)``.

        network: (1, 3, h, w) RGB in 0..1 on the device -> (1, 3, h * scale, w * scale).
        overlap: a third more than the network looks to any side, then no seam can be seen.
        align: what the network divides its input's sides by. tile: at most, on the CPU; twice elsewhere.

        Grey stays grey, 16 bits stay 16 bits, alpha is kept or enlarged; small previews show the tiles done.
        """
        import torch

        def function(part: NDArray[np.float32]) -> NDArray[np.float32]:
            self.check()
            with torch.inference_mode():
                made = network(torch.from_numpy(part).permute(2, 0, 1)[None].to(self.device))
                return made[0].permute(1, 2, 0).float().cpu().numpy()

        side = self.tile(tile if self.device == "cpu" else 2 * tile, 3 * overlap)
        return (yield from through(function, image, Tiles(side, overlap, scale, align)))

    @contextmanager
    def active(self) -> Generator[None]:
        """While entered, every layer of a ``cancellable`` network on this thread asks this context."""
        before = getattr(_active, "context", None)
        _active.context = self
        try:
            yield
        finally:
            _active.context = before


def cancellable(network: Any) -> Any:
    """Let each module of a torch network ask, before and after it runs, whether its job was cancelled."""
    for module in network.modules():
        module.register_forward_pre_hook(check_active)
        module.register_forward_hook(check_active)
    return network


def check_active(*_: object) -> None:
    """End the run at hand on this thread if it was cancelled."""
    context: Context | None = getattr(_active, "context", None)
    if context is not None:
        context.check()


def quantised(unit: NDArray[np.float32]) -> NDArray[np.uint8]:
    """0..1 to 8 bits, in a new array."""
    return (np.nan_to_num(unit, nan=0.0).clip(0, 1) * 255 + 0.5).astype(np.uint8)
