# SPDX-License-Identifier: GPL-2.0-or-later
"""The core's own registers: Armv7-M Architecture Reference Manual (DDI 0403E), B3 and C1."""

from __future__ import annotations

from collections.abc import Callable

from engine.virtual_board import exceptions
from engine.virtual_board.block_counter import NEVER
from engine.virtual_board.cpu import Cpu

_SYSTEM_CONTROL = 0xE000E000
_DWT = 0xE0001000


class SystemControl:
    """SysTick, NVIC, SCB and MPU (B3.2 to B3.5)."""

    base, size_bytes = _SYSTEM_CONTROL, 0x1000
    _SYST_CSR, _SYST_RVR, _SYST_CVR = 0x010, 0x014, 0x018
    _ICSR, _VTOR, _AIRCR, _CCR, _SHPR1, _SHCSR = 0xD04, 0xD08, 0xD0C, 0xD14, 0xD18, 0xD24
    _CFSR, _HFSR, _MMFAR, _BFAR = 0xD28, 0xD2C, 0xD34, 0xD38
    _MPU_TYPE, _MPU_CTRL, _MPU_RNR, _MPU_RBAR, _MPU_RASR = 0xD90, 0xD94, 0xD98, 0xD9C, 0xDA0
    _DEMCR = 0xDFC
    _CPUID = 0xD00
    _FAULTS = ((16, exceptions.MEMORY_FAULT), (17, exceptions.BUS_FAULT), (18, exceptions.USAGE_FAULT))

    def __init__(self, cpu: Cpu, on_reset_request: Callable[[], None]) -> None:
        self._cpu = cpu
        self._on_reset_request = on_reset_request
        self._flash_start = cpu.vectors
        self.reset()

    def reset(self) -> None:
        """See `Device`."""
        self._registers: dict[int, int] = {}
        self._tick_start = 0
        self.tick_due = NEVER
        self._mpu: dict[int, tuple[int, int]] = {}
        self._cpu.vectors = self._flash_start
        self._cpu.forbidden = self._forbidden

    def read(self, offset: int) -> int:
        """See `Device`."""
        state = self._cpu.exceptions
        if 0x100 <= offset < 0x300:
            block, first = offset & 0xF80, 16 + 8 * (offset & 0x7C)
            numbers = state.enabled if block in (0x100, 0x180) else state.pending
            return sum(1 << i for i in range(32) if first + i in numbers)
        if 0x400 <= offset < 0x500:
            return sum(state.priorities.get(16 + offset - 0x400 + i, 0) << 8 * i for i in range(4))
        if self._cpu.core == "cortex-m0plus" and self._CFSR <= offset <= self._BFAR:
            return 0  # Armv6-M has only hard faults, without a cause (DDI 0419 B3.2)
        if self._SHPR1 <= offset < self._SHCSR:
            return sum(state.priorities.get(4 + offset - self._SHPR1 + i, 0) << 8 * i for i in range(4))
        match offset:
            case self._SYST_CVR:
                return self._tick_value()
            case self._ICSR:
                active = state.active[-1] if state.active else 0
                return active | (exceptions.SYSTICK in state.pending) << 26
            case self._VTOR:
                return self._cpu.vectors
            case self._CFSR:
                return state.cfsr
            case self._HFSR:
                return state.hfsr
            case self._MMFAR:
                return state.mmfar
            case self._BFAR:
                return state.bfar
            case self._MPU_TYPE:
                return 8 << 8
        return self._registers.get(offset, 0)

    def write(self, offset: int, value: int) -> None:
        """See `Device`."""
        state = self._cpu.exceptions
        if 0x100 <= offset < 0x300:
            self._write_interrupts(offset, value)
        elif 0x400 <= offset < 0x500:
            for i in range(4):
                state.priorities[16 + offset - 0x400 + i] = value >> 8 * i & 0xFF
        elif self._SHPR1 <= offset < self._SHCSR:
            for i in range(4):
                state.priorities[4 + offset - self._SHPR1 + i] = value >> 8 * i & 0xFF
        else:
            self._write_control(offset, value)

    def _write_control(self, offset: int, value: int) -> None:
        state = self._cpu.exceptions
        match offset:
            case self._SYST_CSR | self._SYST_RVR | self._SYST_CVR:
                self._write_tick(offset, value)
            case self._ICSR:
                if value >> 26 & 1:
                    state.pending.add(exceptions.SYSTICK)
                if value >> 25 & 1:
                    state.pending.discard(exceptions.SYSTICK)
                if value >> 28 & 1:
                    state.pending.add(exceptions.PENDSV)
                self._cpu.stop_soon()
            case self._VTOR:
                self._cpu.vectors = value & ~0x7F
            case self._AIRCR:
                if value >> 16 == 0x5FA and value >> 2 & 1:
                    self._on_reset_request()
            case self._CCR:
                self._registers[offset] = value
                self._set_division_trap(bool(value >> 4 & 1))
            case self._SHCSR:
                self._registers[offset] = value
                for bit, number in self._FAULTS:
                    (state.enabled.add if value >> bit & 1 else state.enabled.discard)(number)
            case self._CFSR:
                state.cfsr &= ~value
            case self._HFSR:
                state.hfsr &= ~value
            case self._MPU_RBAR:
                self._registers[offset] = value
                if value >> 4 & 1:
                    self._registers[self._MPU_RNR] = value & 0xF
            case self._MPU_RASR:
                region = self._registers.get(self._MPU_RNR, 0)
                self._mpu[region] = (self._registers.get(self._MPU_RBAR, 0) & ~0x1F, value)
            case _:
                self._registers[offset] = value

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

    def _write_tick(self, offset: int, value: int) -> None:
        if offset == self._SYST_CVR:
            value = 0
        self._registers[offset] = value & 0xFFFFFF
        if offset != self._SYST_RVR:
            self._tick_start = self._cpu.counter.cycles
            enabled = self._registers.get(self._SYST_CSR, 0) & 3 == 3
            self.tick_due = self._tick_start + self._tick_period() if enabled else NEVER
            self._cpu.stop_soon()

    def tick(self) -> None:
        """Pend the interrupt if its time has come."""
        if self._cpu.counter.cycles >= self.tick_due:
            self._cpu.exceptions.pending.add(exceptions.SYSTICK)
            late = self._cpu.counter.cycles - self.tick_due
            self.tick_due += self._tick_period() * (1 + late // self._tick_period())

    # --- MPU, B3.5: only regions without any access -------------------------------------------------

    def _forbidden(self, address: int) -> bool:
        if not self._registers.get(self._MPU_CTRL, 0) & 1:
            return False
        for base, attributes in self._mpu.values():
            size = 1 << (attributes >> 1 & 0x1F) + 1
            if attributes & 1 and not attributes >> 24 & 7 and base <= address < base + size:
                return True
        return False

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
