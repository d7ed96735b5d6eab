"""One small function per ONNX operator: what it becomes in TensorFlow, channels last.

A function gets a `Call` and returns the node's result. It never transposes: where an operator would
need values in another order than they are stored, it refuses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from engine.convert import shape_operators, window_operators
from engine.convert.layout import Value, lay_out, memory_order
from engine.convert.operator_call import Call


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
    plain = tuple(range(len(value.shape)))
    if value.axes[-1] != plain[-1] and call.keeps_memory(value, value.shape, plain):
        value = call.arranged(value, value.shape, plain)
    if value.axes[-1] != plain[-1]:
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


def softmax(call: Call) -> Value:
    """Softmax over the channels."""
    value = call.value()
    axis = call.attribute("axis", -1)
    if value.stored_axis(axis) != len(value.axes) - 1:
        call.refuse("it is not over the channels", "a softmax over the classes")
    return Value(tf.nn.softmax(value.tensor), value.shape, value.axes, value.features)


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
    "AveragePool": window_operators.average_pool,
    "BatchNormalization": batch_normalization,
    "Clip": clip,
    "Concat": shape_operators.concat,
    "Conv": window_operators.conv,
    "ConvTranspose": window_operators.conv_transpose,
    "Dropout": _unary(tf.identity),
    "Flatten": shape_operators.reshape,
    "Gather": shape_operators.gather,
    "Gemm": gemm,
    "GlobalAveragePool": window_operators.global_average_pool,
    "GlobalMaxPool": window_operators.global_max_pool,
    "HardSigmoid": hard_sigmoid,
    "HardSwish": hard_swish,
    "Identity": _unary(tf.identity),
    "LeakyRelu": leaky_relu,
    "MatMul": gemm,
    "MaxPool": window_operators.max_pool,
    "Mul": _binary(tf.multiply),
    "PRelu": prelu,
    "Pad": shape_operators.pad,
    "ReduceMax": window_operators.reduce_max,
    "ReduceMean": reduce_mean,
    "Relu": _unary(tf.nn.relu),
    "Reshape": shape_operators.reshape,
    "Resize": window_operators.resize,
    "Sigmoid": _unary(tf.sigmoid),
    "Slice": shape_operators.slice_,
    "Softmax": softmax,
    "Split": shape_operators.split,
    "Squeeze": shape_operators.reshape,
    "Sub": _binary(tf.subtract),
    "Tanh": _unary(tf.tanh),
    "Transpose": shape_operators.transpose,
    "Unsqueeze": shape_operators.reshape,
}
SUPPORTED = (*sorted([*OPERATORS, "Constant"]),)
