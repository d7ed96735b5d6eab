"""What a translated layer would give if it were wrong in a usual way: which of them is what came out?

Where a layer's results follow no pattern, the ONNX node is computed again with other padding, with its
inputs in another order, or with its kernel turned, from the same operands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import helper, numpy_helper

_ALIKE = 1e-4  # of the largest value
_MOST_PADDING = 6


def usual_mistake(
    path: Path,
    layer: str,
    values: Mapping[str, NDArray[np.float32]],
    actual: NDArray[np.float32],
) -> str:
    """A sentence about the mistake that gives exactly what came out, '' if none of these does.

    Args:
        path: the ONNX network.
        layer: name of the node's result.
        values: computed tensors by name, in ONNX's order.
        actual: what came out for the layer, in ONNX's order.
    """
    model = onnx.load(path)
    node = next((n for n in model.graph.node if layer in n.output), None)
    if node is None or node.op_type not in ("Conv", "AveragePool", "MaxPool"):
        return ""
    constants = {i.name: numpy_helper.to_array(i) for i in model.graph.initializer}
    operands = {n: constants.get(n, values.get(n)) for n in node.input if n}
    known = {name: value for name, value in operands.items() if value is not None}
    if len(known) < len(operands):
        return ""
    opset = next(o.version for o in model.opset_import if o.domain in ("", "ai.onnx"))
    for words, rival, given in _rivals(node, known):
        came = _computed(rival, given, opset)
        if came is not None and came.size == actual.size:
            difference = np.abs(came.reshape(actual.shape) - actual).max(initial=0.0)
            if difference <= _ALIKE * float(np.abs(actual).max(initial=0.0)):
                return words
    return ""


Operands = Mapping[str, NDArray[Any]]


def _rivals(node: onnx.NodeProto, operands: Operands) -> Iterator[tuple[str, onnx.NodeProto, Operands]]:
    attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    pads = [int(n) for n in attributes.get("pads", ())]
    half = len(pads) // 2
    totals = [low + high for low, high in zip(pads[:half], pads[half:], strict=True)]
    if totals and max(totals) <= _MOST_PADDING:
        for lows in product(*(range(total + 2) for total in totals)):
            for extra in (-1, 0, 1):  # a stride above one may hide a row; the fewest are told
                highs = [t + extra - low for t, low in zip(totals, lows, strict=True)]
                changed = [*lows, *highs]
                if min(highs) < 0 or changed == pads:
                    continue
                rival = onnx.NodeProto()
                rival.CopyFrom(node)
                del rival.attribute[:]
                for name, value in {**attributes, "pads": changed}.items():
                    rival.attribute.append(helper.make_attribute(name, value))
                yield f"Padding: it is {changed} and should be {pads}.", rival, operands
    if node.op_type != "Conv":
        return
    name = node.input[1]
    weights = operands[name]
    turned = tuple(range(2, weights.ndim))
    for words, other in (
        ("Swapped channels: its inputs are taken in the opposite order.", weights[:, ::-1]),
        ("Layout: its kernel is turned round.", np.flip(weights, turned)),
        ("Layout: height and width of its kernel are swapped.", np.swapaxes(weights, 2, turned[-1])),
    ):
        if not np.array_equal(other, weights):
            yield words, node, {**operands, name: np.ascontiguousarray(other)}


def _computed(node: onnx.NodeProto, operands: Operands, opset: int) -> NDArray[Any] | None:
    """The node's first result, None if ONNX Runtime does not accept it."""
    describe = helper.make_tensor_value_info
    inputs = [
        describe(n, helper.np_dtype_to_tensor_dtype(v.dtype), v.shape) for n, v in operands.items()
    ]
    result = describe(node.output[0], onnx.TensorProto.FLOAT, None)
    graph = helper.make_graph([node], "rival", inputs, [result])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = min(model.ir_version, 10)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        found: NDArray[Any] = session.run(None, dict(operands))[0]
    except Exception:  # ONNX Runtime raises many kinds; a rival that cannot run explains nothing
        return None
    return found
