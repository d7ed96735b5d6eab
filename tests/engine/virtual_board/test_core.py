"""Priorities, nesting, masks, sleep, stacks and escalation, as firmware meets them.

Sections are those of the Armv7-M (DDI 0403E) and Armv6-M (DDI 0419) Architecture Reference Manuals.
"""

from __future__ import annotations

import struct
from typing import Any

import pytest
from unicorn import arm_const, unicorn_const

from engine.boards import load_board
from engine.virtual_board.board import State, VirtualBoard
from tests.engine.virtual_board.conftest import MakeProgram
from tests.helpers.core_firmware import ENDED, REACHED

M4, M0 = "stm32f407", "stm32g0b1"
NMI, HARD, MEMORY, BUS, USAGE, SVC, PENDSV, SYSTICK, IRQ0, IRQ1, IRQ2 = (
    2, 3, 4, 5, 6, 11, 14, 15, 16, 17, 18
)  # fmt: skip
FORCED = 1 << 30
ALL_FAULTS = 7 << 16  # SHCSR
NESTS, THREAD, PROCESS = 0xFFFFFFF1, 0xFFFFFFF9, 0xFFFFFFFD  # EXC_RETURN, B1.5.8
both_cores = pytest.mark.parametrize("board_id", [M4, M0])


def whole(*numbers: int) -> list[int]:
    """Notes of handlers that run one after the other."""
    return [note for number in numbers for note in (number, number + ENDED)]


@both_cores
def test_a_higher_priority_preempts_and_returns_to_the_handler_below(
    core_program: MakeProgram, board_id: str
) -> None:
    arguments = {0: 0x4080, 1: 1, 2: 0xC0 << 16, 7: 1, 19: 1}  # interrupt 0 pends 1, that pends PendSV
    program = core_program(board_id, "interrupts", arguments)
    assert program.run() == [
        IRQ0, THREAD, IRQ1, NESTS, IRQ1 + ENDED, IRQ0 + ENDED, PENDSV, THREAD, PENDSV + ENDED,
        REACHED, REACHED + 1,
    ]  # fmt: skip


@both_cores
def test_an_equal_priority_waits_and_pendsv_runs_last(core_program: MakeProgram, board_id: str) -> None:
    program = core_program(board_id, "interrupts", {0: 0x8080, 1: 1, 2: 0xC0 << 16, 7: 1})
    assert program.run() == [*whole(IRQ0, IRQ1, PENDSV), REACHED, REACHED + 1]


@both_cores
def test_of_equal_priorities_the_lowest_number_goes_first(
    core_program: MakeProgram, board_id: str
) -> None:
    arguments = {0: 0xC08080, 1: 7, 2: 0xC0 << 16, 6: 3}
    program = core_program(board_id, "interrupts", arguments)
    assert program.run()[:10] == whole(NMI, IRQ0, IRQ1, PENDSV, IRQ2)


def test_the_subpriority_orders_but_does_not_preempt(core_program: MakeProgram) -> None:
    together = {0: 0x8090, 1: 3, 3: 5}  # PRIGROUP 5: bits 7 and 6 preempt
    assert core_program(M4, "interrupts", together).run()[:4] == whole(IRQ1, IRQ0)
    meanwhile = {0: 0x8090, 1: 1, 2: 0xC0 << 16, 3: 5, 7: 1}
    assert core_program(M4, "interrupts", meanwhile).run()[:4] == whole(IRQ0, IRQ1)
    finer = {0: 0x8090, 1: 1, 2: 0xC0 << 16, 3: 3, 7: 1}  # bits 7 to 4 preempt
    notes = core_program(M4, "interrupts", finer).run()
    assert notes[:4] == [IRQ0, IRQ1, IRQ1 + ENDED, IRQ0 + ENDED]


def test_a_core_keeps_only_the_priority_bits_that_it_has() -> None:
    for board_id, kept in ((M4, 0xF0), (M0, 0xC0)):
        bus = VirtualBoard(load_board(board_id)).bus
        bus.write(0xE000E400, 4, 0xFFFFFFFF)
        assert bus.read(0xE000E402, 1) == kept


def test_basepri_holds_its_priority_and_those_below(core_program: MakeProgram) -> None:
    program = core_program(M4, "interrupts", {0: 0xC08040, 1: 7, 4: 0x80})
    assert program.run() == [*whole(IRQ0), REACHED, *whole(IRQ1, IRQ2), REACHED + 1]


@pytest.mark.parametrize(("board_id", "mask"), [(M4, 1), (M4, 2), (M0, 1)])
def test_masks_hold_interrupts_but_not_the_nmi(
    core_program: MakeProgram, board_id: str, mask: int
) -> None:
    program = core_program(board_id, "interrupts", {0: 0x80, 1: 1, 5: mask, 6: 1})
    assert program.run() == [*whole(NMI), REACHED, *whole(IRQ0), REACHED + 1]


def test_faultmask_is_cleared_by_the_return_of_a_handler_but_not_of_the_nmis() -> None:
    for number, left in ((NMI, 1), (IRQ0, 0)):
        board, engine = _board_in_a_loop()
        board.cpu.exceptions.enabled.add(IRQ0)
        board.cpu.exceptions.pending.add(number)
        handler = board.spec.region("code").origin + 0x200
        engine.hook_add(
            unicorn_const.UC_HOOK_BLOCK,
            lambda engine, *_: engine.reg_write(arm_const.UC_ARM_REG_FAULTMASK, 1),
            begin=handler,
            end=handler,
        )
        board.run_slice()
        assert board.cpu.exceptions.active == []
        assert engine.reg_read(arm_const.UC_ARM_REG_FAULTMASK) == left


def _board_in_a_loop() -> tuple[VirtualBoard, Any]:
    """A board whose program is a loop, and whose handlers return at once."""
    board = VirtualBoard(load_board(M4))
    code = board.spec.region("code").origin
    stack = board.spec.region("arena").origin + 1024
    board.write(code, struct.pack("<32I", stack, code + 0x101, *[code + 0x201] * 30))
    board.write(code + 0x100, struct.pack("<2H", 0xBF00, 0xE7FE))
    board.write(code + 0x200, struct.pack("<H", 0x4770))  # bx lr
    board.reset()
    board.run_slice()
    return board, board.cpu.engine


def _starts(board: VirtualBoard, engine: Any) -> list[tuple[int, int]]:
    """Grows as the board runs: the exception in each handler's first block, and the cycle."""
    starts: list[tuple[int, int]] = []
    code = board.spec.region("code").origin

    def note(engine: Any, address: int, size: int, user: object) -> None:
        number = engine.reg_read(arm_const.UC_ARM_REG_IPSR)
        if number or starts and starts[-1][0]:
            starts.append((number, board.cpu.counter.cycles))

    engine.hook_add(unicorn_const.UC_HOOK_BLOCK, note, begin=code + 0x100, end=code + 0x200)
    engine.ctl_flush_tb()
    return starts


def test_tail_chaining_saves_unstacking_and_stacking() -> None:
    board, engine = _board_in_a_loop()
    starts = _starts(board, engine)
    board.cpu.exceptions.enabled |= {IRQ0, IRQ1}
    board.cpu.exceptions.pending |= {IRQ0, IRQ1}
    board.run_slice()
    (first, begin), (second, chained), (thread, resumed) = starts[:3]
    assert (first, second, thread) == (IRQ0, IRQ1, 0)
    # DDI 0439 3.9: 6 cycles from handler to handler, 12 to leave; both blocks are the same `bx lr`
    assert (resumed - chained) - (chained - begin) == 12 - 6


def test_a_higher_priority_that_comes_while_the_frame_is_stacked_goes_first() -> None:
    board, engine = _board_in_a_loop()
    starts = _starts(board, engine)
    state = board.cpu.exceptions
    state.enabled.add(IRQ0)
    state.priorities = {IRQ0: 0x80, SYSTICK: 0x40}
    state.pending.add(IRQ0)
    board.bus.write(0xE000E014, 4, 100_000)
    board.bus.write(0xE000E010, 4, 7)
    board.bus.system.tick_due = board.cpu.counter.cycles + 5
    before = engine.reg_read(arm_const.UC_ARM_REG_SP)
    board.run_slice()
    assert [number for number, _ in starts[:3]] == [SYSTICK, IRQ0, 0]  # late arrival, then tail-chaining
    assert engine.reg_read(arm_const.UC_ARM_REG_SP) == before


@both_cores
def test_a_supervisor_call_comes_at_once_and_pendsv_after_it(
    core_program: MakeProgram, board_id: str
) -> None:
    program = core_program(board_id, "calls", {0: 0x80 << 24, 1: 0xC0 << 16})
    assert program.run() == [*whole(SVC, PENDSV), REACHED]
    inside = {0: 0x40 << 24, 1: 0xC0 << 16, 2: 0x80, 3: 2}  # the call is made by interrupt 0
    program = core_program(board_id, "calls", inside)
    assert program.run() == [IRQ0, *whole(SVC), IRQ0 + ENDED, *whole(PENDSV), REACHED]


@both_cores
@pytest.mark.parametrize("how", [{3: 1}, {0: 0x80 << 24, 2: 0x80, 3: 2}], ids=["masked", "equal"])
def test_a_supervisor_call_that_may_not_run_is_a_hard_fault(
    core_program: MakeProgram, board_id: str, how: dict[int, int]
) -> None:
    program = core_program(board_id, "calls", how)
    assert program.run()[-1] == HARD
    assert program.board.cpu.exceptions.hfsr == FORCED


@both_cores
@pytest.mark.parametrize("masked", [0, 1])
def test_wfi_sleeps_until_the_next_interrupt_and_no_less(
    core_program: MakeProgram, board_id: str, masked: int
) -> None:
    program = core_program(board_id, "sleeps", {0: 100_000, 3: masked})
    assert program.run() == []
    board = program.board
    for rounds in range(3):
        assert board.state is State.ASLEEP
        due, instructions = board.bus.system.tick_due, board.cpu.counter.instructions
        board.pass_time(0.4 * board.sleep_seconds())
        program.run()  # too early
        assert board.state is State.ASLEEP
        assert board.cpu.counter.instructions == instructions
        board.pass_time(1.0)  # more than is left
        assert board.cpu.counter.cycles == due
        notes = program.run()
        if masked:  # its interrupt stays pending, and no WFI sleeps any more
            assert notes == [REACHED, REACHED + 1, REACHED + 2]
            break
        assert notes[-3:] == [*whole(SYSTICK), REACHED + rounds]


@both_cores
def test_sleep_on_exit_never_goes_back_to_the_program(core_program: MakeProgram, board_id: str) -> None:
    program = core_program(board_id, "sleeps", {0: 100_000, 2: 1 << 1})
    program.run()
    for _ in range(3):
        program.board.pass_time(1.0)
        program.run()
        assert program.board.state is State.ASLEEP
    assert program.notes == whole(SYSTICK, SYSTICK, SYSTICK)


@both_cores
def test_a_thread_has_its_own_stack_and_handlers_the_main_one(
    core_program: MakeProgram, board_id: str
) -> None:
    program = core_program(board_id, "two_stacks", {19: 1})
    same_after_the_call = 1
    assert program.run() == [SVC, PROCESS, SVC + ENDED, same_after_the_call, REACHED]


@pytest.mark.parametrize(
    ("arguments", "handler", "cfsr", "hfsr"),
    [
        ({0: 2}, HARD, 1 << 18, FORCED),  # INVPC, and no usage fault is enabled
        ({0: 2, 12: ALL_FAULTS}, USAGE, 1 << 18, 0),
        ({0: 3, 15: 0x08000100, 12: ALL_FAULTS}, USAGE, 1 << 17, 0),  # INVSTATE
        ({0: 3, 15: 0x60000001, 12: ALL_FAULTS}, BUS, 1 << 8, 0),  # IBUSERR
        ({0: 3, 15: 0x40000001, 12: ALL_FAULTS}, MEMORY, 1 << 0, 0),  # IACCVIOL: XN, table B3-1
        ({0: 3, 15: 0xE000E001, 12: ALL_FAULTS}, MEMORY, 1 << 0, 0),
        ({0: 3, 15: 0xFFFFFFF1, 12: ALL_FAULTS}, MEMORY, 1 << 0, 0),  # no return: it is no handler's
        ({0: 4, 15: 0x60000100, 12: ALL_FAULTS}, BUS, 1 << 12, 0),  # STKERR
        ({0: 4, 15: 0x08000400}, HARD, 1 << 12, FORCED),  # a stack in flash
    ],
)  # fmt: skip
def test_each_mistake_has_its_fault(
    core_program: MakeProgram, arguments: dict[int, int], handler: int, cfsr: int, hfsr: int
) -> None:
    program = core_program(M4, "mistakes", arguments)
    assert program.run()[-1] == handler
    bus = program.board.bus
    assert bus.read(0xE000ED28, 4) == cfsr
    assert bus.read(0xE000ED2C, 4) == hfsr
    active = bus.read(0xE000ED24, 4) & 0x8B  # SHCSR
    assert active == {MEMORY: 1, BUS: 2, USAGE: 8}.get(handler, 0) | (
        0x80 if SVC in program.notes else 0
    )


@pytest.mark.parametrize("arguments", [{0: 2}, {0: 3, 15: 0x08000100}, {0: 4, 15: 0x60000100}])
def test_on_armv6_every_fault_is_a_hard_fault_without_a_cause(
    core_program: MakeProgram, arguments: dict[int, int]
) -> None:
    program = core_program(M0, "mistakes", arguments)
    assert program.run()[-1] == HARD
    assert [program.board.bus.read(0xE000ED28 + 4 * i, 4) for i in range(5)] == [0] * 5


@both_cores
def test_a_fault_in_the_hard_faults_handler_locks_up_and_says_why(
    core_program: MakeProgram, board_id: str
) -> None:
    program = core_program(board_id, "mistakes", {0: 1, 14: 0, 15: 0x60000000})
    assert program.run()[-1] == HARD
    board = program.board
    assert board.state is State.LOCKUP
    reason = f"The core has locked up at 0x{board.cpu.pc:08X}: a bus fault came while a hard fault"
    assert str(board.statistics()["lockup"]).startswith(reason)
    board.reset()
    assert board.statistics()["lockup"] == ""


def test_a_vector_that_cannot_be_read_is_a_hard_fault_and_without_that_a_lockup() -> None:
    board, _ = _board_in_a_loop()
    readable = board.cpu.vectors
    state = board.cpu.exceptions
    state.enabled.add(IRQ0)
    state.pending.add(IRQ0)
    board.cpu.vectors = 0x60000000
    board.run_slice()
    assert board.state is State.LOCKUP
    assert "vector" in board.cpu.lockup_reason
    board.reset()
    board.cpu.vectors = board.spec.region("data").origin + board.spec.region("data").size_bytes - 64
    board.write(board.cpu.vectors + 4 * HARD, struct.pack("<I", readable + 0x101))
    board.cpu.exceptions.enabled.add(IRQ0)  # its vector lies behind the end of the memory
    board.cpu.exceptions.pending.add(IRQ0)
    board.run_slice()
    assert board.cpu.exceptions.active == [HARD]
    assert board.cpu.exceptions.hfsr == 1 << 1  # VECTTBL


def test_registers_tell_what_is_pending_and_active() -> None:
    board, _ = _board_in_a_loop()
    bus, state = board.bus, board.cpu.exceptions
    bus.write(0xE000E100, 4, 0b110)
    bus.write(0xE000EF00, 4, 2)  # STIR
    bus.write(0xE000ED04, 4, 1 << 28)
    assert bus.read(0xE000E200, 4) == 0b100
    assert bus.read(0xE000ED04, 4) == 1 << 28 | 1 << 22 | PENDSV << 12
    bus.write(0xE000ED04, 4, 1 << 27)
    assert bus.read(0xE000ED04, 4) >> 12 & 0x1FF == IRQ2
    state.active.append(IRQ1)
    assert bus.read(0xE000E300, 4) == 0b010  # IABR
    assert bus.read(0xE000ED04, 4) & 0x9FF == 1 << 11 | IRQ1  # RETTOBASE, VECTACTIVE


def test_systick_tells_once_that_it_has_come_to_zero() -> None:
    board, _ = _board_in_a_loop()
    board.bus.write(0xE000E014, 4, 999)
    board.bus.write(0xE000E010, 4, 5)  # without its interrupt
    board.run_slice()
    assert board.bus.read(0xE000E010, 4) == 1 << 16 | 5
    assert board.bus.read(0xE000E010, 4) == 5
    assert SYSTICK not in board.cpu.exceptions.pending
