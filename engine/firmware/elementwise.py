"""Portable kernels for operators that work element by element, and softmax."""

from __future__ import annotations

import math

import numpy as np

from engine.firmware import fixed_point
from engine.firmware.refusal import (
    operand,
    require,
    require_quantized,
    require_types,
    result,
    run_time,
)
from engine.graph import Operator, Quantization, Tensor, TensorGraph
from engine.plan import Constant, KernelCall, KernelChoice

_LEFT_SHIFT = {"int8": 20, "int16": 15}


def add(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """ADD with broadcasting: int8, int16, float."""
    return _sum(graph, operator, "add")


def subtract(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """SUB with broadcasting: int8, int16, float."""
    return _sum(graph, operator, "sub")


def multiply(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """MUL with broadcasting: int8, int16, float."""
    a, b, output = operand(graph, operator, 0), operand(graph, operator, 1), result(graph, operator)
    if output.dtype == "float32":
        return _pairwise(graph, operator, "mul", "th_float_range", _float_range(operator))
    qa, qb, qo = _three_quantizations(a, b, output)
    multiplier, shift = fixed_point.quantize_multiplier(qa.scale * qb.scale / qo.scale)
    require(shift <= 30, "its output scale is too small for its inputs'")
    minimum, maximum = fixed_point.activation_range(graph, operator)
    parameters: dict[str, int | float] = {
        "a_zero_point": qa.zero_point,
        "b_zero_point": qb.zero_point,
        "output_zero_point": qo.zero_point,
        "output_multiplier": multiplier,
        "output_shift": shift,
        "minimum": minimum,
        "maximum": maximum,
    }
    return _pairwise(graph, operator, "mul", "th_product_quantization", parameters)


def prelu(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """PRELU with slopes that broadcast: int8, float."""
    a, b, output = operand(graph, operator, 0), operand(graph, operator, 1), result(graph, operator)
    if output.dtype == "float32":
        return _pairwise(graph, operator, "prelu", "", {})
    require_types(output, dtype="int8")
    qa, qb, qo = _three_quantizations(a, b, output)
    parameters: dict[str, int | float] = {
        "a_zero_point": qa.zero_point,
        "b_zero_point": qb.zero_point,
        "output_zero_point": qo.zero_point,
    }
    for prefix, real in (("scale", qa.scale / qo.scale), ("slope", qa.scale * qb.scale / qo.scale)):
        multiplier, shift = fixed_point.quantize_multiplier(real)
        require(shift <= 30, "its output scale is too small for its inputs'")
        parameters |= {f"{prefix}_multiplier": multiplier, f"{prefix}_shift": shift}
    return _pairwise(graph, operator, "prelu", "th_prelu_quantization", parameters)


def softmax(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """SOFTMAX over the last dimension: int8 to int8 or int16, int16, float."""
    source, output = run_time(operand(graph, operator, 0), "input"), result(graph, operator)
    require(len(source.shape) >= 1 and source.elements > 0, "its input has no dimension")
    require(source.shape == output.shape, "its input and output shapes differ")
    option_beta = operator.options.get("beta", 1.0)
    beta = float(option_beta) if isinstance(option_beta, (int, float)) else 1.0
    depth = source.shape[-1]
    shape = {"rows": source.elements // depth, "depth": depth}
    constants: dict[str, Constant] = {}
    parameters: dict[str, int | float] = {}
    shape_type = "th_softmax_shape"
    if source.dtype == "int16":
        return _softmax_int16(operator, source, output, beta)
    if source.dtype == "float32":
        require_types(output, dtype="float32")
        function, shape_type = "th_softmax_float", "th_rows_shape"
        parameters = {"beta": float(np.float32(beta))}
    else:
        require_types(source, dtype="int8")
        require(output.dtype in ("int8", "int16"), f"{output.dtype.upper()} output")
        require_quantized(source, output)
        assert source.quantization is not None
        function = "th_softmax_int8" if output.dtype == "int8" else "th_softmax_int8_int16"
        require(depth <= 4096, "more than 4096 classes")
        table = _exponentials(source.quantization.scale, beta)
        shape["table_length"] = len(table)
        constants["exponentials"] = Constant(values=np.array(table, np.int32))
    call = KernelCall(
        function=function,
        header="th_softmax.h" if source.dtype != "float32" else "th_softmax_float.h",
        inputs=(source.index,),
        outputs=(output.index,),
        shape_type=shape_type,
        shape=shape,
        parameters_type="th_softmax_float_parameters" if parameters else "",
        parameters=parameters,
        constants=constants,
    )
    return KernelChoice(
        operator=operator.index,
        kernel=function.removeprefix("th_"),
        calls=(call,),
        in_place_input=0 if source.dtype == output.dtype else None,
    )


def _softmax_int16(operator: Operator, source: Tensor, output: Tensor, beta: float) -> KernelChoice:
    """Softmax by two interpolated tables: exp on [-10, 0], then 1 / (1 + x) on [0, 1]."""
    require_types(output, dtype="int16")
    require_quantized(source, output)
    assert source.quantization is not None
    assert output.quantization is not None
    require(
        source.quantization.zero_point == 0 == output.quantization.zero_point,
        "a zero point other than 0 for INT16",
    )
    require(
        math.isclose(output.quantization.scale, 2.0**-15, rel_tol=1e-3),
        "an output scale other than 1/32768 for INT16",
    )
    multiplier, shift = fixed_point.quantize_multiplier(
        source.quantization.scale * beta / (10.0 / 65535.0)
    )
    require(shift <= 14, "its input scale is too large")
    depth = source.shape[-1]
    call = KernelCall(
        function="th_softmax_int16",
        header="th_softmax_int16.h",
        inputs=(source.index,),
        outputs=(output.index,),
        shape_type="th_softmax_int16_shape",
        shape={"rows": source.elements // depth, "depth": depth},
        parameters_type="th_softmax_int16_scale",
        parameters={"multiplier": multiplier, "shift": shift},
        constants={
            "exponentials": Constant(values=fixed_point.curve_table(math.exp, -10.0, 32767)),
            "reciprocals": Constant(
                values=fixed_point.curve_table(lambda x: 1.0 / (1.0 + x), 1.0, -32768)
            ),
        },
    )
    return KernelChoice(operator=operator.index, kernel="softmax_int16", calls=(call,), in_place_input=0)


def _exponentials(scale: float, beta: float) -> list[int]:
    """exp(-beta * scale * d) for d = 0, 1, ... as Q0.31, as long as TFLite Micro counts it (Q5.26)."""
    real = min(beta * scale * (1 << 26), float((1 << 31) - 1))
    require(real > 1.0, "its input scale is too small")
    multiplier, shift = fixed_point.quantize_multiplier(real)
    radius = math.floor(31 * (1 << 26) / (1 << shift))
    return [
        fixed_point.exp_on_negative_values(
            fixed_point.high_multiply(fixed_point.wrap32(-d << shift), multiplier), 5
        )
        for d in range(min(radius, 255) + 1)
    ]


def _sum(graph: TensorGraph, operator: Operator, name: str) -> KernelChoice:
    a, b, output = operand(graph, operator, 0), operand(graph, operator, 1), result(graph, operator)
    if output.dtype == "float32":
        return _pairwise(graph, operator, name, "th_float_range", _float_range(operator))
    qa, qb, qo = _three_quantizations(a, b, output)
    twice_larger = 2 * max(qa.scale, qb.scale)
    reals = (
        qa.scale / twice_larger,
        qb.scale / twice_larger,
        twice_larger / ((1 << _LEFT_SHIFT[output.dtype]) * qo.scale),
    )
    require(reals[2] < 1, "its output scale is too small for its inputs'")
    pairs = [fixed_point.quantize_multiplier(real) for real in reals]
    minimum, maximum = fixed_point.activation_range(graph, operator)
    parameters: dict[str, int | float] = {
        "output_zero_point": qo.zero_point,
        "minimum": minimum,
        "maximum": maximum,
        "a_zero_point": qa.zero_point,
        "b_zero_point": qb.zero_point,
    }
    for prefix, (multiplier, shift) in zip(("a", "b", "output"), pairs, strict=True):
        parameters[f"{prefix}_multiplier"] = multiplier
        parameters[f"{prefix}_shift"] = shift
    return _pairwise(graph, operator, name, "th_sum_quantization", parameters)


def _three_quantizations(a: Tensor, b: Tensor, output: Tensor) -> tuple[Quantization, ...]:
    require(output.dtype in _LEFT_SHIFT, f"{output.dtype.upper()} values")
    require_types(a, b, dtype=output.dtype)
    require_quantized(a, b, output)
    assert a.quantization is not None
    assert b.quantization is not None
    assert output.quantization is not None
    return a.quantization, b.quantization, output.quantization


def _float_range(operator: Operator) -> dict[str, int | float]:
    low, high = fixed_point.float_activation_range(operator)
    return {"minimum": low, "maximum": high}


def _pairwise(
    graph: TensorGraph,
    operator: Operator,
    name: str,
    parameters_type: str,
    parameters: dict[str, int | float],
) -> KernelChoice:
    a, b, output = operand(graph, operator, 0), operand(graph, operator, 1), result(graph, operator)
    require_types(a, b, dtype=output.dtype)
    suffix = "float" if output.dtype == "float32" else output.dtype
    inputs, constants = [], {}
    for tensor, label in ((a, "a"), (b, "b")):
        if tensor.data is None:
            inputs.append(tensor.index)
        else:
            require(label == "b", "its first input is a constant")
            constants[label] = Constant(values=tensor.data, tensor=tensor.index)
    call = KernelCall(
        function=f"th_{name}_{suffix}",
        header="th_arithmetic.h",
        inputs=tuple(inputs),
        outputs=(output.index,),
        shape_type="th_broadcast_shape",
        shape=broadcast_shape(a.shape, b.shape, output.shape),
        parameters_type=parameters_type,
        parameters=parameters,
        constants=constants,
    )
    in_place = next(
        (i for i, t in enumerate((a, b)) if t.data is None and t.shape == output.shape), None
    )
    return KernelChoice(
        operator=operator.index, kernel=f"{name}_{suffix}", calls=(call,), in_place_input=in_place
    )


def broadcast_shape(a: tuple[int, ...], b: tuple[int, ...], output: tuple[int, ...]) -> dict[str, int]:
    """Members of `th_broadcast_shape`; equal shapes become one dimension."""
    if a == b == output:
        count = math.prod(output)
        a = b = output = (count,)
    require(len(output) <= 4, "more than four dimensions")
    padded = [(1,) * (4 - len(s)) + s for s in (a, b, output)]
    require(all(len(p) == 4 for p in padded), "its shapes do not match")
    shape: dict[str, int] = {}
    for axis, size in enumerate(padded[2]):
        require(
            all(p[axis] in (1, size) for p in padded[:2]) and max(p[axis] for p in padded[:2]) == size,
            "its shapes do not match",
        )
        shape[f"size{axis}"] = size
    for label, p in zip("ab", padded[:2], strict=True):
        for axis in range(4):
            shape[f"{label}{axis}"] = 0 if p[axis] == 1 else math.prod(p[axis + 1 :])
    return shape
