"""Layers with weights as the generator knows them: which inputs and results never change.

Trained networks hold channels that never leave their zero point. Where the operator before is a
convolution whose channel is constant, its value moves into the next layer's bias, exactly; that makes
more channels constant, and their sums need not be computed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.firmware.layers import bias_constant, output_multipliers, quantization_parameters
from engine.firmware.refusal import constant, operand, optional_operand, result, run_time
from engine.firmware.requantization import Accumulators, accumulators
from engine.graph import Operator, TensorGraph

_WITH_WEIGHTS = ("CONV_2D", "DEPTHWISE_CONV_2D")
_LOOK_BACK = 2  # operators; a depthwise convolution passes on what its own input lacks


def is_int8(graph: TensorGraph, operator: Operator) -> bool:
    """Int8 input, weights and output, 32-bit bias; the weights known."""
    source, weights = run_time(operand(graph, operator, 0), "input"), operand(graph, operator, 1)
    bias = optional_operand(graph, operator, 2)
    return (
        source.dtype == weights.dtype == result(graph, operator).dtype == "int8"
        and weights.data is not None
        and (bias is None or bias.dtype == "int32")
    )


def _weights(graph: TensorGraph, operator: Operator) -> NDArray[np.int8]:
    """(output channels, taps)."""
    weights = constant(graph, operator, 1, "weights")
    assert weights.data is not None
    values = weights.data.astype(np.int8)
    if operator.kind == "DEPTHWISE_CONV_2D":
        return np.ascontiguousarray(values.reshape(-1, values.shape[3]).T)
    return values.reshape(len(values), -1)


def known_layer(
    graph: TensorGraph, operator: Operator, look_back: int = _LOOK_BACK
) -> tuple[NDArray[np.int8], Accumulators, NDArray[np.bool_]]:
    """A convolution, depthwise convolution or fully connected layer without its constant inputs.

    Args:
        graph: the network.
        operator: int8, see `is_int8`.
        look_back: how many operators before it may be asked for constant channels.

    Returns:
        Weights int8 (output channels, taps), 0 where the input is constant; accumulators with those
        inputs in the bias; bool (input channels,), the inputs that vary.
    """
    weights = _weights(graph, operator)
    multipliers, shifts = output_multipliers(
        graph, operator, 3 if operator.kind == "DEPTHWISE_CONV_2D" else 0
    )
    parameters = quantization_parameters(graph, operator)
    bias = bias_constant(optional_operand(graph, operator, 2), len(weights), "int32").values.astype(
        np.int64
    )
    zero_point = parameters["input_zero_point"]
    values, known = _constant_channels(graph, operator, look_back)
    if operator.kind == "DEPTHWISE_CONV_2D":
        # at the zero point a channel looks like the padding around it
        known &= values == zero_point
        weights = np.where(np.repeat(known, len(weights) // len(known))[:, None], 0, weights)
    elif operator.kind == "CONV_2D":
        taps = weights.shape[1] // len(known)
        if taps > 1:
            known &= values == zero_point
        gone = np.tile(known, taps)
        bias = bias + np.where(gone, weights, 0).astype(np.int64) @ np.tile(values - zero_point, taps)
        weights = np.where(gone, 0, weights)
    weights = weights.astype(np.int8)
    return weights, accumulators(weights, bias, multipliers, shifts, **parameters), ~known


def _constant_channels(
    graph: TensorGraph, operator: Operator, look_back: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """(value in quanta, whether it is known) of each channel of input 0."""
    source = graph.tensors[operator.inputs[0]]
    channels = source.shape[-1]
    producer = next((o for o in graph.operators if source.index in o.outputs), None)
    unknown = np.zeros(channels, np.int64), np.zeros(channels, np.bool_)
    if (
        look_back == 0
        or producer is None
        or producer.kind not in _WITH_WEIGHTS
        or operator.kind not in _WITH_WEIGHTS
        or not is_int8(graph, producer)
        or (operator.kind == "CONV_2D" and graph.tensors[operator.inputs[1]].shape[3] != channels)
        or graph.tensors[producer.inputs[1]].shape[0 if producer.kind == "CONV_2D" else 3] != channels
        or (
            producer.kind == "CONV_2D"
            and graph.tensors[producer.inputs[1]].shape[3] != graph.tensors[producer.inputs[0]].shape[-1]
        )
    ):
        return unknown
    _, bounds, _ = known_layer(graph, producer, look_back - 1)
    fits = (np.abs(bounds.least) < 1 << 31) & (np.abs(bounds.largest) < 1 << 31)
    values = np.clip(bounds.constant_result, bounds.minimum, bounds.maximum)
    return values, bounds.constant & fits
