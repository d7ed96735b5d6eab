"""Weights and requantisation constants in the layouts that the kernels for Cortex-M0 and M0+ read.

The layouts are described in `resources/firmware/kernels/th_sums_thumb.h`, `th_line_thumb.h` and
`th_depthwise_thumb.h`; this is the only place that fills them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.firmware.requantization import Accumulators, Int64Array, fit_line, some_channels

LARGEST_PAIR = 255  # |w0| + |w1| for which two products share one multiplication
_LARGEST_SLOPE = 1 << 30
_LARGEST_ACCUMULATOR = 1 << 29
_LINE_SHIFTS_TRIED = 4
_SPLIT = 1 << 15  # added to every shared product of the odd channels


@dataclass(frozen=True)
class ThumbLines:
    """Requantisation per channel as `th_line_thumb.h` reads it.

    Attributes:
        words: int32 (channels, 3): M, C, n.
        correction: int64 (channels,), to be added to the accumulator at its start.
    """

    words: NDArray[np.int32]
    correction: Int64Array


def fit_thumb_lines(bounds: Accumulators) -> ThumbLines:
    """A line for every channel that has one within the kernels' ranges, two roundings for the others."""
    channels = len(bounds.bias)
    words = np.zeros((channels, 3), np.int64)
    correction = np.zeros(channels, np.int64)
    words[:, 0] = bounds.multiplier
    words[:, 1] = 256 * bounds.output_zero_point + bounds.shift + 128
    reach = np.maximum(np.abs(bounds.least), np.abs(bounds.largest))
    fits = (reach < _LARGEST_ACCUMULATOR - (1 << 20)) & ~bounds.constant
    found = bounds.constant.copy()
    words[found, 0], words[found, 2] = 0, 1
    words[found, 1] = bounds.constant_result[found] << 1
    for attempt in range(_LINE_SHIFTS_TRIED):
        wanted = np.maximum(-bounds.shift - 2 - attempt, 1)
        for shift in np.unique(wanted[fits & ~found]):
            some = np.flatnonzero(fits & ~found & (wanted == shift))
            if shift > 20:
                continue
            lines = fit_line(some_channels(bounds, some), int(shift), np.zeros(len(some), np.int64))
            good = lines.found & (lines.slope < _LARGEST_SLOPE) & (np.abs(lines.offset) < 1 << 30)
            chosen = some[good]
            words[chosen, 0], words[chosen, 1] = lines.slope[good], lines.offset[good]
            words[chosen, 2], correction[chosen] = shift, lines.correction[good]
            found[chosen] = True
    return ThumbLines(words.astype(np.int32), correction)


@dataclass(frozen=True)
class ThumbStream:
    """A matrix layer as `th_sums_thumb.h` reads it.

    Attributes:
        words: int32, flat.
        alone: some weights do not let two positions share a multiplication.
        lines: int32 (channels, 3).
    """

    words: NDArray[np.int32]
    alone: bool
    lines: NDArray[np.int32]

    @property
    def mixed(self) -> bool:
        """Whether some channels have no line."""
        return bool(np.any(self.lines[:, 2] == 0))


def pack_sums(weights: NDArray[np.int8], bounds: Accumulators) -> ThumbStream | None:
    """Packs a convolution or fully connected layer.

    Args:
        weights: int8 (output channels, taps), taps in the order of the column.
        bounds: of the same layer.

    Returns:
        None if accumulators may wrap at 32 bits.
    """
    if not sums_fit(bounds):
        return None
    channels, taps = weights.shape
    depth = even(taps)
    padded = np.zeros((even(channels), depth), np.int64)
    padded[:channels, :taps] = np.where(bounds.constant[:, None], 0, weights)
    lines = fit_thumb_lines(bounds)
    start = np.zeros(len(padded), np.int64)
    start[:channels] = np.where(bounds.constant, 0, bounds.bias + lines.correction)
    shared = start + (start << 16)
    shared[1::2] -= _SPLIT * (depth // 2)
    pairs = padded.reshape(len(padded), -1, 2)
    by_block = pairs.reshape(len(padded) // 2, 2, -1, 2).transpose(0, 2, 1, 3)
    words = np.ascontiguousarray(by_block.astype(np.int8)).reshape(len(by_block), -1).view("<i4")
    heads = wrapped(np.stack([shared, start], axis=1).reshape(-1, 4))
    return ThumbStream(
        words=np.concatenate([heads, words], axis=1).reshape(-1),
        alone=bool(np.any(np.abs(pairs).sum(axis=2) > LARGEST_PAIR)),
        lines=lines.words,
    )


def sums_fit(bounds: Accumulators) -> bool:
    """Whether no accumulator can wrap at 32 bits, so that the order of summation does not matter."""
    return bool(np.all(np.abs(bounds.least) < 1 << 31) and np.all(np.abs(bounds.largest) < 1 << 31))


def even(count: int) -> int:
    """Rounded up to a multiple of 2."""
    return -(-count // 2) * 2


def wrapped(values: Int64Array) -> NDArray[np.int32]:
    """Modulo 2^32, as the core's registers hold them."""
    return (values & 0xFFFFFFFF).astype(np.uint32).view(np.int32)


_FIXED, _ROWS, _PAIRS, _TAPS, _ANY_PAIRS = range(5)  # TH_FIXED and so on in th_depthwise_thumb.h


def depthwise_row_words(shape: Mapping[str, int]) -> int:
    """Words of one row of a channel in `th_depthwise_thumb.h`."""
    pairs = -(-shape["output_width"] // 2)
    reach = (shape["kernel_width"] - 1) * shape["dilation_width"] + 1
    return (2 * pairs - 2) * shape["stride_width"] + even(reach)  # taps are read in pairs


def depthwise_rows_held(shape: Mapping[str, int]) -> int:
    """Input rows that one output row needs."""
    return (shape["kernel_height"] - 1) * shape["dilation_height"] + 1


def depthwise_scratch_bytes(shape: Mapping[str, int]) -> int:
    """Scratch of `th_depthwise_int8_thumb`: rows, sums and weights."""
    words = depthwise_rows_held(shape) * depthwise_row_words(shape)
    kernel_row = even(shape["kernel_width"]) + 1  # the row's address too
    return 4 * (words + even(shape["output_width"]) + shape["kernel_height"] * kernel_row)


def pack_depthwise(
    weights: NDArray[np.int8], bounds: Accumulators, shape: Mapping[str, int]
) -> NDArray[np.int32] | None:
    """Records of `th_depthwise_thumb.h`: int32, flat; None if accumulators may wrap at 32 bits.

    Args:
        weights: int8 (output channels, kernel height * kernel width).
        bounds: of the same layer.
        shape: members of `th_conv_shape`.
    """
    if not sums_fit(bounds):
        return None
    channels, taps = weights.shape
    lines = fit_thumb_lines(bounds)
    form = np.full(channels, _TAPS, np.int64)
    height, width = shape["kernel_height"], shape["kernel_width"]
    size = np.zeros((channels, height, even(width)), np.int64)
    size[:, :, :width] = np.abs(weights.astype(np.int64)).reshape(channels, height, width)
    paired = np.all(size.reshape(channels, -1, 2).sum(axis=2) <= LARGEST_PAIR, axis=1)
    if (height, width) == (3, 3) and max(shape["dilation_height"], shape["dilation_width"]) == 1:
        form[paired] = _PAIRS
        form[(size.sum(axis=2) <= LARGEST_PAIR).all(axis=1)] = _ROWS
    elif shape["dilation_width"] == 1:
        form[paired] = _ANY_PAIRS
    form[bounds.constant] = _FIXED
    head = np.zeros((channels, 5), np.int64)
    head[:, 0] = bounds.bias + lines.correction
    head[:, 1:4] = lines.words
    fixed = np.clip(bounds.constant_result, bounds.minimum, bounds.maximum)
    head[:, 2] = np.where(bounds.constant, fixed, head[:, 2])
    head[:, 4] = form
    packed = np.zeros((channels, -(-taps // 4) * 4), np.int8)
    packed[:, :taps] = weights
    return np.concatenate([wrapped(head), packed.view("<i4")], axis=1).reshape(-1)
