"""Kernels in the order for Cortex-M7 on an emulated core against TFLite Micro, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.firmware.toolchains import available_toolchains
from engine.model_import.tflite_file import read_tflite
from tests.helpers.kernel_harness import run_on_core
from tests.helpers.shared_data import shared_data
from tests.kernels.dsp.independent_layers import IndependentLayers, trial_inputs
from tests.kernels.dsp.test_kernels import SHAPES, dense, prefer_taps, windowed

CORE = "cortex-m7f"
TOOLCHAINS = [toolchain.name for toolchain in available_toolchains()]


def compare(layers: IndependentLayers, folder: Path, **options: str) -> tuple[str, ...]:
    graph = layers.read(folder)
    inputs = trial_inputs(graph)
    run = run_on_core(graph, inputs, folder, core=CORE, family="dsp-m7", **options)
    layers.assert_equal(graph, run.outputs, layers.expected(graph, inputs))
    return tuple(choice.kernel for choice in run.choices)


@pytest.mark.parametrize("toolchain", TOOLCHAINS)
@pytest.mark.parametrize("taps", [False, True])
def test_shapes_of_the_data_file(
    toolchain: str, taps: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefer_taps(monkeypatch, taps)
    layers = IndependentLayers(seed=7)
    ordered = 0
    for kind, cases in SHAPES.items():
        for case in cases:
            layers.add(kind, case)
            ordered += kind in ("conv", "depthwise", "fully_connected")
    kernels = compare(layers, tmp_path, toolchain=toolchain)
    own = sum(kernel.endswith("_m7") for kernel in kernels)
    assert own + kernels.count("depthwise_taps_int8_dsp") == ordered
    assert ("depthwise_taps_int8_dsp" in kernels) == taps


@settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    cases=st.lists(st.one_of(windowed(), windowed(), dense()), min_size=12, max_size=24),
    seed=st.integers(0, 2**32 - 1),
)
def test_random_layers(
    cases: list[tuple[str, dict[str, object]]], seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    layers = IndependentLayers(seed=seed)
    for kind, case in cases:
        layers.add(kind, case)
    with pytest.MonkeyPatch.context() as patch:
        prefer_taps(patch, seed % 2 == 0)
        compare(layers, tmp_path_factory.mktemp("layers"))


@pytest.mark.parametrize("features", [32, 36, 512, 640])
def test_columns_of_every_number_of_turns(features: int, tmp_path: Path) -> None:
    """Less than one turn of the unrolled code, whole turns, and turns with a remainder."""
    layers = IndependentLayers(seed=features)
    for batches in (1, 2):
        for weights in ("any", "lowest"):
            layers.add(
                "fully_connected",
                {
                    "batches": batches,
                    "input_features": features,
                    "output_features": 9,
                    "weights": weights,
                },
            )
    compare(layers, tmp_path)


@pytest.mark.parametrize("name", ["mlperf_kws_int8", "mlperf_ad_int8"])
def test_a_network_takes_fewer_cycles_than_with_the_order_for_the_m4(name: str, tmp_path: Path) -> None:
    graph = read_tflite(shared_data("models", "tflite", f"{name}.tflite"))
    inputs = trial_inputs(graph)[:1]
    runs = [
        run_on_core(graph, inputs, tmp_path / family, core=CORE, family=family)
        for family in ("dsp", "dsp-m7")
    ]
    assert (runs[0].outputs == runs[1].outputs).all()
    assert runs[1].cycles[0] < runs[0].cycles[0]
