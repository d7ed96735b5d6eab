"""Generated code on the host and on a board, layer by layer: right ones pass, broken ones are named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import engine.target_layers
from engine.board_access import open_board
from engine.boards import load_board
from engine.errors import EngineError
from engine.events import CancelToken, LogLine, discard
from engine.firmware.build import build_firmware
from engine.firmware.generate import generate_model
from engine.host_model import HostModel
from engine.layer_outputs import golden_of, layer_outputs, seeded_input
from engine.micro_reference import MicroReference
from engine.model_import.tflite_file import read_tflite
from engine.planning import plan_on_board
from engine.summaries import VerifySummary
from engine.target_layers import compare_on_board, with_host
from engine.tflite_model import TfliteModel
from engine.verify import file_inputs
from tests.helpers.shared_data import shared_data

CHANNELS = {"report": discard, "cancel": CancelToken()}
EMPTY = VerifySummary(rows=[], accuracies={}, inputs_compared=0, passed=True)
BOARD = "stm32f407"
BROKEN_LAYER = 4


def model_file(name: str) -> Path:
    return shared_data("models", "tflite", f"{name}.tflite")


@pytest.fixture(scope="module")
def keywords() -> Path:
    return model_file("mlperf_kws_int8")


@pytest.fixture(scope="module")
def broken(keywords: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same network with other biases in one layer."""
    model = TfliteModel.read(keywords)
    _, operator = list(model.operators())[BROKEN_LAYER]
    bias = int(operator.inputs[2])
    model.set_constant(bias, model.constant(bias) + 3000)
    path = tmp_path_factory.mktemp("broken") / "mlperf_kws_int8.tflite"
    path.write_bytes(model.to_bytes())
    return path


@pytest.mark.parametrize(
    "name", ["mlperf_kws_int8", "mww_v2_vad", "tflm_mnist_lstm_int8", "tflm_keyword_scrambled_8bit"]
)
def test_every_layer_on_the_host_equals_tflite_micro(name: str) -> None:
    path = model_file(name)
    summary = with_host(EMPTY, path, file_inputs(path), **CHANNELS)
    assert summary.passed, summary.first_guilty
    assert {row.isolated_error for row in summary.rows} == {0.0}
    assert {row.to_form for row in summary.rows} == {"generated C on the host"}
    assert summary.rows[-1].layer == TfliteModel.read(path).name(read_tflite(path).outputs[0])


def test_float_layers_are_within_their_limit() -> None:
    path = model_file("mlperf_ad_float")
    summary = with_host(EMPTY, path, file_inputs(path), **CHANNELS)
    assert summary.passed, summary.first_guilty
    assert {row.unit for row in summary.rows} == {"relative"}


def test_a_broken_layer_on_the_host_is_named(
    keywords: Path, broken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = read_tflite(broken)
    monkeypatch.setattr(engine.target_layers, "read_tflite", lambda path: graph)
    summary = with_host(EMPTY, keywords, file_inputs(keywords), **CHANNELS)
    assert not summary.passed
    guilty = graph.tensors[graph.operators[BROKEN_LAYER].outputs[0]].name
    assert f"Layer {guilty} changes" in summary.first_guilty
    assert summary.likely_cause.startswith(("Bias", "Zero point"))
    right = [row.layer for row in summary.rows if row.passed]
    assert len(right) >= BROKEN_LAYER


def test_accuracy_on_the_host_is_that_of_tflite_micro(keywords: Path) -> None:
    reference = MicroReference(keywords)
    inputs = [seeded_input(reference.input_bytes, seed) for seed in range(1, 9)]
    answers = [int(reference.output_values(reference.run_bytes(data)).argmax()) for data in inputs]
    labels = np.array(answers)
    labels[:2] = (labels[:2] + 1) % 12
    summary = with_host(EMPTY, keywords, inputs[:1], labelled=(inputs, labels), **CHANNELS)
    assert summary.accuracies == {"generated C on the host": 6 / 8}
    assert summary.accuracy_samples == 8


def test_a_network_without_kernels_is_left_out_with_the_reason() -> None:
    path = model_file("mlperf_kws_float")  # hybrid quantisation
    events: list[object] = []
    summary = with_host(EMPTY, path, [], report=events.append, cancel=CancelToken())
    assert summary == EMPTY
    assert any(isinstance(e, LogLine) and "hybrid quantisation" in e.text for e in events)


def test_code_that_faults_on_the_host_ends_in_words(keywords: Path, tmp_path: Path) -> None:
    model = HostModel(read_tflite(keywords), tmp_path)
    (tmp_path / "model").write_text("#!/bin/sh\nexit 2\n")
    with pytest.raises(EngineError, match="wrote outside its arena"):
        list(model.run([bytes(490)]))


def test_layers_in_bands_are_left_out_and_the_rest_is_right(tmp_path: Path) -> None:
    path = model_file("mlperf_vww_int8")
    graph, board = read_tflite(path), load_board("stm32g0b1")
    plan = plan_on_board(graph, board, family="portable", patches=4)
    kept = layer_outputs(graph, plan.memory)
    assert 0 < len(kept) < len(graph.operators)
    reference = MicroReference(path, layers=True)
    data = seeded_input(reference.input_bytes)
    reference.run_bytes(data)
    (run,) = HostModel(graph, tmp_path, choices=plan.choices).run([data], layers=True)
    wrong = [t for t, found in run.layers.items() if found != reference.tensor(t).tobytes()]
    assert (len(run.layers), wrong) == (len(kept), [])


def test_no_golden_answer_where_real_numbers_are_computed() -> None:
    path = model_file("mlperf_ad_float")
    assert golden_of(path, read_tflite(path)) is None


def test_the_board_names_the_layer_that_its_self_test_and_the_host_find_wrong(
    keywords: Path, broken: Path, tmp_path: Path
) -> None:
    """The firmware is made from the broken network, its expectations from the right one."""
    pytest.importorskip("unicorn", reason="the virtual board needs its extra")
    right, graph, board = read_tflite(keywords), read_tflite(broken), load_board(BOARD)
    golden = golden_of(keywords, right)
    if golden is None:
        pytest.skip("TFLite Micro is not installed")
    plan = plan_on_board(graph, board, family=board.kernels)
    generated = generate_model(graph, plan.memory, plan.choices, tmp_path / "source", golden=golden)
    build = build_firmware(generated, board, tmp_path)
    with open_board("virtual", BOARD) as access:
        access.flash(tmp_path / build.elf, **CHANNELS)
        found = access.session().self_test()
        rows, cause = compare_on_board(access, keywords, file_inputs(keywords)[:3], **CHANNELS)
    assert found is not None
    assert (found.passed, found.layer) == (False, BROKEN_LAYER)
    assert found.sentence == f"layer {BROKEN_LAYER} differs"
    guilty = next(row for row in rows if not row.passed)
    assert guilty.layer == right.tensors[right.operators[BROKEN_LAYER].outputs[0]].name
    assert cause.startswith(("Bias", "Zero point"))


@pytest.mark.parametrize("patches", ["off", 4])
def test_a_network_with_memory_is_compared_on_the_board(patches: str | int, tmp_path: Path) -> None:
    pytest.importorskip("unicorn", reason="the virtual board needs its extra")
    path, board = model_file("mww_v2_vad"), load_board(BOARD)
    graph = read_tflite(path)
    plan = plan_on_board(graph, board, family=board.kernels, patches=patches)
    generated = generate_model(
        graph, plan.memory, plan.choices, tmp_path / "source", golden=golden_of(path, graph)
    )
    build = build_firmware(generated, board, tmp_path)
    with open_board("virtual", BOARD) as access:
        access.flash(tmp_path / build.elf, **CHANNELS)
        tested = access.session().self_test()
        access.session().run(bytes(120))  # what it remembers of this must not count
        rows, cause = compare_on_board(access, path, file_inputs(path), **CHANNELS)
    assert tested is None or tested.passed
    assert (cause, {row.isolated_error for row in rows}) == ("", {0.0})
