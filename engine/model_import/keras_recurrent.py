"""Recurrent layers of Keras as torch's, one way or both ways along the sequence."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.model_import import network_layers as layers
from engine.model_import.keras_call import Call
from engine.model_import.module_builder import NDArrayAny, Value
from engine.model_import.stepwise import MAX_STEPS

KINDS = ("LSTM", "GRU", "SimpleRNN")
_IN_ORDER = (0, 1, 2)  # batch, steps, features
_MERGES = {"sum": "add", "mul": "mul"}
_DEFAULTS = "Use Keras's defaults: activation='tanh' and recurrent_activation='sigmoid'."
_RNN_DEFAULT = "Use activation='tanh', Keras's default, or 'relu'."
_STATELESS = "Build it with stateful=False, and give each call its whole window as input."
_OUTPUT_ONLY = "Leave return_state out; with return_sequences=False its output is the last state."
_ZERO_START = "Leave out initial_state: the chip starts each window from zeros."
_SHORTER = "Shorten the sequence in front, with a stride or a pool, or cut it into shorter windows."


def recurrent(call: Call) -> Value:
    """LSTM, GRU and SimpleRNN."""
    _refuse_start(call)
    return _result(call, call.layer, _states(call, call.layer, call.name))


def bidirectional(call: Call) -> Value:
    """Two recurrent layers, one of which reads from the end; their results joined."""
    _refuse_start(call)
    wrapper = call.layer
    if wrapper.merge_mode not in ("concat", "sum", "mul", "ave"):
        raise call.refuse(
            f"its merge_mode is {wrapper.merge_mode}", "Use merge_mode='concat', 'sum', 'mul' or 'ave'."
        )
    both = []
    for way, layer in (("forward", wrapper.forward_layer), ("backward", wrapper.backward_layer)):
        kind = type(layer).__name__
        if kind not in KINDS:
            raise call.refuse(f"it holds {kind}", f"Let it hold one of {', '.join(KINDS)}.")
        name = f"{call.name}.{way}"
        states = _states(call, layer, name)
        if way == "backward" and layer.return_sequences:
            states = _reversed(call, states, f"{name}_in_order")
        both.append(_result(call, layer, states, name))
    if wrapper.merge_mode == "concat":
        return layers.concat(call.builder, f"{call.name}.joined", both, -1)
    merge = _MERGES.get(wrapper.merge_mode, "add")
    value = layers.binary(call.builder, f"{call.name}.joined", merge, *both)
    if wrapper.merge_mode == "ave":
        half = np.full((), 0.5, np.float32)
        value = layers.binary(call.builder, f"{call.name}.halved", "mul", value, half)
    return value


def _refuse_start(call: Call) -> None:
    if len(call.operands) > 1:
        raise call.refuse("its first state comes from the network", _ZERO_START)


def _reversed(call: Call, value: Value, name: str) -> Value:
    return call.builder.layer(name, "flip", value).laid_out(dims=[1])


def _states(call: Call, layer: Any, name: str) -> Value:
    """The states (1, steps, units) in the order in which the layer computes them; see `_result`."""
    kind = type(layer).__name__
    _refuse_unusual(call, layer, kind)
    value = call.builder.reordered(call.value, _IN_ORDER)
    if layer.go_backwards:
        value = _reversed(call, value, f"{name}_reversed")
    cell = layer.cell
    kernel, fed_back = np.asarray(cell.kernel).T, np.asarray(cell.recurrent_kernel).T
    bias = None if cell.bias is None else np.asarray(cell.bias)
    if kind == "LSTM":  # the gates' order is torch's: input, forget, cell, output
        tensors = _torch_tensors(kernel, fed_back, bias, None)
        return layers.recurrent(call.builder, name, "lstm", value, _IN_ORDER, tensors)
    if kind == "GRU" and cell.reset_after:
        halves = (None, None) if bias is None else bias
        tensors = _torch_tensors(kernel, fed_back, halves[0], halves[1])
        ordered = {key: _reset_first(rows) for key, rows in tensors.items()}
        return layers.recurrent(call.builder, name, "gru", value, _IN_ORDER, ordered)
    return _stepwise(call, layer, name, value, (kernel, fed_back, bias))


def _torch_tensors(
    kernel: NDArrayAny, fed_back: NDArrayAny, bias: NDArrayAny | None, state_bias: NDArrayAny | None
) -> dict[str, NDArrayAny]:
    tensors = {"weight_ih_l0": kernel, "weight_hh_l0": fed_back}
    if bias is not None:  # torch has two biases or none
        tensors["bias_ih_l0"] = bias
        tensors["bias_hh_l0"] = np.zeros_like(bias) if state_bias is None else state_bias
    return tensors


def _reset_first(rows: NDArrayAny) -> NDArrayAny:
    """Keras has the update gate first, torch the reset gate."""
    update, reset, candidate = np.split(rows, 3)
    return np.concatenate([reset, update, candidate])


def _stepwise(
    call: Call,
    layer: Any,
    name: str,
    value: Value,
    weights: tuple[NDArrayAny, NDArrayAny, NDArrayAny | None],
) -> Value:
    """Layers without a torch class that reaches the chip, see `engine.model_import.stepwise`."""
    kernel, fed_back, bias = weights
    steps, units = value.shape[1], int(layer.units)
    if steps > MAX_STEPS:
        raise call.refuse(f"its sequence has {steps} steps, more than {MAX_STEPS}", _SHORTER)
    tensors = {"weight_ih_l0": kernel} | ({} if bias is None else {"bias_ih_l0": bias})
    settings: dict[str, Any] = {
        "input_size": int(kernel.shape[1]),
        "hidden_size": units,
        "steps": steps,
        "bias": bias is not None,
        "whole": bool(layer.return_sequences),
    }
    if type(layer).__name__ == "SimpleRNN":
        kind, settings["activation"] = "plain_rnn", str(layer.activation.__name__)
        tensors["weight_hh_l0"] = fed_back
    else:
        kind = "reset_first_gru"
        tensors["weight_gates"], tensors["weight_candidate"] = np.split(fed_back, [2 * units])
    return call.builder.layer(name, kind, value).laid_out(tensors, **settings)


def _result(call: Call, layer: Any, states: Value, name: str = "") -> Value:
    """All states, or the last one alone."""
    if layer.return_sequences:
        return states
    name, steps = name or call.name, states.shape[1]
    last = layers.sliced(call.builder, f"{name}_last", states, 1, steps - 1, steps)
    return call.builder.reshaped(last, (1, last.shape[-1]), f"{name}_state")


def _refuse_unusual(call: Call, layer: Any, kind: str) -> None:
    if layer.stateful:
        raise call.refuse("it keeps its state from one call to the next (stateful)", _STATELESS)
    if layer.return_state:
        raise call.refuse("it returns its state as well (return_state)", _OUTPUT_ONLY)
    if call.value.rank != 3:
        raise call.refuse(f"its input has {call.value.rank} dimensions", "Give it (steps, features).")
    activation = str(layer.activation.__name__)
    if kind == "SimpleRNN":
        if activation not in ("tanh", "relu"):
            raise call.refuse(f"its activation is {activation}", _RNN_DEFAULT)
        return
    gates = str(layer.recurrent_activation.__name__)
    if activation != "tanh":
        raise call.refuse(f"its activation is {activation}", _DEFAULTS)
    if gates != "sigmoid":
        raise call.refuse(f"its recurrent_activation is {gates}", _DEFAULTS)
