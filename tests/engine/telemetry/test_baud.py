"""Agreeing on a rate with real firmware, over a line on which another rate is garbage."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import BoardError
from engine.telemetry.board_session import BoardSession
from engine.telemetry.frame import (
    DEFAULT_BAUD,
    FRAME_TYPES,
    FrameDecoder,
    TelemetryFrame,
    Value,
    encode_frame,
)
from tests.helpers.board_in_process import Firmware
from tests.helpers.pseudo_terminal import terminal_to
from tests.helpers.rated_line import RatedLine
from tests.helpers.stub_firmware import Running, expected_output, fault_input, running_board

FAST = 2_000_000
NEVER_HEARD = {FAST: 1_500_000}
DATA = b"\0" + random.Random(7).randbytes(489)


@pytest.fixture(scope="module")
def shared_board(stub_elf: Path) -> Iterator[Running]:
    with running_board("--elf", str(stub_elf)) as board:
        yield board


@pytest.fixture
def line(shared_board: Running) -> Iterator[RatedLine]:
    line = RatedLine(shared_board)
    line.control(command="reset")
    yield line
    line.close()


def board_baud(line: RatedLine) -> int:
    return line.control(command="line", baud=DEFAULT_BAUD)["board_baud"]


def test_a_fast_rate_is_agreed_on_and_given_back(line: RatedLine) -> None:
    with BoardSession(line, timeout_seconds=5) as session:
        assert session.negotiate_baud() == FAST
        assert line.control(command="line", baud=FAST)["board_baud"] == FAST
        assert session.run(DATA).output == expected_output(DATA)
        session.close()
    assert session.decoder.damaged == 0


def test_a_rate_that_is_not_understood_is_left_by_both(shared_board: Running) -> None:
    line = RatedLine(shared_board, NEVER_HEARD)
    line.control(command="reset")
    with BoardSession(line, timeout_seconds=1) as session:
        assert session.negotiate_baud() == DEFAULT_BAUD
        assert session.run(DATA).output == expected_output(DATA)
        assert board_baud(line) == pytest.approx(DEFAULT_BAUD, rel=0.02)


def test_a_program_that_left_without_a_word_does_not_lock_the_next_one_out(
    line: RatedLine, shared_board: Running
) -> None:
    session = BoardSession(line, timeout_seconds=5)
    assert session.negotiate_baud() == FAST
    line.close()
    with BoardSession(RatedLine(shared_board), timeout_seconds=1) as later:
        assert later.hello().board_id == "stm32f407"
        assert later.run(DATA).output == expected_output(DATA)


def test_a_lost_connection_is_resumed_at_its_rate(line: RatedLine, shared_board: Running) -> None:
    session = BoardSession(line, timeout_seconds=5)
    assert session.negotiate_baud() == FAST
    line.close()
    with BoardSession(RatedLine(shared_board), timeout_seconds=1) as later:
        assert later.resume_baud(FAST)
        assert later.run(DATA).output == expected_output(DATA)
    restarted = RatedLine(shared_board)
    restarted.control(command="reset")
    with BoardSession(restarted, timeout_seconds=1) as later:
        assert not later.resume_baud(FAST)
        assert later.run(DATA).output == expected_output(DATA)


def test_a_board_that_was_reset_is_found_at_the_rate_it_starts_with(line: RatedLine) -> None:
    with BoardSession(line, timeout_seconds=0.5) as session:
        session.negotiate_baud()
        line.control(command="reset")
        assert session.run(DATA).output == expected_output(DATA)
        assert session.baud == DEFAULT_BAUD


def test_a_fault_at_a_fast_rate_is_told_to_who_comes_later(
    line: RatedLine, shared_board: Running
) -> None:
    session = BoardSession(line, timeout_seconds=5)
    assert session.negotiate_baud() == FAST
    with pytest.raises(BoardError, match="a division by zero"):
        session.run(fault_input(3))
    line.close()
    with BoardSession(RatedLine(shared_board), timeout_seconds=2) as later:
        with pytest.raises(BoardError, match="a division by zero"):
            later.hello()
        later.reset()
        assert later.hello().reset_cause == 3


@pytest.mark.parametrize(
    ("baud", "status"),
    [
        (2_000_000, 0),
        (921_600, 0),
        (1_955_000, 2),  # 42 MHz through 21 or 22: both miss it by more than 2 %
        (2_000_001, 2),
        (9_599, 2),
    ],
)
def test_only_rates_within_2_percent_are_taken(stub_elf: Path, baud: int, status: int) -> None:
    firmware = Firmware(stub_elf)
    firmware.settle()
    (answer,) = firmware.send("baud", baud=baud)
    assert answer.number("status") == status
    if status == 0:
        assert firmware.board.bus.serial_baud() == pytest.approx(baud, rel=0.02)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_a_port_whose_rate_means_nothing_is_none_the_worse(stub_elf: Path) -> None:
    with (
        running_board("--elf", str(stub_elf)) as board,
        terminal_to(board.uart_url) as port,
        BoardSession(port) as session,
    ):
        session.negotiate_baud()
        assert session.run(DATA).output == expected_output(DATA)


class OldBoard:
    """A link to firmware that does not say that it knows of rates."""

    url = "old"
    has_rate = True

    def __init__(self) -> None:
        self.heard: list[TelemetryFrame] = []
        self._decoder = FrameDecoder()
        self._waiting = b""

    def write(self, data: bytes) -> None:
        for frame in self._decoder.feed(data):
            self.heard.append(frame)
            values: dict[str, Value] = {"request": frame.sequence, "status": 0}
            self._waiting += encode_frame("ack", 0, values)
            if frame.kind == "ask_hello":
                fields = next(kind for kind in FRAME_TYPES if kind.name == "hello").fields
                hello: dict[str, Value] = {n: "" if k.startswith("text") else 0 for n, k in fields}
                self._waiting += encode_frame("hello", 1, hello | {"protocol": 1, "capabilities": 1})

    def read(self, timeout_seconds: float) -> bytes:
        data, self._waiting = self._waiting, b""
        return data

    def set_baud(self, baud: int) -> None:
        raise AssertionError("the rate was changed")

    def close(self) -> None:
        pass


def test_old_firmware_is_not_asked() -> None:
    board = OldBoard()
    with BoardSession(board) as session:
        assert session.negotiate_baud() == DEFAULT_BAUD
    assert [frame.kind for frame in board.heard] == ["ask_hello"]
