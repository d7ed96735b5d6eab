"""Exact instruction counts of the DSP kernels on an emulated Cortex-M4.

The limits are figures that were published or measured for other engines and for single kernels before
these existed, not counts of this code.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.model_import.tflite_file import read_tflite
from tests.helpers.kernel_harness import run_on_cortex_m4
from tests.helpers.micro import MicroModel
from tests.helpers.shared_data import shared_data
from tests.kernels.dsp.independent_layers import IndependentLayers, trial_inputs

SAME_3X3 = {"kernel": [3, 3], "stride": [1, 1], "padding": "SAME"}
POINTWISE = {"kernel": [1, 1], "stride": [1, 1], "padding": "SAME"}

# kind, case, instructions per multiply-accumulate (a sum: per element)
LAYERS = {
    "pointwise 64 to 64": ("conv", {"input": [25, 5, 64], "output_channels": 64, **POINTWISE}, 1.37),
    "3x3 16 to 16": ("conv", {"input": [32, 32, 16], "output_channels": 16, **SAME_3X3}, 1.21),
    "3x3 64 to 64": ("conv", {"input": [8, 8, 64], "output_channels": 64, **SAME_3X3}, 1.21),
    "first layer, 3 channels": (
        "conv",
        {"input": [32, 32, 3], "output_channels": 16, **SAME_3X3},
        4.77,
    ),
    "depthwise 3x3": ("depthwise", {"input": [25, 5, 64], **SAME_3X3}, 3.84),
    "depthwise 3x3, stride 2": (
        "depthwise",
        {"input": [48, 48, 16], "kernel": [3, 3], "stride": [2, 2], "padding": "SAME"},
        3.84,
    ),
    "dense 640 to 128": ("fully_connected", {"input_features": 640, "output_features": 128}, 1.56),
    "sum": (
        "sum",
        {"kind": "ADD", "shape": [4096], "scales": [0.02, 0.05, 0.03], "zero_points": [4, -17, -128]},
        24.0,
    ),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layer_stays_below_the_kernels_that_were_measured_before(name: str, tmp_path: Path) -> None:
    kind, case, limit = LAYERS[name]
    layers = IndependentLayers(seed=11)
    layers.add(kind, case)
    graph = layers.read(tmp_path)
    run = run_on_cortex_m4(graph, trial_inputs(graph)[:1], tmp_path)
    work = graph.total_macs or graph.tensors[graph.outputs[0]].elements
    assert run.instructions[0] / work <= limit


@pytest.mark.parametrize(
    ("name", "limit_millions"),
    [
        ("mlperf_kws_int8", 3.8),
        ("mlperf_vww_int8", 7.3),
        ("mlperf_ic_int8", 12.2),
        ("mlperf_ad_int8", 0.30),
    ],
)
def test_whole_network_reaches_its_mark(name: str, limit_millions: float, tmp_path: Path) -> None:
    path = shared_data("models", "tflite", f"{name}.tflite")
    graph = read_tflite(path)
    inputs = np.stack([trial_inputs(graph)[0], trial_inputs(graph)[2]])
    run = run_on_cortex_m4(graph, inputs, tmp_path)
    micro = MicroModel(path.read_bytes())
    shape = graph.tensors[graph.inputs[0]].shape
    expected = [micro.run(row.reshape(shape))[0].reshape(-1).view(np.uint8) for row in inputs]
    np.testing.assert_array_equal(run.outputs, np.array(expected))
    assert run.instructions.max() <= limit_millions * 1e6
    assert run.plan.arena_bytes == run.plan.arena_lower_bound_bytes


def test_counts_do_not_depend_on_the_layer_callback(tmp_path: Path) -> None:
    """Layers add up to the whole, but for the callback's own instructions."""
    layers = IndependentLayers(seed=5)
    layers.add("fully_connected", {"input_features": 32, "output_features": 16})
    layers.add("fully_connected", {"input_features": 16, "output_features": 8})
    graph = layers.read(tmp_path)
    run = run_on_cortex_m4(graph, trial_inputs(graph)[:1], tmp_path)
    assert 0 <= run.layer_instructions.sum() - run.instructions[0] + 20 <= 40
