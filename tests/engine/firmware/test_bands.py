"""Layers in bands of rows: the same bytes as layer by layer, in less memory."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.boards import load_board
from engine.errors import UsageError
from engine.firmware.bands import run_in_bands
from engine.firmware.kernel_choice import choose_kernels
from engine.graph import TensorGraph
from engine.grouping import keep_small, run_in_patches
from engine.memory import plan_memory
from engine.model_import.tflite_file import read_tflite
from engine.planning import patches_of, plan_on_board
from tests.helpers.host_model import HostModel
from tests.helpers.kernel_harness import run_on_core, run_on_cortex_m4
from tests.helpers.micro import MicroModel, noise
from tests.helpers.shared_data import shared_data
from tests.kernels.dsp.independent_layers import IndependentLayers, trial_inputs

CASES = [
    ("mlperf_ic_int8", 2, 3, 1),
    ("mlperf_ic_int8", 1, 3, 5),
    ("mlperf_ic_int8", 0, 3, 3),
    ("mlperf_vww_int8", 0, 3, 1),
    ("mlperf_vww_int8", 2, 5, 7),
    ("tflm_person_detect_int8", 0, 0, 3),
    ("tflm_person_detect_int8", 0, 6, 2),
    ("mlperf_kws_int8", 0, 2, 4),
]
STEPS = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize(("name", "first", "last", "rows"), CASES)
def test_portable_bands_give_the_bytes_of_tflite_micro(tmp_path, name, first, last, rows):
    path = shared_data("models", "tflite", f"{name}.tflite")
    graph = read_tflite(path)
    banded = run_in_bands(graph, choose_kernels(graph, family="portable"), first, last, rows)
    assert banded is not None
    model = HostModel(graph, tmp_path, choices=banded)
    micro = MicroModel(path.read_bytes())
    for seed in range(2):
        inputs = noise(graph, seed)
        np.testing.assert_array_equal(model.run(*inputs)[0], micro.run(*inputs)[0])


@pytest.mark.parametrize(
    ("name", "most_bytes"),
    [
        ("mlperf_vww_int8", 44 * 1024),
        ("tflm_person_detect_int8", 28 * 1024),
        ("mlperf_ic_int8", 32 * 1024),
    ],
)
def test_patches_bring_the_arena_down_on_the_cortex_m4(tmp_path, name, most_bytes):
    path = shared_data("models", "tflite", f"{name}.tflite")
    graph = read_tflite(path)
    patched = run_in_patches(graph, choose_kernels(graph, family="dsp"), 16)
    inputs = np.stack([noise(graph, seed)[0].reshape(-1) for seed in range(2)])
    run = run_on_cortex_m4(graph, inputs, tmp_path, choices=patched)
    assert run.plan.arena_bytes == run.plan.arena_lower_bound_bytes <= most_bytes
    micro = MicroModel(path.read_bytes())
    for row, output in zip(inputs, run.outputs, strict=True):
        (wanted,) = micro.run(row.reshape(graph.tensors[graph.inputs[0]].shape))
        np.testing.assert_array_equal(output.view(np.int8), wanted.reshape(-1))


@st.composite
def chains(draw):
    """Layers on odd sizes whose last result alone leaves the network, and bands for some of them."""
    size = [draw(st.integers(7, 15)), draw(st.integers(3, 9)), draw(st.integers(1, 9))]
    layers = []
    for _ in range(draw(st.integers(2, 5))):
        kind = draw(st.sampled_from(["conv", "conv", "depthwise", "depthwise", "pointwise"]))
        kernel = [1, 1] if kind == "pointwise" else [draw(st.integers(1, 5)), draw(st.integers(1, 3))]
        if kind == "depthwise" and draw(st.booleans()):
            kernel = [3, 3]
        stride = draw(st.sampled_from([[1, 1], [1, 1], [2, 2], [2, 1]]))
        case = {
            "input": list(size),
            "kernel": kernel,
            "stride": [1, 1] if kind == "pointwise" else stride,
            "padding": "SAME",
            "activation": draw(st.sampled_from(["NONE", "RELU"])),
        }
        if kind == "depthwise":
            case["multiplier"] = draw(st.sampled_from([1, 1, 3]))
            size[2] *= case["multiplier"]
        else:
            case["output_channels"] = size[2] = draw(st.integers(1, 12))
        size[:2] = (-(-s // d) for s, d in zip(size, case["stride"], strict=False))
        layers.append(("depthwise" if kind == "depthwise" else "conv", case))
    first = draw(st.integers(0, len(layers) - 1))
    last = draw(st.integers(first, len(layers) - 1))
    return layers, first, last, draw(st.integers(1, 4)), draw(st.integers(0, 2**16))


def build_chain(layers, seed, folder) -> tuple[IndependentLayers, TensorGraph]:
    chain = IndependentLayers(seed=seed)
    chain.add_chain(*layers)
    del chain.builder.outputs[:-1], chain.labels[:-1]
    return chain, chain.read(folder)


@STEPS
@given(case=chains())
def test_random_chains_in_bands_on_this_computer(tmp_path_factory, case):
    layers, first, last, rows, seed = case
    folder = tmp_path_factory.mktemp("chain")
    chain, graph = build_chain(layers, seed, folder)
    banded = run_in_bands(graph, choose_kernels(graph, family="portable"), first, last, rows)
    assert banded is not None
    model = HostModel(graph, folder, choices=banded)
    inputs = trial_inputs(graph)
    shape = graph.tensors[graph.inputs[0]].shape
    outputs = [model.run(row.reshape(shape))[0].reshape(-1).view(np.uint8) for row in inputs]
    chain.assert_equal(graph, np.stack(outputs), chain.expected(graph, inputs))


@pytest.mark.parametrize(("core", "family"), [("cortex-m4f", "dsp"), ("cortex-m0plus", "thumb")])
@STEPS
@given(case=chains())
def test_random_chains_in_bands_on_the_cores(tmp_path_factory, core, family, case):
    layers, first, last, rows, seed = case
    folder = tmp_path_factory.mktemp("chain")
    chain, graph = build_chain(layers, seed, folder)
    choices = choose_kernels(graph, family=family)
    # planes on their side need two rows; whole layers still overlap
    banded = run_in_bands(graph, choices, first, last, rows) or choices
    inputs = trial_inputs(graph)
    run = run_on_core(graph, inputs, folder, core=core, family=family, choices=banded)
    chain.assert_equal(graph, run.outputs, chain.expected(graph, inputs))


def residual(folder, *, alive: bool) -> TensorGraph:
    """conv, conv, ADD of both; the sum's convolution reads a tensor that may stay alive to the end."""
    window = {"kernel": [3, 3], "stride": [1, 1], "padding": "SAME", "output_channels": 8}
    chain = IndependentLayers(seed=5)
    chain.add_chain(
        ("conv", {"input": [16, 9, 8], **window}),
        ("conv", {"input": [16, 9, 8], **window}),
        ("conv", {"input": [16, 9, 8], **window}),
    )
    builder = chain.builder
    first, second, third = builder.outputs
    scale = max(builder.tensors[i].quantization.scale[0] for i in (first, third))
    total = builder.tensor((1, 16, 9, 8), scale=scale, zero_point=3)
    builder.operator("ADD", [first, third], [total], "AddOptions", version=2)
    builder.outputs[:] = [total, second] if alive else [total]
    return chain.read(folder)


@pytest.mark.parametrize("family", ["portable", "dsp"])
def test_a_convolution_runs_with_the_sum_behind_it(tmp_path, family):
    graph = residual(tmp_path, alive=True)
    choices = choose_kernels(graph, family=family)
    fused = keep_small(graph, choices)
    assert [choice.covers for choice in fused] == [(), (), (3,), ()]
    assert "+" in fused[2].kernel
    assert fused[3].kernel == "in layer 2"
    tensor_bytes = 16 * 9 * 8
    plan = plan_memory(graph, fused)
    assert plan.arena_bytes < 2 * tensor_bytes + tensor_bytes // 2 + 600
    assert plan.arena_bytes < plan_memory(graph, choices).arena_bytes
    inputs = trial_inputs(graph)
    if family == "dsp":
        outputs = run_on_cortex_m4(graph, inputs, tmp_path, choices=fused).outputs
    else:
        model = HostModel(graph, tmp_path, choices=fused)
        shape = graph.tensors[graph.inputs[0]].shape
        rows = ([o.reshape(-1) for o in model.run(row.reshape(shape))] for row in inputs)
        outputs = np.stack([np.concatenate(row).view(np.uint8) for row in rows])
    micro = MicroModel((tmp_path / "model.tflite").read_bytes())
    for row, output in zip(inputs, outputs, strict=True):
        wanted = micro.run(row.reshape(graph.tensors[graph.inputs[0]].shape), outputs=2)
        np.testing.assert_array_equal(
            output.view(np.int8), np.concatenate([w.reshape(-1) for w in wanted])
        )


def test_a_tensor_that_is_read_behind_the_group_is_not_passed_on_in_bands(tmp_path):
    graph = residual(tmp_path, alive=False)
    choices = choose_kernels(graph, family="portable")
    assert run_in_bands(graph, choices, 0, 1, 4) is None
    assert run_in_bands(graph, choices, 0, 3, 4) is not None


def test_auto_runs_in_bands_only_where_the_board_has_no_room():
    board = load_board("stm32f407")
    graph = read_tflite(shared_data("models", "tflite", "tflm_person_detect_int8.tflite"))
    roomy = plan_on_board(graph, board, family="dsp")
    assert (
        roomy.memory.arena_bytes
        == plan_on_board(graph, board, family="dsp", patches="off").memory.arena_bytes
    )
    room = 28 * 1024
    regions = [
        msgspec.structs.replace(r, size_bytes=room + board.reserved_ram_bytes)
        if r == board.region("arena")
        else r
        for r in board.regions
    ]
    small = msgspec.structs.replace(board, regions=regions)
    assert not plan_on_board(graph, small, family="dsp", patches="off").fit.fits
    tight = plan_on_board(graph, small, family="dsp")
    assert tight.fit.fits
    assert tight.memory.arena_bytes <= room
    assert any(choice.covers for choice in tight.choices)


@pytest.mark.parametrize(
    ("text", "meaning"), [(None, "auto"), ("auto", "auto"), ("off", "off"), ("24", 24)]
)
def test_patches_are_read(text, meaning):
    assert patches_of(text) == meaning


@pytest.mark.parametrize("text", ["1", "0", "-3", "many", "2.5"])
def test_patches_that_mean_nothing_are_refused(text):
    with pytest.raises(UsageError, match=text):
        patches_of(text)
