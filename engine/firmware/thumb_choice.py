"""Kernels for Cortex-M0 and M0+: which one runs an operator, with its packed constants.

Each candidate returns None where its kernel would not be exact or does not apply; the portable kernel
follows then: for grouped convolutions and for sums with broadcasting. Layouts: `thumb_packing.py` and
the kernels' headers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.firmware import elementwise, sum_line, thumb_packing
from engine.firmware.known_layer import is_int8, known_layer
from engine.firmware.layers import convolution_shape
from engine.firmware.overlap import back_lead, lead_of, window_lead
from engine.firmware.refusal import operand, result
from engine.firmware.requantization import Accumulators, some_channels
from engine.graph import Operator, TensorGraph
from engine.plan import Constant, KernelCall, KernelChoice

_LIVE_SHARE = 0.9  # of a layer's weights, below which leaving out the others pays


def convolution(graph: TensorGraph, operator: Operator) -> KernelChoice | None:
    """CONV_2D of int8 in one group: 1x1 by positions, any other kernel by columns."""
    if not is_int8(graph, operator):
        return None
    shape = convolution_shape(graph, operator)
    if shape.pop("groups") != 1:
        return None
    weights, bounds, live = known_layer(graph, operator)
    taps = shape["kernel_height"] * shape["kernel_width"]
    if taps == 1 and shape["stride_height"] == shape["stride_width"] == 1:
        positions = shape["batches"] * shape["output_height"] * shape["output_width"]
        if np.count_nonzero(live) * np.count_nonzero(~bounds.constant) < _LIVE_SHARE * weights.size:
            return _live_positions(operator, weights, bounds, live, positions)
        return _positions(operator, weights, bounds, "conv_1x1", positions)
    source = graph.tensors[operator.inputs[0]]
    assert source.quantization is not None
    members = {**shape, "input_zero_point": source.quantization.zero_point}
    choice = _sums_choice(
        operator,
        weights,
        bounds,
        name="conv",
        shape_type="th_conv_thumb_shape",
        members=members,
        scratch_bytes=4 * thumb_packing.even(weights.shape[1]) + shape["input_channels"],
    )
    if choice is None:
        return None
    channels = shape["input_channels"], shape["output_channels"]
    lead = window_lead(shape, channels=channels, value_bytes=1, block=_at_once(choice))
    in_place = None if lead is None else 0
    return replace(choice, in_place_input=in_place, in_place_lead_bytes=lead)


def depthwise(graph: TensorGraph, operator: Operator) -> KernelChoice | None:
    """DEPTHWISE_CONV_2D of int8: a channel at a time, in place where no row is overwritten too early."""
    if not is_int8(graph, operator):
        return None
    shape = convolution_shape(graph, operator)
    del shape["groups"]
    weights, bounds, _ = known_layer(graph, operator)
    channels = shape["input_channels"], shape["output_channels"]
    steps = {
        "input_step": channels[0],
        "input_row_step": channels[0] * shape["input_width"],
        "output_step": channels[1],
        "output_row_step": channels[1] * shape["output_width"],
    }
    if shape["output_height"] > shape["output_width"]:
        kernel = weights.reshape(-1, shape["kernel_height"], shape["kernel_width"])
        weights = kernel.transpose(0, 2, 1).reshape(weights.shape)
        shape = _on_its_side(shape)
        steps = {
            "input_step": steps["input_row_step"],
            "input_row_step": steps["input_step"],
            "output_step": steps["output_row_step"],
            "output_row_step": steps["output_step"],
        }
    records = thumb_packing.pack_depthwise(weights, bounds, shape)
    if records is None:
        return None
    source = graph.tensors[operator.inputs[0]]
    assert source.quantization is not None
    members = {
        **shape,
        **steps,
        "row_words": thumb_packing.depthwise_row_words(shape),
        "input_zero_point": source.quantization.zero_point,
        "minimum": bounds.minimum,
        "maximum": bounds.maximum,
    }
    call = KernelCall(
        function="th_depthwise_int8_thumb",
        header="th_depthwise_thumb.h",
        inputs=(source.index,),
        outputs=operator.outputs[:1],
        shape_type="th_depthwise_thumb_shape",
        shape=members,
        constants={"records": Constant(values=records, tensor=operator.inputs[1])},
        scratch=True,
    )
    return KernelChoice(
        operator=operator.index,
        kernel="depthwise_int8_thumb",
        calls=(call,),
        scratch_bytes=thumb_packing.depthwise_scratch_bytes(shape),
        in_place_input=0 if _works_in_place(members) else None,
    )


def _on_its_side(shape: Mapping[str, int]) -> dict[str, int]:
    """Heights and widths exchanged."""
    names = {"height": "width", "width": "height", "top": "left", "left": "top"}
    turned = {}
    for name, value in shape.items():
        head, _, tail = name.rpartition("_")
        turned[f"{head}_{names[tail]}" if tail in names else name] = value
    return turned


def _works_in_place(members: Mapping[str, int]) -> bool:
    """Whether nothing is written over an input pixel that is read later."""
    channels = members["input_channels"]
    pixels = members["input_height"] * members["input_width"]
    outputs = members["output_height"] * members["output_width"]
    if channels != members["output_channels"] or members["batches"] != 1 or outputs > pixels:
        return False

    def places(direction: str) -> NDArray[np.intp]:
        row, step = members[f"{direction}_row_step"], members[f"{direction}_step"]
        y = np.arange(members[f"{direction}_height"])[:, None] * row
        return (y + np.arange(members[f"{direction}_width"]) * step) // channels

    rows = np.arange(members["input_height"])
    ahead = thumb_packing.depthwise_rows_held(members) - 1 - members["pad_top"]
    # output row y is computed when input row y * stride + ahead was read
    read_at = np.zeros(pixels, np.int64)
    turns = -(-np.maximum(rows - ahead, 0) // members["stride_height"])
    read_at[places("input")] = np.minimum(turns, members["output_height"] - 1)[:, None]
    written_at = np.arange(members["output_height"])[:, None]
    return bool(np.all(read_at[places("output")] <= written_at))


def fully_connected(graph: TensorGraph, operator: Operator) -> KernelChoice | None:
    """FULLY_CONNECTED of int8: as a 1x1 convolution of as many positions as there are batches."""
    if not is_int8(graph, operator) or operator.options.get("weights_format", "DEFAULT") != "DEFAULT":
        return None
    source, output = graph.tensors[operator.inputs[0]], graph.tensors[operator.outputs[0]]
    matrix = graph.tensors[operator.inputs[1]]
    if len(matrix.shape) != 2 or matrix.elements == 0 or source.elements % matrix.shape[1]:
        return None
    positions = source.elements // matrix.shape[1]
    if output.elements != positions * matrix.shape[0]:
        return None
    weights, bounds, _ = known_layer(graph, operator)
    return _positions(operator, weights, bounds, "fully_connected", positions)


def add(graph: TensorGraph, operator: Operator) -> KernelChoice | None:
    """ADD of two int8 tensors of one shape."""
    return _sum(graph, operator, elementwise.add(graph, operator), sign=1)


def subtract(graph: TensorGraph, operator: Operator) -> KernelChoice | None:
    """SUB of two int8 tensors of one shape."""
    return _sum(graph, operator, elementwise.subtract(graph, operator), sign=-1)


def _sum(
    graph: TensorGraph, operator: Operator, portable: KernelChoice, *, sign: int
) -> KernelChoice | None:
    first, second = operand(graph, operator, 0), operand(graph, operator, 1)
    output = result(graph, operator)
    if output.dtype != "int8" or not first.shape == second.shape == output.shape:
        return None
    (call,) = portable.calls
    assert first.quantization is not None
    assert second.quantization is not None
    assert output.quantization is not None
    scale = output.quantization.scale
    line = sum_line.find_sum_line(
        sum_line.sum_table(call.parameters, sign=sign),
        first.quantization.scale / scale,
        sign * second.quantization.scale / scale,
    )
    if line is None:
        return None
    fast = replace(
        call,
        function="th_sum_int8_thumb",
        header="th_sum_thumb.h",
        shape_type="th_sum_thumb_shape",
        shape={
            "count": output.elements,
            "shift": line.shift,
            "minimum": int(call.parameters["minimum"]),
            "maximum": int(call.parameters["maximum"]),
        },
        parameters_type="th_sum_thumb_line",
        parameters={"a": line.a, "b": line.b, "c": line.c},
    )
    return replace(portable, kernel=f"{portable.kernel}_thumb", calls=(fast,))


def _positions(
    operator: Operator,
    weights: NDArray[np.int8],
    bounds: Accumulators,
    name: str,
    positions: int,
) -> KernelChoice | None:
    """A layer whose columns lie in the input as they are."""
    members = {
        "positions": positions,
        "input_channels": weights.shape[1],
        "output_channels": len(weights),
    }
    choice = _sums_choice(
        operator,
        weights,
        bounds,
        name=name,
        shape_type="th_conv_1x1_thumb_shape",
        members=members,
        scratch_bytes=4 * thumb_packing.even(weights.shape[1]),
    )
    if choice is None:
        return None
    if positions == 1:  # no column, so that the output may not overwrite the input
        (call,) = choice.calls
        direct = replace(call, function="th_one_position_int8_thumb", scratch=False)
        return replace(choice, calls=(direct,), scratch_bytes=0)
    sizes = positions * weights.shape[1], positions * len(weights)
    with_lead = _with_lead(choice, positions, weights)
    assert with_lead.in_place_lead_bytes is not None
    # every position reads and writes as many bytes, so that the mirrored order has the same lead
    back = back_lead(with_lead.in_place_lead_bytes, *sizes)
    return replace(with_lead, in_place_back_lead_bytes=back)


def _live_positions(
    operator: Operator,
    weights: NDArray[np.int8],
    bounds: Accumulators,
    live: NDArray[np.bool_],
    positions: int,
) -> KernelChoice | None:
    """A 1x1 convolution without the channels that never change; at least one of each kind stays."""
    inputs = np.flatnonzero(live) if live.any() else np.zeros(1, np.intp)
    outputs = np.flatnonzero(~bounds.constant) if not bounds.constant.all() else np.zeros(1, np.intp)
    packed = thumb_packing.pack_sums(weights[np.ix_(outputs, inputs)], some_channels(bounds, outputs))
    if packed is None:
        return None
    fixed = np.clip(bounds.constant_result, bounds.minimum, bounds.maximum)
    call = KernelCall(
        function="th_conv_1x1_live_int8_thumb",
        header="th_conv_live_thumb.h",
        inputs=(operator.inputs[0],),
        outputs=operator.outputs[:1],
        shape_type="th_conv_1x1_live_thumb_shape",
        shape={
            "positions": positions,
            "input_channels": weights.shape[1],
            "output_channels": len(weights),
            "live_input_count": len(inputs),
            "live_output_count": len(outputs),
            "minimum": bounds.minimum,
            "maximum": bounds.maximum,
            "alone": int(packed.alone),
            "mixed": int(packed.mixed),
        },
        constants={
            "stream": Constant(values=packed.words, tensor=operator.inputs[1]),
            "lines": Constant(values=packed.lines),
            "live_inputs": Constant(values=inputs.astype(np.uint16), align=2),
            "live_outputs": Constant(values=outputs.astype(np.uint16), align=2),
            "fixed": Constant(values=np.clip(fixed, -128, 127).astype(np.int8), align=1),
        },
        scratch=True,
    )
    choice = KernelChoice(
        operator=operator.index,
        kernel="conv_1x1_live_int8_thumb",
        calls=(call,),
        scratch_bytes=4 * thumb_packing.even(len(inputs)),
    )
    return _with_lead(choice, positions, weights)


def _with_lead(choice: KernelChoice, positions: int, weights: NDArray[np.int8]) -> KernelChoice:
    """The choice of a layer by positions, whose output may overwrite its input."""
    first_bytes = np.arange(positions, dtype=np.int64) * weights.shape[1]
    lead = lead_of(first_bytes, len(weights), block=_at_once(choice))
    return replace(choice, in_place_input=0, in_place_lead_bytes=lead)


def _at_once(choice: KernelChoice) -> int:
    """Output positions whose inputs are read before the first of them is written."""
    return 1 if choice.calls[0].shape["alone"] else 2


def _sums_choice(
    operator: Operator,
    weights: NDArray[np.int8],
    bounds: Accumulators,
    *,
    name: str,
    shape_type: str,
    members: dict[str, int],
    scratch_bytes: int,
) -> KernelChoice | None:
    packed = thumb_packing.pack_sums(weights, bounds)
    if packed is None:
        return None
    function = "th_conv_int8_thumb" if name == "conv" else "th_conv_1x1_int8_thumb"
    call = KernelCall(
        function=function,
        header="th_conv_thumb.h",
        inputs=(operator.inputs[0],),
        outputs=operator.outputs[:1],
        shape_type=shape_type,
        shape={
            **members,
            "minimum": bounds.minimum,
            "maximum": bounds.maximum,
            "alone": int(packed.alone),
            "mixed": int(packed.mixed),
        },
        constants={
            "stream": Constant(values=packed.words, tensor=operator.inputs[1]),
            "lines": Constant(values=packed.lines),
        },
        scratch=True,
    )
    return KernelChoice(
        operator=operator.index,
        kernel=f"{name}_int8_thumb",
        calls=(call,),
        scratch_bytes=scratch_bytes,
    )


THUMB: dict[str, tuple[Callable[[TensorGraph, Operator], KernelChoice | None], ...]] = {
    "ADD": (add,),
    "CONV_2D": (convolution,),
    "DEPTHWISE_CONV_2D": (depthwise,),
    "FULLY_CONNECTED": (fully_connected,),
    "SUB": (subtract,),
}
"""Candidates of the family `thumb`, best first; where none applies the portable ones follow."""
