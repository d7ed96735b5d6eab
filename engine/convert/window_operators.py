"""ONNX operators with a sliding window over an image or signal: convolutions and pools."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from engine.convert.layout import Value, channels_last
from engine.convert.operator_call import Call


def _same_padding(size: int, window: int, stride: int) -> tuple[int, int]:
    """TensorFlow's SAME: the odd element goes behind."""
    total = max((-(-size // stride) - 1) * stride + window - size, 0)
    return total // 2, total - total // 2


def _two_dimensional(numbers: Sequence[int], filler: int) -> tuple[int, ...]:
    """A setting per axis (or, for padding, per side) of a 1-D operator, for a stored height of one."""
    return tuple(n for number in numbers for n in (filler, int(number)))


@dataclass(frozen=True)
class _Window:
    """A sliding window over height and width: kernel, strides, dilations, and padding per side."""

    kernel: tuple[int, int]
    strides: tuple[int, int]
    dilations: tuple[int, int]
    before: tuple[int, int]
    after: tuple[int, int]
    same: bool

    @property
    def padded(self) -> bool:
        return any(self.before + self.after)

    @property
    def pads(self) -> list[list[int]]:
        return [[0, 0], [self.before[0], self.after[0]], [self.before[1], self.after[1]], [0, 0]]


def _window(call: Call, value: Value, kernel: Sequence[int]) -> _Window:
    height, width = value.tensor.shape[1:3]
    ones = (1,) * len(kernel)
    size, strides, dilations = kernel, call.attribute("strides", ones), call.attribute("dilations", ones)
    pads = call.attribute("pads", (0, 0) * len(kernel))
    if len(kernel) == 1:
        size, strides, dilations = (_two_dimensional(n, 1) for n in (size, strides, dilations))
        pads = _two_dimensional(pads, 0)
    reach = [(k - 1) * d + 1 for k, d in zip(size, dilations, strict=True)]
    same = [_same_padding(n, r, s) for n, r, s in zip((height, width), reach, strides, strict=True)]
    automatic = call.attribute("auto_pad", "NOTSET")
    if automatic == "SAME_UPPER":
        pads = (same[0][0], same[1][0], same[0][1], same[1][1])
    elif automatic == "SAME_LOWER":
        pads = (same[0][1], same[1][1], same[0][0], same[1][0])
    if call.attribute("ceil_mode", 0):
        for n, r, s, low, high in zip((height, width), reach, strides, pads[:2], pads[2:], strict=True):
            if (n + low + high - r) % s:
                call.refuse("its last window hangs over the edge (ceil_mode)", "ceil_mode=False")
    before, after = (pads[0], pads[1]), (pads[2], pads[3])
    is_same = (before[0], after[0]) == same[0] and (before[1], after[1]) == same[1]
    return _Window(
        (size[0], size[1]),
        (strides[0], strides[1]),
        (dilations[0], dilations[1]),
        before,
        after,
        is_same,
    )


def _spatial_result(tensor: Any, like: Value) -> Value:
    batch, height, width, channels = tensor.shape
    shape = (batch, channels, height, width) if len(like.shape) == 4 else (batch, channels, width)
    return Value(tensor, shape, channels_last(len(shape)))


def conv(call: Call) -> Value:
    """Conv with group 1, or depthwise (group = input channels)."""
    value = call.image()
    weights = call.constant(1)
    if weights is None:
        call.refuse("it has no weights", "constant weights")
    kernel = weights.shape[2:]
    if weights.ndim == 3:
        weights = weights[:, :, None, :]
    groups = call.attribute("group", 1)
    window = _window(call, value, kernel)
    tensor = value.tensor
    padding = "SAME" if window.padded and window.same else "VALID"
    if window.padded and padding == "VALID":
        tensor = tf.pad(tensor, window.pads)
    strides = window.strides
    if tensor.shape[1] == weights.shape[2] == 1:  # a signal: the vertical stride is free
        strides = (strides[1], strides[1])
    if groups == 1:
        tensor = tf.nn.conv2d(
            tensor, weights.transpose(2, 3, 1, 0), strides, padding, dilations=window.dilations
        )
    elif groups == value.shape[1] and weights.shape[1] == 1:
        if strides[0] != strides[1]:
            call.refuse(f"it is depthwise with unequal strides {strides}", "the same stride both ways")
        multiplier = weights.shape[0] // groups
        filters = weights.reshape(groups, multiplier, *weights.shape[2:]).transpose(2, 3, 0, 1)
        tensor = tf.nn.depthwise_conv2d(
            tensor, np.ascontiguousarray(filters), (1, *strides, 1), padding, dilations=window.dilations
        )
    else:
        call.refuse(f"it has {groups} groups", "one group, or as many as input channels (depthwise)")
    bias = call.constant(2)
    if bias is not None:
        tensor = tf.nn.bias_add(tensor, bias)
    return _spatial_result(tensor, value)


def conv_transpose(call: Call) -> Value:
    """ConvTranspose with group 1; padding that is not TensorFlow's SAME is cut off the whole result."""
    value = call.image()
    weights, bias = call.constant(1), call.constant(2)
    if weights is None:
        call.refuse("it has no weights", "constant weights")
    if call.attribute("group", 1) != 1 or any(n != 1 for n in call.attribute("dilations", ())):
        call.refuse("it has groups or is dilated", "groups=1 and dilation=1")
    if call.attribute("auto_pad", "NOTSET") != "NOTSET" or "output_shape" in call.attributes:
        call.refuse("its padding is left to the runtime", "padding in numbers")
    ones = (1,) * (weights.ndim - 2)
    strides, zeros = call.attribute("strides", ones), tuple(0 for _ in ones)
    pads, longer = call.attribute("pads", zeros * 2), call.attribute("output_padding", zeros)
    if weights.ndim == 3:
        weights, strides = weights[:, :, None, :], _two_dimensional(strides, 1)
        pads, longer = _two_dimensional(pads, 0), _two_dimensional(longer, 0)
    kernel, sizes = weights.shape[2:], value.tensor.shape[1:3]
    outputs = weights.shape[1]
    whole = [
        (n - 1) * s + k + more - min(more, end)
        for n, s, k, more, end in zip(sizes, strides, kernel, longer, pads[2:], strict=True)
    ]
    # What output_padding adds, padding takes off again: only their difference is real.
    ends = [end - min(more, end) for more, end in zip(longer, pads[2:], strict=True)]
    kept = [n - b - e for n, b, e in zip(whole, pads[:2], ends, strict=True)]
    same = all(
        n == m * s and b == max(k - s, 0) // 2
        for n, m, s, b, k in zip(kept, sizes, strides, pads[:2], kernel, strict=True)
    )
    filters = np.ascontiguousarray(weights.transpose(2, 3, 1, 0))
    shape = (1, *(kept if same else whole), outputs)
    tensor = tf.nn.conv2d_transpose(
        value.tensor, filters, shape, tuple(strides), "SAME" if same else "VALID"
    )
    if bias is not None:
        tensor = tf.nn.bias_add(tensor, bias)
    if not same and kept != whole:
        tensor = tf.slice(tensor, [0, *pads[:2], 0], [1, *kept, outputs])
    return _spatial_result(tensor, value)


def resize(call: Call) -> Value:
    """Resize by repeating elements a whole number of times."""
    value = call.image()
    scales, sizes = call.constant(2), call.constant(3)
    rank, supported = len(value.shape), "mode='nearest' with a whole factor"
    if sizes is not None and sizes.size == rank:
        factors = [int(n) / m for n, m in zip(sizes.ravel(), value.shape, strict=True)]
    elif scales is not None and scales.size == rank:
        factors = [float(n) for n in scales.ravel()]
    else:
        call.refuse("its factors are not fixed", supported)
    if call.attribute("mode", "nearest") != "nearest":
        call.refuse(f"it interpolates ({call.attribute('mode', '')})", supported)
    whole = [round(factor) for factor in factors]
    if any(abs(f - w) > 1e-6 or w < 1 for f, w in zip(factors, whole, strict=True)) or whole[1] != 1:
        call.refuse("its factors are not whole", supported)
    height, width = value.tensor.shape[1:3]
    by = (1, whole[2]) if rank == 3 else (whole[2], whole[3])
    tensor = tf.raw_ops.ResizeNearestNeighbor(images=value.tensor, size=(height * by[0], width * by[1]))
    return _spatial_result(tensor, value)


def average_pool(call: Call) -> Value:
    """AveragePool; padding counts as zeros only where ONNX says so."""
    value = call.image()
    window = _window(call, value, call.attributes["kernel_shape"])
    tensor, padding = value.tensor, "VALID"
    if window.padded and call.attribute("count_include_pad", 0):
        tensor = tf.pad(tensor, window.pads)
    elif window.padded and window.same:
        padding = "SAME"
    elif window.padded:
        call.refuse(
            "its padding is not counted and is not TensorFlow's SAME",
            "no padding, or count_include_pad=True",
        )
    return _spatial_result(tf.nn.avg_pool2d(tensor, window.kernel, window.strides, padding), value)


def max_pool(call: Call) -> Value:
    """MaxPool; uneven padding repeats the edge, which changes no maximum (padding <= kernel / 2)."""
    value = call.image()
    window = _window(call, value, call.attributes["kernel_shape"])
    if window.dilations != (1, 1):
        call.refuse("it is dilated", "dilation 1")
    tensor, padding = value.tensor, "VALID"
    if window.padded and window.same:
        padding = "SAME"
    elif window.padded and call.never_negative:
        tensor = tf.pad(tensor, window.pads)
    elif window.padded:
        tensor = tf.pad(tensor, window.pads, mode="SYMMETRIC")
    return _spatial_result(tf.nn.max_pool2d(tensor, window.kernel, window.strides, padding), value)


def global_average_pool(call: Call) -> Value:
    """GlobalAveragePool: the mean over all positions."""
    value = call.image()
    return _spatial_result(tf.reduce_mean(value.tensor, [1, 2], keepdims=True), value)


def global_max_pool(call: Call) -> Value:
    """GlobalMaxPool: one window over all positions."""
    value = call.image()
    return _spatial_result(tf.nn.max_pool2d(value.tensor, value.tensor.shape[1:3], 1, "VALID"), value)


def reduce_max(call: Call) -> Value:
    """ReduceMax over all positions: one max pool, which has an 8-bit form."""
    value = call.image()
    axes = call.constant(1)
    listed = call.attribute("axes", ()) if axes is None else tuple(int(a) for a in axes.ravel())
    rank = len(value.shape)
    if {axis % rank for axis in listed} != set(range(2, rank)):
        call.refuse("it is not over all positions", "a maximum over height and width, x.amax((2, 3))")
    result = global_max_pool(call)
    if call.attribute("keepdims", 1):
        return result
    return call.arranged(result, value.shape[:2], (0, 1))
