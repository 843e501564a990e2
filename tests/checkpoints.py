"""Tiny, randomly initialised networks of public architectures, and files no one should have sent."""

from __future__ import annotations

import importlib
import warnings
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import spandrel  # noqa: F401  (it sets an environment variable when it is first imported)
import torch

Make = Callable[[], torch.nn.Module]


def net(name: str, kind: str | None = None, **config: Any) -> Make:
    """A function that builds a network of ``spandrel.architectures.NAME``."""

    def make() -> torch.nn.Module:
        torch.manual_seed(0)
        module = importlib.import_module(f"spandrel.architectures.{name}")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return getattr(module, kind or name)(**config)

    return make


TINY: dict[str, tuple[Make, str, int]] = {
    "Compact": (net("Compact", num_in_ch=3, num_out_ch=3, num_feat=8, num_conv=2, upscale=2), "sr", 2),
    "SPAN": (net("SPAN", num_in_ch=3, num_out_ch=3, feature_channels=8, upscale=2), "sr", 2),
    "ESRGAN": (net("ESRGAN", num_filters=8, num_blocks=1, scale=4), "sr", 4),
    "SwinIR": (
        net("SwinIR", embed_dim=12, depths=[2], num_heads=[2], window_size=4, img_size=8, upscale=2,
            upsampler="pixelshuffledirect", mlp_ratio=2.0), "sr", 2,
    ),
    "NAFNet": (
        net("NAFNet", width=8, middle_blk_num=1, enc_blk_nums=[1, 1], dec_blk_nums=[1, 1]), "restore", 1,
    ),
    "SAFMN": (net("SAFMN", dim=8, n_blocks=2, upscaling_factor=2), "sr", 2),
    "DnCNN": (net("DnCNN", in_nc=1, out_nc=1, nc=8, nb=8, act_mode="R"), "restore", 1),
    "PLKSR": (net("PLKSR", dim=16, n_blocks=2, upscaling_factor=2, kernel_size=5), "sr", 2),
    "MoSR": (net("MoSR", n_block=2, dim=16, upscale=2), "sr", 2),
    "OmniSR": (net("OmniSR", num_feat=16, block_num=1, res_num=1, up_scale=2), "sr", 2),
    "RCAN": (net("RCAN", scale=2, n_resgroups=1, n_resblocks=1, n_feats=16, reduction=4), "sr", 2),
    "SwiftSRGAN": (net("SwiftSRGAN", num_channels=8, num_blocks=2, upscale_factor=2), "sr", 2),
    "RestoreFormer": (
        net("RestoreFormer", n_embed=8, embed_dim=32, ch=32, ch_mult=(1,) * 6, num_res_blocks=1,
            z_channels=32,
            attn_resolutions=(16,)), "face", 1,
    ),
}  # fmt: skip


def tensors(name: str) -> dict[str, torch.Tensor]:
    """The state dict of a tiny network."""
    return dict(TINY[name][0]().state_dict())


def checkpoint(folder: Path, name: str, **wrapped: Any) -> Path:
    """A .pth file of a tiny network, as training programs write it."""
    path = folder / f"{name}.pth"
    torch.save({"params_ema": OrderedDict(tensors(name)), "iter": 400, **wrapped}, path)
    return path


class Payload:
    """Unpickled by a careless program, runs a command."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[Any, ...]:
        import os

        return os.system, (self.command,)
