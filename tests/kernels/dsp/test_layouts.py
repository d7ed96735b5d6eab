"""Numbers that the packers and the kernels' headers must agree on."""

from __future__ import annotations

import re

import numpy as np

from engine.firmware import packing
from engine.firmware.requantization import accumulators
from engine.resources import resource


def defined(header: str, name: str) -> int:
    text = resource("firmware", "kernels", header).read_text("utf-8")
    found = re.search(rf"^#define {name} (\d+)$", text, re.MULTILINE)
    assert found is not None
    return int(found[1])


def bounds_of(weights: np.ndarray, bias: np.ndarray, *, shift: int = -6):
    channels = len(weights)
    return accumulators(
        weights,
        bias,
        np.full(channels, (1 << 30) + 12345),
        np.full(channels, shift),
        input_zero_point=3,
        output_zero_point=-128,
        minimum=-128,
        maximum=127,
    )


def test_depthwise_constants_agree() -> None:
    header = "th_depthwise_dsp.h"
    assert defined(header, "TH_DEPTHWISE_SHIFT") == packing._DEPTHWISE_SHIFT
    assert defined(header, "TH_DEPTHWISE_ONE_ROUNDING") == packing._ONE_ROUNDING
    assert defined(header, "TH_DEPTHWISE_CONSTANT") == packing._CONSTANT
    text = resource("firmware", "kernels", header).read_text("utf-8")
    assert f'"asr #{packing._DEPTHWISE_SHIFT}"' in text


def test_columns_and_weights_meet_in_the_same_order() -> None:
    """Pairs of a widened column, by the header's words, times the packed weights are the sums."""
    chance = np.random.default_rng(2)
    weights = chance.integers(-127, 128, (6, 10)).astype(np.int8)
    x = np.concatenate([chance.integers(-128, 128, 10), [99, -99]])
    stream = packing.pack_gemm(weights, bounds_of(weights, np.arange(6)))
    assert stream is not None
    assert not stream.wide_weights
    assert stream.full_words < stream.words.size
    # x0 and x2, then x1 and x3, of each four
    column = x.reshape(-1, 2, 2).transpose(0, 2, 1).reshape(-1, 2)
    start, packed = stream.words[:4], stream.words[4:16].view("<i2").reshape(-1, 2, 2)
    raw = (packed.astype(np.int64) * column[:, None, :]).sum(axis=(0, 2))
    even = (packed.astype(np.int8).astype(np.int64) * column[:, None, :]).sum(axis=(0, 2))
    wanted = weights.astype(np.int64) @ x[:10]
    assert even.tolist() == wanted[[0, 2]].tolist()
    assert ((raw - even) // 256).tolist() == wanted[[1, 3]].tolist()
    assert start.size == 4


def test_weights_of_minus_128_get_16_bits() -> None:
    weights = np.full((4, 4), -128, np.int8)
    stream = packing.pack_gemm(weights, bounds_of(weights, np.zeros(4)))
    assert stream is not None
    assert stream.wide_weights


def test_sums_that_would_wrap_are_left_to_the_portable_kernel() -> None:
    weights = np.full((4, 4), 127, np.int8)
    assert packing.pack_gemm(weights, bounds_of(weights, np.full(4, (1 << 31) - 5))) is None


def test_constant_inputs_are_left_out_only_where_it_pays() -> None:
    weights = np.ones((64, 64), np.int8)
    bounds = bounds_of(weights, np.zeros(64))
    assert packing.leaving_out_pays(np.arange(64) < 32, bounds)
    assert not packing.leaving_out_pays(np.ones(64, np.bool_), bounds)
    assert packing.live_inputs(np.array([False, True, True])).tolist() == [1, 2, 0, 0]
    assert packing.live_inputs(np.zeros(5, np.bool_)).tolist() == [0, 0, 0, 0]
