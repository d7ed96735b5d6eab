"""Filters whose output never changes are removed; what they gave moves into the next layer. Exact."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx, nn

from engine.compress.groups import dependency_graph, followed
from engine.compress.intervals import Interval, intervals, linear_map
from engine.compress.traced import (
    PREFIX,
    channels_first,
    is_depthwise,
    layer_of,
    norm_behind,
    traced,
    weighted_behind_output,
)

_TOLERANCE = 1e-6  # of the largest output, beyond what rounding explains


@dataclass(frozen=True)
class DeadFilters:
    """What was removed.

    Attributes:
        module: a copy of the network without them, in evaluation mode.
        removed: filters by the layer that computed them.
    """

    module: nn.Module
    removed: dict[str, int]

    @property
    def count(self) -> int:
        """Filters in all layers together."""
        return sum(self.removed.values())


def remove_dead_filters(module: nn.Module, input_shape: tuple[int, ...]) -> DeadFilters:
    """Remove every filter that gives one constant for all inputs, as far as that changes nothing.

    A constant is folded into the bias of the layers that read it, or into the mean of the BatchNorm
    behind them. It stays where zero padding would make it differ at the borders, where there is nothing
    to fold it into, and where it is an output of the network.

    Args:
        module: the network; it is not changed.
        input_shape: of one input without batch, channels last.

    Raises:
        TrainingFailed: its layers are joined in a way that cannot be followed.
    """
    smaller = copy.deepcopy(module).eval()
    root, graph = traced(smaller)
    bounds = intervals(root, graph, input_shape)
    readers: dict[nn.Module, _Reader] = {}
    for node in graph.nodes:
        layer = layer_of(root, node)
        if isinstance(layer, nn.Conv1d | nn.Conv2d | nn.Linear) and not is_depthwise(layer):
            readers[layer] = _Reader(root, node, layer, bounds[node.all_input_nodes[0].name])
    given_out = set(weighted_behind_output(root, graph))
    names = {layer: name.removeprefix(PREFIX) for name, layer in root.named_modules()}
    plans: list[tuple[Any, list[int]]] = []
    removed: dict[str, int] = {}
    constants: dict[nn.Module, set[int]] = defaultdict(set)
    dependencies = dependency_graph(smaller, input_shape)
    with followed(), torch.no_grad():
        kinds = [nn.Conv1d, nn.Conv2d, nn.Linear]
        for group in dependencies.get_all_groups(root_module_types=kinds):
            writers = [item.dep.target.module for item in group if not _reads(item, readers)]
            if given_out.intersection(writers):
                continue
            dead = _dead_channels([item for item in group if _reads(item, readers)], readers)
            dead = dict(list(dead.items())[: len(group[0].idxs) - 1])  # a layer keeps one channel
            if dead:
                plans.append((group[0].dep, list(dead)))
                # named after the layer that made them, not a depthwise one behind it
                name = next((names[w] for w in writers if w in readers), "")
                removed[name or names[group[0].dep.target.module]] = len(dead)
                for reads in dead.values():
                    for layer, channel in reads:
                        constants[layer].add(channel)
        for layer, inputs in constants.items():
            readers[layer].fold(sorted(inputs))
        for first, channels in plans:
            dependencies.get_pruning_group(first.target.module, first.handler, channels).prune()
    if not _agree(module, smaller, input_shape):
        return DeadFilters(copy.deepcopy(module).eval(), {})
    return DeadFilters(smaller, removed)


class _Reader:
    """A layer that mixes channels, with the bounds of what it reads."""

    def __init__(
        self,
        root: nn.Module,
        node: fx.Node,
        layer: nn.Conv1d | nn.Conv2d | nn.Linear,
        read: Interval,
    ) -> None:
        self._layer = layer
        norm = norm_behind(root, node)
        self._norm = norm[1] if norm else None
        self._low = read.low
        axis = read.low.ndim - 1 if isinstance(layer, nn.Linear) else 1
        others = [a for a in range(read.low.ndim) if a != axis]
        self._axis = axis
        self._fixed = read.fixed.movedim(axis, 0).flatten(1).all(1) if others else read.fixed
        self._plain = getattr(layer, "groups", 1) == 1

    def can_spare(self, channel: int) -> bool:
        """Whether this input channel is one constant, and has somewhere to go."""
        if not bool(self._fixed[channel]):
            return False
        if not bool(self._low.select(self._axis, channel).any()):
            return True
        if not self._plain or (self._layer.bias is None and self._norm is None):
            return False
        given = self._given([channel])
        return bool((given == given[:, :1]).all())

    def fold(self, channels: list[int]) -> None:
        """Let these constant input channels be part of the bias."""
        shift = sum((self._given([c])[:, 0] for c in channels), torch.zeros(1, dtype=torch.float64))
        if not bool(shift.any()):
            return
        if self._layer.bias is not None:
            self._layer.bias += shift.to(self._layer.bias.dtype)
        else:
            assert self._norm is not None
            assert self._norm.running_mean is not None
            self._norm.running_mean -= shift.to(self._norm.running_mean.dtype)

    def _given(self, channels: list[int]) -> Tensor:
        """(outputs, positions) that these channels add to the layer's result."""
        weight = self._layer.weight.double()
        if not self._plain:
            return torch.zeros(len(weight), 1, dtype=torch.float64)
        constant = self._low.index_select(self._axis, torch.tensor(channels))
        result = linear_map(self._layer, constant, weight[:, channels])
        return result.movedim(-1 if isinstance(self._layer, nn.Linear) else 1, 0).flatten(1)


def _reads(item: Any, readers: dict[nn.Module, _Reader]) -> bool:
    layer = item.dep.target.module
    return layer in readers and "prune_in" in item.dep.handler.__name__


def _dead_channels(
    reading: Iterable[Any], readers: dict[nn.Module, _Reader]
) -> dict[int, list[tuple[nn.Module, int]]]:
    """Channels of a group's first layer that all readers can spare, each with what they read."""
    reads: dict[int, list[tuple[nn.Module, int]]] = defaultdict(list)
    for item in reading:
        for channel, first in zip(item.idxs, item.root_idxs, strict=True):
            if first is None:
                return {}
            reads[first].append((item.dep.target.module, channel))
    return {
        first: pairs
        for first, pairs in sorted(reads.items())
        if all(readers[layer].can_spare(channel) for layer, channel in pairs)
    }


def _agree(before: nn.Module, after: nn.Module, input_shape: tuple[int, ...]) -> bool:
    """Whether both give the same results, up to rounding, on noise of several sizes."""
    noise = torch.randn(3, *channels_first(input_shape), generator=torch.Generator().manual_seed(0))
    inputs = torch.cat([torch.zeros_like(noise[:1]), noise, 10 * noise, noise.abs()]).double()
    with torch.inference_mode():
        one, other = (copy.deepcopy(module).double().eval()(inputs) for module in (before, after))
    return bool((one - other).abs().max() <= _TOLERANCE * max(1.0, float(one.abs().max())))
