"""PAD before a convolution becomes the convolution's own padding: the same numbers, one tensor less.

A convolution of quanta leaves out taps outside the image, which is to read zero points there.
"""

from __future__ import annotations

from dataclasses import replace

from engine.graph import Operator, OptionValue, TensorGraph

_WINDOWS = ("CONV_2D", "DEPTHWISE_CONV_2D")


def fold_padding(graph: TensorGraph) -> TensorGraph:
    """The graph without those PAD and PADV2 whose readers are all convolutions that can pad themselves.

    Such a convolution has `padding` = `EXPLICIT` and the options `pad_before_height`,
    `pad_after_height`, `pad_before_width` and `pad_after_width`.
    """
    folded: set[int] = set()
    changed: dict[int, Operator] = {}
    for operator in graph.operators:
        sides = _padding(graph, operator)
        if sides is None:
            continue
        output = operator.outputs[0]
        readers = [other for other in graph.operators if output in other.inputs]
        if readers and all(_can_pad(graph, reader, output, sides) for reader in readers):
            folded.add(operator.index)
            for reader in readers:
                inputs = (operator.inputs[0], *reader.inputs[1:])
                options = {**reader.options, **sides, "padding": "EXPLICIT"}
                changed[reader.index] = replace(reader, inputs=inputs, options=options)
    if not folded:
        return graph
    kept = [changed.get(o.index, o) for o in graph.operators if o.index not in folded]
    operators = tuple(replace(operator, index=index) for index, operator in enumerate(kept))
    return replace(graph, operators=operators)


def _padding(graph: TensorGraph, operator: Operator) -> dict[str, OptionValue] | None:
    """Rows and columns that a PAD of zero points adds to an image of quanta; None for any other."""
    if operator.kind not in ("PAD", "PADV2") or len(operator.inputs) < 2 or len(operator.outputs) != 1:
        return None
    if min(operator.inputs) < 0 or operator.outputs[0] in graph.outputs:
        return None
    source, amounts, output = (graph.tensors[i] for i in (*operator.inputs[:2], operator.outputs[0]))
    before, after = source.quantization, output.quantization
    if source.is_constant or source.dtype not in ("int8", "int16") or source.dtype != output.dtype:
        return None
    if before is None or after is None or before.per_channel or after.per_channel:
        return None
    if (before.scale, before.zero_point) != (after.scale, after.zero_point):
        return None
    if amounts.data is None or amounts.shape != (4, 2) or amounts.data.dtype.kind != "i":
        return None
    if len(operator.inputs) > 2:
        value = graph.tensors[operator.inputs[2]].data
        if value is None or value.size != 1 or int(value.reshape(-1)[0]) != after.zero_point:
            return None
    rows = [[int(n) for n in row] for row in amounts.data.tolist()]
    grown = tuple(b + size + a for size, (b, a) in zip(source.shape, rows, strict=False))
    if rows[0] != [0, 0] or rows[3] != [0, 0] or min(rows[1] + rows[2]) < 0 or grown != output.shape:
        return None
    return {
        f"pad_{side}_{axis}": rows[dimension][place]
        for dimension, axis in ((1, "height"), (2, "width"))
        for place, side in enumerate(("before", "after"))
    }


def _can_pad(graph: TensorGraph, operator: Operator, padded: int, sides: dict[str, OptionValue]) -> bool:
    """Whether an operator reads `padded` as a convolution does, each window with a tap in the image."""
    if operator.kind not in _WINDOWS or operator.options.get("padding") != "VALID":
        return False
    if operator.inputs[0] != padded or padded in operator.inputs[1:] or len(operator.inputs) < 2:
        return False
    weights = graph.tensors[operator.inputs[1]] if operator.inputs[1] >= 0 else None
    if weights is None or len(weights.shape) != 4:
        return False
    for axis, kernel, factor in zip(
        ("height", "width"), weights.shape[1:3], ("dilation_hfactor", "dilation_wfactor"), strict=True
    ):
        dilation = operator.options.get(factor, 1)
        if not isinstance(dilation, int) or kernel < 1 or dilation < 1:
            return False
        reach = (kernel - 1) * dilation + 1
        for side in ("before", "after"):
            amount = sides[f"pad_{side}_{axis}"]
            assert isinstance(amount, int)
            if amount >= reach:
                return False
    return True
