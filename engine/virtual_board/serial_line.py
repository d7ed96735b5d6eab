# SPDX-License-Identifier: GPL-2.0-or-later
"""The wire between host and board: what is heard when the two do not agree on the rate."""

from __future__ import annotations

from engine.virtual_board.peripherals import Bus

_BITS = 10  # a start bit, eight of data from the lowest, a stop bit
_ALIKE = 0.02  # a receiver that finds each start bit anew bears this much


class SerialLine:
    """Passes bytes on, as they are as long as the host has not said at which rate it speaks.

    Attributes:
        host_baud: rate of the host's port; 0 for a line without rates, as a socket is.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.host_baud = 0

    def to_board(self, data: bytes) -> bytes:
        """What the board's port hears of these bytes."""
        board_baud = self._bus.serial_baud()
        if not self.host_baud or not board_baud:
            return data
        return heard(data, self.host_baud, board_baud)

    def to_host(self, data: bytes) -> bytes:
        """What the host's port hears of these bytes."""
        board_baud = self._bus.serial_baud()
        if not self.host_baud or not board_baud:
            return data
        return heard(data, board_baud, self.host_baud)


def heard(data: bytes, sender_baud: float, receiver_baud: float) -> bytes:
    """What a receiver makes of bytes that were sent without a pause.

    It waits for a falling edge, and takes each bit from the middle of its time; bytes whose stop bit is
    missing are kept, as the firmware keeps them.
    """
    step = sender_baud / receiver_baud  # the receiver's bit in the sender's
    if abs(step - 1) <= _ALIKE:
        return data
    end = _BITS * len(data)

    def level(time: float) -> int:
        number, bit = divmod(int(time), _BITS)
        if time >= end or bit == _BITS - 1:
            return 1
        return 0 if bit == 0 else data[number] >> (bit - 1) & 1

    found = bytearray()
    time, was_high = 0.0, True
    while time < end:
        if level(time) or not was_high:
            was_high = bool(level(time))
            time = int(time) + 1.0
            continue
        found.append(sum(level(time + step * (1.5 + bit)) << bit for bit in range(8)))
        time += step * (_BITS - 0.5)
        was_high = bool(level(time))
    return bytes(found)
