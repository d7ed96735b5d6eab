"""The portable kernel of each operator kind: plain C11, for every core, the reference for the rest."""

from __future__ import annotations

from collections.abc import Callable

from engine.firmware import elementwise, layers, moves, reductions, sequences, tables
from engine.graph import Operator, TensorGraph
from engine.plan import KernelChoice

PORTABLE: dict[str, Callable[[TensorGraph, Operator], KernelChoice]] = {
    "ADD": elementwise.add,
    "ASSIGN_VARIABLE": sequences.assign_variable,
    "AVERAGE_POOL_2D": layers.average_pool,
    "CALL_ONCE": sequences.call_once,
    "CONCATENATION": moves.concatenate,
    "CONV_2D": layers.convolution,
    "DEPTHWISE_CONV_2D": layers.depthwise,
    "DEQUANTIZE": tables.dequantize,
    "EXPAND_DIMS": moves.reshape,
    "FULLY_CONNECTED": layers.fully_connected,
    "HARD_SWISH": tables.hard_swish,
    "LEAKY_RELU": tables.leaky_relu,
    "LOGISTIC": tables.logistic,
    "MAX_POOL_2D": layers.max_pool,
    "MEAN": reductions.mean,
    "MUL": elementwise.multiply,
    "PAD": moves.pad,
    "PADV2": moves.pad,
    "PRELU": elementwise.prelu,
    "QUANTIZE": tables.quantize,
    "READ_VARIABLE": sequences.read_variable,
    "RELU": tables.relu,
    "RELU6": tables.relu6,
    "RESHAPE": moves.reshape,
    "RESIZE_NEAREST_NEIGHBOR": moves.resize_nearest,
    "SLICE": moves.slice_,
    "SOFTMAX": elementwise.softmax,
    "SPLIT": moves.split,
    "SPLIT_V": moves.split_v,
    "SQUEEZE": moves.reshape,
    "STRIDED_SLICE": moves.strided_slice,
    "SUB": elementwise.subtract,
    "SVDF": sequences.svdf,
    "TANH": tables.tanh,
    "TRANSPOSE": moves.transpose,
    "TRANSPOSE_CONV": layers.transpose_convolution,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": sequences.lstm,
    "VAR_HANDLE": sequences.variable,
}
