"""Biases that are too large for their whole numbers.

A bias is stored in units of the input's scale times the weights' scale. Training leaves channels whose
weights are all nearly zero; the scale that suits such weights makes the unit so small that the bias no
longer fits and would be cut off. Such weights get the smallest scale with which the bias fits.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from engine.tflite_model import TfliteModel

_WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
# Half of what 32 bits hold, so that sums have room; with 16-bit activations biases have 64 bits, but
# the kernels multiply only numbers below 2**47.
_LARGEST = {"int32": float(1 << 30), "int64": float(1 << 40)}


def fit_large_biases(model: TfliteModel, float_model: TfliteModel) -> None:
    """Widen the scales of weights whose bias does not fit, and quantise both again.

    Args:
        model: the quantised network; changed in place.
        float_model: the same network before, its constants under the same names.
    """
    constants = {
        float_model.name(t): t for t in range(len(float_model.tensors)) if float_model.is_constant(t)
    }
    readers = Counter(int(t) for _, operator in model.operators() for t in operator.inputs)
    for kind, operator in model.operators():
        tensors = [int(t) for t in operator.inputs]
        if kind not in _WEIGHTED or len(tensors) < 3 or tensors[2] < 0:
            continue
        weights, bias = (constants.get(model.name(t)) for t in tensors[1:3])
        alone = readers[tensors[1]] == readers[tensors[2]] == 1  # another reader has its own unit
        if weights is not None and bias is not None and alone:
            _fit(model, tensors, float_model.constant(weights), float_model.constant(bias))
    model.drop_unused_tensors()  # and the constants that were replaced


def _fit(model: TfliteModel, tensors: list[int], weights: Any, bias: Any) -> None:
    given, stored, stored_bias = (model.quantization(t) for t in tensors[:3])
    largest = _LARGEST.get(model.dtype(tensors[2]))
    if given is None or stored is None or stored_bias is None or largest is None:
        return
    scales, points, axis = stored
    needed = np.abs(bias.astype(np.float64)) / (largest * float(given[0][0]))
    if scales.size == 1:
        needed = needed.max(keepdims=True)
    if needed.size != scales.size or (needed <= scales).all():
        return
    widened = np.maximum(scales, needed).astype(np.float32)
    shape = [1] * weights.ndim
    shape[axis if widened.size > 1 else 0] = widened.size
    limit = np.iinfo(model.dtype(tensors[1])).max
    quanta = np.clip(np.rint(weights / widened.reshape(shape).astype(np.float64)), -limit, limit)
    model.set_constant(tensors[1], quanta.astype(model.dtype(tensors[1])))
    units = (widened.astype(np.float64) * float(given[0][0])).astype(np.float32)
    whole = np.rint(bias / units.astype(np.float64))
    model.set_constant(tensors[2], whole.astype(model.dtype(tensors[2])))
    for tensor, values in ((tensors[1], widened), (tensors[2], units)):
        model.graph.tensors[tensor].quantization.scale = values
