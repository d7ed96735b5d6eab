"""The quantised network in LiteRT's reference kernels and in TFLite Micro, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.micro_reference import MicroReference
from engine.tflite_model import TfliteModel
from engine.verify.comparison import QUANTUM_LIMIT, quanta_error
from engine.verify.litert import open_reference
from engine.verify.quantised_arithmetic import expected_quanta

Quanta = dict[int, NDArray[Any]]
PARAMETER_LIMIT = 0.5
_ROUNDING = 1e-3
_SCALE_TOLERANCE = 4e-5  # 16-bit scales divide by 32767 or by 32768
_WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")


def run_tflite_micro(path: Path, inputs: NDArray[Any]) -> NDArray[Any]:
    """Outputs of TFLite Micro for many inputs of a one-input, one-output network.

    Args:
        path: the `.tflite`.
        inputs: (n, ...) numbers of the input tensor's own type.

    Returns:
        (n, *output shape without batch) numbers of the output tensor's type.
    """
    reference = MicroReference(path)
    return np.concatenate([reference.run(sample)[0] for sample in inputs])


class ReferenceForm:
    """A quantised `.tflite` in LiteRT's reference kernels."""

    title = "TFLite INT8 reference"

    def __init__(self, model: TfliteModel) -> None:
        self.model = model
        self._interpreter = open_reference(model.to_bytes())
        self._activations = model.activations()

    def run(self, inputs: list[NDArray[Any]]) -> Quanta:
        """Every tensor of a whole run; `inputs` in the network's order and the tensors' types."""
        given = dict(zip((int(t) for t in self.model.graph.inputs), inputs, strict=True))
        for tensor, values in given.items():
            self._interpreter.set_tensor(tensor, values.reshape(self.model.shape(tensor)))
        self._interpreter.invoke()
        return {t: self._interpreter.get_tensor(t) for t in self._activations}


class MicroForm:
    """A quantised `.tflite` in TFLite Micro: run whole, or every layer by itself."""

    def __init__(self, model: TfliteModel, *, isolated: bool = True) -> None:
        self.model = model
        self._whole = MicroReference.of_model(model, model.to_bytes(), layers=True)
        self.title = self._whole.engine
        self._activations = model.activations()
        if isolated:
            self._cut = model.cut(self._activations)
            self._isolated = MicroReference.of_model(self._cut.model, self._cut.data)

    def run(self, inputs: list[NDArray[Any]]) -> Quanta:
        """Every tensor of a whole run."""
        self._whole.run(*inputs)
        computed = self._activations[len(self.model.graph.inputs) :]
        given = dict(zip((int(t) for t in self.model.graph.inputs), inputs, strict=True))
        return {**given, **{t: self._whole.tensor(t) for t in computed}}

    def run_isolated(self, quanta: Mapping[int, NDArray[Any]]) -> Quanta:
        """Every operator's result from the other form's operands."""
        results = self._isolated.run(*(quanta[t] for t in self._cut.feeds))
        return dict(zip(self._cut.fetches, results, strict=True))


def arithmetic_errors(model: TfliteModel, quanta: Mapping[int, NDArray[Any]]) -> dict[int, float]:
    """How far each result is from the float64 model of its operator, in quanta, by output tensor."""
    errors: dict[int, float] = {}
    for _, operator in model.operators():
        if any(t not in quanta for t in model.operands(operator)):
            continue  # it reads a variable
        operands = {t: quanta[t] for t in model.operands(operator)}
        expected = expected_quanta(model, operator, operands)
        if expected is not None:
            for tensor, values in zip(map(int, operator.outputs), expected, strict=True):
                errors[tensor] = quanta_error(values, quanta[tensor])
    return errors


def arithmetic_limit(kind: str, dtype: str) -> float:
    """One quantum; the 16-bit softmax interpolates in tables and may be further off."""
    return 4.0 if kind == "SOFTMAX" and dtype == "int16" else QUANTUM_LIMIT


def micro_limit(kind: str) -> float:
    """TFLite Micro equals the reference bit for bit; only these round another way."""
    return QUANTUM_LIMIT if kind in ("FULLY_CONNECTED", "UNIDIRECTIONAL_SEQUENCE_LSTM") else 0.0


def parameter_errors(
    float_model: TfliteModel, model: TfliteModel, ranges: Mapping[str, tuple[float, float]]
) -> dict[int, float]:
    """How far scales, zero points, weights and biases are from what they should be, in quanta.

    Rounding to the nearest quantum costs up to half a quantum; only what is beyond is an error.

    Args:
        float_model: the network before quantisation.
        model: the quantised network.
        ranges: real range that each tensor's quantisation aimed at, by name.

    Returns:
        By output tensor of the operator (or by input tensor of the network), only where above.
    """
    errors: dict[int, float] = {}
    for tensor in model.activations():
        if model.name(tensor) in ranges:
            errors[tensor] = _range_error(model, tensor, ranges[model.name(tensor)])
    before = {float_model.name(int(o.outputs[0])): (k, o) for k, o in float_model.operators()}
    for kind, operator in model.operators():
        result = int(operator.outputs[0])
        original = before.get(model.name(result))
        if kind in _WEIGHTED and original is not None and original[0] == kind:
            for ours, theirs in zip(operator.inputs[1:], original[1].inputs[1:], strict=False):
                if ours >= 0 and theirs >= 0:
                    values = float_model.constant(int(theirs))
                    worst = _constant_error(model, int(ours), values)
                    errors[result] = max(errors.get(result, 0.0), worst)
    return {t: e for t, e in errors.items() if e > PARAMETER_LIMIT + _ROUNDING}


def _range_error(model: TfliteModel, tensor: int, limits: tuple[float, float]) -> float:
    """Distance of the zero point from its exact place, plus what a wrong scale adds at the ends."""
    found = model.quantization(tensor)
    if found is None:
        return float("inf")
    scale, zero_point = float(found[0][0]), int(found[1][0])
    low, high = limits
    if model.dtype(tensor) == "int16":
        wanted, exact, steps = max(-low / 32768, high / 32767), 0.0, 65535
    else:
        wanted, steps = (high - low) / 255, 255
        exact = -128 - low / wanted
    return abs(zero_point - exact) + max(abs(scale / wanted - 1.0) - _SCALE_TOLERANCE, 0.0) * steps


def _constant_error(model: TfliteModel, tensor: int, values: NDArray[np.float32]) -> float:
    found = model.quantization(tensor)
    if found is None or model.elements(tensor) != values.size:
        return float("inf")
    scales, zero_points, axis = found
    shape = [1] * values.ndim
    if scales.size > 1:
        shape[axis] = -1
    wanted = values.astype(np.float64) / scales.reshape(shape) + zero_points.reshape(shape)
    difference = np.abs(model.constant(tensor).reshape(values.shape) - wanted)
    tolerance = 1e-6 * np.abs(wanted)  # biases have more digits than a float32
    return float(np.maximum(difference - tolerance, 0.0).max(initial=0.0))
