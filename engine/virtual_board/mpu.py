# SPDX-License-Identifier: GPL-2.0-or-later
"""Who may touch which memory: the MPU, and what the address map itself forbids.

Armv7-M Architecture Reference Manual (DDI 0403E), B3.1 and B3.5; Armv6-M (DDI 0419), B3.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from unicorn import unicorn_const

READ, WRITE, EXECUTE = (
    unicorn_const.UC_PROT_READ,
    unicorn_const.UC_PROT_WRITE,
    unicorn_const.UC_PROT_EXEC,
)
_ALL = READ | WRITE | EXECUTE
PRIVATE_BUS = range(0xE0000000, 0xE0100000)
"""The private peripheral bus: the MPU has no say there (B3.5.1)."""
_NEVER_EXECUTED = (range(0x40000000, 0x60000000), range(0xA0000000, 1 << 32))  # table B3-1
_NEVER_USED = 0xFFFFFFF0

# Table B3-15: what AP gives to privileged code and to the rest; 4 is reserved.
_PRIVILEGED = (0, READ | WRITE, READ | WRITE, READ | WRITE, 0, READ, READ, READ)
_UNPRIVILEGED = (0, 0, READ, READ | WRITE, 0, 0, READ, READ)


@dataclass(frozen=True)
class Region:
    """One region as its registers describe it; subregions that are disabled are left out of `parts`."""

    parts: tuple[range, ...]
    access: int
    never_executed: bool

    @classmethod
    def of_registers(cls, base: int, attributes: int, least_bits: int) -> Region:
        """MPU_RBAR and MPU_RASR (B3.5.8, B3.5.9)."""
        bits = max((attributes >> 1 & 0x1F) + 1, least_bits)
        size = 1 << bits
        start = base & ~(size - 1) & 0xFFFFFFFF
        parts: tuple[range, ...] = (range(start, start + size),)
        if bits >= 8:  # smaller ones have no subregions
            disabled = attributes >> 8 & 0xFF
            part = size // 8
            parts = tuple(
                range(start + i * part, start + (i + 1) * part)
                for i in range(8)
                if not disabled >> i & 1
            )
        return cls(parts, attributes >> 24 & 7, bool(attributes >> 28 & 1))

    def holds(self, address: int) -> bool:
        """Whether it decides about this address."""
        return any(address in part for part in self.parts)


class Mpu:
    """The registers (B3.5.4 to B3.5.9), and what they allow.

    Attributes:
        changed: a register was written since `Protection` last looked.
    """

    first, last = 0xD90, 0xDB8  # in the system control space
    _TYPE, _CTRL, _RNR, _RBAR, _RASR = 0xD90, 0xD94, 0xD98, 0xD9C, 0xDA0

    def __init__(self, core: str, regions: int) -> None:
        self._count = regions
        self._is_armv6 = core == "cortex-m0plus"
        self._least_bits = 8 if self._is_armv6 else 5
        self.reset()

    def reset(self) -> None:
        """All off."""
        self.changed = True
        self._control = self._number = 0
        self._registers: dict[int, tuple[int, int]] = {}
        self._regions: tuple[Region, ...] = ()  # the one that decides first is first

    def read(self, offset: int) -> int:
        """A register."""
        base, attributes = self._registers.get(self._number, (0, 0))
        match offset:
            case self._TYPE:
                return self._count << 8
            case self._CTRL:
                return self._control
            case self._RNR:
                return self._number
        return base | self._number if self._is_base(offset) else attributes

    def write(self, offset: int, value: int) -> None:
        """Write a register; the alias registers after MPU_RASR select a region and set it (B3.5.10)."""
        self.changed = True
        if offset == self._CTRL:
            self._control = value & 7
        elif offset == self._RNR:
            self._number = value & 0xFF
        elif offset >= self._RBAR:
            if self._is_base(offset) and value >> 4 & 1:
                self._number = value & 0xF
            base, attributes = self._registers.get(self._number, (0, 0))
            if self._is_base(offset):
                base = value & ~0x1F
            else:
                attributes = value
            if self._number < self._count:
                self._registers[self._number] = base, attributes
        self._regions = tuple(
            Region.of_registers(base, attributes, self._least_bits)
            for _, (base, attributes) in sorted(self._registers.items(), reverse=True)
            if attributes & 1
        )

    def _is_base(self, offset: int) -> bool:
        return (offset - self._RBAR) % 8 == 0

    @property
    def enabled(self) -> bool:
        """MPU_CTRL.ENABLE."""
        return bool(self._control & 1)

    def is_on(self, priority: int) -> bool:
        """Whether it checks code that runs at this priority: MPU_CTRL.HFNMIENA (B3.5.5)."""
        return self.enabled and (priority >= 0 or bool(self._control & 2))

    def rights(self, address: int, privileged: bool, priority: int) -> int:
        """Which of `READ`, `WRITE` and `EXECUTE` are allowed: ValidateAddress() of B3.5.3."""
        if address in PRIVATE_BUS:
            return READ | WRITE if privileged else 0
        allowed = _ALL
        if self.is_on(priority):
            region = next((r for r in self._regions if r.holds(address)), None)
            if region is not None:
                allowed = (_PRIVILEGED if privileged else _UNPRIVILEGED)[region.access]
                if allowed and not region.never_executed:
                    allowed |= EXECUTE
            elif not (self._control & 4 and privileged):  # no background region
                allowed = 0
        if any(address in addresses for addresses in _NEVER_EXECUTED):
            allowed &= ~EXECUTE
        return allowed

    def edges(self) -> set[int]:
        """Addresses where rights may change."""
        edges = {PRIVATE_BUS.start, PRIVATE_BUS.stop}
        for region in self._regions:
            for part in region.parts:
                edges |= {part.start, part.stop}
        return edges


class Protection:
    """Gives the emulator's memory the rights that hold now.

    The emulator knows rights for whole pages only. A page where they differ from byte to byte is closed,
    and `opens` decides each access; all loads and stores must then take the emulator's slow way.
    """

    def __init__(self, engine: Any, mpu: Mpu) -> None:
        self._engine = engine
        self._mpu = mpu
        self._memory: list[tuple[int, int, int]] = []  # start, end, rights without any MPU
        self._applied: dict[tuple[int, int], int] = {}
        self._mixed: list[tuple[int, int, int]] = []
        self._state = (True, False)  # privileged, MPU on
        self._priority = 0
        self._slow_way: Any = None

    def update(self, privileged: bool, priority: int) -> None:
        """Call before code runs, with its priority. Costs nothing if all is as before."""
        self._priority = priority
        state = (privileged, self._mpu.is_on(priority))
        changed, self._mpu.changed = self._mpu.changed, False
        if state == self._state and not (changed and state[1]):
            return
        self._state = state
        self._apply(privileged, priority)

    @property
    def in_use(self) -> bool:
        """Whether anything but the address map itself may forbid something now."""
        return self._state != (True, False)

    def allows(self, address: int, right: int) -> bool:
        """Whether code that runs now has this right."""
        return bool(self._mpu.rights(address, self._state[0], self._priority) & right)

    def opens(self, address: int, right: int) -> bool:
        """Whether an access to a closed page is allowed after all."""
        memory = next((rights for start, end, rights in self._mixed if start <= address < end), 0)
        return bool(memory & right) and self.allows(address, right)

    def _apply(self, privileged: bool, priority: int) -> None:
        engine = self._engine
        page = engine.ctl_get_page_size()
        if not self._memory:
            self._memory = [(start, end + 1, rights) for start, end, rights in engine.mem_regions()]
            self._applied = {(start, end): rights for start, end, rights in self._memory}
        edges = self._mpu.edges() if self._mpu.is_on(priority) else {PRIVATE_BUS.start, PRIVATE_BUS.stop}
        wanted: dict[tuple[int, int], int] = {}
        before, self._mixed = self._mixed, []
        for start, end, memory in self._memory:
            inside = {edge for edge in edges if start < edge < end}
            mixed = {edge // page * page for edge in inside if edge % page}
            cuts = sorted(
                {start, end, *(e for e in inside if not e % page), *mixed, *(m + page for m in mixed)}
            )
            for first, last in zip(cuts, cuts[1:], strict=False):
                if first in mixed:
                    wanted[first, last] = 0
                    self._mixed.append((first, last, memory))
                else:
                    wanted[first, last] = memory & self._mpu.rights(first, privileged, priority)
        changes = [place for place, rights in wanted.items() if self._applied.get(place) != rights]
        for first, last in changes:
            engine.mem_protect(first, last - first, wanted[first, last])
        self._applied = wanted
        if bool(self._mixed) != (self._slow_way is not None):
            self._take_slow_way(bool(self._mixed))
        if changes or before or self._mixed:
            engine.ctl_flush_tb()

    def _take_slow_way(self, wanted: bool) -> None:
        """With any hook of loads and stores the emulator looks at a page's rights each time."""
        if wanted:
            kinds = unicorn_const.UC_HOOK_MEM_READ | unicorn_const.UC_HOOK_MEM_WRITE
            self._slow_way = self._engine.hook_add(
                kinds, _never_called, begin=_NEVER_USED, end=_NEVER_USED
            )
        else:
            self._engine.hook_del(self._slow_way)
            self._slow_way = None


def _never_called(*_arguments: object) -> None:
    """Its place is never accessed: see `_take_slow_way`."""
