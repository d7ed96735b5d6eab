"""Weights and requantisation constants in the layouts that the Arm DSP kernels read.

The layouts themselves are described in `resources/firmware/kernels/th_gemm_dsp.h` and
`th_depthwise_dsp.h`; this is the only place that fills them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.firmware.requantization import LARGEST_CORRECTION, Accumulators, Int64Array, fit_line

_TWO_ROUNDINGS = 0  # the form of a block without a line
_LARGEST_LINE_SHIFT = 12
_CHANNELS = 4  # output channels in one block of the matrix kernels


@dataclass(frozen=True)
class GemmStream:
    """All constants of a matrix layer as `th_gemm_dsp.h` reads them.

    Attributes:
        words: int32, flat.
        full_words: how many of them belong to blocks of four existing channels.
        wide_weights: 16-bit instead of 8-bit weights.
        blocks_on_lines: blocks in the one-multiplication form, out of `blocks`.
        blocks: number of blocks of four channels.
    """

    words: NDArray[np.int32]
    full_words: int
    wide_weights: bool
    blocks_on_lines: int
    blocks: int


def gemm_depth(taps: int) -> int:
    """Taps of one output rounded up to what the matrix kernels take."""
    return -(-taps // 4) * 4


def conv_scratch_bytes(kernel_height: int, kernel_width: int, input_channels: int) -> int:
    """Scratch of `th_conv_int8_dsp`: two columns, and a border pixel or gathered bytes."""
    depth = gemm_depth(kernel_height * kernel_width * input_channels)
    return 4 * depth + (2 * (depth + 4) if input_channels % 4 else input_channels)


def column_scratch_bytes(depth: int, positions: int) -> int:
    """Scratch of `th_conv_1x1_int8_dsp` and `th_fully_connected_int8_dsp`."""
    return gemm_depth(depth) * (4 if positions > 1 else 2)


def pack_gemm(
    weights: NDArray[np.int8], bounds: Accumulators, *, wide: bool = False
) -> GemmStream | None:
    """Packs a convolution or fully connected layer.

    Args:
        weights: int8 (output channels, taps), taps in the order of the column.
        bounds: of the same layer.
        wide: ask for 16-bit weights; they are taken unasked where 8-bit ones would not be exact.

    Returns:
        The stream, or None if neither form of requantisation is exact for this layer.
    """
    channels, taps = weights.shape
    blocks = -(-channels // _CHANNELS)
    depth = gemm_depth(taps)
    padded = np.zeros((blocks * _CHANNELS, depth), np.int32)
    padded[:channels, :taps] = weights
    bounds = _with_channels(bounds, blocks * _CHANNELS)
    if np.any(np.abs(bounds.least) >= 1 << 31) or np.any(np.abs(bounds.largest) >= 1 << 31):
        return None  # the portable accumulator would wrap
    padded[bounds.constant] = 0
    bounds = _without_constant_sums(bounds)
    if not wide and not _halves_hold_two_weights(padded, bounds):
        wide = True
    odd = np.arange(blocks * _CHANNELS) % 2
    scale_bits = np.zeros_like(odd) if wide else 8 * odd

    forms, constants, corrections = _block_forms(bounds, scale_bits)
    if np.any(forms == _TWO_ROUNDINGS) and not bounds.two_roundings_fit:
        return None
    accumulators_at_start = _initial_accumulators(bounds.bias, corrections, wide)
    weight_words = _pack_pairs_16(padded) if wide else _pack_pairs_8(padded)

    parts: list[NDArray[np.int32]] = []
    full_words = 0
    for block in range(blocks):
        part = np.concatenate(
            [
                accumulators_at_start[_CHANNELS * block : _CHANNELS * (block + 1)],
                weight_words[block],
                np.array([forms[block]], np.int32),
                constants[block],
            ]
        ).astype(np.int32)
        parts.append(part)
        if _CHANNELS * (block + 1) <= channels:
            full_words += part.size
    return GemmStream(np.concatenate(parts), full_words, wide, int(np.count_nonzero(forms)), blocks)


def _with_channels(bounds: Accumulators, channels: int) -> Accumulators:
    """Adds channels of weights 0, whose result nobody reads."""
    missing = channels - len(bounds.bias)

    def padded(values: Int64Array) -> Int64Array:
        return np.concatenate([values, np.zeros(missing, np.int64)])

    return replace(
        bounds,
        bias=padded(bounds.bias),
        least=padded(bounds.least),
        largest=padded(bounds.largest),
        multiplier=padded(bounds.multiplier),
        shift=padded(bounds.shift),
        constant=np.concatenate([bounds.constant, np.ones(missing, np.bool_)]),
        constant_result=padded(bounds.constant_result),
    )


def _without_constant_sums(bounds: Accumulators) -> Accumulators:
    """The same layer with weights and biases of 0 where the result is constant anyway."""
    constant = bounds.constant
    return replace(
        bounds,
        bias=np.where(constant, 0, bounds.bias),
        least=np.where(constant, 0, bounds.least),
        largest=np.where(constant, 0, bounds.largest),
    )


def _halves_hold_two_weights(padded: NDArray[np.int32], bounds: Accumulators) -> bool:
    """Whether 256 * odd + even fits 16 bits for all weights and 32 bits for all sums."""
    even, odd = padded[0::2], padded[1::2]
    if np.any(256 * odd + even < -(1 << 15)) or np.any(256 * odd + even > (1 << 15) - 1):
        return False
    reach = np.maximum(np.abs(bounds.least), np.abs(bounds.largest))
    return bool(np.all(256 * reach[1::2] + reach[0::2] + 2 * LARGEST_CORRECTION < 1 << 31))


def _block_forms(
    bounds: Accumulators, scale_bits: NDArray[np.integer]
) -> tuple[NDArray[np.int64], list[NDArray[np.int64]], Int64Array]:
    """Form and constants per block of four channels, and what each channel's bias gains."""
    blocks = len(bounds.bias) // _CHANNELS
    forms = np.zeros(blocks, np.int64)
    constants: list[NDArray[np.int64]] = [np.zeros(0, np.int64)] * blocks
    corrections = np.zeros(len(bounds.bias), np.int64)
    if bounds.saturation_is_clamp:
        for line_shift in range(1, _LARGEST_LINE_SHIFT + 1):
            lines = fit_line(bounds, line_shift, scale_bits)
            for block in np.flatnonzero(
                (forms == _TWO_ROUNDINGS) & lines.found.reshape(blocks, -1).all(axis=1)
            ):
                some = slice(_CHANNELS * block, _CHANNELS * (block + 1))
                forms[block] = line_shift
                constants[block] = np.stack([lines.slope[some], lines.offset[some]], axis=1).ravel()
                corrections[some] = lines.correction[some]
    for block in np.flatnonzero(forms == _TWO_ROUNDINGS):
        some = slice(_CHANNELS * block, _CHANNELS * (block + 1))
        constants[block] = two_rounding_constants(bounds, some)
    return forms, constants, corrections


def two_rounding_constants(bounds: Accumulators, channels: slice) -> Int64Array:
    """(m, c, s) of each channel, flat; a constant channel gets m = 0 and its result in c."""
    constant = bounds.constant[channels]
    right = np.where(constant, 1, np.maximum(-bounds.shift[channels], 1))
    c = (np.int64(1) << (right - 1)) + (np.int64(bounds.output_zero_point) << right)
    m = np.where(constant, 0, bounds.multiplier[channels])
    c = np.where(constant, bounds.constant_result[channels] << 1, c)
    return np.stack([m, c, right], axis=1).ravel()


def _initial_accumulators(bias: Int64Array, corrections: Int64Array, wide: bool) -> Int64Array:
    start = bias + corrections
    if not wide:
        start[1::2] = 256 * bias[1::2] + corrections[1::2] + start[0::2]
    return start


def _pairs(padded: NDArray[np.int32]) -> NDArray[np.int32]:
    """(channels, depth / 2, 2): the two taps of each pair of a column."""
    groups = padded.reshape(len(padded), -1, 2, 2)  # (channels, depth / 4, half, parity)
    return groups.transpose(0, 1, 3, 2).reshape(len(padded), -1, 2)


def _words(halves: NDArray[np.int32]) -> NDArray[np.int32]:
    """Joins (..., 2) numbers of 16 bits into words, the first in the low half."""
    low, high = halves[..., 0] & 0xFFFF, halves[..., 1] & 0xFFFF
    return (low.astype(np.uint32) | (high.astype(np.uint32) << 16)).view(np.int32)


def _pack_pairs_8(padded: NDArray[np.int32]) -> NDArray[np.int32]:
    """(blocks, 2 words a pair): a and b, c and d of a block share half words."""
    pairs = _pairs(padded)
    joined = _words(256 * pairs[1::2] + pairs[0::2])  # (channel pairs, pairs)
    by_block = joined.reshape(len(padded) // _CHANNELS, 2, -1)
    return by_block.transpose(0, 2, 1).reshape(len(by_block), -1)


def _pack_pairs_16(padded: NDArray[np.int32]) -> NDArray[np.int32]:
    """(blocks, 4 words a pair): one word each for a, b, c, d."""
    by_block = _words(_pairs(padded)).reshape(len(padded) // _CHANNELS, _CHANNELS, -1)
    return by_block.transpose(0, 2, 1).reshape(len(by_block), -1)


_DEPTHWISE_SHIFT = 9  # TH_DEPTHWISE_SHIFT
_LARGEST_DEPTHWISE_SCALE = 8


@dataclass(frozen=True)
class Plane:
    """Geometry of the padded plane of `th_depthwise_int8_dsp`, and whether it lies on its side.

    Attributes:
        height, width: of the plane; the width is even.
        transposed: rows of the plane are columns of the image.
    """

    height: int
    width: int
    transposed: bool


def depthwise_plane(shape: Mapping[str, int]) -> Plane:
    """The cheaper of the two orientations, by the instructions that rows and pairs of outputs take.

    Args:
        shape: members of `th_conv_shape`.
    """
    upright, lying = _plane(shape, False), _plane(shape, True)

    def cost(rows: int, columns: int) -> int:
        return rows * (14 + 27 * (columns // 2) + 18 * (columns % 2))

    height, width = shape["output_height"], shape["output_width"]
    return lying if cost(width, height) < cost(height, width) else upright


def _plane(shape: Mapping[str, int], transposed: bool) -> Plane:
    down, along = ("width", "height") if transposed else ("height", "width")
    reach = (shape[f"kernel_{down}"] - 1) * shape[f"dilation_{down}"] + 1
    height = (shape[f"output_{down}"] - 1) * shape[f"stride_{down}"] + reach
    # windows of four outputs at a time, each read in pairs
    outputs = -(-shape[f"output_{along}"] // 4) * 4
    span = ((shape[f"kernel_{along}"] - 1) * shape[f"dilation_{along}"] + 2) // 2 * 2
    width = (outputs - 1) * shape[f"stride_{along}"] + span
    if is_3x3(shape):  # two outputs at a time
        outputs = -(-shape[f"output_{along}"] // 2) * 2
        width = outputs * shape[f"stride_{along}"] + 2
    return Plane(height, -(-width // 2) * 2, transposed)


def is_3x3(shape: Mapping[str, int]) -> bool:
    """Whether the assembly for 3x3 kernels runs this depthwise convolution."""
    return (
        shape["kernel_height"] == shape["kernel_width"] == 3
        and shape["dilation_height"] == shape["dilation_width"] == 1
        and shape["stride_height"] == shape["stride_width"] <= 2
        and min(shape["output_height"], shape["output_width"]) >= 2
    )


def depthwise_scratch_bytes(shape: Mapping[str, int], plane: Plane) -> int:
    """Scratch of `th_depthwise_int8_dsp`: the plane and, but for 3x3 kernels, widened weights."""
    down, along = ("width", "height") if plane.transposed else ("height", "width")
    pairs = ((shape[f"kernel_{along}"] - 1) * shape[f"dilation_{along}"] + 2) // 2
    weights = 0 if is_3x3(shape) else 4 * shape[f"kernel_{down}"] * pairs
    return 2 * plane.height * plane.width + weights


def pack_depthwise(
    weights: NDArray[np.int8], bounds: Accumulators, kernel_width: int, *, transposed: bool
) -> NDArray[np.int8] | None:
    """Records of `th_depthwise_dsp.h`.

    Args:
        weights: int8 (output channels, kernel height * kernel width), rows of the image's kernel.
        bounds: of the same layer.
        kernel_width: of the image's kernel.
        transposed: as the plane.

    Returns:
        int8, flat; None if neither form of requantisation is exact for this layer.
    """
    channels, taps = weights.shape
    if np.any(np.abs(bounds.least) >= 1 << 31) or np.any(np.abs(bounds.largest) >= 1 << 31):
        return None  # the portable accumulator would wrap
    kernels = np.where(bounds.constant[:, None], 0, weights).astype(np.int8)
    if transposed:
        kernels = kernels.reshape(channels, -1, kernel_width).transpose(0, 2, 1).reshape(channels, taps)
    bounds = _without_constant_sums(bounds)

    # the scale at which the ideal slope is the multiplier itself
    scale = np.clip(bounds.shift + 1 + _DEPTHWISE_SHIFT, 0, _LARGEST_DEPTHWISE_SCALE)
    reach = np.maximum(np.abs(bounds.least), np.abs(bounds.largest)) + 1
    room = 30 - np.ceil(np.log2(reach)).astype(np.int64)
    scale = np.clip(scale, 0, np.maximum(room, 0))
    lines = fit_line(bounds, _DEPTHWISE_SHIFT, scale)
    on_line = lines.found if bounds.saturation_is_clamp else np.zeros(channels, np.bool_)
    if not on_line.all() and not bounds.two_roundings_fit:
        return None
    rounded = two_rounding_constants(bounds, slice(None)).reshape(-1, 3)
    scale = np.where(on_line, scale, 1)
    start = (bounds.bias << scale) + np.where(on_line, lines.correction, 0)
    numbers = np.stack(
        [
            start,
            np.where(on_line, lines.slope, rounded[:, 0]),
            np.where(on_line, lines.offset, rounded[:, 1]),
        ],
        axis=1,
    ).astype("<i4")
    records = np.zeros((channels, 12 + -(-(taps + 2) // 4) * 4), np.int8)
    records[:, :12] = numbers.view(np.int8)
    records[:, 12 : 12 + taps] = kernels
    records[:, 12 + taps] = scale
    records[:, 13 + taps] = np.where(on_line, 0, rounded[:, 2])
    return records.reshape(-1)
