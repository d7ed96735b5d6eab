# SPDX-License-Identifier: GPL-2.0-or-later
"""What counts instructions and cycles per basic block and carries the bytes of the serial port."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from engine.virtual_board.reads import Read
from engine.virtual_board.timing import BlockCost
from engine.virtual_board.waits import Waits

RING_BYTES = 1 << 16
NEVER = (1 << 64) - 1
PAGE_BYTES = 4096

FindCost = Callable[[int, int], BlockCost]
FindAccess = Callable[[int, int], Read | None]
ReadOther = Callable[[int, int], int]
WriteOther = Callable[[int, int, int], None]


@dataclass(frozen=True)
class SerialOffsets:
    """Where in its page the serial port has its status, and its data in each direction.

    `idle` and `waiting` are what the status reads as without and with a received byte.
    """

    status: int
    received: int
    to_send: int
    idle: int
    waiting: int


class BlockCounter(Protocol):
    """What the emulator needs of either form.

    Attributes:
        cycles, instructions: since the process began; waits: cycles of them that memory added.
        next_event: the run stops before the first block at or after this cycle.
        stopped: whether the last run ended for that reason.
        interrupt_masked: an interrupt waits until it is unmasked.
        invoke_entry: address of the model's invoke, 0 if unknown.
        invoke_cycles, invoke_instructions, invoke_waits: of its last complete call.
        invoke_count: how many there were.
        divided_by_zero: the last run ended before a division by zero.
        unaligned: it ended before an access that is not aligned.
        looks_for_unaligned: whether blocks are looked at as they begin.
        unaligned_block: the last run ended before a block in which such an access faults.
        previous_end: address behind the block that ran last.
    """

    compiled: bool
    cycles: int
    instructions: int
    waits: int
    next_event: int
    stopped: int
    interrupt_masked: int
    invoke_entry: int
    invoke_cycles: int
    invoke_instructions: int
    invoke_waits: int
    invoke_count: int
    divided_by_zero: int
    unaligned: int
    looks_for_unaligned: int
    unaligned_block: int
    previous_end: int

    def attach(self, engine: Any, find_cost: FindCost) -> None:
        """Install the block hook; `find_cost(address, bytes)` is asked once per block."""

    def map_serial_page(
        self, page: int, serial: SerialOffsets, read: ReadOther, write: WriteOther
    ) -> None:
        """Map the page that holds the serial port; `read` and `write` serve its other registers."""

    def set_waits(self, waits: Waits) -> None:
        """What memory costs from now on; caches are emptied."""

    def watch_reads(self, ranges: Sequence[range]) -> None:
        """Loads from these addresses go through the data cache, flash first.

        Which loads of a block do is decided when it first runs.
        """

    def hook_division(self, address: int) -> None:
        """Stop before the division at `address` if its divisor is zero."""

    def hook_alignment(self, find_access: FindAccess) -> None:
        """Stop before accesses of code in flash that are not aligned; costs much of the speed.

        `find_access(address, bytes)` is asked once per instruction.
        """

    def unhook_alignment(self) -> None:
        """No longer."""

    def forget_blocks(self) -> None:
        """The code has changed."""

    def forget_invoke(self) -> None:
        """The program starts anew: a call in progress will never return."""

    def receive(self, data: bytes) -> int:
        """Put bytes on the wire to the firmware; returns how many it took."""

    def has_received(self) -> bool:
        """Whether bytes wait for the firmware."""

    def drop_received(self) -> None:
        """The line was cut: what was on it is lost."""

    def take_sent(self) -> bytes:
        """Bytes that the firmware has sent."""
