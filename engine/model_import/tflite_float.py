"""Float `.tflite` files as trainable torch networks, where all their operators have a torch form."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import BadInputFile, UnsupportedOperator
from engine.graph import Operator, Tensor, TensorGraph
from engine.model_import import layer_names
from engine.model_import import network_layers as layers
from engine.model_import.describe import describe, layout_of
from engine.model_import.imported_model import ImportedModel, channels_last, guessed_meaning
from engine.model_import.label_file import labels_behind
from engine.model_import.module_builder import CHANNELS_LAST, ModuleBuilder, NDArrayAny, Value
from engine.model_import.network_layers import Window
from engine.model_import.survey import UnsupportedLayers
from engine.model_import.tflite_dilation import PADDING_SIDES, with_dilated_convolutions
from engine.model_import.tflite_file import read_tflite

_WEIGHTED = frozenset({"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"})


def is_float(graph: TensorGraph) -> bool:
    """Whether the network calculates with float32 throughout, so that it can be trained."""
    arithmetic = _shape_arithmetic(graph)
    computed = [
        tensor
        for operator in graph.operators
        for tensor in (*graph.operands(operator), *graph.results(operator))
        if not tensor.is_constant and tensor.index not in arithmetic
    ]
    return bool(computed) and all(tensor.dtype == "float32" for tensor in computed)


def can_train(graph: TensorGraph) -> bool:
    """Whether a graph calculates with float32 and all its operators have a torch form."""
    return is_float(graph) and {o.kind for o in _layers_of(graph)} <= set(_OPERATORS)


def _layers_of(graph: TensorGraph) -> list[Operator]:
    """The operators that calculate with values."""
    arithmetic = _shape_arithmetic(graph)
    operators = [o for o in graph.operators if not arithmetic.intersection(o.outputs)]
    return with_dilated_convolutions(graph, operators)


def _shape_arithmetic(graph: TensorGraph) -> set[int]:
    """Tensors that depend on nothing but shapes: converters compute an open batch with them."""
    found: set[int] = set()
    for operator in graph.operators:
        operands = [t.index for t in graph.operands(operator) if not t.is_constant]
        if operator.kind == "SHAPE" or (operands and found.issuperset(operands)):
            found.update(operator.outputs)
    return found


def read_tflite_float(path: Path) -> ImportedModel:
    """Read a float `.tflite` network.

    Args:
        path: the file.

    Returns:
        The network, in evaluation mode, without a softmax at its end.

    Raises:
        BadInputFile: damaged, or it does not calculate with float32.
        UnsupportedOperator: an operator has no torch form; it is named with its layer.
    """
    graph = read_tflite(path)
    if not is_float(graph):
        raise BadInputFile(
            f"{path.name} calculates with whole numbers: it is finished and cannot be trained.",
            hint="Plan and build it as it is, or import the float network that it was made of.",
        )
    return _Reader(path, graph).imported()


class _Reader:
    """One pass over one graph."""

    def __init__(self, path: Path, graph: TensorGraph) -> None:
        self._path = path
        self._graph = graph
        self._operators = _layers_of(graph)
        self._builder = ModuleBuilder(path.name)
        self._values: dict[int, Value] = {}
        self._notes: list[str] = []

    def imported(self) -> ImportedModel:
        graph = self._graph
        unknown = [o for o in self._operators if o.kind not in _OPERATORS]
        if unknown:
            reasons = {o.index: "It cannot be trained." for o in unknown}
            raise UnsupportedLayers(describe(graph, self._path, unsupported=reasons))
        for index in graph.inputs:
            shape = graph.tensors[index].shape
            self._values[index] = self._builder.input(shape, CHANNELS_LAST.get(len(shape)))
        operators, ends, softmax = self._without_softmax()
        uses = Counter(i for operator in operators for i in operator.inputs)
        for operator in operators:
            call = _Call(self._builder, graph, operator, self._values, self._name(operator), uses)
            result = _OPERATORS[operator.kind](call)
            parts = result if isinstance(result, list) else [call.activated(result)]
            self._values.update(zip(operator.outputs, parts, strict=True))
        outputs = [self._in_order(self._values[index]) for index in ends]
        first = self._values[graph.inputs[0]]
        shape = channels_last(tuple(first.meta.shape[1:]))
        results = channels_last(tuple(outputs[0].meta.shape[1:]))
        said = {"classes": labels} if (labels := labels_behind(self._path)) else {}
        meaning = guessed_meaning(shape, results, softmax=softmax, **said)
        reconstructs = meaning.task == "anomaly" and len(results) == 1 and len(graph.inputs) == 1
        if any(t.is_constant and t.quantization for t in graph.tensors):
            self._notes.append("Weights that the file holds as whole numbers became real numbers.")
        return ImportedModel(
            name=self._path.name,
            format="tflite-float",
            module=self._builder.finish(outputs, reconstructs=reconstructs),
            input_shape=shape,
            output_shape=results,
            meaning=meaning,
            notes=tuple(self._notes),
            layout=layout_of(graph),
        )

    def _without_softmax(self) -> tuple[list[Operator], list[int], bool]:
        operators, ends = self._operators, list(self._graph.outputs)
        last = operators[-1]
        if len(ends) == 1 and last.kind == "SOFTMAX" and last.outputs == tuple(ends):
            self._notes.append("The softmax at the end is left off; conversion adds it again.")
            return operators[:-1], [last.inputs[0]], True
        return operators, ends, False

    def _name(self, operator: Operator) -> str:
        weighted = operator.kind in _WEIGHTED
        name = self._graph.tensors[operator.outputs[0]].name
        if weighted and "/" in (weights := self._graph.tensors[operator.inputs[1]].name):
            name = weights
        path = layer_names.tensorflow_path(name, weighted=weighted)
        return path or operator.kind.lower()

    def _in_order(self, value: Value) -> Value:
        return value if value.features is None else self._builder.in_file_order(value)


@dataclass(frozen=True)
class _Call:
    """One operator about to be built."""

    builder: ModuleBuilder
    graph: TensorGraph
    operator: Operator
    values: dict[int, Value]
    name: str
    uses: Counter[int]

    def option(self, name: str, default: Any) -> Any:
        return self.operator.options.get(name, default)

    def tensor(self, position: int) -> Tensor | None:
        inputs = self.operator.inputs
        if position >= len(inputs) or inputs[position] < 0:
            return None
        return self.graph.tensors[inputs[position]]

    def value(self, position: int = 0) -> Value:
        tensor = self.tensor(position)
        if tensor is None or tensor.index not in self.values:
            raise self.refuse(f"operand {position} is not computed")
        return self.values[tensor.index]

    def constant(self, position: int) -> NDArrayAny | None:
        """A constant operand as real numbers (shapes and axes as whole numbers)."""
        tensor = self.tensor(position)
        if tensor is None:
            return None
        if tensor.data is None:
            raise self.refuse(f"operand {position} depends on the input")
        scheme = tensor.quantization
        if scheme is None:
            return tensor.data
        shape = [1] * len(tensor.shape)
        if scheme.per_channel:
            shape[scheme.axis] = scheme.scales.size
        points, scales = scheme.zero_points.reshape(shape), scheme.scales.reshape(shape)
        return np.asarray((tensor.data.astype(np.int64) - points) * scales, np.float32)

    def needed(self, position: int) -> NDArrayAny:
        found = self.constant(position)
        if found is None:
            raise self.refuse(f"operand {position} is missing")
        return found

    def operand(self, position: int) -> Value | NDArrayAny:
        tensor = self.tensor(position)
        computed = tensor is not None and tensor.index in self.values
        return self.value(position) if computed else self.needed(position)

    def refuse(
        self,
        why: str,
        hint: str = "Use it as a finished model, or import the network it was made of.",
    ) -> UnsupportedOperator:
        return self.builder.refuse(self.operator.kind, self.name, why, hint)

    def activated(self, value: Value) -> Value:
        """The value behind the activation that is fused into the operator."""
        kind = self.option("fused_activation_function", "NONE")
        if kind == "NONE":
            return value
        if kind not in _FUSED:
            raise self.refuse(f"its activation is {kind}")
        name = f"{self.name}_{_FUSED[kind]}"  # torch's hard tanh cuts at -1 and 1 by itself
        return self.builder.layer(name, _FUSED[kind], value).same_shape()

    def window(self, value: Value, kernel: tuple[int, ...]) -> Window:
        strides = (self.option("stride_h", 1), self.option("stride_w", 1))
        dilations = (self.option("dilation_hfactor", 1), self.option("dilation_wfactor", 1))
        if sides := self.option(PADDING_SIDES, ()):
            some = slice(2 - len(sides) // 2, 2)  # a signal has no height
            return Window(kernel[some], strides[some], dilations[some], sides[::2], sides[1::2])
        before, after = (0, 0), (0, 0)
        if self.option("padding", "VALID") == "SAME":
            sides = layers.same_padding(value.shape[1:3], kernel, strides, dilations)
            before, after = (sides[0][0], sides[0][1]), (sides[1][0], sides[1][1])
        return Window(kernel, strides, dilations, before, after)

    @property
    def order(self) -> tuple[int, ...]:
        return layers.spatial_order(self.value(), channels_last=True)


_FUSED = {"RELU": "relu", "RELU6": "relu6", "TANH": "tanh", "RELU_N1_TO_1": "hard_tanh"}


def _conv(call: _Call) -> Value:
    filters = call.needed(1)
    value = call.value()
    groups = value.shape[-1] // int(filters.shape[-1])
    window = call.window(value, (int(filters.shape[1]), int(filters.shape[2])))
    weight = _of_window(filters.transpose(0, 3, 1, 2), window)
    return layers.conv(
        call.builder, call.name, value, call.order, window, weight, call.constant(2), groups
    )


def _of_window(weight: NDArrayAny, window: Window) -> NDArrayAny:
    """Weights (outputs, inputs, height, width) with as many dimensions as the window."""
    return weight.reshape(*weight.shape[:2], *window.kernel)


def _depthwise(call: _Call) -> Value:
    filters = call.needed(1)
    value = call.value()
    window = call.window(value, (int(filters.shape[1]), int(filters.shape[2])))
    weight = _of_window(filters.transpose(3, 0, 1, 2), window)
    groups = value.shape[-1]
    return layers.conv(
        call.builder, call.name, value, call.order, window, weight, call.constant(2), groups
    )


def _dense(call: _Call) -> Value:
    value, weight = call.value(), call.needed(1)
    if value.rank != 2 and not call.option("keep_num_dims", False):
        value = call.builder.reshaped(value, (1, math.prod(value.shape)), f"{call.name}_flat")
    return layers.linear(call.builder, call.name, value, weight, call.constant(2))


def _pool(call: _Call) -> Value:
    value = call.value()
    window = call.window(value, (call.option("filter_height", 1), call.option("filter_width", 1)))
    if call.operator.kind == "MAX_POOL_2D":
        return layers.max_pool(call.builder, call.name, value, call.order, window)
    return layers.average_pool(call.builder, call.name, value, call.order, window, count_padding=False)


def _binary(kind: str) -> Callable[[_Call], Value]:
    def build(call: _Call) -> Value:
        left, right = call.operand(0), call.operand(1)
        index = call.operator.inputs[0]
        if kind == "add" and isinstance(left, Value) and not isinstance(right, Value):
            if call.uses[index] == 1 and (done := layers.with_bias(call.builder, left, right)):
                return done
        return layers.binary(call.builder, call.name, kind, left, right)

    return build


def _unary(kind: str) -> Callable[[_Call], Value]:
    def build(call: _Call) -> Value:
        return call.builder.layer(call.name, kind, call.value()).same_shape()

    return build


def _leaky_relu(call: _Call) -> Value:
    slope = float(call.option("alpha", 0.01))
    return call.builder.layer(call.name, "leaky_relu", call.value()).same_shape(negative_slope=slope)


def _prelu(call: _Call) -> Value:
    return layers.prelu(call.builder, call.name, call.value(), call.needed(1))


def _softmax(call: _Call) -> Value:
    if call.option("beta", 1.0) != 1.0:
        raise call.refuse("its beta is not 1")
    return layers.softmax(call.builder, call.name, call.value(), -1)


def _reshape(call: _Call) -> Value:
    shape = call.graph.tensors[call.operator.outputs[0]].shape
    return call.builder.reshaped(call.value(), shape, call.name)


def _transpose(call: _Call) -> Value:
    return call.builder.transposed(call.value(), [int(n) for n in call.needed(1).ravel()])


def _concat(call: _Call) -> Value:
    like = next(call.value(i) for i, t in enumerate(call.operator.inputs) if t in call.values)
    operands = [call.operand(i) for i in range(len(call.operator.inputs))]
    values = [
        o if isinstance(o, Value) else layers.constant(call.builder, f"{call.name}_constant", o, like)
        for o in operands
    ]
    return layers.concat(call.builder, call.name, values, call.option("axis", -1))


def _pad(call: _Call) -> Value:
    fill = call.constant(2)
    amounts = [(int(a), int(b)) for a, b in call.needed(1).reshape(-1, 2)]
    number = 0.0 if fill is None else float(fill.ravel()[0])
    return layers.padded(call.builder, call.name, call.value(), amounts, number)


def _reduce(kind: str) -> Callable[[_Call], Value]:
    def build(call: _Call) -> Value:
        axes = [int(a) for a in call.needed(1).ravel()]
        keep = bool(call.option("keep_dims", False))
        return layers.reduced(call.builder, call.name, kind, call.value(), axes, keep=keep)

    return build


def _split(call: _Call) -> list[Value]:
    value = call.value(1)
    axis = int(call.needed(0).ravel()[0]) % value.rank
    parts = len(call.operator.outputs)
    size = value.shape[axis] // parts
    return [
        layers.sliced(call.builder, call.name, value, axis, i * size, (i + 1) * size)
        for i in range(parts)
    ]


def _strided_slice(call: _Call) -> Value:
    value = call.value()
    masks = ("ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
    if any(call.option(mask, 0) for mask in masks):
        raise call.refuse("it adds or removes dimensions")
    begins, ends, steps = (call.needed(i).ravel() for i in (1, 2, 3))
    for axis in range(begins.size):
        begin = None if call.option("begin_mask", 0) >> axis & 1 else int(begins[axis])
        end = None if call.option("end_mask", 0) >> axis & 1 else int(ends[axis])
        bounds = slice(begin, end, int(steps[axis])).indices(value.shape[axis])
        value = layers.sliced(call.builder, call.name, value, axis, *bounds)
    return value


def _tile(call: _Call) -> Value:
    """TILE along an axis of length one behind another: that one's elements are repeated.

    The result keeps the shape that the RESHAPE behind it wants: both axes as one.
    """
    multiples = [int(n) for n in call.needed(1).ravel()]
    value = call.value()
    tiled = [axis for axis, n in enumerate(multiples) if n != 1]
    if len(tiled) != 1 or tiled[0] < 2 or value.shape[tiled[0]] != 1:
        raise call.refuse("it repeats more than single elements")
    axis = tiled[0]
    shape = (*value.shape[:axis], *value.shape[axis + 1 :])
    if axis == value.rank - 1 or len(shape) not in (3, 4):
        raise call.refuse("it does not enlarge an image or a signal")
    image = call.builder.reshaped(value, shape, f"{call.name}_image")
    order = layers.spatial_order(image, channels_last=True)
    factor = [float(multiples[axis]) if a == axis - 1 else 1.0 for a in range(1, len(shape) - 1)]
    image = call.builder.reordered(image, order)
    return call.builder.layer(call.name, "upsample", image).laid_out(scale_factor=factor)


def _upsample(call: _Call) -> Value:
    """RESIZE_NEAREST_NEIGHBOR by whole factors, where every setting repeats elements but one."""
    value = call.builder.reordered(call.value(), call.order)
    factor = _factors(call, value)
    if any(not f.is_integer() for f in factor):
        raise call.refuse("its factor is not whole")
    if call.option("align_corners", False) and any(f != 1 for f in factor):
        raise call.refuse("it aligns corners, so that elements are repeated unequally often")
    return call.builder.layer(call.name, "upsample", value).laid_out(scale_factor=factor)


def _interpolate(call: _Call) -> Value:
    """RESIZE_BILINEAR with one of torch's two ways to place the elements."""
    corners = bool(call.option("align_corners", False))
    centres = bool(call.option("half_pixel_centers", False))
    value = call.builder.reordered(call.value(), call.order)
    factor = _factors(call, value)
    if all(f == 1 for f in factor):
        return value
    if corners == centres:
        which = "both" if corners else "neither"
        raise call.refuse(
            f"it has {which} of align_corners and half_pixel_centers, which torch cannot express",
            "Resize with half_pixel_centers=True (tf.image.resize, UpSampling2D), then export again.",
        )
    size = [int(n) for n in call.needed(1).ravel()]
    return call.builder.layer(call.name, "upsample", value).laid_out(
        size=size, mode="bilinear", align_corners=corners
    )


def _factors(call: _Call, value: Value) -> list[float]:
    """How often the height and the width grow."""
    sizes = [int(n) for n in call.needed(1).ravel()]
    return [n / m for n, m in zip(sizes, value.shape[1:3], strict=True)]


_OPERATORS: dict[str, Callable[[_Call], Value | list[Value]]] = {
    "ADD": _binary("add"),
    "AVERAGE_POOL_2D": _pool,
    "CONCATENATION": _concat,
    "CONV_2D": _conv,
    "DEPTHWISE_CONV_2D": _depthwise,
    "DIV": _binary("div"),
    "ELU": _unary("elu"),
    "EXPAND_DIMS": _reshape,
    "FULLY_CONNECTED": _dense,
    "HARD_SWISH": _unary("hard_swish"),
    "LEAKY_RELU": _leaky_relu,
    "LOGISTIC": _unary("sigmoid"),
    "MAXIMUM": _binary("maximum"),
    "MAX_POOL_2D": _pool,
    "MEAN": _reduce("mean"),
    "MINIMUM": _binary("minimum"),
    "MUL": _binary("mul"),
    "PAD": _pad,
    "PADV2": _pad,
    "PRELU": _prelu,
    "REDUCE_MAX": _reduce("amax"),
    "RELU": _unary("relu"),
    "RELU6": _unary("relu6"),
    "RESHAPE": _reshape,
    "RESIZE_BILINEAR": _interpolate,
    "RESIZE_NEAREST_NEIGHBOR": _upsample,
    "SOFTMAX": _softmax,
    "SPLIT": _split,
    "SQUEEZE": _reshape,
    "STRIDED_SLICE": _strided_slice,
    "SUB": _binary("sub"),
    "SUM": _reduce("sum"),
    "TANH": _unary("tanh"),
    "TILE": _tile,
    "TRANSPOSE": _transpose,
}
