"""Bias correction: rounding the weights shifts the mean of every channel; the bias takes it back."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
from torch import Tensor, fx, nn

from engine.compress.equalise import Norm, Weighted, norm_factor
from engine.compress.traced import layer_of, norm_behind, traced
from engine.errors import UsageError
from engine.events import CancelToken

_MOST_VALUES = 64_000_000  # of one layer at once
_LARGEST_QUANTUM = 127


@dataclass
class _Place:
    """A layer with weights, the BatchNorm behind it, and the operation whose mean is corrected."""

    layer: Weighted
    norm: Norm | None
    node: fx.Node

    @property
    def bias(self) -> Tensor | None:
        """Where a shift of the result goes; None if there is nothing that could hold it."""
        return self.layer.bias if self.norm is None else self.norm.bias


@torch.no_grad()
def bias_corrected(module: nn.Module, inputs: Tensor, *, cancel: CancelToken) -> tuple[nn.Module, int]:
    """A copy of a float network whose biases make up for what 8-bit weights will do to the means.

    Nagel et al. 2019, arXiv 1906.04721, section 4.2, in its empirical form (appendix D): layer by layer,
    the earlier ones already corrected, the mean of every channel before its activation function is
    compared between the float network and one with 8-bit weights; the difference goes into the bias.

    Args:
        module: float network in evaluation mode; it is left alone.
        inputs: float32 (samples, channels, ...), from the calibration set; fewer are used where the
            results of a layer would not fit into memory.
        cancel: checked at every layer.

    Returns:
        The copy, to be converted instead, and how many layers were corrected.
    """
    corrected = copy.deepcopy(module).eval()
    try:
        float_root, float_graph = traced(module)
        root, graph = traced(corrected)
    except UsageError:
        return corrected, 0
    inputs = inputs[: _samples_at_once(float_root, float_graph, inputs)]
    wanted = _Means(float_root, float_graph, cancel)
    wanted.run(inputs)
    places = _places(root, graph)
    kept = [place.layer.weight.clone() for place in places]
    for place in places:
        place.layer.weight.copy_(_rounded(place))
    _Correcting(root, graph, places, wanted.means, cancel).run(inputs)
    for place, weight in zip(places, kept, strict=True):
        place.layer.weight.copy_(weight)
    return corrected, len(places)


def _places(root: nn.Module, graph: fx.Graph) -> list[_Place]:
    """Layers that run once and can hold a bias."""
    targets = [str(node.target) for node in graph.nodes]
    found = []
    for node in graph.nodes:
        layer = layer_of(root, node)
        if not isinstance(layer, Weighted) or targets.count(str(node.target)) > 1:
            continue
        behind = norm_behind(root, node)
        place = _Place(layer, behind[1], behind[0]) if behind else _Place(layer, None, node)
        if place.bias is not None and targets.count(str(place.node.target)) == 1:
            found.append(place)
    return found


def _rounded(place: _Place) -> Tensor:
    """The weights as the converter will round them: one scale a filter, for dense layers one for all."""
    weight = place.layer.weight
    column = (-1, *[1] * (weight.ndim - 1))
    factor = torch.ones(len(weight)) if place.norm is None else norm_factor(place.norm)
    folded = weight * factor.reshape(column)
    largest = folded.abs().flatten(1).amax(dim=1)
    if isinstance(place.layer, nn.Linear):
        largest = largest.max().expand_as(largest)
    scale = (largest / _LARGEST_QUANTUM).clamp_min(1e-30).reshape(column)
    rounded = torch.round(folded / scale) * scale / factor.reshape(column)
    return torch.where(torch.isfinite(rounded), rounded, weight)


def _channel_means(values: Tensor) -> Tensor:
    return values.double().mean(dim=[d for d in range(values.ndim) if d != 1]).float()


def _samples_at_once(root: nn.Module, graph: fx.Graph, inputs: Tensor) -> int:
    sizes = _Means(root, graph, CancelToken())
    sizes.run(inputs[:1])
    return max(1, _MOST_VALUES // max(sizes.largest, 1))


class _Means(fx.Interpreter):
    """Notes the mean of every channel of every result."""

    def __init__(self, root: nn.Module, graph: fx.Graph, cancel: CancelToken) -> None:
        super().__init__(fx.GraphModule(root, graph))
        self._cancel = cancel
        self.means: dict[str, Tensor] = {}
        self.largest = 0

    def run_node(self, n: fx.Node) -> object:
        self._cancel.check()
        result = super().run_node(n)
        if isinstance(result, Tensor) and result.ndim > 1:
            self.means[n.name] = _channel_means(result)
            self.largest = max(self.largest, result.numel())
        return result


class _Correcting(fx.Interpreter):
    """Runs the network with rounded weights and corrects each bias before the next layer runs."""

    def __init__(
        self,
        root: nn.Module,
        graph: fx.Graph,
        places: list[_Place],
        wanted: dict[str, Tensor],
        cancel: CancelToken,
    ) -> None:
        super().__init__(fx.GraphModule(root, graph))
        self._places = {place.node.name: place for place in places}
        self._wanted = wanted
        self._cancel = cancel

    def run_node(self, n: fx.Node) -> object:
        self._cancel.check()
        result = super().run_node(n)
        place = self._places.get(n.name)
        if place is None or not isinstance(result, Tensor):
            return result
        if isinstance(place.layer, nn.Linear) and result.ndim != 2:  # channels come last
            return result
        assert place.bias is not None
        missing = self._wanted[n.name] - _channel_means(result)
        place.bias.add_(missing)
        return result + missing.reshape(1, -1, *[1] * (result.ndim - 2))
