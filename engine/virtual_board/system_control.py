# SPDX-License-Identifier: GPL-2.0-or-later
"""The core's own registers: Armv7-M Architecture Reference Manual (DDI 0403E), B3 and C1."""

from __future__ import annotations

from collections.abc import Callable

from engine.virtual_board import exceptions
from engine.virtual_board.block_counter import NEVER
from engine.virtual_board.cpu import Cpu
from engine.virtual_board.mpu import Mpu

_SYSTEM_CONTROL = 0xE000E000
_DWT = 0xE0001000


class SystemControl:
    """SysTick, NVIC, SCB and MPU (B3.2 to B3.5).

    On Armv6-M most of the SCB is reserved (DDI 0419 B3.2): it reads as zero.
    """

    base, size_bytes = _SYSTEM_CONTROL, 0x1000
    _SYST_CSR, _SYST_RVR, _SYST_CVR = 0x010, 0x014, 0x018
    _ICSR, _VTOR, _AIRCR, _SCR, _CCR, _SHPR1, _SHCSR = 0xD04, 0xD08, 0xD0C, 0xD10, 0xD14, 0xD18, 0xD24
    _CFSR, _HFSR, _MMFAR, _BFAR = 0xD28, 0xD2C, 0xD34, 0xD38
    _DEMCR = 0xDFC
    _STIR = 0xF00
    _PRIORITIES = range(0x400, 0x500)
    _SYSTEM_PRIORITIES = range(_SHPR1, _SHCSR)
    _FAULTS = ((16, exceptions.MEMORY_FAULT), (17, exceptions.BUS_FAULT), (18, exceptions.USAGE_FAULT))
    _ACTIVE_BITS = (
        (0, exceptions.MEMORY_FAULT),
        (1, exceptions.BUS_FAULT),
        (3, exceptions.USAGE_FAULT),
        (7, exceptions.SVCALL),
        (10, exceptions.PENDSV),
        (11, exceptions.SYSTICK),
    )
    _PENDING_BITS = (
        (12, exceptions.USAGE_FAULT),
        (13, exceptions.MEMORY_FAULT),
        (14, exceptions.BUS_FAULT),
        (15, exceptions.SVCALL),
    )

    def __init__(self, cpu: Cpu, on_reset_request: Callable[[], None]) -> None:
        self._cpu = cpu
        self._on_reset_request = on_reset_request
        self._flash_start = cpu.vectors
        self.reset()

    def reset(self) -> None:
        """See `Device`."""
        self._registers: dict[int, int] = {}
        self._tick_start = 0
        self._ticks_told = 0
        self.tick_due = NEVER
        self._cpu.mpu.reset()
        self._cpu.vectors = self._flash_start

    def read(self, offset: int) -> int:
        """See `Device`."""
        state = self._cpu.exceptions
        if 0x100 <= offset < 0x380:
            first = 16 + 8 * (offset & 0x7C)
            blocks = (state.enabled, state.enabled, state.pending, state.pending, set(state.active))
            numbers = blocks[(offset - 0x100) // 0x80]
            return sum(1 << i for i in range(32) if first + i in numbers)
        if offset in self._PRIORITIES:
            return self._priority_word(16 + offset - self._PRIORITIES.start)
        if offset in self._SYSTEM_PRIORITIES:
            return self._priority_word(4 + offset - self._SHPR1)
        if Mpu.first <= offset <= Mpu.last:
            return self._cpu.mpu.read(offset)
        if self._cpu.is_armv6 and self._SHCSR < offset <= self._BFAR:
            return 0  # only hard faults, without a cause
        match offset:
            case self._SYST_CSR:
                return self._registers.get(offset, 0) & 7 | self._has_ticked() << 16
            case self._SYST_CVR:
                return self._tick_value()
            case self._ICSR:
                return self._interrupt_state()
            case self._VTOR:
                return self._cpu.vectors
            case self._AIRCR:
                return 0xFA05 << 16 | state.sub_priority_bits - 1 << 8
            case self._SHCSR:
                active = sum(1 << bit for bit, number in self._ACTIVE_BITS if number in state.active)
                pending = sum(1 << bit for bit, number in self._PENDING_BITS if number in state.pending)
                enabled = sum(1 << bit for bit, number in self._FAULTS if number in state.enabled)
                return active | pending | enabled
            case self._CFSR:
                return state.cfsr
            case self._HFSR:
                return state.hfsr
            case self._MMFAR:
                return state.mmfar
            case self._BFAR:
                return state.bfar
        return self._registers.get(offset, 0)

    def _priority_word(self, first: int) -> int:
        priorities = self._cpu.exceptions.priorities
        return sum(priorities.get(first + i, 0) << 8 * i for i in range(4))

    def _interrupt_state(self) -> int:
        """ICSR, B3.2.4."""
        state = self._cpu.exceptions
        ready = state.pending & state.enabled
        active = state.active[-1] if state.active else 0
        best = min(ready, key=lambda n: (state.priority(n), n), default=0)
        return (
            active
            | (len(state.active) == 1 and not self._cpu.is_armv6) << 11
            | best << 12
            | any(n >= exceptions.FIRST_INTERRUPT for n in state.pending) << 22
            | (exceptions.SYSTICK in state.pending) << 26
            | (exceptions.PENDSV in state.pending) << 28
            | (exceptions.NMI in state.pending) << 31
        )

    def write(self, offset: int, value: int) -> None:
        """See `Device`."""
        if 0x100 <= offset < 0x300:
            self._write_interrupts(offset, value)
        elif offset in self._PRIORITIES:
            self._write_priorities(16 + offset - self._PRIORITIES.start, value)
        elif offset in self._SYSTEM_PRIORITIES:
            self._write_priorities(4 + offset - self._SHPR1, value)
        elif Mpu.first <= offset <= Mpu.last:
            self._cpu.mpu.write(offset, value)
            self._cpu.stop_soon()
        else:
            self._write_control(offset, value)

    def _write_priorities(self, first: int, value: int) -> None:
        for i in range(4):
            self._cpu.exceptions.priorities[first + i] = value >> 8 * i & self._cpu.priority_mask
        self._cpu.stop_soon()

    def _write_control(self, offset: int, value: int) -> None:
        state = self._cpu.exceptions
        match offset:
            case self._SYST_CSR | self._SYST_RVR | self._SYST_CVR:
                self._write_tick(offset, value)
            case self._ICSR:
                self._write_interrupt_state(value)
            case self._VTOR:
                self._cpu.vectors = value & ~0x7F
            case self._AIRCR:
                self._write_aircr(value)
            case self._SCR:
                self._registers[offset] = value
                self._cpu.sleeps_on_exit = bool(value >> 1 & 1)
                self._cpu.wakes_on_pending = bool(value >> 4 & 1)
            case self._CCR:
                self._write_configuration(value)
            case self._SHCSR:
                if not self._cpu.is_armv6:
                    for bit, number in self._FAULTS:
                        (state.enabled.add if value >> bit & 1 else state.enabled.discard)(number)
            case self._CFSR:
                state.cfsr &= ~value
            case self._HFSR:
                state.hfsr &= ~value
            case self._MMFAR:
                state.mmfar = value
            case self._BFAR:
                state.bfar = value
            case self._STIR:
                state.pending.add(exceptions.FIRST_INTERRUPT + (value & 0x1FF))
                self._cpu.stop_soon()
            case _:
                self._registers[offset] = value

    def _write_interrupt_state(self, value: int) -> None:
        pending = self._cpu.exceptions.pending
        for set_bit, clear_bit, number in (
            (26, 25, exceptions.SYSTICK),
            (28, 27, exceptions.PENDSV),
            (31, 32, exceptions.NMI),
        ):
            if value >> set_bit & 1:
                pending.add(number)
            if value >> clear_bit & 1:
                pending.discard(number)
        self._cpu.stop_soon()

    def _write_aircr(self, value: int) -> None:
        """B3.2.6."""
        if value >> 16 != 0x5FA:
            return
        if not self._cpu.is_armv6:
            self._cpu.exceptions.sub_priority_bits = (value >> 8 & 7) + 1
        if value >> 2 & 1:
            self._on_reset_request()
        self._cpu.stop_soon()

    def _write_configuration(self, value: int) -> None:
        """CCR, B3.2.8; on Armv6-M it is fixed."""
        if self._cpu.is_armv6:
            return
        self._registers[self._CCR] = value
        self._cpu.returns_to_base = bool(value & 1)
        self._cpu.traps_unaligned = bool(value >> 3 & 1)
        self._cpu.stop_soon()
        self._set_division_trap(bool(value >> 4 & 1))

    def _set_division_trap(self, wanted: bool) -> None:
        if wanted != self._cpu.traps_division:
            self._cpu.traps_division = wanted
            if wanted:  # look again at blocks seen before
                self._cpu.counter.forget_blocks()

    def _write_interrupts(self, offset: int, value: int) -> None:
        state = self._cpu.exceptions
        first = 16 + 8 * (offset & 0x7C)
        numbers = {first + i for i in range(32) if value >> i & 1}
        match offset & 0xF80:
            case 0x100:
                state.enabled |= numbers
            case 0x180:
                state.enabled -= numbers
            case 0x200:
                state.pending |= numbers
            case 0x280:
                state.pending -= numbers
        self._cpu.stop_soon()

    # --- SysTick, B3.3 ----------------------------------------------------------------------------

    def _tick_period(self) -> int:
        return self._registers.get(self._SYST_RVR, 0) + 1

    def _tick_value(self) -> int:
        if not self._registers.get(self._SYST_CSR, 0) & 1:
            return self._registers.get(self._SYST_CVR, 0)
        period = self._tick_period()
        return period - 1 - (self._cpu.counter.cycles - self._tick_start) % period

    def _has_ticked(self) -> bool:
        """COUNTFLAG (B3.3.3): whether the counter has come to zero since this was last asked."""
        if not self._registers.get(self._SYST_CSR, 0) & 1:
            return False
        ticks = (self._cpu.counter.cycles - self._tick_start) // self._tick_period()
        told, self._ticks_told = self._ticks_told, ticks
        return ticks > told

    def _write_tick(self, offset: int, value: int) -> None:
        if offset == self._SYST_CVR:
            value = 0
        self._registers[offset] = value & 0xFFFFFF
        if offset != self._SYST_RVR:
            self._tick_start = self._cpu.counter.cycles
            self._ticks_told = 0
            enabled = self._registers.get(self._SYST_CSR, 0) & 3 == 3
            self.tick_due = self._tick_start + self._tick_period() if enabled else NEVER
            self._cpu.stop_soon()

    def tick(self) -> None:
        """Pend the interrupt if its time has come."""
        if self._cpu.counter.cycles >= self.tick_due:
            self._cpu.exceptions.pending.add(exceptions.SYSTICK)
            late = self._cpu.counter.cycles - self.tick_due
            self.tick_due += self._tick_period() * (1 + late // self._tick_period())

    @property
    def trace_enabled(self) -> bool:
        """DEMCR.TRCENA (C1.6.5)."""
        return bool(self._registers.get(self._DEMCR, 0) >> 24 & 1)


class CycleCounter:
    """DWT_CYCCNT (C1.8.8). A read sees the cycles up to the start of its basic block.

    Cortex-M7 locks the registers until the key is written; Armv6-M does not have the counter.
    """

    base, size_bytes = _DWT, 0x1000
    _CTRL, _CYCCNT, _LOCK_ACCESS = 0x0, 0x4, 0xFB0
    _KEY = 0xC5ACCE55

    def __init__(self, cpu: Cpu, system: SystemControl) -> None:
        self._cpu = cpu
        self._system = system
        self.reset()

    def reset(self) -> None:
        """See `Device`."""
        self._locked = self._cpu.core != "cortex-m4f"
        self._control = 0
        self._zero = 0
        self._stopped_at = 0

    def read(self, offset: int) -> int:
        """See `Device`."""
        if offset == self._CTRL:
            return self._control
        if offset != self._CYCCNT:
            return 0
        return self._count() & 0xFFFFFFFF

    def write(self, offset: int, value: int) -> None:
        """See `Device`."""
        if offset == self._LOCK_ACCESS and self._cpu.core == "cortex-m7f":
            self._locked = value != self._KEY
        elif self._locked:
            return
        elif offset == self._CTRL:
            count = self._count()
            self._control = value
            self._zero = self._cpu.counter.cycles - count
            self._stopped_at = count
        elif offset == self._CYCCNT:
            self._zero = self._cpu.counter.cycles - value
            self._stopped_at = value

    def _count(self) -> int:
        running = self._control & 1 and self._system.trace_enabled
        return self._cpu.counter.cycles - self._zero if running else self._stopped_at
