"""Cross-layer equalisation: channels of one layer get similar ranges, the network computes the same.

Between two layers joined by functions f with f(s x) = s f(x) for s > 0, a channel can be divided by s
before and multiplied by s behind (Nagel et al. 2019, arXiv 1906.04721, section 4.1; Meller et al. 2019,
arXiv 1902.01917). The paper has one scale for all weights of a layer and balances the weights' ranges.
Here convolutions have a scale for each filter, so what their channels share is the scale of the
activations, and that is what is balanced against the weights behind it; dense layers have one scale for
all weights, and are balanced as in the paper.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass

import torch
from torch import Tensor, fx, nn
from torch.nn import functional

from engine.compress.traced import layer_of, norm_behind, traced
from engine.errors import UsageError
from engine.events import CancelToken

Weighted = nn.Conv1d | nn.Conv2d | nn.Linear
Norm = nn.BatchNorm1d | nn.BatchNorm2d

_SWEEPS = 20
_MOST = 16.0  # no channel is scaled by more: what calibration hardly saw may be larger elsewhere
_SETTLED = 1e-3
# Layers that treat every channel alone and keep a positive factor.
_SCALED_ALIKE = (
    *(nn.ReLU, nn.LeakyReLU, nn.PReLU, nn.Identity, nn.Dropout, nn.Dropout1d, nn.Dropout2d),
    *(nn.MaxPool1d, nn.MaxPool2d, nn.AvgPool1d, nn.AvgPool2d, nn.AdaptiveMaxPool1d),
    *(nn.AdaptiveMaxPool2d, nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.ZeroPad1d, nn.ZeroPad2d),
    *(nn.ReplicationPad1d, nn.ReplicationPad2d),
)
_SCALED_ALIKE_FUNCTIONS = frozenset({torch.relu, functional.relu, "relu"})


@dataclass
class _Pair:
    """Two layers and what is between: `end` is the operation whose result the second one reads."""

    first: Weighted
    norm: Norm | None
    second: Weighted
    second_norm: Norm | None
    end: fx.Node


@torch.no_grad()
def equalised(module: nn.Module, inputs: Tensor, *, cancel: CancelToken) -> tuple[nn.Module, int]:
    """A copy of a network whose channels have similar ranges and whose outputs are the same.

    Args:
        module: float network in evaluation mode; it is left alone.
        inputs: float32 (samples, channels, ...), from the calibration set.
        cancel: checked between sweeps.

    Returns:
        The copy, and how many pairs of layers were balanced: 0 where the operations cannot be followed,
        or every pair has something between that would not stay the same (ReLU6, a sum, a second reader).
    """
    copied = copy.deepcopy(module).eval()
    try:
        root, graph = traced(copied)
    except UsageError:
        return copied, 0
    pairs, peaks = _peaks(root, graph, _pairs(root, graph), inputs)
    for _ in range(_SWEEPS):
        cancel.check()
        moved = 0.0
        for pair, peak in zip(pairs, peaks, strict=True):
            scale = _scales(pair, peak)
            _divide_outputs(pair, scale)
            multiply_inputs(pair.second, scale)
            peak /= scale
            moved = max(moved, float(scale.log().abs().max()))
        if moved < _SETTLED:
            break
    return copied, len(pairs)


def _pairs(root: nn.Module, graph: fx.Graph) -> list[_Pair]:
    """Weighted layers that only one other reads, through nothing that would not stay the same."""
    calls: dict[str, int] = {}
    for node in graph.nodes:
        calls[str(node.target)] = calls.get(str(node.target), 0) + 1
    found = []
    for node in graph.nodes:
        first = layer_of(root, node)
        if not isinstance(first, Weighted) or calls[str(node.target)] > 1:
            continue
        behind = norm_behind(root, node)
        norm, end = (behind[1], behind[0]) if behind else (None, node)
        if norm is not None and not (norm.affine and calls[str(end.target)] == 1):
            continue
        while True:
            users = list(end.users)
            if len(users) != 1:
                break
            user, second = users[0], layer_of(root, users[0])
            if isinstance(second, Weighted):
                if calls[str(user.target)] == 1 and _channels_in(second) % _channels_out(first) == 0:
                    second_norm = norm_behind(root, user)
                    found.append(_Pair(first, norm, second, second_norm and second_norm[1], end))
                break
            if not _scales_alike(user, second):
                break
            end = user
    return found


def _scales_alike(node: fx.Node, layer: nn.Module | None) -> bool:
    if isinstance(layer, nn.ConstantPad1d | nn.ConstantPad2d):
        return layer.value == 0
    if isinstance(layer, nn.Flatten):
        return layer.start_dim == 1
    if layer is not None:
        return isinstance(layer, _SCALED_ALIKE)
    if node.target in ("flatten", torch.flatten):
        return tuple(node.args[1:]) == (1,) or node.kwargs == {"start_dim": 1}
    return node.op in ("call_function", "call_method") and node.target in _SCALED_ALIKE_FUNCTIONS


class _Noting(fx.Interpreter):
    """Keeps the largest magnitude of every channel where pairs of layers meet."""

    def __init__(self, root: nn.Module, graph: fx.Graph, ends: list[fx.Node]) -> None:
        super().__init__(fx.GraphModule(root, graph))
        self._ends = {node.name for node in ends}
        self.peaks: dict[str, Tensor] = {}
        self.flat: set[str] = set()  # where the result is (samples, numbers)

    def run_node(self, n: fx.Node) -> object:
        result = super().run_node(n)
        if n.name in self._ends:
            assert isinstance(result, Tensor)
            if result.ndim == 2:
                self.flat.add(n.name)
            peak = result.abs().amax(dim=[d for d in range(result.ndim) if d != 1])
            self.peaks[n.name] = torch.maximum(self.peaks.get(n.name, peak), peak)
        return result


def _peaks(
    root: nn.Module, graph: fx.Graph, pairs: list[_Pair], inputs: Tensor
) -> tuple[list[_Pair], list[Tensor]]:
    """The pairs joined along channels, and the largest magnitude in each channel over all inputs."""
    noting = _Noting(root, graph, [pair.end for pair in pairs])
    for part in torch.split(inputs, 32):
        noting.run(part)
    # A dense layer reads channels only from (samples, channels); of anything longer it reads the end.
    pairs = [p for p in pairs if isinstance(p.second, nn.Linear) == (p.end.name in noting.flat)]
    peaks = [noting.peaks[pair.end.name] for pair in pairs]
    return pairs, [  # a flattened channel is several numbers
        peak.reshape(_channels_out(pair.first), -1).amax(dim=1).clone()
        for pair, peak in zip(pairs, peaks, strict=True)
    ]


def _scales(pair: _Pair, peak: Tensor) -> Tensor:
    """What each channel is divided by: r1 and r2 of the paper become their geometric mean."""
    ahead = weight_ranges(pair.first, pair.norm) if isinstance(pair.first, nn.Linear) else peak
    behind = _ranges_behind(pair.second, pair.second_norm, len(peak))
    scale = (ahead / behind).sqrt()
    live = torch.isfinite(scale) & (ahead > 0) & (behind > 0)
    if not live.any():
        return torch.ones_like(scale)
    scale = torch.where(live, scale, scale[live].median())
    scale = scale / math.exp(float(scale.log().mean()))  # a common factor changes nothing
    return scale.clamp(1 / _MOST, _MOST)


def weight_ranges(layer: Weighted, norm: Norm | None) -> Tensor:
    """Largest magnitude of the weights of each output channel, BatchNorm folded in."""
    ranges = layer.weight.abs().flatten(1).amax(dim=1)
    return ranges if norm is None else ranges * norm_factor(norm).abs()


def norm_factor(norm: Norm) -> Tensor:
    """What BatchNorm multiplies each channel with, once it is trained."""
    assert norm.running_var is not None
    factor = torch.rsqrt(norm.running_var + norm.eps)
    return factor if norm.weight is None else factor * norm.weight


def _ranges_behind(layer: Weighted, norm: Norm | None, channels: int) -> Tensor:
    """How much of its scale each input channel uses in the weights that read it, at most."""
    weight = (
        layer.weight if norm is None else layer.weight * _along_outputs(norm_factor(norm), layer.weight)
    )
    largest = weight.abs().flatten(2).amax(dim=2) if weight.ndim > 2 else weight.abs()
    if not isinstance(layer, nn.Linear):  # every filter has its own scale
        largest = largest / largest.amax(dim=1, keepdim=True).clamp_min(1e-30)
    groups = getattr(layer, "groups", 1)
    ranges = largest.reshape(groups, -1, largest.shape[1]).amax(dim=1).flatten()
    return ranges.reshape(channels, -1).amax(dim=1)


def _along_outputs(values: Tensor, weight: Tensor) -> Tensor:
    return values.reshape(-1, *[1] * (weight.ndim - 1))


def _divide_outputs(pair: _Pair, scale: Tensor) -> None:
    if pair.norm is not None:
        pair.norm.weight.div_(scale)
        pair.norm.bias.div_(scale)
        return
    pair.first.weight.div_(_along_outputs(scale, pair.first.weight))
    if pair.first.bias is not None:
        pair.first.bias.div_(scale)


def multiply_inputs(layer: Weighted, scale: Tensor) -> None:
    """Multiply, in place, the weights that read each channel.

    Args:
        layer: convolution or dense layer.
        scale: (channels,); each stands for as many inputs in a row as a flattened channel has.
    """
    inputs = scale.repeat_interleave(_channels_in(layer) // len(scale))
    groups = getattr(layer, "groups", 1)
    weight = layer.weight
    grouped = weight.view(groups, weight.shape[0] // groups, *weight.shape[1:])
    grouped.mul_(inputs.view(groups, 1, -1, *[1] * (weight.ndim - 2)))


def _channels_out(layer: Weighted) -> int:
    return layer.out_features if isinstance(layer, nn.Linear) else layer.out_channels


def _channels_in(layer: Weighted) -> int:
    return layer.in_features if isinstance(layer, nn.Linear) else layer.in_channels
