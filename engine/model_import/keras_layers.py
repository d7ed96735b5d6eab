"""One small function per Keras layer: what it becomes in the torch network. Keras is not loaded here."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.model_import import network_layers as layers
from engine.model_import.keras_call import Call
from engine.model_import.keras_recurrent import bidirectional, recurrent
from engine.model_import.module_builder import NDArrayAny, Value
from engine.model_import.network_layers import Window
from engine.model_import.stepwise import MAX_STEPS

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


# They change pictures while training and nothing else.
AUGMENTATIONS = tuple(
    f"Random{what}" for what in ("Brightness", "Contrast", "Flip", "Rotation", "Translation", "Zoom")
)


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


def _conv_transpose(call: Call) -> Value:
    layer = call.layer
    if layer.output_padding is not None and any(layer.output_padding):
        raise call.refuse("it has an output_padding", "Leave output_padding out.")
    kernel, bias = call.weights("kernel", "bias")
    assert kernel is not None
    sizes, strides = tuple(layer.kernel_size), tuple(layer.strides)
    dilations = tuple(layer.dilation_rate)
    reach = [(k - 1) * d + 1 for k, d in zip(sizes, dilations, strict=True)]
    same = layer.padding == "same"
    cut = [max(r - s, 0) if same else 0 for r, s in zip(reach, strides, strict=True)]
    longer = [max(s - r, 0) for r, s in zip(reach, strides, strict=True)]
    value = call.builder.reordered(call.value, call.order)
    tensors = {"weight": np.moveaxis(kernel, (-1, -2), (0, 1))}  # (inputs, outputs, *window)
    value = call.builder.layer(call.name, f"conv_transpose{len(sizes)}d", value).laid_out(
        tensors | ({} if bias is None else {"bias": bias}),
        in_channels=int(kernel.shape[-1]),
        out_channels=int(kernel.shape[-2]),
        kernel_size=list(sizes),
        stride=list(strides),
        padding=[c // 2 for c in cut],
        output_padding=longer,
        dilation=list(dilations),
        bias=bias is not None,
    )
    for axis, c in enumerate(cut, start=1):  # the odd element is cut behind
        end = value.shape[axis] - c % 2
        value = layers.sliced(call.builder, f"{call.name}_cut", value, axis, 0, end)
    return value


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


def _average(call: Call) -> Value:
    total = _joined("add")(call)
    share = np.full((), 1 / len(call.operands), np.float32)
    return layers.binary(call.builder, f"{call.name}.share", "mul", total, share)


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
    interpolation = getattr(call.layer, "interpolation", "nearest")
    size = call.layer.size
    factor = [float(n) for n in (size if isinstance(size, list | tuple) else [size])]
    value = call.builder.reordered(call.value, call.order)
    built = call.builder.layer(call.name, "upsample", value)
    if interpolation == "nearest":
        return built.laid_out(scale_factor=factor)
    if interpolation == "bilinear":
        return built.laid_out(scale_factor=factor, mode="bilinear", align_corners=False)
    raise call.refuse(f"its interpolation is {interpolation}", "Use interpolation='nearest'.")


def _relu(call: Call) -> Value:
    layer = call.layer
    if layer.threshold:
        raise call.refuse("its threshold is not zero")
    if layer.negative_slope:
        if layer.max_value is not None:
            raise call.refuse("it has a negative_slope and a max_value", "Use one of the two.")
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


def _normalization(call: Call) -> Value:
    mean, variance = (np.asarray(n, np.float64) for n in (call.layer.mean, call.layer.variance))
    deviation = np.maximum(np.sqrt(variance), 1e-7)  # Keras's epsilon
    factor, offset = 1 / deviation, -mean / deviation
    if call.layer.invert:
        factor, offset = deviation, mean
    scale, shift = (np.asarray(n[0], np.float32) for n in (factor, offset))
    value = layers.binary(call.builder, f"{call.name}.scale", "mul", call.value, scale)
    return layers.binary(call.builder, f"{call.name}.offset", "add", value, shift)


def _repeat(call: Call) -> Value:
    count, value = int(call.layer.n), call.value
    if count > MAX_STEPS:
        raise call.refuse(f"it repeats {count} times, more than {MAX_STEPS}", "Repeat it less often.")
    row = call.builder.reshaped(value, (1, 1, value.shape[-1]), f"{call.name}_row")
    row = call.builder.reordered(row, (0, 1, 2))
    return layers.concat(call.builder, call.name, [row] * count, 1)


def _conv_per_step(call: Call) -> Value:
    """A 1-D convolution of each step's signal: a window one step high over (steps, length, channels)."""
    kernel, bias = call.weights("kernel", "bias")
    assert kernel is not None
    size, stride = int(kernel.shape[0]), int(call.layer.strides[0])
    dilation = int(call.layer.dilation_rate[0])
    before: tuple[int, ...] = (0,)
    after: tuple[int, ...] = (0,)
    if call.layer.padding == "causal":
        before = ((size - 1) * dilation,)
    elif call.layer.padding == "same":
        before, after = layers.same_padding(call.value.shape[2:3], (size,), (stride,), (dilation,))
    window = Window((1, size), (1, stride), (1, dilation), (0, *before), (0, *after))
    weight = np.moveaxis(kernel, (-1, -2), (0, 1))[:, :, None]
    return layers.conv(
        call.builder, call.name, call.value, call.order, window, weight, bias, int(call.layer.groups)
    )


def _flatten_per_step(call: Call) -> Value:
    steps = call.value.shape[1]
    shape = (1, steps, math.prod(call.value.shape) // steps)
    return call.builder.reordered(call.builder.reshaped(call.value, shape, call.name), (0, 1, 2))


def _same(call: Call) -> Value:
    return call.value


LAYERS: dict[str, Callable[[Call], Value]] = {
    "Activation": _same,
    "ActivityRegularization": _same,
    "Add": _joined("add"),
    "AlphaDropout": _same,
    "Average": _average,
    "AveragePooling1D": _pool,
    "AveragePooling2D": _pool,
    "BatchNormalization": _batch_norm,
    "Bidirectional": bidirectional,
    "Concatenate": _concatenate,
    "Conv1D": _conv,
    "Conv1DTranspose": _conv_transpose,
    "Conv2D": _conv,
    "Conv2DTranspose": _conv_transpose,
    "Cropping1D": _cropping,
    "Cropping2D": _cropping,
    "Dense": _dense,
    "DepthwiseConv1D": _depthwise,
    "DepthwiseConv2D": _depthwise,
    "Dropout": _dropout,
    "ELU": _elu,
    "Flatten": _flatten,
    "GRU": recurrent,
    "GaussianDropout": _same,
    "GaussianNoise": _same,
    "GlobalAveragePooling1D": _global_pool,
    "GlobalAveragePooling2D": _global_pool,
    "GlobalMaxPooling1D": _global_pool,
    "GlobalMaxPooling2D": _global_pool,
    "Identity": _same,
    "InputLayer": _same,
    "LSTM": recurrent,
    "LeakyReLU": _leaky_relu,
    "MaxPooling1D": _pool,
    "MaxPooling2D": _pool,
    "Maximum": _joined("maximum"),
    "Minimum": _joined("minimum"),
    "Multiply": _joined("mul"),
    "Normalization": _normalization,
    "PReLU": _prelu,
    "Permute": _permute,
    **dict.fromkeys(AUGMENTATIONS, _same),
    "ReLU": _relu,
    "RepeatVector": _repeat,
    "Rescaling": _rescaling,
    "Reshape": _reshape,
    "SeparableConv1D": _separable,
    "SeparableConv2D": _separable,
    "SimpleRNN": recurrent,
    "Softmax": _same,
    "SpatialDropout1D": _dropout,
    "SpatialDropout2D": _dropout,
    "Subtract": _joined("sub"),
    "TimeDistributed": _same,
    "UpSampling1D": _upsampling,
    "UpSampling2D": _upsampling,
    "ZeroPadding1D": _zero_padding,
    "ZeroPadding2D": _zero_padding,
}

# What TimeDistributed may hold: layers that treat every step alike anyway, and two that need help.
PER_STEP: dict[str, Callable[[Call], Value]] = {
    **{
        kind: LAYERS[kind]
        for kind in (
            "Activation",
            "Dense",
            "Dropout",
            "ELU",
            "LeakyReLU",
            "ReLU",
            "Rescaling",
            "Softmax",
        )  # fmt: skip
    },
    "Conv1D": _conv_per_step,
    "Flatten": _flatten_per_step,
}
