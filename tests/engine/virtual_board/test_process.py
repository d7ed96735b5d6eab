"""The virtual board as others meet it: a process with two sockets."""

from __future__ import annotations

import base64
import json
import socket
from pathlib import Path
from typing import Any

import pytest

from engine import child
from engine.errors import BoardError
from engine.telemetry.board_session import BoardSession
from tests.helpers.stub_firmware import Running, running_board

FLASH = 0x08000000


class Control:
    """A raw client of the control port."""

    def __init__(self, board: Running) -> None:
        self._socket = socket.create_connection(("127.0.0.1", board.control_port), 20)
        self._answers = self._socket.makefile("rb")

    def send(self, line: bytes) -> dict[str, Any]:
        self._socket.sendall(line + b"\n")
        answer: dict[str, Any] = json.loads(self._answers.readline())
        return answer

    def ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        return self.send(json.dumps({"command": command, **arguments}).encode())

    def close(self) -> None:
        self._answers.close()
        self._socket.close()


def test_control_port_refuses_nonsense_in_plain_words_and_goes_on() -> None:
    with running_board() as board:
        control = Control(board)
        for line in (b"", b"{", b"[]", b'"halt"', b'{"command": 7}', b'{"command": "explode"}', b"\xff"):
            answer = control.send(line)
            assert answer["ok"] is False
            assert answer["message"]
        for command, arguments in (
            ("write", {}),
            ("write", {"address": FLASH, "data": "not base64!"}),
            ("read", {"address": "there", "size": 4}),
            ("read", {"address": 0, "size": 4}),
            ("erase", {"address": 0x20000000, "size": 16}),
            ("erase", {"address": FLASH, "size": -5}),
            ("symbols", {"symbols": [1]}),
            ("load", {"path": "no-such.elf"}),
        ):
            assert control.ask(command, **arguments)["ok"] is False, command
        assert control.ask("identify")["state"] == "erased"
        control.close()


def test_memory_changes_only_while_the_core_is_halted(stub_elf: Path) -> None:
    with running_board("--elf", str(stub_elf)) as board:
        control = Control(board)
        data = base64.b64encode(b"\0\0").decode()
        refused = control.ask("write", address=FLASH, data=data)
        assert refused["ok"] is False
        assert "Halt" in refused["hint"]
        control.ask("halt")
        assert control.ask("identify")["state"] == "halted"
        assert control.ask("write", address=FLASH, data=data)["ok"] is True
        control.close()


def test_a_halted_board_is_silent_and_answers_when_resumed(stub_elf: Path) -> None:
    with (
        running_board("--elf", str(stub_elf)) as board,
        BoardSession(board.uart_url, timeout_seconds=0.1) as session,
    ):
        session.hello()
        control = Control(board)
        control.ask("halt")
        with pytest.raises(BoardError, match="does not answer"):
            session.hello()
        control.ask("run")
        assert session.hello().board_id == "stm32f407"
        control.close()


def test_statistics_count_exactly_the_last_invoke(stub_elf: Path) -> None:
    with running_board("--elf", str(stub_elf)) as board, BoardSession(board.uart_url) as session:
        control = Control(board)
        counted = []
        for number in range(1, 4):
            inference = session.run(bytes(490))
            statistics = control.ask("statistics")
            assert statistics["invoke_count"] == number
            assert statistics["cycles"] <= inference.cycles <= statistics["cycles"] + 40
            counted.append((statistics["instructions"], statistics["cycles"]))
        assert len(set(counted)) == 1
        control.close()


def test_only_one_program_has_the_serial_line(stub_elf: Path) -> None:
    with running_board("--elf", str(stub_elf)) as board:
        with BoardSession(board.uart_url) as first:
            first.hello()
            with BoardSession(board.uart_url) as second, pytest.raises(BoardError, match="was lost"):
                second.hello()
            assert first.hello().layer_count == 2
        with BoardSession(board.uart_url) as third:
            assert third.hello().layer_count == 2


def test_it_listens_where_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with running_board("--listen", str(port)) as board:
        assert board.uart_url == f"socket://127.0.0.1:{port}"


def test_it_ends_with_its_input() -> None:
    process = child.start("virtual-board", ["--board", "stm32f407"])
    assert process.read_line(60) is not None
    process.stop()
    assert not process.running


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--board", "no-such-board"], "There is no board called no-such-board."),
        (["--board", "stm32f407", "--elf", "missing.elf"], "missing.elf cannot be read as an ELF file"),
    ],
)
def test_what_it_cannot_start_with_is_told(arguments: list[str], message: str) -> None:
    with child.start("virtual-board", arguments) as process:
        event = json.loads(process.read_line(60) or "")
        assert event["event"] == "failed"
        assert event["message"].startswith(message)
        assert process.wait(20) != 0


def test_paced_it_keeps_the_time_of_the_real_board(stub_elf: Path) -> None:
    with running_board("--elf", str(stub_elf), "--pace") as board:
        with BoardSession(board.uart_url) as session:
            assert session.run(bytes(490)).output == bytes(10)
