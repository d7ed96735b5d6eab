"""TFLite Micro's quantised arithmetic, computed at generation time so that the chip need not.

Real multipliers become a 31-bit integer and a shift; functions of one int8 value become tables. All of
it is integer arithmetic of a fixed width (gemmlowp's fixed-point types, arXiv 1712.05877 section 2.2),
mirrored here with Python integers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from engine.graph import Operator, Tensor, TensorGraph

INT32_MIN, INT32_MAX = -(1 << 31), (1 << 31) - 1

_RANGES = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-32768, 32767)}


def quantize_multiplier(real: float) -> tuple[int, int]:
    """(multiplier, shift) with real = multiplier * 2^(shift - 31), multiplier in [2^30, 2^31) or 0."""
    if real == 0.0:
        return 0, 0
    mantissa, shift = math.frexp(real)
    multiplier = math.floor(mantissa * (1 << 31) + 0.5)
    if multiplier == 1 << 31:
        multiplier //= 2
        shift += 1
    if shift < -31:
        return 0, 0
    return multiplier, shift


def quantize_multipliers(reals: Iterable[float]) -> tuple[NDArray[np.int32], NDArray[np.int8]]:
    """`quantize_multiplier` of each: int32 multipliers and int8 shifts."""
    pairs = [quantize_multiplier(real) for real in reals]
    return np.array([m for m, _ in pairs], np.int32), np.array([s for _, s in pairs], np.int8)


def high_multiply(a: int, b: int) -> int:
    """round(a * b / 2^31), ties towards plus infinity, as `th_high_multiply`."""
    return (a * b + (1 << 30)) >> 31


def divide_by_power(x: int, exponent: int) -> int:
    """round(x / 2^exponent), ties away from zero, as `th_divide_by_power`."""
    mask = (1 << exponent) - 1
    threshold = (mask >> 1) + (1 if x < 0 else 0)
    return (x >> exponent) + (1 if x & mask > threshold else 0)


def requantize(x: int, multiplier: int, shift: int) -> int:
    """The product x * multiplier * 2^(shift - 31), as `th_requantize`."""
    shifted = wrap32(x << max(shift, 0))
    return divide_by_power(high_multiply(shifted, multiplier), max(-shift, 0))


def wrap32(x: int) -> int:
    """The low 32 bits as a signed number."""
    return (x + (1 << 31)) % (1 << 32) - (1 << 31)


def saturating_shift_left(x: int, exponent: int) -> int:
    """The product x * 2^exponent, clamped to 32 bits."""
    return max(INT32_MIN, min(INT32_MAX, x << exponent))


def quanta_range(dtype: str) -> tuple[int, int]:
    """Smallest and largest quantum of an activation type."""
    return _RANGES[dtype]


def activation_range(graph: TensorGraph, operator: Operator) -> tuple[int, int]:
    """Clamp of the fused activation in quanta of output 0 (TFLite's rounding, float32 division)."""
    output = graph.tensors[operator.outputs[0]]
    low, high = quanta_range(output.dtype)
    activation = operator.options.get("fused_activation_function", "NONE")
    if activation in ("RELU", "RELU6"):
        low = max(low, _quantum(0.0, output))
    if activation == "RELU_N1_TO_1":
        low, high = max(low, _quantum(-1.0, output)), min(high, _quantum(1.0, output))
    if activation == "RELU6":
        high = min(high, _quantum(6.0, output))
    return low, high


def float_activation_range(operator: Operator) -> tuple[float, float]:
    """Clamp of the fused activation of a float operator."""
    largest = float(np.finfo(np.float32).max)
    activation = str(operator.options.get("fused_activation_function", "NONE"))
    return {
        "RELU": (0.0, largest),
        "RELU6": (0.0, 6.0),
        "RELU_N1_TO_1": (-1.0, 1.0),
    }.get(activation, (-largest, largest))


def _quantum(real: float, tensor: Tensor) -> int:
    quantization = tensor.quantization
    assert quantization is not None
    ratio = float(np.float32(real) / np.float32(quantization.scale))
    return quantization.zero_point + round_half_away(ratio)


def round_half_away(x: float) -> int:
    """Nearest integer, ties away from zero (C's `round`)."""
    return math.floor(x + 0.5) if x >= 0 else math.ceil(x - 0.5)


def curve_table(curve: Callable[[float], float], span: float, zero_point: int) -> NDArray[np.int16]:
    """513 samples of a curve, to interpolate over all int16 arguments, as TFLite Micro makes them.

    Args:
        curve: evaluated in double precision, rounded to single.
        span: the argument of the quantum furthest from `zero_point`; its sign is that end's.
        zero_point: the quantum of argument 0, -32768 or 32767.

    Returns:
        int16 values of scale 2 / 65535; each step is shifted by half the error at its middle.
    """
    single = np.float32
    scale = single(abs(span)) / single(65535.0)
    lowest = scale * single(-32768 - zero_point)
    highest = scale * single(32767 - zero_point)
    step = (highest - lowest) / single(512)
    output_scale = single(2.0) / single(65535.0)
    inverse = single(65536.0) / (output_scale * single(32767) - output_scale * single(-32768))

    def sample(x: np.float32) -> np.float32:
        return single(curve(float(x)))

    table = []
    for i in range(512):
        here = single(round_half_away(float(sample(lowest + single(i) * step) * inverse)))
        following = sample(lowest + single(i + 1) * step) * inverse
        middle = round_half_away(float(sample(lowest + single(i) * step + step / single(2)) * inverse))
        interpolated = round_half_away(float((following + here) / single(2)))
        bias = round_half_away((interpolated - middle) / 2)
        table.append(int(here) - bias)
    table.append(round_half_away(float(sample(highest) * inverse)))
    return np.clip(table, -32768, 32767).astype(np.int16)


def exp_on_negative_values(raw: int, integer_bits: int) -> int:
    """exp(raw * 2^(integer_bits - 31)) for raw <= 0 as a Q0.31 number."""
    one_quarter = 1 << (31 - integer_bits - 2)
    masked = (raw & (one_quarter - 1)) - one_quarter
    result = _exp_on_interval(saturating_shift_left(masked, integer_bits))
    remainder = masked - raw
    for exponent, factor in (
        (-2, 1672461947),
        (-1, 1302514674),
        (0, 790015084),
        (1, 290630308),
        (2, 39332535),
        (3, 720401),
        (4, 242),
    ):
        if integer_bits > exponent and remainder & (1 << (31 - integer_bits + exponent)):
            result = high_multiply(result, factor)
    if integer_bits > 5 and raw < -(1 << (36 - integer_bits)):
        result = 0
    return INT32_MAX if raw == 0 else result


def _exp_on_interval(a: int) -> int:
    """exp(a) for a in [-1/4, 0), Q0.31: a Taylor polynomial around -1/8."""
    exp_minus_eighth, third = 1895147668, 715827883
    x = a + (1 << 28)
    x2 = high_multiply(x, x)
    x3 = high_multiply(x2, x)
    x4 = high_multiply(x2, x2)
    x4_over_4 = divide_by_power(x4, 2)
    tail = divide_by_power(high_multiply(x4_over_4 + x3, third) + x2, 1)
    return wrap32(exp_minus_eighth + high_multiply(exp_minus_eighth, x + tail))


def logistic_q0(raw: int, integer_bits: int) -> int:
    """1 / (1 + exp(-x)) of a Q(integer_bits) number, Q0.31."""
    if raw == 0:
        return INT32_MAX // 2 + 1
    positive = _one_over_one_plus(exp_on_negative_values(-abs(raw), integer_bits))
    return positive if raw > 0 else INT32_MAX - positive


def tanh_q0(raw: int, integer_bits: int) -> int:
    """The hyperbolic tangent of a Q(integer_bits) number, Q0.31."""
    if raw == 0:
        return 0
    # tanh(x) = (1 - a) / (1 + a) = 2 / (1 + a) - 1 with a = exp(-2 x); doubling moves the binary point
    reciprocal = _newton_reciprocal(exp_on_negative_values(-abs(raw), integer_bits + 1))
    positive = saturating_shift_left(reciprocal - (1 << 29), 2)
    return positive if raw > 0 else -positive


def _one_over_one_plus(a: int) -> int:
    return saturating_shift_left(_newton_reciprocal(a), 1)


def _newton_reciprocal(a: int) -> int:
    """2 / (1 + a) for a in [0, 1] (Q0.31) as a Q2.29 number: three Newton steps from 48/17 - 32/17 d."""
    half_denominator = (a + INT32_MAX + 1) // 2
    x = 1515870810 + high_multiply(half_denominator, -1010580540)
    for _ in range(3):
        error = (1 << 29) - high_multiply(half_denominator, x)
        x += saturating_shift_left(high_multiply(x, error), 2)
    return wrap32(x)
