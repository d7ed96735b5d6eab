# SPDX-License-Identifier: GPL-2.0-or-later
"""`python -m engine.virtual_board --board ID [--elf X.elf] [--listen PORT] [--pace] [--boot0]`."""

from __future__ import annotations

import argparse
import json
import os
import stat
import sys
from pathlib import Path

from engine.boards import load_board
from engine.errors import EngineError, UsageError


def main() -> int:
    """Run a virtual board until standard input ends, if it is a pipe; else until it is interrupted."""
    arguments = _parse()
    try:
        server = _start(arguments)
    except EngineError as error:
        _tell({"event": "failed", "code": error.code, "message": error.message, "hint": error.hint})
        return error.exit_code
    _tell(
        {
            "event": "listening",
            "board": arguments.board,
            "uart": f"socket://127.0.0.1:{server.uart_port}",
            "control_port": server.control_port,
        }
    )
    if _is_pipe(sys.stdin.fileno()):
        server.end_with_standard_input()
    try:
        server.serve()
    except KeyboardInterrupt:
        return 0
    return 0


def _start(arguments: argparse.Namespace):  # type: ignore[no-untyped-def]  # needs the late imports
    spec = load_board(arguments.board)
    try:
        from engine.virtual_board.board import VirtualBoard
        from engine.virtual_board.server import Server
    except ImportError as error:
        raise UsageError(
            f"The virtual board needs a package that is not installed: {error.name}.",
            hint='Install it with: pip install "thimble-studio[virtual-board]"',
        ) from error
    board = VirtualBoard(
        spec, allow_compiled=not arguments.interpreted, wait_states=not arguments.no_wait_states
    )
    board.boot0 = arguments.boot0
    if arguments.elf is not None:
        board.load_elf(arguments.elf)
    if arguments.elf is not None or arguments.boot0:
        board.reset()
    try:
        return Server(board, uart_port=arguments.listen, pace=arguments.pace)
    except OSError as error:
        raise UsageError(
            f"Port {arguments.listen} cannot be opened: {error}.", hint="Choose another with --listen."
        ) from error


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="virtual-board")
    parser.add_argument("--board", required=True, help="board id, for example stm32f407")
    parser.add_argument("--elf", type=Path, help="firmware; without it the chip is erased")
    parser.add_argument("--listen", type=int, default=0, help="TCP port of the serial line, 0 for any")
    parser.add_argument("--pace", action="store_true", help="never run faster than the real board")
    parser.add_argument("--boot0", action="store_true", help="BOOT0 is high: start the boot loader")
    parser.add_argument("--interpreted", action="store_true", help="do not use the compiled part")
    parser.add_argument("--no-wait-states", action="store_true", help="memory that never waits")
    return parser.parse_args()


def _is_pipe(descriptor: int) -> bool:
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _tell(event: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
