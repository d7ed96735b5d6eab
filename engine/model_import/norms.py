"""Batch normalisation put back where a file has merged it into its convolutions.

A network without it can hardly be trained on: its values grow or fade with every layer. Behind each bare
convolution comes a layer with the statistics of the data set, whose scale and shift undo what it does:
answers stay as they are, and the conversion merges it again.
"""

from __future__ import annotations

import copy

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.utils.hooks import RemovableHandle

from engine.model_import.stored_module import ModulePlan, Node, StoredModule

_KINDS = {"conv1d": "batch_norm1d", "conv2d": "batch_norm2d"}
_EPSILON = 1e-3
_SAMPLES, _BATCH = 512, 64


def with_norms(module: StoredModule, inputs: NDArray[np.float32]) -> tuple[StoredModule, str]:
    """The network with batch normalisation behind every convolution, and a sentence on what changed.

    Args:
        module: in evaluation mode; it stays as it is.
        inputs: training samples (samples, *shape), channels last; up to 512 of them are used.

    Returns:
        The same network and "" where nothing is missing.
    """
    plan = copy.deepcopy(module.plan)
    bare = _bare(plan)
    if not bare:
        return module, ""
    rows = np.linspace(0, len(inputs) - 1, min(_SAMPLES, len(inputs))).astype(int)
    statistics = _statistics(module, [node.name for node in bare], inputs[rows])
    state = dict(module.state_dict())
    for node in bare:
        mean, variance = statistics[node.name]
        norm = _insert_behind(plan, node, len(mean))
        state |= {
            f"{norm}.weight": torch.sqrt(variance + _EPSILON).float(),
            f"{norm}.bias": mean.float(),
            f"{norm}.running_mean": mean.float(),
            f"{norm}.running_var": variance.float(),
            f"{norm}.num_batches_tracked": torch.tensor(1),
        }
    with torch.device("meta"):
        result = StoredModule(plan)
    result.load_state_dict(state, assign=True)
    note = (
        f"Batch normalisation is put back behind {len(bare)} convolutions, for the training; the "
        "answers stay the same."
    )
    return result.eval(), note


def _bare(plan: ModulePlan) -> list[Node]:
    """Convolutions inside the network that no batch normalisation follows."""
    followed = {
        name for node in plan.nodes if node.kind.startswith("batch_norm") for name in node.inputs
    }
    skipped = followed | set(plan.outputs)
    return [node for node in plan.nodes if node.kind in _KINDS and node.name not in skipped]


def _statistics(
    module: StoredModule, names: list[str], inputs: NDArray[np.float32]
) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Mean and variance of every channel (channels,) of the layers' outputs."""
    sums: dict[str, list[torch.Tensor]] = {name: [] for name in names}

    def listen(name: str) -> RemovableHandle:
        def hook(layer: nn.Module, given: object, output: torch.Tensor) -> None:
            values = output.double().transpose(0, 1).flatten(1)
            sums[name].append(torch.stack([values.mean(1), values.square().mean(1)]) * len(output))

        return module.get_submodule(name).register_forward_hook(hook)

    hooks = [listen(name) for name in names]
    with torch.no_grad():
        for start in range(0, len(inputs), _BATCH):
            module(torch.from_numpy(inputs[start : start + _BATCH]).movedim(-1, 1))
    for hook in hooks:
        hook.remove()
    found = {}
    for name, parts in sums.items():
        mean, square = torch.stack(parts).sum(0) / len(inputs)
        found[name] = mean, (square - mean.square()).clamp(min=0.0)
    return found


def _insert_behind(plan: ModulePlan, node: Node, channels: int) -> str:
    """A normalisation between a node and all that read it; its name."""
    taken = {other.name for other in plan.nodes} | set(plan.inputs)
    name = f"{node.name}_norm"
    while name in taken:
        name += "_"
    for other in plan.nodes:
        other.inputs = [name if i == node.name else i for i in other.inputs]
    settings = {"num_features": channels, "eps": _EPSILON, "momentum": 0.1}
    plan.nodes.insert(plan.nodes.index(node) + 1, Node(name, _KINDS[node.kind], [node.name], settings))
    return name
