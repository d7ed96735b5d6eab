"""Operators that only move values: views where the bytes stay in place, strided copies elsewhere."""

from __future__ import annotations

from engine.firmware.refusal import operand, require, result
from engine.graph import Operator, TensorGraph
from engine.plan import Constant, KernelCall, KernelChoice


def reshape(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """RESHAPE, EXPAND_DIMS, SQUEEZE: the same bytes under another shape."""
    source, output = operand(graph, operator, 0), result(graph, operator)
    require(
        source.elements == output.elements and source.dtype == output.dtype,
        "its output does not have as many elements as its input",
    )
    if source.data is None:
        return KernelChoice(operator=operator.index, kernel="view", in_place_input=0, view=True)
    call = KernelCall(
        function="th_copy_bytes",
        header="th_move.h",
        inputs=(),
        outputs=(output.index,),
        shape_type="th_bytes_shape",
        shape={"bytes": output.size_bytes},
        constants={"values": Constant(values=source.data, tensor=source.index)},
    )
    return KernelChoice(operator=operator.index, kernel="copy", calls=(call,))
