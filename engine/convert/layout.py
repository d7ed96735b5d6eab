"""How an ONNX tensor (channels first) lies in memory in the TensorFlow form (channels last).

Convolutions of TFLite want `(batch, height, width, channels)`. Instead of transposing values, each
value remembers which ONNX axis every stored axis holds. A 1-D signal `(batch, channels, length)` is
stored with a height of one, so that no reshape stands between its layers either.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Axes = tuple[int | None, ...]

CHANNELS_LAST: dict[int, Axes] = {4: (0, 2, 3, 1), 3: (0, None, 2, 1)}


@dataclass(frozen=True)
class Value:
    """One ONNX tensor in its stored form.

    Attributes:
        tensor: the TensorFlow tensor, in stored order.
        shape: the ONNX shape.
        axes: for each stored axis the ONNX axis it holds, None for an added axis of length one.
        features: for a flattened image, the ONNX position of each stored feature of the last axis.
    """

    tensor: Any
    shape: tuple[int, ...]
    axes: Axes
    features: NDArray[np.int64] | None = None

    def stored_axis(self, onnx_axis: int) -> int:
        """Where an ONNX axis (negative counts from the end) lies."""
        return self.axes.index(onnx_axis % len(self.shape))

    @property
    def plain(self) -> bool:
        """Stored exactly as ONNX stores it."""
        return self.axes == tuple(range(len(self.shape))) and self.features is None


def channels_last(rank: int) -> Axes:
    """The stored order of an image (rank 4) or signal (rank 3); others stay as they are."""
    return CHANNELS_LAST.get(rank, tuple(range(rank)))


def stored_shape(shape: tuple[int, ...], axes: Axes) -> tuple[int, ...]:
    """Shape in memory of an ONNX shape laid out along `axes`."""
    return tuple(1 if axis is None else shape[axis] for axis in axes)


def lay_out(array: NDArray[Any], axes: Axes) -> NDArray[Any]:
    """A constant in ONNX order, brought into stored order; missing leading axes are added."""
    rank = sum(axis is not None for axis in axes)
    full = array.reshape((1,) * (rank - array.ndim) + array.shape)
    order = [axis for axis in axes if axis is not None]
    return np.ascontiguousarray(full.transpose(order)).reshape(stored_shape(full.shape, axes))


def memory_order(
    shape: tuple[int, ...], axes: Axes, features: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """For each stored element, its position in ONNX's (row-major) order."""
    positions = np.arange(math.prod(shape), dtype=np.int64).reshape(shape)
    if features is not None:
        positions = positions[..., features]
    return lay_out(positions, axes).ravel()
