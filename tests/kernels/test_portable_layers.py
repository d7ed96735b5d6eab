"""Layers with weights, and pooling: random shapes and scales against TFLite Micro, byte for byte."""

from __future__ import annotations

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.helpers.micro import assert_same_as_micro
from tests.helpers.tflite_builder import TfliteBuilder

# One model holds several independent layers, so that one compilation tries several shapes.
LAYERS = 6
EXAMPLES = settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # shrinking would compile for minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

channels = st.integers(1, 17)
zero_points = st.sampled_from([-128, 127, 0]) | st.integers(-128, 127)
scales = st.floats(2**-9, 1.0, width=32)
activations = st.sampled_from(["NONE", "RELU", "RELU6", "RELU_N1_TO_1"])
paddings = st.sampled_from(["SAME", "VALID"])
seeds = st.integers(0, 2**32 - 1)


def out_size(size: int, kernel: int, stride: int, dilation: int, padding: str) -> int:
    reach = (kernel - 1) * dilation + 1
    return -(-size // stride) if padding == "SAME" else (size - reach) // stride + 1


@st.composite
def windows(draw, *, dilated: bool = True):
    """Per axis input, kernel, stride, dilation; and a padding under which an output exists."""
    padding = draw(paddings)
    axes = []
    for _ in range(2):
        kernel, dilation = draw(st.integers(1, 5)), draw(st.integers(1, 3)) if dilated else 1
        reach = (kernel - 1) * dilation + 1
        size = draw(st.integers(1 if padding == "SAME" else reach, reach + 6))
        axes.append((size, kernel, draw(st.integers(1, kernel + 3)), dilation))
    return axes, padding


def add_weighted(
    builder, chance, draw, kind, source_shape, weights_shape, channel_axis, output_shape, **options
):
    """A layer with random weights whose output scale suits its accumulators."""
    dtype = draw(st.sampled_from(["int8", "int8", "int16"]))
    count = weights_shape[channel_axis]
    taps = int(np.prod(weights_shape)) // count
    per_channel = kind != "FULLY_CONNECTED" or draw(st.booleans())
    weight_scale = chance.uniform(0.002, 0.02, count if per_channel and count > 1 else 1).astype(
        np.float32
    )
    input_scale = draw(scales) / (64 if dtype == "int16" else 1)
    spread = (
        input_scale
        * float(weight_scale.mean())
        * 60
        * np.sqrt(taps)
        * (64 if dtype == "int8" else 12000)
    )
    output_scale = np.float32(spread * draw(st.floats(0.3, 4.0)) / (128 if dtype == "int8" else 32768))
    if draw(st.booleans()):  # powers of two make ties, where roundings differ
        input_scale, output_scale = (
            np.float32(2.0 ** np.round(np.log2(s))) for s in (input_scale, output_scale)
        )
        weight_scale = (2.0 ** np.round(np.log2(weight_scale))).astype(np.float32)
    zero = (lambda: draw(zero_points)) if dtype == "int8" else (lambda: 0)
    source = builder.tensor(source_shape, dtype, scale=input_scale, zero_point=zero())
    weights = chance.integers(-127, 128, weights_shape)
    weights_at = builder.tensor(
        weights_shape, "int8", scale=weight_scale, axis=channel_axis, data=weights
    )
    bias_dtype = "int32" if dtype == "int8" else "int64"
    limit = draw(st.sampled_from([1, 1000, 2**20, 2**30]))
    bias = chance.integers(-limit, limit, count)
    inputs = [source, weights_at]
    if draw(st.booleans()) or kind == "DEPTHWISE_CONV_2D":
        bias_scale = np.float32(input_scale) * weight_scale
        inputs.append(builder.tensor((count,), bias_dtype, scale=bias_scale, data=bias))
    output = builder.tensor(output_shape, dtype, scale=output_scale, zero_point=zero())
    options["fusedActivationFunction"] = getattr(schema.ActivationFunctionType, draw(activations))
    names = {
        "CONV_2D": "Conv2DOptions",
        "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
        "TRANSPOSE_CONV": "TransposeConvOptions",
    }
    if kind == "TRANSPOSE_CONV":
        size = builder.tensor((4,), "int32", data=np.array(output_shape))
        inputs = [size, weights_at, source, *inputs[2:]]
    table = names.get(kind, "FullyConnectedOptions")
    builder.operator(kind, inputs, [output], table, version=4, **options)
    builder.inputs.append(source)
    builder.outputs.append(output)


@st.composite
def convolutions(draw):
    builder = TfliteBuilder()
    for _ in range(LAYERS):
        chance = np.random.default_rng(draw(seeds))
        ((h, kh, sh, dh), (w, kw, sw, dw)), padding = draw(windows())
        groups = draw(st.sampled_from([1, 1, 2]))
        per_group = draw(channels)
        n_in, n_out = per_group * groups, draw(channels) * groups
        add_weighted(
            builder, chance, draw, "CONV_2D",
            (1, h, w, n_in), (n_out, kh, kw, per_group), 0,
            (1, out_size(h, kh, sh, dh, padding), out_size(w, kw, sw, dw, padding), n_out),
            padding=getattr(schema.Padding, padding), strideH=sh, strideW=sw,
            dilationHFactor=dh, dilationWFactor=dw,
        )  # fmt: skip
    return builder


@st.composite
def depthwise_convolutions(draw):
    builder = TfliteBuilder()
    for _ in range(LAYERS):
        chance = np.random.default_rng(draw(seeds))
        ((h, kh, sh, dh), (w, kw, sw, dw)), padding = draw(windows())
        n_in, multiplier = draw(channels), draw(st.integers(1, 3))
        n_out = n_in * multiplier
        add_weighted(
            builder, chance, draw, "DEPTHWISE_CONV_2D",
            (1, h, w, n_in), (1, kh, kw, n_out), 3,
            (1, out_size(h, kh, sh, dh, padding), out_size(w, kw, sw, dw, padding), n_out),
            padding=getattr(schema.Padding, padding), strideH=sh, strideW=sw,
            dilationHFactor=dh, dilationWFactor=dw, depthMultiplier=multiplier,
        )  # fmt: skip
    return builder


@st.composite
def transpose_convolutions(draw):
    builder = TfliteBuilder()
    for _ in range(LAYERS):
        chance = np.random.default_rng(draw(seeds))
        ((h, kh, sh, _), (w, kw, sw, _)), padding = draw(windows(dilated=False))
        n_in, n_out = draw(channels), draw(channels)
        # the output is what the matching convolution would read
        source_shape = (1, out_size(h, kh, sh, 1, padding), out_size(w, kw, sw, 1, padding), n_in)
        add_weighted(
            builder, chance, draw, "TRANSPOSE_CONV", source_shape, (n_out, kh, kw, n_in), 0,
            (1, h, w, n_out), padding=getattr(schema.Padding, padding), strideH=sh, strideW=sw,
        )  # fmt: skip
    return builder


@st.composite
def fully_connected_layers(draw):
    builder = TfliteBuilder()
    for _ in range(LAYERS):
        chance = np.random.default_rng(draw(seeds))
        batches, n_in, n_out = draw(st.integers(1, 3)), draw(st.integers(1, 70)), draw(channels)
        add_weighted(
            builder, chance, draw, "FULLY_CONNECTED", (batches, n_in), (n_out, n_in), 0, (batches, n_out)
        )  # fmt: skip
    return builder


@st.composite
def pools(draw):
    builder = TfliteBuilder()
    for _ in range(LAYERS):
        ((h, kh, sh, _), (w, kw, sw, _)), padding = draw(windows(dilated=False))
        dtype = draw(st.sampled_from(["int8", "int16", "float32"]))
        zero = draw(zero_points) if dtype == "int8" else 0
        scale = None if dtype == "float32" else draw(scales)
        n = draw(channels)
        source = builder.tensor((2, h, w, n), dtype, scale=scale, zero_point=zero)
        shape = (2, out_size(h, kh, sh, 1, padding), out_size(w, kw, sw, 1, padding), n)
        output = builder.tensor(shape, dtype, scale=scale, zero_point=zero)
        builder.operator(
            draw(st.sampled_from(["AVERAGE_POOL_2D", "MAX_POOL_2D"])), [source], [output],
            "Pool2DOptions", padding=getattr(schema.Padding, padding), strideH=sh, strideW=sw,
            filterHeight=kh, filterWidth=kw,
            fusedActivationFunction=getattr(schema.ActivationFunctionType, draw(activations)),
        )  # fmt: skip
        builder.inputs.append(source)
        builder.outputs.append(output)
    return builder


@st.composite
def float_layers(draw):
    builder = TfliteBuilder()
    for _ in range(LAYERS):
        chance = np.random.default_rng(draw(seeds))
        ((h, kh, sh, dh), (w, kw, sw, dw)), padding = draw(windows())
        depthwise = draw(st.booleans())
        n_in, n_out = draw(channels), draw(channels)
        n_out = n_in if depthwise else n_out
        shape = (1, kh, kw, n_out) if depthwise else (n_out, kh, kw, n_in)
        source = builder.tensor((1, h, w, n_in), "float32")
        weights = builder.tensor(shape, "float32", data=chance.normal(0, 1, shape))
        bias = builder.tensor((n_out,), "float32", data=chance.normal(0, 1, n_out))
        size = (1, out_size(h, kh, sh, dh, padding), out_size(w, kw, sw, dw, padding), n_out)
        output = builder.tensor(size, "float32")
        extra = {"depthMultiplier": 1} if depthwise else {}
        builder.operator(
            "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D", [source, weights, bias], [output],
            "DepthwiseConv2DOptions" if depthwise else "Conv2DOptions",
            padding=getattr(schema.Padding, padding), strideH=sh, strideW=sw, dilationHFactor=dh,
            dilationWFactor=dw,
            fusedActivationFunction=getattr(schema.ActivationFunctionType, draw(activations)), **extra,
        )  # fmt: skip
        builder.inputs.append(source)
        builder.outputs.append(output)
    return builder


@pytest.fixture
def fresh(tmp_path):
    """A new folder for each example."""
    count = iter(range(10**6))
    return lambda: tmp_path / str(next(count))


@EXAMPLES
@given(model=convolutions())
def test_convolution(model, fresh):
    assert_same_as_micro(model.content(), fresh())


@EXAMPLES
@given(model=depthwise_convolutions())
def test_depthwise_convolution(model, fresh):
    assert_same_as_micro(model.content(), fresh())


@EXAMPLES
@given(model=transpose_convolutions())
def test_transpose_convolution(model, fresh):
    assert_same_as_micro(model.content(), fresh())


@EXAMPLES
@given(model=fully_connected_layers())
def test_fully_connected(model, fresh):
    assert_same_as_micro(model.content(), fresh())


@EXAMPLES
@given(model=pools())
def test_pool(model, fresh):
    assert_same_as_micro(model.content(), fresh())


@EXAMPLES
@given(model=float_layers())
def test_float_convolution(model, fresh):
    assert_same_as_micro(model.content(), fresh())
