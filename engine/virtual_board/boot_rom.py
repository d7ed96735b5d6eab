# SPDX-License-Identifier: GPL-2.0-or-later
"""The boot loader in an STM32's ROM, as a host hears it on the serial line (AN3155).

Entered when BOOT0 is high at reset. One generator is the program: it takes a byte at each `yield` and
appends what it answers.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import reduce
from typing import TYPE_CHECKING

from engine.errors import EngineError

if TYPE_CHECKING:
    from engine.virtual_board.board import VirtualBoard

ACK, NACK = 0x79, 0x1F
VERSION = 0x31
GET, GET_ID, READ, GO, WRITE, EXTENDED_ERASE = 0x00, 0x02, 0x11, 0x21, 0x31, 0x44
COMMANDS = (GET, GET_ID, READ, GO, WRITE, EXTENDED_ERASE)
MASS_ERASE = 0xFFFF

_Bytes = Generator[None, int, bytes]


class BootRom:
    """Answers a host until it says Go.

    Args:
        board: whose memory it reads and changes.
        protected: read-out protection is on: memory commands are refused (AN3155 3.3).
    """

    def __init__(self, board: VirtualBoard, *, protected: bool = False) -> None:
        self._board = board
        self._protected = protected
        self._answers = bytearray()
        self._program = self._run()
        next(self._program)

    def receive(self, data: bytes) -> bytes:
        """Take bytes from the line; returns what the ROM sends."""
        for byte in data:
            self._program.send(byte)
        answers = bytes(self._answers)
        self._answers.clear()
        return answers

    def _run(self) -> Generator[None, int, None]:
        while (yield) != 0x7F:
            pass
        self._acknowledge()
        handlers = {READ: self._read, GO: self._go, WRITE: self._write, EXTENDED_ERASE: self._erase}
        while True:
            command = yield
            complement = 0 if command == 0x7F else (yield)  # a second 0x7F is no command: NACK
            if command ^ complement != 0xFF or command not in COMMANDS:
                self._refuse()
            elif command == GET:
                self._acknowledge(bytes([len(COMMANDS), VERSION, *COMMANDS, ACK]))
            elif command == GET_ID:
                self._acknowledge(b"\x01" + self._board.spec.chip_id.to_bytes(2, "big") + bytes([ACK]))
            elif self._protected:
                self._refuse()
            else:
                self._acknowledge()
                yield from handlers[command]()

    def _read(self) -> Generator[None, int, None]:
        address = yield from self._address()
        if address is None:
            return
        count = yield
        if count ^ (yield) != 0xFF:
            self._refuse()
            return
        try:
            self._acknowledge(self._board.read(address, count + 1))
        except EngineError:
            self._refuse()

    def _go(self) -> Generator[None, int, None]:
        address = yield from self._address()
        if address is not None:
            self._board.start_program()

    def _write(self) -> Generator[None, int, None]:
        address = yield from self._address()
        if address is None:
            return
        count = yield
        data = yield from self._take(count + 1)
        whole = len(data) % 4 == 0 and address % 4 == 0
        if (yield) != _xor(bytes([count]) + data) or not whole:
            self._refuse()
            return
        try:
            self._board.write(address, data)
            self._acknowledge()
        except EngineError:
            self._refuse()

    def _erase(self) -> Generator[None, int, None]:
        head = yield from self._take(2)
        count = int.from_bytes(head, "big")
        flash = self._board.spec.region("code")
        if count == MASS_ERASE:
            pages = list(range(len(flash.page_starts())))
            content = head
        else:
            listed = yield from self._take(2 * (count + 1))
            pages = [int.from_bytes(listed[i : i + 2], "big") for i in range(0, len(listed), 2)]
            content = head + listed
        starts = flash.page_starts()
        if (yield) != _xor(content) or max(pages) >= len(starts):
            self._refuse()
            return
        for page in pages:
            self._board.erase(starts[page], 1)
        self._acknowledge()

    def _address(self) -> Generator[None, int, int | None]:
        content = yield from self._take(4)
        address = int.from_bytes(content, "big")
        known = any(0 <= address - r.origin < r.size_bytes for r in self._board.spec.regions)
        if (yield) != _xor(content) or not known:
            self._refuse()
            return None
        self._acknowledge()
        return address

    def _take(self, size: int) -> _Bytes:
        taken = bytearray()
        while len(taken) < size:
            taken.append((yield))
        return bytes(taken)

    def _acknowledge(self, more: bytes = b"") -> None:
        self._answers += bytes([ACK]) + more

    def _refuse(self) -> None:
        self._answers.append(NACK)


def _xor(content: bytes) -> int:
    return reduce(lambda a, b: a ^ b, content, 0)
