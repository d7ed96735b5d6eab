"""Unaligned accesses: a fault on Armv6-M (DDI 0419 A3.2.1), one access more on Armv7-M."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from unicorn import arm_const

from engine.boards import load_board
from engine.firmware.toolchains import available_toolchains
from engine.telemetry.frame import Value
from engine.virtual_board.board import State, VirtualBoard
from tests.helpers.board_in_process import Firmware
from tests.helpers.stub_firmware import build_stub, expected_output

NOP, WFI, LOOP_FOREVER = 0xBF00, 0xBF30, 0xE7FE
HARD_FAULT = 3
ACCESSES = {  # encoding with base register r1, and the least alignment that it needs
    "ldr r0, [r1]": (0x6808, 4),
    "str r0, [r1]": (0x6008, 4),
    "ldrh r0, [r1]": (0x8808, 2),
    "ldrsh r0, [r1, r2]": (0x5E88, 2),
    "strh r0, [r1]": (0x8008, 2),
    "ldm r1!, {r0, r3}": (0xC909, 4),
    "stm r1!, {r0, r3}": (0xC109, 4),
    "ldrb r0, [r1]": (0x7808, 1),
    "strb r0, [r1]": (0x7008, 1),
}


def run_from(board: VirtualBoard, address: int, *code: int, handler: int | None = None) -> None:
    """Run the code with `address` in r1 and 0 in r2, then a loop; faults go to a loop or `handler`."""
    flash, data = board.spec.region("code"), board.spec.region("data")
    handler = flash.origin + 0x200 if handler is None else handler
    vectors = [data.origin + 1024, flash.origin + 0x101] + [handler | 1] * 14
    board.write(flash.origin, struct.pack("<16I", *vectors))
    board.write(flash.origin + 0x100, struct.pack(f"<{len(code) + 2}H", NOP, *code, LOOP_FOREVER))
    board.write(flash.origin + 0x200, struct.pack("<H", LOOP_FOREVER))
    board.reset()
    board.cpu.engine.reg_write(arm_const.UC_ARM_REG_R1, address)
    board.run_slice()


def stacked(board: VirtualBoard) -> tuple[int, ...]:
    """R0 to R3, R12, LR, PC, xPSR of the interrupted program."""
    frame = board.cpu.engine.reg_read(arm_const.UC_ARM_REG_SP)
    return struct.unpack("<8I", board.read(frame, 32))


@pytest.mark.parametrize("board_id", ["stm32g0b1", "stm32f407"])
@pytest.mark.parametrize(("name", "access"), ACCESSES.items())
def test_an_access_faults_where_the_core_needs_alignment(
    name: str, access: tuple[int, int], board_id: str
) -> None:
    code, alignment = access
    multiple = name.startswith(("ldm", "stm"))
    for offset in range(4):
        board = VirtualBoard(load_board(board_id))
        address = board.spec.region("data").origin + 64 + offset
        run_from(board, address, code)
        faults = (multiple or board.spec.core == "cortex-m0plus") and offset % alignment != 0
        assert board.cpu.exceptions.active == ([HARD_FAULT] if faults else [])
        if faults:
            frame = stacked(board)
            assert frame[1] == address  # no write-back
            assert frame[6] == board.spec.region("code").origin + 0x102


TRAPPED = {  # Armv7-M instructions with base register r1 and index r2, and the alignment that they need
    **{name: ([code], alignment) for name, (code, alignment) in ACCESSES.items()},
    "ldr.w r0, [r1, #1]!": ([0xF851, 0x0F01], 4),
    "ldr.w r0, [r1], #4": ([0xF851, 0x0B04], 4),
    "ldrh.w r0, [r1, r2, lsl #1]": ([0xF831, 0x0012], 2),
    "ldrd r0, r3, [r1, #8]": ([0xE9D1, 0x0302], 4),
    "strd r0, r3, [r1, #8]": ([0xE9C1, 0x0302], 4),
    "ldmdb r1, {r0, r3}": ([0xE911, 0x0009], 4),
    "vldr s0, [r1]": ([0xED91, 0x0A00], 4),
    "ldrsb.w r0, [r1]": ([0xF991, 0x0000], 1),
}
USAGE_FAULT, CCR, SHCSR, CFSR = 6, 0xE000ED14, 0xE000ED24, 0xE000ED28
UNALIGN_TRP, UNALIGNED = 1 << 3, 1 << 24


def run_with_trap(board: VirtualBoard, code: list[int], address: int, trap: int = UNALIGN_TRP) -> None:
    """Run the code once with `address` in r1, 0 in r2 and UNALIGN_TRP set, then sleep."""
    flash = board.spec.region("code").origin
    board.erase(flash, 0x300)
    board.write(
        flash, struct.pack("<16I", board.spec.region("data").origin + 1024, *[flash + 0x201] * 15)
    )
    board.write(flash + 0x100, struct.pack(f"<{len(code) + 3}H", NOP, *code, WFI, LOOP_FOREVER))
    board.write(flash + 0x200, struct.pack("<2H", WFI, LOOP_FOREVER))
    board.cpu.reset(board.spec.region("data").origin + 1024, flash + 0x101)
    board.bus.write(SHCSR, 4, 1 << 18)
    board.bus.write(CCR, 4, trap)
    board.bus.write(0xE000ED88, 4, 0xF << 20)  # CPACR: the FPU is on
    board.cpu.engine.reg_write(arm_const.UC_ARM_REG_R1, address)
    board.cpu.engine.reg_write(arm_const.UC_ARM_REG_R2, 0)
    board.state = State.RUNNING
    board.run_slice()
    assert board.state is State.ASLEEP


@pytest.mark.parametrize("allow_compiled", [True, False], ids=["compiled", "interpreted"])
def test_on_armv7_unaligned_accesses_fault_if_the_firmware_asks_for_it(allow_compiled: bool) -> None:
    board = VirtualBoard(load_board("stm32f407"), allow_compiled=allow_compiled)
    data = board.spec.region("data").origin + 64
    for name, (code, alignment) in TRAPPED.items():
        added = 1 if "#1]!" in name else 0
        for offset in range(4):
            run_with_trap(board, code, data + offset)
            faults = (offset + added) % alignment != 0
            assert board.cpu.exceptions.active == ([USAGE_FAULT] if faults else []), (name, offset)
            assert board.bus.read(CFSR, 4) == (UNALIGNED if faults else 0)
            if faults:
                frame = stacked(board)
                assert frame[1] == data + offset  # no write-back
                assert frame[6] == board.spec.region("code").origin + 0x102


ALWAYS = ("ldm", "stm", "ldrd", "strd", "vldr")
ADD_R1_4, MOV_R4_7 = 0x3104, 0x2407


@pytest.mark.parametrize("allow_compiled", [True, False], ids=["compiled", "interpreted"])
def test_on_armv7_some_accesses_always_need_alignment(allow_compiled: bool) -> None:
    """DDI 0403E A3.2.1; in the middle of a block, behind what changes the register."""
    board = VirtualBoard(load_board("stm32f407"), allow_compiled=allow_compiled)
    data = board.spec.region("data").origin + 64
    for name, (code, alignment) in TRAPPED.items():
        for offset in range(4):
            run_with_trap(board, [MOV_R4_7, ADD_R1_4, *code], data + offset, trap=0)
            faults = name.startswith(ALWAYS) and offset % alignment != 0
            assert board.cpu.exceptions.active == ([USAGE_FAULT] if faults else []), (name, offset)
            assert board.bus.read(CFSR, 4) == (UNALIGNED if faults else 0)
            assert board.cpu.engine.reg_read(arm_const.UC_ARM_REG_R4) == 7
            if faults:
                frame = stacked(board)
                assert frame[1] == data + offset + 4
                assert frame[6] == board.spec.region("code").origin + 0x106


@pytest.mark.parametrize("allow_compiled", [True, False], ids=["compiled", "interpreted"])
def test_the_trap_ends_with_a_reset(allow_compiled: bool) -> None:
    board = VirtualBoard(load_board("stm32f407"), allow_compiled=allow_compiled)
    run_with_trap(board, [NOP], 0)
    board.erase(board.spec.region("code").origin, 0x300)
    run_from(board, board.spec.region("data").origin + 65, 0x6808, WFI)
    assert board.cpu.exceptions.active == []


def test_an_unaligned_access_in_the_fault_handler_locks_up() -> None:
    board = VirtualBoard(load_board("stm32g0b1"))
    code = board.spec.region("code").origin
    run_from(board, board.spec.region("data").origin + 65, 0x6808, handler=code + 0x100)
    assert board.state is State.LOCKUP


def test_an_instruction_that_only_armv7_has_faults_on_armv6() -> None:
    for board_id, faults in (("stm32g0b1", True), ("stm32f407", False)):
        board = VirtualBoard(load_board(board_id))
        run_from(board, 1, 0xFBB1, 0xF0F1)  # udiv r0, r1, r1
        assert board.cpu.exceptions.active == ([HARD_FAULT] if faults else [])


@pytest.mark.parametrize("toolchain", [tools.name for tools in available_toolchains()])
def test_the_platform_needs_no_unaligned_access(toolchain: str, tmp_path: Path) -> None:
    """A program that lets them fault can use it, and its faults are still reported."""
    data = bytes(range(200)) + bytes(290)
    firmware = Firmware(build_stub(tmp_path, toolchain=toolchain))
    firmware.settle()
    bus = firmware.board.bus
    bus.write(CCR, 4, bus.read(CCR, 4) | UNALIGN_TRP)
    assert firmware.infer(data) == expected_output(data)
    requests: tuple[tuple[str, dict[str, Value]], ...] = (
        ("ask_hello", {}),
        ("ask_stats", {}),
        ("infer", {"flags": 1}),
        ("set_input", {"offset": 0, "data": b"odd"}),
        ("set_input", {"offset": 3, "data": b"offset"}),
        ("baud", {"baud": 460_800}),
    )
    for kind, values in requests:
        assert firmware.send(kind, **values)[0].number("status") == 0
    fault = firmware.fault(7)
    assert fault.number("cfsr") == UNALIGNED
