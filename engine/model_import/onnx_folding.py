"""ONNX nodes that do not depend on the input: their results are computed once, here, by numpy.

Exporters compute shapes at run time (Shape, Gather, Concat, Reshape) and reorder weights; only
operators that cannot grow beyond their operands are folded, so a small file stays small.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import onnx
from onnx.reference import ReferenceEvaluator

from engine.errors import BadInputFile, UnsupportedOperator
from engine.model_import.module_builder import NDArrayAny, Value

_MAX_GROWN = 1 << 20  # elements
_GROWING = frozenset({"ConstantOfShape", "Expand", "Tile", "Range"})
FOLDABLE = frozenset(
    "Abs Add And Cast Ceil Concat Constant ConstantOfShape DequantizeLinear Div Equal Expand Floor "
    "Gather Greater Identity Less Max Min Mod Mul Neg Not Or QuantizeLinear Range ReduceProd Reshape "
    "Shape Slice Sqrt Squeeze Sub Sum Tile Transpose Unsqueeze Where".split()
)


def folded(
    node: onnx.NodeProto,
    operands: list[Value | NDArrayAny | None],
    attributes: dict[str, Any],
    opset: int,
    file_name: str,
) -> NDArrayAny | list[NDArrayAny]:
    """The constant results of a node whose operands are constants (or of `Shape`, of anything).

    Raises:
        UnsupportedOperator: the operator is not one that folds.
        BadInputFile: the result would be larger than anything a network needs, or has no value.
    """
    if node.op_type == "Constant":
        return np.asarray(next(iter(attributes.values())))
    if node.op_type == "Shape" and isinstance(operands[0], Value):
        shape = np.array(operands[0].shape, np.int64)
        return shape[attributes.get("start", 0) : attributes.get("end", None)]
    if node.op_type not in FOLDABLE:
        raise UnsupportedOperator(
            f"{file_name}: {node.op_type} of constants in {node.output[0]} cannot be imported.",
            hint="Simplify the model (for example with onnxsim), then import it.",
            operator=node.op_type,
            layer=node.output[0],
        )
    if node.op_type in ("QuantizeLinear", "DequantizeLinear"):
        return _quantised(node.op_type, operands, attributes, file_name)
    arrays = {n: np.asarray(o) for n, o in zip(node.input, operands, strict=True) if o is not None}
    if node.op_type in _GROWING and _grown(node.op_type, list(arrays.values())) > _MAX_GROWN:
        raise BadInputFile(
            f"{file_name} computes a constant of more than a million numbers.", hint="Export it again."
        )
    inputs = [onnx.helper.make_tensor_value_info(n, onnx.TensorProto.UNDEFINED, None) for n in arrays]
    outputs = [
        onnx.helper.make_tensor_value_info(n, onnx.TensorProto.UNDEFINED, None) for n in node.output
    ]
    graph = onnx.helper.make_graph([node], "constant", inputs, outputs)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", opset)])
    try:
        return [np.asarray(r) for r in ReferenceEvaluator(model).run(None, arrays)]
    except Exception as error:  # the evaluator lets anything out
        raise BadInputFile(
            f"{file_name}: the constant {node.output[0]} cannot be computed.",
            hint="Export the model again.",
            details=str(error)[:500],
        ) from error


def _quantised(
    kind: str, operands: list[Value | NDArrayAny | None], attributes: dict[str, Any], file_name: str
) -> NDArrayAny:
    """Quantisation of weights: one scale, or one per index of an axis."""
    values, scales = np.asarray(operands[0]), np.asarray(operands[1], np.float32)
    given = operands[2] if len(operands) > 2 else None
    points = np.zeros(scales.shape, np.uint8) if given is None else np.asarray(given)
    if scales.ndim == 1 and scales.size > 1:
        shape = [1] * values.ndim
        shape[attributes.get("axis", 1)] = scales.size
        scales, points = scales.reshape(shape), points.reshape(shape)
    elif scales.size != 1 or attributes.get("block_size", 0):
        raise BadInputFile(
            f"{file_name} has weights with a scale per block.", hint="Quantise them per channel."
        )
    if kind == "DequantizeLinear":
        return np.asarray((values.astype(np.int64) - points) * scales, np.float32)
    limits = np.iinfo(points.dtype)
    quanta = np.rint(values / scales) + points
    return np.asarray(np.clip(quanta, limits.min, limits.max), points.dtype)


def _grown(kind: str, arrays: list[NDArrayAny]) -> float:
    """How many elements a node would make."""
    if kind == "ConstantOfShape":
        return math.prod(int(n) for n in arrays[0].ravel())
    if kind == "Range":
        start, limit, delta = (float(a) for a in arrays[:3])
        return abs((limit - start) / delta) if delta else math.inf
    shape = math.prod(max(1, int(n)) for n in arrays[1].ravel())
    return shape * (arrays[0].size if kind == "Tile" else 1)
