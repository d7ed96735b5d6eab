"""Which channels of which layers must go together: dependency groups of torch-pruning."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from engine.compress.finetune import TrainingFailed
from engine.compress.traced import channels_first


@contextmanager
def followed() -> Iterator[None]:
    """Turn what torch-pruning does not see coming into a sentence."""
    try:
        yield
    except (IndexError, RuntimeError, ValueError) as error:
        raise TrainingFailed(
            "This network's filters cannot be removed: some of its layers are joined in a way that the "
            "pruner cannot follow.",
            hint="Leave the pruning step out, or avoid depthwise layers with several filters a channel.",
            details=str(error)[:500],
        ) from error


def dependency_graph(module: nn.Module, input_shape: tuple[int, ...]) -> Any:
    """torch-pruning's graph of the network; leaves it in evaluation mode.

    Args:
        module: the network.
        input_shape: of one input without batch, channels last.
    """
    import torch_pruning

    module.eval()
    with followed():
        return torch_pruning.DependencyGraph().build_dependency(
            module,
            example_inputs=torch.zeros(2, *channels_first(input_shape)),
            unwrapped_parameters=loose_parameters(module),
        )


def loose_parameters(module: nn.Module) -> list[tuple[nn.Parameter, int]]:
    """Parameters of a number for each channel that belong to no layer of torch, with that axis."""
    values = [getattr(layer, "value", None) for layer in module.modules()]
    return [(value, 0) for value in values if isinstance(value, nn.Parameter)]
