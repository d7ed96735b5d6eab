"""One small function per ONNX operator: what it becomes in TensorFlow, channels last.

A function gets a `Call` and returns the node's result. It never transposes: where an operator would
need values in another order than they are stored, it refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from engine.convert.layout import Value, channels_last, lay_out, memory_order, stored_shape
from engine.errors import UnsupportedOperator

Attribute = int | float | str | tuple[int, ...]


@dataclass(frozen=True)
class Call:
    """One ONNX node about to be built.

    Attributes:
        kind: ONNX operator type.
        layer: name of the node's result.
        module: path of the torch module it came from.
        operands: a `Value` (computed), an array (constant) or None (absent) per input.
        attributes: by ONNX name; repeated numbers as tuples.
        never_negative: whether the first operand is known to be >= 0.
    """

    kind: str
    layer: str
    module: str
    operands: tuple[Value | NDArray[Any] | None, ...]
    attributes: dict[str, Any]
    never_negative: bool = False

    def refuse(self, why: str, supported: str) -> NoReturn:
        """Raise `UnsupportedOperator` naming operator, layer and what would work."""
        refuse(self.kind, self.layer, self.module, why, supported)

    def value(self, position: int = 0) -> Value:
        """A computed operand."""
        operand = self.operands[position]
        if not isinstance(operand, Value):
            self.refuse(f"operand {position} is a constant", "a computed tensor there")
        return operand

    def constant(self, position: int) -> NDArray[Any] | None:
        """A constant operand, None if absent."""
        if position >= len(self.operands) or self.operands[position] is None:
            return None
        operand = self.operands[position]
        if isinstance(operand, Value):
            self.refuse(f"operand {position} is computed at run time", "a constant there")
        return operand

    def attribute(self, name: str, default: Any) -> Any:
        """An attribute or its default."""
        return self.attributes.get(name, default)

    def image(self, position: int = 0) -> Value:
        """A computed operand as an image or signal, channels last."""
        value = self.value(position)
        if len(value.shape) not in (3, 4):
            self.refuse(f"its input has {len(value.shape)} dimensions", "3 (signals) or 4 (images)")
        return self.arranged(value, value.shape, channels_last(len(value.shape)))

    def arranged(self, value: Value, shape: tuple[int, ...], axes: tuple[int | None, ...]) -> Value:
        """The same numbers under another shape or order, if memory need not move."""
        if value.shape == shape and value.axes == axes and value.features is None:
            return value
        before = memory_order(value.shape, value.axes, value.features)
        if not np.array_equal(before, memory_order(shape, axes)):
            self.refuse(
                f"it would need the values of shape {value.shape} in another order in memory",
                "networks that keep channels first up to a flatten before dense layers",
            )
        return Value(tf.reshape(value.tensor, stored_shape(shape, axes)), shape, axes)


def refuse(kind: str, layer: str, module: str, why: str, supported: str) -> NoReturn:
    """Raise `UnsupportedOperator` with the facts a front shows."""
    where = f"layer {layer}" + (f" (torch module {module})" if module and module != layer else "")
    raise UnsupportedOperator(
        f"{kind} in {where} cannot be converted: {why}.",
        hint=f"Supported: {supported}.",
        operator=kind,
        layer=layer,
        module=module,
        supported=supported,
    )


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


def reduce_mean(call: Call) -> Value:
    """ReduceMean over constant axes."""
    value = call.value()
    axes = call.constant(1)
    listed = call.attribute("axes", ()) if axes is None else tuple(int(a) for a in axes.ravel())
    if not listed or value.features is not None:
        call.refuse("it does not say which axes", "a mean over named axes, such as x.mean((2, 3))")
    rank = len(value.shape)
    reduced = {axis % rank for axis in listed}
    keep = bool(call.attribute("keepdims", 1))
    shape = tuple(1 if i in reduced else n for i, n in enumerate(value.shape))
    where = [i for i, axis in enumerate(value.axes) if axis in reduced]
    if keep:
        return Value(tf.reduce_mean(value.tensor, where, keepdims=True), shape, value.axes)
    where = [i for i, axis in enumerate(value.axes) if axis is None or axis in reduced]
    left = [axis for axis in range(rank) if axis not in reduced]
    axes_left = tuple(left.index(a) for a in value.axes if a is not None and a not in reduced)
    return Value(tf.reduce_mean(value.tensor, where), tuple(value.shape[a] for a in left), axes_left)


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


def gemm(call: Call) -> Value:
    """Gemm and MatMul with constant weights: a dense layer."""
    value = call.value()
    weights = call.constant(1)
    if weights is None or weights.ndim != 2:
        call.refuse("its second operand is not a constant matrix", "dense layers (nn.Linear)")
    if call.attribute("transA", 0):
        call.refuse("it transposes its input", "transA=0")
    if call.attribute("transB", 0):
        weights = weights.T
    weights = weights * np.float32(call.attribute("alpha", 1.0))
    if value.axes[-1] != len(value.shape) - 1:
        call.refuse("it contracts an axis that is not the channels", "dense layers over the channels")
    if value.features is not None:
        weights = weights[value.features]
    weights = np.ascontiguousarray(weights)
    leading = value.tensor.shape[:-1]
    tensor = value.tensor
    if len(leading) > 1:
        tensor = tf.reshape(tensor, [-1, weights.shape[0]])
    tensor = tf.matmul(tensor, weights)
    bias = call.constant(2)
    if bias is not None:
        scaled = bias.reshape(-1) * np.float32(call.attribute("beta", 1.0))
        tensor = tf.nn.bias_add(tensor, np.broadcast_to(scaled, weights.shape[1:]).copy())
    if len(leading) > 1:
        tensor = tf.reshape(tensor, [*leading, weights.shape[1]])
    return Value(tensor, (*value.shape[:-1], weights.shape[1]), value.axes)


def _unary(function: Callable[[Any], Any]) -> Callable[[Call], Value]:
    def build(call: Call) -> Value:
        value = call.value()
        return Value(function(value.tensor), value.shape, value.axes, value.features)

    return build


def hard_swish(call: Call) -> Value:
    """HardSwish, x * relu6(x + 3) / 6 (arXiv 1905.02244)."""
    value = call.value()
    tensor = value.tensor * tf.nn.relu6(value.tensor + 3.0) * (1.0 / 6.0)
    return Value(tensor, value.shape, value.axes, value.features)


def hard_sigmoid(call: Call) -> Value:
    """HardSigmoid as PyTorch and MobileNetV3 define it: relu6(x + 3) / 6."""
    value = call.value()
    alpha, beta = call.attribute("alpha", 0.2), call.attribute("beta", 0.5)
    if abs(alpha - 1 / 6) > 1e-6 or abs(beta - 0.5) > 1e-6:
        call.refuse(f"its slope is {alpha:.3g}", "slope 1/6 and offset 1/2 (nn.Hardsigmoid)")
    tensor = tf.nn.relu6(value.tensor + 3.0) * (1.0 / 6.0)
    return Value(tensor, value.shape, value.axes, value.features)


def clip(call: Call) -> Value:
    """Clip between the bounds that TFLite fuses: ReLU, ReLU6 and -1..1."""
    value = call.value()
    low, high = (call.constant(i) if len(call.operands) > i else None for i in (1, 2))
    bounds = (
        float(call.attribute("min", -np.inf) if low is None else low),
        float(call.attribute("max", np.inf) if high is None else high),
    )
    if bounds == (0.0, 6.0):
        tensor = tf.nn.relu6(value.tensor)
    elif bounds[0] == 0.0 and bounds[1] >= np.finfo(np.float32).max:
        tensor = tf.nn.relu(value.tensor)
    elif bounds == (-1.0, 1.0):
        tensor = tf.minimum(tf.maximum(value.tensor, -1.0), 1.0)
    else:
        call.refuse(f"its bounds are {bounds[0]:g} and {bounds[1]:g}", "bounds 0..6, 0.. and -1..1")
    return Value(tensor, value.shape, value.axes, value.features)


def leaky_relu(call: Call) -> Value:
    """LeakyRelu."""
    value = call.value()
    tensor = tf.nn.leaky_relu(value.tensor, call.attribute("alpha", 0.01))
    return Value(tensor, value.shape, value.axes, value.features)


def prelu(call: Call) -> Value:
    """PRelu with one slope, or one per channel; written as TensorFlow's converter recognises it."""
    value = call.value()
    slope = call.constant(1)
    if slope is None:
        call.refuse("it has no slope", "a constant slope")
    stored = _stored_constant(call, slope, value)[0]
    channels = np.broadcast_to(stored, (*stored.shape[:-1], value.tensor.shape[-1])).copy()
    tensor = tf.nn.relu(value.tensor) + (-channels) * tf.nn.relu(-value.tensor)
    return Value(tensor, value.shape, value.axes, value.features)


def _stored_constant(call: Call, constant: NDArray[Any], like: Value) -> NDArray[Any]:
    if constant.ndim > len(like.shape):
        call.refuse(f"its constant has {constant.ndim} dimensions", f"at most {len(like.shape)}")
    if like.features is not None and constant.ndim and constant.shape[-1] == like.features.size:
        constant = constant[..., like.features]
    return lay_out(constant, like.axes)


def _binary(function: Callable[[Any, Any], Any]) -> Callable[[Call], Value]:
    def build(call: Call) -> Value:
        left, right = call.operands[:2]
        if isinstance(left, Value) and isinstance(right, Value):
            like, left, right = _aligned(call, left, right)
            tensor = function(left.tensor, right.tensor)
        elif isinstance(left, Value):
            like = left
            tensor = function(left.tensor, _stored_constant(call, np.asarray(right), left))
        else:
            like = call.value(1)
            tensor = function(_stored_constant(call, np.asarray(left), like), like.tensor)
        shape = [0] * len(like.shape)
        for size, axis in zip(tensor.shape, like.axes, strict=True):
            if axis is not None:
                shape[axis] = size
        return Value(tensor, tuple(shape), like.axes, like.features)

    return build


def _aligned(call: Call, left: Value, right: Value) -> tuple[Value, Value, Value]:
    """Both operands in the order of the one with more dimensions (or elements)."""
    like = max(left, right, key=lambda v: (len(v.shape), memory_order(v.shape, v.axes).size))
    both = []
    for value in (left, right):
        if like.features is None or value.features is None:
            same_features = like.features is value.features
        else:
            same_features = np.array_equal(value.features, like.features)
        if value.axes == like.axes and same_features:
            both.append(value)
        else:
            shape = (1,) * (len(like.shape) - len(value.shape)) + value.shape
            both.append(call.arranged(value, shape, like.axes))
    return like, both[0], both[1]


def concat(call: Call) -> Value:
    """Concat of computed tensors in the same order."""
    values = [call.value(i) for i in range(len(call.operands))]
    first = values[0]
    axis = call.attribute("axis", 0) % len(first.shape)
    if any(v.axes != first.axes for v in values):
        values = [call.arranged(v, v.shape, first.axes) for v in values]
    features = None
    if any(v.features is not None for v in values):
        if axis != len(first.shape) - 1:
            call.refuse("it joins flattened images along another axis", "joining along the features")
        starts = np.cumsum([0, *(v.shape[-1] for v in values)])
        orders = [np.arange(v.shape[-1]) if v.features is None else v.features for v in values]
        features = np.concatenate([order + start for order, start in zip(orders, starts, strict=False)])
    shape = list(first.shape)
    shape[axis] = sum(v.shape[axis] for v in values)
    tensor = tf.concat([v.tensor for v in values], first.stored_axis(axis))
    return Value(tensor, tuple(shape), first.axes, features)


def softmax(call: Call) -> Value:
    """Softmax over the channels."""
    value = call.value()
    axis = call.attribute("axis", -1)
    if value.stored_axis(axis) != len(value.axes) - 1:
        call.refuse("it is not over the channels", "a softmax over the classes")
    return Value(tf.nn.softmax(value.tensor), value.shape, value.axes, value.features)


def pad(call: Call) -> Value:
    """Pad with a constant."""
    value = call.value()
    if call.attribute("mode", "constant") != "constant" or value.features is not None:
        call.refuse(f"its mode is {call.attribute('mode', 'constant')}", "constant padding")
    amounts = call.constant(1)
    pads = [int(p) for p in (call.attribute("pads", ()) if amounts is None else amounts.ravel())]
    rank = len(value.shape)
    axes_operand = call.constant(3)
    axes = list(range(rank)) if axes_operand is None else [int(a) % rank for a in axes_operand.ravel()]
    per_axis = {axis: (pads[i], pads[i + len(axes)]) for i, axis in enumerate(axes)}
    if any(amount < 0 for pair in per_axis.values() for amount in pair):
        call.refuse("it cuts (negative padding)", "padding of zero or more")
    fill = call.constant(2)
    stored = [[0, 0] if axis is None else list(per_axis.get(axis, (0, 0))) for axis in value.axes]
    fill_value = 0.0 if fill is None else float(np.asarray(fill).ravel()[0])
    tensor = tf.pad(value.tensor, stored, constant_values=fill_value)
    shape = tuple(n + sum(per_axis.get(i, (0, 0))) for i, n in enumerate(value.shape))
    return Value(tensor, shape, value.axes)


def reshape(call: Call) -> Value:
    """Reshape, Flatten, Squeeze, Unsqueeze: only where memory need not move.

    A flatten of an image keeps the stored order and remembers it; the dense layer behind it gets
    its weights in that order.
    """
    value = call.value()
    shape = _target_shape(call, value)
    rank = len(shape)
    for axes in dict.fromkeys((channels_last(rank), tuple(range(rank)))):
        before = memory_order(value.shape, value.axes, value.features)
        if np.array_equal(before, memory_order(shape, axes)):
            return call.arranged(value, shape, axes)
    if rank == 2 and shape[0] == 1:
        order = memory_order(value.shape, value.axes, value.features)
        return Value(tf.reshape(value.tensor, shape), shape, (0, 1), order)
    return call.arranged(value, shape, channels_last(rank))  # refuses, with the reason


def _target_shape(call: Call, value: Value) -> tuple[int, ...]:
    shape = value.shape
    rank = len(shape)
    if call.kind == "Flatten":
        axis = call.attribute("axis", 1) % (rank + 1)
        return (int(np.prod(shape[:axis], dtype=int)), int(np.prod(shape[axis:], dtype=int)))
    operand = call.constant(1)
    numbers = tuple(int(n) for n in (call.attribute("axes", ()) if operand is None else operand.ravel()))
    if call.kind == "Squeeze":
        dropped = {n % rank for n in numbers} if numbers else {i for i, n in enumerate(shape) if n == 1}
        return tuple(n for i, n in enumerate(shape) if i not in dropped)
    if call.kind == "Unsqueeze":
        places = {n % (rank + len(numbers)) for n in numbers}
        rest = iter(shape)
        return tuple(1 if i in places else next(rest) for i in range(rank + len(numbers)))
    total = int(np.prod(shape, dtype=int))
    if not call.attribute("allowzero", 0):
        numbers = tuple(shape[i] if n == 0 else n for i, n in enumerate(numbers))
    known = -int(np.prod(numbers, dtype=int)) if -1 in numbers else 1
    return tuple(total // known if n == -1 else n for n in numbers)


def transpose(call: Call) -> Value:
    """Transpose: nothing moves, only the meaning of the stored axes changes."""
    value = call.value()
    rank = len(value.shape)
    order = tuple(call.attribute("perm", tuple(reversed(range(rank)))))
    if value.features is not None:
        call.refuse("it transposes a flattened image", "transposing before the flatten")
    axes = tuple(None if axis is None else order.index(axis) for axis in value.axes)
    return Value(tf.identity(value.tensor), tuple(value.shape[i] for i in order), axes)


def batch_normalization(call: Call) -> Value:
    """BatchNormalization that could not be folded: one multiplication and one addition."""
    value = call.value()
    scale, shift, mean, variance = (np.asarray(call.constant(i), np.float64) for i in range(1, 5))
    factor = scale / np.sqrt(variance + call.attribute("epsilon", 1e-5))
    offset = shift - mean * factor
    per_channel = (-1,) + (1,) * (len(value.shape) - 2)
    stored = [
        _stored_constant(call, a.astype(np.float32).reshape(per_channel), value)
        for a in (factor, offset)
    ]
    return Value(value.tensor * stored[0] + stored[1], value.shape, value.axes, value.features)


OPERATORS: dict[str, Callable[[Call], Value]] = {
    "Add": _binary(tf.add),
    "AveragePool": average_pool,
    "BatchNormalization": batch_normalization,
    "Clip": clip,
    "Concat": concat,
    "Conv": conv,
    "Dropout": _unary(tf.identity),
    "Flatten": reshape,
    "Gemm": gemm,
    "GlobalAveragePool": global_average_pool,
    "GlobalMaxPool": global_max_pool,
    "HardSigmoid": hard_sigmoid,
    "HardSwish": hard_swish,
    "Identity": _unary(tf.identity),
    "LeakyRelu": leaky_relu,
    "MatMul": gemm,
    "MaxPool": max_pool,
    "Mul": _binary(tf.multiply),
    "PRelu": prelu,
    "Pad": pad,
    "ReduceMax": reduce_max,
    "ReduceMean": reduce_mean,
    "Relu": _unary(tf.nn.relu),
    "Reshape": reshape,
    "Sigmoid": _unary(tf.sigmoid),
    "Softmax": softmax,
    "Squeeze": reshape,
    "Sub": _binary(tf.subtract),
    "Tanh": _unary(tf.tanh),
    "Transpose": transpose,
    "Unsqueeze": reshape,
}
SUPPORTED = (*sorted([*OPERATORS, "Constant"]),)
