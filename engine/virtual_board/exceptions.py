# SPDX-License-Identifier: GPL-2.0-or-later
"""Exceptions of an M-profile core: which are pending, enabled and active, and which one comes next.

Numbers and rules: Armv7-M Architecture Reference Manual (DDI 0403E), B1.5; where Armv6-M differs, its
own (DDI 0419), B1.5.
"""

from __future__ import annotations

from dataclasses import dataclass, field

NMI = 2
HARD_FAULT = 3
MEMORY_FAULT = 4
BUS_FAULT = 5
USAGE_FAULT = 6
SVCALL = 11
PENDSV = 14
SYSTICK = 15
FIRST_INTERRUPT = 16
LOWEST = 256
"""A priority below every exception: that of thread mode."""

VECTOR_ERROR = 1 << 1  # HFSR, B3.2.16
FORCED = 1 << 30
DEBUG_EVENT = 1 << 31

_FIXED_PRIORITIES = {NMI: -2, HARD_FAULT: -1}  # B1.5.4
_NAMES = {
    NMI: "NMI",
    HARD_FAULT: "hard fault",
    MEMORY_FAULT: "memory management fault",
    BUS_FAULT: "bus fault",
    USAGE_FAULT: "usage fault",
    SVCALL: "supervisor call",
}


class Lockup(Exception):  # noqa: N818 - a state of the core, not an error of ours
    """A fault where none can be handled: the core stops until it is reset (B1.5.15). Says why."""


def exception_name(number: int) -> str:
    """`hard fault`, `exception 14`, `interrupt 39`."""
    if number >= FIRST_INTERRUPT:
        return f"interrupt {number - FIRST_INTERRUPT}"
    return _NAMES.get(number, f"exception {number}")


@dataclass
class ExceptionState:
    """Bookkeeping of all exceptions.

    Attributes:
        pending, active, enabled: exception numbers; `active` in the order of entry.
        priorities: by number, 0 (highest) where unset.
        sub_priority_bits: low bits of a priority that say who goes first, but preempt nobody:
            AIRCR.PRIGROUP + 1 (B3.2.6, B1.5.4).
        cfsr, hfsr, mmfar, bfar: fault status registers.
    """

    pending: set[int] = field(default_factory=set)
    active: list[int] = field(default_factory=list)
    enabled: set[int] = field(default_factory=lambda: {NMI, HARD_FAULT, SVCALL, PENDSV, SYSTICK})
    priorities: dict[int, int] = field(default_factory=dict)
    sub_priority_bits: int = 1
    cfsr: int = 0
    hfsr: int = 0
    mmfar: int = 0
    bfar: int = 0

    def priority(self, number: int) -> int:
        """Priority of an exception; lower numbers go first."""
        return _FIXED_PRIORITIES.get(number, self.priorities.get(number, 0))

    def group(self, priority: int) -> int:
        """The part of a priority that preempts."""
        return priority if priority < 0 else priority >> self.sub_priority_bits << self.sub_priority_bits

    def running_priority(self, primask: bool, basepri: int, faultmask: bool = False) -> int:
        """Priority that a new exception must beat: ExecutionPriority() of B1.5.4."""
        running = min((self.group(self.priority(n)) for n in self.active), default=LOWEST)
        if basepri:
            running = min(running, self.group(basepri))
        if primask:
            running = min(running, 0)
        return min(running, -1) if faultmask else running

    def next_exception(self, primask: bool, basepri: int, faultmask: bool = False) -> int | None:
        """The pending exception that may be entered now.

        Of several the one of the highest priority, of equals that of the lowest number (B1.5.4).
        """
        ready = self.pending & self.enabled
        if not ready:
            return None
        number = min(ready, key=lambda n: (self.priority(n), n))
        running = self.running_priority(primask, basepri, faultmask)
        return number if self.group(self.priority(number)) < running else None

    def wakes(self, basepri: int, faultmask: bool = False) -> bool:
        """Whether WFI ends: as if PRIMASK were clear (B1.5.19)."""
        return self.next_exception(False, basepri, faultmask) is not None

    def fault_target(self, number: int, primask: bool, basepri: int, faultmask: bool = False) -> int:
        """The handler of a fault or a supervisor call: its own, or the hard fault's if it may not run.

        Escalation: B1.5.14; on Armv6-M every fault is a hard fault (DDI 0419 B1.5.12).

        Raises:
            Lockup: the hard fault's handler may not run either.
        """
        running = self.running_priority(primask, basepri, faultmask)
        if number in self.enabled and self.group(self.priority(number)) < running:
            return number
        if running <= -1:
            where = exception_name(self.active[-1]) if self.active else "code that masks faults"
            raise Lockup(f"a {exception_name(number)} came while a {where} was being handled")
        if number != HARD_FAULT:
            self.hfsr |= FORCED
        return HARD_FAULT
