# SPDX-License-Identifier: GPL-2.0-or-later
"""The registers that start-up code, timers and the serial port need.

A register that is not modelled gives back what was last written to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from engine.boards import BoardSpec
from engine.errors import UsageError
from engine.virtual_board import exceptions, rp2040
from engine.virtual_board.block_counter import PAGE_BYTES, SerialOffsets
from engine.virtual_board.clocks import ClocksF4, ClocksG0, ClocksH7, ClocksL4, ResetAndClock
from engine.virtual_board.cpu import Cpu
from engine.virtual_board.system_control import CycleCounter, SystemControl
from engine.virtual_board.waits import FLASH_CONTROLS, NO_WAITS

PERIPHERALS = (0x40000000, 0x20000000)
SYSTEM_PAGES = (0xE0000000, 0xE0001000, 0xE0002000, 0xE000E000, 0xE0042000)


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
    """Offsets of a kind of serial port, and what their bits are.

    Attributes:
        idle, waiting: what the status reads as without and with a received byte; sending never waits.
        receive_interrupt_bit: in `control`, whether a received byte interrupts.
        divisor: offset of the register with the clock's ratio to the rate.
        divisor_64ths: of the one with the ratio's fraction, if it counts in sixteenths of the rate.
    """

    status: int
    received: int
    to_send: int
    control: int
    idle: int = 0xC0
    waiting: int = 0xE0
    receive_interrupt_bit: int = 5
    divisor: int = 0
    divisor_64ths: int | None = None


_USART_V1 = Serial(status=0x00, received=0x04, to_send=0x04, control=0x0C, divisor=0x08)  # RM0090 30.6
_USART_V2 = Serial(status=0x1C, received=0x24, to_send=0x28, control=0x00, divisor=0x0C)  # RM0385 31.8
_PL011 = Serial(  # RP2040 Datasheet 4.2.8
    status=0x18,
    received=0x00,
    to_send=0x00,
    control=0x38,
    idle=0x90,
    waiting=0x80,
    receive_interrupt_bit=4,
    divisor=0x24,
    divisor_64ths=0x28,
)
_LPUART1 = 0x40008000  # STM32L4: it counts in 256ths of its clock (RM0432 50.4.7)


@dataclass(frozen=True)
class Family:
    """What a chip family has.

    Attributes:
        clocks: its reset and clock control.
        serial: its USARTs.
        always_set: bits that read as one, by address: what is ready at once, and what identifies a chip.
        is_rp2040: it starts from its ROM, and has devices of its own.
        mpu_regions: how many regions its MPU has.
    """

    clocks: type[ResetAndClock]
    serial: Serial
    always_set: dict[int, int] = field(default_factory=dict)
    is_rp2040: bool = False
    mpu_regions: int = 8


# voltage scaling, over-drive and its switch are ready: RM0390 5.4.2, RM0385 4.4.2
_OVER_DRIVE_READY = {0x40007004: 1 << 14 | 1 << 16 | 1 << 17}

FAMILIES = {
    "rp2040": Family(rp2040.ClocksRp2040, _PL011, is_rp2040=True),
    "stm32f4": Family(ClocksF4, _USART_V1, _OVER_DRIVE_READY),
    "stm32f7": Family(ClocksF4, _USART_V2, _OVER_DRIVE_READY),
    "stm32g0": Family(ClocksG0, _USART_V2),
    # voltage: RM0433 6.8, PWR_CSR1 and PWR_D3CR; revision V
    "stm32h7": Family(
        ClocksH7,
        _USART_V2,
        {0x58024804: 1 << 13, 0x58024818: 1 << 13, 0x5C001000: 0x20036450},
        mpu_regions=16,  # PM0253 4.6
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
        self._serial_base = board.uart.base
        self.before_serial_rate_changes: Callable[[], None] = lambda: None
        self._always_set = family.always_set
        self._is_rp2040 = family.is_rp2040
        self._serial = family.serial
        self.devices: tuple[Device, ...] = (
            self.rcc,
            self.system,
            CycleCounter(cpu, self.system),
            *self._own_devices(board, on_reset_request),
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
                idle=family.serial.idle,
                waiting=family.serial.waiting,
            ),
            lambda at, size: self.read(serial_page + at, size),
            lambda at, size, value: self.write(serial_page + at, size, value),
        )
        start, size = PERIPHERALS
        self._map(start, serial_page - start)
        self._map(serial_page + PAGE_BYTES, start + size - serial_page - PAGE_BYTES)
        for page in SYSTEM_PAGES:
            self._map(page, PAGE_BYTES)
        if family.is_rp2040:
            self._map(rp2040.SSI_PAGE, PAGE_BYTES)
            cpu.map_rom(*rp2040.ROM)

    def _own_devices(self, board: BoardSpec, on_reset_request: Callable[[], None]) -> tuple[Device, ...]:
        """What only this family has."""
        if not isinstance(self.rcc, rp2040.ClocksRp2040):
            return (Timer(self.cpu, self.rcc),)
        watchdog = rp2040.Watchdog(self.rcc, on_reset_request)
        return (
            watchdog,
            rp2040.Timer(self.cpu, self.rcc, watchdog),
            rp2040.ChipReset(self.rcc),
            rp2040.FlashInterface(self.cpu, board),
        )

    def start(self, cpu: Cpu, board: BoardSpec) -> bool:
        """Let the core begin after a reset; False where there is no program."""
        return rp2040.start_from_rom(cpu, board) if self._is_rp2040 else cpu.reset()

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
        wanted = self._registers.get(self._serial_control, 0) >> self._serial.receive_interrupt_bit & 1
        if wanted and self.cpu.counter.has_received():
            self.cpu.exceptions.pending.add(self.serial_interrupt)
        else:
            self.cpu.exceptions.pending.discard(self.serial_interrupt)

    def serial_baud(self) -> float:
        """Rate of the telemetry port; 0 while it has none."""
        serial, base = self._serial, self._serial_base
        divisor = float(self._registers.get(base + serial.divisor, 0))
        if serial.divisor_64ths is not None:  # RP2040 Datasheet 4.2.7.1
            divisor = 16 * (divisor + self._registers.get(base + serial.divisor_64ths, 0) / 64)
        elif base == _LPUART1:
            divisor /= 256
        return self.rcc.serial_hz / divisor if divisor else 0.0

    def _sets_serial_rate(self, word: int) -> bool:
        offsets = (self._serial.divisor, self._serial.divisor_64ths)
        return word - self._serial_base in offsets

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
            if self._sets_serial_rate(word):
                self.before_serial_rate_changes()
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
