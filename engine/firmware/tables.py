"""Operators on single values: a table of 256 results for 8-bit types, plain kernels for the others."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.firmware import fixed_point as fx
from engine.firmware.refusal import (
    operand,
    require,
    require_quantized,
    require_types,
    result,
    run_time,
)
from engine.graph import Operator, Quantization, Tensor, TensorGraph
from engine.plan import Constant, KernelCall, KernelChoice

_BYTES = ("int8", "uint8")

# Where TFLite Micro's table of the logistic function at i / 24 exceeds the rounded value by one.
_LOGISTIC_ROUNDED_UP = (
    4, 8, 12, 14, 15, 16, 17, 19, 20, 21, 22, 25, 27, 28, 29, 30, 31, 33, 34, 35, 37, 39, 40, 41, 43, 44,
    45, 46, 49, 50, 54, 62, 63, 64, 66, 82, 86, 93, 100, 103, 112, 116, 135, 255,
)  # fmt: skip


def logistic(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """LOGISTIC: int8, int16, float."""
    source, output = _unary(graph, operator)
    if source.dtype == "int16":
        return _curve_int16(graph, operator, "logistic")
    if source.dtype == "float32":
        return _float(graph, operator, "logistic")
    return _lookup(graph, operator, _saturating_curve(source, output, fx.logistic_q0, 23, -128))


def tanh(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """TANH: int8, int16, float."""
    source, output = _unary(graph, operator)
    if source.dtype == "int16":
        return _curve_int16(graph, operator, "tanh")
    if source.dtype == "float32":
        return _float(graph, operator, "tanh")
    return _lookup(graph, operator, _saturating_curve(source, output, fx.tanh_q0, 24, 0))


def relu(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """RELU: int8, float."""
    source, output = _unary(graph, operator)
    if source.dtype == "float32":
        return _float(graph, operator, "relu")
    qi, qo = _pair(source, output)
    multiplier, shift = fx.quantize_multiplier(_single_ratio(qi, qo))

    def value(x: int) -> int:
        y = qo.zero_point + fx.requantize(x - qi.zero_point, multiplier, shift)
        return max(y, qo.zero_point)

    return _lookup(graph, operator, value)


def relu6(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """RELU6: int8, float; quanta pass through unscaled, as TFLite Micro does."""
    source, output = _unary(graph, operator)
    if source.dtype == "float32":
        return _float(graph, operator, "relu6")
    qi, _ = _pair(source, output)
    six = max(
        -128, min(127, qi.zero_point + fx.round_half_away(float(np.float32(6) / np.float32(qi.scale))))
    )
    return _lookup(graph, operator, lambda x: max(qi.zero_point, min(six, x)))


def leaky_relu(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """LEAKY_RELU: int8, int16, float."""
    source, output = _unary(graph, operator)
    alpha = operator.options.get("alpha", 0.0)
    require(isinstance(alpha, (int, float)), "its slope is not a number")
    assert isinstance(alpha, (int, float))
    if source.dtype == "float32":
        return _float(graph, operator, "leaky_relu", {"alpha": float(np.float32(alpha))})
    qi, qo = _pair(source, output)
    slope = np.float32(qi.scale) * np.float32(alpha) / np.float32(qo.scale)
    negative, negative_shift = fx.quantize_multiplier(abs(float(slope)))
    positive, positive_shift = fx.quantize_multiplier(_single_ratio(qi, qo))
    if source.dtype == "int16":
        require(qi.zero_point == qo.zero_point == 0, "a zero point other than 0")
        call = KernelCall(
            function="th_leaky_relu_int16",
            header="th_leaky_relu.h",
            inputs=(source.index,),
            outputs=(output.index,),
            shape_type="th_count_shape",
            shape={"count": output.elements},
            parameters_type="th_leaky_relu_multipliers",
            parameters={
                "positive": positive,
                "positive_shift": positive_shift,
                "negative": negative,
                "negative_shift": negative_shift,
                "sign": 1 if slope >= 0 else -1,
            },
        )
        kernel = "leaky_relu_int16"
        return KernelChoice(operator=operator.index, kernel=kernel, calls=(call,), in_place_input=0)

    def value(x: int) -> int:
        centred = x - qi.zero_point
        if centred >= 0:
            return qo.zero_point + fx.requantize(centred, positive, positive_shift)
        scaled = fx.requantize(centred, negative, negative_shift)
        return qo.zero_point + (scaled if slope >= 0 else -scaled)

    return _lookup(graph, operator, value)


def hard_swish(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """HARD_SWISH: int8, float."""
    source, output = _unary(graph, operator)
    if source.dtype == "float32":
        return _float(graph, operator, "hard_swish")
    qi, qo = _pair(source, output)
    fine_scale = np.float32(1 / 128) * np.float32(qi.scale)
    output_multiplier, output_shift = _multiplier_16(float(fine_scale / np.float32(qo.scale)))
    relu_multiplier, relu_shift = _multiplier_16(float(fine_scale / np.float32(3 / 32768)))
    require(output_shift <= 0, "its output scale is too small for its input's")

    def value(x: int) -> int:
        fine = (x - qi.zero_point) << 7
        unshifted = _high_multiply_16(fine, output_multiplier)
        gate = fine
        if relu_shift > 0:
            gate = _clamp_16(gate << (relu_shift - 1))
        gate = _high_multiply_16(gate, relu_multiplier)
        if relu_shift > 0:
            gate = _clamp_16(gate << 1)
        if relu_shift < 0:
            gate = fx.divide_by_power(gate, -relu_shift)
        gate = (gate + (1 << 15)) >> 1
        product = gate * unshifted
        truncated = product >> 15 if product >= 0 else -(-product >> 15)
        return qo.zero_point + fx.divide_by_power(truncated, -output_shift)

    return _lookup(graph, operator, value)


def quantize(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """QUANTIZE: float to int8/uint8/int16, and between int8, uint8, int16 and int32."""
    source, output = run_time(operand(graph, operator, 0), "input"), result(graph, operator)
    require(source.elements == output.elements, "its output does not have as many elements as its input")
    require_quantized(output)
    assert output.quantization is not None
    count = {"count": source.elements}
    if source.dtype == "float32":
        require(output.dtype in ("int8", "uint8", "int16"), f"{output.dtype.upper()} output")
        return _simple(
            operator,
            f"quantize_{output.dtype}",
            "th_quantize.h",
            source,
            output,
            count,
            ("th_affine", _affine(output.quantization)),
            in_place=True,
        )
    require_quantized(source)
    assert source.quantization is not None
    qi, qo = source.quantization, output.quantization
    multiplier, shift = fx.quantize_multiplier(qi.scale / qo.scale)
    require(shift <= 30, "its output scale is too small for its input's")
    if source.dtype in _BYTES and output.dtype in _BYTES:
        return _lookup(
            graph,
            operator,
            lambda x: qo.zero_point + fx.requantize(x - qi.zero_point, multiplier, shift),
        )
    pairs = {
        ("int8", "int16"), ("int8", "int32"), ("int16", "int8"), ("int16", "int16"),
        ("int16", "int32"), ("int32", "int8"), ("int32", "int16"),
    }  # fmt: skip
    require((source.dtype, output.dtype) in pairs, f"{source.dtype.upper()} to {output.dtype.upper()}")
    parameters: dict[str, int | float] = {
        "input_zero_point": qi.zero_point,
        "output_zero_point": qo.zero_point,
        "multiplier": multiplier,
        "shift": shift,
    }
    return _simple(
        operator,
        f"rescale_{source.dtype}_{output.dtype}",
        "th_quantize.h",
        source,
        output,
        count,
        ("th_rescale", parameters),
        in_place=output.size_bytes <= source.size_bytes,
    )


def dequantize(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """DEQUANTIZE: int8, uint8 or int16 to float."""
    source, output = run_time(operand(graph, operator, 0), "input"), result(graph, operator)
    require(source.elements == output.elements, "its output does not have as many elements as its input")
    require(source.dtype in ("int8", "uint8", "int16"), f"{source.dtype.upper()} input")
    require_types(output, dtype="float32")
    require_quantized(source)
    assert source.quantization is not None
    return _simple(
        operator,
        f"dequantize_{source.dtype}",
        "th_quantize.h",
        source,
        output,
        {"count": source.elements},
        ("th_affine", _affine(source.quantization)),
    )


def logistic_table() -> NDArray[np.uint16]:
    """65536 / (1 + exp(-i / 24)) for i = 0..255, rounded as TFLite Micro's own table is."""
    exact = [min(65535, fx.round_half_away(65536 / (1 + math.exp(-i / 24)))) for i in range(256)]
    table = np.array(exact, np.uint16)
    table[list(_LOGISTIC_ROUNDED_UP)] += 1
    return table


def _curve_int16(graph: TensorGraph, operator: Operator, name: str) -> KernelChoice:
    source, output = _unary(graph, operator)
    qi, qo = _pair(source, output)
    require(qi.zero_point == 0 and qo.zero_point == 0, "a zero point other than 0 for INT16")
    require(qo.scale == 1 / 32768, "an output scale other than 1/32768 for INT16")
    multiplier, shift = curve_multiplier(qi.scale, largest_exact_shift=0 if name == "logistic" else 1)
    return _simple(
        operator,
        f"{name}_int16",
        "th_curve.h",
        source,
        output,
        {"count": source.elements},
        ("th_curve_scale", {"multiplier": multiplier, "shift": shift}),
        in_place=True,
        constants={"table": Constant(values=logistic_table())},
    )


def curve_multiplier(scale: float, *, largest_exact_shift: int) -> tuple[int, int]:
    """(multiplier, right shift) that bring an int16 input to units of 1 / (3 * 4096)."""
    mantissa, exponent = math.frexp(scale)
    shift = 12 + exponent - 1
    if mantissa == 0.5 and 0 <= shift <= largest_exact_shift:
        return 3 << shift, 0
    multiplier, right = scale * 4096.0 * 3.0, 0
    while multiplier <= 32767.0 / 2.0 and right <= 30:
        right += 1
        multiplier *= 2.0
    require(multiplier <= 32767, "its input scale is too large")
    return int(multiplier), right


def _saturating_curve(
    source: Tensor, output: Tensor, curve: Callable[[int, int], int], drop_bits: int, zero_point: int
) -> Callable[[int], int]:
    """A curve evaluated in Q4.27 and rounded to 8 bits, saturated outside [-16, 16)."""
    qi, qo = _pair(source, output)
    require(qo.zero_point == zero_point, f"an output zero point of {qo.zero_point}, not {zero_point}")
    multiplier, shift = fx.quantize_multiplier(qi.scale * (1 << 27))
    require(0 <= shift <= 30, "its input scale is too small or too large")
    radius = math.floor(15 * (1 << 27) / (1 << shift))

    def value(x: int) -> int:
        centred = x - qi.zero_point
        if centred <= -radius:
            return -128
        if centred >= radius:
            return 127
        exact = curve(fx.requantize(centred, multiplier, shift), 4)
        return fx.divide_by_power(exact, drop_bits) + zero_point

    return value


def _lookup(graph: TensorGraph, operator: Operator, value: Callable[[int], int]) -> KernelChoice:
    """A table over the input's bit patterns; values outside the output's type saturate."""
    source, output = operand(graph, operator, 0), result(graph, operator)
    require(
        source.dtype in _BYTES and output.dtype in _BYTES,
        f"{source.dtype.upper()} to {output.dtype.upper()}",
    )
    low, high = fx.quanta_range(output.dtype)
    patterns = range(256)
    inputs = [p - 256 if source.dtype == "int8" and p > 127 else p for p in patterns]
    table = [max(low, min(high, value(x))) & 0xFF for x in inputs]
    return _simple(
        operator,
        "lookup",
        "th_lookup.h",
        source,
        output,
        {"count": source.elements},
        None,
        in_place=True,
        constants={"table": Constant(values=np.array(table, np.uint8))},
    )


def _float(
    graph: TensorGraph,
    operator: Operator,
    name: str,
    parameters: dict[str, int | float] | None = None,
) -> KernelChoice:
    source, output = _unary(graph, operator)
    return _simple(
        operator,
        f"{name}_float",
        "th_curve_float.h",
        source,
        output,
        {"count": source.elements},
        ("th_slope", parameters) if parameters else None,
        in_place=True,
    )


def _simple(
    operator: Operator,
    name: str,
    header: str,
    source: Tensor,
    output: Tensor,
    shape: dict[str, int],
    parameters: tuple[str, dict[str, int | float]] | None,
    *,
    in_place: bool = False,
    constants: dict[str, Constant] | None = None,
) -> KernelChoice:
    call = KernelCall(
        function=f"th_{name}",
        header=header,
        inputs=(source.index,),
        outputs=(output.index,),
        shape_type="th_count_shape",
        shape=shape,
        parameters_type=parameters[0] if parameters else "",
        parameters=parameters[1] if parameters else {},
        constants=constants or {},
    )
    return KernelChoice(
        operator=operator.index, kernel=name, calls=(call,), in_place_input=0 if in_place else None
    )


def _unary(graph: TensorGraph, operator: Operator) -> tuple[Tensor, Tensor]:
    source, output = run_time(operand(graph, operator, 0), "input"), result(graph, operator)
    require(source.elements == output.elements, "its output does not have as many elements as its input")
    require(source.dtype == output.dtype, "its input and output types differ")
    require(source.dtype in ("int8", "int16", "float32"), f"{source.dtype.upper()} values")
    return source, output


def _pair(source: Tensor, output: Tensor) -> tuple[Quantization, Quantization]:
    require_quantized(source, output)
    assert source.quantization is not None
    assert output.quantization is not None
    return source.quantization, output.quantization


def _single_ratio(source: Quantization, output: Quantization) -> float:
    return float(np.float32(source.scale) / np.float32(output.scale))


def _affine(quantization: Quantization) -> dict[str, int | float]:
    return {"scale": quantization.scale, "zero_point": quantization.zero_point}


def _multiplier_16(real: float) -> tuple[int, int]:
    """A multiplier rounded to 16 bits, and its shift."""
    multiplier, shift = fx.quantize_multiplier(real)
    if multiplier >= fx.INT32_MAX - (1 << 15):
        return 32767, shift
    return (multiplier + (1 << 15)) >> 16, shift


def _high_multiply_16(a: int, b: int) -> int:
    """round(a * b / 2^15), ties towards plus infinity, saturated."""
    return _clamp_16((a * b + (1 << 14)) >> 15)


def _clamp_16(x: int) -> int:
    return max(-32768, min(32767, x))
