"""LSTM and GRU nodes of ONNX as torch's own layers; gates are brought into torch's order."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.model_import import network_layers as layers
from engine.model_import.module_builder import NDArrayAny, Value
from engine.model_import.onnx_call import Call

# For each gate of torch, its place in ONNX: input, forget, cell, output; reset, update, new.
_GATES = {"LSTM": (0, 2, 3, 1), "GRU": (1, 0, 2)}
_ACTIVATIONS = {"LSTM": ["Sigmoid", "Tanh", "Tanh"], "GRU": ["Sigmoid", "Tanh"]}
_ONE_WAY = "Use nn.LSTM or nn.GRU with bidirectional=False and proj_size=0."


def recurrent(call: Call) -> list[Value | None]:
    """LSTM or GRU: (steps, 1, features) to the whole sequence and the last state."""
    value, kind = call.value(), call.kind
    _refuse_unusual(call)
    if value.rank != 3 or value.shape[1] != 1:
        batch = value.shape[1] if value.rank == 3 else 0
        raise call.refuse(f"its batch is {batch}, not 1", "Set batch_first=True and a batch of one.")
    weights, fed_back, bias = call.needed(1), call.needed(2), call.constant(3)
    if weights.ndim != 3 or fed_back.ndim != 3 or len(weights) != 1 or len(fed_back) != 1:
        raise call.refuse("it has more than one direction", _ONE_WAY)
    both = [None, None] if bias is None else np.split(bias.ravel(), 2)
    tensors = {"weight_ih_l0": _in_torch_order(weights[0], kind)}
    tensors["weight_hh_l0"] = _in_torch_order(fed_back[0], kind)
    for name, values in zip(("bias_ih_l0", "bias_hh_l0"), both, strict=True):
        if values is not None:
            tensors[name] = _in_torch_order(values, kind)
    sequence = layers.recurrent(call.builder, call.path, kind.lower(), value, (1, 0, 2), tensors)
    steps, _, units = sequence.shape
    whole = last = None
    if call.used[0]:  # (steps, directions, batch, units)
        shape = {"shape": [steps, 1, units]}
        path, meta = call.builder.add(f"{call.path}_directions", "reshape", [sequence], shape, {})
        whole = Value(path, (steps, 1, 1, units), (2, 0, 1, 3), meta)
    if any(call.used[1:2]):  # (directions, batch, units)
        part = layers.sliced(call.builder, f"{call.path}_last", sequence, 0, steps - 1, steps)
        last = Value(part.name, (1, 1, units), (1, 0, 2), part.meta)
    return [whole, last, None]


def _refuse_unusual(call: Call) -> None:
    activations: Any = list(call.get("activations", ())) or _ACTIVATIONS[call.kind]
    activations = [a.decode() if isinstance(a, bytes) else a for a in activations]
    if call.get("direction", "forward") != "forward":
        raise call.refuse("it reads the sequence backwards or in both directions", _ONE_WAY)
    if activations != _ACTIVATIONS[call.kind] or "clip" in call.attributes:
        raise call.refuse("its activations or its clipping are unusual", "Use sigmoid and tanh.")
    if call.get("layout", 0) or call.get("input_forget", 0):
        raise call.refuse("its layout or its coupled gates are unusual", "Export it from PyTorch.")
    if call.kind == "GRU" and not call.get("linear_before_reset", 0):
        raise call.refuse(
            "its reset gate acts before the matrix", "Use reset_after=True in Keras, or nn.GRU."
        )
    if call.constant(7) is not None:
        raise call.refuse("it has peepholes", _ONE_WAY)
    if any(call.used[2:3]):
        raise call.refuse("the network reads its cell", "Read the state (h_n), or the whole sequence.")
    steps = call.value().shape[0]
    lengths = call.constant(4)
    if lengths is not None and np.any(lengths != steps):
        raise call.refuse("its sequences differ in length", "Export it without sequence lengths.")
    for position in (5, 6):
        start = call.operands[position] if position < len(call.operands) else None
        if isinstance(start, Value) or (start is not None and np.any(start)):
            raise call.refuse(
                "its state does not start from zero", "Leave out the first state: nn.LSTM(...)(x)."
            )


def _in_torch_order(rows: NDArrayAny, kind: str) -> NDArrayAny:
    """Rows of ONNX's gates as torch orders its gates."""
    gates = np.split(rows, len(_GATES[kind]))
    return np.concatenate([gates[place] for place in _GATES[kind]])
