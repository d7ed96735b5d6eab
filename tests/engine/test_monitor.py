"""`monitor` on firmware without a project: the board runs freely, and is stopped at the end."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from engine.errors import BoardError
from engine.telemetry.board_session import BoardSession
from tests.helpers.projects import told_by
from tests.helpers.stub_firmware import build_stub, fault_input, running_board


@pytest.fixture(scope="module")
def elf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_stub(tmp_path_factory.mktemp("monitor"))


def test_so_many_rows_and_then_the_board_stops(elf: Path) -> None:
    with running_board("--elf", str(elf)) as board:
        rows, _ = told_by("monitor", target=str(elf), on=board.uart_url, count=2)
        gc.collect()  # whatever was left open would complain here
        assert [row["output"] for row in rows] == [[0] * 10] * 2
        with BoardSession(board.uart_url) as session:
            session.hello()
            assert not [frame for frame in session.poll(0.5) if frame.kind == "inference"]


def test_a_board_that_faulted_is_told_with_its_registers(elf: Path) -> None:
    with running_board("--elf", str(elf)) as board:
        with BoardSession(board.uart_url) as session, pytest.raises(BoardError):
            session.run(fault_input(3))
        with pytest.raises(BoardError, match="a division by zero") as caught:
            told_by("monitor", target=str(elf), on=board.uart_url, count=1)
        assert caught.value.facts["cfsr"] == 1 << 25
