"""Trained weights on disk: plain tensors plus what builds the module again; no pickled code.

A pruned network has fewer channels than the zoo builds; loading narrows each layer to the shapes of
its stored weights, so that one format serves both.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import nn

from engine.errors import BadInputFile
from engine.zoo import build_network

_WEIGHTS = "network.pt"
_DESCRIPTION = "network.json"


def save_network(
    module: nn.Module, folder: Path, *, network: str, input_shape: tuple[int, ...], classes: int
) -> None:
    """Write `network.pt` (tensors only) and `network.json` into `folder`."""
    torch.save(module.state_dict(), folder / _WEIGHTS)
    description = {"network": network, "input_shape": list(input_shape), "classes": classes}
    (folder / _DESCRIPTION).write_text(json.dumps(description), "utf-8")


def load_network(folder: Path) -> nn.Module:
    """The module in evaluation mode, with its stored weights and channel counts.

    Raises:
        BadInputFile: a file is missing, damaged, or does not match the network it names.
    """
    try:
        description = json.loads((folder / _DESCRIPTION).read_text("utf-8"))
        weights = torch.load(folder / _WEIGHTS, weights_only=True)
        module = build_network(
            description["network"], tuple(description["input_shape"]), description["classes"], seed=0
        )
        narrow_to_weights(module, weights)
        module.load_state_dict(weights)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise BadInputFile(
            "The trained network of this project cannot be read.",
            hint="Run the training again; the data and the recipe are kept.",
            path=str(folder),
            details=str(error),
        ) from error
    return module.eval()


def narrow_to_weights(module: nn.Module, weights: dict[str, torch.Tensor]) -> None:
    """Give every layer the channel counts of its stored weights, in place."""
    for name, layer in module.named_modules():
        weight = weights.get(f"{name}.weight" if name else "weight")
        if weight is None or weight.shape == getattr(layer, "weight", weight).shape:
            continue
        if isinstance(layer, nn.Conv1d | nn.Conv2d):
            depthwise = layer.groups > 1 and layer.groups == layer.in_channels
            layer.out_channels = weight.shape[0]
            layer.groups = weight.shape[0] // weight.shape[1] if depthwise else layer.groups
            layer.in_channels = layer.groups * weight.shape[1]
        elif isinstance(layer, nn.Linear):
            layer.out_features, layer.in_features = weight.shape
        elif isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
            layer.num_features = weight.shape[0]
            layer.running_mean = torch.zeros(weight.shape)
            layer.running_var = torch.ones(weight.shape)
        layer.weight = nn.Parameter(torch.empty_like(weight))
        if getattr(layer, "bias", None) is not None:
            layer.bias = nn.Parameter(torch.empty(weight.shape[0]))
