# SPDX-License-Identifier: GPL-2.0-or-later
"""What memory costs beyond the core's own cycles: flash wait states, and the caches that hide them.

Figures stand in resources/firmware/timing.toml; what is switched on, in the chip's registers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.boards import CacheShape, MemoryTiming

_PREFETCH = 1 << 8  # of FLASH_ACR, in every family
_WAIT_STATES = 0xF
_CORE_INSTRUCTION, _CORE_DATA = 1 << 17, 1 << 16  # of CCR: Armv7-M ARM B3.2.8
_CCR = 0xE000ED14
_ALWAYS = -1


@dataclass(frozen=True)
class Waits:
    """Extra cycles of a miss.

    Attributes:
        flash_miss: of a read or fetch from flash.
        sequential_miss: of a fetch that follows the one before.
        ram_miss: of a read from a RAM that is watched.
        instruction, data: caches; None where there is none or it is off.
        one_cache: instructions and data share the first.
    """

    flash_miss: int
    sequential_miss: int
    ram_miss: int
    instruction: CacheShape | None
    data: CacheShape | None
    one_cache: bool = False


NO_WAITS = Waits(0, 0, 0, None, None)


@dataclass(frozen=True)
class FlashControl:
    """Where the firmware sets wait states and caches.

    Attributes:
        register: address of FLASH_ACR.
        instruction_bit, data_bit: its bits for each cache; None where the core has the cache.
    """

    register: int
    instruction_bit: int | None = None
    data_bit: int | None = None

    @property
    def registers(self) -> tuple[int, int]:
        """A write to these changes the waits."""
        return self.register, _CCR

    def waits(self, read: Callable[[int], int], timing: MemoryTiming) -> Waits:
        """The waits as the registers are now.

        Args:
            read: gives a register's value.
            timing: of the family.
        """
        control, core = read(self.register), read(_CCR)
        states = control & _WAIT_STATES
        if states == 0:
            return NO_WAITS
        miss = (states + timing.flash_extra_cycles) * timing.clock_ratio
        instruction = _on(control, self.instruction_bit, core & _CORE_INSTRUCTION)
        data = _on(control, self.data_bit, core & _CORE_DATA)
        line_cycles = 0
        if timing.prefetched_bytes and control & _PREFETCH:
            line_cycles = timing.instruction.line_bytes // timing.prefetched_bytes - 1
        return Waits(
            flash_miss=miss,
            sequential_miss=max(0, miss - line_cycles),
            ram_miss=timing.ram_miss_cycles,
            instruction=timing.instruction if instruction else None,
            data=timing.data if data else None,
        )


def _on(control: int, bit: int | None, core: int) -> bool:
    if bit is None:
        return core != 0
    return bit == _ALWAYS or bool(control >> bit & 1)


@dataclass(frozen=True)
class SerialFlash:
    """Flash behind the RP2040's serial interface (datasheet 4.10.13) and its cache.

    Every line is taken to come with one address, in as many clocks as the interface is set up for.
    """

    base: int = 0x18000000
    _SSIENR, _BAUDR, _SPI_CTRLR0 = 0x08, 0x14, 0xF4

    @property
    def registers(self) -> tuple[int, ...]:
        """A write to these changes the waits."""
        return (self.base + self._SSIENR,)

    def waits(self, read: Callable[[int], int], timing: MemoryTiming) -> Waits:
        """The waits as the registers are now; see `FlashControl`."""
        if not read(self.base + self._SSIENR):
            return NO_WAITS
        layout = read(self.base + self._SPI_CTRLR0)
        address_clocks = layout >> 2 & 0xF  # of four bits each
        clocks = address_clocks + (layout >> 11 & 0x1F) + 2 * timing.instruction.line_bytes
        miss = clocks * read(self.base + self._BAUDR) + timing.flash_extra_cycles
        return Waits(miss, miss, 0, timing.instruction, timing.data, timing.one_cache)


FLASH_CONTROLS: dict[str, FlashControl | SerialFlash] = {
    "rp2040": SerialFlash(),
    "stm32f4": FlashControl(0x40023C00, 9, 10),  # RM0090 3.9.1
    "stm32f7": FlashControl(0x40023C00),  # RM0385 3.7.1
    "stm32g0": FlashControl(0x40022000, 9, _ALWAYS),  # RM0444 3.7.1
    "stm32h7": FlashControl(0x52002000),  # RM0433 4.9
    "stm32l4": FlashControl(0x40022000, 9, 10),  # RM0432 3.7.1
}


class Cache:
    """Which lines a cache holds; the least recently used one makes room.

    The same as `touch` in block_hook.c.
    """

    def __init__(self, shape: CacheShape | None) -> None:
        self.line_bytes = shape.line_bytes if shape else 1
        self._sets: list[list[int]] = [[] for _ in range(shape.sets if shape else 0)]
        self._ways = shape.ways if shape else 0

    def clear(self) -> None:
        """Forget all lines."""
        for lines in self._sets:
            lines.clear()

    def touch(self, line: int) -> bool:
        """Whether a line was there; it is now."""
        if not self._sets:
            return False
        lines = self._sets[line % len(self._sets)]
        found = line in lines
        if found:
            lines.remove(line)
        lines.insert(0, line)
        del lines[self._ways :]
        return found
