"""Our own torch networks, whose Python classes are known, as graphs without classes."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import torch
from torch import fx, nn

from engine.errors import UnsupportedOperator
from engine.model_import.stored_module import ModulePlan, Node, StoredModule

_SAME = ("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups")
# Which attributes of a layer are its settings; `bias` says whether there is one.
_LAYERS: dict[type[nn.Module], tuple[str, tuple[str, ...]]] = {
    nn.Conv1d: ("conv1d", (*_SAME, "bias")),
    nn.Conv2d: ("conv2d", (*_SAME, "bias")),
    nn.BatchNorm1d: ("batch_norm1d", ("num_features", "eps", "momentum")),
    nn.BatchNorm2d: ("batch_norm2d", ("num_features", "eps", "momentum")),
    nn.Linear: ("linear", ("in_features", "out_features", "bias")),
    nn.ReLU: ("relu", ()),
    nn.ReLU6: ("relu6", ()),
    nn.Dropout: ("dropout", ("p",)),
    nn.Identity: ("identity", ()),
    nn.AvgPool2d: ("avg_pool2d", ("kernel_size", "stride", "padding")),
    nn.MaxPool2d: ("max_pool2d", ("kernel_size", "stride", "padding")),
    nn.AdaptiveAvgPool2d: ("adaptive_avg_pool2d", ("output_size",)),
    nn.ZeroPad2d: ("pad2d", ("padding", "value")),
}
_ADDITIONS: tuple[Callable[..., Any], ...] = (operator.add, operator.iadd, torch.add)


def stored_copy(module: nn.Module, input_shape: tuple[int, ...]) -> StoredModule:
    """The same network, layers under the same paths, with a copy of its numbers.

    Args:
        module: of a class of this program: it is traced, so its code runs.
        input_shape: of one input without batch, channels first.

    Raises:
        UnsupportedOperator: it calls something that the stored form does not know.
    """
    traced = fx.symbolic_trace(module)
    nodes: list[Node] = []
    outputs: list[str] = []
    names: dict[fx.Node, str] = {}
    for step in traced.graph.nodes:
        if step.op == "placeholder":
            names[step] = "input"
        elif step.op == "output":
            outputs = [names[step.args[0]]]
        else:
            node = _node(traced, step, names)
            names[step] = node.name
            nodes.append(node)
    reconstructs = bool(getattr(module, "reconstructs", False))
    stored = StoredModule(ModulePlan({"input": list(input_shape)}, nodes, outputs, reconstructs))
    stored.load_state_dict(module.state_dict())
    return stored.eval()


def _node(traced: fx.GraphModule, step: fx.Node, names: dict[fx.Node, str]) -> Node:
    operands = [names[a] for a in step.args if isinstance(a, fx.Node)]
    if step.op == "call_module":
        layer = traced.get_submodule(str(step.target))
        if type(layer) in _LAYERS:
            kind, settings = _LAYERS[type(layer)]
            return Node(str(step.target), kind, operands, {s: _setting(layer, s) for s in settings})
    elif step.op == "call_function" and step.target in _ADDITIONS and len(operands) == 2:
        return Node(_function_name(step, names), "add", operands)
    elif step.op == "call_method" and step.target == "flatten" and step.args[1:] == (1,):
        return Node(_function_name(step, names), "flatten", operands)
    raise UnsupportedOperator(
        f"The network calls {step.target}, which cannot be stored.", hint="Export it to ONNX."
    )


def _function_name(step: fx.Node, names: dict[fx.Node, str]) -> str:
    """The path of the module whose code calls the function, and the function."""
    callers = step.meta.get("nn_module_stack") or {}
    path = next((str(entry[0]) for entry in reversed(callers.values())), "")
    name = f"{path}.{step.name}" if path else step.name
    return name if name not in names.values() else step.name


def _setting(layer: nn.Module, name: str) -> Any:
    value = getattr(layer, name)
    if name == "bias":
        return value is not None
    return list(value) if isinstance(value, tuple) else value
