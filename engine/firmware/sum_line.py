"""Constants of `th_sum_dsp.h`: an int8 sum of two tensors as one line, compared for all pairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.firmware.requantization import Int64Array, requantize

_SHIFTS = (22, 21, 20, 23, 18, 16)  # the functions of th_sum_dsp.h, those that fit most often first
_NUDGES = (0, 1, -1, 2, -2, 3, -3, 4, -4)
_INPUT_SHIFT = 20  # both inputs of an int8 sum are shifted left by it


@dataclass(frozen=True)
class SumLine:
    """saturate8((x * a + y * b + c) >> shift), equal to TFLite Micro's sum for all int8 x and y."""

    a: int
    b: int
    c: int
    shift: int


def sum_table(parameters: Mapping[str, int | float], *, sign: int) -> Int64Array:
    """Results before the clamp for all int8 pairs: int64 (256, 256), first input along axis 0.

    Args:
        parameters: members of `th_sum_quantization`.
        sign: 1 for a sum, -1 for a difference.
    """

    def scaled(name: str) -> Int64Array:
        x = np.arange(-128, 128, dtype=np.int64) - int(parameters[f"{name}_zero_point"])
        multiplier, shift = parameters[f"{name}_multiplier"], parameters[f"{name}_shift"]
        return requantize(x << _INPUT_SHIFT, np.int64(multiplier), np.int64(shift))

    total = scaled("a")[:, None] + sign * scaled("b")[None, :]
    multiplier, shift = parameters["output_multiplier"], parameters["output_shift"]
    result = requantize(total, np.int64(multiplier), np.int64(shift))
    return result + int(parameters["output_zero_point"])


def find_sum_line(table: Int64Array, a_ratio: float, b_ratio: float) -> SumLine | None:
    """A line through `table` (see `sum_table`), or None if none was found.

    Args:
        table: int64 (256, 256), quanta before saturation.
        a_ratio: scale of the first input over the output's.
        b_ratio: scale of the second input over the output's, negative for a difference.
    """
    x = np.arange(-128, 128, dtype=np.int64)
    saturated = np.clip(table, -128, 127)
    unbounded = np.int64(1) << 60
    for shift in _SHIFTS:
        lower = np.where(saturated > -128, saturated << shift, -unbounded)
        upper = np.where(saturated < 127, (saturated + 1) << shift, unbounded)
        for a_nudge in _NUDGES:
            a = round(a_ratio * (1 << shift)) + a_nudge
            for b_nudge in _NUDGES:
                b = round(b_ratio * (1 << shift)) + b_nudge
                value = x[:, None] * a + x[None, :] * b
                low, high = int((lower - value).max()), int((upper - value).min())
                c = (low + high) // 2
                if low <= c < high and abs(c) + int(np.abs(value).max()) < 1 << 31:
                    return SumLine(a, b, c, shift)
    return None
