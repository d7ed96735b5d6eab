# SPDX-License-Identifier: GPL-2.0-or-later
"""Reset and clock control of each chip family, as far as start-up code looks.

Every oscillator is ready as soon as it is switched on, but for a crystal that the board does not have.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.boards import BoardSpec


@dataclass(frozen=True)
class Registers:
    """Where a family keeps what is modelled. Offsets are from `base`.

    Attributes:
        base: of the whole block.
        on_reset: values after a reset.
        control: the register with `ready_bits`, pairs of the switch and what reports it ready.
        configuration: the register with the clock switch, `switch_bits` wide, and its state above it.
        flags: the register that keeps the causes of a reset, and `clear_bit` in it.
        causes: the flags that each kind of reset sets.
        locked_bit: of `control`, which reports that the PLL is ready.
    """

    base: int
    on_reset: dict[int, int]
    control: int
    ready_bits: tuple[tuple[int, int], ...]
    configuration: int
    switch_bits: int
    flags: int
    clear_bit: int
    causes: dict[str, int]
    locked_bit: int = 25


_CRYSTAL_READY_BIT = 17  # of RCC_CR, in every family
POWER_ON, PIN, SOFTWARE, WATCHDOG, BROWN_OUT = "power-on", "pin", "software", "watchdog", "brown-out"
RESET_CAUSES = (POWER_ON, PIN, SOFTWARE, WATCHDOG, BROWN_OUT)


def _causes(pin: int, power_on: int, brown_out: int, software: int, watchdog: int) -> dict[str, int]:
    """Flags from their bits. Each reset from inside pulls the pin; a power-on is a brown-out as well."""
    bits = {
        POWER_ON: (power_on, brown_out),
        PIN: (),
        SOFTWARE: (software,),
        WATCHDOG: (watchdog,),
        BROWN_OUT: (brown_out,),
    }
    return {cause: 1 << pin | sum(1 << bit for bit in set(own)) for cause, own in bits.items()}


class ResetAndClock:
    """A `Device` common to all families; each adds how its clocks follow from the registers.

    Attributes:
        starts_from_oscillator: the PLL can run from the internal oscillator, without a crystal.
    """

    size_bytes = 0x400
    starts_from_oscillator = True
    oscillator_hz = 16_000_000
    registers: Registers

    def __init__(self, board: BoardSpec) -> None:
        self.base = self.registers.base
        self.crystal_hz = board.crystal_hz
        self._reset_flags = self.registers.causes[POWER_ON]
        self.reset()

    def reset(self) -> None:
        """See `Device`; the reset flags stay."""
        self._values = dict(self.registers.on_reset)

    def note_reset(self, cause: str) -> None:
        """The chip is reset for one of `RESET_CAUSES`; flags add up until the firmware clears them."""
        if cause == POWER_ON:
            self._reset_flags = 0
        self._reset_flags |= self.registers.causes[cause]

    def read(self, offset: int) -> int:
        """See `Device`."""
        where = self.registers
        value = self._values.get(offset, 0)
        if offset == where.control:
            for on, ready in where.ready_bits:
                is_ready = value >> on & 1 and (ready != _CRYSTAL_READY_BIT or self.crystal_hz > 0)
                value = value & ~(1 << ready) | bool(is_ready) << ready
        elif offset == where.configuration:
            mask = (1 << where.switch_bits) - 1
            value = value & ~(mask << where.switch_bits) | (value & mask) << where.switch_bits
        elif offset == where.flags:
            value |= self._reset_flags
        return value

    def write(self, offset: int, value: int) -> None:
        """See `Device`."""
        where = self.registers
        if offset == where.flags and value >> where.clear_bit & 1:
            self._reset_flags = 0
            value &= ~(1 << where.clear_bit)
        self._values[offset] = value

    @property
    def core_hz(self) -> int:
        """Clock of the core."""
        raise NotImplementedError

    @property
    def timer_hz(self) -> int:
        """Clock of TIM2."""
        raise NotImplementedError

    @property
    def serial_hz(self) -> int:
        """Clock of the telemetry port."""
        raise NotImplementedError

    def _value(self, offset: int) -> int:
        return self._values.get(offset, 0)

    def _switch(self) -> int:
        return self._value(self.registers.configuration) & (1 << self.registers.switch_bits) - 1


def _bus_hz(core_hz: int, prescaler: int) -> int:
    """4 to 7 in the field mean 2 to 16."""
    return core_hz if prescaler < 4 else core_hz >> (prescaler - 3)


def _timer_hz(bus_hz: int, prescaler: int) -> int:
    """Twice the bus clock where the bus is divided; 4 to 7 in the field mean 2 to 16."""
    return bus_hz if prescaler < 4 else 2 * bus_hz >> (prescaler - 3)


class ClocksF4(ResetAndClock):
    """STM32F4 and F7: RM0090 7.3, RM0385 5.3."""

    _PLLCFGR, _CFGR = 0x04, 0x08
    registers = Registers(
        base=0x40023800,
        on_reset={0x00: 0x83, 0x04: 0x24003010, 0x30: 0x00100000},
        control=0x00,
        ready_bits=((0, 1), (16, 17), (24, 25)),  # HSI, HSE, PLL
        configuration=_CFGR,
        switch_bits=2,
        flags=0x74,
        clear_bit=24,
        causes=_causes(pin=26, power_on=27, brown_out=25, software=28, watchdog=29),
    )

    @property
    def core_hz(self) -> int:
        """See `ResetAndClock`."""
        source = self._switch()
        if source != 2:
            return self.crystal_hz if source == 1 else self.oscillator_hz
        pll = self._value(self._PLLCFGR)
        input_hz = self.crystal_hz if pll >> 22 & 1 else self.oscillator_hz
        m, n, p = pll & 0x3F, pll >> 6 & 0x1FF, 2 * ((pll >> 16 & 3) + 1)
        return max(1, input_hz * n // max(1, m) // p)

    @property
    def timer_hz(self) -> int:
        """See `ResetAndClock`."""
        return _timer_hz(self.core_hz, self._value(self._CFGR) >> 10 & 7)

    @property
    def serial_hz(self) -> int:
        """See `ResetAndClock`: USART2 and USART3 are on the first peripheral bus."""
        return _bus_hz(self.core_hz, self._value(self._CFGR) >> 10 & 7)


class ClocksG0(ResetAndClock):
    """STM32G0: RM0444 5.4."""

    _CFGR, _PLLCFGR = 0x08, 0x0C
    registers = Registers(
        base=0x40021000,
        on_reset={0x00: 0x500, 0x0C: 0x1000},
        control=0x00,
        ready_bits=((8, 10), (16, 17), (24, 25)),
        configuration=_CFGR,
        switch_bits=3,
        flags=0x60,
        clear_bit=23,
        causes=_causes(pin=26, power_on=27, brown_out=27, software=28, watchdog=29),
    )

    @property
    def core_hz(self) -> int:
        """See `ResetAndClock`."""
        source = self._switch()
        if source == 1:
            return self.crystal_hz
        if source != 2:
            return self.oscillator_hz >> (self._value(0) >> 11 & 7)
        pll = self._value(self._PLLCFGR)
        input_hz = self.crystal_hz if pll & 3 == 3 else self.oscillator_hz
        m, n, r = (pll >> 4 & 7) + 1, pll >> 8 & 0x7F, (pll >> 29 & 7) + 1
        return max(1, input_hz * n // m // r)

    @property
    def timer_hz(self) -> int:
        """See `ResetAndClock`."""
        return _timer_hz(self.core_hz, self._value(self._CFGR) >> 12 & 7)

    @property
    def serial_hz(self) -> int:
        """See `ResetAndClock`: the reset value of RCC_CCIPR gives a USART the bus clock."""
        return _bus_hz(self.core_hz, self._value(self._CFGR) >> 12 & 7)


class ClocksH7(ResetAndClock):
    """STM32H743: RM0433 8.7."""

    oscillator_hz = 64_000_000
    _CFGR, _D1CFGR, _D2CFGR, _PLLCKSELR, _PLL1DIVR = 0x10, 0x18, 0x1C, 0x28, 0x30
    registers = Registers(
        base=0x58024400,
        on_reset={0x00: 0x25, 0x28: 0x02020200, 0x2C: 0x01FF0000, 0x30: 0x01010280},
        control=0x00,
        ready_bits=((0, 2), (7, 8), (16, 17), (24, 25)),  # HSI, CSI, HSE, PLL1
        configuration=_CFGR,
        switch_bits=3,
        flags=0xD0,
        clear_bit=16,
        causes=_causes(pin=22, power_on=23, brown_out=21, software=24, watchdog=26),
    )

    @property
    def core_hz(self) -> int:
        """See `ResetAndClock`; the core's own prescaler is not modelled."""
        source = self._switch()
        if source != 3:
            return self.crystal_hz if source == 2 else self.oscillator_hz
        select, divide = self._value(self._PLLCKSELR), self._value(self._PLL1DIVR)
        input_hz = self.crystal_hz if select & 3 == 2 else self.oscillator_hz
        m, n, p = select >> 4 & 0x3F, (divide & 0x1FF) + 1, (divide >> 9 & 0x7F) + 1
        return max(1, input_hz * n // max(1, m) // p)

    @property
    def timer_hz(self) -> int:
        """See `ResetAndClock`."""
        return _timer_hz(self._bus_matrix_hz, self._value(self._D2CFGR) >> 4 & 7)

    @property
    def serial_hz(self) -> int:
        """See `ResetAndClock`: USART2 and USART3 have the clock of the first peripheral bus."""
        return _bus_hz(self._bus_matrix_hz, self._value(self._D2CFGR) >> 4 & 7)

    @property
    def _bus_matrix_hz(self) -> int:
        return self.core_hz >> (self._value(self._D1CFGR) & 0xF == 8)


class ClocksL4(ResetAndClock):
    """STM32L4+: RM0432 6.4. The oscillator that it starts with, MSI at 4 MHz, is not told from HSI."""

    _CFGR, _PLLCFGR, _CCIPR = 0x08, 0x0C, 0x88
    registers = Registers(
        base=0x40021000,
        on_reset={0x00: 0x63, 0x0C: 0x1000},
        control=0x00,
        ready_bits=((0, 1), (8, 10), (16, 17), (24, 25)),  # MSI, HSI, HSE, PLL
        configuration=_CFGR,
        switch_bits=2,
        flags=0x94,
        clear_bit=23,
        causes=_causes(pin=26, power_on=27, brown_out=27, software=28, watchdog=29),
    )

    @property
    def core_hz(self) -> int:
        """See `ResetAndClock`."""
        return max(1, self._system_hz >> (self._value(self._CFGR) >> 4 & 0xF == 8))

    @property
    def _system_hz(self) -> int:
        source = self._switch()
        if source != 3:
            return self.crystal_hz if source == 2 else self.oscillator_hz
        pll = self._value(self._PLLCFGR)
        input_hz = self.crystal_hz if pll & 3 == 3 else self.oscillator_hz
        m, n, r = (pll >> 4 & 0xF) + 1, pll >> 8 & 0x7F, 2 * ((pll >> 25 & 3) + 1)
        return input_hz * n // m // r

    @property
    def timer_hz(self) -> int:
        """See `ResetAndClock`."""
        return _timer_hz(self.core_hz, self._value(self._CFGR) >> 8 & 7)

    @property
    def serial_hz(self) -> int:
        """See `ResetAndClock`: LPUART1, as RCC_CCIPR selects; not from the crystal for clocks."""
        source = self._value(self._CCIPR) >> 10 & 3
        if source == 2:
            return self.oscillator_hz
        bus_hz = _bus_hz(self.core_hz, self._value(self._CFGR) >> 8 & 7)
        return self._system_hz if source == 1 else bus_hz
