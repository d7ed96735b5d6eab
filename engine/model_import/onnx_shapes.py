"""Shapes that an ONNX file's results have, by ONNX's own inference, where a layer cannot be imported."""

from __future__ import annotations

import math

import onnx

_SMALL_ELEMENTS = 1 << 10  # constants that shapes are computed from are small
_MAX_RANK = 8


def inferred_shapes(model: onnx.ModelProto) -> dict[str, tuple[int, ...]]:
    """Shapes of float results by name, with a batch of one; what cannot be inferred is left out.

    Args:
        model: a parsed file. Its large weights, functions and inner graphs are not looked at.
    """
    lean = onnx.ModelProto(ir_version=model.ir_version, opset_import=model.opset_import)
    lean.graph.name = "shapes"
    constants = set()
    for tensor in model.graph.initializer:
        constants.add(tensor.name)
        is_small = math.prod(tensor.dims) <= _SMALL_ELEMENTS and len(tensor.raw_data) <= 1 << 14
        if is_small and tensor.data_location != onnx.TensorProto.EXTERNAL:
            lean.graph.initializer.append(tensor)
        else:
            lean.graph.input.append(
                onnx.helper.make_tensor_value_info(tensor.name, tensor.data_type, list(tensor.dims))
            )
    for value in model.graph.input:
        if value.name not in constants:
            entry = lean.graph.input.add()
            entry.CopyFrom(value)
            dims = entry.type.tensor_type.shape.dim
            if dims and not (dims[0].HasField("dim_value") and dims[0].dim_value > 0):
                dims[0].dim_value = 1
    graphs = (onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS)
    for node in model.graph.node:
        if not any(attribute.type in graphs for attribute in node.attribute):
            lean.graph.node.append(node)
    for value in model.graph.output:
        lean.graph.output.append(onnx.helper.make_empty_tensor_value_info(value.name))
    try:
        inferred = onnx.shape_inference.infer_shapes(lean, data_prop=True)
    except Exception:  # a file may be anything, and shapes only help
        inferred = lean
    # the file's own words come last: an exporter knows what inference cannot
    found: dict[str, tuple[int, ...]] = {}
    for value in (*inferred.graph.value_info, *inferred.graph.output, *model.graph.value_info,
                  *model.graph.output):  # fmt: skip
        kind = value.type.tensor_type
        dims = [d.dim_value if d.HasField("dim_value") else 0 for d in kind.shape.dim]
        if kind.elem_type != onnx.TensorProto.FLOAT or not 1 <= len(dims) <= _MAX_RANK:
            continue
        dims[0] = dims[0] or 1
        if all(n > 0 for n in dims):
            found.setdefault(value.name, tuple(dims))
    return found
