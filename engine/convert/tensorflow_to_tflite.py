"""TensorFlow -> float TFLite -> INT8 TFLite with ranges of our own measuring."""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from litert_quantizer import Quantizer, qtyping

from engine.convert.float_islands import ABSORBED, absorb_float_islands
from engine.convert.large_biases import fit_large_biases
from engine.convert.onnx_to_tensorflow import SCOPE, TensorflowNetwork
from engine.convert.ranges import FIXED_INT16_RANGE, FIXED_RANGES, WEIGHTED
from engine.converted_network import LayerForm
from engine.errors import ConversionFailed, UsageError
from engine.native_messages import captured_messages
from engine.tflite_model import TfliteModel

_SCOPE_PATTERN = re.compile(rf"(?:^|/){SCOPE}(\d+)/")


def convert_float(network: TensorflowNetwork, path: Path) -> None:
    """Write the float `.tflite`, its tensors named like the ONNX network's.

    Raises:
        ConversionFailed: TensorFlow's converter refused the network.
    """
    converter = tf.lite.TFLiteConverter.from_concrete_functions([network.function], network.owner)
    try:
        with warnings.catch_warnings():
            for category in (UserWarning, DeprecationWarning, FutureWarning):
                warnings.simplefilter("ignore", category)
            data = converter.convert()
    except Exception as error:  # the converter raises many kinds, its own and MLIR's
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ConversionFailed(
            f"TensorFlow's converter refused the network: {reason[:300]}.",
            hint="Report the network: the translation should have refused it before.",
        ) from error
    model = TfliteModel(data)
    name_after_layers(model, network)
    path.write_bytes(model.to_bytes())


def name_after_layers(model: TfliteModel, network: TensorflowNetwork) -> None:
    """Give TFLite tensors the names of the ONNX tensors whose value they hold.

    Where TFLite fused several ONNX nodes, the last one names the result; where one node became
    several operators, the last one has the node's name and the others `<name>.<kind>`.
    """
    layers = {
        number: layer for layer in network.layers if (number := _scope_number(layer.tensorflow)) >= 0
    }
    taken: set[str] = set()

    def rename(tensor: int, name: str) -> None:
        unique, number = name, 1
        while unique in taken:
            number += 1
            unique = f"{name}.{number}"
        taken.add(unique)
        model.rename(tensor, unique)

    _order_ends(model, network)
    for tensor, name in zip(model.graph.inputs, network.inputs, strict=True):
        rename(int(tensor), name)
    outputs = {int(t): name for t, name in zip(model.graph.outputs, network.outputs, strict=True)}
    by_name = {layer.name: layer for layer in network.layers}
    found: list[tuple[str, Any, list[LayerForm]]] = []
    for kind, operator in model.operators():
        tensor = int(operator.outputs[0])
        numbers = sorted({int(n) for n in _SCOPE_PATTERN.findall(model.name(tensor).replace(";", "/"))})
        parts = [layers[n] for n in numbers if n in layers]
        if tensor in outputs:
            parts.append(by_name[outputs[tensor]])
        found.append((kind, operator, parts))
    last = {part.name: position for position, (_, _, parts) in enumerate(found) for part in parts}
    renamed: set[int] = set()
    for position, (kind, operator, parts) in enumerate(found):
        if not parts:
            continue
        layer = parts[-1].name
        rename(int(operator.outputs[0]), layer if last[layer] == position else f"{layer}.{kind.lower()}")
        constants = [c for part in parts for c in part.constants] if kind in WEIGHTED else []
        for place, tensor in enumerate(
            t for t in map(int, operator.inputs) if t >= 0 and model.is_constant(t)
        ):
            if tensor not in renamed:
                renamed.add(tensor)
                rename(tensor, constants[place] if place < len(constants) else f"{layer}.constant")


def _scope_number(tensorflow_name: str) -> int:
    match = _SCOPE_PATTERN.search(tensorflow_name)
    return int(match.group(1)) if match else -1


def _order_ends(model: TfliteModel, network: TensorflowNetwork) -> None:
    """Put inputs and outputs in the network's order; the converter's signature says which is which."""
    signature = model.model.signatureDefs[0]
    inputs = {entry.name.decode(): entry.tensorIndex for entry in signature.inputs}
    outputs = {entry.name.decode(): entry.tensorIndex for entry in signature.outputs}
    places = [f"output_{i}" for i in range(len(network.outputs))]
    if set(inputs) != set(network.inputs) or set(outputs) != set(places):
        raise ConversionFailed(
            f"TensorFlow's converter made {', '.join([*inputs, *outputs])} of the network's "
            f"{', '.join([*network.inputs, *network.outputs])}.",
            hint="Remove inputs that the network does not use, and outputs that are the same tensor.",
        )
    model.graph.inputs = np.array([inputs[name] for name in network.inputs], np.int32)
    model.graph.outputs = np.array([outputs[place] for place in places], np.int32)


def convert_int8(
    float_path: Path,
    path: Path,
    ranges: dict[str, tuple[float, float]],
    *,
    first_last_int16: bool = False,
    int16_layers: Collection[str] = (),
) -> dict[str, tuple[float, float]]:
    """Quantise: weights 8 bits per output channel (dense layers per tensor), activations 8 bits.

    Args:
        float_path: the float `.tflite`.
        path: where the quantised `.tflite` goes; all its buffers are inside the flatbuffer.
        ranges: smallest and largest real value by tensor name.
        first_last_int16: 16-bit activations in the first and the last layer with weights, and for
            the network's inputs and outputs.
        int16_layers: further layers with weights that take and give 16-bit activations, by the name of
            what they give; see `weighted_layers`. The first and the last one widen the network's
            inputs and outputs too.

    Returns:
        The ranges aimed at: as given, but for 16-bit results whose scale the kernels fix.

    Raises:
        UsageError: a layer is unknown; it is named.
        ConversionFailed: the quantiser refused the network.
        UnsupportedOperator: an operator has no 8-bit form; it is named.
    """
    model = TfliteModel.read(float_path)
    known = weighted_layers(model)
    ends = (known[0], known[-1]) if first_last_int16 and known else ()
    for name in int16_layers:
        if name not in known:
            raise UsageError(
                f"The recipe gives 16 bits to a layer {name}, but there is none with weights.",
                hint=f"Layers with weights: {', '.join(known)}.",
            )
    calibration = {
        model.name(t): {
            "min": np.full((1,) * len(model.shape(t)), ranges[model.name(t)][0], np.float32),
            "max": np.full((1,) * len(model.shape(t)), ranges[model.name(t)][1], np.float32),
        }
        for t in model.activations()
    }
    try:
        with captured_messages(), warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # it opens an interpreter for debugging
            warnings.filterwarnings("ignore", "invalid value", RuntimeWarning)  # biases: mended below
            quantizer = Quantizer(float_path.read_bytes())
            _configure(quantizer, model, {*ends, *int16_layers})
            result = quantizer.quantize(
                calibration, enable_progress_report=False, enable_progress_bar=False
            )
    except Exception as error:  # ValueError and RuntimeError of many kinds
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ConversionFailed(
            f"The quantiser refused the network: {reason[:300]}.", hint="Report the network."
        ) from error
    quantised = TfliteModel(bytes(result.quantized_model))
    absorb_float_islands(quantised, ranges)
    fit_large_biases(quantised, model)
    path.write_bytes(quantised.to_bytes())
    wide = {
        quantised.name(int(operator.outputs[0])): FIXED_INT16_RANGE
        for kind, operator in quantised.operators()
        if kind in FIXED_RANGES and quantised.dtype(int(operator.outputs[0])) == "int16"
    }
    return ranges | wide


def weighted_layers(model: TfliteModel) -> list[str]:
    """Names of what the layers with weights give, in order of execution."""
    return [model.name(int(op.outputs[0])) for kind, op in model.operators() if kind in WEIGHTED]


def _configure(quantizer: Any, model: TfliteModel, wide: set[str]) -> None:
    names = qtyping.TFLOperationName
    quantizer.add_static_config(
        regex=".*", operation_name=names.ALL_SUPPORTED, activation_num_bits=8, weight_num_bits=8
    )
    quantizer.add_static_config(
        regex=".*",
        operation_name=names.FULLY_CONNECTED,
        activation_num_bits=8,
        weight_num_bits=8,
        weight_granularity=qtyping.QuantGranularity.TENSORWISE,
    )
    if not wide:
        return
    weighted = weighted_layers(model)
    for kind, end in (("INPUT", weighted[0]), ("OUTPUT", weighted[-1])):
        if end in wide:
            quantizer.add_static_config(
                regex=".*", operation_name=names[kind], activation_num_bits=16, weight_num_bits=8
            )
    for kind, operator in _wide_operators(model, wide):
        quantizer.add_static_config(
            regex=f"^{re.escape(model.name(int(operator.outputs[0])))};?$",
            operation_name=names(kind),
            activation_num_bits=16,
            weight_num_bits=8,
        )


def _wide_operators(model: TfliteModel, wide: set[str]) -> list[tuple[str, Any]]:
    """The wide layers, what leads to the first one, and what only passes their 16 bits on."""
    first = weighted_layers(model)[0]
    activations = set(model.activations())
    wide_tensors = {int(t) for t in model.graph.inputs} if first in wide else set()
    found: list[tuple[str, Any]] = []
    for kind, operator in model.operators():
        if kind in WEIGHTED:
            is_wide = model.name(int(operator.outputs[0])) in wide
        else:
            read = {int(t) for t in operator.inputs if int(t) in activations}
            is_wide = bool(read) and read <= wide_tensors
        if is_wide:
            if kind not in ABSORBED:  # the quantiser does not know those; they take what they are given
                found.append((kind, operator))
            wide_tensors.update(int(t) for t in operator.outputs)
    return found
