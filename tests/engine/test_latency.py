"""Predictions from the cost table: what they add up from, and how near they come to a virtual board."""

from __future__ import annotations

import numpy as np
import pytest

from engine.board_access import open_board
from engine.boards import load_board
from engine.cost_measurement import measure
from engine.cost_networks import banded_networks, cost_networks
from engine.errors import UsageError
from engine.events import CancelToken, discard
from engine.firmware.kernel_choice import choose_kernels
from engine.kernel_work import call_work
from engine.latency import cost_table, predict_latency, read_costs
from engine.model_import.tflite_file import read_tflite
from engine.planning import build_on_board, optimise_of, plan_on_board
from tests.helpers.shared_data import shared_data

F407 = load_board("stm32f407")
MODELS = [
    "mlperf_kws_int8",
    "mlperf_vww_int8",
    "mlperf_ic_int8",
    "mlperf_ad_int8",
    "tflm_person_detect_int8",
]


def _model(name):
    return read_tflite(shared_data("models", "tflite", f"{name}.tflite"))


@pytest.mark.parametrize("name", MODELS)
def test_predictions_come_near_the_board(name, tmp_path):
    graph = _model(name)
    fit = plan_on_board(graph, F407, family="dsp").fit
    built = build_on_board(
        graph, F407, family="dsp", folder=tmp_path, report=discard, cancel=CancelToken()
    )
    with open_board("virtual", F407.id) as access:
        access.flash(tmp_path / built.elf, report=discard, cancel=CancelToken())
        noise = np.random.default_rng(1).integers(-128, 128, graph.tensors[graph.inputs[0]].elements)
        cycles = access.session().run(noise.astype(np.int8).tobytes()).cycles
    assert fit.cycles.value == pytest.approx(cycles, rel=0.10)
    assert abs(fit.cycles.value / cycles - 1) * 100 <= fit.cycles.error_percent
    assert fit.flash_bytes.value == pytest.approx(built.flash_bytes, rel=0.04)


def test_either_way_to_compile_says_what_the_other_gives():
    graph = _model("mlperf_kws_int8")
    speed, size = (plan_on_board(graph, F407, family="dsp", optimise=o).fit for o in ("speed", "size"))
    assert size.flash_bytes.value < speed.flash_bytes.value
    assert size.other_flash_bytes == speed.flash_bytes
    assert size.other_cycles == speed.cycles
    assert speed.other_cycles == size.cycles
    for a, b in zip(speed.layers, size.layers, strict=True):
        assert (a.other_cycles, a.other_flash_bytes) == (b.cycles, b.flash_bytes)
    assert sum(layer.other_cycles for layer in speed.layers) == pytest.approx(size.cycles.value)


def test_any_other_aim_of_compiling_is_refused_in_words():
    assert optimise_of(None) is None
    assert optimise_of("size") == "size"
    with pytest.raises(UsageError, match="cannot be optimised for power") as caught:
        optimise_of("power")
    assert "speed or size" in caught.value.hint


@pytest.mark.parametrize("optimise", ["speed", "size"])
def test_code_is_as_large_as_predicted_either_way(optimise, tmp_path):
    graph = _model("mlperf_kws_int8")
    fit = plan_on_board(graph, F407, family="dsp", optimise=optimise).fit
    built = build_on_board(
        graph, F407, family="dsp", optimise=optimise, folder=tmp_path, report=discard,
        cancel=CancelToken(),
    )  # fmt: skip
    assert fit.flash_bytes.value == pytest.approx(built.flash_bytes, rel=0.04)


def test_layers_add_up_to_the_total():
    graph = _model("mlperf_kws_int8")
    choices = choose_kernels(graph, family="dsp")
    prediction = predict_latency(graph, choices, F407)
    assert sum(prediction.layer_cycles) == pytest.approx(prediction.cycles.value)
    assert len(prediction.layer_cycles) == len(prediction.layer_instructions) == len(graph.operators)
    assert prediction.latency_ms.value == pytest.approx(prediction.cycles.value / F407.clock_hz * 1e3)
    reshape = next(o.index for o in graph.operators if o.kind == "RESHAPE")
    assert prediction.layer_cycles[reshape] == 0


def test_error_bar_is_that_of_the_family():
    graph = _model("mlperf_ad_int8")
    errors = cost_table(F407.core).error_percent
    for family in ("portable", "dsp"):
        prediction = predict_latency(graph, choose_kernels(graph, family=family), F407)
        assert prediction.cycles.error_percent == errors[family]


def test_time_on_a_chip_is_less_sure_than_cycles_of_the_virtual_board():
    graph = _model("mlperf_ad_int8")
    for board_id in ("stm32f407", "stm32f746"):
        board = load_board(board_id)
        prediction = predict_latency(graph, choose_kernels(graph, family=board.kernels), board)
        more = prediction.latency_ms.error_percent - prediction.cycles.error_percent
        assert more == pytest.approx(board.cycle_error_percent)


def test_work_of_bands_is_that_of_the_whole_layer():
    """Layers that run in bands make as many outputs as in one piece; only copies of rows come on top."""
    graph = _model("tflm_person_detect_int8")
    whole = plan_on_board(graph, F407, family="portable", patches="off")
    bands = plan_on_board(graph, F407, family="portable", patches=8)
    assert any(call.repeats > 1 for choice in bands.choices for call in choice.calls)

    def outputs(plan):
        calls = [call for choice in plan.choices for call in choice.calls]
        work = [call_work(graph, call) for call in calls if call.shape_type == "th_conv_shape"]
        return sum(w.get("output", 0.0) + w.get("output_cut", 0.0) for w in work)

    assert outputs(bands) == outputs(whole)


def test_every_core_of_a_board_has_costs_for_every_kernel_of_the_chains():
    tables = read_costs().core
    assert {core for core in tables if f"{core}-size" not in tables} == {
        core for core in tables if core.endswith("-size")
    }
    for core, table in tables.items():
        assert set(table.instructions_per_cycle) == set(table.cycles), core
        used = {name for names in table.shared.values() for name in names}
        assert used <= set(table.shared_bytes), core
        assert "keep_rows" in table.cycles, core  # there is no function of a like name to take it from


@pytest.mark.parametrize("board_id", ["stm32g0b1", "stm32f407"])
def test_what_bands_cost_is_predicted(board_id):
    """Between bands rows are moved, which on a core without unaligned accesses goes byte by byte."""
    board = load_board(board_id)
    graph, bands = next(banded_networks())
    measured = measure(graph, board, board.kernels, "speed", patches=bands)
    calls = [call for choice in measured.choices for call in choice.calls]
    assert any(call.function == "th_keep_rows" for call in calls)
    predicted = predict_latency(graph, measured.choices, board).cycles
    assert predicted.value == pytest.approx(measured.cycles, rel=predicted.error_percent / 100)


def test_chains_for_measuring_are_the_same_every_time():
    first, second = list(cost_networks()), list(cost_networks())
    assert [g.name for g in first] == [g.name for g in second]
    for a, b in zip(first, second, strict=True):
        for mine, other in zip(a.tensors, b.tensors, strict=True):
            assert mine.data is None or np.array_equal(mine.data, other.data)
