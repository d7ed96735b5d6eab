"""How often a tensor took which values, and the range that an integer type should cover of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

METHODS = ("minmax", "percentile", "mse")
PERCENTILE = 99.99
_HALF = 4096  # bins on either side of zero
_SMALLEST_EXPONENT = -100
_CANDIDATES = 100  # ends that the search tries in one pass
_PASSES = 3

Range = tuple[float, float]


class ValueHistogram:
    """Counts of values in 8192 equal bins around zero, which widen by powers of two as values come.

    Bins are merged in pairs, so the counts depend on the values alone and not on their order.

    Attributes:
        low: the smallest value so far, infinity before the first.
        high: the largest value so far.
    """

    def __init__(self) -> None:
        self.low, self.high = float("inf"), float("-inf")
        self._exponent = _SMALLEST_EXPONENT  # the bins cover -2**exponent to 2**exponent
        self._counts = np.zeros(2 * _HALF, np.int64)

    def add(self, values: NDArray[np.float32]) -> None:
        """Count the values of an array of any shape; those that are not finite only show in the ends."""
        if not values.size:
            return
        low, high = float(values.min()), float(values.max())
        self.low, self.high = float(np.minimum(self.low, low)), float(np.maximum(self.high, high))
        if not np.isfinite([low, high]).all():
            return
        largest = max(abs(low), abs(high))
        while largest >= 2.0**self._exponent:
            self._widen(largest)
        scale = np.float32(_HALF / 2.0**self._exponent)
        bins = np.floor(values.ravel() * scale).astype(np.int64) + _HALF
        self._counts += np.bincount(np.clip(bins, 0, 2 * _HALF - 1), minlength=2 * _HALF)

    def _widen(self, largest: float) -> None:
        if not self._counts.any():
            self._exponent = max(_SMALLEST_EXPONENT, int(np.frexp(largest)[1]))
            return
        self._exponent += 1
        merged = self._counts.reshape(-1, 2).sum(axis=1)
        self._counts = np.pad(merged, _HALF // 2)

    def range(self, method: str, *, levels: int = 256) -> Range:
        """The range to cover, before zero is put into it.

        Args:
            method: `minmax` covers all; `percentile` leaves out the outermost 0.01 % at either end;
                `mse` is the range whose quantisation has the least mean square error: values outside are
                clipped, those inside rounded (Sung, Shin and Hwang 2015, arXiv 1511.06488; Nagel et al.
                2021, arXiv 2106.08295, section 3.1). It holds zero.
            levels: numbers of the integer type.

        Returns:
            (low, high), as they are if the values are not finite or all the same.
        """
        if method == "minmax" or not np.isfinite([self.low, self.high]).all() or self.low == self.high:
            return self.low, self.high
        return self._percentile() if method == "percentile" else self._least_error(levels)

    @property
    def _width(self) -> float:
        return float(2.0**self._exponent / _HALF)

    def _percentile(self) -> Range:
        total = np.cumsum(self._counts)
        outside = (100 - PERCENTILE) / 100 * total[-1]
        first = int(np.searchsorted(total, outside, side="right"))
        last = int(np.searchsorted(total, total[-1] - outside, side="left"))
        low, high = (first - _HALF) * self._width, (last + 1 - _HALF) * self._width
        return float(max(low, self.low)), float(min(high, self.high))

    def _least_error(self, levels: int) -> Range:
        used = np.flatnonzero(self._counts)
        values: NDArray[np.float64] = ((used + 0.5 - _HALF) * self._width).astype(np.float64)
        counts = self._counts[used].astype(np.float64)
        low, high = min(self.low, 0.0), max(self.high, 0.0)
        for _ in range(_PASSES):
            before = low, high
            shares = np.linspace(1 / _CANDIDATES, 1.0, _CANDIDATES)
            high = _best(values, counts, [(low, max(self.high, 0.0) * s) for s in shares], levels)[1]
            low = _best(values, counts, [(min(self.low, 0.0) * s, high) for s in shares], levels)[0]
            if (low, high) == before:
                break
        return float(low), float(high)


def usable_range(low: float, high: float) -> Range:
    """The range with zero inside, not empty."""
    low, high = min(low, 0.0), max(high, 0.0)
    return (low, high) if high - low > 1e-6 else (0.0, 1.0)


def _best(
    values: NDArray[np.float64], counts: NDArray[np.float64], ranges: list[Range], levels: int
) -> Range:
    """The range of least error, the widest of equals."""
    errors = [_error(values, counts, low, high, levels) for low, high in ranges]
    return ranges[len(ranges) - 1 - int(np.argmin(errors[::-1]))]


def _error(
    values: NDArray[np.float64], counts: NDArray[np.float64], low: float, high: float, levels: int
) -> float:
    """Sum of the squared errors of quantising to a grid from `low` to `high` that holds zero."""
    scale = (high - low) / (levels - 1)
    if scale <= 0:
        return float("inf")
    zero = round(-low / scale)
    quanta = np.clip(np.rint(values / scale) + zero, 0, levels - 1)
    return float(counts @ np.square((quanta - zero) * scale - values))
