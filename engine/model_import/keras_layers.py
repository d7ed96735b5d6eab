"""One small function per Keras layer: what it becomes in the torch network. Keras is not loaded here."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.errors import UnsupportedOperator
from engine.model_import import network_layers as layers
from engine.model_import.module_builder import ModuleBuilder, NDArrayAny, Value
from engine.model_import.network_layers import Window

ACTIVATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "relu": ("relu", {}),
    "relu6": ("relu6", {}),
    "sigmoid": ("sigmoid", {}),
    "tanh": ("tanh", {}),
    "elu": ("elu", {}),
    "silu": ("silu", {}),
    "swish": ("silu", {}),
    "gelu": ("gelu", {}),
    "softplus": ("softplus", {}),
    "leaky_relu": ("leaky_relu", {"negative_slope": 0.2}),
    "hard_sigmoid": ("hard_sigmoid", {}),
    "hard_silu": ("hard_swish", {}),
    "hard_swish": ("hard_swish", {}),
}


@dataclass(frozen=True)
class Call:
    """One layer about to be built.

    Attributes:
        builder: takes the nodes.
        kind: Keras' class.
        name: of the layer, behind those of the networks around it.
        layer: the Keras layer.
        operands: what it reads.
    """

    builder: ModuleBuilder
    kind: str
    name: str
    layer: Any
    operands: list[Value]

    @property
    def value(self) -> Value:
        """The first operand."""
        return self.operands[0]

    @property
    def order(self) -> tuple[int, ...]:
        """The axes of the first operand in torch's order."""
        return layers.spatial_order(self.value, channels_last=True)

    def weights(self, *names: str) -> list[NDArrayAny | None]:
        """Tensors of the layer, None for one that it lacks."""
        found = (getattr(self.layer, name, None) for name in names)
        return [None if w is None else np.asarray(w) for w in found]

    def refuse(self, why: str) -> UnsupportedOperator:
        """The error that names this layer."""
        return self.builder.refuse(self.kind, self.name, why, "Replace the layer in the network.")

    def window(self, kernel: tuple[int, ...], strides: tuple[int, ...]) -> Window:
        """The sliding window with the padding that the layer names."""
        dilations = tuple(getattr(self.layer, "dilation_rate", (1,) * len(kernel)))
        zeros = (0,) * len(kernel)
        before, after = zeros, zeros
        if self.layer.padding == "same":
            sizes = self.value.shape[1:-1]
            before, after = layers.same_padding(sizes, kernel, strides, dilations)
        elif self.layer.padding == "causal":
            before = ((kernel[0] - 1) * dilations[0],)
        return Window(kernel, strides, dilations, before, after)


def _conv(call: Call) -> Value:
    kernel, bias = call.weights("kernel", "bias")
    assert kernel is not None
    window = call.window(tuple(call.layer.kernel_size), tuple(call.layer.strides))
    weight = np.moveaxis(kernel, (-1, -2), (0, 1))
    return layers.conv(
        call.builder, call.name, call.value, call.order, window, weight, bias, int(call.layer.groups)
    )


def _depthwise_weight(kernel: NDArrayAny) -> NDArrayAny:
    """(*window, channels, multiplier) to (channels * multiplier, 1, *window)."""
    *window, channels, multiplier = kernel.shape
    return np.moveaxis(kernel, (-2, -1), (0, 1)).reshape(channels * multiplier, 1, *window)


def _depthwise(call: Call) -> Value:
    kernel, bias = call.weights("kernel", "bias")
    assert kernel is not None
    window = call.window(tuple(call.layer.kernel_size), tuple(call.layer.strides))
    weight = _depthwise_weight(kernel)
    return layers.conv(
        call.builder, call.name, call.value, call.order, window, weight, bias, kernel.shape[-2]
    )


def _separable(call: Call) -> Value:
    depth, point, bias = call.weights("depthwise_kernel", "pointwise_kernel", "bias")
    assert depth is not None
    assert point is not None
    window = call.window(tuple(call.layer.kernel_size), tuple(call.layer.strides))
    value = layers.conv(
        call.builder,
        f"{call.name}.depthwise",
        call.value,
        call.order,
        window,
        _depthwise_weight(depth),
        None,
        depth.shape[-2],
    )
    ones = (1,) * len(window.kernel)
    plain = Window(ones, ones, ones, (0,) * len(ones), (0,) * len(ones))
    weight = np.moveaxis(point, (-1, -2), (0, 1))
    return layers.conv(call.builder, f"{call.name}.pointwise", value, call.order, plain, weight, bias)


def _dense(call: Call) -> Value:
    kernel, bias = call.weights("kernel", "bias")
    assert kernel is not None
    return layers.linear(call.builder, call.name, call.value, kernel.T, bias)


def _batch_norm(call: Call) -> Value:
    scale, shift, mean, variance = call.weights("gamma", "beta", "moving_mean", "moving_variance")
    assert mean is not None
    assert variance is not None
    axis = call.layer.axis
    return layers.batch_norm(
        call.builder,
        call.name,
        call.value,
        axis[0] if isinstance(axis, list | tuple) else axis,
        scale=np.ones_like(mean) if scale is None else scale,
        shift=np.zeros_like(mean) if shift is None else shift,
        mean=mean,
        variance=variance,
        epsilon=float(call.layer.epsilon),
        momentum=1.0 - float(call.layer.momentum),
    )


def _pool(call: Call) -> Value:
    layer = call.layer
    window = call.window(tuple(layer.pool_size), tuple(layer.strides))
    if call.kind.startswith("Max"):
        return layers.max_pool(call.builder, call.name, call.value, call.order, window)
    return layers.average_pool(
        call.builder, call.name, call.value, call.order, window, count_padding=False
    )


def _global_pool(call: Call) -> Value:
    largest = "Max" in call.kind
    pooled = layers.global_pool(call.builder, call.name, call.value, call.order, largest=largest)
    if call.layer.keepdims:
        return pooled
    return call.builder.reshaped(pooled, (1, pooled.shape[-1]), f"{call.name}_flat")


def _flatten(call: Call) -> Value:
    return call.builder.reshaped(call.value, (1, math.prod(call.value.shape)), call.name)


def _reshape(call: Call) -> Value:
    total, target = math.prod(call.value.shape), [int(n) for n in call.layer.target_shape]
    if -1 in target:
        target[target.index(-1)] = total // max(1, -math.prod(target))
    return call.builder.reshaped(call.value, (1, *target), call.name)


def _permute(call: Call) -> Value:
    return call.builder.transposed(call.value, (0, *call.layer.dims))


def _dropout(call: Call) -> Value:
    return call.builder.layer(call.name, "dropout", call.value).same_shape(p=float(call.layer.rate))


def _joined(kind: str) -> Callable[[Call], Value]:
    def build(call: Call) -> Value:
        value = call.operands[0]
        for number, other in enumerate(call.operands[1:]):
            name = call.name if number == 0 else f"{call.name}_{number}"
            value = layers.binary(call.builder, name, kind, value, other)
        return value

    return build


def _concatenate(call: Call) -> Value:
    return layers.concat(call.builder, call.name, call.operands, int(call.layer.axis))


def _zero_padding(call: Call) -> Value:
    sides = call.layer.padding
    pairs = [tuple(s) for s in sides] if isinstance(sides[0], list | tuple) else [tuple(sides)]
    return layers.padded(call.builder, call.name, call.value, [(0, 0), *pairs, (0, 0)], 0.0)


def _cropping(call: Call) -> Value:
    sides, value = call.layer.cropping, call.value
    pairs = [tuple(s) for s in sides] if isinstance(sides[0], list | tuple) else [tuple(sides)]
    for axis, (front, back) in enumerate(pairs, start=1):
        end = value.shape[axis] - back
        value = layers.sliced(call.builder, call.name, value, axis, front, end)
    return value


def _upsampling(call: Call) -> Value:
    if getattr(call.layer, "interpolation", "nearest") != "nearest":
        raise call.refuse("it interpolates")
    size = call.layer.size
    factor = [float(n) for n in (size if isinstance(size, list | tuple) else [size])]
    value = call.builder.reordered(call.value, call.order)
    return call.builder.layer(call.name, "upsample", value).laid_out(scale_factor=factor)


def _relu(call: Call) -> Value:
    layer = call.layer
    if layer.threshold:
        raise call.refuse("its threshold is not zero")
    if layer.negative_slope and layer.max_value is None:
        slope = float(layer.negative_slope)
        return call.builder.layer(call.name, "leaky_relu", call.value).same_shape(negative_slope=slope)
    high = math.inf if layer.max_value is None else float(layer.max_value)
    return layers.clipped(call.builder, call.name, call.value, 0.0, high)


def _leaky_relu(call: Call) -> Value:
    slope = float(call.layer.negative_slope)
    return call.builder.layer(call.name, "leaky_relu", call.value).same_shape(negative_slope=slope)


def _prelu(call: Call) -> Value:
    (slope,) = call.weights("alpha")
    assert slope is not None
    return layers.prelu(call.builder, call.name, call.value, slope)


def _elu(call: Call) -> Value:
    return call.builder.layer(call.name, "elu", call.value).same_shape(alpha=float(call.layer.alpha))


def _rescaling(call: Call) -> Value:
    scale, offset = (np.asarray(n, np.float32) for n in (call.layer.scale, call.layer.offset))
    value = layers.binary(call.builder, f"{call.name}.scale", "mul", call.value, scale)
    return layers.binary(call.builder, f"{call.name}.offset", "add", value, offset)


def _same(call: Call) -> Value:
    return call.value


LAYERS: dict[str, Callable[[Call], Value]] = {
    "Activation": _same,
    "ActivityRegularization": _same,
    "Add": _joined("add"),
    "AveragePooling1D": _pool,
    "AveragePooling2D": _pool,
    "BatchNormalization": _batch_norm,
    "Concatenate": _concatenate,
    "Conv1D": _conv,
    "Conv2D": _conv,
    "Cropping1D": _cropping,
    "Cropping2D": _cropping,
    "Dense": _dense,
    "DepthwiseConv1D": _depthwise,
    "DepthwiseConv2D": _depthwise,
    "Dropout": _dropout,
    "ELU": _elu,
    "Flatten": _flatten,
    "GaussianDropout": _same,
    "GaussianNoise": _same,
    "GlobalAveragePooling1D": _global_pool,
    "GlobalAveragePooling2D": _global_pool,
    "GlobalMaxPooling1D": _global_pool,
    "GlobalMaxPooling2D": _global_pool,
    "InputLayer": _same,
    "LeakyReLU": _leaky_relu,
    "MaxPooling1D": _pool,
    "MaxPooling2D": _pool,
    "Maximum": _joined("maximum"),
    "Minimum": _joined("minimum"),
    "Multiply": _joined("mul"),
    "PReLU": _prelu,
    "Permute": _permute,
    "ReLU": _relu,
    "Rescaling": _rescaling,
    "Reshape": _reshape,
    "SeparableConv1D": _separable,
    "SeparableConv2D": _separable,
    "Softmax": _same,
    "SpatialDropout1D": _dropout,
    "SpatialDropout2D": _dropout,
    "Subtract": _joined("sub"),
    "UpSampling1D": _upsampling,
    "UpSampling2D": _upsampling,
    "ZeroPadding1D": _zero_padding,
    "ZeroPadding2D": _zero_padding,
}
