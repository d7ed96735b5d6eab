"""One multiplication instead of two roundings, and sums as lines: equal everywhere or not offered."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.firmware import fixed_point
from engine.firmware.requantization import accumulators, fit_line, requantize, steps
from engine.firmware.sum_line import find_sum_line, sum_table

MULTIPLIERS = st.integers(1 << 30, (1 << 31) - 1)


def layer(
    *, multiplier: int, shift: int, bias: int = 0, zero_point: int = -128, taps: int = 40, **clamp: int
):
    """One channel whose accumulators reach from about -127 * 127 * taps to the same above zero."""
    weights = np.full((1, taps), 127, np.int8)
    weights[0, ::2] = -127
    return accumulators(
        weights,
        np.array([bias]),
        np.array([multiplier]),
        np.array([shift]),
        input_zero_point=0,
        output_zero_point=zero_point,
        minimum=clamp.get("minimum", -128),
        maximum=clamp.get("maximum", 127),
    )


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(MULTIPLIERS, st.integers(-14, 3), st.integers(-(2**24), 2**24))
def test_requantize_is_the_fixed_point_module_in_numpy(multiplier: int, shift: int, acc: int) -> None:
    vectorised = requantize(np.array([acc]), np.array([multiplier]), np.array([shift]))
    assert int(vectorised[0]) == fixed_point.requantize(acc, multiplier, shift)


@settings(max_examples=30, deadline=None, derandomize=True, database=None)
@given(MULTIPLIERS, st.integers(-12, 0), st.sampled_from([-128, 0, 100, 127]))
def test_each_step_is_the_first_accumulator_of_its_result(
    multiplier: int, shift: int, zero_point: int
) -> None:
    bounds = layer(multiplier=multiplier, shift=shift, zero_point=zero_point)
    first = steps(bounds)
    q = np.arange(-127, 128)
    at, before = (requantize(s, bounds.multiplier, bounds.shift)[0] for s in (first, first - 1))
    assert (at + zero_point >= q).all()
    assert (before + zero_point < q).all()


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(
    MULTIPLIERS,
    st.integers(-10, -3),
    st.integers(-3000, 3000),
    st.integers(1, 12),
    st.sampled_from([0, 8]),
    st.sampled_from([-128, -128, 5]),
)
def test_a_line_equals_two_roundings_at_every_accumulator(
    multiplier: int, shift: int, bias: int, line_shift: int, scale: int, zero_point: int
) -> None:
    bounds = layer(multiplier=multiplier, shift=shift, bias=bias, zero_point=zero_point, taps=4)
    line = fit_line(bounds, line_shift, np.array([scale]))
    if not line.found[0]:
        return
    acc = np.arange(int(bounds.least[0]), int(bounds.largest[0]) + 1)
    wanted = np.clip(requantize(acc, bounds.multiplier, bounds.shift) + zero_point, -128, 127)
    scaled = (acc << scale) + line.correction[0]
    # SMMLA: the top word of a 64-bit product plus an accumulator, then SSAT with a shift
    got = np.clip((((scaled * line.slope[0]) >> 32) + line.offset[0]) >> line_shift, -128, 127)
    np.testing.assert_array_equal(got, wanted)


def test_lines_exist_for_usual_layers_that_end_with_relu() -> None:
    chance = np.random.default_rng(4)
    found = [
        fit_line(layer(multiplier=int(m), shift=-7), 6, np.array([8])).found[0]
        for m in chance.integers(1 << 30, 1 << 31, 50)
    ]
    assert np.mean(found) > 0.8


def test_channels_of_one_result_are_known_to_be_constant() -> None:
    bounds = layer(multiplier=1 << 30, shift=-3, bias=-(1 << 29))
    assert bounds.constant.all()
    assert bounds.constant_result.tolist() == [-128]


def test_a_narrow_clamp_is_not_left_to_saturation() -> None:
    assert layer(multiplier=1 << 30, shift=-3).saturation_is_clamp
    assert not layer(multiplier=1 << 30, shift=-3, maximum=100).saturation_is_clamp
    # a clamp that no accumulator reaches does not matter
    assert layer(multiplier=1 << 30, shift=-28, maximum=100).saturation_is_clamp


@pytest.mark.parametrize("sign", [1, -1])
def test_a_sum_line_equals_the_table_for_all_pairs(sign: int) -> None:
    scales = (0.021, 0.047, 0.033)
    twice = 2 * max(scales[:2])
    pairs = [
        fixed_point.quantize_multiplier(real)
        for real in (scales[0] / twice, scales[1] / twice, twice / ((1 << 20) * scales[2]))
    ]
    parameters = {"a_zero_point": 4, "b_zero_point": -17, "output_zero_point": -50}
    for name, (multiplier, shift) in zip(("a", "b", "output"), pairs, strict=True):
        parameters |= {f"{name}_multiplier": multiplier, f"{name}_shift": shift}
    table = sum_table(parameters, sign=sign)
    line = find_sum_line(table, scales[0] / scales[2], sign * scales[1] / scales[2])
    assert line is not None
    for x in (-128, -3, 0, 77, 127):
        for y in range(-128, 128):
            a, b = (
                fixed_point.requantize((value - zero) << 20, *pair)
                for value, zero, pair in ((x, 4, pairs[0]), (y, -17, pairs[1]))
            )
            wanted = fixed_point.requantize(a + sign * b, *pairs[2]) - 50
            assert table[x + 128, y + 128] == wanted
            value = (x * line.a + y * line.b + line.c) >> line.shift
            assert max(-128, min(127, value)) == max(-128, min(127, wanted))
