# SPDX-License-Identifier: GPL-2.0-or-later
"""The RP2040 as far as firmware looks: boot ROM, clocks, resets, timer, watchdog, flash interface.

Sections are those of the RP2040 Datasheet. The second core, DMA, PIO and USB are not modelled.
"""

from __future__ import annotations

from collections.abc import Callable

from unicorn import unicorn_const

from engine.boards import BoardSpec
from engine.virtual_board.clocks import PIN, POWER_ON, SOFTWARE, WATCHDOG, Registers, ResetAndClock
from engine.virtual_board.cpu import Cpu

BOOT_BLOCK_BYTES = 256
ROM = (0, 0x4000)  # 2.6.1
SSI_PAGE = 0x18000000
_BOOT_RAM = 0x20041F00  # 2.8.1.3: where the ROM puts the boot block, and its stack below
_POLYNOMIAL = 0x04C11DB7


def checksum(data: bytes) -> int:
    """The ROM's CRC-32 (2.8.1.3.1): not reflected, from all ones, not inverted."""
    crc = 0xFFFFFFFF
    for byte in data:
        for bit in range(7, -1, -1):
            top = crc >> 31 ^ byte >> bit & 1
            crc = crc << 1 & 0xFFFFFFFF ^ (_POLYNOMIAL if top else 0)
    return crc


def start_from_rom(cpu: Cpu, board: BoardSpec) -> bool:
    """What the ROM does after a reset; False where it would show its USB drive instead."""
    cpu.vectors = ROM[0]
    block = bytes(cpu.engine.mem_read(board.region("code").origin, BOOT_BLOCK_BYTES))
    if checksum(block[:-4]) != int.from_bytes(block[-4:], "little"):
        return False
    cpu.engine.mem_write(_BOOT_RAM, block)
    cpu.engine.ctl_flush_tb()
    return cpu.reset(_BOOT_RAM, _BOOT_RAM | 1)


class ClocksRp2040(ResetAndClock):
    """From CLOCKS to PLL_SYS: 2.13 to 2.19. An oscillator is stable as soon as it is on."""

    size_bytes = 0x28000
    oscillator_hz = 6_500_000
    starts_from_oscillator = False
    _REF_CTRL, _REF_SELECTED, _SYS_CTRL, _SYS_SELECTED = 0x30, 0x38, 0x3C, 0x44
    _RESET, _RESET_DONE = 0x4000, 0x4008
    _XOSC_CTRL, _XOSC_STATUS = 0x1C000, 0x1C004
    _PLL_CS, _PLL_PWR, _PLL_FBDIV, _PLL_PRIM = 0x20000, 0x20004, 0x20008, 0x2000C
    _ENABLE = 0xFAB
    _POWERED_DOWN = 1 << 0 | 1 << 5
    registers = Registers(
        base=0x40008000,
        on_reset={0x40: 0x100, 0x4000: 0x01FFFFFF, 0x20000: 1, 0x20004: 0x2D, 0x2000C: 0x77000},
        control=_PLL_CS,
        ready_bits=(),
        configuration=_SYS_CTRL,
        switch_bits=1,
        flags=-1,
        clear_bit=0,
        causes={POWER_ON: 0},
        locked_bit=31,
    )

    def __init__(self, board: BoardSpec) -> None:
        super().__init__(board)
        self.watchdog_reason = 0
        self.had_pin = False

    def note_reset(self, cause: str) -> None:
        """See `ResetAndClock`. For the firmware the watchdog does it: WATCHDOG_REASON (4.7.6).

        Only power and the pin reset the whole chip: CHIP_RESET (2.12.8) does not know the watchdog, and
        takes a brown-out for a power-on.
        """
        self.watchdog_reason = {WATCHDOG: 1, SOFTWARE: 2}.get(cause, 0)
        if not self.watchdog_reason:
            self.had_pin = cause == PIN

    def read(self, offset: int) -> int:
        """See `Device`."""
        value = self._value(offset)
        match offset:
            case self._REF_SELECTED:
                return 1 << (self._value(self._REF_CTRL) & 3)
            case self._SYS_SELECTED:
                return 1 << (self._value(self._SYS_CTRL) & 1)
            case self._RESET_DONE:
                return ~self._value(self._RESET) & 0x01FFFFFF
            case self._XOSC_STATUS:
                return int(self._crystal_runs) << 31
            case self._PLL_CS:
                return value | int(self._pll_locked) << 31
        return value

    @property
    def _crystal_runs(self) -> bool:
        return self.crystal_hz > 0 and self._value(self._XOSC_CTRL) >> 12 & 0xFFF == self._ENABLE

    @property
    def _pll_locked(self) -> bool:
        held = self._value(self._RESET) >> 12 & 1
        return self._crystal_runs and not held and not self._value(self._PLL_PWR) & self._POWERED_DOWN

    @property
    def reference_hz(self) -> int:
        """clk_ref, which feeds the tick of watchdog and timer."""
        return self.crystal_hz if self._value(self._REF_CTRL) & 3 == 2 else self.oscillator_hz

    @property
    def core_hz(self) -> int:
        """clk_sys; its own divisor is not modelled."""
        if not self._value(self._SYS_CTRL) & 1:
            return max(1, self.reference_hz)
        divisors = self._value(self._PLL_PRIM)
        vco_hz = self.crystal_hz // max(1, self._value(self._PLL_CS) & 0x3F)
        vco_hz *= self._value(self._PLL_FBDIV) & 0xFFF
        return max(1, vco_hz // max(1, divisors >> 16 & 7) // max(1, divisors >> 12 & 7))

    @property
    def timer_hz(self) -> int:
        """There is no timer at the clock of a bus."""
        return self.core_hz

    @property
    def serial_hz(self) -> int:
        """See `ResetAndClock`: clk_peri is clk_sys."""
        return self.core_hz

    @property
    def timer_is_out_of_reset(self) -> bool:
        """Of RESETS (2.14.3)."""
        return not self._value(self._RESET) >> 21 & 1


class Watchdog:
    """Only a reset on demand, the tick, and why the last reset was (4.7.6)."""

    base, size_bytes = 0x40058000, 0x1000
    _CTRL, _REASON, _TICK = 0x00, 0x08, 0x2C

    def __init__(self, clocks: ClocksRp2040, on_reset_request: Callable[[], None]) -> None:
        self._clocks = clocks
        self._on_reset_request = on_reset_request
        self.reset()

    def reset(self) -> None:
        """See `Device`; the reason stays."""
        self._registers: dict[int, int] = {}

    def read(self, offset: int) -> int:
        """See `Device`."""
        if offset == self._REASON:
            return self._clocks.watchdog_reason
        return self._registers.get(offset, 0)

    def write(self, offset: int, value: int) -> None:
        """See `Device`."""
        self._registers[offset] = value & 0x7FFFFFFF
        if offset == self._CTRL and value >> 31:
            self._on_reset_request()

    @property
    def tick_cycles(self) -> int:
        """Cycles of clk_ref for a tick, 0 while it is off."""
        tick = self._registers.get(self._TICK, 0)
        return tick & 0x1FF if tick >> 9 & 1 else 0


class Timer:
    """The 64-bit timer (4.6): one count a tick, from when the tick runs."""

    base, size_bytes = 0x40054000, 0x1000
    _RAW_HIGH, _RAW_LOW = 0x24, 0x28

    def __init__(self, cpu: Cpu, clocks: ClocksRp2040, watchdog: Watchdog) -> None:
        self._cpu = cpu
        self._clocks = clocks
        self._watchdog = watchdog
        self.reset()

    def reset(self) -> None:
        """See `Device`."""
        self._start_cycle = self._cpu.counter.cycles

    def read(self, offset: int) -> int:
        """See `Device`."""
        count = self._count()
        return {self._RAW_LOW: count & 0xFFFFFFFF, self._RAW_HIGH: count >> 32}.get(offset, 0)

    def write(self, offset: int, value: int) -> None:
        """Alarms and setting the time are not modelled."""

    def _count(self) -> int:
        tick_cycles = self._watchdog.tick_cycles
        if not tick_cycles or not self._clocks.timer_is_out_of_reset:
            return 0
        cycles = self._cpu.counter.cycles - self._start_cycle
        return cycles * self._clocks.reference_hz // (self._clocks.core_hz * tick_cycles)


class ChipReset:
    """VREG_AND_CHIP_RESET (2.12.8): whether power or the pin RUN reset the whole chip last."""

    base, size_bytes = 0x40064000, 0x1000
    _CHIP_RESET, _HAD_POWER, _HAD_PIN = 0x08, 1 << 8, 1 << 16

    def __init__(self, clocks: ClocksRp2040) -> None:
        self._clocks = clocks

    def read(self, offset: int) -> int:
        """See `Device`."""
        cause = self._HAD_PIN if self._clocks.had_pin else self._HAD_POWER
        return cause if offset == self._CHIP_RESET else 0

    def write(self, offset: int, value: int) -> None:
        """Nothing here is changed."""

    def reset(self) -> None:
        """See `Device`."""


class FlashInterface:
    """SSI (4.10) and the W25Q16JV behind it: status commands, and whether flash can be read in place.

    Until the interface is set up as the flash wants it, nothing can be read there: a boot block that
    forgets it ends in a fault.
    """

    base, size_bytes = SSI_PAGE, 0x1000
    _CTRLR0, _SSIENR, _RXFLR, _SR, _DR0, _SPI_CTRLR0 = 0x00, 0x08, 0x24, 0x28, 0x60, 0xF4
    _STATUS_1, _STATUS_2, _WRITE_ENABLE, _WRITE_STATUS, _QUAD_READ = 0x05, 0x35, 0x06, 0x01, 0xEB
    _QUAD_FRAMES = 2 << 21 | 31 << 16 | 3 << 8
    _LAYOUT = 8 << 2 | 4 << 11  # 32 bits of address and mode, 4 wait cycles
    _WITH_COMMAND = _LAYOUT | 2 << 8 | 1
    _CONTINUED = _LAYOUT | 0xA0 << 24 | 2

    def __init__(self, cpu: Cpu, board: BoardSpec) -> None:
        self._cpu = cpu
        flash = board.region("code")
        self._range = (flash.origin, flash.size_bytes)
        self.quad_enabled = True  # as delivered: W25Q16JV-IQ
        self.reset()

    def reset(self) -> None:
        """See `Device`. The ROM ends the flash's continued reads."""
        self._registers: dict[int, int] = {}
        self._command: list[int] = []
        self._answers: list[int] = []
        self._write_enabled = False
        self._continues = False
        self._allow_reads(False)

    def read(self, offset: int) -> int:
        """See `Device`."""
        match offset:
            case self._RXFLR:
                return len(self._answers)
            case self._SR:
                return 1 << 2 | 1 << 1 | bool(self._answers) << 3  # all sent, room for more
            case self._DR0:
                self._end_command()
                return self._answers.pop(0) if self._answers else 0
        return self._registers.get(offset, 0)

    def write(self, offset: int, value: int) -> None:
        """See `Device`; while the interface is on, only data and the switch can be written."""
        if offset == self._DR0:
            self._take(value)
        elif offset == self._SSIENR:
            self._end_command()
            self._answers.clear()
            self._registers[offset] = value & 1
            frames, layout = self._registers.get(self._CTRLR0), self._registers.get(self._SPI_CTRLR0)
            quad = frames == self._QUAD_FRAMES and layout == self._CONTINUED
            self._allow_reads(bool(value & 1) and quad and self._continues and self.quad_enabled)
        elif not self._registers.get(self._SSIENR, 0):
            self._registers[offset] = value

    def _take(self, value: int) -> None:
        if not self._registers.get(self._SSIENR, 0):
            return
        self._command.append(value & 0xFF)
        if self._registers.get(self._CTRLR0) == self._QUAD_FRAMES:
            layout = self._registers.get(self._SPI_CTRLR0)
            self._continues = layout == self._WITH_COMMAND and self._command == [self._QUAD_READ, 0xA0]
            return
        first = self._command[0]
        status = {self._STATUS_1: 0, self._STATUS_2: self.quad_enabled << 1}.get(first, 0xFF)
        self._answers.append(status if len(self._command) > 1 else 0xFF)

    def _end_command(self) -> None:
        """The flash carries a command out when it is no longer selected."""
        command, self._command = self._command, []
        if command == [self._WRITE_ENABLE]:
            self._write_enabled = True
        elif command[:1] == [self._WRITE_STATUS] and len(command) == 3 and self._write_enabled:
            self.quad_enabled = bool(command[2] & 2)
            self._write_enabled = False

    def _allow_reads(self, allowed: bool) -> None:
        access = unicorn_const.UC_PROT_READ | unicorn_const.UC_PROT_EXEC
        self._cpu.engine.mem_protect(*self._range, access if allowed else unicorn_const.UC_PROT_NONE)
