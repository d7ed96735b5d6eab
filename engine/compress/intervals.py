"""Between which bounds every value of a network lies, whatever goes in: interval arithmetic.

A bound that meets its opposite is a constant. The bounds keep the full shape, so that what padding
does at the borders is in them.
"""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.nn import functional

from engine.compress.traced import OneInput, channels_first

UNBOUNDED = 1e30  # stands for infinity, but gives 0 when a weight of 0 meets it

_MONOTONE = (
    *(nn.ReLU, nn.ReLU6, nn.Sigmoid, nn.Tanh, nn.Hardtanh, nn.Hardsigmoid, nn.Softplus, nn.ELU),
    *(nn.MaxPool1d, nn.MaxPool2d, nn.AvgPool1d, nn.AvgPool2d),
    *(nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d),
    *(nn.ConstantPad1d, nn.ConstantPad2d, nn.ConstantPad3d, nn.ReplicationPad1d, nn.ReplicationPad2d),
    *(nn.ZeroPad1d, nn.ZeroPad2d, nn.Flatten, nn.Identity, nn.Dropout),
)
_ELEMENTWISE = (nn.GELU, nn.SiLU, nn.Hardswish, nn.LeakyReLU, nn.PReLU)
_MONOTONE_FUNCTIONS = {
    *(torch.relu, functional.relu, functional.relu6, torch.sigmoid, torch.tanh, torch.exp),
    *(torch.flatten, torch.reshape, torch.permute, torch.transpose, torch.mean, torch.sum, torch.amax),
    *(torch.maximum, torch.minimum, operator.getitem, operator.add, torch.add),
}
_MONOTONE_METHODS = {
    *("flatten", "reshape", "view", "permute", "transpose", "contiguous", "squeeze", "unsqueeze"),
    *("mean", "sum", "amax", "relu", "sigmoid", "tanh"),
}


@dataclass(frozen=True)
class Interval:
    """Lower and upper bounds of a tensor, float64, of its shape with a batch of one."""

    low: Tensor
    high: Tensor

    @property
    def fixed(self) -> Tensor:
        """Where both bounds are one value, as booleans."""
        return self.low == self.high


def intervals(root: OneInput, graph: fx.Graph, input_shape: tuple[int, ...]) -> dict[str, Interval]:
    """Bounds of every result by node name, for inputs of any value.

    Args:
        root: the traced network, in evaluation mode.
        graph: its operations.
        input_shape: of one input without batch, channels last.
    """
    far = torch.full((1, *channels_first(input_shape)), UNBOUNDED, dtype=torch.float64)
    with torch.no_grad():
        walker = _Walker(fx.GraphModule(root, graph))
        walker.run(Interval(-far, far))
    return walker.found


class _Walker(fx.Interpreter):
    def __init__(self, module: fx.GraphModule) -> None:
        super().__init__(module, garbage_collect_values=False)
        self.found: dict[str, Interval] = {}

    def run_node(self, n: fx.Node) -> Any:
        result = super().run_node(n)
        if isinstance(result, Tensor):
            result = Interval(result.double(), result.double())
        if isinstance(result, Interval):
            low = torch.nan_to_num(result.low, nan=-UNBOUNDED, posinf=UNBOUNDED, neginf=-UNBOUNDED)
            high = torch.nan_to_num(result.high, nan=UNBOUNDED, posinf=UNBOUNDED, neginf=-UNBOUNDED)
            result = Interval(low.clamp(-UNBOUNDED, UNBOUNDED), high.clamp(-UNBOUNDED, UNBOUNDED))
            self.found[n.name] = result
        return result

    def call_module(self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        layer = self.fetch_attr(target)
        (x,) = args
        if isinstance(layer, nn.Conv1d | nn.Conv2d | nn.Linear) and _pads_zeros(layer):
            return _weighted(layer, x)
        if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
            return _normalised(layer, x)
        if isinstance(layer, _MONOTONE):
            return Interval(layer(x.low), layer(x.high))
        if isinstance(layer, nn.Softmax):
            return Interval(torch.zeros_like(x.low), torch.ones_like(x.high))
        if isinstance(layer, _ELEMENTWISE):
            layer = _in_double(layer)
            return _where_fixed(x, layer(x.low))
        return _unbounded(_in_double(layer)(x.low))

    def call_function(self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        operands = [a for a in _flat(args) if isinstance(a, Interval)]
        if target is getattr:
            return getattr(args[0].low, args[1]) if operands else getattr(*args)
        if not operands:
            return target(*args, **kwargs)
        if target in _MONOTONE_FUNCTIONS or target is torch.cat:
            return _both(target, args, kwargs)
        if target in (operator.sub, torch.sub) and len(args) == 2:
            a, b = (_as_interval(v) for v in args)
            return Interval(a.low - b.high, a.high - b.low)
        if target in (operator.mul, torch.mul) and len(args) == 2:
            a, b = (_as_interval(v) for v in args)
            products = torch.stack([p * q for p in (a.low, a.high) for q in (b.low, b.high)])
            return Interval(products.amin(0), products.amax(0))
        if target in (operator.neg, torch.neg):
            return Interval(-operands[0].high, -operands[0].low)
        return _unbounded(target(*_with(args, "low"), **kwargs))

    def call_method(self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if not isinstance(args[0], Interval):
            return super().call_method(target, args, kwargs)
        if target == "size":
            return args[0].low.size(*args[1:], **kwargs)

        def call(x: Tensor, *rest: Any, **named: Any) -> Any:
            return getattr(x, target)(*rest, **named)

        if target in _MONOTONE_METHODS:
            return _both(call, args, kwargs)
        return _unbounded(call(*_with(args, "low"), **kwargs))


def _pads_zeros(layer: nn.Module) -> bool:
    return getattr(layer, "padding_mode", "zeros") == "zeros"


def _in_double(layer: nn.Module) -> nn.Module:
    return copy.deepcopy(layer).double()


def linear_map(layer: nn.Module, x: Tensor, weight: Tensor, groups: int | None = None) -> Tensor:
    """What a convolution or dense layer makes of `x` with another weight and no bias."""
    if isinstance(layer, nn.Linear):
        return functional.linear(x, weight)
    assert isinstance(layer, nn.Conv1d | nn.Conv2d)
    convolve: Callable[..., Tensor] = (
        functional.conv1d if isinstance(layer, nn.Conv1d) else functional.conv2d
    )
    many = layer.groups if groups is None else groups
    return convolve(x, weight, None, layer.stride, layer.padding, layer.dilation, many)


def _weighted(layer: nn.Conv1d | nn.Conv2d | nn.Linear, x: Interval) -> Interval:
    weight = layer.weight.double()
    positive, negative = weight.clamp(min=0), weight.clamp(max=0)
    low = linear_map(layer, x.low, positive) + linear_map(layer, x.high, negative)
    high = linear_map(layer, x.high, positive) + linear_map(layer, x.low, negative)
    if layer.bias is not None:
        ones = (1,) * (low.ndim - 2) if not isinstance(layer, nn.Linear) else ()
        bias = layer.bias.double().reshape(-1, *ones)
        low, high = low + bias, high + bias
    return Interval(low, high)


def _normalised(layer: nn.BatchNorm1d | nn.BatchNorm2d, x: Interval) -> Interval:
    scale, shift = norm_scale_and_shift(layer)
    shape = (1, -1) + (1,) * (x.low.ndim - 2)
    scale, shift = scale.double().reshape(shape), shift.double().reshape(shape)
    ends = torch.stack([x.low * scale, x.high * scale])
    return Interval(ends.amin(0) + shift, ends.amax(0) + shift)


def norm_scale_and_shift(layer: nn.BatchNorm1d | nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """What BatchNorm does in evaluation: (channels,) factor and summand."""
    assert layer.running_mean is not None
    assert layer.running_var is not None
    scale = torch.rsqrt(layer.running_var + layer.eps)
    if layer.weight is not None:
        scale = scale * layer.weight
    shift = -layer.running_mean * scale
    return scale, shift if layer.bias is None else shift + layer.bias


def _flat(values: Any) -> list[Any]:
    if isinstance(values, tuple | list):
        return [leaf for value in values for leaf in _flat(value)]
    return [values]


def _with(values: Any, end: str) -> Any:
    if isinstance(values, tuple | list):
        return type(values)(_with(value, end) for value in values)
    return getattr(values, end) if isinstance(values, Interval) else values


def _both(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Interval:
    return Interval(function(*_with(args, "low"), **kwargs), function(*_with(args, "high"), **kwargs))


def _as_interval(value: Any) -> Interval:
    if isinstance(value, Interval):
        return value
    number = torch.as_tensor(value, dtype=torch.float64)
    return Interval(number, number)


def _unbounded(like: Any) -> Any:
    if not isinstance(like, Tensor):
        return like
    return Interval(torch.full_like(like, -UNBOUNDED), torch.full_like(like, UNBOUNDED))


def _where_fixed(x: Interval, value: Tensor) -> Interval:
    far = torch.full_like(value, UNBOUNDED)
    return Interval(torch.where(x.fixed, value, -far), torch.where(x.fixed, value, far))
