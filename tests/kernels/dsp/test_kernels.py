"""DSP kernels on an emulated Cortex-M4 against TFLite Micro, byte for byte."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.firmware import taps_packing
from engine.firmware.toolchains import available_toolchains
from tests.helpers.kernel_harness import run_on_cortex_m4
from tests.kernels.dsp.independent_layers import IndependentLayers, trial_inputs

SHAPES = tomllib.loads((Path(__file__).parent / "shapes.toml").read_text("utf-8"))
TOOLCHAINS = [toolchain.name for toolchain in available_toolchains()]


def compare(layers: IndependentLayers, folder: Path, **options: str) -> tuple[str, ...]:
    graph = layers.read(folder)
    inputs = trial_inputs(graph)
    run = run_on_cortex_m4(graph, inputs, folder, **options)
    layers.assert_equal(graph, run.outputs, layers.expected(graph, inputs))
    return tuple(choice.kernel for choice in run.choices)


def prefer_taps(patch: pytest.MonkeyPatch, wanted: bool) -> None:
    """Depthwise layers take four channels at once wherever that can be, or nowhere."""
    patch.setattr(taps_packing, "is_cheaper", lambda *_, **__: wanted)


@pytest.mark.parametrize("toolchain", TOOLCHAINS)
@pytest.mark.parametrize(
    ("optimise", "taps"), [("-O3", False), ("-Os", False), ("-O3", True), ("-Os", True)]
)
def test_shapes_of_the_data_file(
    toolchain: str, optimise: str, taps: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefer_taps(monkeypatch, taps)
    layers = IndependentLayers(seed=7)
    cases = [(kind, case) for kind, some in SHAPES.items() for case in some]
    for kind, case in cases:
        layers.add(kind, case)
    kernels = compare(layers, tmp_path, toolchain=toolchain, optimise=optimise)
    assert all(kernel.endswith("_dsp") for kernel in kernels)
    assert any("taps" in kernel for kernel in kernels) == taps


sizes = st.integers(1, 9)
zero_points = st.tuples(st.sampled_from([-128, 127, 0, 5]), st.sampled_from([-128, 127, -3]))
weights = st.sampled_from(["any", "any", "lowest", "large", "dead"])
activations = st.sampled_from(["NONE", "NONE", "RELU", "RELU6"])


@st.composite
def windowed(draw: st.DrawFn) -> tuple[str, dict[str, object]]:
    kind = draw(st.sampled_from(["conv", "depthwise"]))
    padding = draw(st.sampled_from(["SAME", "VALID"]))
    kernel = [draw(st.integers(1, 4)), draw(st.integers(1, 4))]
    if draw(st.booleans()):
        kernel = [3, 3]
    least = [1, 1] if padding == "SAME" else kernel
    case = {
        "input": [max(draw(sizes), least[0]), max(draw(sizes), least[1]), draw(sizes)],
        "kernel": kernel,
        "stride": [draw(st.integers(1, 3)), draw(st.integers(1, 3))],
        "padding": padding,
        "weights": draw(weights),
        "zero_points": draw(zero_points),
        "activation": draw(activations),
    }
    if kind == "conv":
        case["output_channels"] = draw(sizes)
    else:
        case["multiplier"] = draw(st.sampled_from([1, 1, 2, 3]))
        if draw(st.booleans()):
            case["stride"] = [case["stride"][0]] * 2
    return kind, case


@st.composite
def dense(draw: st.DrawFn) -> tuple[str, dict[str, object]]:
    return "fully_connected", {
        "batches": draw(st.integers(1, 3)),
        "input_features": draw(st.integers(1, 70)),
        "output_features": draw(st.integers(1, 19)),
        "weights": draw(weights),
        "zero_points": draw(zero_points),
        "activation": draw(activations),
    }


@st.composite
def total(draw: st.DrawFn) -> tuple[str, dict[str, object]]:
    scale = st.floats(0.01, 0.3)
    return "sum", {
        "kind": draw(st.sampled_from(["ADD", "SUB"])),
        "shape": [draw(st.integers(1, 50))],
        "scales": [draw(scale), draw(scale), 0.3],
        "zero_points": [*draw(zero_points), draw(st.integers(-128, 127))],
        "activation": draw(activations),
    }


@settings(
    max_examples=5,
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
    with pytest.MonkeyPatch.context() as patch:
        prefer_taps(patch, seed % 2 == 0)
        compare(layers, tmp_path_factory.mktemp("layers"))


def test_channels_that_never_change_are_left_out(tmp_path: Path) -> None:
    pointwise = {"kernel": [1, 1], "stride": [1, 1], "padding": "SAME", "weights": "dead"}
    window = {"kernel": [3, 3], "stride": [1, 1], "padding": "SAME", "weights": "dead"}
    size = [7, 5]
    layers = IndependentLayers(seed=19)
    layers.add_chain(
        ("conv", {"input": [*size, 12], "output_channels": 40, **pointwise}),
        ("depthwise", {"input": [*size, 40], **window}),
        ("conv", {"input": [*size, 40], "output_channels": 48, **pointwise}),
        ("conv", {"input": [*size, 48], "output_channels": 22, **window}),
        # a constant other than the zero point, which padding does not look like
        ("conv", {"input": [*size, 22], "output_channels": 41, **pointwise, "zero_points": [-128, 7]}),
        ("depthwise", {"input": [*size, 41], **window, "zero_points": [7, -128]}),
        ("conv", {"input": [*size, 41], "output_channels": 17, **pointwise}),
    )
    kernels = compare(layers, tmp_path)
    assert kernels.count("conv_1x1_live_int8_dsp") >= 2
    assert all(kernel.endswith("_dsp") for kernel in kernels)


def test_depthwise_in_place_needs_no_second_tensor(tmp_path: Path) -> None:
    layers = IndependentLayers(seed=3)
    layers.add(
        "depthwise", {"input": [16, 16, 8], "kernel": [3, 3], "stride": [1, 1], "padding": "SAME"}
    )
    graph = layers.read(tmp_path)
    inputs = trial_inputs(graph)
    run = run_on_cortex_m4(graph, inputs, tmp_path)
    layers.assert_equal(graph, run.outputs, layers.expected(graph, inputs))
    plane = 2 * 18 * 18
    assert run.plan.arena_bytes == 16 * 16 * 8 + plane
    assert np.unique(run.outputs).size > 50  # the comparison saw real values
