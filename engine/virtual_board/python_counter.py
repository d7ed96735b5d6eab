# SPDX-License-Identifier: GPL-2.0-or-later
"""The counter in Python: the same as block_hook.c, some thirty times slower."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from unicorn import arm_const, unicorn_const

from engine.virtual_board.block_counter import (
    NEVER,
    PAGE_BYTES,
    RING_BYTES,
    FindAccess,
    FindCost,
    ReadOther,
    SerialOffsets,
    WriteOther,
)
from engine.virtual_board.reads import Read
from engine.virtual_board.timing import BlockCost
from engine.virtual_board.waits import NO_WAITS, Cache, Waits


class PythonCounter:
    """See `BlockCounter`."""

    compiled = False

    def __init__(self, code_base: int, code_bytes: int) -> None:
        self.cycles = self.instructions = self.waits = self.invoke_waits = 0
        self._code = range(code_base, code_base + code_bytes)
        self.set_waits(NO_WAITS)
        self.next_event = NEVER
        self.stopped = self.interrupt_masked = self.divided_by_zero = self.unaligned = 0
        self.invoke_entry = self.invoke_cycles = self.invoke_instructions = self.invoke_count = 0
        self.looks_for_unaligned, self.unaligned_block = 1, 0
        self.block_start = self.previous_end = 0
        self._invoke_return = -1
        self._invoke_begin = (0, 0, 0, 0)
        self._received = bytearray()
        self._sent = bytearray()
        self._costs: dict[tuple[int, int], BlockCost] = {}
        self._block_reads: dict[tuple[int, int], tuple[Read, ...]] = {}
        self._watched: tuple[range, ...] = ()
        self._accesses: dict[int, Read | None] = {}

    def attach(self, engine: Any, find_cost: FindCost) -> None:
        """See `BlockCounter`."""
        self._engine = engine
        costs = self._costs

        def on_block(engine: Any, address: int, size: int, user: object) -> None:
            if self.cycles >= self.next_event:
                self.stopped = 1
                engine.emu_stop()
                return
            cost = costs.get((address, size))
            if cost is None:
                cost = costs[address, size] = find_cost(address, size)
                if self.stopped:
                    engine.emu_stop()
                    return
            if cost.aligned and self.looks_for_unaligned and address in self._code:
                if any(self._address(access) % access.size_bytes for access in cost.aligned):
                    self.unaligned_block = 1
                    engine.emu_stop()
                    return
            if address == self.invoke_entry or address == self._invoke_return:
                self._note_invoke(address)
            repeats = address == self.block_start and self._waits.instruction is not None
            if self._waits.flash_miss and address in self._code and not repeats:
                self._fetch(address, size)
            if self._waits.flash_miss and cost.reads and address in self._code:
                self._read(address, size, cost)
            self.cycles += cost.cycles + (cost.refill if address != self.previous_end else 0)
            self.instructions += cost.instructions
            self.block_start = address
            self.previous_end = address + size
            if cost.unmasks > 1 or (cost.unmasks and self.interrupt_masked):
                self.next_event = 0

        engine.hook_add(unicorn_const.UC_HOOK_BLOCK, on_block)

    def _note_invoke(self, address: int) -> None:
        stack = self._engine.reg_read(arm_const.UC_ARM_REG_SP)
        if address == self.invoke_entry and self._invoke_return < 0:
            self._invoke_begin = (self.cycles, self.instructions, stack, self.waits)
            self._instruction.clear()
            self._data.clear()
            self._invoke_return = self._engine.reg_read(arm_const.UC_ARM_REG_LR) & ~1
        elif address == self._invoke_return and stack == self._invoke_begin[2]:
            self.invoke_cycles = self.cycles - self._invoke_begin[0]
            self.invoke_instructions = self.instructions - self._invoke_begin[1]
            self.invoke_waits = self.waits - self._invoke_begin[3]
            self.invoke_count += 1
            self._invoke_return = -1

    def set_waits(self, waits: Waits) -> None:
        """See `BlockCounter`."""
        self._waits = waits
        self._instruction, self._data = Cache(waits.instruction), Cache(waits.data)
        if waits.one_cache:
            self._data = self._instruction

    def watch_reads(self, ranges: Sequence[range]) -> None:
        """See `BlockCounter`."""
        self._watched = tuple(ranges)

    def _read(self, address: int, size: int, cost: BlockCost) -> None:
        known = self._block_reads.get((address, size))
        if known is None:
            known = tuple(r for r in cost.reads if self._is_watched(self._address(r)))
            self._block_reads[address, size] = known
        line_bytes = self._data.line_bytes
        for read in known:
            first = self._address(read)
            for line in range(first // line_bytes, (first + read.size_bytes - 1) // line_bytes + 1):
                if not self._data.touch(line):
                    in_flash = first in self._code
                    self._wait(self._waits.flash_miss if in_flash else self._waits.ram_miss)

    def _address(self, read: Read) -> int:
        address = read.offset
        for number, factor in read.terms:
            name = arm_const.UC_ARM_REG_LR if number == 14 else arm_const.UC_ARM_REG_R0 + number
            address += factor * self._engine.reg_read(name)
        return address & 0xFFFFFFFF

    def _is_watched(self, address: int) -> bool:
        return any(address in addresses for addresses in self._watched)

    def _fetch(self, address: int, size: int) -> None:
        line_bytes = self._instruction.line_bytes
        follows = address == self.previous_end
        first = address // line_bytes
        if follows and (address - 1) // line_bytes == first:
            first += 1
        for line in range(first, (address + size - 1) // line_bytes + 1):
            if not self._instruction.touch(line):
                self._wait(self._waits.sequential_miss if follows else self._waits.flash_miss)
            follows = True

    def _wait(self, cycles: int) -> None:
        self.cycles += cycles
        self.waits += cycles

    def map_serial_page(
        self, page: int, serial: SerialOffsets, read: ReadOther, write: WriteOther
    ) -> None:
        """See `BlockCounter`."""

        def read_page(engine: Any, offset: int, size: int, user: object) -> int:
            if offset == serial.status:
                return serial.waiting if self._received else serial.idle
            if offset == serial.received:
                return self._received.pop(0) if self._received else 0
            return read(offset, size)

        def write_page(engine: Any, offset: int, size: int, value: int, user: object) -> None:
            if offset == serial.to_send:
                self._sent.append(value & 0xFF)
            elif offset != serial.status:
                write(offset, size, value)

        self._engine.mmio_map(page, PAGE_BYTES, read_page, None, write_page, None)

    def hook_division(self, address: int) -> None:
        """See `BlockCounter`."""

        def on_division(engine: Any, address: int, size: int, user: object) -> None:
            number = engine.mem_read(address, 4)[2] & 15
            register = arm_const.UC_ARM_REG_LR if number == 14 else arm_const.UC_ARM_REG_R0 + number
            if engine.reg_read(register) == 0:
                self.divided_by_zero = 1
                engine.emu_stop()

        self._engine.hook_add(unicorn_const.UC_HOOK_CODE, on_division, begin=address, end=address)

    def hook_alignment(self, find_access: FindAccess) -> None:
        """See `BlockCounter`."""

        def on_instruction(engine: Any, address: int, size: int, user: object) -> None:
            if address not in self._code:
                return
            if address not in self._accesses:
                self._accesses[address] = find_access(address, size)
            access = self._accesses[address]
            if access is not None and self._address(access) % access.size_bytes:
                self.unaligned = 1
                engine.emu_stop()

        self._alignment = self._engine.hook_add(unicorn_const.UC_HOOK_CODE, on_instruction)

    def unhook_alignment(self) -> None:
        """See `BlockCounter`."""
        self._engine.hook_del(self._alignment)

    def forget_blocks(self) -> None:
        """See `BlockCounter`."""
        self._costs.clear()
        self._accesses.clear()
        self._block_reads.clear()

    def forget_invoke(self) -> None:
        """See `BlockCounter`."""
        self._invoke_return = -1

    def receive(self, data: bytes) -> int:
        """See `BlockCounter`."""
        count = min(len(data), RING_BYTES - len(self._received))
        self._received += data[:count]
        return count

    def has_received(self) -> bool:
        """See `BlockCounter`."""
        return bool(self._received)

    def drop_received(self) -> None:
        """See `BlockCounter`."""
        self._received.clear()

    def take_sent(self) -> bytes:
        """See `BlockCounter`."""
        data = bytes(self._sent)
        self._sent.clear()
        return data
