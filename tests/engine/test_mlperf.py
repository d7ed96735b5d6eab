"""MLPerf Tiny's serial protocol: firmware on a virtual board, driven as the benchmark's host does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.board_access import open_board
from engine.boards import load_board
from engine.errors import BadInputFile, BoardError, UnsupportedOperator, UsageError
from engine.events import CancelToken, discard
from engine.firmware.protocols import protocol_defines, protocol_of
from engine.graph import TensorGraph
from engine.micro_reference import MicroReference
from engine.mlperf import Dut, run_benchmark
from engine.model_import.tflite_file import read_tflite
from engine.planning import build_on_board
from engine.telemetry.link import open_link
from tests.helpers.shared_data import shared_data

F407 = load_board("stm32f407")
SILENT = {"report": discard, "cancel": CancelToken()}


def model(name: str) -> Path:
    return shared_data("models", "tflite", f"mlperf_{name}_int8.tflite")


def real_outputs(graph: TensorGraph, output: bytes) -> np.ndarray:
    quantization = graph.tensors[graph.outputs[0]].quantization
    assert quantization is not None
    quanta = np.frombuffer(output, np.int8).astype(np.float64)
    return (quanta - float(quantization.zero_point)) * float(quantization.scale)


def built(path: Path, folder: Path, protocol: str) -> Path:
    build_on_board(
        read_tflite(path), F407, family="dsp", folder=folder, protocol=protocol, tflite=path, **SILENT
    )
    return folder / "firmware.elf"


@pytest.fixture(scope="module")
def kws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dut]:
    elf = built(model("kws"), tmp_path_factory.mktemp("kws"), "mlperf")
    with open_board("virtual", F407.id) as access:
        access.flash(elf, **SILENT)
        link = open_link(access.uart_url)
        try:
            yield Dut(link)
        finally:
            link.close()


def test_it_names_itself_and_tells_a_time_that_goes_on(kws: Dut) -> None:
    assert kws.name() == "Thimble stm32f407"
    assert kws.command("profile") == ["m-profile-[MLPerf Tiny on Thimble]", "m-model-[mlperf_kws_int8]"]
    assert kws.timestamp_us() < kws.timestamp_us()


def test_results_are_those_of_tflite_micro(kws: Dut) -> None:
    path = model("kws")
    reference, graph, chance = MicroReference(path), read_tflite(path), np.random.default_rng(3)
    kws.name()
    for _ in range(2):
        data = chance.bytes(490)
        kws.load(data)
        run = kws.infer(2, 1)  # the second reads the same input, over which the first has written
        expected = real_outputs(graph, reference.run_bytes(data))
        assert run.results == pytest.approx(expected, abs=0.0006)
        assert kws.results() == run.results


def test_the_time_between_timestamps_grows_with_the_inferences(kws: Dut) -> None:
    kws.name()
    kws.load(bytes(490))
    once, often = kws.infer(1, 0).elapsed_us, kws.infer(10, 0).elapsed_us
    assert often == pytest.approx(10 * once, rel=0.01)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("names", "Unknown command"),
        ("db load 491", "another size"),
        ("db 0g", "hexadecimal"),
        ("db 012", "hexadecimal"),
        ("infer 0", "takes a number"),
        ("infer 1 2 3", "takes a number"),
        ("x" * 400, "too long"),
    ],
)
def test_what_it_does_not_understand_is_refused_and_it_goes_on(
    kws: Dut, command: str, words: str
) -> None:
    kws.name()
    kws.command("db load 490")
    with pytest.raises(BoardError, match=words):
        kws.command(command)
    assert kws.name() == "Thimble stm32f407"


def test_nothing_runs_on_half_an_input(kws: Dut) -> None:
    kws.name()
    assert kws.command("db load 490") == ["m-[Expecting 490 bytes]"]
    assert kws.command("db 0011aaFF") == []
    with pytest.raises(BoardError, match="No whole input"):
        kws.infer(1, 0)
    kws.load(bytes(490))
    with pytest.raises(BoardError, match="More bytes"):
        kws.command("db 00")


def test_accuracy_counts_right_classes_of_pixels(tmp_path: Path) -> None:
    path = model("ic")
    reference, chance, rows = MicroReference(path), np.random.default_rng(1), []
    for number in range(3):
        pixels = chance.integers(0, 128 + 64 * number, 3072).astype(np.uint8)
        (tmp_path / f"{number}.bin").write_bytes(pixels.tobytes())
        answer = reference.run_bytes((pixels.astype(np.int16) - 128).astype(np.int8).tobytes())
        label = int(np.argmax(np.frombuffer(answer, np.int8)))
        rows.append(f"{number}.bin, 10, {(label + (number == 2)) % 10}")
    (tmp_path / "y_labels.csv").write_text("\n".join(rows) + "\n")
    settings = {"link": "virtual", "protocol": "mlperf-uint8", "samples": tmp_path, "inputs": 3}
    result = run_benchmark(path, F407, mode="accuracy", **settings, **SILENT)
    assert (result["right"], result["inputs"], result["basis"]) == (2, 3, "simulated")
    told = real_outputs(read_tflite(path), answer)
    assert result["last_results"] == pytest.approx(list(told), abs=6e-4)  # three decimals
    (tmp_path / "0.bin").write_bytes(b"short")
    with pytest.raises(BadInputFile, match="5 bytes"):
        run_benchmark(path, F407, mode="accuracy", **settings, **SILENT)


def test_a_network_that_repeats_its_input_is_judged_by_its_distance(tmp_path: Path) -> None:
    path = model("ad")
    graph, reference = read_tflite(path), MicroReference(path)
    quantization = graph.tensors[graph.inputs[0]].quantization
    assert quantization is not None
    values = np.random.default_rng(2).normal(0, 4, 640).astype("<f4")
    quanta = np.round(values / np.float32(quantization.scale)) + quantization.zero_point
    answer = reference.run_bytes(np.clip(quanta, -128, 127).astype(np.int8).tobytes())
    expected = float(np.mean((real_outputs(graph, answer) - values) ** 2))
    with open_board("virtual", F407.id) as access:
        access.flash(built(path, tmp_path, "mlperf-float32"), **SILENT)
        link = open_link(access.uart_url)
        try:
            dut = Dut(link)
            dut.name()
            dut.load(values.tobytes())
            assert dut.infer(1, 0).results == pytest.approx((expected,), rel=1e-4)
        finally:
            link.close()


def test_what_the_protocol_cannot_carry_is_refused_before_building() -> None:
    graph = read_tflite(shared_data("models", "tflite", "mlperf_kws_float.tflite"))
    assert protocol_defines("thimble", graph) == {}
    with pytest.raises(UnsupportedOperator, match="one int8 input"):
        protocol_defines("mlperf", graph)


def test_a_mode_or_protocol_that_there_is_not_is_refused() -> None:
    with pytest.raises(UsageError, match="no protocol called morse"):
        protocol_of("morse")
    settings = {"link": "virtual", "inputs": 1, "samples": None}
    for protocol, mode in (("thimble", "performance"), ("mlperf", "energy"), ("mlperf", "accuracy")):
        with pytest.raises(UsageError):
            run_benchmark(Path("x"), F407, mode=mode, protocol=protocol, **settings, **SILENT)
