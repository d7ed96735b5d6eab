"""The emulator in this process, running real compiled firmware."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from unicorn import arm_const, unicorn_const

from engine.boards import load_board
from engine.errors import BadInputFile, BoardError
from engine.telemetry.frame import FrameDecoder, Value, encode_frame
from engine.virtual_board import board as board_module
from engine.virtual_board.board import State, VirtualBoard
from tests.helpers.board_in_process import Firmware
from tests.helpers.stub_firmware import expected_output

FLASH = 0x08000000


def counts(firmware: Firmware) -> tuple[int, int]:
    counter = firmware.board.cpu.counter
    return counter.invoke_instructions, counter.invoke_cycles


def test_the_firmware_starts_and_goes_to_sleep(stub_elf: Path) -> None:
    firmware = Firmware(stub_elf)
    frames = firmware.settle()
    assert [frame.kind for frame in frames] == ["hello"]
    assert frames[0].number("clock_hz") == 168_000_000
    assert firmware.board.state is State.ASLEEP
    assert firmware.board.bus.rcc.core_hz == 168_000_000


def test_counts_of_invoke_do_not_depend_on_how_the_run_is_cut(
    stub_elf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = bytes(range(200)) + bytes(290)
    found = set()
    for slice_us in (1, 7, 150, 2000):
        monkeypatch.setattr(board_module, "SLICE_US", slice_us)
        firmware = Firmware(stub_elf)
        firmware.settle()
        for _ in range(2):
            assert firmware.infer(data) == expected_output(data)
            found.add(counts(firmware))
    assert len(found) == 1
    instructions, cycles = found.pop()
    assert 490 < instructions < cycles


def test_both_forms_of_the_counter_count_the_same(stub_elf: Path) -> None:
    data = bytes(range(1, 246)) + bytes(245)
    found = []
    for allow_compiled in (True, False):
        firmware = Firmware(stub_elf, allow_compiled=allow_compiled)
        assert firmware.board.cpu.counter.compiled is allow_compiled
        firmware.settle()
        assert firmware.infer(data) == expected_output(data)
        found.append(counts(firmware))
    assert found[0] == found[1]


def test_the_cycle_counter_agrees_with_the_exact_count(stub_elf: Path) -> None:
    firmware = Firmware(stub_elf)
    firmware.settle()
    firmware.send("set_input", offset=0, data=bytes(240))
    firmware.send("set_input", offset=240, data=bytes(240))
    firmware.send("set_input", offset=480, data=bytes(10))
    frames = firmware.send("infer", flags=0)
    measured = next(frame.number("cycles") for frame in frames if frame.kind == "inference")
    _, exact = counts(firmware)
    assert exact <= measured <= exact + 40  # the call and two reads of the counter


# CFSR, DDI 0403E B3.2.15; all escalate to the hard fault, since interrupts are masked while invoke runs
FAULTS = {
    0: 1 << 15 | 1 << 9,  # precise bus error, address valid
    1: 1 << 7 | 1 << 1,  # null pointer: MPU data violation, address valid
    2: 1 << 16,  # undefined instruction
    3: 1 << 25,  # division by zero
    4: 1 << 10 | 1 << 12,  # stack overflow: imprecise bus error, and again while stacking
    5: 1 << 8,  # instruction bus error
    6: 1 << 10,  # store to flash
}


@pytest.mark.parametrize("allow_compiled", [True, False], ids=["compiled", "interpreted"])
@pytest.mark.parametrize(("which", "cfsr"), FAULTS.items())
def test_planted_faults_are_reported(
    stub_elf: Path, which: int, cfsr: int, allow_compiled: bool
) -> None:
    firmware = Firmware(stub_elf, allow_compiled=allow_compiled)
    firmware.settle()
    fault = firmware.fault(which)
    assert fault.number("cause") == 3
    assert fault.number("hfsr") == 1 << 30  # forced
    assert fault.number("cfsr") == cfsr
    if which == 0:
        assert fault.number("bfar") == 0x60000000
    if which == 1:
        assert fault.number("mmfar") == 4
    if which == 5:
        assert fault.number("pc") == 0x60000000
    elif which != 4:
        assert FLASH <= fault.number("pc") < FLASH + 16384


def test_the_fault_frame_comes_again_and_a_reset_starts_anew(stub_elf: Path) -> None:
    firmware = Firmware(stub_elf)
    firmware.settle()
    firmware.fault(2)
    sent = b""
    decoder = FrameDecoder()
    board = firmware.board
    end = board.cpu.counter.cycles + 168_000_000 * 14 // 10
    before = board.cpu.counter.instructions
    while board.cpu.counter.cycles < end:
        board.run_slice()
        assert board.may_run
        board.pass_time(board.sleep_seconds())
        sent += board.cpu.counter.take_sent()
    assert board.cpu.counter.instructions - before < 30_000  # it sleeps in between
    assert [frame.kind for frame in decoder.feed(sent)] == ["fault"]
    frames = firmware.send("reset")
    assert [frame.kind for frame in frames] == ["ack", "hello"]
    assert frames[1].number("reset_cause") == 3
    assert firmware.infer(bytes(490)) == bytes(10)


def test_an_interrupt_keeps_the_floating_point_registers(stub_elf: Path) -> None:
    firmware = Firmware(stub_elf)
    firmware.settle()
    engine = firmware.board.cpu.engine
    returns: list[int] = []

    def spoil(engine: Any, address: int, size: int, user: object) -> None:
        returns.append(engine.reg_read(arm_const.UC_ARM_REG_LR))
        engine.reg_write(arm_const.UC_ARM_REG_S0, 0)
        engine.reg_write(arm_const.UC_ARM_REG_S15, 0)

    (handler,) = struct.unpack("<I", firmware.board.read(FLASH + 4 * (16 + 39), 4))
    engine.hook_add(unicorn_const.UC_HOOK_BLOCK, spoil, begin=handler & ~1, end=handler & ~1)
    stack = engine.reg_read(arm_const.UC_ARM_REG_SP)
    firmware.infer(bytes(490))  # leaves pi in S0 and S15
    assert set(returns) == {0xFFFFFFF9}  # no floating-point instruction had run yet
    returns.clear()
    for _ in range(3):
        firmware.send("ask_hello")
        assert engine.reg_read(arm_const.UC_ARM_REG_S0) == 0x40490FDB
        assert engine.reg_read(arm_const.UC_ARM_REG_S15) == 0x40490FDB
        assert engine.reg_read(arm_const.UC_ARM_REG_SP) == stack
    assert set(returns) == {0xFFFFFFE9}


def test_sleep_takes_time_but_no_instructions(stub_elf: Path) -> None:
    firmware = Firmware(stub_elf)
    firmware.settle()
    board = firmware.board
    before = board.cpu.counter.instructions
    uptime = firmware.send("ask_stats")[-1].number("uptime_us")
    for _ in range(20):
        board.pass_time(board.sleep_seconds())
        firmware.settle()
    later = firmware.send("ask_stats")[-1].number("uptime_us")
    assert later - uptime == pytest.approx(20 * 90_000, rel=0.01)
    assert board.cpu.counter.instructions - before < 30_000


def test_the_ring_drops_what_does_not_fit_and_the_firmware_goes_on(stub_elf: Path) -> None:
    firmware = Firmware(stub_elf)
    firmware.settle()
    wire = b"".join(
        encode_frame("set_input", i, {"offset": 0, "data": bytes([1]) * 240}) for i in range(20)
    )
    firmware.board.cpu.counter.receive(wire)  # far more than the window
    firmware.settle()
    firmware._sequence = 20
    firmware.send("ask_stats")  # whatever stood on the line ends with this one
    stats = firmware.send("ask_stats")[-1]
    assert stats.kind == "stats"
    assert stats.number("overruns") > 0
    assert firmware.infer(bytes(490)) == bytes(10)


@pytest.mark.parametrize(
    ("kind", "values", "status"),
    [
        ("infer", {"flags": 0}, 4),
        ("set_input", {"offset": 240, "data": b"x"}, 3),
        ("set_input", {"offset": 480, "data": bytes(11)}, 2),
        ("set_input", {"offset": 0xFFFFFFFF, "data": b"xy"}, 2),
        ("baud", {"baud": 50}, 2),
    ],
)
def test_wrong_requests_are_refused(
    stub_elf: Path, kind: str, values: dict[str, Value], status: int
) -> None:
    firmware = Firmware(stub_elf)
    firmware.settle()
    (answer,) = firmware.send(kind, **values)
    assert answer.kind == "ack"
    assert answer.number("status") == status


def test_flash_must_be_erased_before_it_is_written() -> None:
    board = VirtualBoard(load_board("stm32f407"))
    board.write(FLASH, b"\x0f")
    board.write(FLASH, b"\x0e")  # clears one bit
    with pytest.raises(BoardError, match="not erased"):
        board.write(FLASH, b"\x1e")
    board.erase(FLASH, 1)
    assert board.read(FLASH, 1) == b"\xff"
    board.write(FLASH, b"\x1e")


@pytest.mark.parametrize(
    "access",
    [
        lambda board: board.read(0x60000000, 4),
        lambda board: board.write(0x0810_0000, b"x"),
        lambda board: board.read(FLASH + (1 << 20) - 2, 4),
        lambda board: board.erase(0x20000000, 4),
    ],
)
def test_memory_that_is_not_there_is_refused(access: Callable[[VirtualBoard], object]) -> None:
    with pytest.raises(BoardError, match="0x"):
        access(VirtualBoard(load_board("stm32f407")))


def test_an_erased_chip_runs_nothing() -> None:
    board = VirtualBoard(load_board("stm32f407"))
    board.reset()
    assert board.state is State.ERASED
    assert not board.may_run


def test_a_file_that_is_no_firmware_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.elf"
    path.write_bytes(b"\x7fELF and then nothing")
    with pytest.raises(BadInputFile, match=r"x\.elf cannot be read"):
        VirtualBoard(load_board("stm32f407")).load_elf(path)
