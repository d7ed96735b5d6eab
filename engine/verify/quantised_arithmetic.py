"""What each quantised operator should give, computed in real numbers from its own quanta.

Operands and constants are dequantised, the operator is computed in real numbers, and the result is
quantised with the output's scale and zero point. A kernel that rounds correctly differs by at most
one quantum (arXiv 1712.05877, section 2).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.tflite_model import TfliteModel

Real = NDArray[Any]  # float64, or float32 where that is asked for

_SAME, _VALID = 0, 1
_ACTIVATIONS: dict[int, tuple[float, float]] = {
    0: (-math.inf, math.inf),
    1: (0.0, math.inf),
    2: (-1.0, 1.0),
    3: (0.0, 6.0),
}


@dataclass(frozen=True)
class _Call:
    """One operator with real operands: constants and computed tensors alike."""

    model: TfliteModel
    operator: Any
    operands: tuple[Real | None, ...]

    @property
    def options(self) -> Any:
        return self.operator.builtinOptions

    @property
    def result_shape(self) -> tuple[int, ...]:
        return self.model.shape(int(self.operator.outputs[0]))

    def operand(self, position: int) -> Real:
        found = self.operands[position]
        assert found is not None
        return found

    def numbers(self, position: int) -> list[int]:
        """A constant operand of whole numbers: axes, paddings, an order."""
        return [int(n) for n in self.model.constant(int(self.operator.inputs[position])).ravel()]


def dequantize(
    model: TfliteModel, tensor: int, quanta: NDArray[Any], dtype: type[np.floating[Any]] = np.float64
) -> Real:
    """Real values of a tensor's quanta, per channel where the tensor is."""
    real: Real = quanta.astype(dtype)
    found = model.quantization(tensor)
    if found is None:
        return real
    scales, zero_points, axis = found
    if scales.size == 1:
        real = (real - dtype(zero_points[0])) * dtype(scales[0])
    else:
        shape = [1] * real.ndim
        # Some files give a bias the channel axis of its filters.
        shape[axis if axis < real.ndim else -1] = -1
        real = (real - zero_points.reshape(shape).astype(dtype)) * scales.reshape(shape).astype(dtype)
    return real


def has_arithmetic(model: TfliteModel, operator: Any) -> bool:
    """Whether `expected_quanta` can tell what this operator gives."""
    quantised = all(model.quantization(int(t)) is not None for t in operator.outputs)
    kind, options = model.kind(operator), operator.builtinOptions
    if kind == "STRIDED_SLICE" and (options.ellipsisMask or options.newAxisMask):
        return False
    return quantised and kind in _ARITHMETIC


def expected_quanta(
    model: TfliteModel,
    operator: Any,
    quanta: Mapping[int, NDArray[Any]],
    *,
    dtype: type[np.floating[Any]] = np.float64,
) -> list[NDArray[np.int64]] | None:
    """What the operator should give, in quanta of its outputs.

    Args:
        model: the quantised network.
        operator: one of its operators.
        quanta: values of the operator's computed inputs, by tensor index.
        dtype: of the real numbers between the roundings.

    Returns:
        One array per output, or None if there is no model of this kind of operator here.
    """
    if not has_arithmetic(model, operator):
        return None
    operands: list[Real | None] = []
    for tensor in map(int, operator.inputs):
        if tensor < 0:
            operands.append(None)
            continue
        values = quanta[tensor] if tensor in quanta else model.constant(tensor)
        operands.append(dequantize(model, tensor, values.reshape(model.shape(tensor)), dtype))
    with np.errstate(over="ignore"):  # the exponential of a large number
        real = _ARITHMETIC[model.kind(operator)](_Call(model, operator, tuple(operands)))
    return [to_quanta(model, int(operator.outputs[0]), real)]


def to_quanta(model: TfliteModel, tensor: int, real: Real) -> NDArray[np.int64]:
    """A quantised tensor's quanta of real values: halves away from zero, clipped to its type."""
    found = model.quantization(tensor)
    assert found is not None
    limits = np.iinfo(model.dtype(tensor))
    scaled = real / real.dtype.type(found[0][0])
    rounded = np.trunc(scaled + np.copysign(real.dtype.type(0.5), scaled)) + found[1][0]
    quanta: NDArray[np.int64] = np.clip(rounded, limits.min, limits.max).astype(np.int64)
    return quanta


def _activated(call: _Call, real: Real) -> Real:
    low, high = _ACTIVATIONS[call.options.fusedActivationFunction]
    return np.clip(real, low, high)


def _same_padding(size: int, reach: int, stride: int) -> tuple[int, int]:
    total = max((-(-size // stride) - 1) * stride + reach - size, 0)
    return total // 2, total - total // 2


def _patches(
    image: Real,
    kernel: tuple[int, int],
    strides: tuple[int, int],
    dilations: tuple[int, int],
    padding: int,
    fill: float,
) -> Real:
    """Windows of an image (1, height, width, channels): (rows, columns, channels, *kernel)."""
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True)]
    if padding == _SAME:
        pads = [_same_padding(n, r, s) for n, r, s in zip(image.shape[1:3], reach, strides, strict=True)]
        image = np.pad(image, [(0, 0), *pads, (0, 0)], constant_values=fill)
    windows = np.lib.stride_tricks.sliding_window_view(image[0], reach, axis=(0, 1))
    strided = windows[:: strides[0], :: strides[1]]
    return strided[..., :: dilations[0], :: dilations[1]]


def _convolution_patches(call: _Call, kernel: tuple[int, int]) -> Real:
    options = call.options
    strides = (options.strideH, options.strideW)
    dilations = (options.dilationHFactor, options.dilationWFactor)
    return _patches(call.operand(0), kernel, strides, dilations, options.padding, 0.0)


def _bias(call: _Call) -> Real | float:
    return 0.0 if len(call.operands) < 3 or call.operands[2] is None else call.operand(2)


def _conv(call: _Call) -> Real:
    filters = call.operand(1)  # (outputs, height, width, inputs)
    patches = _convolution_patches(call, (filters.shape[1], filters.shape[2]))
    rows, columns = patches.shape[:2]
    flat = patches.reshape(rows * columns, -1) @ filters.transpose(3, 1, 2, 0).reshape(
        -1, filters.shape[0]
    )
    return _activated(call, (flat + _bias(call)).reshape(call.result_shape))


def _depthwise_conv(call: _Call) -> Real:
    filters = call.operand(1)[0]  # (height, width, outputs)
    patches = _convolution_patches(call, (filters.shape[0], filters.shape[1]))
    patches = np.repeat(patches, filters.shape[2] // patches.shape[2], axis=2)
    real = np.einsum("abcij,ijc->abc", patches, filters) + _bias(call)
    return _activated(call, real.reshape(call.result_shape))


def _transpose_conv(call: _Call) -> Real:
    filters, image = call.operand(1), call.operand(2)
    strides = (call.options.strideH, call.options.strideW)
    sizes, kernel, wanted = image.shape[1:3], filters.shape[1:3], call.result_shape[1:3]
    reach = [(n - 1) * s + k for n, s, k in zip(sizes, strides, kernel, strict=True)]
    room = [max(n, m) for n, m in zip(reach, wanted, strict=True)]
    whole = np.zeros((1, *room, filters.shape[0]), image.dtype)
    for row, column in np.ndindex(*kernel):
        rows = slice(row, row + (sizes[0] - 1) * strides[0] + 1, strides[0])
        columns = slice(column, column + (sizes[1] - 1) * strides[1] + 1, strides[1])
        whole[:, rows, columns] += image @ filters[:, row, column].T
    cut = [0, 0]
    if call.options.padding == _SAME:
        cut = [max(n - m, 0) // 2 for n, m in zip(reach, wanted, strict=True)]
    kept = whole[:, cut[0] : cut[0] + wanted[0], cut[1] : cut[1] + wanted[1]]
    bias = call.operand(3) if len(call.operands) > 3 and call.operands[3] is not None else 0.0
    return _activated(call, kept + bias)


def _fully_connected(call: _Call) -> Real:
    weights = call.operand(1)  # (outputs, inputs)
    real = call.operand(0).reshape(-1, weights.shape[1]) @ weights.T + _bias(call)
    return _activated(call, real.reshape(call.result_shape))


def _average_pool(call: _Call) -> Real:
    options = call.options
    kernel, strides = (options.filterHeight, options.filterWidth), (options.strideH, options.strideW)
    patches = _patches(call.operand(0), kernel, strides, (1, 1), options.padding, np.nan)
    return _activated(call, np.nanmean(patches, axis=(-2, -1)).reshape(call.result_shape))


def _max_pool(call: _Call) -> Real:
    options = call.options
    kernel, strides = (options.filterHeight, options.filterWidth), (options.strideH, options.strideW)
    patches = _patches(call.operand(0), kernel, strides, (1, 1), options.padding, -np.inf)
    return _activated(call, patches.max(axis=(-2, -1)).reshape(call.result_shape))


def _mean(call: _Call) -> Real:
    means: Real = call.operand(0).mean(axis=tuple(call.numbers(1)))
    return means.reshape(call.result_shape)


def _softmax(call: _Call) -> Real:
    scores = call.operand(0) * call.options.beta
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    result: Real = powers / powers.sum(axis=-1, keepdims=True)
    return result


def _padded(call: _Call, **how: Any) -> Real:
    widths = np.reshape(call.numbers(1), (-1, 2)).tolist()
    result: Real = np.pad(call.operand(0), widths, **how)
    return result


def _pad(call: _Call) -> Real:
    fill = float(call.operand(2).ravel()[0]) if len(call.operands) > 2 else 0.0
    return _padded(call, constant_values=fill)


def _mirror_pad(call: _Call) -> Real:
    return _padded(call, mode="reflect" if call.options.mode == 0 else "symmetric")


def _reshape(call: _Call) -> Real:
    return call.operand(0).reshape(call.result_shape)


def _slice(call: _Call) -> Real:
    places = zip(call.numbers(1), call.result_shape, strict=True)
    return call.operand(0)[tuple(slice(begin, begin + size) for begin, size in places)]


def _strided_slice(call: _Call) -> Real:
    options, places = call.options, []
    bounds = zip(*(call.numbers(i) for i in (1, 2, 3)), strict=True)
    for axis, (begin, end, step) in enumerate(bounds):
        first = None if options.beginMask >> axis & 1 else begin
        last = None if options.endMask >> axis & 1 else end
        if options.shrinkAxisMask >> axis & 1:
            first, last = begin, begin + 1 or None
        places.append(slice(first, last, step))
    return call.operand(0)[tuple(places)].reshape(call.result_shape)


def _resize_nearest(call: _Call) -> Real:
    image, options = call.operand(0), call.options
    for axis, (size, wanted) in enumerate(
        zip(image.shape[1:3], call.result_shape[1:3], strict=True), start=1
    ):
        aligned = options.alignCorners and wanted > 1
        scale = (size - 1) / (wanted - 1) if aligned else size / wanted
        places = (np.arange(wanted) + (0.5 if options.halfPixelCenters else 0.0)) * scale
        rounded = np.floor(places + 0.5) if aligned else np.floor(places)
        image = image.take(np.minimum(rounded.astype(int), size - 1), axis)
    return image


def _concatenation(call: _Call) -> Real:
    return _activated(
        call, np.concatenate([call.operand(i) for i in range(len(call.operands))], call.options.axis)
    )


def _prelu(call: _Call) -> Real:
    real = call.operand(0)
    return np.where(real >= 0, real, real * call.operand(1))


def _unary(function: Callable[[Real], Real]) -> Callable[[_Call], Real]:
    return lambda call: function(call.operand(0))


def _binary(function: Callable[[Real, Real], Real]) -> Callable[[_Call], Real]:
    return lambda call: _activated(call, function(call.operand(0), call.operand(1)))


_ARITHMETIC: dict[str, Callable[[_Call], Real]] = {
    "ADD": _binary(np.add),
    "AVERAGE_POOL_2D": _average_pool,
    "CONCATENATION": _concatenation,
    "CONV_2D": _conv,
    "DEPTHWISE_CONV_2D": _depthwise_conv,
    "EXPAND_DIMS": _reshape,
    "FULLY_CONNECTED": _fully_connected,
    "HARD_SWISH": _unary(lambda x: x * np.clip(x + 3, 0, 6) / 6),
    "LEAKY_RELU": lambda call: np.where(
        call.operand(0) >= 0, call.operand(0), call.operand(0) * call.options.alpha
    ),
    "LOGISTIC": _unary(lambda x: 1 / (1 + np.exp(-x))),
    "MAX_POOL_2D": _max_pool,
    "MEAN": _mean,
    "MIRROR_PAD": _mirror_pad,
    "MUL": _binary(np.multiply),
    "PAD": _pad,
    "PADV2": _pad,
    "PRELU": _prelu,
    "QUANTIZE": _unary(lambda x: x),
    "RELU": _unary(lambda x: np.maximum(x, 0)),
    "RELU6": _unary(lambda x: np.clip(x, 0, 6)),
    "RELU_N1_TO_1": _unary(lambda x: np.clip(x, -1, 1)),
    "RESHAPE": _reshape,
    "RESIZE_NEAREST_NEIGHBOR": _resize_nearest,
    "SLICE": _slice,
    "SOFTMAX": _softmax,
    "SQUEEZE": _reshape,
    "STRIDED_SLICE": _strided_slice,
    "SUB": _binary(np.subtract),
    "TANH": _unary(np.tanh),
    "TRANSPOSE": lambda call: call.operand(0).transpose(call.numbers(1)),
    "TRANSPOSE_CONV": _transpose_conv,
}
