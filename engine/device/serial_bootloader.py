"""The boot loader in the ROM of every STM32, over its serial port.

Protocol: ST application note AN3155 (USART protocol of the boot loader); which port and pins: AN2606.
The chip listens when BOOT0 was high at its last reset. One byte 0x7F lets it find the baud rate; then
each command is a byte and its complement, and every part is answered by ACK or NACK.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

import serial

from engine.boards import BoardSpec, MemoryRegion, boards_with_chip
from engine.device.probe import Probe, ProbeInfo, ProbeNotFound
from engine.errors import BoardError
from engine.port_diagnosis import port_trouble

BAUD = 115_200
BLOCK_BYTES = 256  # AN3155 3.4, 3.6: the most that one read or write takes

_UNIT_BYTES = 32  # the largest that any family programs at once (RM0433 4.3.9: 256 bits)
_ACK, _NACK = 0x79, 0x1F
_SYNCHRONISE = 0x7F
_GET, _GET_ID, _READ, _GO, _WRITE, _ERASE, _EXTENDED_ERASE = 0x00, 0x02, 0x11, 0x21, 0x31, 0x43, 0x44
_ATTEMPTS = 3
_ANSWER_SECONDS = 1.0
# DS8626 table 41: at most 4 s to erase a sector of 128 KB; twice that for larger ones and low supply.
_ERASE_SECONDS = 20.0
_MOST_PAGES = 64  # of one command, so that progress shows
_ENTER = "Set BOOT0 high (the jumper or button beside the chip), press reset, then try again."
_AGAIN = "Press reset with BOOT0 still high, then flash again."


class SerialBootloader(Probe):
    """Programs an STM32 through its ROM.

    Args:
        port: name of a serial port, or a URL that pyserial knows, such as `socket://HOST:PORT`.
        board_id: which of the boards with this chip it is; empty takes the first.

    Raises:
        ProbeNotFound: the port cannot be opened, or no boot loader answers there.
    """

    def __init__(self, port: str, board_id: str = "") -> None:
        self.link = port
        self._board_id = board_id
        self._board: BoardSpec | None = None
        try:
            self._port: Any = serial.serial_for_url(
                port,
                baudrate=BAUD,
                parity=serial.PARITY_EVEN,
                timeout=_ANSWER_SECONDS,
                write_timeout=_ANSWER_SECONDS,
                exclusive=True,
            )
        except (serial.SerialException, ValueError, OSError) as error:
            message, hint = port_trouble(port, error)
            raise ProbeNotFound(message, hint=hint, link=port) from error
        try:
            self._synchronise()
            self._commands = self._get()
        except BaseException:
            self.close()
            raise

    def identify(self) -> ProbeInfo:
        """See `Probe`. The chip only says its product id, which several boards share.

        Raises:
            BoardError: no known board has this chip.
        """
        self._command(_GET_ID)
        chip = int.from_bytes(self._counted(), "big")
        boards = boards_with_chip(chip)
        if not boards:
            raise BoardError(
                f"The chip at {self.link} has the product id 0x{chip:03X}, which no known board has.",
                hint="Add a board file with this chip_id: see CONTRIBUTING.md.",
                link=self.link,
            )
        self._board = next((board for board in boards if board.id == self._board_id), boards[0])
        flash = self._flash
        return ProbeInfo(
            link=self.link,
            name=f"{self._board.name}, boot loader",
            board_id=self._board.id,
            chip=f"0x{chip:03X}",
            flash_origin=flash.origin,
            flash_bytes=flash.size_bytes,
            page_bytes=flash.page_bytes,
            write_bytes=BLOCK_BYTES,
        )

    def halt(self) -> None:
        """See `Probe`: the boot loader runs instead of the firmware."""

    def erase(self, address: int, size_bytes: int) -> None:
        """See `Probe`."""
        pages = self._flash.pages(address, size_bytes)
        if _EXTENDED_ERASE in self._commands:
            for start in range(0, len(pages), _MOST_PAGES):
                self._erase(_EXTENDED_ERASE, pages[start : start + _MOST_PAGES], 2)
        else:
            for start in range(0, len(pages), _MOST_PAGES):
                self._erase(_ERASE, pages[start : start + _MOST_PAGES], 1)

    def write(self, address: int, data: bytes) -> None:
        """See `Probe`. What lacks to a whole unit of the flash is left erased."""
        for start in range(0, len(data), BLOCK_BYTES):
            block = data[start : start + BLOCK_BYTES]
            block += b"\xff" * (-len(block) % _UNIT_BYTES)
            self._command(_WRITE)
            self._send_address(address + start)
            counted = bytes([len(block) - 1]) + block
            self._send(counted + bytes([_xor(counted)]))
            self._expect(f"write to 0x{address + start:08X}")

    def read(self, address: int, size_bytes: int) -> bytes:
        """See `Probe`."""
        found = b""
        while len(found) < size_bytes:
            size = min(BLOCK_BYTES, size_bytes - len(found))
            self._command(_READ)
            self._send_address(address + len(found))
            self._send(bytes([size - 1, (size - 1) ^ 0xFF]))
            self._expect("read")
            found += self._receive(size)
        return found

    def set_symbols(self, symbols: Mapping[str, int]) -> None:
        """See `Probe`."""

    def reset(self) -> None:
        """See `Probe`: the boot loader jumps to the program."""
        self._command(_GO)
        self._send_address(self._flash.origin)

    def close(self) -> None:
        """See `Probe`."""
        with contextlib.suppress(serial.SerialException, OSError):
            self._port.close()

    @property
    def _flash(self) -> MemoryRegion:
        if self._board is None:
            self.identify()
        assert self._board is not None
        return self._board.region("code")

    # --- the protocol -----------------------------------------------------------------------------

    def _synchronise(self) -> None:
        """Let the chip find the baud rate. One that has found it before answers NACK (AN3155 2.2)."""
        heard = b""
        for _ in range(_ATTEMPTS):
            self._discard()
            self._send(bytes([_SYNCHRONISE]))
            answer = self._port_read(1)
            if answer and answer[0] in (_ACK, _NACK):
                return
            heard += answer
        raise ProbeNotFound(
            f"The firmware answers at {self.link}, not the chip's boot loader."
            if heard
            else f"No boot loader answers at {self.link}.",
            hint=_ENTER,
            link=self.link,
            picture="boot0",
        )

    def _get(self) -> frozenset[int]:
        """The commands that this chip knows (AN3155 3.1)."""
        self._command(_GET)
        return frozenset(self._counted()[1:])  # the first is the version

    def _erase(self, command: int, pages: Sequence[int], width: int) -> None:
        self._command(command)
        numbers = [len(pages) - 1, *pages]
        if max(numbers) >= 1 << 8 * width:
            raise BoardError(
                f"The boot loader at {self.link} cannot name page {max(pages)}.",
                hint="Flash with a probe instead.",
                link=self.link,
            )
        content = b"".join(number.to_bytes(width, "big") for number in numbers)
        self._send(content + bytes([_xor(content)]))
        self._expect("erase", seconds=_ERASE_SECONDS)

    def _command(self, command: int) -> None:
        self._send(bytes([command, command ^ 0xFF]))
        answer = self._receive(1)[0]
        if answer == _NACK and command in (_READ, _WRITE, _ERASE, _EXTENDED_ERASE, _GO):
            # AN3155 3.3 to 3.8: these are refused as a whole while the memory is protected
            raise BoardError(
                f"The chip at {self.link} refuses access: its read-out protection is on.",
                hint="Remove the protection with STM32CubeProgrammer; this erases the whole chip.",
                link=self.link,
            )
        if answer != _ACK:
            raise self._confused(f"command 0x{command:02X}", answer)

    def _send_address(self, address: int) -> None:
        content = address.to_bytes(4, "big")
        self._send(content + bytes([_xor(content)]))
        self._expect(f"address 0x{address:08X}")

    def _counted(self) -> bytes:
        """Bytes behind their count, which is one less than there are, and an ACK."""
        content = self._receive(self._receive(1)[0] + 1)
        self._expect("answer")
        return content

    def _expect(self, what: str, *, seconds: float = _ANSWER_SECONDS) -> None:
        answer = self._receive(1, seconds)[0]
        if answer != _ACK:
            raise self._confused(what, answer)

    def _confused(self, what: str, answer: int) -> BoardError:
        said = "refused" if answer == _NACK else f"answered 0x{answer:02X} to"
        return BoardError(
            f"The boot loader at {self.link} {said} the {what}.", hint=_AGAIN, link=self.link
        )

    def _send(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except (serial.SerialException, OSError) as error:
            raise self._lost(error) from error

    def _receive(self, size: int, seconds: float = _ANSWER_SECONDS) -> bytes:
        found, end = b"", time.monotonic() + seconds
        while len(found) < size:
            found += self._port_read(size - len(found))
            if time.monotonic() > end and len(found) < size:
                raise BoardError(
                    f"The boot loader at {self.link} fell silent.",
                    hint=f"Check cable and supply. {_AGAIN}",
                    link=self.link,
                )
        return found

    def _port_read(self, size: int) -> bytes:
        try:
            return bytes(self._port.read(size))
        # pyserial lets a TypeError out when the port vanishes under it
        except (serial.SerialException, OSError, TypeError) as error:
            raise self._lost(error) from error

    def _discard(self) -> None:
        with contextlib.suppress(serial.SerialException, OSError):
            self._port.reset_input_buffer()

    def _lost(self, error: Exception) -> BoardError:
        return BoardError(
            f"The connection to {self.link} was lost: {error}.",
            hint=f"Check the cable. {_AGAIN}",
            link=self.link,
        )


def _xor(content: bytes) -> int:
    return reduce(lambda a, b: a ^ b, content, 0)
