"""One multiplication instead of two roundings: proven per channel from its weights and bias.

TFLite Micro rounds twice (`th_requantize.h`). Where an accumulator's range is known,
its int8 result is a step function with at most 255 steps; `fit_line` looks for integers (M, C, d) with

    saturate8((((acc * 2^scale + d) * M + C * 2^32) >> 32) >> n)

equal to that step function at every accumulator that the weights and biases allow. Both sides never
decrease, so that equal steps prove equal functions. Where no such line exists the kernels use the two
roundings themselves, which SMMULR computes if |accumulator| < 2^30 and the right shift is at least 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Int64Array = NDArray[np.int64]

LARGEST_CORRECTION = 1 << 20  # of an accumulator, by which a line may be moved through the bias
_WORD = 1 << 32


@dataclass(frozen=True)
class Accumulators:
    """What is known of a layer's accumulators before its inputs are.

    Attributes:
        bias: int64 (channels,), the input's zero point folded in, so that acc = bias + sum(x * w).
        least, largest: int64 (channels,), bounds of acc over all int8 inputs.
        multiplier, shift: int64 (channels,), real = multiplier * 2^(shift - 31).
        output_zero_point: in quanta.
        minimum, maximum: clamp of the fused activation, quanta.
        constant: bool (channels,), the saturated result is the same for every input.
        constant_result: int64 (channels,), that result in quanta where `constant`.
    """

    bias: Int64Array
    least: Int64Array
    largest: Int64Array
    multiplier: Int64Array
    shift: Int64Array
    output_zero_point: int
    minimum: int
    maximum: int
    constant: NDArray[np.bool_]
    constant_result: Int64Array

    @property
    def results(self) -> tuple[Int64Array, Int64Array]:
        """Least and largest result in quanta before the clamp, per channel."""
        low = requantize(self.least, self.multiplier, self.shift) + self.output_zero_point
        high = requantize(self.largest, self.multiplier, self.shift) + self.output_zero_point
        return low, high

    @property
    def saturation_is_clamp(self) -> bool:
        """Whether saturation to int8 does all that the clamp can do here."""
        low, high = self.results
        return bool(
            (self.minimum <= -128 or np.all(low >= self.minimum))
            and (self.maximum >= 127 or np.all(high <= self.maximum))
        )

    @property
    def two_roundings_fit(self) -> NDArray[np.bool_]:
        """Channels for which the two-rounding form of the kernels is exact."""
        magnitude = np.maximum(np.abs(self.least), np.abs(self.largest))
        return np.asarray(self.constant | ((magnitude < 1 << 30) & (self.shift <= -1)))


def accumulators(
    weights: NDArray[np.int8],
    bias: NDArray[np.integer],
    multiplier: NDArray[np.integer],
    shift: NDArray[np.integer],
    *,
    input_zero_point: int,
    output_zero_point: int,
    minimum: int,
    maximum: int,
) -> Accumulators:
    """Bounds and folded biases of a layer.

    Args:
        weights: int8 (channels, taps).
        bias: (channels,), units of input scale * weight scale.
        multiplier: (channels,) or (1,), in [2^30, 2^31) or 0.
        shift: (channels,) or (1,).
        input_zero_point: taps outside the image hold it.
        output_zero_point: quanta.
        minimum: of the clamp, quanta.
        maximum: of the clamp, quanta.
    """
    wide = weights.astype(np.int64)
    folded = bias.astype(np.int64) - input_zero_point * wide.sum(axis=1)
    channels = len(wide)
    least = folded + np.minimum(127 * wide, -128 * wide).sum(axis=1)
    largest = folded + np.maximum(127 * wide, -128 * wide).sum(axis=1)
    multipliers = np.broadcast_to(multiplier.astype(np.int64), channels)
    shifts = np.broadcast_to(shift.astype(np.int64), channels)
    low, high = (
        np.clip(requantize(end, multipliers, shifts) + output_zero_point, -128, 127)
        for end in (least, largest)
    )
    return Accumulators(
        bias=folded,
        least=least,
        largest=largest,
        multiplier=multipliers,
        shift=shifts,
        output_zero_point=output_zero_point,
        minimum=minimum,
        maximum=maximum,
        constant=np.asarray(low == high),
        constant_result=np.asarray(low),
    )


def some_channels(bounds: Accumulators, channels: NDArray[np.intp]) -> Accumulators:
    """The same layer with these output channels alone."""
    return replace(
        bounds,
        bias=bounds.bias[channels],
        least=bounds.least[channels],
        largest=bounds.largest[channels],
        multiplier=bounds.multiplier[channels],
        shift=bounds.shift[channels],
        constant=bounds.constant[channels],
        constant_result=bounds.constant_result[channels],
    )


def requantize(
    acc: Int64Array, multiplier: Int64Array | np.int64, shift: Int64Array | np.int64
) -> Int64Array:
    """Two roundings of TFLite Micro without its 32-bit wrap, elementwise on int64; |acc| < 2^31."""
    left, right = np.maximum(shift, 0), np.maximum(-shift, 0)
    high = ((acc << left) * multiplier + (1 << 30)) >> 31
    half = np.where(right > 0, np.int64(1) << np.maximum(right - 1, 0), 0)
    negative = np.where((high < 0) & (right > 0), 1, 0)
    return np.asarray((high + half - negative) >> right)


def steps(bounds: Accumulators) -> Int64Array:
    """Least accumulator whose result is at least q, for q = -127..127: int64 (channels, 255).

    The clamp is not applied; channels with multiplier 0 get meaningless steps.
    """
    q = np.arange(-127, 128, dtype=np.int64)[None, :] - bounds.output_zero_point
    right = np.maximum(-bounds.shift, 0)[:, None]
    half = np.where(right > 0, np.int64(1) << np.maximum(right - 1, 0), 0)
    # ties go away from zero: results above zero start half a step below, the others one count later
    high = (q << right) - half + np.where((q <= 0) & (right > 0), 1, 0)
    multiplier = np.maximum(bounds.multiplier << np.maximum(bounds.shift, 0), 1)[:, None]
    return np.asarray(-((-((high << 31) - (1 << 30))) // multiplier))


@dataclass(frozen=True)
class Lines:
    """Constants of the one-multiplication form, each int64 (channels,).

    Attributes:
        slope: M, int32.
        offset: C, int32.
        correction: d, to be added to the accumulator at its start, in its own scale.
        found: bool (channels,), where the other three are proven.
    """

    slope: Int64Array
    offset: Int64Array
    correction: Int64Array
    found: NDArray[np.bool_]


def fit_line(bounds: Accumulators, line_shift: int, scale_bits: NDArray[np.integer]) -> Lines:
    """Looks for a line for every channel.

    Args:
        bounds: of the layer. Its clamp is left to others, but for saturation to int8.
        line_shift: n, 1..31.
        scale_bits: int (channels,), the kernel's accumulator is acc * 2^scale_bits.
    """
    channels = len(bounds.bias)
    scale = scale_bits.astype(np.int64)
    all_steps = steps(bounds)
    slope, offset = np.zeros(channels, np.int64), np.zeros(channels, np.int64)
    correction, found = np.zeros(channels, np.int64), np.zeros(channels, np.bool_)

    found |= bounds.constant
    offset[found] = bounds.constant_result[found] << line_shift

    # real * 2^(32 + n - scale), the ideal slope
    exponent = bounds.shift + 1 + line_shift - scale
    ideal = np.where(
        exponent >= 0,
        bounds.multiplier << np.clip(exponent, 0, 32),
        _shift_right_rounded(bounds.multiplier, np.clip(-exponent, 1, 62)),
    )
    usable = (exponent <= 1) & (ideal < 1 << 31) & (bounds.multiplier > 0)
    for nudge in (0, 1, -1, 2, -2, 3, -3):
        todo = np.flatnonzero(~found & usable & (ideal + nudge > 0) & (ideal + nudge < 1 << 31))
        if not todo.size:
            break
        m = (ideal + nudge)[todo]
        c, d, ok = _fit_offsets(all_steps[todo], bounds, todo, m, line_shift, scale[todo])
        chosen = todo[ok]
        slope[chosen], offset[chosen], correction[chosen] = m[ok], c[ok], d[ok]
        found[chosen] = True
    return Lines(slope, offset, correction, found)


def _fit_offsets(
    step: Int64Array,
    bounds: Accumulators,
    channels: Int64Array,
    m: Int64Array,
    line_shift: int,
    scale: Int64Array,
) -> tuple[Int64Array, Int64Array, NDArray[np.bool_]]:
    """(C, d, found) for given slopes: every step bounds C * 2^32 + d * M on both sides."""
    least, largest = bounds.least[channels, None], bounds.largest[channels, None]
    per_count = m << scale
    q = np.arange(-127, 128, dtype=np.int64)[None, :] << (32 + line_shift)
    unbounded = np.int64(1) << 62
    lower = np.where(step <= largest, q - np.maximum(step, least) * per_count[:, None], -unbounded)
    upper = np.where(step > least, q - np.minimum(step - 1, largest) * per_count[:, None], unbounded)
    low, high = lower.max(axis=1), upper.min(axis=1)
    offset = np.zeros(len(m), np.int64)
    correction = np.zeros(len(m), np.int64)
    found = np.zeros(len(m), np.bool_)
    for channel in np.flatnonzero(low < high):
        slope = int(m[channel])
        d = _first_multiple_between(slope, int(low[channel]), int(high[channel]) - 1)
        if d is not None and d <= LARGEST_CORRECTION:
            offset[channel] = -((d * slope - int(low[channel])) // _WORD)
            correction[channel] = d
            found[channel] = True
    # SMMLA wraps at 32 bits
    for end in (bounds.least[channels], bounds.largest[channels]):
        accumulator = (end << scale) + correction
        result = offset + ((accumulator * m) >> 32)
        found &= (np.abs(result) < 1 << 31) & (np.abs(offset) < 1 << 31)
        found &= np.abs(accumulator) < 1 << 31
    return offset, correction, found


def _first_multiple_between(factor: int, low: int, high: int) -> int | None:
    """Least d >= 0 for which d * factor lies in low..high modulo 2^32; None if there is none."""
    if high - low + 1 >= _WORD or low % _WORD > high % _WORD:
        return 0
    return _first_in_range(factor % _WORD, _WORD, low % _WORD, high % _WORD)


def _first_in_range(a: int, m: int, low: int, high: int) -> int | None:
    """Least x >= 0 with low <= a * x mod m <= high, by Euclid's descent; all in 0..m-1."""
    if low == 0:
        return 0
    if a == 0:
        return None
    x = -(-low // a)
    if a * x <= high:
        return x
    # no multiple of a lies there; a * x - m * y does for the least y whose m * y mod a is in the mirror
    y = _first_in_range(m % a, a, -high % a, -low % a)
    return None if y is None else -(-(low + m * y) // a)


def _shift_right_rounded(value: Int64Array, bits: Int64Array) -> Int64Array:
    return np.asarray((value + (np.int64(1) << (bits - 1))) >> bits)
