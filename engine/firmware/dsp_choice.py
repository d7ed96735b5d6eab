"""Kernels for Arm cores with the DSP extension: which one runs an operator, with its packed constants.

Each candidate returns None where its kernel would not be exact or does not apply; the portable kernel
follows then: for grouped convolutions, for multipliers of a half and more beside results of both signs,
for broadcast sums. Layouts: `packing.py` and the kernels' headers.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.firmware import elementwise, layers, packing, sum_line, taps_packing
from engine.firmware.known_layer import is_int8, known_layer
from engine.firmware.layers import convolution_shape
from engine.firmware.overlap import lead_of, window_lead
from engine.firmware.refusal import operand, result
from engine.firmware.requantization import Accumulators
from engine.graph import Operator, Tensor, TensorGraph
from engine.plan import Constant, KernelCall, KernelChoice

_POSITIONS_AT_ONCE = 2  # of the matrix kernels, whose columns are filled before any result is written


def convolution(graph: TensorGraph, operator: Operator) -> KernelChoice | None:
    """CONV_2D of int8 in one group: 1x1 by positions, any other kernel by columns."""
    if not is_int8(graph, operator):
        return None
    shape = convolution_shape(graph, operator)
    if shape.pop("groups") != 1:
        return None
    weights, bounds, live = known_layer(graph, operator)
    pointwise = (shape["kernel_height"], shape["kernel_width"]) == (1, 1)
    if pointwise and (shape["stride_height"], shape["stride_width"]) == (1, 1):
        positions = shape["batches"] * shape["output_height"] * shape["output_width"]
        return _positions_choice(graph, operator, weights, bounds, live, "conv_1x1", positions)
    stream = packing.pack_gemm(weights, bounds)
    if stream is None:
        return None
    zero_point = graph.tensors[operator.inputs[0]].quantization
    assert zero_point is not None
    call = KernelCall(
        function="th_conv_int8_dsp",
        header="th_conv_dsp.h",
        inputs=(operator.inputs[0],),
        outputs=operator.outputs[:1],
        shape_type="th_conv_dsp_shape",
        shape={**shape, "input_zero_point": zero_point.zero_point, **_matrix_members(stream)},
        constants={"stream": Constant(values=stream.words, tensor=operator.inputs[1], align=4)},
        scratch=True,
    )
    lead = window_lead(
        shape,
        channels=(shape["input_channels"], shape["output_channels"]),
        value_bytes=1,
        block=_POSITIONS_AT_ONCE,
    )
    return KernelChoice(
        operator=operator.index,
        kernel="conv_int8_dsp",
        calls=(call, *_clamp(graph, operator, bounds)),
        scratch_bytes=packing.conv_scratch_bytes(
            shape["kernel_height"], shape["kernel_width"], shape["input_channels"]
        ),
        in_place_input=0 if lead is not None else None,
        in_place_lead_bytes=lead,
    )


def depthwise(graph: TensorGraph, operator: Operator) -> KernelChoice | None:
    """DEPTHWISE_CONV_2D of int8: four channels at once where that pays, else by planes of one."""
    if not is_int8(graph, operator):
        return None
    shape = convolution_shape(graph, operator)
    del shape["groups"]
    weights, bounds, _ = known_layer(graph, operator)
    records = packing.depthwise_records(weights, bounds, shape["kernel_width"])
    by_3x3 = packing.is_3x3(shape) and records is not None and records.fit_3x3
    plane = packing.depthwise_plane(shape, by_3x3=by_3x3)
    if taps_packing.takes(shape) and taps_packing.is_cheaper(shape, bounds, plane, by_3x3=by_3x3):
        choice = _taps_choice(graph, operator, weights, bounds, shape)
        if choice is not None:
            return choice
    if records is None:
        return None
    source = graph.tensors[operator.inputs[0]]
    assert source.quantization is not None
    members = {
        **shape,
        "plane_height": plane.height,
        "plane_width": plane.width,
        "transposed": int(plane.transposed),
        "by_3x3": int(by_3x3),
        "input_zero_point": source.quantization.zero_point,
    }
    if plane.transposed:
        for name in ("kernel", "stride", "dilation"):
            members[f"{name}_height"], members[f"{name}_width"] = (
                shape[f"{name}_width"],
                shape[f"{name}_height"],
            )
        members["pad_top"], members["pad_left"] = shape["pad_left"], shape["pad_top"]
    call = KernelCall(
        function="th_depthwise_int8_dsp",
        header="th_depthwise_dsp.h",
        inputs=(source.index,),
        outputs=operator.outputs[:1],
        shape_type="th_depthwise_dsp_shape",
        shape=members,
        constants={
            "records": Constant(
                values=records.packed(transposed=plane.transposed), tensor=operator.inputs[1], align=4
            )
        },
        scratch=True,
    )
    # a channel is written only over bytes of its own, after it was read whole
    in_place = shape["input_channels"] == shape["output_channels"] and shape["batches"] == 1
    kernel = "depthwise_3x3_int8_dsp" if by_3x3 else "depthwise_int8_dsp"
    return KernelChoice(
        operator=operator.index,
        kernel=kernel,
        calls=(call, *_clamp(graph, operator, bounds)),
        scratch_bytes=packing.depthwise_scratch_bytes(shape, plane, by_3x3=by_3x3),
        in_place_input=0 if in_place else None,
        in_place_step_bytes=shape["output_channels"] if in_place else 0,
    )


def _taps_choice(
    graph: TensorGraph,
    operator: Operator,
    weights: NDArray[np.int8],
    bounds: Accumulators,
    shape: dict[str, int],
) -> KernelChoice | None:
    """Four channels at once, straight from the image."""
    stream = taps_packing.pack_taps(weights, bounds)
    if stream is None:
        return None
    zero_point = graph.tensors[operator.inputs[0]].quantization
    assert zero_point is not None
    call = KernelCall(
        function="th_depthwise_taps_int8_dsp",
        header="th_depthwise_taps_dsp.h",
        inputs=operator.inputs[:1],
        outputs=operator.outputs[:1],
        shape_type="th_depthwise_taps_dsp_shape",
        shape={**shape, "input_zero_point": zero_point.zero_point},
        constants={"stream": Constant(values=stream, tensor=operator.inputs[1])},
        scratch=True,
    )
    channels = shape["input_channels"], shape["output_channels"]
    lead = window_lead(shape, channels=channels, value_bytes=1, block=0)
    return KernelChoice(
        operator=operator.index,
        kernel="depthwise_taps_int8_dsp",
        calls=(call, *_clamp(graph, operator, bounds)),
        scratch_bytes=taps_packing.taps_scratch_bytes(weights.shape[1], channels[0]),
        in_place_input=None if lead is None else 0,
        in_place_lead_bytes=lead,
    )


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
    weights, bounds, live = known_layer(graph, operator)
    return _positions_choice(graph, operator, weights, bounds, live, "fully_connected", positions)


def add(graph: TensorGraph, operator: Operator) -> KernelChoice | None:
    """ADD of two int8 tensors of one shape."""
    return _sum(graph, operator, elementwise.add(graph, operator), sign=1)


def subtract(graph: TensorGraph, operator: Operator) -> KernelChoice | None:
    """SUB of two int8 tensors of one shape."""
    return _sum(graph, operator, elementwise.subtract(graph, operator), sign=-1)


def _sum(
    graph: TensorGraph, operator: Operator, portable: KernelChoice, *, sign: int
) -> KernelChoice | None:
    output = result(graph, operator)
    first, second = operand(graph, operator, 0), operand(graph, operator, 1)
    if output.dtype != "int8" or not first.shape == second.shape == output.shape:
        return None
    (call,) = portable.calls
    table = sum_line.sum_table(call.parameters, sign=sign)
    assert first.quantization is not None
    assert second.quantization is not None
    assert output.quantization is not None
    scale = output.quantization.scale
    line = sum_line.find_sum_line(
        table, first.quantization.scale / scale, sign * second.quantization.scale / scale
    )
    shape = {"count": output.elements}
    if line is None:
        exact = replace(
            call,
            function=f"{call.function}_dsp",
            header="th_sum_dsp.h",
            shape_type="th_count_shape",
            shape=shape,
        )
        return replace(portable, kernel=f"{portable.kernel}_dsp", calls=(exact,))
    minimum, maximum = int(call.parameters["minimum"]), int(call.parameters["maximum"])
    clamp: tuple[KernelCall, ...] = ()
    if minimum > max(-128, table.min()) or maximum < min(127, table.max()):
        clamp = (_clamp_call(output, minimum, maximum),)
    fast = replace(
        call,
        function=f"th_sum_int8_dsp_{line.shift}",
        header="th_sum_dsp.h",
        shape_type="th_count_shape",
        shape=shape,
        parameters_type="th_sum_line",
        parameters={"a": line.a, "b": line.b, "c": line.c},
    )
    return replace(portable, kernel=f"{portable.kernel}_dsp", calls=(fast, *clamp))


def average_pool(graph: TensorGraph, operator: Operator) -> KernelChoice | None:
    """AVERAGE_POOL_2D of int8."""
    portable = layers.average_pool(graph, operator)
    members = portable.calls[0].shape
    rows = min(members["kernel_height"], members["input_height"])
    columns = min(members["kernel_width"], members["input_width"])
    # 16 bits hold the sum of 256 taps
    return _pool(portable, "average_pool" if rows * columns <= 256 else "average_pool_large")


def max_pool(graph: TensorGraph, operator: Operator) -> KernelChoice | None:
    """MAX_POOL_2D of int8."""
    return _pool(layers.max_pool(graph, operator), "max_pool")


def _pool(portable: KernelChoice, name: str) -> KernelChoice | None:
    (call,) = portable.calls
    if not call.function.endswith("_int8"):
        return None
    fast = replace(call, function=f"th_{name}_int8_dsp", header="th_pool_dsp.h")
    return replace(portable, kernel=f"{name}_int8_dsp", calls=(fast,))


def _positions_choice(
    graph: TensorGraph,
    operator: Operator,
    weights: NDArray[np.int8],
    bounds: Accumulators,
    live: NDArray[np.bool_],
    name: str,
    positions: int,
) -> KernelChoice | None:
    """A layer whose columns lie in the input as they are, but for constant inputs if there are many."""
    kernel, header, table = f"{name}_int8_dsp", f"th_{name}_dsp.h", {}
    if name == "conv_1x1":
        header = "th_conv_dsp.h"
    depth = weights.shape[1]
    members = {"positions": positions, "input_channels": depth, "output_channels": len(weights)}
    if packing.leaving_out_pays(live, bounds):
        chosen = packing.live_inputs(live)
        depth = len(chosen)
        weights = weights[:, chosen]
        weights[:, np.count_nonzero(live) :] = 0
        kernel, header = "conv_1x1_live_int8_dsp", "th_conv_live_dsp.h"
        members["live_channels"] = depth
        table = {"live": Constant(values=chosen.astype(np.uint16), align=2)}
    stream = packing.pack_gemm(weights, bounds)
    if stream is None:
        return None
    call = KernelCall(
        function=f"th_{kernel}",
        header=header,
        inputs=(operator.inputs[0],),
        outputs=operator.outputs[:1],
        shape_type="th_conv_1x1_live_dsp_shape" if table else "th_conv_1x1_dsp_shape",
        shape={**members, **_matrix_members(stream)},
        constants={
            "stream": Constant(values=stream.words, tensor=operator.inputs[1], align=4),
            **table,
        },
        scratch=True,
    )
    return KernelChoice(
        operator=operator.index,
        kernel=kernel,
        calls=(call, *_clamp(graph, operator, bounds)),
        scratch_bytes=packing.column_scratch_bytes(depth, positions),
        in_place_input=0,
        in_place_lead_bytes=lead_of(
            np.arange(positions, dtype=np.int64) * members["input_channels"],
            members["output_channels"],
            # without whole words the last two positions go one by one
            block=_POSITIONS_AT_ONCE if members["input_channels"] % 4 == 0 else 1,
        ),
    )


def _matrix_members(stream: packing.GemmStream) -> dict[str, int]:
    return {
        "wide_weights": int(stream.wide_weights),
        "full_stream_words": stream.full_words,
        "stream_words": stream.words.size,
    }


def _clamp(graph: TensorGraph, operator: Operator, bounds: Accumulators) -> tuple[KernelCall, ...]:
    """The call that narrows the output's range where saturation alone does not."""
    if bounds.saturation_is_clamp:
        return ()
    return (_clamp_call(result(graph, operator), bounds.minimum, bounds.maximum),)


def _clamp_call(output: Tensor, minimum: int, maximum: int) -> KernelCall:
    return KernelCall(
        function="th_clamp_int8_dsp",
        header="th_clamp_dsp.h",
        inputs=(),
        outputs=(output.index,),
        shape_type="th_clamp_shape",
        shape={"count": output.elements, "minimum": minimum, "maximum": maximum},
    )
