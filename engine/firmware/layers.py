"""Portable kernels for the layers with weights, and for pooling."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.firmware import fixed_point
from engine.firmware.overlap import window_back_lead, window_lead
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
    window_padding,
)
from engine.graph import Operator, Tensor, TensorGraph
from engine.plan import Constant, KernelCall, KernelChoice


def convolution(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """CONV_2D: int8, int16 with int8 weights, float; grouped and dilated too."""
    shape = convolution_shape(graph, operator)
    return _weighted(graph, operator, "conv", "th_conv.h", "th_conv_shape", shape, channel_axis=0)


def depthwise(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """DEPTHWISE_CONV_2D with any multiplier: int8, int16 with int8 weights, float."""
    shape = convolution_shape(graph, operator)
    return _weighted(graph, operator, "depthwise", "th_conv.h", "th_conv_shape", shape, channel_axis=3)


def transpose_convolution(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """TRANSPOSE_CONV: int8, int16 with int8 weights, float."""
    source, weights, output = (
        run_time(operand(graph, operator, 2), "input"),
        constant(graph, operator, 1, "weights"),
        result(graph, operator),
    )
    require(
        all(len(t.shape) == 4 and t.elements > 0 for t in (source, weights, output)),
        "its tensors do not have four dimensions",
    )
    batches, height, width, channels = source.shape
    output_channels, kernel_height, kernel_width, depth = weights.shape
    require(depth == channels, "its weights do not match its input channels")
    require(
        output.shape[0] == batches and output.shape[3] == output_channels,
        "its weights do not match its output",
    )
    stride_height, stride_width = option(operator, "stride_h"), option(operator, "stride_w")
    # The padding is that of the convolution which leads from the output back to the input.
    pad_top = window_padding(
        operator, "height", output.shape[1], kernel_height, stride_height, 1, height
    )
    pad_left = window_padding(operator, "width", output.shape[2], kernel_width, stride_width, 1, width)
    shape = {
        "batches": batches,
        "input_height": height,
        "input_width": width,
        "input_channels": channels,
        "output_height": output.shape[1],
        "output_width": output.shape[2],
        "output_channels": output_channels,
        "kernel_height": kernel_height,
        "kernel_width": kernel_width,
        "stride_height": stride_height,
        "stride_width": stride_width,
        "pad_top": pad_top,
        "pad_left": pad_left,
    }
    like_convolution = replace(operator, inputs=(source.index, weights.index, *operator.inputs[3:4]))
    return _weighted(
        graph,
        like_convolution,
        "transpose_conv",
        "th_transpose_conv.h",
        "th_conv_shape",
        shape,
        channel_axis=0,
    )


def fully_connected(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """FULLY_CONNECTED: int8, int16 with int8 weights, float."""
    source, weights, output = (
        run_time(operand(graph, operator, 0), "input"),
        constant(graph, operator, 1, "weights"),
        result(graph, operator),
    )
    require(operator.options.get("weights_format", "DEFAULT") == "DEFAULT", "its weights are shuffled")
    require(len(weights.shape) == 2, "its weights are not a matrix")
    output_features, input_features = weights.shape
    require(output_features > 0 and input_features > 0, "its weights are empty")
    require(source.elements % input_features == 0, "its input does not match its weights")
    batches = source.elements // input_features
    require(output.elements == batches * output_features, "its output does not match its weights")
    shape = {
        "batches": batches,
        "input_features": input_features,
        "output_features": output_features,
    }
    if source.dtype != "float32":
        shape["per_channel"] = int(weights.quantization is not None and weights.quantization.per_channel)
    return _weighted(
        graph,
        operator,
        "fully_connected",
        "th_fully_connected.h",
        "th_fully_connected_shape",
        shape,
        channel_axis=0,
    )


def average_pool(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """AVERAGE_POOL_2D: int8, int16, float."""
    return _pool(graph, operator, "average_pool")


def max_pool(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """MAX_POOL_2D: int8, int16, float."""
    return _pool(graph, operator, "max_pool")


def convolution_shape(graph: TensorGraph, operator: Operator) -> dict[str, int]:
    """Members of `th_conv_shape`, all sizes checked against each other."""
    source, weights, output = (
        run_time(operand(graph, operator, 0), "input"),
        constant(graph, operator, 1, "weights"),
        result(graph, operator),
    )
    require(
        all(len(t.shape) == 4 and t.elements > 0 for t in (source, weights, output)),
        "its tensors do not have four dimensions",
    )
    batches, height, width, channels = source.shape
    _, output_height, output_width, output_channels = output.shape
    stride_height, stride_width = option(operator, "stride_h"), option(operator, "stride_w")
    dilation_height = option(operator, "dilation_hfactor", 1)
    dilation_width = option(operator, "dilation_wfactor", 1)
    kernel_height, kernel_width = weights.shape[1:3]
    groups = 1
    if operator.kind == "CONV_2D":
        require(channels % weights.shape[3] == 0, "its weights do not match its input channels")
        groups = channels // weights.shape[3]
        require(weights.shape[0] == output_channels, "its weights do not match its output channels")
        require(output_channels % groups == 0, "its groups do not divide its output channels")
    else:
        require(
            weights.shape[0] == 1 and weights.shape[3] == output_channels, "its weights do not match"
        )
        require(output_channels % channels == 0, "its output channels are no multiple of its input's")
    require(output.shape[0] == batches, "its batch sizes differ")
    return {
        "batches": batches,
        "input_height": height,
        "input_width": width,
        "input_channels": channels,
        "output_height": output_height,
        "output_width": output_width,
        "output_channels": output_channels,
        "kernel_height": kernel_height,
        "kernel_width": kernel_width,
        "stride_height": stride_height,
        "stride_width": stride_width,
        "dilation_height": dilation_height,
        "dilation_width": dilation_width,
        "pad_top": window_padding(
            operator, "height", height, kernel_height, stride_height, dilation_height, output_height
        ),
        "pad_left": window_padding(
            operator, "width", width, kernel_width, stride_width, dilation_width, output_width
        ),
        "groups": groups,
    }


def quantization_parameters(graph: TensorGraph, operator: Operator) -> dict[str, int]:
    """Members of `th_quantization` for input 0, output 0 and the fused activation."""
    source, output = operand(graph, operator, 0), result(graph, operator)
    require_quantized(source, output)
    assert source.quantization is not None
    assert output.quantization is not None
    minimum, maximum = fixed_point.activation_range(graph, operator)
    return {
        "input_zero_point": source.quantization.zero_point,
        "output_zero_point": output.quantization.zero_point,
        "minimum": minimum,
        "maximum": maximum,
    }


def output_multipliers(
    graph: TensorGraph, operator: Operator, channel_axis: int
) -> tuple[NDArray[np.int32], NDArray[np.int8]]:
    """(multipliers, shifts), one per output channel; a FULLY_CONNECTED with one scale has one pair.

    The scales multiply in double precision, as in TFLite Micro (versions before autumn 2026 rounded the
    product of a FULLY_CONNECTED to single precision, which changes about one output in a million).
    """
    source, weights, output = (
        operand(graph, operator, 0),
        operand(graph, operator, 1),
        result(graph, operator),
    )
    require_quantized(source, output)
    quantization = weights.quantization
    require(quantization is not None, "its weights have no scale")
    assert quantization is not None
    assert source.quantization is not None
    assert output.quantization is not None
    require(not quantization.zero_points.any(), "its weights have a zero point other than 0")
    channels = weights.shape[channel_axis]
    if quantization.per_channel:
        require(quantization.scales.size == channels, "its weight scales do not match its channels")
    source_scale, output_scale = source.quantization.scale, output.quantization.scale
    reals = [source_scale * float(s) / output_scale for s in quantization.scales]
    if operator.kind != "FULLY_CONNECTED" and not quantization.per_channel:
        reals = reals * channels
    multipliers, shifts = fixed_point.quantize_multipliers(reals)
    require(int(shifts.max()) <= 30, "its output scale is too small for its input's")
    return multipliers, shifts


def bias_constant(bias: Tensor | None, channels: int, dtype: str) -> Constant:
    """The bias table, zeros where the layer has none.

    Raises:
        Refusal: it is not constant, or of another type or size.
    """
    if bias is None:
        return Constant(values=np.zeros(channels, dtype))
    require(bias.data is not None, "its bias must be constant")
    assert bias.data is not None
    require_types(bias, dtype=dtype)
    require(bias.elements == channels, "its bias does not match its channels")
    return Constant(values=bias.data.reshape(-1), tensor=bias.index)


def _weighted(
    graph: TensorGraph,
    operator: Operator,
    family: str,
    header: str,
    shape_type: str,
    shape: dict[str, int],
    *,
    channel_axis: int,
) -> KernelChoice:
    source, weights, output = (
        operand(graph, operator, 0),
        operand(graph, operator, 1),
        result(graph, operator),
    )
    bias = optional_operand(graph, operator, 2)
    require(
        source.dtype == output.dtype, f"{source.dtype.upper()} input with {output.dtype.upper()} output"
    )
    require(
        not (source.dtype == "float32" and weights.dtype == "int8"),
        "hybrid quantisation (float input, INT8 weights); quantise the activations too",
    )
    assert weights.data is not None
    channels = weights.shape[channel_axis]
    constants = {"weights": Constant(values=weights.data, tensor=weights.index)}
    if source.dtype == "float32":
        require_types(source, weights, output, dtype="float32")
        function = f"th_{family}_float"
        constants["bias"] = bias_constant(bias, channels, "float32")
        low, high = fixed_point.float_activation_range(operator)
        parameters_type = "th_float_range"
        parameters: dict[str, int | float] = {"minimum": low, "maximum": high}
    else:
        require(source.dtype in ("int8", "int16"), f"{source.dtype.upper()} activations")
        require_types(weights, dtype="int8")
        function = f"th_{family}_{source.dtype}"
        bias_dtype = "int32"
        if source.dtype == "int16":
            bias_dtype = bias.dtype if bias is not None else "int64"
            if bias_dtype == "int32":
                require(
                    family in ("conv", "fully_connected"), f"INT16 values and an INT32 bias in {family}"
                )
                function += "_bias32"
            else:
                _check_16_bit_range(graph, operator, channel_axis)
        constants["bias"] = bias_constant(bias, channels, bias_dtype)
        multipliers, shifts = output_multipliers(graph, operator, channel_axis)
        constants["multipliers"] = Constant(values=multipliers)
        constants["shifts"] = Constant(values=shifts)
        parameters_type = "th_quantization"
        parameters = dict(quantization_parameters(graph, operator))
    call = KernelCall(
        function=function,
        header=header,
        inputs=(source.index,),
        outputs=(output.index,),
        shape_type=shape_type,
        shape=shape,
        parameters_type=parameters_type,
        parameters=parameters,
        constants=constants,
    )
    lead = back_lead = None
    if family in ("conv", "depthwise"):
        channels_of_both = shape["input_channels"], shape["output_channels"]
        value_bytes = source.size_bytes // source.elements
        lead, back_lead = (
            find(shape, channels=channels_of_both, value_bytes=value_bytes, block=0)
            for find in (window_lead, window_back_lead)
        )
    return KernelChoice(
        operator=operator.index,
        kernel=function.removeprefix("th_"),
        calls=(call,),
        in_place_input=None if lead is None else 0,
        in_place_lead_bytes=lead,
        in_place_back_lead_bytes=back_lead,
    )


def _check_16_bit_range(graph: TensorGraph, operator: Operator, channel_axis: int) -> None:
    _, shifts = output_multipliers(graph, operator, channel_axis)
    require(int(shifts.max()) <= 7, "its output scale is too small for its input's")


def _pool(graph: TensorGraph, operator: Operator, family: str) -> KernelChoice:
    source, output = run_time(operand(graph, operator, 0), "input"), result(graph, operator)
    require(
        len(source.shape) == 4 and len(output.shape) == 4 and source.elements > 0,
        "its tensors do not have four dimensions",
    )
    require(source.dtype == output.dtype, "its input and output types differ")
    batches, height, width, channels = source.shape
    require(output.shape[0] == batches and output.shape[3] == channels, "its channels or batches change")
    kernel_height, kernel_width = option(operator, "filter_height"), option(operator, "filter_width")
    stride_height, stride_width = option(operator, "stride_h"), option(operator, "stride_w")
    shape = {
        "batches": batches,
        "channels": channels,
        "input_height": height,
        "input_width": width,
        "output_height": output.shape[1],
        "output_width": output.shape[2],
        "kernel_height": kernel_height,
        "kernel_width": kernel_width,
        "stride_height": stride_height,
        "stride_width": stride_width,
        "pad_top": window_padding(
            operator, "height", height, kernel_height, stride_height, 1, output.shape[1]
        ),
        "pad_left": window_padding(
            operator, "width", width, kernel_width, stride_width, 1, output.shape[2]
        ),
    }
    parameters: dict[str, int | float]
    if source.dtype == "float32":
        suffix, parameters_type = "float", "th_float_range"
        parameters = dict(
            zip(("minimum", "maximum"), fixed_point.float_activation_range(operator), strict=True)
        )
    else:
        require(source.dtype in ("int8", "int16"), f"{source.dtype.upper()} activations")
        require_quantized(source, output)
        assert source.quantization is not None
        assert output.quantization is not None
        require(
            math.isclose(source.quantization.scale, output.quantization.scale, rel_tol=0, abs_tol=1e-6)
            and source.quantization.zero_point == output.quantization.zero_point,
            "its input and output have different scales",
        )
        suffix, parameters_type = source.dtype, "th_range"
        parameters = dict(
            zip(("minimum", "maximum"), fixed_point.activation_range(graph, operator), strict=True)
        )
    call = KernelCall(
        function=f"th_{family}_{suffix}",
        header="th_pool.h",
        inputs=(source.index,),
        outputs=(output.index,),
        shape_type="th_pool_shape",
        shape=shape,
        parameters_type=parameters_type,
        parameters=parameters,
    )
    lead = window_lead(
        shape,
        channels=(channels, channels),
        value_bytes=source.size_bytes // source.elements,
        block=0,
    )
    return KernelChoice(
        operator=operator.index,
        kernel=f"{family}_{suffix}",
        calls=(call,),
        in_place_input=None if lead is None else 0,
        in_place_lead_bytes=lead,
    )
