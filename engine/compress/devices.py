"""Where training computes: on a GPU if there is one, else on the processor."""

from __future__ import annotations

import contextlib
import os

import torch
from torch import nn

from engine.errors import UsageError

DEVICE_VARIABLE = "THIMBLE_DEVICE"


def training_device() -> torch.device:
    """The first CUDA device, or the processor; `THIMBLE_DEVICE` (`cpu`, `cuda`, `cuda:1`) overrules it.

    The same seed gives the same bits on the same kind of device only.

    Raises:
        UsageError: the variable names what is not here.
    """
    wanted = os.environ.get(DEVICE_VARIABLE, "")
    if not wanted:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    with contextlib.suppress(RuntimeError):  # it is no name of a device
        device = torch.device(wanted)
        known = {"cpu": 1, "cuda": torch.cuda.device_count()}
        if (device.index or 0) < known.get(device.type, 0):
            return device
    raise UsageError(
        f"{DEVICE_VARIABLE} is {wanted!r}, but PyTorch finds {torch.cuda.device_count()} GPUs here.",
        hint=f"Set {DEVICE_VARIABLE} to cpu, or take it away.",
    )


def device_of(module: nn.Module) -> torch.device:
    """Where a network's weights lie; the processor if it has none."""
    first = next(module.parameters(), None)
    return first.device if first is not None else torch.device("cpu")


def moved_to(device: torch.device, module: nn.Module) -> nn.Module:
    """The network there; looks at one weight only, so that it may be asked at every batch."""
    return module if device_of(module) == device else module.to(device)


def training_threads() -> int:
    """Cores that this process may use, unless the environment sets fewer."""
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    if wanted.isdigit() and int(wanted) > 0:
        return int(wanted)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
