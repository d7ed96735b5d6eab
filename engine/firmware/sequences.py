"""Operators with a memory: SVDF, LSTM, and the resource variables of streaming networks."""

from __future__ import annotations

import math

import numpy as np

from engine.firmware import fixed_point as fx
from engine.firmware.layers import bias_constant
from engine.firmware.moves import fill_call
from engine.firmware.refusal import (
    constant,
    operand,
    option,
    optional_operand,
    require,
    require_quantized,
    require_types,
    result,
    run_time,
)
from engine.firmware.tables import logistic_table
from engine.graph import Operator, Tensor, TensorGraph
from engine.plan import Constant, KernelCall, KernelChoice

_GATE_SCALE = 2.0**-12
_VIEWS = ("RESHAPE", "EXPAND_DIMS", "SQUEEZE")


def svdf(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """SVDF: int8 with an int8 or int16 state."""
    source, output = run_time(operand(graph, operator, 0), "input"), result(graph, operator)
    features = constant(graph, operator, 1, "feature weights")
    times = constant(graph, operator, 2, "time weights")
    state = _state(operand(graph, operator, 4))
    require_types(source, features, output, dtype="int8")
    require(state.dtype in ("int8", "int16"), f"{state.dtype.upper()} state")
    require_types(times, dtype=state.dtype)
    require_quantized(source, features, times, state, output)
    require(
        len(source.shape) == 2 and len(features.shape) == 2 == len(times.shape),
        "its shapes do not match",
    )
    batches, input_features = source.shape
    filters, memory = times.shape
    rank = option(operator, "rank", 1)
    require(rank > 0 and filters % rank == 0 and memory > 0, "its rank does not divide its filters")
    require(features.shape == (filters, input_features), "its feature weights do not match its input")
    require(state.elements == batches * filters * memory, "its state has another size")
    units = filters // rank
    require(output.elements == batches * units, "its output has another size")
    for tensor in (features, times):
        assert tensor.quantization is not None
        require(tensor.quantization.zero_point == 0, "its weights have a zero point other than 0")
    to_state = fx.quantize_multiplier(_ratio(source, features, state))
    to_output = fx.quantize_multiplier(_ratio(state, times, output))
    require(max(to_state[1], to_output[1]) <= 30, "its output scale is too small for its input's")
    assert features.data is not None
    assert times.data is not None
    call = KernelCall(
        function=f"th_svdf_{state.dtype}",
        header="th_svdf.h",
        inputs=(source.index,),
        outputs=(state.index, output.index),
        shape_type="th_svdf_shape",
        shape={
            "batches": batches,
            "input_features": input_features,
            "units": units,
            "rank": rank,
            "memory": memory,
        },
        parameters_type="th_svdf_scale",
        parameters={
            "input_zero_point": _zero_point(source),
            "state_zero_point": _zero_point(state),
            "output_zero_point": _zero_point(output),
            "feature_multiplier": to_state[0],
            "feature_shift": to_state[1],
            "time_multiplier": to_output[0],
            "time_shift": to_output[1],
        },
        constants={
            "feature_weights": Constant(values=features.data, tensor=features.index),
            "time_weights": Constant(values=times.data, tensor=times.index),
            "bias": bias_constant(optional_operand(graph, operator, 3), units, "int32"),
        },
    )
    return KernelChoice(
        operator=operator.index,
        kernel=f"svdf_{state.dtype}",
        calls=(call,),
        initial_calls=(fill_call(state, _initial_value(state)),),
    )


def lstm(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """UNIDIRECTIONAL_SEQUENCE_LSTM: int8 with an int16 cell, batch first, no peephole or projection."""
    source, output = run_time(operand(graph, operator, 0), "input"), result(graph, operator)
    hidden, cell = _state(operand(graph, operator, 18)), _state(operand(graph, operator, 19))
    require_types(source, hidden, output, dtype="int8")
    require_types(cell, dtype="int16")
    require_quantized(source, hidden, cell, output)
    require(not option(operator, "time_major"), "time before batch")
    require(operator.options.get("fused_activation_function") == "TANH", "an activation other than TANH")
    for position in (9, 10, 11, 16, 17, 20, 21, 22, 23):
        require(
            optional_operand(graph, operator, position) is None,
            "peepholes, a projection or layer normalisation",
        )
    require(len(source.shape) == 3 and source.elements > 0, "its input does not have three dimensions")
    batches, steps, features = source.shape
    inputs = [constant(graph, operator, i, "weights") for i in range(1, 5)]
    recurrents = [constant(graph, operator, i, "weights") for i in range(5, 9)]
    units = inputs[0].shape[0] if inputs[0].shape else 0
    require_types(*inputs, *recurrents, dtype="int8")
    require(
        all(t.shape == (units, features) for t in inputs)
        and all(t.shape == (units, units) for t in recurrents)
        and output.shape == (batches, steps, units)
        and hidden.elements == cell.elements == batches * units > 0,
        "its shapes do not match",
    )
    biases = [bias_constant(optional_operand(graph, operator, i), units, "int32") for i in range(12, 16)]
    pairs = [_gate_multiplier(source, w) for w in inputs] + [
        _gate_multiplier(hidden, w) for w in recurrents
    ]
    assert cell.quantization is not None
    assert hidden.quantization is not None
    cell_scale = cell.quantization.scale
    clip = operator.options.get("cell_clip", 0.0)
    require(isinstance(clip, (int, float)), "its cell limit is not a number")
    assert isinstance(clip, (int, float))
    tanh_multiplier, tanh_shift = _tanh_argument(cell_scale)
    parameters: dict[str, int | float] = {
        "input_zero_point": _zero_point(source),
        "hidden_zero_point": _zero_point(hidden),
        "tanh_multiplier": tanh_multiplier,
        "tanh_shift": tanh_shift,
        "cell_limit": int(max(0.0, min(float(np.float32(clip)) / cell_scale, 32767.0))),
    }
    for name, real in (
        ("forget", 2.0**-15),
        ("update", 2.0**-30 / cell_scale),
        ("hidden", 2.0**-30 / hidden.quantization.scale),
    ):
        multiplier, shift = fx.quantize_multiplier(real)
        parameters |= {f"{name}_multiplier": multiplier, f"{name}_shift": shift}
    call = KernelCall(
        function="th_lstm_int8",
        header="th_lstm.h",
        inputs=(source.index,),
        outputs=(hidden.index, cell.index, output.index),
        shape_type="th_lstm_shape",
        shape={"batches": batches, "steps": steps, "input_features": features, "units": units},
        parameters_type="th_lstm_scale",
        parameters=parameters,
        constants={
            "weights": Constant(values=np.stack([np.asarray(t.data) for t in inputs])),
            "recurrent": Constant(values=np.stack([np.asarray(t.data) for t in recurrents])),
            "bias": Constant(values=np.stack([b.values for b in biases])),
            "multipliers": Constant(values=np.array([m for m, _ in pairs], np.int32)),
            "shifts": Constant(values=np.array([s for _, s in pairs], np.int8)),
            "table": Constant(values=logistic_table()),
        },
        scratch=True,
    )
    return KernelChoice(
        operator=operator.index,
        kernel="lstm_int8",
        calls=(call,),
        initial_calls=tuple(fill_call(t, _initial_value(t)) for t in (hidden, cell)),
        scratch_bytes=units,
    )


def call_once(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """CALL_ONCE of a subgraph that assigns constants to variables."""
    calls = []
    for first in graph.initialisation:
        if first.kind == "ASSIGN_VARIABLE":
            value = operand(graph, first, 0)
            require(value.data is not None, "a start value that is computed")
            calls.append(_store(value, result(graph, first)))
        else:
            require(first.kind == "VAR_HANDLE", f"{first.kind} at the start")
    return KernelChoice(operator=operator.index, kernel="none", initial_calls=tuple(calls))


def variable(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """VAR_HANDLE: names a variable; one that is not assigned at the start begins at its zero point."""
    assigned = {i for first in graph.initialisation for i in first.outputs}
    fills = tuple(
        fill_call(graph.tensors[i], _initial_value(graph.tensors[i]))
        for i in operator.inputs
        if i not in assigned
    )
    return KernelChoice(operator=operator.index, kernel="none", initial_calls=fills)


def read_variable(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """READ_VARIABLE: the variable itself, or a copy if it is assigned before the last reader."""
    source, output = operand(graph, operator, 0), result(graph, operator)
    require(source.size_bytes == output.size_bytes, "its variable has another size")
    assigned = [
        other.index for other in graph.operators[operator.index + 1 :] if source.index in other.outputs
    ]
    if not assigned or _last_reader(graph, output.index) < assigned[0]:
        return KernelChoice(operator=operator.index, kernel="view", in_place_input=0, view=True)
    return KernelChoice(operator=operator.index, kernel="copy", calls=(_copy(source, output),))


def assign_variable(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """ASSIGN_VARIABLE: a copy into the variable."""
    source, output = operand(graph, operator, 0), result(graph, operator)
    require(source.size_bytes == output.size_bytes, "its variable has another size")
    return KernelChoice(operator=operator.index, kernel="copy", calls=(_store(source, output),))


def _last_reader(graph: TensorGraph, tensor: int) -> int:
    """Index of the last operator that reads a tensor or a view of it; past the end for an output."""
    last = len(graph.operators) if tensor in graph.outputs else -1
    for operator in graph.operators:
        if tensor in operator.inputs:
            last = max(last, operator.index)
            if operator.kind in _VIEWS:
                last = max(last, _last_reader(graph, operator.outputs[0]))
    return last


def _store(value: Tensor, variable_: Tensor) -> KernelCall:
    """Copy a value into a variable; a constant of one repeated byte becomes a fill."""
    if value.data is None:
        return _copy(value, variable_)
    content = np.frombuffer(value.data.tobytes(), np.uint8)
    if (content == content[0]).all():
        return KernelCall(
            function="th_fill_8",
            header="th_move.h",
            inputs=(),
            outputs=(variable_.index,),
            shape_type="th_count_shape",
            shape={"count": content.size},
            parameters_type="th_fill_parameters",
            parameters={"value": int(content[0])},
        )
    return KernelCall(
        function="th_copy_bytes",
        header="th_move.h",
        inputs=(),
        outputs=(variable_.index,),
        shape_type="th_bytes_shape",
        shape={"bytes": variable_.size_bytes},
        constants={"values": Constant(values=value.data, tensor=value.index)},
    )


def _copy(source: Tensor, target: Tensor) -> KernelCall:
    return KernelCall(
        function="th_copy_bytes",
        header="th_move.h",
        inputs=(source.index,),
        outputs=(target.index,),
        shape_type="th_bytes_shape",
        shape={"bytes": source.size_bytes},
    )


def _state(tensor: Tensor) -> Tensor:
    require(tensor.is_variable and not tensor.is_constant, "its state is not a variable")
    return tensor


def _initial_value(tensor: Tensor) -> int:
    """TFLite Micro clears a state's bytes: int8 to the zero point, others to 0."""
    return _zero_point(tensor) if tensor.dtype == "int8" and tensor.quantization else 0


def _zero_point(tensor: Tensor) -> int:
    assert tensor.quantization is not None
    return tensor.quantization.zero_point


def _ratio(a: Tensor, b: Tensor, output: Tensor) -> float:
    """a.scale * b.scale / output.scale in single precision, as TFLite Micro computes it."""
    assert a.quantization is not None
    assert b.quantization is not None
    assert output.quantization is not None
    product = np.float32(a.quantization.scale) * np.float32(b.quantization.scale)
    return float(product / np.float32(output.quantization.scale))


def _gate_multiplier(values: Tensor, weights: Tensor) -> tuple[int, int]:
    require_quantized(weights)
    assert values.quantization is not None
    assert weights.quantization is not None
    require(weights.quantization.zero_point == 0, "its weights have a zero point other than 0")
    product = values.quantization.scale * weights.quantization.scale
    multiplier, shift = fx.quantize_multiplier(product / _GATE_SCALE)
    require(shift <= 30, "its weights' scale is too large")
    return multiplier, shift


def _tanh_argument(cell_scale: float) -> tuple[int, int]:
    """(multiplier, right shift) from a cell of scale 2^-n to units of 1 / (3 * 4096)."""
    mantissa, exponent = math.frexp(cell_scale)
    require(mantissa == 0.5, "a cell scale that is no power of two")
    shift = 12 + exponent - 1
    require(-31 <= shift <= 14, "a cell scale out of range")
    return (3, -shift) if shift < 0 else (3 << shift, 0)
