"""LSTM and GRU over a short sequence, written out step by step as dense layers and gates.

TFLite has no GRU, and its fused LSTM keeps its state from one inference to the next, where torch's
starts from zero each time: the same window would give another answer after another one. Written out,
every step is a layer that is quantised, compared and planned like any other; all steps share weights.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from torch import nn

from engine.convert.operator_call import refuse
from engine.convert.sequence_ends import drop_unread, fold_into, read_steps_directly
from engine.errors import UnsupportedOperator

MAX_STEPS = 64
SUPPORTED = (
    f"one direction, PyTorch's own activations, a state that starts from zero, at most {MAX_STEPS} steps"
)
_SCOPES_KEY = "pkg.torch.onnx.name_scopes"
_KINDS = ("LSTM", "GRU")
_ACTIVATIONS = {"LSTM": ["Sigmoid", "Tanh", "Tanh"], "GRU": ["Sigmoid", "Tanh"]}
_ONE_WAY = "Use nn.LSTM or nn.GRU with bidirectional=False and proj_size=0."


def check_recurrent(module: nn.Module) -> None:
    """Refuse recurrent layers that cannot be written out, by their module paths.

    Raises:
        UnsupportedOperator: a bidirectional layer, a projection, or a plain RNN.
    """
    for path, layer in module.named_modules():
        if not isinstance(layer, nn.RNNBase):
            continue
        why = ""
        if layer.bidirectional:
            why = "it reads the sequence in both directions"
        elif layer.proj_size:
            why = "it projects its state (proj_size)"
        elif layer.mode not in _KINDS:
            why = "only LSTM and GRU have a form on the chip"
        if why:
            kind = "RNN" if layer.mode.startswith("RNN") else layer.mode
            raise UnsupportedOperator(
                f"{kind} in torch module {path or 'of the network'} cannot be converted: {why}.",
                hint=_ONE_WAY,
                operator=kind,
                layer=path,
                module=path,
                supported=SUPPORTED,
            )


def unroll_recurrent(model: onnx.ModelProto) -> None:
    """Replace every LSTM and GRU node, in place, by its steps.

    Raises:
        UnsupportedOperator: the layer does something that has no such form; it is named.
    """
    graph = model.graph
    if not any(node.op_type in _KINDS for node in graph.node):
        return
    constants = {i.name: onnx.numpy_helper.to_array(i) for i in graph.initializer}
    inferred = onnx.shape_inference.infer_shapes(model).graph
    shapes = {
        value.name: [d.dim_value for d in value.type.tensor_type.shape.dim]
        for value in (*inferred.input, *inferred.value_info, *inferred.output)
    }
    read = {name for node in graph.node for name in node.input} | {o.name for o in graph.output}
    nodes: list[onnx.NodeProto] = []
    joined: list[tuple[str, _Steps]] = []
    for node in graph.node:
        if node.op_type not in _KINDS:
            nodes.append(node)
            continue
        fold_into(constants, model, [name for name in node.input[1:] if name])
        layer = _layer(node, constants, shapes[node.input[0]])
        built = _Steps(layer, next(name for name in node.output if name), constants)
        built.cell_output = node.output[2] if node.output[2:] and node.output[2] in read else ""
        (_lstm if node.op_type == "LSTM" else _gru)(built)
        built.results(node, read)
        graph.initializer.extend(built.initializers)
        nodes += built.nodes
        joined.append((node.output[0], built))
    del graph.node[:]
    graph.node.extend(nodes)
    del graph.value_info[:]
    for sequence, built in joined:
        if sequence:
            read_steps_directly(graph, sequence, built.states, built.layer.units)
    drop_unread(graph)


@dataclass(frozen=True)
class _Layer:
    """One recurrent layer with constant weights.

    Attributes:
        source: ONNX name of its input, (steps, 1, features).
        module: path of the torch module.
        scopes: of the node, all but the function.
        steps: length of the sequence.
        units: of the state.
        weights: (gates * units, features), in ONNX's order of gates.
        recurrent: (gates * units, units).
        bias: (2, gates * units): of the input, of the state.
    """

    source: str
    module: str
    scopes: list[str]
    steps: int
    units: int
    weights: NDArray[np.float32]
    recurrent: NDArray[np.float32]
    bias: NDArray[np.float32]


def _layer(
    node: onnx.NodeProto, constants: dict[str, NDArray[Any]], source_shape: Sequence[int]
) -> _Layer:
    kind = node.op_type
    entries = [e.value for e in node.metadata_props if e.key == _SCOPES_KEY]
    scopes = [str(s) for s in ast.literal_eval(entries[0])][:-1] if entries else [""]
    module = scopes[-1] if scopes else ""
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}

    def stop(why: str) -> None:
        refuse(kind, module or node.output[0] or kind, module, why, SUPPORTED)

    def constant(position: int) -> NDArray[Any] | None:
        name = node.input[position] if position < len(node.input) else ""
        if name and name not in constants:
            stop("its weights or its first state are computed at run time")
        return constants.get(name)

    activations = [a.decode() for a in attributes.get("activations", [])]
    if attributes.get("direction", b"forward") != b"forward":
        stop("it reads the sequence backwards or in both directions")
    if (activations or _ACTIVATIONS[kind]) != _ACTIVATIONS[kind] or "clip" in attributes:
        stop("its activations or its clipping are unusual")
    if attributes.get("layout", 0) or attributes.get("input_forget", 0):
        stop("its layout or its coupled gates are unusual")
    if kind == "GRU" and not attributes.get("linear_before_reset", 0):
        stop("its reset gate acts before the matrix")
    if kind == "LSTM" and constant(7) is not None:
        stop("it has peepholes")
    starts = [constant(i) for i in ((5, 6) if kind == "LSTM" else (5,))]
    if any(start is not None and np.any(start) for start in starts):
        stop("its state does not start from zero")
    steps, batch = source_shape[0], source_shape[1]
    if batch != 1:
        stop(f"it has a batch of {batch}; is batch_first missing")
    if steps > MAX_STEPS:
        stop(
            f"its sequence has {steps} steps; shorten it in front, with a stride or a pool, "
            "or cut the recording into shorter windows"
        )
    weights, recurrent, bias = constant(1), constant(2), constant(3)
    assert weights is not None
    assert recurrent is not None
    both = np.zeros((2, weights.shape[1]), np.float32) if bias is None else bias.reshape(2, -1)
    return _Layer(
        node.input[0], module, scopes, steps, recurrent.shape[-1], weights[0], recurrent[0], both
    )


@dataclass
class _Steps:
    """Nodes and constants that replace one recurrent node.

    Attributes:
        layer: what is written out.
        prefix: of tensor names, until they are named after modules.
        constants: all constants of the network by name; new ones are added.
        nodes: in order.
        initializers: new ones.
        states: names of the state after each step, (1, units).
        cell_output: name for an LSTM's last cell, '' if nothing reads it.
    """

    layer: _Layer
    prefix: str
    constants: dict[str, NDArray[Any]]
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    initializers: list[onnx.TensorProto] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    cell_output: str = ""

    def constant(self, name: str, values: NDArray[Any]) -> str:
        """A constant, kept once for all steps and for all calls of the module."""
        stem = full = f"{self.layer.module or self.prefix}.{name}"
        number = 1
        while full in self.constants and not np.array_equal(self.constants[full], values):
            number += 1  # another layer of the same module
            full = f"{stem}.{number}"
        if full not in self.constants:
            self.constants[full] = values
            self.initializers.append(onnx.numpy_helper.from_array(np.ascontiguousarray(values), full))
        return full

    def numbers(self, *values: int) -> str:
        """A constant list of whole numbers."""
        return self.constant("list_" + "_".join(map(str, values)), np.array(values, np.int64))

    def add(self, kind: str, function: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """One node; its name in every form will be `<module>.<function>`."""
        output = output or f"{self.prefix}/{function}"
        node = onnx.helper.make_node(kind, list(inputs), [output], **attributes)
        entry = node.metadata_props.add()
        entry.key, entry.value = _SCOPES_KEY, repr([*self.layer.scopes, function])
        self.nodes.append(node)
        return output

    def dense(
        self, function: str, source: str, weight: tuple[str, NDArray[Any]], bias: NDArray[Any] | None
    ) -> str:
        """A dense layer; `weight` is (outputs, inputs)."""
        inputs = [source, self.constant(f"{weight[0]}.weight", weight[1])]
        if bias is not None:
            inputs.append(self.constant(f"{weight[0]}.bias", bias))
        return self.add("Gemm", function, *inputs, transB=1)

    def row(self, function: str, source: str, step: int) -> str:
        """One step of values (steps, n): (1, n)."""
        ends = (self.numbers(step), self.numbers(step + 1), self.numbers(0))
        return source if self.layer.steps == 1 else self.add("Slice", function, source, *ends)

    def part(self, function: str, source: str, number: int) -> str:
        """One gate of several that lie side by side: (1, units)."""
        units = self.layer.units
        ends = (self.numbers(number * units), self.numbers((number + 1) * units), self.numbers(1))
        return self.add("Slice", function, source, *ends)

    def flat_input(self) -> str:
        """The sequence as (steps, features)."""
        shape = self.numbers(self.layer.steps, self.layer.weights.shape[1])
        return self.add("Reshape", "sequence", self.layer.source, shape)

    def results(self, node: onnx.NodeProto, read: set[str]) -> None:
        """What the recurrent node returned: the whole sequence, the last state."""
        layer, states = self.layer, self.states
        wanted = [name if name in read else "" for name in [*node.output, "", ""][:2]]
        if wanted[0]:
            whole = states[0]
            if len(states) > 1:
                whole = self.add("Concat", "states", *states, axis=0)
            shape = self.numbers(layer.steps, 1, 1, layer.units)
            self.add("Reshape", "states_shaped", whole, shape, output=wanted[0])
        if wanted[1]:
            shape = self.numbers(1, 1, layer.units)
            self.add("Reshape", "last_state", states[-1], shape, output=wanted[1])


def _lstm(out: _Steps) -> None:
    """Gates in ONNX's order: input, output, forget; then the cell's candidate."""
    layer = out.layer
    split = 3 * layer.units
    bias = layer.bias.sum(axis=0, dtype=np.float32)
    sequence = out.flat_input()
    inputs, states = {}, {}
    for name, rows in (("gates", slice(0, split)), ("candidate", slice(split, None))):
        weight = (f"{name}_input", layer.weights[rows])
        inputs[name] = out.dense(f"{name}_input", sequence, weight, bias[rows])
        states[name] = (f"{name}_state", layer.recurrent[rows])
    hidden = out.states
    cell = ""
    for step in range(layer.steps):
        at = f"step{step + 1}_of_{layer.steps}"
        sums = {name: out.row(f"{at}.{name}_input", inputs[name], step) for name in inputs}
        if step:
            for name in sums:
                fed_back = out.dense(f"{at}.{name}_state", hidden[-1], states[name], None)
                sums[name] = out.add("Add", f"{at}.{name}_sum", sums[name], fed_back)
        gates = out.add("Sigmoid", f"{at}.gates", sums["gates"])
        candidate = out.add("Tanh", f"{at}.candidate", sums["candidate"])
        input_gate = out.part(f"{at}.input_gate", gates, 0)
        output_gate = out.part(f"{at}.output_gate", gates, 1)
        written = out.add("Mul", f"{at}.written", input_gate, candidate)
        if step:
            forget_gate = out.part(f"{at}.forget_gate", gates, 2)
            kept = out.add("Mul", f"{at}.kept", forget_gate, cell)
            written = out.add("Add", f"{at}.cell", kept, written)
        cell = written
        if step == layer.steps - 1 and out.cell_output:
            # Not behind the state, for which verification takes a module's last node.
            shape = out.numbers(1, 1, layer.units)
            out.add("Reshape", "last_cell", cell, shape, output=out.cell_output)
        squashed = out.add("Tanh", f"{at}.cell_tanh", cell)
        hidden.append(out.add("Mul", f"{at}.state", output_gate, squashed))


def _gru(out: _Steps) -> None:
    """Gates in ONNX's order: update, reset; the candidate's state is reset after the matrix."""
    layer = out.layer
    split = 2 * layer.units
    gates_bias = layer.bias[:, :split].sum(axis=0, dtype=np.float32)
    candidate_bias, reset_bias = layer.bias[:, split:]
    sequence = out.flat_input()
    inputs = {
        "gates": out.dense("gates_input", sequence, ("gates_input", layer.weights[:split]), gates_bias),
        "candidate": out.dense(
            "candidate_input", sequence, ("candidate_input", layer.weights[split:]), candidate_bias
        ),
    }
    gates_state = ("gates_state", layer.recurrent[:split])
    candidate_state = ("candidate_state", layer.recurrent[split:])
    hidden = out.states
    for step in range(layer.steps):
        at = f"step{step + 1}_of_{layer.steps}"
        sums = {name: out.row(f"{at}.{name}_input", inputs[name], step) for name in inputs}
        if step:
            fed_back = out.dense(f"{at}.gates_state", hidden[-1], gates_state, None)
            sums["gates"] = out.add("Add", f"{at}.gates_sum", sums["gates"], fed_back)
            fed_back = out.dense(f"{at}.candidate_state", hidden[-1], candidate_state, reset_bias)
        else:  # a state of zeros leaves only the bias
            fed_back = out.constant("candidate_state.first", reset_bias[None])
        gates = out.add("Sigmoid", f"{at}.gates", sums["gates"])
        update_gate = out.part(f"{at}.update_gate", gates, 0)
        if step or reset_bias.any():
            reset_gate = out.part(f"{at}.reset_gate", gates, 1)
            past = out.add("Mul", f"{at}.reset", reset_gate, fed_back)
            sums["candidate"] = out.add("Add", f"{at}.candidate_sum", sums["candidate"], past)
        candidate = out.add("Tanh", f"{at}.candidate", sums["candidate"])
        if step:  # (1 - z) n + z h = n + z (h - n)
            change = out.add("Sub", f"{at}.difference", hidden[-1], candidate)
            kept = out.add("Mul", f"{at}.kept", update_gate, change)
            hidden.append(out.add("Add", f"{at}.state", candidate, kept))
        else:
            kept = out.add("Mul", f"{at}.kept", update_gate, candidate)
            hidden.append(out.add("Sub", f"{at}.state", candidate, kept))
