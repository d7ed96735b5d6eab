"""Why a kernel cannot run an operator, and the checks on operators that all candidates share."""

from __future__ import annotations

from engine.graph import Operator, Tensor, TensorGraph


class Refusal(Exception):  # noqa: N818 - an answer, not a failure: the caller turns it into one
    """Raised by a candidate that would fit the operator kind but not this instance; says why."""


def require(condition: bool, reason: str) -> None:
    """Raise `Refusal(reason)` unless `condition` holds."""
    if not condition:
        raise Refusal(reason)


def operand(graph: TensorGraph, operator: Operator, position: int) -> Tensor:
    """The input at `position`, which must be present."""
    require(
        position < len(operator.inputs) and operator.inputs[position] >= 0,
        f"its input {position} is missing",
    )
    return graph.tensors[operator.inputs[position]]


def optional_operand(graph: TensorGraph, operator: Operator, position: int) -> Tensor | None:
    """The input at `position`, or None where the operator leaves it out."""
    if position < len(operator.inputs) and operator.inputs[position] >= 0:
        return graph.tensors[operator.inputs[position]]
    return None


def result(graph: TensorGraph, operator: Operator, position: int = 0) -> Tensor:
    """The output at `position`, which must be present and computed."""
    require(position < len(operator.outputs), f"its output {position} is missing")
    return graph.tensors[operator.outputs[position]]


def constant(graph: TensorGraph, operator: Operator, position: int, what: str) -> Tensor:
    """The input at `position`, whose values must be in the file."""
    tensor = operand(graph, operator, position)
    require(tensor.is_constant, f"its {what} must be constant")
    return tensor


def run_time(tensor: Tensor, what: str) -> Tensor:
    """The tensor itself, which must not be a constant."""
    require(not tensor.is_constant, f"its {what} is a constant")
    return tensor


def require_types(*tensors: Tensor, dtype: str) -> None:
    """All tensors have this element type."""
    for tensor in tensors:
        require(tensor.dtype == dtype, f"{tensor.dtype.upper()} where {dtype.upper()} is needed")


def require_quantized(*tensors: Tensor) -> None:
    """All tensors have one scale and a zero point inside their type."""
    for tensor in tensors:
        quantization = tensor.quantization
        require(quantization is not None, f"tensor {tensor.name} has no scale")
        assert quantization is not None
        require(not quantization.per_channel, f"tensor {tensor.name} has one scale per channel")
        limit = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-32768, 32767)}.get(tensor.dtype)
        require(
            limit is None or limit[0] <= quantization.zero_point <= limit[1],
            f"tensor {tensor.name} has a zero point outside its type",
        )


def option(operator: Operator, name: str, default: int = 0) -> int:
    """An integer option."""
    value = operator.options.get(name, default)
    require(isinstance(value, (int, float)), f"its option {name} is not a number")
    assert isinstance(value, (int, float))
    return int(value)


def window_padding(
    operator: Operator, axis: str, size: int, kernel: int, stride: int, dilation: int, output: int
) -> int:
    """Padding before the first element along `height` or `width`, after checking the output size.

    TensorFlow's rule: SAME gives ceil(size / stride) outputs and puts the smaller half in front.
    """
    require(kernel > 0 and stride > 0 and dilation > 0, "its kernel, stride or dilation is not positive")
    reach = (kernel - 1) * dilation + 1
    padding = operator.options.get("padding")
    if padding == "SAME":
        expected = -(-size // stride)
        before = max((expected - 1) * stride + reach - size, 0) // 2
    else:
        require(padding in ("VALID", "EXPLICIT"), f"its padding {padding} is unknown")
        before = option(operator, f"pad_before_{axis}")
        total = before + option(operator, f"pad_after_{axis}")
        expected = (size + total - reach + stride) // stride
    require(
        expected == output and output > 0, f"its output has {output} rows or columns, not {expected}"
    )
    return before
