# SPDX-License-Identifier: GPL-2.0-or-later
"""Exceptions of an M-profile core: which are pending, enabled and active, and which one comes next.

Numbers and rules: Armv7-M Architecture Reference Manual (DDI 0403E), B1.5.
"""

from __future__ import annotations

from dataclasses import dataclass, field

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

FORCED = 1 << 30  # HFSR, B3.2.16
DEBUG_EVENT = 1 << 31


class Lockup(Exception):  # noqa: N818 - a state of the core, not an error of ours
    """A fault inside the hard fault handler: the core stops until it is reset (B1.5.15)."""


@dataclass
class ExceptionState:
    """Bookkeeping of all exceptions.

    Attributes:
        pending, active, enabled: exception numbers; `active` in the order of entry.
        priorities: by number, 0 (highest) where unset.
        cfsr, hfsr, mmfar, bfar: fault status registers.
    """

    pending: set[int] = field(default_factory=set)
    active: list[int] = field(default_factory=list)
    enabled: set[int] = field(default_factory=lambda: {HARD_FAULT, SVCALL, PENDSV, SYSTICK})
    priorities: dict[int, int] = field(default_factory=dict)
    cfsr: int = 0
    hfsr: int = 0
    mmfar: int = 0
    bfar: int = 0

    def priority(self, number: int) -> int:
        """Priority of an exception; lower numbers go first."""
        return -1 if number == HARD_FAULT else self.priorities.get(number, 0)

    def running_priority(self, primask: bool, basepri: int) -> int:
        """Priority that a new exception must beat (B1.5.4)."""
        running = min((self.priority(n) for n in self.active), default=LOWEST)
        if basepri:
            running = min(running, basepri)
        return min(running, 0) if primask else running

    def next_exception(self, primask: bool, basepri: int) -> int | None:
        """The pending exception that may be entered now."""
        ready = self.pending & self.enabled
        if not ready:
            return None
        number = min(ready, key=lambda n: (self.priority(n), n))
        return number if self.priority(number) < self.running_priority(primask, basepri) else None

    def wakes(self, basepri: int) -> bool:
        """Whether WFI ends: as if PRIMASK were clear (B1.5.19)."""
        return self.next_exception(False, basepri) is not None

    def fault_target(self, number: int, primask: bool, basepri: int) -> int:
        """The handler that a fault goes to: its own, or the hard fault's if it may not run.

        Raises:
            Lockup: the hard fault handler itself faulted.
        """
        running = self.running_priority(primask, basepri)
        if number != HARD_FAULT and number in self.enabled and self.priority(number) < running:
            return number
        if running <= -1:
            raise Lockup
        if number != HARD_FAULT:
            self.hfsr |= FORCED
        return HARD_FAULT
