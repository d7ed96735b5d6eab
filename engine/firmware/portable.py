"""The portable kernel of each operator kind: plain C11, right on every core, the reference for the rest."""

from __future__ import annotations

from collections.abc import Callable

from engine.firmware import elementwise, layers, moves
from engine.graph import Operator, TensorGraph
from engine.plan import KernelChoice

PORTABLE: dict[str, Callable[[TensorGraph, Operator], KernelChoice]] = {
    "ADD": elementwise.add,
    "AVERAGE_POOL_2D": layers.average_pool,
    "CONV_2D": layers.convolution,
    "DEPTHWISE_CONV_2D": layers.depthwise,
    "FULLY_CONNECTED": layers.fully_connected,
    "MAX_POOL_2D": layers.max_pool,
    "MUL": elementwise.multiply,
    "RESHAPE": moves.reshape,
    "SOFTMAX": elementwise.softmax,
    "SUB": elementwise.subtract,
}
