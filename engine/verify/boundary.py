"""Inputs at the ends of what a network may be given: where saturation and borders go wrong first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.tflite_model import TfliteModel

_FLOAT_ENDS = (-1.0, 1.0, 0.0)


def boundary_inputs(model: TfliteModel) -> list[list[NDArray[Any]]]:
    """Inputs of a network in its own numbers, all its inputs at the same boundary.

    All at the smallest number, all at the largest, all at zero (the zero point), and zeros with one
    largest number in the first and in the last place.
    """
    tensors = [int(t) for t in model.graph.inputs]
    ends = [_ends(model, tensor) for tensor in tensors]
    shapes = [model.shape(tensor) for tensor in tensors]
    types = [np.dtype(model.dtype(tensor)) for tensor in tensors]
    samples: list[list[NDArray[Any]]] = []
    for level in range(3):
        samples.append([np.full(s, e[level], d) for s, e, d in zip(shapes, ends, types, strict=True)])
    for place in (0, -1):
        sample = [np.full(s, e[2], d) for s, e, d in zip(shapes, ends, types, strict=True)]
        for values, (_, high, _) in zip(sample, ends, strict=True):
            values.reshape(-1)[place] = high
        samples.append(sample)
    return samples


def boundary_values(path: Path, shape: Sequence[int], position: int = 0) -> NDArray[np.float32]:
    """The same in real numbers for one input: float32 (5, *shape), channels last.

    Args:
        path: the `.tflite`.
        shape: of the input without batch.
        position: which of the network's inputs.
    """
    model = TfliteModel.read(path)
    tensor = int(model.graph.inputs[position])
    found = model.quantization(tensor)
    low, high, zero = (float(end) for end in _ends(model, tensor))
    if found is not None:
        scale, point = float(found[0][0]), int(found[1][0])
        low, high, zero = (low - point) * scale, (high - point) * scale, 0.0
    samples = np.full((5, *shape), zero, np.float32)
    samples[0], samples[1] = low, high
    samples[3].reshape(-1)[0] = high
    samples[4].reshape(-1)[-1] = high
    return samples


def _ends(model: TfliteModel, tensor: int) -> tuple[float, float, float]:
    """Smallest and largest number of a tensor, and the one that stands for zero."""
    dtype = np.dtype(model.dtype(tensor))
    if dtype.kind == "f":
        return _FLOAT_ENDS
    if dtype.kind == "b":
        return 0, 1, 0
    limits = np.iinfo(dtype)
    found = model.quantization(tensor)
    return limits.min, limits.max, int(found[1][0]) if found is not None else 0
