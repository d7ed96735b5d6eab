"""Portable kernels that reduce dimensions."""

from __future__ import annotations

import math

from engine.firmware import fixed_point
from engine.firmware.moves import contiguous, integers
from engine.firmware.refusal import (
    operand,
    require,
    require_quantized,
    result,
    run_time,
)
from engine.graph import Operator, Tensor, TensorGraph
from engine.plan import KernelCall, KernelChoice


def mean(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """MEAN over constant axes: int8, int16, float."""
    source, output = run_time(operand(graph, operator, 0), "input"), result(graph, operator)
    rank = len(source.shape)
    require(rank <= 4, "more than four dimensions")
    axes = {a + rank if a < 0 else a for a in integers(graph, operator, 1, "axes")}
    require(all(0 <= a < rank for a in axes) and source.elements > 0, "its axes do not exist")
    count = math.prod(source.shape[a] for a in axes)
    require(output.elements * count == source.elements, "its output shape is another")
    require(source.dtype == output.dtype, "its input and output types differ")
    require(source.dtype in ("int8", "int16", "float32"), f"{source.dtype.upper()} values")
    suffix = "float" if source.dtype == "float32" else source.dtype
    parameters: dict[str, int | float] = {}
    if suffix != "float":
        parameters = _scale(source, output, count)
    call = KernelCall(
        function=f"th_mean_{suffix}",
        header="th_mean.h",
        inputs=(source.index,),
        outputs=(output.index,),
        shape_type="th_mean_shape",
        shape=_shape(source.shape, axes),
        parameters_type="th_mean_scale" if parameters else "",
        parameters=parameters,
    )
    return KernelChoice(operator=operator.index, kernel=f"mean_{suffix}", calls=(call,))


def _scale(source: Tensor, output: Tensor, count: int) -> dict[str, int | float]:
    """Members of `th_mean_scale`: the division joins the multiplier, as TFLite Micro does it."""
    require_quantized(source, output)
    assert source.quantization is not None
    assert output.quantization is not None
    multiplier, shift = fixed_point.quantize_multiplier(
        source.quantization.scale / output.quantization.scale
    )
    extra = min(count.bit_length() - 1, 32, 31 + shift)
    require(shift - extra <= 30, "its output scale is too small for its input's")
    return {
        "input_offset": -source.quantization.zero_point * count,
        "output_zero_point": output.quantization.zero_point,
        "multiplier": (multiplier << extra) // count,
        "shift": shift - extra,
    }


def _shape(shape: tuple[int, ...], axes: set[int]) -> dict[str, int]:
    """Members of `th_mean_shape`."""
    strides = contiguous(shape)
    members: dict[str, int] = {}
    for name, chosen in (
        ("kept", [a for a in range(len(shape)) if a not in axes]),
        ("reduced", sorted(axes)),
    ):
        padded = [(1, 0)] * (4 - len(chosen)) + [(shape[a], strides[a]) for a in chosen]
        for i, (size, stride) in enumerate(padded):
            members[f"{name}{i}"] = size
            members[f"{name}_stride{i}"] = stride
    return members
