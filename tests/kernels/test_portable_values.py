"""Elementwise operators, moves, means and memories against TFLite Micro, byte for byte."""

from __future__ import annotations

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.helpers.micro import assert_same_as_micro
from tests.helpers.tflite_builder import TfliteBuilder

OPERATORS = 6
EXAMPLES = settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # shrinking would compile for minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

zero_points = st.sampled_from([-128, 127, 0]) | st.integers(-128, 127)
scales = st.floats(2**-9, 1.0, width=32)
slopes = st.floats(2**-6, 1.5, width=32) | st.floats(-1.5, -(2**-6), width=32)
shapes = st.lists(st.integers(1, 7), min_size=1, max_size=4).map(tuple)
activations = st.sampled_from(["NONE", "RELU", "RELU6", "RELU_N1_TO_1"])


def finish(builder, inputs, outputs):
    builder.inputs += inputs
    builder.outputs += outputs


@st.composite
def arithmetic(draw):
    builder = TfliteBuilder()
    for _ in range(OPERATORS):
        dtype = draw(st.sampled_from(["int8", "int8", "int16", "float32"]))
        shape = draw(shapes)
        other = tuple(draw(st.sampled_from([n, n, 1])) for n in shape)
        zero = (lambda: draw(zero_points)) if dtype == "int8" else (lambda: 0)  # noqa: B023
        scale = (lambda: None) if dtype == "float32" else (lambda: draw(scales))
        kinds = ["ADD", "SUB", "MUL"] if dtype == "int16" else ["ADD", "SUB", "MUL", "PRELU"]
        kind = draw(st.sampled_from(kinds))
        a = builder.tensor(shape, dtype, scale=scale(), zero_point=zero())
        chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
        constant = draw(st.booleans())
        data = chance.integers(-127, 128, other) if constant else None
        b = builder.tensor(other, dtype, scale=scale(), zero_point=zero(), data=data)
        output = builder.tensor(shape, dtype, scale=scale(), zero_point=zero())
        fused = {"fusedActivationFunction": getattr(schema.ActivationFunctionType, draw(activations))}
        table, version = (f"{kind.capitalize()}Options", 2) if kind != "PRELU" else ("", 1)
        builder.operator(kind, [a, b], [output], table, version=version, **(fused if table else {}))
        finish(builder, [a] if constant else [a, b], [output])
    return builder


@st.composite
def curves(draw):
    builder = TfliteBuilder()
    for _ in range(OPERATORS):
        kind = draw(
            st.sampled_from(["LOGISTIC", "TANH", "RELU", "RELU6", "LEAKY_RELU", "HARD_SWISH", "SOFTMAX"])
        )
        wide = ["int16"] if kind in ("LOGISTIC", "TANH", "SOFTMAX", "LEAKY_RELU") else []
        dtype = draw(st.sampled_from(["int8", "int8", "float32", *wide]))
        output_dtype, shape = dtype, draw(shapes)
        source_scale, output_scale = draw(st.floats(2**-7, 0.5, width=32)), draw(scales)
        source_zero = output_zero = 0
        if dtype == "int8":
            source_zero = output_zero = draw(zero_points)
        if dtype == "int16":
            source_scale = draw(st.sampled_from([2**-12, 2**-11, 0.00017, 0.00061]))
            output_scale = 2**-15
            if kind == "LEAKY_RELU":
                output_scale = draw(st.sampled_from([2**-12, 0.0004, 0.002]))
            if kind == "SOFTMAX":
                source_scale = draw(st.sampled_from([2**-12, 0.0003, 0.002]))
        elif kind == "LOGISTIC":
            output_scale, output_zero = 2**-8, -128
        elif kind == "TANH":
            output_scale, output_zero = 2**-7, 0
        elif kind == "SOFTMAX":
            output_dtype = draw(st.sampled_from(["int8", "int16"])) if dtype == "int8" else dtype
            output_scale, output_zero = (2**-8, -128) if output_dtype == "int8" else (2**-16, -32768)
        elif kind in ("RELU6", "HARD_SWISH"):
            # RELU6 does not rescale; HARD_SWISH refuses outputs much finer than inputs
            output_scale = source_scale
        if dtype == "float32":
            source_scale = output_scale = None
        source = builder.tensor(shape, dtype, scale=source_scale, zero_point=source_zero)
        output = builder.tensor(shape, output_dtype, scale=output_scale, zero_point=output_zero)
        options = {"LEAKY_RELU": ("LeakyReluOptions", {"alpha": draw(slopes)})}
        options["SOFTMAX"] = ("SoftmaxOptions", {"beta": draw(st.sampled_from([1.0, 0.5]))})
        table, values = options.get(kind, ("", {}))
        builder.operator(kind, [source], [output], table, version=2, **values)
        finish(builder, [source], [output])
    return builder


@st.composite
def conversions(draw):
    builder = TfliteBuilder()
    pairs = [
        ("float32", "int8"), ("float32", "int16"), ("int8", "int8"), ("int8", "uint8"),
        ("uint8", "int8"),
        ("int8", "int16"), ("int8", "int32"), ("int16", "int8"), ("int16", "int16"), ("int16", "int32"),
        ("int32", "int8"), ("int32", "int16"), ("int8", "float32"), ("int16", "float32"),
        ("uint8", "float32"),
    ]  # fmt: skip
    for pair in draw(st.lists(st.sampled_from(pairs), min_size=OPERATORS, max_size=OPERATORS)):
        shape = draw(shapes)
        tensors = []
        for dtype in pair:
            zero = {"int8": draw(zero_points), "uint8": draw(st.integers(0, 255))}.get(dtype, 0)
            scale = None if dtype == "float32" else draw(scales)
            tensors.append(builder.tensor(shape, dtype, scale=scale, zero_point=zero))
        kind = "DEQUANTIZE" if pair[1] == "float32" else "QUANTIZE"
        builder.operator(kind, [tensors[0]], [tensors[1]], version=2)
        finish(builder, [tensors[0]], [tensors[1]])
    return builder


@st.composite
def moves(draw):
    builder = TfliteBuilder()
    for _ in range(OPERATORS):
        dtype = draw(st.sampled_from(["int8", "int16", "float32"]))
        scale = None if dtype == "float32" else 0.5
        zero = draw(zero_points) if dtype == "int8" else 0
        shape = draw(st.lists(st.integers(1, 6), min_size=2, max_size=4).map(tuple))
        rank = len(shape)

        def tensor(size, dtype=dtype, scale=scale, zero=zero):
            return builder.tensor(tuple(size), dtype, scale=scale, zero_point=zero)

        def numbers(values):
            values = np.asarray(values, np.int32)
            return builder.tensor(values.shape, "int32", data=values)

        source = tensor(shape)
        kind = draw(
            st.sampled_from(
                ["TRANSPOSE", "PAD", "STRIDED_SLICE", "SLICE", "CONCATENATION", "SPLIT_V", "RESHAPE"]
            )
        )
        outputs, inputs = [], [source]
        if kind == "TRANSPOSE":
            order = draw(st.permutations(range(rank)))
            outputs = [tensor(shape[i] for i in order)]
            builder.operator(kind, [source, numbers(order)], outputs, "TransposeOptions", version=2)
        elif kind == "PAD":
            amounts = [(draw(st.integers(0, 3)), draw(st.integers(0, 3))) for _ in shape]
            outputs = [tensor(n + a + b for n, (a, b) in zip(shape, amounts, strict=True))]
            builder.operator(kind, [source, numbers(amounts)], outputs, "PadOptions", version=2)
        elif kind == "STRIDED_SLICE":
            steps = [draw(st.sampled_from([1, 2, 3, -1])) for _ in shape]
            counts = [len(range(0, n, abs(s))) for n, s in zip(shape, steps, strict=True)]
            outputs = [tensor(counts)]
            parts = [numbers([0] * rank), numbers([0] * rank), numbers(steps)]
            everything = (1 << rank) - 1
            builder.operator(
                kind, [source, *parts], outputs, "StridedSliceOptions", version=2,
                beginMask=everything, endMask=everything,
            )  # fmt: skip
        elif kind == "SLICE":
            begin = [draw(st.integers(0, n - 1)) for n in shape]
            size = [draw(st.integers(1, n - b)) for n, b in zip(shape, begin, strict=True)]
            outputs = [tensor(size)]
            builder.operator(
                kind, [source, numbers(begin), numbers(size)], outputs, "SliceOptions", version=2
            )
        elif kind == "CONCATENATION":
            axis = draw(st.integers(0, rank - 1))
            other = list(shape)
            other[axis] = draw(st.integers(1, 5))
            inputs.append(tensor(other))
            joined = list(shape)
            joined[axis] += other[axis]
            outputs = [tensor(joined)]
            builder.operator(kind, inputs, outputs, "ConcatenationOptions", version=2, axis=axis)
        elif kind == "SPLIT_V":
            axis = draw(st.integers(0, rank - 1))
            first = draw(st.integers(1, shape[axis]))
            sizes = [n for n in (first, shape[axis] - first) if n]
            outputs = [tensor([*shape[:axis], n, *shape[axis + 1 :]]) for n in sizes]
            builder.operator(
                kind, [source, numbers(sizes), numbers(axis)], outputs, "SplitVOptions",
                version=2, numSplits=len(sizes),
            )  # fmt: skip
        else:
            outputs = [tensor([int(np.prod(shape))])]
            builder.operator(kind, [source, numbers([-1])], outputs, "ReshapeOptions")
        finish(builder, inputs, outputs)
    return builder


@st.composite
def means(draw):
    builder = TfliteBuilder()
    for _ in range(OPERATORS):
        dtype = draw(st.sampled_from(["int8", "int8", "int16", "float32"]))
        shape = draw(st.lists(st.integers(1, 9), min_size=2, max_size=4).map(tuple))
        axes = draw(st.sets(st.integers(0, len(shape) - 1), min_size=1))
        scale = (lambda: None) if dtype == "float32" else (lambda: draw(scales))
        zero = (lambda: draw(zero_points)) if dtype == "int8" else (lambda: 0)  # noqa: B023
        source = builder.tensor(shape, dtype, scale=scale(), zero_point=zero())
        kept = tuple(1 if i in axes else n for i, n in enumerate(shape))
        output = builder.tensor(kept, dtype, scale=scale(), zero_point=zero())
        axis_at = builder.tensor((len(axes),), "int32", data=np.array(sorted(axes), np.int32))
        builder.operator("MEAN", [source, axis_at], [output], "ReducerOptions", version=2, keepDims=True)
        finish(builder, [source], [output])
    return builder


@st.composite
def svdf_layers(draw):
    builder = TfliteBuilder()
    for _ in range(3):
        chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
        state_dtype = draw(st.sampled_from(["int8", "int16"]))
        features, units, rank, memory = (draw(st.integers(1, n)) for n in (17, 7, 3, 6))
        source_scale, state_scale = draw(scales), draw(scales)
        weight_scale, time_scale = np.float32(0.01), np.float32(0.02)
        source = builder.tensor((1, features), scale=source_scale, zero_point=draw(zero_points))
        feature_weights = builder.tensor(
            (units * rank, features),
            scale=weight_scale,
            data=chance.integers(-127, 128, (units * rank, features)),
        )
        times = builder.tensor(
            (units * rank, memory), state_dtype, scale=time_scale,
            data=chance.integers(-127, 128, (units * rank, memory)),
        )  # fmt: skip
        bias_scale = np.float32(state_scale) * time_scale
        bias = builder.tensor((units,), "int32", scale=bias_scale, data=chance.integers(-99, 99, units))
        state = builder.tensor(
            (1, units * rank * memory), state_dtype, scale=state_scale, variable=True,
            zero_point=draw(zero_points) if state_dtype == "int8" else 0,
        )  # fmt: skip
        output = builder.tensor((1, units), scale=draw(scales), zero_point=draw(zero_points))
        builder.operator(
            "SVDF", [source, feature_weights, times, bias, state], [output], "SVDFOptions", version=4,
            rank=rank, fusedActivationFunction=schema.ActivationFunctionType.RELU,
        )  # fmt: skip
        finish(builder, [source], [output])
    return builder


@pytest.fixture
def fresh(tmp_path):
    """A new folder for each example."""
    count = iter(range(10**6))
    return lambda: tmp_path / str(next(count))


@EXAMPLES
@given(model=arithmetic())
def test_arithmetic(model, fresh):
    assert_same_as_micro(model.content(), fresh())


@EXAMPLES
@given(model=curves())
def test_curves(model, fresh):
    assert_same_as_micro(model.content(), fresh())


@EXAMPLES
@given(model=conversions())
def test_conversions(model, fresh):
    assert_same_as_micro(model.content(), fresh())


@EXAMPLES
@given(model=moves())
def test_moves(model, fresh):
    assert_same_as_micro(model.content(), fresh())


@EXAMPLES
@given(model=means())
def test_means(model, fresh):
    assert_same_as_micro(model.content(), fresh())


@EXAMPLES
@given(model=svdf_layers())
def test_svdf_keeps_its_state(model, fresh):
    assert_same_as_micro(model.content(), fresh(), runs=8)
