"""Resource variables as plain tensors that keep their value, so that planning needs no second notion.

In the file a variable is a name that handles refer to. Here each becomes one variable tensor:
VAR_HANDLE has no output any more, READ_VARIABLE reads the tensor, ASSIGN_VARIABLE writes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from engine.errors import BadInputFile
from engine.graph import Operator, Tensor, TensorGraph


def lower_variables(graph: TensorGraph) -> TensorGraph:
    """The same graph with one variable tensor per resource name; unchanged if it has no variables.

    Raises:
        BadInputFile: a handle is unknown, or a variable is used with two shapes or types.
    """
    operators = (*graph.operators, *graph.initialisation)
    names = {
        operator.outputs[0]: f"{operator.options.get('container')}/{operator.options.get('shared_name')}"
        for operator in operators
        if operator.kind == "VAR_HANDLE" and operator.outputs
    }
    if not names:
        return graph
    tensors = list(graph.tensors)
    variables: dict[str, Tensor] = {}
    for operator in operators:
        if operator.kind in ("READ_VARIABLE", "ASSIGN_VARIABLE"):
            _declare(operator, names, tensors, variables)
    return replace(
        graph,
        tensors=tuple(tensors),
        operators=tuple(_lowered(graph.operators, names, variables)),
        initialisation=tuple(_lowered(graph.initialisation, names, variables)),
    )


def _declare(
    operator: Operator, names: dict[int, str], tensors: list[Tensor], variables: dict[str, Tensor]
) -> None:
    value_places = operator.outputs if operator.kind == "READ_VARIABLE" else operator.inputs[1:]
    if not operator.inputs or operator.inputs[0] not in names or len(value_places) != 1:
        raise BadInputFile(
            f"Operator {operator.index} ({operator.kind}) refers to no variable.",
            hint="Export or download the model again.",
        )
    if value_places[0] < 0:
        raise BadInputFile(f"Operator {operator.index} ({operator.kind}) has no value.")
    name, value = names[operator.inputs[0]], tensors[value_places[0]]
    known = variables.get(name)
    if known is None:
        variables[name] = Tensor(
            index=len(tensors),
            name=name.lstrip("/"),
            shape=value.shape,
            dtype=value.dtype,
            quantization=value.quantization,
            is_variable=True,
        )
        tensors.append(variables[name])
    elif (known.size_bytes, known.dtype) != (value.size_bytes, value.dtype):
        raise BadInputFile(
            f"Variable {known.name} is used with {known.size_bytes} and with {value.size_bytes} bytes.",
            hint="Export or download the model again.",
        )


def _lowered(
    operators: Iterable[Operator], names: dict[int, str], variables: dict[str, Tensor]
) -> Iterable[Operator]:
    for operator in operators:
        if operator.kind == "VAR_HANDLE":
            name = names[operator.outputs[0]] if operator.outputs else ""
            index = variables[name].index if name in variables else -1
            yield replace(operator, inputs=(index,) if index >= 0 else (), outputs=())
        elif operator.kind == "READ_VARIABLE":
            yield replace(operator, inputs=(variables[names[operator.inputs[0]]].index,))
        elif operator.kind == "ASSIGN_VARIABLE":
            variable = variables[names[operator.inputs[0]]].index
            yield replace(operator, inputs=operator.inputs[1:], outputs=(variable,))
        else:
            yield operator
