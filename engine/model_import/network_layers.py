"""Layers as files of all kinds have them, made of torch layers: shared by the readers of each format.

Weights come in torch's order (outputs, inputs, window); `order` names the axes along which a layer
wants its operand: batch, channels, then positions, as the file counts its axes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.model_import.module_builder import Axes, ModuleBuilder, NDArrayAny, Value

_NEVER_NEGATIVE = frozenset({"relu", "relu6", "sigmoid", "softmax", "hard_sigmoid"})
_KEEPS_SIGN = frozenset(
    "max_pool1d max_pool2d avg_pool1d avg_pool2d mean identity dropout reshape permute".split()
)


@dataclass(frozen=True)
class Window:
    """A sliding window: sizes per axis, padding in front of and behind each axis."""

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]

    @property
    def even(self) -> bool:
        """Whether both sides are padded alike, as torch's own layers do."""
        return self.before == self.after

    @property
    def padding(self) -> list[int]:
        """As torch's padding layers want it: last axis first, front then back."""
        pairs = zip(reversed(self.before), reversed(self.after), strict=True)
        return [amount for pair in pairs for amount in pair]


def same_padding(
    sizes: Sequence[int], kernel: Sequence[int], strides: Sequence[int], dilations: Sequence[int]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """TensorFlow's SAME: the odd element goes behind."""
    totals = [
        max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0)
        for n, k, s, d in zip(sizes, kernel, strides, dilations, strict=True)
    ]
    before = tuple(total // 2 for total in totals)
    return before, tuple(total - b for total, b in zip(totals, before, strict=True))


def spatial_order(value: Value, *, channels_last: bool) -> Axes:
    """The axes of an image or signal in torch's order, for a file that has channels last or first."""
    positions = tuple(range(1, value.rank - 1)) if channels_last else tuple(range(2, value.rank))
    return (0, value.rank - 1 if channels_last else 1, *positions)


def conv(
    builder: ModuleBuilder,
    name: str,
    value: Value,
    order: Axes,
    window: Window,
    weight: NDArrayAny,
    bias: NDArrayAny | None,
    groups: int = 1,
) -> Value:
    """A convolution; `weight` is (outputs, inputs / groups, *window)."""
    value = builder.reordered(value, order)
    padding: tuple[int, ...] = window.before
    if not window.even:
        value = pad(builder, f"{name}_pad", value, window.padding)
        padding = (0,) * len(window.kernel)
    tensors = {"weight": weight} | ({} if bias is None else {"bias": bias})
    return builder.layer(name, f"conv{len(window.kernel)}d", value).laid_out(
        tensors,
        in_channels=int(weight.shape[1]) * groups,
        out_channels=int(weight.shape[0]),
        kernel_size=list(window.kernel),
        stride=list(window.strides),
        padding=list(padding),
        dilation=list(window.dilations),
        groups=groups,
        bias=bias is not None,
    )


def pad(builder: ModuleBuilder, name: str, value: Value, padding: list[int], fill: float = 0.0) -> Value:
    """Constant padding of the last torch axes, as torch's padding layers want it."""
    if not any(padding):
        return value
    kind = f"pad{len(padding) // 2}d"
    return builder.layer(name, kind, value).laid_out(padding=padding, value=fill)


def batch_norm(
    builder: ModuleBuilder,
    name: str,
    value: Value,
    axis: int,
    *,
    scale: NDArrayAny,
    shift: NDArrayAny,
    mean: NDArrayAny,
    variance: NDArrayAny,
    epsilon: float,
    momentum: float = 0.1,
) -> Value:
    """Batch normalisation over one of the file's axes."""
    axis %= value.rank
    if value.rank > 2 and value.axes[1] != axis:
        order = (0, axis, *(a for a in range(1, value.rank) if a != axis))
        value = builder.reordered(value, order)
    kept = {"weight": scale, "bias": shift, "running_mean": mean, "running_var": variance}
    if value.features is not None:
        kept = {k: v[value.features] for k, v in kept.items()}
    kind = "batch_norm2d" if value.rank == 4 else "batch_norm1d"
    return builder.layer(name, kind, value).same_shape(
        kept, num_features=int(scale.size), eps=epsilon, momentum=momentum
    )


def linear(
    builder: ModuleBuilder, name: str, value: Value, weight: NDArrayAny, bias: NDArrayAny | None
) -> Value:
    """A dense layer over the file's last axis; `weight` is (outputs, inputs).

    Over the channels of an image it is a convolution with a window of one.
    """
    last = value.rank - 1
    if value.rank in (3, 4) and value.axes[1] == last:
        ones = (1,) * (value.rank - 2)
        window = Window(ones, ones, ones, (0,) * len(ones), (0,) * len(ones))
        wide = weight.reshape(*weight.shape, *ones)
        return conv(builder, name, value, value.axes, window, wide, bias)
    if value.axes[-1] != last:
        value = builder.in_file_order(value)
    if value.features is not None and weight.shape[1] == value.features.size:
        weight = weight[:, value.features]
    tensors = {"weight": weight} | ({} if bias is None else {"bias": bias})
    settings: dict[str, Any] = {
        "in_features": int(weight.shape[1]),
        "out_features": int(weight.shape[0]),
        "bias": bias is not None,
    }
    plain = Value(value.name, value.shape, value.axes, value.meta)
    return builder.layer(name, "linear", plain).laid_out(tensors, **settings)


def with_bias(builder: ModuleBuilder, value: Value, added: NDArrayAny) -> Value | None:
    """The same value if a constant could become the bias of the layer that computes it, else None."""
    node = builder.producer(value.name)
    if node is None or node.kind not in ("conv1d", "conv2d", "linear") or node.settings["bias"]:
        return None
    outputs = node.settings["out_features" if node.kind == "linear" else "out_channels"]
    channel = value.rank - 1 if node.kind == "linear" else value.axes[1]
    full = added.reshape((1,) * (value.rank - added.ndim) + added.shape)
    if full.size != outputs or full.ndim != value.rank or full.shape[channel] != outputs:
        return None
    builder.add_bias(value, full.ravel())
    return value


def max_pool(
    builder: ModuleBuilder, name: str, value: Value, order: Axes, window: Window, *, ceil: bool = False
) -> Value:
    """Max pooling; uneven padding is a layer of its own that changes no maximum."""
    value = builder.reordered(value, order)
    dims = len(window.kernel)
    padding = window.before
    if not window.even or any(b > k // 2 for b, k in zip(window.before, window.kernel, strict=True)):
        if never_negative(builder, value):
            value = pad(builder, f"{name}_pad", value, window.padding)
        else:  # repeating the edge adds nothing that the window does not hold already
            layer = builder.layer(f"{name}_pad", f"edge_pad{dims}d", value)
            value = layer.laid_out(padding=window.padding)
        padding = (0,) * dims
    return builder.layer(name, f"max_pool{dims}d", value).laid_out(
        kernel_size=list(window.kernel),
        stride=list(window.strides),
        padding=list(padding),
        dilation=list(window.dilations),
        ceil_mode=ceil,
    )


def average_pool(
    builder: ModuleBuilder,
    name: str,
    value: Value,
    order: Axes,
    window: Window,
    *,
    count_padding: bool,
    ceil: bool = False,
) -> Value:
    """Average pooling; `count_padding` says whether padding counts as zeros or not at all."""
    value = builder.reordered(value, order)
    dims = len(window.kernel)
    sizes = tuple(int(n) for n in value.meta.shape[2:])
    settings: dict[str, Any] = {
        "kernel_size": list(window.kernel),
        "stride": list(window.strides),
        "ceil_mode": ceil,
    }
    half = all(b <= k // 2 for b, k in zip(window.before, window.kernel, strict=True))
    if window.even and half:
        settings |= {"padding": list(window.before), "count_include_pad": count_padding}
        return builder.layer(name, f"avg_pool{dims}d", value).laid_out(**settings)
    padded = pad(builder, f"{name}_pad", value, window.padding)
    pooled = builder.layer(name, f"avg_pool{dims}d", padded).laid_out(**settings)
    if count_padding:
        return pooled
    share = _counted_share(window, sizes, tuple(pooled.meta.shape[2:]))
    path, meta = builder.add(
        f"{name}_counted", "constant", [], {"shape": [1, 1, *share.shape]}, {"value": share[None, None]}
    )
    counted = Value(path, tuple(meta.shape), tuple(range(meta.ndim)), meta)
    path, meta = builder.add(f"{name}_corrected", "mul", [pooled, counted], {}, {})
    return Value(path, pooled.shape, pooled.axes, meta)


def _counted_share(
    window: Window, sizes: tuple[int, ...], results: tuple[int, ...]
) -> NDArray[np.float64]:
    """For each result, by how much an average that counts padding must grow."""
    factor = np.ones((), np.float64)
    axes = zip(window.kernel, window.strides, window.before, sizes, results, strict=True)
    for kernel, stride, before, size, result in axes:
        starts = np.arange(result) * stride - before
        inside = np.minimum(starts + kernel, size) - np.maximum(starts, 0)
        factor = factor[..., None] * (kernel / np.maximum(inside, 1))
    return factor


def recurrent(
    builder: ModuleBuilder,
    name: str,
    kind: str,
    value: Value,
    order: Axes,
    tensors: Mapping[str, NDArrayAny],
) -> Value:
    """An `lstm` or `gru` of one direction: the state after every step.

    Args:
        builder: takes the node.
        name: readable path of the layer.
        kind: `lstm` or `gru`.
        value: a sequence; any order of batch (one), steps and features.
        order: where batch, steps and features are among the file's axes.
        tensors: torch's weights and biases of the first layer.
    """
    value = builder.reordered(value, order)
    settings: dict[str, Any] = {
        "input_size": int(tensors["weight_ih_l0"].shape[1]),
        "hidden_size": int(tensors["weight_hh_l0"].shape[1]),
        "bias": "bias_ih_l0" in tensors,
    }
    return builder.layer(name, kind, value).laid_out(tensors, **settings)


def global_pool(
    builder: ModuleBuilder, name: str, value: Value, order: Axes, *, largest: bool = False
) -> Value:
    """The mean (or the largest) of each channel; positions stay with length one.

    A window over everything: conversion has a fast kernel for that.
    """
    value = builder.reordered(value, order)
    window = [int(n) for n in value.meta.shape[2:]]
    kind = f"{'max' if largest else 'avg'}_pool{len(window)}d"
    return builder.layer(name, kind, value).laid_out(kernel_size=window)


def reduced(
    builder: ModuleBuilder, name: str, kind: str, value: Value, axes: Sequence[int], *, keep: bool
) -> Value:
    """`mean`, `amax` or `sum` over some of the file's axes.

    In a quantised file a mean stays one: it may have another range than its input, a pool may not.
    """
    if value.features is not None:
        value = Value(value.name, value.shape, value.axes, value.meta)
    gone = sorted({axis % value.rank for axis in axes})
    if 0 in gone:
        raise builder.refuse(kind, name, "it is over the batch", "Average over positions or channels.")
    positions = set(value.axes[2:])
    pools = kind == "amax" or (kind == "mean" and not builder.ranges)
    if pools and value.rank in (3, 4) and set(gone) == positions:
        pooled = global_pool(builder, name, value, value.axes, largest=kind == "amax")
        if keep:
            return pooled
        shape = tuple(n for i, n in enumerate(pooled.shape) if i not in gone)
        return builder.reshaped(pooled, shape, f"{name}_flat")
    dim = sorted(value.torch_axis(axis) for axis in gone)
    path, meta = builder.add(name, kind, [value], {"dim": dim, "keepdim": keep}, {})
    if keep:
        shape = tuple(1 if i in gone else n for i, n in enumerate(value.shape))
        return Value(path, shape, value.axes, meta)
    left = [i for i in range(value.rank) if i not in gone]
    order = tuple(left.index(a) for a in value.axes if a in left)
    return Value(path, tuple(value.shape[i] for i in left), order, meta)


def binary(
    builder: ModuleBuilder, name: str, kind: str, left: Value | NDArrayAny, right: Value | NDArrayAny
) -> Value:
    """`add`, `sub`, `mul`, `div`... of two values, or a value and a constant, with broadcasting."""
    if not isinstance(left, Value):
        assert isinstance(right, Value)
        left = constant(builder, f"{name}_constant", left, right)
    elif not isinstance(right, Value):
        right = constant(builder, f"{name}_constant", right, left)
    like = max(left, right, key=lambda v: (v.rank, v.meta.numel(), v.features is not None))
    left, right = _aligned(builder, left, like), _aligned(builder, right, like)
    path, meta = builder.add(name, kind, [left, right], {}, {})
    shape = [0] * like.rank
    for size, axis in zip(meta.shape, like.axes, strict=True):
        shape[axis] = int(size)
    return Value(path, tuple(shape), like.axes, meta, like.features)


def _aligned(builder: ModuleBuilder, value: Value, like: Value) -> Value:
    if value.rank < like.rank:
        value = builder.reshaped(value, (1,) * (like.rank - value.rank) + value.shape, "aligned")
    same = value.features is like.features or (
        value.features is not None
        and like.features is not None
        and np.array_equal(value.features, like.features)
    )
    if not same and value.meta.shape[-1] > 1:
        raise builder.refuse(
            "Add", value.name, "it joins images that were flattened in two ways", "Join before."
        )
    return value if value.features is not None else builder.reordered(value, like.axes)


def constant(builder: ModuleBuilder, name: str, array: NDArrayAny, like: Value) -> Value:
    """A constant of the file, lying along the axes of the value that it will meet."""
    array = np.asarray(array)
    if array.ndim > like.rank or array.dtype.kind not in "fiub":
        raise builder.refuse("Constant", name, f"it has {array.ndim} dimensions", "Export it again.")
    full = array.reshape((1,) * (like.rank - array.ndim) + array.shape)
    if like.features is not None and full.shape[-1] == like.features.size:
        full = full[..., like.features]
    laid = full.transpose(like.axes)
    per_channel = 1 < laid.size == laid.shape[1] and _behind_weights(builder, like)
    kind, numbers = ("learned_constant", laid.ravel()) if per_channel else ("constant", laid)
    path, meta = builder.add(name, kind, [], {"shape": list(laid.shape)}, {"value": numbers})
    return Value(path, full.shape, like.axes, meta, like.features)


def _behind_weights(builder: ModuleBuilder, value: Value) -> bool:
    """Whether a layer with weights computes the value, so that its channels can be pruned."""
    names, seen = [value.name], set()
    while names:
        node = builder.producer(names.pop())
        if node is None or node.name in seen:
            continue
        if node.kind.startswith(("conv", "linear")):
            return True
        seen.add(node.name)
        names += node.inputs
    return False


def concat(builder: ModuleBuilder, name: str, values: Sequence[Value], axis: int) -> Value:
    """Concatenation along one of the file's axes."""
    first = values[0]
    axis %= first.rank
    features = None
    if any(v.features is not None for v in values):
        starts = np.cumsum([0, *(v.shape[-1] for v in values)])
        orders = [np.arange(v.shape[-1]) if v.features is None else v.features for v in values]
        features = np.concatenate([o + s for o, s in zip(orders, starts, strict=False)])
    else:
        values = [builder.reordered(v, first.axes) for v in values]
    settings = {"dim": first.torch_axis(axis)}
    path, meta = builder.add(name, "concat", values, settings, {})
    shape = list(first.shape)
    shape[axis] = sum(v.shape[axis] for v in values)
    return Value(path, tuple(shape), first.axes, meta, features)


def sliced(
    builder: ModuleBuilder, name: str, value: Value, axis: int, start: int, end: int, step: int = 1
) -> Value:
    """A part along one of the file's axes; `start` and `end` lie inside."""
    if step < 1 or value.features is not None:
        raise builder.refuse("Slice", name, "it runs backwards or cuts a flattened image", "Cut before.")
    if (start, end, step) == (0, value.shape[axis], 1):
        return value
    return builder.layer(name, "slice", value).laid_out(
        dim=value.torch_axis(axis), start=start, end=end, step=step
    )


def padded(
    builder: ModuleBuilder, name: str, value: Value, amounts: Sequence[tuple[int, int]], fill: float
) -> Value:
    """Constant padding, (front, back) for each of the file's axes."""
    per_axis = [amounts[axis] for axis in value.axes]
    if value.features is not None or any(n < 0 for pair in per_axis for n in pair) or any(per_axis[0]):
        raise builder.refuse("Pad", name, "it cuts, or pads the batch", "Pad positions or channels.")
    while len(per_axis) > 1 and not any(per_axis[0]):
        per_axis = per_axis[1:]
    if value.rank == 4 and len(per_axis) < 2:
        per_axis = [(0, 0), *per_axis]
    return pad(builder, name, value, [n for pair in reversed(per_axis) for n in pair], fill)


def prelu(builder: ModuleBuilder, name: str, value: Value, slope: NDArrayAny) -> Value:
    """PReLU with one slope, or one per channel."""
    full = slope.reshape((1,) * (value.rank - slope.ndim) + slope.shape)
    if slope.size > 1 and (value.features is not None or full.shape[value.axes[1]] != slope.size):
        raise builder.refuse(
            "PRelu", name, "its slopes are not one per channel", "Share over positions."
        )
    return builder.layer(name, "prelu", value).same_shape(
        {"weight": full.ravel()}, num_parameters=int(slope.size)
    )


def clipped(builder: ModuleBuilder, name: str, value: Value, low: float, high: float) -> Value:
    """Values cut to a range: ReLU and ReLU6 where it is theirs."""
    unlimited = np.finfo(np.float32).max
    if low == 0.0 and high >= unlimited:
        return builder.layer(name, "relu", value).same_shape()
    if (low, high) == (0.0, 6.0):
        return builder.layer(name, "relu6", value).same_shape()
    if low <= -unlimited and high >= unlimited:
        return value
    return builder.layer(name, "hard_tanh", value).same_shape(
        min_val=max(low, -float(unlimited)), max_val=min(high, float(unlimited))
    )


def softmax(builder: ModuleBuilder, name: str, value: Value, axis: int) -> Value:
    """Softmax along one of the file's axes."""
    return builder.layer(name, "softmax", value).same_shape(dim=value.torch_axis(axis))


def never_negative(builder: ModuleBuilder, value: Value) -> bool:
    """Whether the layers before make sure that no element is below zero."""
    names = [value.name]
    while names:
        node = builder.producer(names.pop())
        if node is None:
            return False
        if node.kind in _KEEPS_SIGN or node.kind in ("add", "concat"):
            names += node.inputs
        elif node.kind not in _NEVER_NEGATIVE:
            return False
    return True
