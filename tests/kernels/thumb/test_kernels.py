"""Kernels for Cortex-M0+ on an emulated core against TFLite Micro, byte for byte."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.firmware.toolchains import available_toolchains
from engine.model_import.tflite_file import read_tflite
from tests.helpers.kernel_harness import run_on_core
from tests.helpers.micro import MicroModel
from tests.helpers.shared_data import shared_data
from tests.kernels.dsp.independent_layers import IndependentLayers, trial_inputs
from tests.kernels.dsp.test_kernels import SHAPES, dense, total, windowed

CORE = "cortex-m0plus"
TOOLCHAINS = [toolchain.name for toolchain in available_toolchains()]
OWN_SHAPES = tomllib.loads((Path(__file__).parent / "shapes.toml").read_text("utf-8"))


def compare(layers: IndependentLayers, folder: Path, **options: str) -> tuple[str, ...]:
    graph = layers.read(folder)
    inputs = trial_inputs(graph)
    run = run_on_core(graph, inputs, folder, core=CORE, family="thumb", **options)
    layers.assert_equal(graph, run.outputs, layers.expected(graph, inputs))
    return tuple(choice.kernel for choice in run.choices)


@pytest.mark.parametrize("toolchain", TOOLCHAINS)
@pytest.mark.parametrize("optimise", ["-O3", "-Os"])
def test_shapes_of_the_data_files(toolchain: str, optimise: str, tmp_path: Path) -> None:
    layers = IndependentLayers(seed=7)
    kinds = []
    for shapes in (SHAPES, OWN_SHAPES):
        for kind, cases in shapes.items():
            for case in cases:
                layers.add(kind, case)
                kinds.append(kind)
    kernels = compare(layers, tmp_path, toolchain=toolchain, optimise=optimise)
    slow = {k for k, kernel in zip(kinds, kernels, strict=True) if not kernel.endswith("_thumb")}
    assert slow <= {"pool", "sum"}  # pools are portable, and so is a sum without a line


@settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    cases=st.lists(st.one_of(windowed(), windowed(), dense(), total()), min_size=12, max_size=24),
    seed=st.integers(0, 2**32 - 1),
)
def test_random_layers(
    cases: list[tuple[str, dict[str, object]]], seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    layers = IndependentLayers(seed=seed)
    for kind, case in cases:
        layers.add(kind, case)
    compare(layers, tmp_path_factory.mktemp("layers"))


def test_channels_that_never_change_are_left_out(tmp_path: Path) -> None:
    pointwise = {"kernel": [1, 1], "stride": [1, 1], "padding": "SAME", "weights": "dead"}
    window = {"kernel": [3, 3], "stride": [1, 1], "padding": "SAME", "weights": "dead"}
    layers = IndependentLayers(seed=19)
    layers.add_chain(
        ("conv", {"input": [7, 5, 12], "output_channels": 40, **pointwise}),
        ("depthwise", {"input": [7, 5, 40], **window}),
        ("conv", {"input": [7, 5, 40], "output_channels": 48, **pointwise}),
        ("conv", {"input": [7, 5, 48], "output_channels": 41, **pointwise, "zero_points": [-128, 7]}),
        ("depthwise", {"input": [7, 5, 41], **window, "zero_points": [7, -128]}),
        ("conv", {"input": [7, 5, 41], "output_channels": 17, **pointwise}),
    )
    kernels = compare(layers, tmp_path)
    assert kernels.count("conv_1x1_live_int8_thumb") >= 3


@pytest.mark.parametrize("direction", ["rows", "columns"])
def test_depthwise_in_place_needs_no_second_tensor(direction: str, tmp_path: Path) -> None:
    size = [6, 9, 4] if direction == "rows" else [9, 6, 4]
    layers = IndependentLayers(seed=3)
    layers.add("depthwise", {"input": size, "kernel": [3, 3], "stride": [1, 1], "padding": "SAME"})
    graph = layers.read(tmp_path)
    inputs = trial_inputs(graph)
    run = run_on_core(graph, inputs, tmp_path, core=CORE, family="thumb")
    layers.assert_equal(graph, run.outputs, layers.expected(graph, inputs))
    rows, sums, weights = 3 * 4 * (9 + 3), 4 * 10, 3 * 4 * (4 + 1)
    assert run.plan.arena_bytes <= 6 * 9 * 4 + rows + sums + weights + 4
    assert np.unique(run.outputs).size > 20  # the comparison saw real values


def test_a_network_takes_less_than_half_of_the_portable_cycles(tmp_path: Path) -> None:
    path = shared_data("models", "tflite", "mlperf_kws_int8.tflite")
    graph = read_tflite(path)
    inputs = trial_inputs(graph)[:1]
    runs = {
        family: run_on_core(graph, inputs, tmp_path / family, core=CORE, family=family)
        for family in ("portable", "thumb")
    }
    shape = graph.tensors[graph.inputs[0]].shape
    expected = MicroModel(path.read_bytes()).run(inputs[0].reshape(shape))[0].reshape(-1)
    np.testing.assert_array_equal(runs["thumb"].outputs[0], expected.view(np.uint8))
    assert runs["thumb"].cycles[0] * 2 < runs["portable"].cycles[0]
