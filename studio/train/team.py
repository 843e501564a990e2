"""The processes that train together: one on a desk, several under ``torchrun`` or ``accelerate launch``.

Each process works on its share of every batch, and gradients are summed before each update, so the networks
stay equal in all of them. The batch and its random numbers are drawn alike everywhere.
"""

from __future__ import annotations

import torch
from accelerate import Accelerator
from torch import Tensor


class Team:
    """What ``accelerate`` found: this process's device, its number, and how many there are."""

    def __init__(self, cpu: bool = False) -> None:
        # without being told so, accelerate takes processes that have no graphics card for strangers
        self.accelerator = Accelerator(cpu=cpu or not torch.accelerator.is_available())
        self.device: torch.device = self.accelerator.device
        self.rank, self.size = self.accelerator.process_index, self.accelerator.num_processes
        self.main = self.accelerator.is_main_process

    @property
    def name(self) -> str:
        """The device in words."""
        kind = torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else self.device.type
        return f"{self.size} x {kind}" if self.size > 1 else kind

    def share(self, parts: int) -> list[int]:
        """Which parts of a batch are this process's."""
        return list(range(parts))[self.rank :: self.size]

    def sum(self, tensors: list[Tensor]) -> list[Tensor]:
        """The sum of every process's tensors, sent as one message."""
        if self.size == 1:
            return tensors
        flat = torch.cat([tensor.detach().float().flatten() for tensor in tensors])
        total = self.accelerator.reduce(flat, "sum")
        pieces = total.split([tensor.numel() for tensor in tensors])
        return [piece.view_as(tensor) for piece, tensor in zip(pieces, tensors, strict=True)]

    def agree(self, number: int) -> int:
        """The first process's number, in all of them."""
        if self.size == 1:
            return number
        said = torch.tensor([float(number if self.main else 0)], device=self.device)
        return round(self.accelerator.reduce(said, "sum").item())

    def close(self) -> None:
        """Leave the group of processes."""
        if self.size > 1:
            torch.distributed.destroy_process_group()
