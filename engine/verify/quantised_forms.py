"""The quantised network in LiteRT's reference kernels and in TFLite Micro, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.micro_reference import MicroReference
from engine.tflite_model import TfliteModel
from engine.verify.comparison import BEYOND, QUANTUM_LIMIT
from engine.verify.diagnosis import NO_PATTERN, Evidence, likely_cause
from engine.verify.litert import open_reference
from engine.verify.quantised_arithmetic import expected_quanta

Quanta = dict[int, NDArray[Any]]
PARAMETER_LIMIT = 0.5
_ROUNDING = 1e-3
_SCALE_TOLERANCE = 4e-5  # 16-bit scales divide by 32767 or by 32768
_PADDED = ("PAD", "PADV2", "MIRROR_PAD")
_PLACES = (
    "padding",
    "strideH",
    "strideW",
    "dilationHFactor",
    "dilationWFactor",
    "filterHeight",
    "filterWidth",
)
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

    def __init__(self, model: TfliteModel, *, isolated: bool = False) -> None:
        self.model = model
        self._interpreter = open_reference(model.to_bytes())
        self._activations = model.activations()
        if isolated:
            self._cut = model.cut(self._activations)
            self._isolated = open_reference(self._cut.data)

    def run(self, inputs: list[NDArray[Any]]) -> Quanta:
        """Every tensor of a whole run; `inputs` in the network's order and the tensors' types."""
        given = dict(zip((int(t) for t in self.model.graph.inputs), inputs, strict=True))
        for tensor, values in given.items():
            self._interpreter.set_tensor(tensor, values.reshape(self.model.shape(tensor)))
        self._interpreter.invoke()
        return {t: self._interpreter.get_tensor(t) for t in self._activations}

    def run_isolated(self, quanta: Mapping[int, NDArray[Any]]) -> Quanta:
        """Every operator's result from the other form's operands."""
        for entry, tensor in zip(self._isolated.get_input_details(), self._cut.feeds, strict=True):
            self._isolated.set_tensor(entry["index"], quanta[tensor].reshape(entry["shape"]))
        self._isolated.invoke()
        details = self._isolated.get_output_details()
        return {
            tensor: self._isolated.get_tensor(entry["index"])
            for tensor, entry in zip(self._cut.fetches, details, strict=True)
        }


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


def arithmetic_results(
    model: TfliteModel, quanta: Mapping[int, NDArray[Any]]
) -> dict[int, NDArray[np.int64]]:
    """What the float64 model of each operator gives from its operands, in quanta, by output tensor."""
    results: dict[int, NDArray[np.int64]] = {}
    for _, operator in model.operators():
        if any(t not in quanta for t in model.operands(operator)):
            continue  # it reads a variable
        operands = {t: quanta[t] for t in model.operands(operator)}
        expected = expected_quanta(model, operator, operands)
        if expected is not None:
            for tensor, values in zip(map(int, operator.outputs), expected, strict=True):
                results[tensor] = values.reshape(quanta[tensor].shape)
    return results


def arithmetic_limit(kind: str, dtype: str) -> float:
    """One quantum; the 16-bit softmax interpolates in tables and may be further off."""
    return 4.0 if kind == "SOFTMAX" and dtype == "int16" else QUANTUM_LIMIT


def micro_limit(kind: str) -> float:
    """TFLite Micro equals the reference bit for bit; only these round another way."""
    return QUANTUM_LIMIT if kind in ("FULLY_CONNECTED", "UNIDIRECTIONAL_SEQUENCE_LSTM") else 0.0


@dataclass(frozen=True)
class ParameterError:
    """What is wrong with a layer's constants: how far, in quanta, and a sentence."""

    quanta: float
    cause: str


def parameter_errors(
    float_model: TfliteModel, model: TfliteModel, ranges: Mapping[str, tuple[float, float]]
) -> dict[int, ParameterError]:
    """How far scales, zero points, weights and biases are from what they should be.

    Rounding to the nearest quantum costs up to half a quantum; only what is beyond is an error.

    Args:
        float_model: the network before quantisation.
        model: the quantised network.
        ranges: real range that each tensor's quantisation aimed at, by name.

    Returns:
        By output tensor of the operator (or by input tensor of the network), only where above.
    """
    errors: dict[int, ParameterError] = {}

    def keep(tensor: int, found: ParameterError) -> None:
        worst = errors.get(tensor)
        if found.quanta > PARAMETER_LIMIT + _ROUNDING and (not worst or found.quanta > worst.quanta):
            errors[tensor] = found

    for tensor in model.activations():
        if model.name(tensor) in ranges:
            keep(tensor, _range_error(model, tensor, ranges[model.name(tensor)]))
    before = {float_model.name(int(o.outputs[0])): (k, o) for k, o in float_model.operators()}
    for kind, operator in model.operators():
        result = int(operator.outputs[0])
        original = before.get(model.name(result))
        if original is not None and original[0] == kind:
            keep(result, _plan_error(float_model, original[1], model, operator))
        if kind in _WEIGHTED and original is not None and original[0] == kind:
            operands = zip(operator.inputs[1:], original[1].inputs[1:], strict=False)
            for what, (ours, theirs) in zip(("weights", "biases"), operands, strict=False):
                if ours >= 0 and theirs >= 0:
                    values = float_model.constant(int(theirs))
                    keep(result, _constant_error(model, int(ours), values, what))
    return errors


def _plan_error(before: TfliteModel, original: Any, model: TfliteModel, operator: Any) -> ParameterError:
    """Whether whole numbers that say where an operator looks are others: widths of padding, strides."""
    for ours, theirs in zip(operator.inputs, original.inputs, strict=False):
        if ours < 0 or theirs < 0 or not model.is_constant(int(ours)):
            continue
        if model.quantization(int(ours)) is not None or not before.is_constant(int(theirs)):
            continue
        now, wanted = model.constant(int(ours)), before.constant(int(theirs))
        if wanted.dtype.kind == "i" and not np.array_equal(now, wanted):
            what = "Padding" if model.kind(operator) in _PADDED else "Layout"
            return ParameterError(
                BEYOND, f"{what}: it has {_numbers(now)} and should have {_numbers(wanted)}."
            )
    for name, wanted in sorted(vars(original.builtinOptions or object).items()):
        now = getattr(operator.builtinOptions, name, wanted)
        if isinstance(wanted, int) and name in _PLACES and now != wanted:
            what = "Padding" if name == "padding" else "Window"
            return ParameterError(BEYOND, f"{what}: {name} is {now} and should be {wanted}.")
    return ParameterError(0.0, "")


def _numbers(values: NDArray[Any]) -> str:
    return str(values.tolist()) if values.size <= 16 else f"{values.size} other numbers"


def _range_error(model: TfliteModel, tensor: int, limits: tuple[float, float]) -> ParameterError:
    """Distance of the zero point from its exact place, plus what a wrong scale adds at the ends."""
    found = model.quantization(tensor)
    if found is None:
        return ParameterError(BEYOND, "Its results are not quantised.")
    scale, zero_point = float(found[0][0]), int(found[1][0])
    low, high = limits
    if model.dtype(tensor) == "int16":
        wanted, exact, steps = max(-low / 32768, high / 32767), 0.0, 65535
    else:
        wanted, steps = (high - low) / 255, 255
        exact = -128 - low / wanted
    off = abs(zero_point - exact)
    stretched = max(abs(scale / wanted - 1.0) - _SCALE_TOLERANCE, 0.0) * steps
    if off > stretched:
        cause = f"Zero point: it is {zero_point} and should be {exact:.0f}."
    elif scale < wanted:
        cause = f"Range clipped: the scale covers {100 * scale / wanted:.1f} % of the values' range."
    else:
        cause = f"Scale: its range is {scale / wanted:.3g} times as wide as the values."
    return ParameterError(off + stretched, cause)


def _constant_error(
    model: TfliteModel, tensor: int, values: NDArray[np.float32], what: str
) -> ParameterError:
    found = model.quantization(tensor)
    if found is None or model.elements(tensor) != values.size:
        return ParameterError(BEYOND, f"Layout: its {what} have another shape, or are not quantised.")
    scales, zero_points, axis = found
    shape = [1] * values.ndim
    if scales.size > 1:
        shape[axis] = -1
    wanted = values.astype(np.float64) / scales.reshape(shape) + zero_points.reshape(shape)
    stored = model.constant(tensor).reshape(values.shape)
    difference = np.abs(stored - wanted)
    tolerance = 1e-6 * np.abs(wanted)  # biases have more digits than a float32
    worst = float(np.maximum(difference - tolerance, 0.0).max(initial=0.0))
    if worst <= PARAMETER_LIMIT + _ROUNDING:
        return ParameterError(worst, "")
    real = values.astype(np.float64)
    came = (stored - zero_points.reshape(shape)) * scales.reshape(shape)
    step = float(scales.max())
    pattern = likely_cause(Evidence(real, came, step, quanta=False, channel_axis=axis))
    if pattern in ("", NO_PATTERN) and scales.size > 1:  # each channel of quanta by its own scale
        pattern = _swapped_quanta(stored, wanted, axis)
    return ParameterError(worst, f"Its {what} are others. {pattern}".rstrip())


def _swapped_quanta(stored: NDArray[Any], wanted: NDArray[np.float64], axis: int) -> str:
    return likely_cause(
        Evidence(np.round(wanted), stored, QUANTUM_LIMIT, quanta=True, channel_axis=axis)
    )
