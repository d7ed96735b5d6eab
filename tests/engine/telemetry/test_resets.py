"""A board that is reset by its button or its watchdog goes on with what it did, and why is told."""

from __future__ import annotations

import base64
import random
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine import child
from engine.events import CancelToken, Event, LogLine
from engine.live import PlayedInputs, driven_inferences, free_inferences
from engine.telemetry.board_session import BoardSession
from engine.telemetry.frame import DEFAULT_BAUD, FrameDecoder
from tests.engine.telemetry.test_recorder import Recorder, write_inputs
from tests.helpers.board_in_process import Firmware
from tests.helpers.pseudo_terminal import rated_terminal
from tests.helpers.rated_line import RatedLine
from tests.helpers.stub_firmware import SLOW, Running, expected_output, running_board

FAST = 2_000_000
PIN, SOFTWARE, WATCHDOG = 2, 3, 4
DATA = b"\0" + random.Random(7).randbytes(489)


@pytest.fixture(scope="module")
def board(stub_elf: Path) -> Iterator[Running]:
    with running_board("--elf", str(stub_elf)) as board:
        yield board


@pytest.fixture
def line(board: Running) -> Iterator[RatedLine]:
    line = RatedLine(board)
    line.control(command="reset")
    yield line
    line.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_on_a_serial_port_all_goes_on_at_the_fast_rate(board: Running, tmp_path: Path) -> None:
    inputs = write_inputs(tmp_path / "inputs.npz", count=1)
    answer = np.frombuffer(expected_output(inputs.tobytes()), np.int8).tolist()
    board.control(command="reset")
    with rated_terminal(board) as port, child.start("recorder") as process:
        recorder = Recorder(process)
        recorder.send(connect=port)
        recorder.wait_for_state("connected")
        board.control(command="reset", cause="watchdog")  # nothing but the statistics is asked for
        assert recorder.wait_for("reset")["cause"] == WATCHDOG
        recorder.send(play={"inputs": str(tmp_path / "inputs.npz"), "interval_ms": 20})
        recorder.wait_for("inference", lambda values: "index" in values)
        board.control(command="reset")  # while inputs are sent
        assert recorder.wait_for("reset")["message"] == "The board was reset (reset pin)."
        recorder.wait_for("inference")
        recorder.send(run_freely=50)
        recorder.wait_for("inference", lambda values: "index" not in values)
        board.control(command="reset", cause="watchdog")  # while it runs by itself
        assert recorder.wait_for("reset")["cause"] == WATCHDOG
        told = recorder.wait_for("inference")
        assert told["output"] == answer
        assert told["status"] == 0  # the input was set again
        assert board.control(command="line", baud=FAST)["board_baud"] == FAST
        recorder.send(reset=True)
        assert recorder.wait_for("reset")["cause"] == SOFTWARE
        assert recorder.wait_for("inference")["output"] == answer
        by_hand = list(np.frombuffer(expected_output(DATA), np.int8))
        recorder.send(clip={"tensor": base64.b64encode(DATA).decode(), "number": 1})
        recorder.wait_for("clip")
        board.control(command="reset")  # while one waits for an input by hand
        assert recorder.wait_for("reset")["cause"] == PIN
        recorder.send(run_freely=50)
        recorder.wait_for("inference", lambda told: told["output"] == by_hand and told["status"] == 0)


@pytest.mark.parametrize("baud", [DEFAULT_BAUD, FAST])
def test_a_reset_while_the_answer_is_awaited_does_not_cost_the_whole_timeout(
    line: RatedLine, baud: int
) -> None:
    slow = bytes([SLOW]).ljust(490, b"\0")
    with BoardSession(line, timeout_seconds=0.5, inference_timeout_seconds=600) as session:
        if baud != DEFAULT_BAUD:
            assert session.negotiate_baud() == baud
        session.set_input(slow)
        reset = threading.Timer(0.05, line.control, kwargs={"command": "reset"})
        reset.start()
        assert session.run(slow).output == expected_output(slow)
        reset.join()
        assert session.needs_recovery
        assert session.recover() == PIN
        assert session.baud == baud
        assert not session.needs_recovery


class ResettingLine(RatedLine):
    """Resets the board before the portion number `at` is written."""

    at = -1

    def write(self, data: bytes) -> None:
        self.at -= 1
        if self.at == 0:
            self.control(command="reset")
        super().write(data)


@pytest.mark.parametrize("baud", [DEFAULT_BAUD, FAST])
def test_an_input_whose_beginning_the_board_has_forgotten_is_sent_again(
    large_stub_elf: Path, baud: int
) -> None:
    data = b"\0" + random.Random(8).randbytes(27_647)
    with running_board("--elf", str(large_stub_elf)) as board:
        line = ResettingLine(board)
        with BoardSession(line, timeout_seconds=0.5) as session:
            session.hello()
            if baud != DEFAULT_BAUD:
                assert session.negotiate_baud() == baud
            line.at = 4  # of some nine
            assert session.run(data).output == expected_output(data)
            assert session.recover() == PIN


@pytest.mark.parametrize("is_driven", [True, False])
def test_rows_go_on_after_a_reset_and_tell_of_it(line: RatedLine, is_driven: bool) -> None:
    played = PlayedInputs(np.frombuffer(DATA, np.int8)[None], None, [])
    expected = list(expected_output(DATA if is_driven else bytes(490)))
    told: list[Event] = []
    with BoardSession(line, timeout_seconds=0.5) as session:
        assert session.negotiate_baud() == FAST
        if is_driven:
            rows = driven_inferences(
                session, played, layers=False, report=told.append, cancel=CancelToken()
            )
        else:
            rows = free_inferences(session, layers=False, report=told.append, cancel=CancelToken())
        assert next(rows)["output"] == expected
        line.control(command="reset", cause="watchdog")
        assert [next(rows)["output"] for _ in range(3)] == [expected] * 3
        rows.close()
        assert session.baud == FAST
    texts = [event.text for event in told if isinstance(event, LogLine)]
    assert texts == ["The board was reset (watchdog)."]


def test_noise_is_not_taken_for_a_reset(line: RatedLine) -> None:
    with BoardSession(line, timeout_seconds=0.5) as session:
        session.negotiate_baud()
        session.run(DATA)
        line.set_baud(115_200 * 3)  # for a moment, as a loose contact might do
        line.write(b"noise")
        line.set_baud(FAST)
        assert session.run(DATA).output == expected_output(DATA)
        assert session.recover() is None
        assert session.baud == FAST


def test_a_frame_that_a_reset_cuts_short_does_not_swallow_the_hello(stub_elf: Path) -> None:
    firmware = Firmware(stub_elf)
    firmware.settle()
    firmware.start("ask_stats")
    firmware.board.run_slice()
    sent = firmware.board.cpu.counter.take_sent()
    firmware.board.reset("watchdog")
    while firmware.board.state.value == "running":
        firmware.board.run_slice()
    after = firmware.board.cpu.counter.take_sent()
    decoder = FrameDecoder()
    decoder.feed(sent[: len(sent) - 10])
    (hello,) = decoder.feed(after)
    assert (hello.kind, hello.number("reset_cause")) == ("hello", WATCHDOG)
