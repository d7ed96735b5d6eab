"""The network as plain data: sizes and multiply-accumulates worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from engine.graph import Operator, Quantization, Tensor, TensorGraph


def graph_of(kind, input_shape, filter_shape, output_shape, extra_inputs=()):
    """One operator with a filter: tensors 0 input, 1 filter, 2 output."""
    tensors = (
        Tensor(0, "in", input_shape, "int8"),
        Tensor(1, "w", filter_shape, "int8", data=np.zeros(filter_shape, np.int8)),
        Tensor(2, "model/conv;model/bias/", output_shape, "int8"),
    )
    operator = Operator(0, kind, (0, 1, *extra_inputs), (2,))
    return TensorGraph("net", tensors, (operator,), (0,), (2,)), operator


# MACs = number of outputs times the length of the sum behind one output.
MACS = [
    ("CONV_2D", (1, 49, 10, 1), (64, 10, 4, 1), (1, 25, 5, 64), 25 * 5 * 64 * (10 * 4 * 1)),
    ("DEPTHWISE_CONV_2D", (1, 25, 5, 64), (1, 3, 3, 64), (1, 25, 5, 64), 25 * 5 * 64 * (3 * 3)),
    ("FULLY_CONNECTED", (1, 64), (12, 64), (1, 12), 12 * 64),
    ("ADD", (1, 8, 8, 16), (1, 8, 8, 16), (1, 8, 8, 16), 0),
]


@pytest.mark.parametrize(("kind", "input_shape", "filter_shape", "output_shape", "macs"), MACS)
def test_macs_of_one_operator(kind, input_shape, filter_shape, output_shape, macs):
    graph, operator = graph_of(kind, input_shape, filter_shape, output_shape)
    assert graph.macs(operator) == graph.total_macs == macs


def test_transposed_convolution_counts_from_its_input():
    tensors = (
        Tensor(0, "shape", (4,), "int32", data=np.array([1, 8, 8, 3], np.int32)),
        Tensor(1, "w", (3, 2, 2, 5), "int8", data=np.zeros((3, 2, 2, 5), np.int8)),
        Tensor(2, "in", (1, 4, 4, 5), "int8"),
        Tensor(3, "out", (1, 8, 8, 3), "int8"),
    )
    operator = Operator(0, "TRANSPOSE_CONV", (0, 1, 2), (3,))
    graph = TensorGraph("net", tensors, (operator,), (2,), (3,))
    assert graph.total_macs == (4 * 4 * 5) * (3 * 2 * 2)


def test_sizes_follow_shape_and_type():
    assert Tensor(0, "x", (1, 4, 5), "int16").size_bytes == 40
    assert Tensor(0, "scalar", (), "float32").size_bytes == 4
    assert Tensor(0, "empty", (0, 7), "int8").size_bytes == 0


def test_constant_bytes_leave_out_what_is_computed():
    graph, _operator = graph_of("FULLY_CONNECTED", (1, 64), (12, 64), (1, 12))
    assert graph.constant_bytes == 12 * 64


def test_an_absent_optional_input_is_skipped():
    graph, operator = graph_of("FULLY_CONNECTED", (1, 64), (12, 64), (1, 12), extra_inputs=(-1,))
    assert [tensor.name for tensor in graph.operands(operator)] == ["in", "w"]
    assert [tensor.index for tensor in graph.results(operator)] == [2]


def test_a_layer_is_named_by_its_first_output():
    graph, operator = graph_of("CONV_2D", (1, 4, 4, 1), (2, 1, 1, 1), (1, 4, 4, 2))
    assert graph.layer_name(operator) == "model/conv"


def test_a_layer_without_a_name_gets_its_kind_and_place():
    tensors = (Tensor(0, "", (1,), "int8"), Tensor(1, "", (1,), "int8"))
    operator = Operator(7, "RESHAPE", (0,), (1,))
    graph = TensorGraph("net", tensors, (operator,), (0,), (1,))
    assert graph.layer_name(operator) == "reshape_7"


def test_per_channel_quantisation_is_recognised():
    single = Quantization(np.array([0.5], np.float32), np.array([3], np.int64))
    several = Quantization(np.array([0.5, 0.25], np.float32), np.array([0, 0], np.int64), axis=3)
    assert (single.scale, single.zero_point, single.per_channel) == (0.5, 3, False)
    assert several.per_channel
