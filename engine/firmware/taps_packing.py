"""Constants of `th_depthwise_taps_dsp.h`: four channels at once, straight from the image."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from engine.firmware.packing import BlockForms, Plane, plane_instructions, without_constant_sums
from engine.firmware.requantization import Accumulators, fit_line, some_channels

_CHANNELS = 4
_LARGEST_LINE_SHIFT = 12
_WORTH = 0.95  # of the other kernel's cycles


def pack_taps(weights: NDArray[np.int8], bounds: Accumulators) -> NDArray[np.int32] | None:
    """The stream of a depthwise convolution with as many output channels as input channels.

    Args:
        weights: int8 (channels, taps), four channels at least.
        bounds: of the same layer.

    Returns:
        int32, flat; None if neither form of requantisation is exact for a channel.
    """
    if np.any(np.abs(bounds.least) >= 1 << 31) or np.any(np.abs(bounds.largest) >= 1 << 31):
        return None  # the portable accumulator would wrap
    starts = np.minimum(np.arange(0, len(weights), _CHANNELS), len(weights) - _CHANNELS)
    chosen = (starts[:, None] + np.arange(_CHANNELS)).reshape(-1)
    kernels = np.where(bounds.constant[:, None], 0, weights).astype(np.int8)[chosen]
    bounds = some_channels(without_constant_sums(bounds), chosen)
    forms = BlockForms(bounds)
    scale = np.zeros(len(chosen), np.int64)
    for line_shift in range(1, _LARGEST_LINE_SHIFT + 1):
        forms.add(fit_line(bounds, line_shift, scale), line_shift)
    if not forms.complete:
        return None
    start = (bounds.bias + forms.corrections).reshape(len(starts), -1)
    four = kernels.reshape(len(starts), _CHANNELS, -1).transpose(0, 2, 1)
    words = np.ascontiguousarray(four).view("<i4").reshape(len(starts), -1)
    parts = [
        np.concatenate([start[block], words[block], [forms.shifts[block]], forms.constants[block]])
        for block in range(len(starts))
    ]
    return np.concatenate(parts).astype(np.int32)


def taps_scratch_bytes(taps: int, channels: int) -> int:
    """Scratch of `th_depthwise_taps_int8_dsp`: a pointer per tap, and a pixel of the zero point."""
    return 4 * taps + channels


def takes(shape: Mapping[str, int]) -> bool:
    """Whether this kernel can run a layer; `shape` as in `th_conv_shape`."""
    return shape["input_channels"] == shape["output_channels"] >= _CHANNELS


def is_cheaper(shape: Mapping[str, int], bounds: Accumulators, plane: Plane, *, by_3x3: bool) -> bool:
    """Whether it takes fewer cycles than the kernel for planes, with flash wait states.

    Fitted to layers of real networks on the virtual F407; those on the H743 lie on the same side.

    Args:
        shape: members of `th_conv_shape`.
        bounds: of the layer.
        plane: which the other kernel would take.
        by_3x3: whether the functions for 3x3 kernels would run it.
    """
    channels = shape["output_channels"]
    taps = shape["kernel_height"] * shape["kernel_width"]
    positions = shape["output_height"] * shape["output_width"]
    blocks = -(-channels // _CHANNELS)
    ours = positions * (70 + 12 * taps + blocks * _CHANNELS * (14 + 4 * taps))
    rows, columns = shape["input_height"], shape["input_width"]
    if plane.transposed:
        rows, columns = columns, rows
    fill = rows * (30 + 7 * columns)
    widen = 0 if by_3x3 else 8 * taps
    each = 330 + widen + fill + 1.41 * plane_instructions(shape, plane, by_3x3=by_3x3)
    constant = int(np.count_nonzero(bounds.constant))
    theirs = (channels - constant) * each + constant * (30 + 5 * positions)
    return ours < _WORTH * theirs
