"""Operators that the quantiser leaves in float between DEQUANTIZE and QUANTIZE, made 8-bit after all.

TFLite and TFLite Micro have 8-bit kernels for them; only the quantiser does not know these.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from engine.errors import UnsupportedOperator
from engine.tflite_model import TfliteModel

ABSORBED = frozenset({"LEAKY_RELU", "PRELU", "SQUEEZE", "EXPAND_DIMS"})
_TYPES = {"int8": schema.TensorType.INT8, "int16": schema.TensorType.INT16}


def absorb_float_islands(model: TfliteModel, ranges: dict[str, tuple[float, float]]) -> None:
    """Let such operators work on quanta, and drop the conversions around them.

    Args:
        model: changed in place.
        ranges: real range by tensor name; the scales come from it.

    Raises:
        UnsupportedOperator: an operator of another kind is still in float; it is named.
    """
    quantised_form: dict[int, int] = {}  # float tensor -> the tensor with its quanta
    kept: list[Any] = []
    for operator in model.graph.operators:
        kind = model.kind(operator)
        source, result = int(operator.inputs[0]), int(operator.outputs[0])
        if kind == "DEQUANTIZE":
            quantised_form[result] = source
            continue
        if kind == "QUANTIZE" and quantised_form.get(source) == source:
            if model.dtype(source) != model.dtype(result):  # from 16 to 8 bits: still needed
                kept.append(operator)
                continue
            # The very scale that the neighbours share, which a computation might miss by a bit.
            model.graph.tensors[source].quantization = model.graph.tensors[result].quantization
            _redirect(model, result, source)
            continue
        floats = [t for t in model.operands(operator) if model.dtype(t) == "float32"]
        if floats and kind in ABSORBED and all(t in quantised_form for t in floats):
            operator.inputs = np.array(
                [quantised_form.get(int(t), int(t)) for t in operator.inputs], np.int32
            )
            dtype = model.dtype(int(operator.inputs[0]))
            _quantise_activation(model, result, ranges[model.name(result)], dtype)
            for constant in map(int, operator.inputs[1:]):
                if model.dtype(constant) == "float32":
                    _quantise_constant(model, constant)
            quantised_form[result] = result
        elif floats:
            raise UnsupportedOperator(
                f"{kind} in layer {model.name(result)} has no 8-bit form.",
                hint="Replace it in the network, for example by a ReLU.",
                operator=kind,
                layer=model.name(result),
            )
        kept.append(operator)
    model.graph.operators = kept
    model.drop_unused_tensors()


def _redirect(model: TfliteModel, old: int, new: int) -> None:
    """Everything that read `old` reads `new`."""
    for operator in model.graph.operators:
        operator.inputs = np.array([new if int(t) == old else int(t) for t in operator.inputs], np.int32)
    model.graph.outputs = np.array(
        [new if int(t) == old else int(t) for t in model.graph.outputs], np.int32
    )
    for signature in model.model.signatureDefs or []:
        for entry in signature.outputs:
            if int(entry.tensorIndex) == old:
                entry.tensorIndex = new


def _quantise_activation(
    model: TfliteModel, tensor: int, limits: tuple[float, float], dtype: str
) -> None:
    low, high = limits
    if dtype == "int16":
        scale, zero_point = max(-low, high) / 32767, 0
    else:
        scale = (high - low) / 255
        zero_point = int(np.clip(round(-128 - low / scale), -128, 127))
    _set_type(model, tensor, dtype, scale, zero_point)


def _quantise_constant(model: TfliteModel, tensor: int) -> None:
    """Slopes: 8 bits, symmetric."""
    values: NDArray[np.float32] = model.constant(tensor)
    scale = max(float(np.abs(values).max()), 1e-6) / 127
    model.set_constant(tensor, np.clip(np.rint(values / scale), -127, 127).astype(np.int8))
    _set_type(model, tensor, "int8", scale, 0)


def _set_type(model: TfliteModel, tensor: int, dtype: str, scale: float, zero_point: int) -> None:
    found = model.graph.tensors[tensor]
    found.type = _TYPES[dtype]
    found.quantization = schema.QuantizationParametersT()
    found.quantization.scale = np.array([scale], np.float32)
    found.quantization.zeroPoint = np.array([zero_point], np.int64)
