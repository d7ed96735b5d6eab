"""ONNX -> TensorFlow: channels last, without layout transposes, one name scope per ONNX node."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import onnx
import tensorflow as tf
from numpy.typing import NDArray

from engine.convert.layout import Value, channels_last, stored_shape
from engine.convert.operator_call import Call
from engine.convert.tensorflow_operators import OPERATORS, SUPPORTED
from engine.converted_network import LayerForm
from engine.errors import UnsupportedOperator

_NEVER_NEGATIVE = frozenset({"Relu", "Sigmoid", "Softmax", "HardSigmoid"})
_KEEPS_SIGN = frozenset(
    "MaxPool AveragePool Identity Dropout Reshape Flatten Slice Split Transpose".split()
)
_WANTS_CHANNELS = frozenset(
    {
        "Conv",
        "ConvTranspose",
        "MaxPool",
        "AveragePool",
        "GlobalAveragePool",
        "BatchNormalization",
        "Resize",
    }  # fmt: skip
)
_MOST_RESULTS = 1000
MODULE_KEY = "torch_module"
SCOPE = "layer_"


@dataclass(frozen=True)
class TensorflowNetwork:
    """The TensorFlow form.

    Attributes:
        function: a concrete function; takes the inputs channels last, returns a tuple of outputs.
        owner: keeps the function's tensors alive; the TFLite converter wants it.
        layers: every computed tensor, inputs first.
        inputs: ONNX names of the inputs.
        outputs: ONNX names of the outputs.
    """

    function: Any
    owner: Any
    layers: tuple[LayerForm, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def graph_bytes(self) -> bytes:
        """The serialised GraphDef; weights are constants in it."""
        data: bytes = self.function.graph.as_graph_def().SerializeToString()
        return data


def module_of(node: onnx.NodeProto) -> str:
    """Path of the torch module whose code made this node, '' if it is not known."""
    return next((entry.value for entry in node.metadata_props if entry.key == MODULE_KEY), "")


def check_operators(model: onnx.ModelProto) -> None:
    """Refuse a network with operators that the translator does not know.

    Raises:
        UnsupportedOperator: names each of them and the layers they are in.
    """
    unknown = [
        node
        for node in model.graph.node
        if node.op_type not in SUPPORTED or node.domain not in ("", "ai.onnx")
    ]
    if not unknown:
        return
    first = unknown[0]
    kinds = sorted({node.op_type for node in unknown})
    layers = [f"{node.output[0]} ({node.op_type})" for node in unknown]
    more = f" and {len(layers) - 5} more" if len(layers) > 5 else ""
    raise UnsupportedOperator(
        f"Not supported: {', '.join(kinds)}, in {'layer' if len(layers) == 1 else 'layers'} "
        f"{', '.join(layers[:5])}{more}.",
        hint=f"Replace it in the network. Supported: {', '.join(SUPPORTED)}.",
        operator=first.op_type,
        layer=first.output[0],
        module=module_of(first),
        operators=kinds,
        supported=list(SUPPORTED),
    )


def build_tensorflow(model: onnx.ModelProto) -> TensorflowNetwork:
    """Translate a float ONNX network with static shapes and a batch of one.

    Raises:
        UnsupportedOperator: an operator, or the way it is used, cannot be translated.
    """
    check_operators(model)
    graph = model.graph
    constants = {i.name: onnx.numpy_helper.to_array(i) for i in graph.initializer}
    inputs = [value for value in graph.input if value.name not in constants]
    shapes = {v.name: tuple(d.dim_value for d in v.type.tensor_type.shape.dim) for v in inputs}
    axes = {name: _input_axes(model, name, shape) for name, shape in shapes.items()}
    signature = [
        tf.TensorSpec(stored_shape(shape, axes[name]), tf.float32, name=name)
        for name, shape in shapes.items()
    ]
    outputs = tuple(value.name for value in graph.output)
    layers: list[LayerForm] = []

    def network(*tensors: Any) -> tuple[Any, ...]:
        values = {
            name: Value(tensor, shapes[name], axes[name])
            for name, tensor in zip(shapes, tensors, strict=True)
        }
        layers.clear()
        layers.extend(_form(name, "", "Input", value) for name, value in values.items())
        layers.extend(_translate(graph, values, dict(constants)))
        for name in outputs:
            if values[name].features is not None:
                raise UnsupportedOperator(
                    f"The output {name} is a flattened image, whose order would change.",
                    hint="Return the image itself, or put a dense layer behind the flatten.",
                )
        return tuple(tf.identity(values[name].tensor) for name in outputs)

    owner = tf.Module()
    owner.network = tf.function(network, input_signature=signature, autograph=False)
    function = owner.network.get_concrete_function()
    return TensorflowNetwork(function, owner, tuple(layers), tuple(shapes), outputs)


def _input_axes(model: onnx.ModelProto, name: str, shape: tuple[int, ...]) -> tuple[int | None, ...]:
    """Channels last, as samples are; signals that reach a convolution get a height of one as well."""
    if len(shape) != 3:
        return channels_last(len(shape))
    reached = {name}
    for node in model.graph.node:
        if reached & set(node.input):
            if node.op_type in _WANTS_CHANNELS:
                return channels_last(3)
            reached |= set(node.output)
    return (0, 2, 1)


def _form(name: str, module: str, kind: str, value: Value, constants: tuple[str, ...] = ()) -> LayerForm:
    features = None if value.features is None else tuple(int(i) for i in value.features)
    return LayerForm(name, module, kind, value.shape, value.axes, value.tensor.name, features, constants)


def _translate(
    graph: onnx.GraphProto, values: dict[str, Value], constants: dict[str, NDArray[Any]]
) -> list[LayerForm]:
    """Build every node in order; fills `values` and returns what was built."""
    never_negative: set[str] = set()
    forms = []
    for position, node in enumerate(graph.node):
        name = node.output[0]
        attributes = {a.name: _plain(onnx.helper.get_attribute_value(a)) for a in node.attribute}
        if node.op_type == "Constant":
            constants[name] = np.asarray(next(iter(attributes.values())))
            continue
        operands = tuple(values[i] if i in values else constants.get(i) for i in node.input)
        positive = node.input[0] in never_negative
        call = Call(node.op_type, name, module_of(node), operands, attributes, positive)
        names = tuple(i for i in node.input if i in constants)
        results = node.output if node.op_type == "Split" else node.output[:1]
        for number, result in enumerate(results):
            # One scope per result: its number tells the results apart in TFLite.
            with tf.name_scope(f"{SCOPE}{position * _MOST_RESULTS + number}"):
                values[result] = OPERATORS[node.op_type](replace(call, layer=result, result=number))
            if node.op_type in _NEVER_NEGATIVE or (positive and node.op_type in _KEEPS_SIGN):
                never_negative.add(result)
            forms.append(_form(result, call.module, node.op_type, values[result], names))
    return forms


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, onnx.TensorProto):
        return onnx.numpy_helper.to_array(value)
    return tuple(value) if isinstance(value, list) else value
