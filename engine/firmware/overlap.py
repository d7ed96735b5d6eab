"""How far before its input a layer's output may begin when both share bytes.

A window kernel computes its outputs in the order in which they lie in memory. Output may overwrite
input that no later output reads; the lead is the least distance by which the output must begin before
the input for that to hold for every output.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

_NEVER = np.int64(1) << 60

Int64Array = NDArray[np.int64]


def window_lead(
    shape: Mapping[str, int], *, channels: tuple[int, int], value_bytes: int, block: int
) -> int | None:
    """Lead of a convolution or pooling window, bytes.

    Args:
        shape: sizes of input, output, kernel, stride, dilation (1 if missing) and padding.
        channels: of input and output.
        value_bytes: of one activation, the same on both sides.
        block: positions whose inputs are all read before the first of their outputs is written; 0 if a
            position's own inputs are still read while its outputs are written.

    Returns:
        None where several images in one batch follow each other.
    """
    if shape["batches"] != 1:
        return None
    rows, row_taps = _first_taps(shape, "height", "top")
    columns, column_taps = _first_taps(shape, "width", "left")
    pixel = (rows[:, None] * shape["input_width"] + columns[None, :]).reshape(-1)
    reads = (row_taps[:, None] & column_taps[None, :]).reshape(-1)
    needed = np.where(reads, pixel * channels[0] * value_bytes, _NEVER)
    return lead_of(needed, channels[1] * value_bytes, block=block)


def window_back_lead(
    shape: Mapping[str, int], *, channels: tuple[int, int], value_bytes: int, block: int
) -> int | None:
    """The largest lead at which a window kernel is right that works from the last position to the first.

    Arguments and None as for `window_lead`; blocks of positions are counted from the last one.
    """
    lead = window_lead(
        {**shape, "pad_top": _pad_behind(shape, "height", "top"),
         "pad_left": _pad_behind(shape, "width", "left")},
        channels=channels,
        value_bytes=value_bytes,
        block=block,
    )  # fmt: skip
    if lead is None:
        return None
    sizes = [
        shape[f"{side}_height"] * shape[f"{side}_width"] * count * value_bytes
        for side, count in zip(("input", "output"), channels, strict=True)
    ]
    return back_lead(lead, *sizes)


def back_lead(lead: int, input_bytes: int, output_bytes: int) -> int:
    """From a lead in the mirrored order, where all is counted from the tensors' ends, to one in this."""
    return output_bytes - input_bytes - lead


def _pad_behind(shape: Mapping[str, int], down: str, before: str) -> int:
    """How far the last window reaches behind the input; negative if it ends before."""
    reach = (shape[f"kernel_{down}"] - 1) * shape.get(f"dilation_{down}", 1) + 1
    last = (shape[f"output_{down}"] - 1) * shape[f"stride_{down}"] - shape[f"pad_{before}"]
    return last + reach - shape[f"input_{down}"]


def lead_of(needed: Int64Array, bytes_each: int, *, block: int) -> int:
    """Lead for results of `bytes_each` bytes that follow each other, at least one; may be negative.

    Args:
        needed: int64 (results,), the lowest byte that each result reads.
        bytes_each: of one result.
        block: see `window_lead`.
    """
    still_needed = np.minimum.accumulate(needed[::-1])[::-1]
    still_needed = np.append(still_needed, _NEVER)
    results = np.arange(len(needed), dtype=np.int64)
    if block == 0:
        ahead = (results + 1) * bytes_each - still_needed[:-1]
    else:
        ends = np.minimum((results // block + 1) * block, len(needed))
        ahead = ends * bytes_each - still_needed[ends]
    return int(ahead.max())


def _first_taps(
    shape: Mapping[str, int], down: str, before: str
) -> tuple[Int64Array, NDArray[np.bool_]]:
    """(first row or column inside the input, whether there is one) for each output along an axis."""
    dilation, taps = shape.get(f"dilation_{down}", 1), shape[f"kernel_{down}"]
    start = np.arange(shape[f"output_{down}"], dtype=np.int64) * shape[f"stride_{down}"]
    start -= shape[f"pad_{before}"]
    skipped = np.maximum(-(start // dilation), 0)
    first = start + skipped * dilation
    return first, (first < shape[f"input_{down}"]) & (skipped < taps)
