"""BatchNorm's means and variances, taken anew."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from engine.compress.batches import to_tensor


@contextmanager
def fresh_statistics(module: nn.Module) -> Iterator[bool]:
    """Forget what each BatchNorm knows; meanwhile it takes the plain mean of all batches it sees.

    Yields:
        Whether there is any.
    """
    norms = [m for m in module.modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    yield bool(norms)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum


def with_statistics_of(module: nn.Module, inputs: list[NDArray[np.float32]]) -> nn.Module:
    """A copy in evaluation mode whose BatchNorm has seen these inputs.

    Without that, values in a deep network that is not trained get smaller from layer to layer, until 8
    bits hold nothing of them.

    Args:
        module: is not changed.
        inputs: for each of its inputs float32 (samples, *shape), channels last.
    """
    copied = copy.deepcopy(module)
    with fresh_statistics(copied) as any_there:
        if any_there:
            copied.train()
            with torch.no_grad():
                copied(*map(to_tensor, inputs))
    return copied.eval()
