from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.core_firmware import CoreProgram, build_core_firmware
from tests.helpers.stub_firmware import large_stub_elf, stub_elf

__all__ = ["core_program", "large_stub_elf", "stub_elf"]

MakeProgram = Callable[..., CoreProgram]


@pytest.fixture(scope="session")
def core_program(tmp_path_factory: pytest.TempPathFactory) -> MakeProgram:
    """Makes a board that is ready to run one program of core.c: board, program, arguments by index."""
    folder = tmp_path_factory.mktemp("core")
    images: dict[str, Path] = {}

    def make(board_id: str, program: str, arguments: dict[int, int] | None = None) -> CoreProgram:
        if board_id not in images:
            images[board_id] = build_core_firmware(board_id, folder)
        return CoreProgram(images[board_id], board_id, program, arguments or {})

    return make
