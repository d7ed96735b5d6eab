"""Histograms of values: same as numpy's counts, independent of order; ranges against direct searches."""

from __future__ import annotations

import numpy as np
import pytest

from engine.value_histogram import METHODS, ValueHistogram, usable_range


def counted(*parts: np.ndarray) -> ValueHistogram:
    histogram = ValueHistogram()
    for part in parts:
        histogram.add(part.astype(np.float32))
    return histogram


def rounding_error(values: np.ndarray, low: float, high: float) -> float:
    """Mean square error of 8-bit quantisation, straight from its definition."""
    scale = (high - low) / 255
    zero_point = np.clip(np.round(-128 - low / scale), -128, 127)
    quanta = np.clip(np.round(values / scale) + zero_point, -128, 127)
    return float(np.square((quanta - zero_point) * scale - values).mean())


def with_outliers(seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return np.concatenate([generator.normal(size=100_000), [30.0, -18.0]])


def test_order_and_portions_do_not_matter() -> None:
    values = with_outliers()
    backwards = counted(*np.array_split(values[::-1], 7))
    for method in METHODS:
        low, high = counted(values).range(method)
        assert (low, high) == backwards.range(method)
        assert type(low) is type(high) is float  # they go into files


def test_minmax_is_exact() -> None:
    values = with_outliers()
    assert counted(values).range("minmax") == (-18.0, 30.0)


def test_percentiles_are_those_of_all_values() -> None:
    values = np.random.default_rng(1).normal(3, 2, 200_000)
    low, high = counted(values).range("percentile")
    assert [low, high] == pytest.approx(np.percentile(values, [0.01, 99.99]), abs=0.02)


@pytest.mark.parametrize("shift", [-2.0, 0.0, 5.0])
def test_mse_has_the_least_error_of_all_ranges(shift: float) -> None:
    values = with_outliers() + shift
    low, high = counted(values).range("mse")
    least = min(
        rounding_error(values, a, b)
        for a in np.linspace(min(values.min(), 0), 0, 25)
        for b in np.linspace(0, max(values.max(), 0), 25)
        if b > a
    )
    assert rounding_error(values, low, high) <= 1.02 * least
    assert rounding_error(values, low, high) < rounding_error(values, values.min(), values.max())


def test_mse_leaves_even_values_alone() -> None:
    """Nothing is gained by clipping a uniform distribution."""
    values = np.random.default_rng(2).random(100_000)
    low, high = counted(values).range("mse")
    assert low == 0.0
    assert high == pytest.approx(values.max(), rel=0.02)


def test_values_of_any_size() -> None:
    small, large = np.full(10, 1e-30), np.full(10, 1e30)
    histogram = counted(small, -small, large)
    for method in METHODS:
        low, high = histogram.range(method)
        assert -1.001e30 <= low <= high <= 1.001e30
        assert usable_range(low, high)[0] < usable_range(low, high)[1]
    assert counted(np.zeros(5)).range("mse") == (0.0, 0.0)


def test_what_is_not_finite_is_not_hidden() -> None:
    for bad in (np.nan, np.inf):
        low, high = counted(np.array([1.0, bad]), np.array([2.0])).range("percentile")
        assert not np.isfinite([low, high]).all()


def test_a_usable_range_holds_zero_and_is_not_empty() -> None:
    assert usable_range(2.0, 5.0) == (0.0, 5.0)
    assert usable_range(-3.0, -1.0) == (-3.0, 0.0)
    assert usable_range(0.0, 0.0) == (0.0, 1.0)
