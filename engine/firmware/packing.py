"""Weights and requantisation constants in the layouts that the Arm DSP kernels read.

The layouts themselves are described in `resources/firmware/kernels/th_gemm_dsp.h` and
`th_depthwise_dsp.h`; this is the only place that fills them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.firmware.requantization import (
    LARGEST_CORRECTION,
    Accumulators,
    Int64Array,
    Lines,
    fit_line,
)

_TWO_ROUNDINGS = 0  # the form of a block without a line
_LARGEST_LINE_SHIFT = 12
_WIDE_LINE_SHIFTS = (9, 7, 5, 3)
_LARGEST_SCALE = 8  # 16-bit weights hold -128 * 2^8
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


def leaving_out_pays(live: NDArray[np.bool_], bounds: Accumulators) -> bool:
    """Whether gathering only the live inputs of a 1x1 convolution costs less than their weights.

    Per two positions, a gathered input takes about 4 instructions more than a widened one, and each
    input takes 6 in every block of four output channels.
    """
    blocks = -(-int(np.count_nonzero(~bounds.constant)) // _CHANNELS)
    living = int(np.count_nonzero(live))
    return 6 * blocks * (live.size - living) > 4 * living + 60


def live_inputs(live: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Indices of the live inputs, filled up with input 0 to a multiple of 4, at least 4."""
    chosen = np.flatnonzero(live)
    return np.concatenate([chosen, np.zeros(gemm_depth(max(chosen.size, 1)) - chosen.size, np.intp)])


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
    bounds = without_constant_sums(bounds)
    stream = None
    if not wide and _halves_hold_two_weights(padded, bounds):
        stream = _pack_8(padded, bounds, channels)
    return stream or _pack_16(padded, bounds, channels)


def _pack_8(padded: NDArray[np.int32], bounds: Accumulators, channels: int) -> GemmStream | None:
    scale = 8 * (np.arange(len(padded)) % 2)
    forms = BlockForms(bounds)
    for line_shift in range(1, _LARGEST_LINE_SHIFT + 1):
        forms.add(fit_line(bounds, line_shift, scale), line_shift)
    if not forms.complete:
        return None
    start = bounds.bias + forms.corrections
    start[1::2] = 256 * bounds.bias[1::2] + forms.corrections[1::2] + start[0::2]
    return _stream(start, _pack_pairs_8(padded), forms, channels, wide=False)


def _pack_16(padded: NDArray[np.int32], bounds: Accumulators, channels: int) -> GemmStream | None:
    """16-bit weights have room for a power of two, so that few line shifts suit all channels."""
    scale = np.zeros(len(padded), np.int64)
    forms = BlockForms(bounds)
    for line_shift in _WIDE_LINE_SHIFTS:
        wanted = line_scale(bounds, line_shift)
        blocks = forms.add(fit_line(bounds, line_shift, wanted), line_shift)
        scale = np.where(np.repeat(blocks, _CHANNELS), wanted, scale)
    if not forms.complete:
        return None
    weights = padded << scale[:, None]
    start = (bounds.bias << scale) + forms.corrections
    return _stream(start, _pack_pairs_16(weights.astype(np.int32)), forms, channels, wide=True)


def line_scale(bounds: Accumulators, line_shift: int) -> Int64Array:
    """Bits, 0..8, by which to scale 16-bit weights so that a line's slope is the multiplier itself."""
    scale = np.clip(bounds.shift + 1 + line_shift, 0, _LARGEST_SCALE)
    reach = np.maximum(np.abs(bounds.least), np.abs(bounds.largest)) + 1
    room = 30 - np.ceil(np.log2(reach)).astype(np.int64)
    return np.clip(scale, 0, np.maximum(room, 0))


class BlockForms:
    """The form and constants of each block of four channels, two roundings where no line was added.

    Attributes:
        shifts: int64 (blocks,), the line shift or 0.
        constants: per block, as the stream holds them.
        corrections: int64 (channels,), what the accumulators gain at their start.
    """

    def __init__(self, bounds: Accumulators) -> None:
        self._bounds = bounds
        blocks = len(bounds.bias) // _CHANNELS
        self.shifts = np.full(blocks, _TWO_ROUNDINGS, np.int64)
        self.corrections = np.zeros(len(bounds.bias), np.int64)
        self.constants = list(two_rounding_constants(bounds).reshape(blocks, -1))

    @property
    def results(self) -> Int64Array:
        """Results of the constant channels, quanta."""
        return self._bounds.constant_result

    def constant_followers(self, full_blocks: int) -> Int64Array:
        """How many blocks of constant results each block is followed by; -1 for those blocks themselves.

        Only full blocks behind one in line form count.
        """
        followers = np.zeros(len(self.shifts), np.int64)
        constant = [all(four) for four in self._bounds.constant.reshape(-1, _CHANNELS).tolist()]
        leader = -1
        for block in range(full_blocks):
            if constant[block] and leader >= 0:
                followers[leader] += 1
                followers[block] = -1
            else:
                leader = block if self.shifts[block] != _TWO_ROUNDINGS else -1
        return followers

    def add(self, lines: Lines, line_shift: int) -> NDArray[np.bool_]:
        """Take the lines for all blocks that had none and whose four channels have one; says which."""
        whole = lines.found.reshape(len(self.shifts), -1).all(axis=1)
        taken = np.asarray((self.shifts == _TWO_ROUNDINGS) & whole, np.bool_)
        for block in np.flatnonzero(taken):
            some = slice(_CHANNELS * block, _CHANNELS * (block + 1))
            self.shifts[block] = line_shift
            self.constants[block] = np.stack([lines.slope[some], lines.offset[some]], axis=1).ravel()
            self.corrections[some] = lines.correction[some]
        return taken

    @property
    def complete(self) -> bool:
        """Whether two roundings are exact wherever there is no line."""
        fits = self._bounds.two_roundings_fit.reshape(len(self.shifts), -1).all(axis=1)
        return bool(np.all(fits | (self.shifts != _TWO_ROUNDINGS)))


def _stream(
    start: Int64Array, weights: NDArray[np.int32], forms: BlockForms, channels: int, *, wide: bool
) -> GemmStream:
    followers = forms.constant_followers(channels // _CHANNELS)
    parts = []
    for block, words in enumerate(weights):
        some = slice(_CHANNELS * block, _CHANNELS * (block + 1))
        if followers[block] < 0:
            parts.append(_bytes_as_word(forms.results[some]))
            continue
        form = forms.shifts[block]
        if followers[block]:
            form = -(form + 256 * followers[block])
        parts.append(np.concatenate([start[some], words, [form], forms.constants[block]]))
    full_words = sum(part.size for part in parts[: channels // _CHANNELS])
    words = np.concatenate(parts).astype(np.int32)
    return GemmStream(words, full_words, wide, int(np.count_nonzero(forms.shifts)), len(parts))


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


def without_constant_sums(bounds: Accumulators) -> Accumulators:
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


def two_rounding_constants(bounds: Accumulators) -> Int64Array:
    """(m, c, s), int64 (channels, 3); a constant channel gets m = 0 and its result in c."""
    right = np.where(bounds.constant, 1, np.maximum(-bounds.shift, 1))
    c = (np.int64(1) << (right - 1)) + (np.int64(bounds.output_zero_point) << right)
    m = np.where(bounds.constant, 0, bounds.multiplier)
    c = np.where(bounds.constant, bounds.constant_result << 1, c)
    return np.stack([m, c, right], axis=1)


def _bytes_as_word(results: Int64Array) -> NDArray[np.int64]:
    return results.astype(np.int8).view("<i4").astype(np.int64)


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
_ONE_ROUNDING = 32  # TH_DEPTHWISE_ONE_ROUNDING
_CONSTANT = 33  # TH_DEPTHWISE_CONSTANT


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


def depthwise_plane(shape: Mapping[str, int], *, by_3x3: bool) -> Plane:
    """The cheaper of the two orientations, by the instructions that rows and groups of outputs take.

    Args:
        shape: members of `th_conv_shape`.
        by_3x3: whether the functions for 3x3 kernels run it.
    """
    upright, lying = (plane_of(shape, transposed=side, by_3x3=by_3x3) for side in (False, True))
    costs = (plane_instructions(shape, plane, by_3x3=by_3x3) for plane in (upright, lying))
    return upright if next(costs) <= next(costs) else lying


def plane_instructions(shape: Mapping[str, int], plane: Plane, *, by_3x3: bool) -> int:
    """Instructions that the outputs of a plane take, about, without those that fill it."""
    down, along = ("width", "height") if plane.transposed else ("height", "width")
    rows, columns = shape[f"output_{down}"], shape[f"output_{along}"]
    if by_3x3:
        return rows * (14 + 27 * (columns // 2) + 18 * (columns % 2))
    pairs = ((shape[f"kernel_{along}"] - 1) * shape[f"dilation_{along}"] + 2) // 2
    group = 80 + shape[f"kernel_{down}"] * (4 + 8 * pairs)
    return rows * (20 + group * -(-columns // 4))


def plane_of(shape: Mapping[str, int], *, transposed: bool, by_3x3: bool) -> Plane:
    """The plane in one orientation; `shape` as for `depthwise_plane`."""
    down, along = ("width", "height") if transposed else ("height", "width")
    reach = (shape[f"kernel_{down}"] - 1) * shape[f"dilation_{down}"] + 1
    height = (shape[f"output_{down}"] - 1) * shape[f"stride_{down}"] + reach
    columns, stride = shape[f"output_{along}"], shape[f"stride_{along}"]
    if by_3x3:  # two outputs at a time, read in pairs
        width = -(-columns // 2) * 2 * stride + 2
    else:  # four at a time
        span = ((shape[f"kernel_{along}"] - 1) * shape[f"dilation_{along}"] + 2) // 2 * 2
        width = (-(-columns // 4) * 4 - 1) * stride + span
    return Plane(height, -(-width // 2) * 2, transposed)


def is_3x3(shape: Mapping[str, int]) -> bool:
    """Whether this depthwise convolution has a shape for the functions for 3x3 kernels."""
    return (
        shape["kernel_height"] == shape["kernel_width"] == 3
        and shape["dilation_height"] == shape["dilation_width"] == 1
        and shape["stride_height"] == shape["stride_width"] <= 2
        and min(shape["output_height"], shape["output_width"]) >= 2
    )


def depthwise_scratch_bytes(shape: Mapping[str, int], plane: Plane, *, by_3x3: bool) -> int:
    """Scratch of `th_depthwise_int8_dsp`: the plane and, but for 3x3 kernels, widened weights."""
    down, along = ("width", "height") if plane.transposed else ("height", "width")
    pairs = ((shape[f"kernel_{along}"] - 1) * shape[f"dilation_{along}"] + 2) // 2
    weights = 0 if by_3x3 else 4 * shape[f"kernel_{down}"] * pairs
    return 2 * plane.height * plane.width + weights


@dataclass(frozen=True)
class DepthwiseRecords:
    """Constants of one depthwise convolution, before its orientation is known.

    Attributes:
        numbers: int32 (channels, 3): start, m, c.
        scale: int64 (channels,), a power of two on the weights.
        shift: int64 (channels,), 0 line form, 1..31 two roundings, 32 one rounding, 33 constant.
        kernels: int8 (channels, kernel height, kernel width).
    """

    numbers: NDArray[np.int32]
    scale: Int64Array
    shift: Int64Array
    kernels: NDArray[np.int8]

    @property
    def fit_3x3(self) -> bool:
        """Whether the forms are among those of the functions for 3x3 kernels."""
        return not np.any(self.shift == _ONE_ROUNDING)

    def packed(self, *, transposed: bool) -> NDArray[np.int8]:
        """Records of `th_depthwise_dsp.h`: int8, flat."""
        channels = len(self.kernels)
        kernels = self.kernels.transpose(0, 2, 1) if transposed else self.kernels
        weights = kernels.reshape(channels, -1)
        taps = weights.shape[1]
        records = np.zeros((channels, 12 + -(-(taps + 2) // 4) * 4), np.int8)
        records[:, :12] = self.numbers.astype("<i4").view(np.int8)
        records[:, 12 : 12 + taps] = weights
        records[:, 12 + taps] = self.scale
        records[:, 13 + taps] = self.shift
        return records.reshape(-1)


def depthwise_records(
    weights: NDArray[np.int8], bounds: Accumulators, kernel_width: int
) -> DepthwiseRecords | None:
    """Chooses a form for every channel.

    Args:
        weights: int8 (output channels, kernel height * kernel width).
        bounds: of the same layer.
        kernel_width: of the kernel in the image.

    Returns:
        None if a channel has no exact form.
    """
    if np.any(np.abs(bounds.least) >= 1 << 31) or np.any(np.abs(bounds.largest) >= 1 << 31):
        return None  # the portable accumulator would wrap
    kernels = np.where(bounds.constant[:, None], 0, weights).astype(np.int8)
    bounds = without_constant_sums(bounds)

    scale = line_scale(bounds, _DEPTHWISE_SHIFT)
    lines = fit_line(bounds, _DEPTHWISE_SHIFT, scale)
    rounded = two_rounding_constants(bounds)
    # without a right shift TFLite Micro rounds once
    doubled = 1 + np.maximum(bounds.shift, 0)
    reach = np.maximum(np.abs(bounds.least), np.abs(bounds.largest))
    once = (bounds.shift >= 0) & (doubled <= _LARGEST_SCALE) & ~bounds.constant
    once &= reach << np.minimum(doubled, _LARGEST_SCALE) < 1 << 31
    rounded[once, 1], rounded[once, 2] = bounds.output_zero_point, _ONE_ROUNDING
    if not np.all(lines.found | once | bounds.two_roundings_fit):
        return None
    line = np.stack([lines.slope, lines.offset], axis=1)
    scale = np.where(lines.found, scale, np.where(once, doubled, 1))
    start = (bounds.bias << scale) + np.where(lines.found, lines.correction, 0)
    numbers = np.column_stack([start, np.where(lines.found[:, None], line, rounded[:, :2])])
    shift = np.where(lines.found, 0, rounded[:, 2])
    shift[bounds.constant] = _CONSTANT
    numbers[bounds.constant, 2] = bounds.constant_result[bounds.constant]
    return DepthwiseRecords(
        numbers=numbers.astype(np.int32),
        scale=scale,
        shift=shift,
        kernels=kernels.reshape(len(weights), -1, kernel_width),
    )
