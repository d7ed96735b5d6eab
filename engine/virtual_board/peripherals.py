# SPDX-License-Identifier: GPL-2.0-or-later
"""The registers that start-up code, timers and the serial port need.

Core registers: Armv7-M Architecture Reference Manual (DDI 0403E), B3. A register
that is not modelled gives back what was last written to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from engine.boards import BoardSpec
from engine.errors import UsageError
from engine.virtual_board import exceptions
from engine.virtual_board.block_counter import NEVER, PAGE_BYTES, SerialOffsets
from engine.virtual_board.clocks import ClocksF4, ClocksG0, ClocksH7, ClocksL4, ResetAndClock
from engine.virtual_board.cpu import Cpu
from engine.virtual_board.waits import FLASH_CONTROLS, NO_WAITS

PERIPHERALS = (0x40000000, 0x20000000)
SYSTEM_PAGES = (0xE0000000, 0xE0001000, 0xE0002000, 0xE000E000, 0xE0042000)
_SYSTEM_CONTROL = 0xE000E000
_DWT = 0xE0001000


class Device(Protocol):
    """Registers at `base`, `size_bytes` long. Accesses are words."""

    base: int
    size_bytes: int

    def read(self, offset: int) -> int:
        """The register at `offset`."""

    def write(self, offset: int, value: int) -> None:
        """Write the register at `offset`."""

    def reset(self) -> None:
        """As after a reset of the chip."""


@dataclass(frozen=True)
class Serial:
    """Offsets of a generation of USARTs. The bits of status and control are alike."""

    status: int
    received: int
    to_send: int
    control: int


_USART_V1 = Serial(status=0x00, received=0x04, to_send=0x04, control=0x0C)  # RM0090 30.6
_USART_V2 = Serial(status=0x1C, received=0x24, to_send=0x28, control=0x00)  # RM0385 31.8
_RECEIVE_INTERRUPT_BIT = 5


@dataclass(frozen=True)
class Family:
    """What a chip family has.

    Attributes:
        clocks: its reset and clock control.
        serial: its USARTs.
        always_set: bits that read as one, by address: what is ready at once, and what identifies a chip.
    """

    clocks: type[ResetAndClock]
    serial: Serial
    always_set: dict[int, int] = field(default_factory=dict)


# voltage scaling, over-drive and its switch are ready: RM0390 5.4.2, RM0385 4.4.2
_OVER_DRIVE_READY = {0x40007004: 1 << 14 | 1 << 16 | 1 << 17}

FAMILIES = {
    "stm32f4": Family(ClocksF4, _USART_V1, _OVER_DRIVE_READY),
    "stm32f7": Family(ClocksF4, _USART_V2, _OVER_DRIVE_READY),
    "stm32g0": Family(ClocksG0, _USART_V2),
    # voltage: RM0433 6.8, PWR_CSR1 and PWR_D3CR; revision V
    "stm32h7": Family(
        ClocksH7, _USART_V2, {0x58024804: 1 << 13, 0x58024818: 1 << 13, 0x5C001000: 0x20036450}
    ),
    "stm32l4": Family(ClocksL4, _USART_V2),
}


class Bus:
    """Sends accesses to devices; remembers the registers of those that are not there."""

    def __init__(
        self,
        cpu: Cpu,
        board: BoardSpec,
        on_reset_request: Callable[[], None],
        *,
        wait_states: bool = True,
    ) -> None:
        family = FAMILIES.get(board.family)
        if family is None:
            raise UsageError(
                f"There is no virtual board of the family {board.family}.",
                hint="Use a real board, or stm32f407.",
            )
        self.cpu = cpu
        self.rcc = family.clocks(board)
        self.system = SystemControl(cpu, on_reset_request)
        self.serial_interrupt = exceptions.FIRST_INTERRUPT + board.uart.irq
        self._serial_control = board.uart.base + family.serial.control
        self._always_set = family.always_set
        self.devices: tuple[Device, ...] = (
            self.rcc,
            self.system,
            CycleCounter(cpu, self.system),
            Timer(cpu, self.rcc),
        )
        self._registers: dict[int, int] = {}
        self._memory_timing = board.memory_timing
        self._flash = FLASH_CONTROLS[board.family] if wait_states else None
        if self._flash is not None:
            self._watch_memories(board)
        serial_page = board.uart.base & ~(PAGE_BYTES - 1)
        offset = board.uart.base - serial_page
        cpu.counter.map_serial_page(
            serial_page,
            SerialOffsets(
                status=offset + family.serial.status,
                received=offset + family.serial.received,
                to_send=offset + family.serial.to_send,
            ),
            lambda at, size: self.read(serial_page + at, size),
            lambda at, size, value: self.write(serial_page + at, size, value),
        )
        start, size = PERIPHERALS
        self._map(start, serial_page - start)
        self._map(serial_page + PAGE_BYTES, start + size - serial_page - PAGE_BYTES)
        for page in SYSTEM_PAGES:
            self._map(page, PAGE_BYTES)

    def reset(self) -> None:
        """As after a reset of the chip."""
        self._registers.clear()
        for device in self.devices:
            device.reset()
        self.cpu.counter.set_waits(NO_WAITS)

    def _watch_memories(self, board: BoardSpec) -> None:
        """Flash, and where a cache stands before them those RAMs that are not beside the core."""
        regions = [board.region("code")]
        if board.memory_timing.ram_miss_cycles:
            data = board.region("data")
            regions += [r for r in board.regions if r.kind == "ram" and r is not data]
        self.cpu.counter.watch_reads([range(r.origin, r.origin + r.size_bytes) for r in regions])

    def update_serial_interrupt(self) -> None:
        """Level-sensitive: pending as long as a byte waits and the interrupt is enabled (RM 30.4)."""
        wanted = self._registers.get(self._serial_control, 0) >> _RECEIVE_INTERRUPT_BIT & 1
        if wanted and self.cpu.counter.has_received():
            self.cpu.exceptions.pending.add(self.serial_interrupt)
        else:
            self.cpu.exceptions.pending.discard(self.serial_interrupt)

    def read(self, address: int, size: int) -> int:
        """A read by the firmware."""
        word = address & ~3
        value = self._word(word)
        return value >> 8 * (address & 3) & ((1 << 8 * size) - 1)

    def write(self, address: int, size: int, value: int) -> None:
        """A write by the firmware."""
        word = address & ~3
        device = self._device(word)
        if size < 4:
            shift = 8 * (address & 3)
            mask = ((1 << 8 * size) - 1) << shift
            old = self._word(word)
            value = old & ~mask | value << shift & mask
        if device:
            device.write(word - device.base, value & 0xFFFFFFFF)
        else:
            self._registers[word] = value & 0xFFFFFFFF
            if word == self._serial_control:
                self.cpu.stop_soon()
        if self._flash is not None and word in self._flash.registers:
            self.cpu.counter.set_waits(self._flash.waits(self._word, self._memory_timing))

    def _word(self, address: int) -> int:
        device = self._device(address)
        if device:
            return device.read(address - device.base)
        return self._registers.get(address, 0) | self._always_set.get(address, 0)

    def _device(self, address: int) -> Device | None:
        for device in self.devices:
            if 0 <= address - device.base < device.size_bytes:
                return device
        return None

    def _map(self, start: int, size: int) -> None:
        if size <= 0:
            return

        def read(engine: Any, offset: int, size: int, user: object) -> int:
            return self.read(start + offset, size)

        def write(engine: Any, offset: int, size: int, value: int, user: object) -> None:
            self.write(start + offset, size, value)

        self.cpu.engine.mmio_map(start, size, read, None, write, None)


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


class Timer:
    """TIM2 counting up without end (RM0090 18.4)."""

    base, size_bytes = 0x40000000, 0x400
    _CR1, _CNT, _PSC = 0x00, 0x24, 0x28

    def __init__(self, cpu: Cpu, rcc: ResetAndClock) -> None:
        self._cpu = cpu
        self._rcc = rcc
        self.reset()

    def reset(self) -> None:
        """See `Device`."""
        self._registers: dict[int, int] = {}
        self._start_cycle = 0
        self._start_count = 0

    def read(self, offset: int) -> int:
        """See `Device`."""
        return self._count() if offset == self._CNT else self._registers.get(offset, 0)

    def write(self, offset: int, value: int) -> None:
        """See `Device`."""
        count = value if offset == self._CNT else self._count()
        self._registers[offset] = value
        self._start_count = count
        self._start_cycle = self._cpu.counter.cycles

    def _count(self) -> int:
        if not self._registers.get(self._CR1, 0) & 1:
            return self._start_count
        cycles = self._cpu.counter.cycles - self._start_cycle
        ticks = cycles * self._rcc.timer_hz // self._rcc.core_hz
        return (self._start_count + ticks // (self._registers.get(self._PSC, 0) + 1)) & 0xFFFFFFFF
