"""Which network some tensors belong to, by spandrel (https://github.com/chaiNNer-org/spandrel, MIT).

spandrel reads sizes off the tensors' names and shapes, and builds. So names and shapes are bounded first, and
while it builds no operation may make a tensor much larger than the file has reason for.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from studio.model.errors import UserError

if TYPE_CHECKING:
    import torch

Task = Literal["sr", "restore", "face", "inpaint"]
TASKS: dict[str, Task] = {"SR": "sr", "Restoration": "restore", "FaceSR": "face", "Inpainting": "inpaint"}
TITLES: dict[Task, str] = {
    "sr": "enlarging",
    "restore": "restoring",
    "face": "restoring faces",
    "inpaint": "filling holes",
}
MAX_INDEX = 1000
MAX_SCALE = 16
SLACK = 1 << 26
KNOWN = (
    "Networks that enlarge, restore, restore faces or fill holes can be imported (ESRGAN, SwinIR, LaMa, …)."
)


@dataclass(frozen=True)
class Found:
    """A network as spandrel describes it, and what it is for. ``model`` takes and gives RGB in 0..1."""

    model: Any
    task: Task

    @property
    def architecture(self) -> str:
        """The name its authors gave the kind of network."""
        return str(self.model.architecture.name)

    @property
    def scale(self) -> int:
        """How many times larger it makes a picture."""
        return int(self.model.scale)


def detect(state: Mapping[str, torch.Tensor], name: str) -> Found:
    """The network that has exactly these tensors, in eval mode on the CPU.

    name: what to call the file in errors. UserError when nothing fits, or the parts do not fit together.
    """
    check_names(state, name)
    import torch
    from spandrel import MAIN_REGISTRY, UnsupportedModelError

    total = sum(tensor.numel() for tensor in state.values())
    try:
        with modest(total), torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of how some networks are written; nothing a person could act on
            model = MAIN_REGISTRY.load(dict(state))
    except UnsupportedModelError:
        first = next(iter(state), "nothing")
        raise UserError(
            f"“{name}” holds a network for another task (it begins with “{first}”).", KNOWN
        ) from None
    except Exception as error:
        raise misfit(name, error) from None
    return checked(Found(model.eval(), TASKS[model.purpose]), name)


def misfit(name: str, error: Exception) -> UserError:
    """The error for tensors that look like a known network and make none."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    why = (lines[0] if lines else type(error).__name__)[:200].rstrip(".:")
    return UserError(f"The parts of “{name}” do not fit together: {why}.", "The file may be damaged.")


def check_names(state: Mapping[str, Any], name: str) -> None:
    """Refuse numbers in names that would make a network of absurdly many layers."""
    for key in state:
        if any(part.isdigit() and (len(part) > 6 or int(part) > MAX_INDEX) for part in key.split(".")):
            raise UserError(f"“{name}” would be a network of absurdly many layers (“{key[:60]}”).", KNOWN)


def checked(found: Found, name: str) -> Found:
    """Refuse networks that take or give something else than colours."""
    channels = (found.model.input_channels, found.model.output_channels)
    if any(count not in (1, 3, 4) for count in channels) or not 1 <= found.scale <= MAX_SCALE:
        takes = f"takes {channels[0]} and gives {channels[1]} channels at scale {found.scale}"
        raise UserError(f"The network in “{name}” {takes}, which is no picture.", KNOWN)
    for parameter in found.model.model.parameters():
        parameter.requires_grad_(False)
    return found


@contextmanager
def modest(total: int) -> Generator[None]:
    """While entered, this thread's torch makes no tensor of more than twice ``total`` numbers and some."""
    from torch.utils._python_dispatch import TorchDispatchMode

    limit = 2 * total + SLACK

    class Modest(TorchDispatchMode):
        """Looks at each operation's sizes before it runs."""

        def __torch_dispatch__(
            self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
        ) -> Any:
            if any(asked(value) > limit for value in args):
                raise ValueError("it would need a tensor far larger than the file")
            return func(*args, **(kwargs or {}))

    with Modest():
        yield


def asked(value: object) -> int:
    """How many numbers a list of sizes asks for; 0 for anything else."""
    if not isinstance(value, list | tuple) or not value:
        return 0
    sizes = cast(list[object], value)
    return math.prod(abs(n) for n in sizes if isinstance(n, int)) if all(type(n) is int for n in sizes) else 0
