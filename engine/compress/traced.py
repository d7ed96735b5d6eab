"""A network as a list of operations: what reads what, whichever class wrote its `forward`."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import fx, nn

from engine.errors import UsageError

PREFIX = "network."
_WEIGHTED = (nn.Conv1d, nn.Conv2d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.Linear)
_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)


class OneInput(nn.Module):
    """Gives a network with `*inputs` the plain signature that tracing needs; holds it as `network`."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Whatever the network makes of it."""
        result: torch.Tensor = self.network(x)
        return result


def traced(module: nn.Module) -> tuple[OneInput, fx.Graph]:
    """The network's operations in order; targets of layers begin with `network.`.

    Args:
        module: takes one tensor and does not branch on values. It is not copied.

    Raises:
        UsageError: its operations cannot be followed.
    """
    root = OneInput(module)
    try:
        return root, fx.Tracer().trace(root)
    except (fx.proxy.TraceError, TypeError, RuntimeError, ValueError) as error:
        raise UsageError(
            "The operations of this network cannot be followed, because it decides by values.",
            hint="Leave out the steps that remove dead filters or train with 8-bit numbers.",
            details=str(error)[:300],
        ) from error


def channels_first(input_shape: tuple[int, ...]) -> tuple[int, ...]:
    """Shape of one input as torch wants it, from (height, width, channels), or (length,)."""
    return (input_shape[-1], *input_shape[:-1]) if len(input_shape) > 1 else tuple(input_shape)


def layer_of(root: nn.Module, node: fx.Node) -> nn.Module | None:
    """The torch layer that an operation runs, None for plain functions."""
    return root.get_submodule(str(node.target)) if node.op == "call_module" else None


def is_depthwise(layer: nn.Module) -> bool:
    """Whether every channel is convolved alone."""
    groups = getattr(layer, "groups", 1)
    return bool(groups > 1 and groups == layer.in_channels == layer.out_channels)


def norm_behind(
    root: nn.Module, node: fx.Node
) -> tuple[fx.Node, nn.BatchNorm1d | nn.BatchNorm2d] | None:
    """The BatchNorm that alone reads this operation's result, if there is one."""
    users = list(node.users)
    if len(users) != 1:
        return None
    layer = layer_of(root, users[0])
    return (users[0], layer) if isinstance(layer, _NORMS) else None


def weighted_behind_output(root: nn.Module, graph: fx.Graph) -> Iterator[nn.Module]:
    """The layers whose channels the network gives out: those must keep them all."""
    waiting = [node for node in graph.nodes if node.op == "output"]
    seen: set[fx.Node] = set()
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        layer = layer_of(root, node)
        if isinstance(layer, _WEIGHTED):
            yield layer
            if not is_depthwise(layer):
                continue
        waiting.extend(node.all_input_nodes)
