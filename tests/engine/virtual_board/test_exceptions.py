"""Rules of DDI 0403E B1.5 on plain bookkeeping."""

from __future__ import annotations

import pytest

from engine.virtual_board.exceptions import (
    BUS_FAULT,
    FORCED,
    HARD_FAULT,
    SYSTICK,
    ExceptionState,
    Lockup,
)

UART = 16 + 39
OTHER = 16 + 40


def state(*pending: int) -> ExceptionState:
    exceptions = ExceptionState()
    exceptions.enabled |= {UART, OTHER}
    exceptions.pending |= set(pending)
    return exceptions


def test_the_lower_priority_number_goes_first_and_ties_go_to_the_lower_exception() -> None:
    exceptions = state(UART, OTHER)
    assert exceptions.next_exception(False, 0) == UART
    exceptions.priorities = {UART: 0x80, OTHER: 0x40}
    assert exceptions.next_exception(False, 0) == OTHER


def test_only_a_higher_priority_preempts() -> None:
    exceptions = state(UART)
    exceptions.active.append(OTHER)
    assert exceptions.next_exception(False, 0) is None
    exceptions.priorities = {UART: 0x40, OTHER: 0x80}
    assert exceptions.next_exception(False, 0) == UART


def test_masks_hold_interrupts_but_not_the_wake_up() -> None:
    exceptions = state(UART)
    exceptions.priorities = {UART: 0x80}
    assert exceptions.next_exception(True, 0) is None
    assert exceptions.next_exception(False, 0x80) is None
    assert exceptions.next_exception(False, 0xC0) == UART
    assert exceptions.wakes(0)
    assert not exceptions.wakes(0x80)


def test_what_is_not_enabled_waits() -> None:
    exceptions = ExceptionState()
    exceptions.pending |= {UART, SYSTICK}
    assert exceptions.next_exception(False, 0) == SYSTICK
    exceptions.pending.discard(SYSTICK)
    assert not exceptions.wakes(0)


def test_a_fault_goes_to_its_handler_only_where_that_may_run() -> None:
    exceptions = ExceptionState()
    assert exceptions.fault_target(BUS_FAULT, False, 0) == HARD_FAULT  # not enabled
    assert exceptions.hfsr == FORCED
    exceptions = ExceptionState()
    exceptions.enabled.add(BUS_FAULT)
    assert exceptions.fault_target(BUS_FAULT, False, 0) == BUS_FAULT
    assert exceptions.hfsr == 0
    assert exceptions.fault_target(BUS_FAULT, True, 0) == HARD_FAULT  # masked
    assert exceptions.hfsr == FORCED


def test_a_fault_in_the_hard_fault_handler_locks_up() -> None:
    exceptions = ExceptionState()
    exceptions.active.append(HARD_FAULT)
    with pytest.raises(Lockup):
        exceptions.fault_target(BUS_FAULT, False, 0)
