"""Results spoilt in one known way each: the cause is told from the numbers alone."""

from __future__ import annotations

import numpy as np
import pytest

from engine.verify.comparison import QUANTA, RELATIVE, PairRecord
from engine.verify.diagnosis import NO_PATTERN, Evidence, likely_cause

CHANCE = np.random.default_rng(3)
IMAGE = CHANCE.normal(0, 1, (1, 6, 12, 10)).astype(np.float32)  # channels first


def cause(actual: np.ndarray, reference: np.ndarray = IMAGE, limit: float = 1e-5) -> str:
    return likely_cause(Evidence(reference, actual, limit, quanta=False, channel_axis=1))


def quantised(values: np.ndarray, zero_point: int = 0) -> np.ndarray:
    return np.clip(np.round(values * 30) + zero_point, -128, 127).astype(np.int8)


def quanta_cause(actual: np.ndarray, reference: np.ndarray, limit: float = 0.0) -> str:
    return likely_cause(Evidence(reference, actual, limit, quanta=True, channel_axis=-1))


def test_equal_results_have_no_cause():
    assert cause(IMAGE.copy()) == ""


def test_padding_that_only_spoils_the_border():
    spoilt = IMAGE.copy()
    spoilt[:, :, 0] += CHANCE.normal(0, 1, spoilt[:, :, 0].shape)
    spoilt[:, :, :, -1] *= 0.5
    assert cause(spoilt).startswith("Padding: only elements within 1 of the border")


@pytest.mark.parametrize(("axis", "shift"), [(2, 1), (3, -1), (2, -2)])
def test_padding_on_the_wrong_side(axis, shift):
    moved = np.roll(IMAGE, shift, axis)
    assert f"moved by {shift:+d} along axis {axis}." in cause(moved)


def test_padding_on_the_wrong_sides_of_both_axes():
    assert "by +1 along axis 2 and -2 along axis 3" in cause(np.roll(IMAGE, (1, -2), (2, 3)))


@pytest.mark.parametrize("offset", [np.zeros((1, 6, 1, 1)), CHANCE.normal(0, 1, (1, 6, 1, 1))])
def test_swapped_channels_with_biases_in_place_or_not(offset):
    swapped = IMAGE[:, [1, 0, 2, 3, 5, 4]] + offset
    assert cause(swapped).startswith("Swapped channels: 4 of 6 channels")
    assert "channel 0 those of channel 1" in cause(swapped)


def test_swapped_outputs_of_a_dense_layer_are_seen_over_several_inputs():
    record = PairRecord("a", "b", RELATIVE, channels_first=True)
    for _ in range(4):
        right = CHANCE.normal(0, 1, (1, 10)).astype(np.float32)
        record.note("dense", right, right[:, ::-1] + np.arange(10), right, limit=1e-5)
    assert record.cause().startswith("Swapped channels: 10 of 10")


def test_axes_taken_for_one_another():
    assert cause(IMAGE.transpose(0, 1, 3, 2).reshape(IMAGE.shape)).startswith("Layout")
    assert cause(IMAGE[:, :3]).startswith("Its shape")


@pytest.mark.parametrize("off", [1, -3])
def test_zero_point_that_is_off(off):
    right = quantised(IMAGE)
    came = np.clip(right.astype(int) + off, -128, 127).astype(np.int8)
    assert (
        quanta_cause(came, right)
        == f"Zero point or offset: all its elements are off by the same {off:+d} quanta."
    )


def test_bias_that_is_missing():
    assert cause(IMAGE + CHANCE.normal(0, 1, (1, 6, 1, 1))).startswith("Bias")


def test_bias_is_seen_behind_an_activation():
    offset = CHANCE.normal(0, 0.5, (1, 6, 1, 1))
    assert cause(np.maximum(IMAGE + offset, 0), np.maximum(IMAGE, 0)).startswith("Bias")


def test_range_that_is_too_narrow():
    right = quantised(IMAGE)
    assert quanta_cause(np.clip(right, -40, 40), right).startswith("Range clipped")


def test_rounding_another_way():
    right = quantised(IMAGE)
    other = (right.astype(int) + CHANCE.integers(0, 2, right.shape)).clip(-128, 127).astype(np.int8)
    assert quanta_cause(other, right).startswith("Rounding")


def test_scale_with_offsets_of_channels():
    offset = CHANCE.normal(0, 1, (1, 6, 1, 1))
    assert cause((IMAGE - offset) * 1.01 + offset).startswith("Scale: all its elements are 1.01 times")


def test_each_channel_by_a_factor_of_its_own():
    factors = np.array([0.9, 1.1, 1.05, 1.0, 1.2, 0.8]).reshape(1, 6, 1, 1)
    assert cause(IMAGE * factors).startswith("Scale of each channel: 0.8 to 1.2 times")


@pytest.mark.parametrize("low", [-128, 0])
def test_requantisation_by_a_wrong_factor_is_seen_through_rounding_and_an_activation(low):
    right = np.clip(np.round(IMAGE * 30), low, 127).astype(np.int8)
    came = np.clip(np.round(IMAGE * 30 * 1.05), low, 127).astype(np.int8)
    said = quanta_cause(np.moveaxis(came, 1, -1), np.moveaxis(right, 1, -1))
    assert said.startswith("Scale: all its elements are 1.0")
    assert "requantisation" in said


def test_other_weights_have_no_pattern():
    assert cause(CHANCE.normal(0, 1, IMAGE.shape)) == NO_PATTERN


def test_numbers_that_are_none():
    spoilt = IMAGE.copy()
    spoilt[0, 0, 0, 0] = np.nan
    assert "infinite" in cause(spoilt)


def test_the_worst_element_and_the_noise_are_kept_over_inputs():
    record = PairRecord("a", "b", QUANTA)
    right = np.arange(24, dtype=np.int8).reshape(1, 2, 3, 4)
    for place, amount in [((0, 1, 2, 3), 2), ((0, 0, 1, 2), 5), ((0, 0, 0, 0), 1)]:
        came = right.copy()
        came[place] += amount
        record.note("layer", right, came, came, limit=0)
    record.note("equal", right, right, right, limit=0)
    spoilt, equal = record.rows()
    assert spoilt.isolated_error == 5
    assert spoilt.worst_index == [0, 0, 1, 2]
    power = 3 * np.square(right - right.mean()).sum()
    assert spoilt.signal_to_noise_db == pytest.approx(10 * np.log10(power / (4 + 25 + 1)))
    assert (equal.signal_to_noise_db, equal.worst_index, equal.passed) == (None, None, True)


def test_the_cause_is_that_of_the_first_layer_even_if_a_later_one_failed_before():
    record = PairRecord("a", "b", QUANTA)
    right = quantised(IMAGE)
    record.note("first", right, right, right, limit=0)
    record.note("second", right, np.clip(right, -40, 40), right, limit=0)
    record.note("first", right, right + np.int8(0), right, limit=0)
    assert record.cause().startswith("Range clipped")
    off = np.clip(right.astype(int) + 2, -128, 127).astype(np.int8)
    record.note("first", right, off, right, limit=0)
    assert record.cause().startswith("Zero point")
