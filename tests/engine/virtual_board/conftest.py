from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.boards import load_board
from engine.virtual_board.board import VirtualBoard
from tests.helpers.core_firmware import CoreProgram, build_core_firmware
from tests.helpers.stub_firmware import large_stub_elf, stub_elf

__all__ = ["core_program", "large_stub_elf", "stub_elf"]

MakeProgram = Callable[..., CoreProgram]


@pytest.fixture(scope="session")
def core_program(tmp_path_factory: pytest.TempPathFactory) -> MakeProgram:
    """Makes a board ready to run one program of core.c: board, program, arguments by index.

    One board each serves all: a reset must be enough.
    """
    folder = tmp_path_factory.mktemp("core")
    boards: dict[str, VirtualBoard] = {}

    def make(board_id: str, program: str, arguments: dict[int, int] | None = None) -> CoreProgram:
        if board_id not in boards:
            boards[board_id] = VirtualBoard(load_board(board_id))
            boards[board_id].load_elf(build_core_firmware(board_id, folder))
        return CoreProgram(boards[board_id], program, arguments or {})

    return make
