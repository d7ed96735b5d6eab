"""The MPU as firmware meets it: Armv7-M ARM (DDI 0403E) B3.5, Armv6-M ARM (DDI 0419) B3.5."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import pytest
from unicorn import unicorn_const

from engine.boards import load_board
from engine.virtual_board.board import VirtualBoard
from tests.engine.virtual_board.conftest import MakeProgram
from tests.helpers.core_firmware import ENDED, REACHED, CoreProgram

M4, M0 = "stm32f407", "stm32g0b1"
HARD, MEMORY, BUS = 3, 4, 5
ALL_FAULTS = 7 << 16  # SHCSR
ENABLE, EVEN_IN_FAULTS, BACKGROUND = 1, 2, 4  # MPU_CTRL: ENABLE, HFNMIENA, PRIVDEFENA
NONE, PRIVILEGED, READ_ONLY_FOR_USERS, FULL, PRIVILEGED_READ, READ_ONLY = (
    0,
    1,
    2,
    3,
    5,
    6,
)  # AP, table B3-15
LOAD, STORE, BRANCH, LOAD_BYTE = range(4)
INSTRUCTION, DATA, STACKING, VALID = 1, 2, 1 << 4, 1 << 7  # the lowest byte of CFSR, B3.2.15

FLASH, RAM, ELSEWHERE = 0x08000000, 0x20000000, 0x20004000
CODE_IN_RAM = ELSEWHERE + 0x800


def region(
    number: int, start: int, size: int, access: int, *, never_executed: bool = False, disabled: int = 0
) -> tuple[int, int]:
    """MPU_RBAR and MPU_RASR."""
    attributes = access << 24 | never_executed << 28 | disabled << 8 | size.bit_length() - 2 << 1 | 1
    return start | 1 << 4 | number, attributes


@dataclass(frozen=True)
class Case:
    """Regions, an access, and the low byte of CFSR if it faults, 0 if it does not."""

    regions: tuple[tuple[int, int], ...]
    kind: int
    address: int
    cfsr: int
    control: int = ENABLE | BACKGROUND
    unprivileged: bool = False

    def arguments(self) -> dict[int, int]:
        given = {0: len(self.regions), 1: self.control, 12: ALL_FAULTS, 13: int(self.unprivileged)}
        for number, (base, attributes) in enumerate(self.regions):
            given |= {2 + 2 * number: base, 3 + 2 * number: attributes}
        return {**given, 14: self.kind, 15: self.address}


CODE = region(0, FLASH, 1 << 20, READ_ONLY)
DATA_RAM = region(1, RAM, 1 << 14, FULL)


def guard(access: int, *, size: int = 4096, number: int = 2, **more: int) -> tuple[int, int]:
    return region(number, ELSEWHERE, size, access, **more)


CASES = {
    "no access, load": Case((guard(NONE),), LOAD, ELSEWHERE, DATA | VALID),
    "no access, store": Case((guard(NONE),), STORE, ELSEWHERE + 4092, DATA | VALID),
    "beside it": Case((guard(NONE),), STORE, ELSEWHERE + 4096, 0),
    "switched off": Case((guard(NONE),), LOAD, ELSEWHERE, 0, control=BACKGROUND),
    "region disabled": Case(((guard(NONE)[0], guard(NONE)[1] & ~1),), LOAD, ELSEWHERE, 0),
    "read only, load": Case((guard(READ_ONLY),), LOAD, ELSEWHERE, 0),
    "read only, store": Case((guard(READ_ONLY),), STORE, ELSEWHERE, DATA | VALID),
    "read only for the privileged": Case((guard(PRIVILEGED_READ),), STORE, ELSEWHERE, DATA | VALID),
    "never executed": Case((guard(FULL, never_executed=True),), BRANCH, CODE_IN_RAM, INSTRUCTION),
    "never executed, load": Case((guard(FULL, never_executed=True),), LOAD, CODE_IN_RAM, 0),
    "executed": Case((guard(FULL),), BRANCH, CODE_IN_RAM, 0),
    "no access, executed": Case((guard(NONE),), BRANCH, CODE_IN_RAM, INSTRUCTION),
    "the higher number allows": Case((guard(NONE), guard(FULL, number=3)), STORE, ELSEWHERE, 0),
    "the higher number forbids": Case(
        (guard(NONE, number=3), guard(FULL, number=2)), STORE, ELSEWHERE, DATA | VALID
    ),
    "only a part overlaps": Case(
        (guard(FULL), guard(NONE, size=1024, number=5)), STORE, ELSEWHERE + 1024, 0
    ),
    "subregion disabled": Case((guard(NONE, disabled=1 << 2),), LOAD, ELSEWHERE + 2 * 512, 0),
    "subregion before it": Case((guard(NONE, disabled=1 << 2),), LOAD, ELSEWHERE + 1020, DATA | VALID),
    "below a disabled subregion": Case(
        (guard(NONE), guard(FULL, number=3, disabled=1 << 2)), LOAD, ELSEWHERE + 2 * 512, DATA | VALID
    ),
    "no background": Case((CODE, DATA_RAM), LOAD, ELSEWHERE, DATA | VALID, control=ENABLE),
    "no background, in a region": Case((CODE, DATA_RAM), LOAD, RAM + 0x3000, 0, control=ENABLE),
    "null page": Case((region(0, 0, 1 << 20, NONE),), LOAD, 4, DATA | VALID),
    "null page, called": Case((region(0, 0, 1 << 20, NONE),), BRANCH, 1, INSTRUCTION),
    "a peripheral": Case((region(3, 0x40000000, 1024, NONE),), LOAD, 0x40000024, DATA | VALID),
    "privileged only, by a user": Case(
        (CODE, DATA_RAM, guard(PRIVILEGED)), LOAD, ELSEWHERE, DATA | VALID, unprivileged=True
    ),
    "privileged only": Case((CODE, DATA_RAM, guard(PRIVILEGED)), LOAD, ELSEWHERE, 0),
    "users read": Case(
        (CODE, DATA_RAM, guard(READ_ONLY_FOR_USERS)), LOAD, ELSEWHERE, 0, unprivileged=True
    ),
    "users do not write": Case(
        (CODE, DATA_RAM, guard(READ_ONLY_FOR_USERS)),
        STORE,
        ELSEWHERE,
        DATA | VALID,
        unprivileged=True,
    ),
    "the background is not for users": Case(
        (CODE, DATA_RAM), LOAD, ELSEWHERE, DATA | VALID, unprivileged=True
    ),
    "32 bytes": Case((guard(NONE, size=32),), LOAD, ELSEWHERE + 28, DATA | VALID),
    "after 32 bytes": Case((guard(NONE, size=32),), STORE, ELSEWHERE + 32, 0),
    "256 bytes": Case((guard(READ_ONLY, size=256),), STORE, ELSEWHERE + 252, DATA | VALID),
    "256 bytes, load": Case((guard(READ_ONLY, size=256),), LOAD_BYTE, ELSEWHERE + 255, 0),
    "executed beside 256 bytes": Case(
        (region(2, CODE_IN_RAM + 256, 256, NONE),), BRANCH, CODE_IN_RAM, 0
    ),
    "256 bytes executed": Case(
        (region(2, CODE_IN_RAM, 256, FULL, never_executed=True),), BRANCH, CODE_IN_RAM, INSTRUCTION
    ),
}  # fmt: skip
ONLY_V7 = {"32 bytes", "after 32 bytes"}  # DDI 0419: regions have 256 bytes at least
NO_USERS = {name for name, case in CASES.items() if case.unprivileged}


def prepare(program: CoreProgram, case: Case) -> None:
    """Put a function into RAM, and its odd address into the orders where it is to be called."""
    program.board.write(CODE_IN_RAM, struct.pack("<H", 0x4770))  # bx lr
    if case.kind == BRANCH and case.address == CODE_IN_RAM:
        program.board.write(RAM + 4 * 16, struct.pack("<I", CODE_IN_RAM | 1))


@pytest.mark.parametrize(("name", "case"), CASES.items(), ids=CASES)
def test_an_access_faults_or_not_on_armv7(core_program: MakeProgram, name: str, case: Case) -> None:
    program = core_program(M4, "memory", case.arguments())
    prepare(program, case)
    notes = program.run()
    bus = program.board.bus
    assert notes == [MEMORY if case.cfsr else REACHED]
    assert bus.read(0xE000ED28, 4) == case.cfsr
    assert bus.read(0xE000ED2C, 4) == 0
    if case.cfsr & VALID:
        assert bus.read(0xE000ED34, 4) == case.address


@pytest.mark.parametrize("name", [name for name in CASES if name not in ONLY_V7 | NO_USERS])
def test_an_access_faults_or_not_on_armv6(core_program: MakeProgram, name: str) -> None:
    case = CASES[name]
    program = core_program(M0, "memory", case.arguments())
    prepare(program, case)
    assert program.run() == [HARD if case.cfsr else REACHED]
    assert program.board.bus.read(0xE000ED28, 4) == 0


def test_neighbours_in_one_page_are_told_apart_and_stores_arrive(core_program: MakeProgram) -> None:
    for offset, faults in ((28, False), (32, True), (60, True), (64, False)):
        case = Case((region(2, ELSEWHERE + 32, 32, NONE),), STORE, ELSEWHERE + offset, 0)
        program = core_program(M4, "memory", case.arguments())
        before = program.board.read(ELSEWHERE + offset, 4)
        assert program.run() == [MEMORY if faults else REACHED]
        stored = program.board.read(ELSEWHERE + offset, 4)
        assert stored == (before if faults else struct.pack("<I", STORE))


def test_a_user_has_no_access_to_the_cores_registers(core_program: MakeProgram) -> None:
    case = Case((), LOAD, 0xE000E100, 0, control=0, unprivileged=True)
    program = core_program(M4, "memory", case.arguments())
    assert program.run() == [BUS]
    bus = program.board.bus
    assert bus.read(0xE000ED28, 4) == 1 << 15 | 1 << 9  # BFARVALID, PRECISERR
    assert bus.read(0xE000ED38, 4) == 0xE000E100


@pytest.mark.parametrize(("control", "locks_up"), [(BACKGROUND, False), (7, True)])
def test_a_hard_faults_handler_is_checked_only_if_asked(
    core_program: MakeProgram, control: int, locks_up: bool
) -> None:
    """MPU_CTRL.HFNMIENA."""
    program = core_program(M4, "mistakes", {0: 1, 14: LOAD, 15: 0x60000000})
    board = program.board
    base, attributes = region(0, RAM + 0x2000, 1024, NONE)
    (handler,) = struct.unpack("<I", board.read(FLASH + 4 * HARD, 4))
    for offset, value in ((0xD9C, base), (0xDA0, attributes), (0xD94, control | ENABLE)):
        board.bus.write(0xE000E000 + offset, 4, value)

    def look_elsewhere(engine: object, address: int, size: int, user: object) -> None:
        """Let the handler load from the region, not from where nothing is."""
        board.cpu.engine.mem_write(RAM + 4 * 16, struct.pack("<I", RAM + 0x2000))

    hook = board.cpu.engine.hook_add(
        unicorn_const.UC_HOOK_BLOCK, look_elsewhere, begin=handler & ~1, end=handler & ~1
    )
    notes = program.run()
    board.cpu.engine.hook_del(hook)
    board.cpu.engine.ctl_flush_tb()
    assert bool(board.cpu.lockup_reason) is locks_up
    assert notes[:2] == ([HARD] if locks_up else [HARD, HARD + ENDED])


def test_a_frame_that_the_mpu_forbids_is_told_as_such(core_program: MakeProgram) -> None:
    program = core_program(M4, "mistakes", {0: 4, 12: ALL_FAULTS, 15: ELSEWHERE + 1024})
    base, attributes = guard(READ_ONLY)
    for offset, value in ((0xD9C, base), (0xDA0, attributes), (0xD94, ENABLE | BACKGROUND)):
        program.board.bus.write(0xE000E000 + offset, 4, value)
    assert program.run()[-1] == MEMORY
    assert program.board.bus.read(0xE000ED28, 4) == STACKING


def test_after_a_reset_nothing_is_forbidden(core_program: MakeProgram) -> None:
    case = CASES["no access, load"]
    program = core_program(M4, "memory", case.arguments())
    assert program.run() == [MEMORY]
    board = program.board
    board.reset()
    board.write(RAM, struct.pack("<23I", 4, 0, 0, *[0] * 12, LOAD, ELSEWHERE, *[0] * 6))
    board.write(RAM + 4 * 21, bytes(4))
    assert program.run() == [REACHED]


@pytest.mark.parametrize(("board_id", "regions"), [(M4, 8), (M0, 8), ("stm32h743", 16)])
def test_the_registers_tell_what_was_written(board_id: str, regions: int) -> None:
    bus = VirtualBoard(load_board(board_id)).bus
    assert bus.read(0xE000ED90, 4) == regions << 8
    base, attributes = guard(READ_ONLY, number=regions - 1)
    bus.write(0xE000ED9C, 4, base)
    bus.write(0xE000EDA0, 4, attributes)
    bus.write(0xE000ED98, 4, 0)
    assert bus.read(0xE000EDA0, 4) == 0
    bus.write(0xE000ED98, 4, regions - 1)
    assert bus.read(0xE000EDA0, 4) == attributes
    assert bus.read(0xE000ED9C, 4) == ELSEWHERE | regions - 1
