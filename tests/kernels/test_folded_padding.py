"""Convolutions with the padding of a PAD before them, on every core, against TFLite Micro."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.helpers.host_model import HostModel
from tests.helpers.kernel_harness import run_on_core
from tests.kernels.dsp.independent_layers import IndependentLayers, trial_inputs

# input is what the layer reads; then (before, after) of rows and of columns, which no SAME would give
CASES = [
    ("conv", {"input": [10, 10, 3], "kernel": [3, 3], "stride": [2, 2]}, ((1, 1), (1, 1))),
    ("conv", {"input": [9, 7, 4], "kernel": [5, 3], "stride": [1, 1]}, ((3, 0), (2, 1))),
    ("conv", {"input": [12, 11, 2], "kernel": [3, 2], "stride": [2, 1], "dilation": [2, 3]},
     ((4, 3), (0, 3))),
    ("conv", {"input": [6, 5, 8], "kernel": [2, 2], "stride": [3, 2]}, ((1, 0), (1, 1))),
    ("depthwise", {"input": [9, 10, 5], "kernel": [3, 3], "stride": [1, 1]}, ((1, 1), (1, 1))),
    ("depthwise", {"input": [8, 9, 4], "kernel": [3, 3], "stride": [1, 1]}, ((2, 2), (2, 1))),
    ("depthwise", {"input": [10, 8, 6], "kernel": [3, 3], "stride": [2, 2]}, ((1, 1), (0, 2))),
    ("depthwise", {"input": [7, 12, 3], "kernel": [3, 3], "stride": [2, 2]}, ((2, 0), (1, 1))),
    ("depthwise", {"input": [16, 13, 3], "kernel": [7, 7], "stride": [3, 3]}, ((3, 3), (3, 3))),
    ("depthwise", {"input": [9, 8, 2], "kernel": [5, 2], "stride": [2, 1], "multiplier": 2},
     ((0, 4), (1, 0))),
]  # fmt: skip


def padded_layers(folder: Path):
    layers = IndependentLayers(seed=5)
    for kind, case, amounts in CASES:
        extra = {"output_channels": 6} if kind == "conv" else {}
        layers.add_padded(kind, {**case, **extra, "zero_points": [9, -20]}, amounts)
    graph = layers.read(folder)
    assert "PAD" not in {operator.kind for operator in graph.operators}
    return layers, graph, trial_inputs(graph)


@pytest.mark.parametrize(
    ("core", "family"),
    [("cortex-m4f", "dsp"), ("cortex-m7f", "dsp-m7"), ("cortex-m0plus", "thumb")],
)
def test_fast_kernels(core: str, family: str, tmp_path: Path) -> None:
    layers, graph, inputs = padded_layers(tmp_path)
    run = run_on_core(graph, inputs, tmp_path, core=core, family=family)
    layers.assert_equal(graph, run.outputs, layers.expected(graph, inputs))
    assert not [c.kernel for c in run.choices if "_dsp" not in c.kernel and "_m7" not in c.kernel
                and "_thumb" not in c.kernel]  # fmt: skip


def test_portable_kernels(tmp_path: Path) -> None:
    layers, graph, inputs = padded_layers(tmp_path)
    model = HostModel(graph, tmp_path)
    sizes = [graph.tensors[i].size_bytes for i in graph.inputs]
    shapes = [graph.tensors[i].shape for i in graph.inputs]
    outputs = []
    for row in inputs:
        parts = np.split(row.view(np.int8), np.cumsum(sizes)[:-1])
        results = model.run(*(p.reshape(s) for p, s in zip(parts, shapes, strict=True)))
        outputs.append(np.concatenate([result.reshape(-1) for result in results]))
    layers.assert_equal(graph, np.array(outputs).view(np.uint8), layers.expected(graph, inputs))
