"""What stands around a written-out sequence in an ONNX graph: constants in front, picks of steps behind.

A network that reads one step gets that step's state; otherwise the states of all steps would be kept
and joined, only to be cut again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx.reference import ReferenceEvaluator

_PICKING = ("Gather", "Slice")


def read_steps_directly(
    graph: onnx.GraphProto, sequence: str, states: Sequence[str], units: int
) -> None:
    """Replace, in place, each pick of one step by that step's state.

    Args:
        graph: the unrolled network.
        sequence: name of the joined states, (steps, 1, 1, units).
        states: name of the state after each step, (1, units).
        units: of a state.
    """
    constants = {i.name: onnx.numpy_helper.to_array(i) for i in graph.initializer}
    numbers = np.arange(len(states) * units)
    places: dict[str, NDArray[Any]] = {sequence: numbers.reshape(len(states), 1, 1, units)}
    for node in graph.node:
        source = places.get(node.input[0]) if node.input else None
        operands = [constants.get(name) for name in node.input[1:]]
        if source is None or any(operand is None for operand in operands):
            continue
        moved = _moved(node, source, operands)
        if moved is None:
            continue
        places[node.output[0]] = moved
        step = int(moved.flat[0]) // units
        one_step = numbers[step * units : (step + 1) * units]
        if node.op_type in _PICKING and np.array_equal(moved.ravel(), one_step):
            shape = onnx.numpy_helper.from_array(
                np.array(moved.shape, np.int64), f"{node.output[0]}.picked_shape"
            )
            graph.initializer.append(shape)
            node.op_type = "Reshape"
            node.ClearField("attribute")
            del node.input[:]
            node.input.extend([states[step], shape.name])


def drop_unread(graph: onnx.GraphProto) -> None:
    """Remove nodes and constants that nothing reads."""
    read = {value.name for value in graph.output}
    kept = []
    for node in reversed(graph.node):
        if read & set(node.output):
            kept.append(node)
            read |= set(node.input)
    del graph.node[:]
    graph.node.extend(reversed(kept))
    constants = [initializer for initializer in graph.initializer if initializer.name in read]
    del graph.initializer[:]
    graph.initializer.extend(constants)


def _moved(
    node: onnx.NodeProto, source: NDArray[Any], operands: Sequence[NDArray[Any] | None]
) -> NDArray[Any] | None:
    """What numpy makes of numbered places, None for an operator that does more than move."""
    attributes: Mapping[str, Any] = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    numbers = [np.asarray(operand) for operand in operands]
    if node.op_type == "Identity":
        return source
    if node.op_type == "Transpose":
        return source.transpose(attributes.get("perm"))
    if node.op_type == "Reshape":
        target = [source.shape[i] if n == 0 else int(n) for i, n in enumerate(numbers[0].ravel())]
        return source.reshape(target)
    if node.op_type == "Squeeze" and numbers:
        return source.squeeze(tuple(int(n) for n in numbers[0].ravel()))
    if node.op_type == "Gather":
        return source.take(numbers[0], axis=attributes.get("axis", 0))
    if node.op_type == "Slice" and len(numbers) >= 3:
        steps = numbers[3] if len(numbers) > 3 else np.ones_like(numbers[0])
        index = [slice(None)] * source.ndim
        for start, end, axis, step in zip(*numbers[:3], steps, strict=True):
            index[int(axis)] = slice(int(start), int(end), int(step))
        part = source[tuple(index)]
        return part if part.size else None
    return None


def fold_into(constants: dict[str, NDArray[Any]], model: onnx.ModelProto, names: Sequence[str]) -> None:
    """Add the values of tensors that do not depend on the network's inputs.

    PyTorch's exporter brings the gates of large layers into ONNX's order by nodes of their own.

    Args:
        constants: known values by name; results are added.
        model: the network.
        names: tensors whose values are wanted; those that depend on an input are left out.
    """
    producers = {name: node for node in model.graph.node for name in node.output}
    waiting, depend = list(names), {value.name for value in model.graph.input}
    while waiting:
        node = producers.get(waiting[-1])
        if waiting[-1] in constants or node is None:
            waiting.pop()
            continue
        needed = [name for name in node.input if name]
        missing = [name for name in needed if name not in constants]
        if any(name in depend or name in waiting or name not in producers for name in missing):
            depend.add(waiting.pop())
        elif missing:
            waiting += missing
        else:
            evaluator = ReferenceEvaluator(_alone(node, model))
            results = evaluator.run(None, {name: constants[name] for name in needed})
            constants.update(zip(node.output, map(np.asarray, results), strict=True))
            waiting.pop()


def _alone(node: onnx.NodeProto, model: onnx.ModelProto) -> onnx.ModelProto:
    """A model of one node."""
    describe = onnx.helper.make_tensor_value_info
    inputs, outputs = (
        [describe(name, onnx.TensorProto.UNDEFINED, None) for name in names if name]
        for names in (dict.fromkeys(node.input), node.output)
    )
    graph = onnx.helper.make_graph([node], "constant", inputs, outputs)
    return onnx.helper.make_model(graph, opset_imports=model.opset_import)
