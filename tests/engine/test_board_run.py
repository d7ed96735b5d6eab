"""How outputs of a board are compared with the reference's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.board_access import open_board
from engine.board_run import OutputComparison, noise_inputs, relative_errors, run_inputs_on_board
from engine.boards import load_board
from engine.errors import Cancelled
from engine.events import CancelToken, StageProgress, discard
from engine.micro_reference import MicroReference
from engine.model_import.tflite_file import read_tflite
from engine.planning import build_on_board
from tests.helpers.shared_data import shared_data
from tests.helpers.tflite_builder import TfliteBuilder


def reference_of(dtype: str, folder: Path) -> MicroReference:
    """A network with one output of three numbers."""
    builder = TfliteBuilder()
    quantization = {"scale": 0.5, "zero_point": 0} if dtype == "int8" else {}
    source = builder.tensor((1, 3), dtype, **quantization)
    output = builder.tensor((3,), dtype, **quantization)
    shape = builder.tensor((1,), "int32", data=np.array([3]))
    builder.operator("RESHAPE", [source, shape], [output])
    builder.inputs.append(source)
    builder.outputs.append(output)
    path = folder / "model.tflite"
    path.write_bytes(builder.content())
    return MicroReference(path)


def test_integers_count_byte_for_byte(tmp_path: Path) -> None:
    comparison = OutputComparison(reference_of("int8", tmp_path))
    comparison.add(bytes([1, 2, 3]), bytes([1, 2, 3]))
    comparison.add(bytes([1, 2, 3]), bytes([1, 9, 4]))
    assert comparison.mismatched_bytes == 2
    assert comparison.worst_relative_error is None


def test_an_output_of_another_length_mismatches_as_a_whole(tmp_path: Path) -> None:
    comparison = OutputComparison(reference_of("int8", tmp_path))
    comparison.add(bytes([1, 2]), bytes([1, 2, 3]))
    assert comparison.mismatched_bytes == 3


@pytest.mark.parametrize(("factor", "mismatched_bytes"), [(1 + 4e-6, 0), (1 + 4e-5, 4)])
def test_floats_may_differ_by_the_tolerance(
    factor: float, mismatched_bytes: int, tmp_path: Path
) -> None:
    comparison = OutputComparison(reference_of("float32", tmp_path))
    wanted = np.array([0.001, -2.0, 1.0], np.float32)
    got = wanted * np.array([1.001, factor, 1], np.float32)
    comparison.add(got.tobytes(), wanted.tobytes())
    assert comparison.mismatched_bytes == mismatched_bytes
    assert comparison.worst_relative_error == pytest.approx(factor - 1, rel=0.05)


def test_what_is_no_number_matches_only_itself() -> None:
    wanted = np.array([np.nan, np.inf, 1.0, 2.0], np.float32)
    got = np.array([np.nan, np.inf, np.nan, np.inf], np.float32)
    assert relative_errors(got, wanted).tolist() == [0, 0, np.inf, np.inf]


def test_noise_suits_the_types_of_the_inputs() -> None:
    noise = noise_inputs([("int8", 500), ("float32", 7)], 3)
    assert noise.shape == (3, 528)
    assert (noise[:, :500].min(), noise[:, :500].max()) == (-128, 127)
    floats = np.ascontiguousarray(noise[:, 500:]).view(np.float32)
    assert np.abs(floats).max() < 10
    assert np.unique(floats).size == 21


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A small network of others and its firmware with a self-test: file, build, ELF."""
    pytest.importorskip("unicorn", reason="the virtual board needs its extra")
    folder = tmp_path_factory.mktemp("hello_world")
    path = shared_data("models", "tflite", "mlperf_ad_int8.tflite")
    board = load_board("stm32f746")
    channels = {"report": discard, "cancel": CancelToken()}
    build = build_on_board(
        read_tflite(path), board, family=board.kernels, folder=folder, tflite=path, **channels
    )
    return path, build, folder / build.elf


def run_on_board(built, report=discard, cancel=None, **settings):
    path, build, elf = built
    with open_board("virtual", "stm32f746") as access:
        access.flash(elf, report=discard, cancel=CancelToken())
        return run_inputs_on_board(
            access,
            load_board("stm32f746"),
            tflite=path,
            build=build,
            inputs=noise_inputs((("int8", 640),), 12),
            report=report,
            cancel=cancel or CancelToken(),
            **settings,
        )


def test_every_layer_on_the_board_equals_tflite_micro(built):
    ran = run_on_board(built, layers=True)
    graph = read_tflite(built[0])
    assert [row.layer for row in ran.layer_rows] == [
        graph.tensors[operator.outputs[0]].name for operator in graph.operators
    ]
    assert {row.isolated_error for row in ran.layer_rows} == {0.0}
    assert {row.to_form for row in ran.layer_rows} == {"virtual board"}
    assert (ran.mismatched_bytes, ran.self_test) == (0, "passed")


def test_an_interrupted_run_goes_on_where_it_stopped(built, tmp_path):
    partial = tmp_path / "board-run" / ".hash.partial"
    whole = run_on_board(built)
    cancel = CancelToken()

    def stop_after_five(event):
        if isinstance(event, StageProgress) and event.done == 5:
            cancel.cancel()

    with pytest.raises(Cancelled):
        run_on_board(built, stop_after_five, cancel, partial=partial)
    kept = partial.read_bytes()
    assert len(kept) == 32 + 5 * (4 + 640)
    first_output = 32 + 4
    spoilt = bytearray(kept[:-7])  # the last record was cut short by a crash
    spoilt[first_output] ^= 1  # and the first one shows that it is not asked for again
    partial.write_bytes(spoilt)
    resumed = run_on_board(built, partial=partial)
    assert (resumed.inputs_compared, resumed.mismatched_bytes) == (12, 1)
    assert resumed.cycles == whole.cycles
    assert resumed.instructions == whole.instructions
    assert not partial.exists()


def test_answers_of_other_inputs_are_not_taken(built, tmp_path):
    partial = tmp_path / ".hash.partial"
    partial.write_bytes(b"another run" * 200)
    assert run_on_board(built, partial=partial).mismatched_bytes == 0
