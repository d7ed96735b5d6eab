"""One small function per ONNX operator: what it becomes in the torch network."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.model_import import network_layers as layers
from engine.model_import.module_builder import Value
from engine.model_import.network_layers import Window
from engine.model_import.onnx_call import Call
from engine.model_import.onnx_recurrent import recurrent

Results = Value | list[Value] | list[Value | None]


def _image(call: Call) -> tuple[Value, tuple[int, ...]]:
    value = call.value()
    if value.rank not in (3, 4):
        raise call.refuse(f"its input has {value.rank} dimensions", "Use 1-D or 2-D layers.")
    return value, layers.spatial_order(value, channels_last=False)


def _window(call: Call, value: Value, kernel: tuple[int, ...]) -> Window:
    ones = (1,) * len(kernel)
    if not kernel or value.rank != len(kernel) + 2:
        raise call.refuse(f"its window has {len(kernel)} dimensions", "Export the model again.")
    strides, dilations = tuple(call.get("strides", ones)), tuple(call.get("dilations", ones))
    pads = tuple(call.get("pads", (0, 0) * len(kernel)))
    before, after = pads[: len(kernel)], pads[len(kernel) :]
    automatic = call.get("auto_pad", "NOTSET")
    if automatic.startswith("SAME"):
        before, after = layers.same_padding(value.shape[2:], kernel, strides, dilations)
        if automatic == "SAME_LOWER":
            before, after = after, before
    elif automatic == "VALID":
        before = after = (0,) * len(kernel)
    return Window(kernel, strides, dilations, before, after)


def conv(call: Call) -> Value:
    """Conv, 1-D or 2-D, grouped or depthwise."""
    value, order = _image(call)
    weight = call.needed(1)
    window = _window(call, value, tuple(int(n) for n in weight.shape[2:]))
    bias, groups = call.constant(2), int(call.get("group", 1))
    return layers.conv(call.builder, call.path, value, order, window, weight, bias, groups)


def conv_transpose(call: Call) -> Value:
    """ConvTranspose with even padding."""
    value, order = _image(call)
    weight, bias = call.needed(1), call.constant(2)
    window = _window(call, value, tuple(int(n) for n in weight.shape[2:]))
    extra = tuple(call.get("output_padding", (0,) * len(window.kernel)))
    if (
        not window.even
        or call.get("auto_pad", "NOTSET") != "NOTSET"
        or "output_shape" in call.attributes
    ):
        raise call.refuse("its padding is uneven", "Use nn.ConvTranspose2d with plain padding.")
    groups = int(call.get("group", 1))
    value = call.builder.reordered(value, order)
    tensors = {"weight": weight} | ({} if bias is None else {"bias": bias})
    kind = f"conv_transpose{len(window.kernel)}d"
    return call.builder.layer(call.path, kind, value).laid_out(
        tensors,
        in_channels=int(weight.shape[0]),
        out_channels=int(weight.shape[1]) * groups,
        kernel_size=list(window.kernel),
        stride=list(window.strides),
        padding=list(window.before),
        output_padding=list(extra),
        groups=groups,
        bias=bias is not None,
        dilation=list(window.dilations),
    )


def batch_normalization(call: Call) -> Value:
    """BatchNormalization, kept apart from the convolution in front of it."""
    scale, shift, mean, variance = (call.needed(i) for i in range(1, 5))
    return layers.batch_norm(
        call.builder,
        call.path,
        call.value(),
        1,
        scale=scale,
        shift=shift,
        mean=mean,
        variance=variance,
        epsilon=float(call.get("epsilon", 1e-5)),
        momentum=1.0 - float(call.get("momentum", 0.9)),
    )


def gemm(call: Call) -> Value:
    """Gemm: a dense layer."""
    weight = call.needed(1)
    if weight.ndim != 2 or call.get("transA", 0):
        raise call.refuse("it is not a dense layer", "Use nn.Linear.")
    if not call.get("transB", 0):
        weight = weight.T
    weight = weight * np.float32(call.get("alpha", 1.0))
    bias = call.constant(2)
    if bias is not None:
        scaled = bias.ravel() * np.float32(call.get("beta", 1.0))
        bias = np.broadcast_to(scaled, weight.shape[:1])
    return layers.linear(call.builder, call.path, call.value(), weight, bias)


def matmul(call: Call) -> Value:
    """MatMul with constant weights: a dense layer whose bias may follow as an Add."""
    weight = call.needed(1)
    if weight.ndim != 2:
        raise call.refuse(f"its weights have {weight.ndim} dimensions", "Use nn.Linear.")
    return layers.linear(call.builder, call.path, call.value(), weight.T, None)


def _binary(kind: str) -> Callable[[Call], Results]:
    def build(call: Call) -> Value:
        left, right = call.operands[0], call.operands[1]
        assert left is not None
        assert right is not None
        if kind == "add" and isinstance(left, Value) != isinstance(right, Value):
            value, array = (left, right) if isinstance(left, Value) else (right, left)
            assert isinstance(value, Value)
            assert not isinstance(array, Value)
            if call.alone or value is right:
                with_bias = layers.with_bias(call.builder, value, array)
                if with_bias is not None:
                    return with_bias
        return layers.binary(call.builder, call.path, kind, left, right)

    return build


def _unary(kind: str, **renamed: tuple[str, Any]) -> Callable[[Call], Results]:
    """A layer without weights; `renamed` gives torch's setting, the ONNX attribute and its default."""

    def build(call: Call) -> Value:
        settings = {setting: call.get(*source) for setting, source in renamed.items()}
        return call.builder.layer(call.path, kind, call.value()).same_shape(**settings)

    return build


def _same(call: Call) -> Value:
    return call.value()


def dropout(call: Call) -> Value:
    """Dropout, which matters again when the network is trained on."""
    ratio = call.constant(1, "ratio")
    share = 0.5 if ratio is None else float(ratio)
    return call.builder.layer(call.path, "dropout", call.value()).same_shape(p=share)


def quantize(call: Call) -> Value:
    """QuantizeLinear of an activation: its range is kept, and a ReLU that it stands for comes back.

    Quantising tools leave a ReLU out where the range starts at zero and cuts what is below.
    """
    value, scale, point = call.value(), call.needed(1), call.constant(2)
    point = np.zeros((), np.uint8) if point is None else point
    if scale.size != 1 or point.size != 1 or point.dtype.kind not in "iu":
        raise call.refuse("it has several scales", "Quantise activations per tensor.")
    limits = np.iinfo(point.dtype)
    low, high = ((n - int(point.item())) * float(scale.item()) for n in (limits.min, limits.max))
    is_input = call.builder.producer(value.name) is None
    if low == 0.0 and not is_input and not layers.never_negative(call.builder, value):
        value = call.builder.layer(f"{value.name}_relu", "relu", value).same_shape()
    name = value.name
    call.builder.ranges[name] = (low, high)
    while (node := call.builder.producer(name)) and node.kind in ("reshape", "flatten", "permute"):
        name = node.inputs[0]  # the same numbers under another shape
        call.builder.ranges.setdefault(name, (low, high))
    return value


def hard_sigmoid(call: Call) -> Value:
    """HardSigmoid with PyTorch's slope, or any other as three operations."""
    alpha, beta = float(call.get("alpha", 0.2)), float(call.get("beta", 0.5))
    value = call.value()
    if abs(alpha - 1 / 6) < 1e-6 and abs(beta - 0.5) < 1e-6:
        return call.builder.layer(call.path, "hard_sigmoid", value).same_shape()
    scaled = layers.binary(call.builder, f"{call.path}.slope", "mul", value, np.array(alpha, np.float32))
    moved = layers.binary(call.builder, f"{call.path}.offset", "add", scaled, np.array(beta, np.float32))
    return layers.clipped(call.builder, call.path, moved, 0.0, 1.0)


def clip(call: Call) -> Value:
    """Clip: ReLU, ReLU6 or any other range."""
    low, high = call.constant(1, "min"), call.constant(2, "max")
    bounds = (-math.inf if low is None else float(low), math.inf if high is None else float(high))
    return layers.clipped(call.builder, call.path, call.value(), *bounds)


def prelu(call: Call) -> Value:
    """PRelu with one slope, or one per channel."""
    return layers.prelu(call.builder, call.path, call.value(), call.needed(1))


def softmax(call: Call) -> Value:
    """Softmax along an axis; before opset 13 over everything from there on."""
    value = call.value()
    axis = int(call.get("axis", 1 if call.opset < 13 else -1))
    if call.opset < 13 and math.prod(value.shape[axis % value.rank + 1 :]) != 1:
        raise call.refuse("it is over several axes at once", "Export with opset_version=20.")
    return layers.softmax(call.builder, call.path, value, axis)


def max_pool(call: Call) -> Value:
    """MaxPool."""
    value, order = _image(call)
    window = _window(call, value, tuple(call.get("kernel_shape", ())))
    ceil = bool(call.get("ceil_mode", 0))
    return layers.max_pool(call.builder, call.path, value, order, window, ceil=ceil)


def average_pool(call: Call) -> Value:
    """AveragePool."""
    value, order = _image(call)
    window = _window(call, value, tuple(call.get("kernel_shape", ())))
    if window.kernel == value.shape[2:] and not any((*window.before, *window.after)):
        return global_average_pool(call)
    if any(d != 1 for d in window.dilations):
        raise call.refuse("it is dilated", "Use plain average pooling.")
    return layers.average_pool(
        call.builder,
        call.path,
        value,
        order,
        window,
        count_padding=bool(call.get("count_include_pad", 0)),
        ceil=bool(call.get("ceil_mode", 0)),
    )


def global_average_pool(call: Call) -> Value:
    """GlobalAveragePool."""
    value, _ = _image(call)
    axes = list(range(2, value.rank))
    return layers.reduced(call.builder, call.path, "mean", value, axes, keep=True)


def global_max_pool(call: Call) -> Value:
    """GlobalMaxPool."""
    value, order = _image(call)
    return layers.global_pool(call.builder, call.path, value, order, largest=True)


def _reduce(kind: str) -> Callable[[Call], Results]:
    def build(call: Call) -> Value:
        value, axes = call.value(), call.axes()
        keep = bool(call.get("keepdims", 1))
        if not axes:
            raise call.refuse("it is over everything", "Name the axes, such as x.mean((2, 3)).")
        return layers.reduced(call.builder, call.path, kind, value, axes, keep=keep)

    return build


def concat(call: Call) -> Value:
    """Concat of computed tensors; a constant among them becomes one."""
    like = next(o for o in call.operands if isinstance(o, Value))
    values = [
        o
        if isinstance(o, Value)
        else layers.constant(call.builder, f"{call.path}.constant", np.asarray(o), like)
        for o in call.operands
    ]
    return layers.concat(call.builder, call.path, values, int(call.get("axis", 0)))


def transpose(call: Call) -> Value:
    """Transpose: nothing moves, only the meaning of the axes changes."""
    value = call.value()
    return call.builder.transposed(value, call.get("perm", tuple(reversed(range(value.rank)))))


def reshape(call: Call) -> Value:
    """Reshape, Flatten, Squeeze and Unsqueeze."""
    value = call.value()
    return call.builder.reshaped(value, _target_shape(call, value), call.path)


def _target_shape(call: Call, value: Value) -> tuple[int, ...]:
    shape, rank = value.shape, value.rank
    if call.kind == "Flatten":
        axis = int(call.get("axis", 1))
        axis += rank if axis < 0 else 0
        return (math.prod(shape[:axis]), math.prod(shape[axis:]))
    if call.kind == "Squeeze":
        axes = {a % rank for a in call.axes()} or {i for i, n in enumerate(shape) if n == 1 and i}
        return tuple(n for i, n in enumerate(shape) if i not in axes)
    if call.kind == "Unsqueeze":
        added = call.axes()
        places = {a % (rank + len(added)) for a in added}
        rest = iter(shape)
        return tuple(1 if i in places else next(rest) for i in range(rank + len(added)))
    numbers = [int(n) for n in call.needed(1, "shape").ravel()]
    if not call.get("allowzero", 0):
        numbers = [shape[i] if n == 0 else n for i, n in enumerate(numbers)]
    if numbers.count(-1) == 1:
        known = -math.prod(numbers)
        numbers = [math.prod(shape) // max(1, known) if n == -1 else n for n in numbers]
    return tuple(numbers)


def pad(call: Call) -> Value:
    """Pad with a constant."""
    value = call.value()
    mode = call.get("mode", "constant")
    if mode != "constant":
        raise call.refuse(f"it pads by {mode}", "Pad with a constant.")
    numbers = [int(n) for n in call.needed(1, "pads").ravel()]
    listed = call.constant(3)
    axes = range(value.rank) if listed is None else [int(a) % value.rank for a in listed.ravel()]
    amounts = [(0, 0)] * value.rank
    for i, axis in enumerate(axes):
        amounts[axis] = (numbers[i], numbers[i + len(axes)])
    fill = call.constant(2, "value")
    number = 0.0 if fill is None else float(np.asarray(fill).ravel()[0])
    return layers.padded(call.builder, call.path, value, amounts, number)


def slice_(call: Call) -> Value:
    """Slice with constant bounds."""
    value = call.value()
    starts, ends = call.needed(1), call.needed(2)
    listed, stepped = call.constant(3), call.constant(4)
    axes = range(starts.size) if listed is None else [int(a) % value.rank for a in listed.ravel()]
    steps = [1] * starts.size if stepped is None else [int(s) for s in stepped.ravel()]
    for axis, start, end, step in zip(axes, starts.ravel(), ends.ravel(), steps, strict=True):
        begin, stop, _ = slice(int(start), int(end), step).indices(value.shape[axis])
        value = layers.sliced(call.builder, call.path, value, axis, begin, stop, step)
    return value


def split(call: Call) -> list[Value]:
    """Split into slices."""
    value = call.value()
    axis = int(call.get("axis", 0)) % value.rank
    sizes = call.constant(1, "split")
    if sizes is None:
        raise call.refuse("it does not say into which sizes", "Name the sizes.")
    ends = np.cumsum(sizes.ravel())
    return [
        layers.sliced(call.builder, call.path, value, axis, int(end - size), int(end))
        for size, end in zip(sizes.ravel(), ends, strict=True)
    ]


def gather(call: Call) -> Value:
    """Gather of one fixed index, such as the last step of a sequence."""
    value, index = call.value(), call.needed(1)
    axis = int(call.get("axis", 0)) % value.rank
    if index.size != 1:
        raise call.refuse("it picks several places", "Pick one place, such as x[:, -1].")
    place = int(index.item()) % value.shape[axis]
    part = layers.sliced(call.builder, call.path, value, axis, place, place + 1)
    if index.ndim:
        return part
    shape = tuple(n for i, n in enumerate(part.shape) if i != axis)
    return call.builder.reshaped(part, shape, f"{call.path}_flat")


def resize(call: Call) -> Value:
    """Resize to whole multiples by repeating elements."""
    value, order = _image(call)
    scales, sizes = call.constant(2), call.constant(3)
    if sizes is not None and sizes.size == value.rank:
        factors = [int(n) / m for n, m in zip(sizes.ravel(), value.shape, strict=True)]
    elif scales is not None and scales.size == value.rank:
        factors = [float(s) for s in scales.ravel()]
    else:
        raise call.refuse("its factors are not fixed", "Use nn.Upsample with a whole factor.")
    whole = [round(f) for f in factors]
    if call.get("mode", "nearest") != "nearest" or any(
        abs(f - w) > 1e-6 or w < 1 for f, w in zip(factors, whole, strict=True)
    ):
        raise call.refuse("it interpolates", "Use nn.Upsample with a whole factor and mode nearest.")
    value = call.builder.reordered(value, order)
    factor = [float(whole[axis]) for axis in order[2:]]
    return call.builder.layer(call.path, "upsample", value).laid_out(scale_factor=factor)


OPERATORS: dict[str, Callable[[Call], Results]] = {
    "Abs": _unary("abs"),
    "Add": _binary("add"),
    "AveragePool": average_pool,
    "BatchNormalization": batch_normalization,
    "Clip": clip,
    "Concat": concat,
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "DequantizeLinear": _same,
    "Div": _binary("div"),
    "Dropout": dropout,
    "Elu": _unary("elu", alpha=("alpha", 1.0)),
    "Exp": _unary("exp"),
    "Flatten": reshape,
    "GRU": recurrent,
    "Gather": gather,
    "Gelu": _unary("gelu", approximate=("approximate", "none")),
    "Gemm": gemm,
    "GlobalAveragePool": global_average_pool,
    "GlobalMaxPool": global_max_pool,
    "HardSigmoid": hard_sigmoid,
    "HardSwish": _unary("hard_swish"),
    "Identity": _same,
    "LSTM": recurrent,
    "LeakyRelu": _unary("leaky_relu", negative_slope=("alpha", 0.01)),
    "MatMul": matmul,
    "Max": _binary("maximum"),
    "MaxPool": max_pool,
    "Min": _binary("minimum"),
    "Mul": _binary("mul"),
    "Neg": _unary("neg"),
    "PRelu": prelu,
    "Pad": pad,
    "QuantizeLinear": quantize,
    "ReduceMax": _reduce("amax"),
    "ReduceMean": _reduce("mean"),
    "ReduceSum": _reduce("sum"),
    "Relu": _unary("relu"),
    "Reshape": reshape,
    "Resize": resize,
    "Sigmoid": _unary("sigmoid"),
    "Slice": slice_,
    "Softmax": softmax,
    "Softplus": _unary("softplus"),
    "Split": split,
    "Sqrt": _unary("sqrt"),
    "Squeeze": reshape,
    "Sub": _binary("sub"),
    "Tanh": _unary("tanh"),
    "Transpose": transpose,
    "Unsqueeze": reshape,
}
