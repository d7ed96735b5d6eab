"""Small programs that try the virtual core's exceptions: see core_firmware/core.c."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Final

from engine.boards import load_board
from engine.child import run_tool
from engine.firmware.toolchains import find_toolchain
from engine.virtual_board.board import State, VirtualBoard

_SOURCES = Path(__file__).resolve().parents[1] / "engine" / "virtual_board" / "core_firmware"
_ORDERS = 0x20000000
_ARGUMENTS = 20
_PROGRAMS = ("interrupts", "calls", "sleeps", "two_stacks", "memory", "mistakes")
ENDED: Final = 0x1000
REACHED: Final = 0xA000


def build_core_firmware(board_id: str, folder: Path) -> Path:
    """Compile and link core.c for a board's core."""
    tools, board = find_toolchain("zig"), load_board(board_id)
    target, elf = folder / f"{board_id}.o", folder / f"{board_id}.elf"
    commands = (
        tools.compile_command(_SOURCES / "core.c", target, board, optimise="-Os"),
        tools.link_command([target], elf, _SOURCES / "link.ld", board),
    )
    for command in commands:
        result = run_tool(command, cwd=folder, env=tools.environment)
        assert result.returncode == 0, result.stderr
    return elf


class CoreProgram:
    """A board that holds the programs, reset and ready to run one of them.

    `arguments` are by index: what they mean stands in core.c.
    """

    def __init__(self, board: VirtualBoard, program: str, arguments: dict[int, int]) -> None:
        self.board = board
        self.board.reset()
        words = [arguments.get(i, 0) for i in range(_ARGUMENTS)]
        block = struct.pack(f"<{_ARGUMENTS + 2}I", _PROGRAMS.index(program), *words, 0)
        self.board.write(_ORDERS, block)

    @property
    def notes(self) -> list[int]:
        """What it has noted so far."""
        at = _ORDERS + 4 * (1 + _ARGUMENTS)
        (count,) = struct.unpack("<I", self.board.read(at, 4))
        return list(struct.unpack(f"<{count}I", self.board.read(at + 4, 4 * count)))

    def run(self, slices: int = 1) -> list[int]:
        """Run a while; its notes."""
        for _ in range(slices):
            if self.board.state is State.LOCKUP:
                break
            self.board.run_slice()
        return self.notes
