"""The recorder as a process, with a virtual board in another."""

from __future__ import annotations

import base64
import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import child
from engine.telemetry.recording import read_about, read_frames
from engine.telemetry.ring import RingReader
from tests.helpers.stub_firmware import (
    Running,
    build_stub,
    expected_output,
    fault_input,
    running_board,
)

CLASSES = [f"word {i}" for i in range(10)]


class Recorder:
    """The process and what it said."""

    def __init__(self, process: child.Child) -> None:
        self._process = process
        self.ring = RingReader(Path(self.wait_for("ring")["path"]))

    def send(self, **command: Any) -> None:
        self._process.send(json.dumps(command))

    def wait_for(
        self, event: str, matches: Callable[[dict[str, Any]], bool] = lambda values: True
    ) -> dict[str, Any]:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            line = self._process.read_line(30)
            assert line is not None, self._process.error_text
            values: dict[str, Any] = json.loads(line)
            if values["event"] == event and matches(values):
                return values
        raise AssertionError(f"no {event} within 30 s")

    def wait_for_state(self, state: str) -> dict[str, Any]:
        return self.wait_for("state", lambda values: values["state"] == state)


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with child.start("recorder") as process:
        yield Recorder(process)


@pytest.fixture
def board(stub_elf: Path) -> Iterator[Running]:
    with running_board("--elf", str(stub_elf)) as board:
        yield board


def write_inputs(path: Path, count: int = 6) -> np.ndarray:
    inputs = np.random.default_rng(3).integers(0, 100, (count, 490)).astype(np.int8)
    labels = np.arange(count, dtype=np.int64) % 10
    np.savez(path, inputs=inputs, labels=labels, classes=np.array(CLASSES))
    return inputs


def test_played_inputs_are_answered_labelled_and_kept(
    recorder: Recorder, board: Running, tmp_path: Path
) -> None:
    inputs = write_inputs(tmp_path / "inputs.npz")
    recorder.send(record=str(tmp_path / "recording"))
    recorder.send(connect=board.uart_url)
    assert recorder.wait_for("hello")["board_id"] == "stm32f407"
    recorder.wait_for_state("connected")
    recorder.send(play={"inputs": str(tmp_path / "inputs.npz"), "interval_ms": 40})
    assert len(recorder.wait_for("layers")["cycles"]) == 2
    for _ in range(5):
        told = recorder.wait_for("inference", lambda values: "index" in values)
        expected = np.frombuffer(expected_output(inputs[told["index"]].tobytes()), np.int8)
        assert told["output"] == expected.tolist()
        assert told["predicted_class"] == CLASSES[int(expected.argmax())]
        assert told["class"] == CLASSES[told["label"]]
    stats = recorder.wait_for("stats")
    assert stats["host_damaged_frames"] == 0
    assert stats["inferences"] >= 5
    recorder.send(release=True)
    recorder.wait_for_state("released")
    recorder.send(record=None)
    recorder.send(connect="socket://127.0.0.1:1")  # any answer shows that the file is finished
    recorder.wait_for_state("connecting")
    samples, count = recorder.ring.read_since(0)
    assert count == len(samples) >= 5
    assert np.all(np.diff(samples[:, 0]) > 0)
    assert samples[0, 1] == pytest.approx(told["latency_us"], rel=0.5)
    assert read_about(tmp_path / "recording")["hello"]["board_id"] == "stm32f407"
    kept = [frame for _, frame in read_frames(tmp_path / "recording") if frame.kind == "inference"]
    assert len(kept) == count


def test_the_port_is_free_after_release(recorder: Recorder, board: Running) -> None:
    recorder.send(connect=board.uart_url)
    recorder.wait_for_state("connected")
    recorder.send(release=True)
    recorder.wait_for_state("released")
    recorder.send(connect=board.uart_url)
    recorder.wait_for_state("connected")


def test_free_running_fills_the_ring(recorder: Recorder, board: Running) -> None:
    recorder.send(connect=board.uart_url)
    recorder.wait_for_state("connected")
    recorder.send(run_freely=200)
    first = recorder.wait_for("inference")
    later = recorder.wait_for("inference", lambda values: values["count"] >= first["count"] + 20)
    assert recorder.ring.count >= later["count"]
    recorder.send(run_freely=0)
    recorder.wait_for("stats", lambda values: "stack_high_water_bytes" in values)


def test_free_running_goes_on_after_the_reset_button(recorder: Recorder, board: Running) -> None:
    recorder.send(connect=board.uart_url)
    recorder.wait_for_state("connected")
    recorder.send(run_freely=20)
    recorder.wait_for("inference", lambda values: values["sequence"] > 20)
    probe = board.probe()
    probe.reset()
    probe.close()
    recorder.wait_for("hello")
    first = recorder.wait_for("inference", lambda values: values["sequence"] < 20)
    later = recorder.wait_for("inference", lambda values: values["count"] >= first["count"] + 10)
    # one frame for each inference: the board counts what it sends
    assert later["sequence"] - first["sequence"] == later["count"] - first["count"]
    stats = recorder.wait_for("stats")
    assert stats["host_lost_frames"] == stats["host_damaged_frames"] == 0


def test_inputs_of_another_model_are_refused_and_the_board_stays_connected(
    recorder: Recorder, board: Running, tmp_path: Path
) -> None:
    np.savez(tmp_path / "inputs.npz", inputs=np.zeros((2, 100), np.int8))
    recorder.send(connect=board.uart_url)
    recorder.wait_for_state("connected")
    recorder.send(play={"inputs": str(tmp_path / "inputs.npz"), "interval_ms": 10})
    assert "100 bytes" in recorder.wait_for("error")["message"]
    recorder.wait_for("stats")


def test_an_input_of_its_own_is_answered_and_one_of_the_wrong_size_costs_only_itself(
    recorder: Recorder, board: Running
) -> None:
    data = bytes(range(49)) * 10
    recorder.send(connect=board.uart_url)
    recorder.wait_for_state("connected")
    recorder.send(clip={"tensor": base64.b64encode(data[:-1]).decode(), "number": 1})
    refused = recorder.wait_for("error")
    assert refused["message"] == "The input has 489 bytes, the firmware on the board takes 490."
    assert refused["hint"] == "Flash the firmware of this model."
    recorder.send(clip={"tensor": "no base64", "number": 2})
    assert recorder.wait_for("error")["message"] == "The tensor of the input is damaged."
    recorder.send(clip={"tensor": base64.b64encode(data).decode(), "number": 3})
    expected = np.frombuffer(expected_output(data), np.int8).tolist()
    assert recorder.wait_for("inference")["output"] == expected
    told = recorder.wait_for("clip")
    assert (told["number"], told["made_on"]) == (3, "")


def test_a_lost_board_is_found_again(recorder: Recorder, stub_elf: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    arguments = ("--elf", str(stub_elf), "--listen", str(port))
    with running_board(*arguments):
        recorder.send(connect=f"socket://127.0.0.1:{port}")
        recorder.wait_for_state("connected")
    lost = recorder.wait_for_state("lost")
    assert "lost" in lost["message"]
    with running_board(*arguments):
        recorder.wait_for_state("connected")


@pytest.mark.parametrize("knows", ["the firmware", "other firmware", "no file"])
def test_a_fault_is_told(
    recorder: Recorder,
    board: Running,
    stub_elf: Path,
    tmp_path: Path,
    knows: str,
) -> None:
    np.savez(tmp_path / "inputs.npz", inputs=np.frombuffer(fault_input(2), np.int8)[None])
    elf = stub_elf if knows == "the firmware" else tmp_path / "firmware.elf"
    if knows == "other firmware":
        build_stub(tmp_path, board="stm32f746")
    recorder.send(connect=board.uart_url, elf=str(elf))
    recorder.wait_for_state("connected")
    recorder.send(play={"inputs": str(tmp_path / "inputs.npz"), "interval_ms": 100})
    fault = recorder.wait_for("fault")
    assert fault["cause"] == 3
    assert fault["cfsr"] == 1 << 16  # undefined instruction
    assert "an instruction that the core does not have" in fault["message"]
    if knows == "the firmware":
        assert (fault["function"], fault["file"]) == ("stub_invoke", "model.c")
        assert f"in stub_invoke (model.c:{fault['line']})" in fault["message"]
        again = recorder.wait_for("fault")  # connected anew, to a board that cannot say who it is
        assert again["message"] == fault["message"]
    else:
        assert "function" not in fault


def test_bad_commands_and_files_leave_it_running(
    recorder: Recorder, board: Running, tmp_path: Path
) -> None:
    (tmp_path / "not.npz").write_bytes(b"nothing of the kind")
    for command in (
        {"play": {"inputs": str(tmp_path / "not.npz")}},
        {"run_freely": "often"},
        {"play": 3},
    ):
        recorder.send(**command)
        assert recorder.wait_for("error")["message"]
    recorder.send(connect=board.uart_url)
    recorder.wait_for_state("connected")


def test_it_ends_with_its_input() -> None:
    process = child.start("recorder")
    ring = Path(json.loads(process.read_line(30) or "")["path"])
    assert ring.exists()
    process.stop()
    assert not process.running
    assert not ring.exists()
