"""Every board file's firmware on its virtual board: start-up, clocks, serial port, counters, faults."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from elftools.elf.elffile import ELFFile

from engine.boards import BoardSpec, board_ids, load_board
from engine.code_places import CodePlaces
from engine.errors import DoesNotFit
from engine.firmware.toolchains import available_toolchains
from engine.virtual_board.board import State, VirtualBoard
from engine.virtual_board.serial_line import SerialLine
from tests.helpers.board_in_process import Firmware
from tests.helpers.stub_firmware import SLOW, build_stub, expected_output

TOOLCHAINS = [tools.name for tools in available_toolchains()]
DATA = bytes(range(200)) + bytes(290)


@pytest.fixture(scope="session", params=board_ids())
def spec(request: pytest.FixtureRequest) -> BoardSpec:
    return load_board(request.param)


@pytest.fixture(scope="session", params=TOOLCHAINS)
def elf(
    request: pytest.FixtureRequest, spec: BoardSpec, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp(f"{spec.id}-{request.param}")
    return build_stub(folder, board=spec.id, toolchain=request.param)


def test_it_starts_at_its_full_clock_and_answers_right(elf: Path, spec: BoardSpec) -> None:
    firmware = Firmware(elf, spec=spec)
    (hello,) = firmware.settle()
    assert hello.number("clock_hz") == spec.clock_hz == firmware.board.bus.rcc.core_hz
    assert hello.number("reset_cause") == 1
    assert hello.text("board_id") == spec.id
    assert firmware.board.state is State.ASLEEP
    assert firmware.infer(DATA) == expected_output(DATA)


def test_a_crystal_that_does_not_start_is_replaced(elf: Path, spec: BoardSpec) -> None:
    firmware = Firmware(elf, spec=msgspec.structs.replace(spec, crystal_hz=0))
    (hello,) = firmware.settle()
    clocks = firmware.board.bus.rcc
    expected_hz = spec.clock_hz if clocks.starts_from_oscillator else clocks.oscillator_hz
    assert hello.number("clock_hz") == expected_hz == clocks.core_hz


def test_a_pll_that_does_not_start_leaves_the_oscillator_before_it(elf: Path, spec: BoardSpec) -> None:
    firmware = Firmware(elf, spec=spec)
    clocks = firmware.board.bus.rcc
    read, locked = clocks.read, clocks.registers.locked_bit

    def never_locked(offset: int) -> int:
        value = read(offset)
        return value & ~(1 << locked) if offset == clocks.registers.control else value

    clocks.read = never_locked  # type: ignore[method-assign]
    (hello,) = firmware.settle()
    expected_hz = clocks.oscillator_hz if clocks.starts_from_oscillator else spec.crystal_hz
    assert hello.number("clock_hz") == expected_hz == clocks.core_hz
    assert firmware.infer(DATA) == expected_output(DATA)


def _slow_miss(board: VirtualBoard) -> int:
    """Cycles of a line that is not in the cache, where flash is a chip of its own; else 0."""
    return board.cpu.counter.flash_miss if board.spec.boot_block_bytes else 0


def test_cycles_are_right_beyond_24_bits(elf: Path, spec: BoardSpec) -> None:
    firmware = Firmware(elf, spec=spec)
    firmware.settle()
    data = bytes([SLOW]) + bytes(489)
    for offset in range(0, 490, 240):
        firmware.send("set_input", offset=offset, data=data[offset : offset + 240])
    frames = firmware.send("infer", flags=0)
    measured = next(frame.number("cycles") for frame in frames if frame.kind == "inference")
    exact = firmware.board.cpu.counter.invoke_cycles
    assert exact > 1 << 24
    # the call, and two reads of the counter
    assert exact <= measured <= exact + 150 + 12 * _slow_miss(firmware.board)


def test_a_free_inference_counts_the_interrupts_that_fall_into_it(elf: Path, spec: BoardSpec) -> None:
    """On a core that counts with a timer, interrupts must not disturb the count either."""
    firmware = Firmware(elf, spec=spec)
    firmware.settle()
    data = bytes([SLOW]) + bytes(489)
    for offset in range(0, 490, 240):
        firmware.send("set_input", offset=offset, data=data[offset : offset + 240])
    board = firmware.board
    firmware.start("run_freely", period_us=1)
    found = []
    for _ in range(2000):
        board.cpu.counter.receive(b"\0")
        board.run_slice()
        found += [f for f in firmware.received() if f.kind == "inference"]
        if found:
            break
    assert found[0].number("status") & 2  # interrupted
    exact = board.cpu.counter.invoke_cycles
    assert exact <= found[0].number("cycles") <= exact + 400 + 20 * _slow_miss(board)


def test_sleep_does_not_stop_the_microseconds(elf: Path, spec: BoardSpec) -> None:
    firmware = Firmware(elf, spec=spec)
    firmware.settle()
    board = firmware.board
    uptime = firmware.send("ask_stats")[-1].number("uptime_us")
    for _ in range(20):
        board.pass_time(board.sleep_seconds())
        firmware.settle()
    later = firmware.send("ask_stats")[-1].number("uptime_us")
    longest_us = min(90_000, (1 << 24) / spec.clock_hz * 1e6)  # SysTick has 24 bits
    assert later - uptime == pytest.approx(20 * longest_us, rel=0.01)


def test_a_reset_that_was_asked_for_is_told_as_such(elf: Path, spec: BoardSpec) -> None:
    firmware = Firmware(elf, spec=spec)
    firmware.settle()
    frames = firmware.send("reset")
    assert [frame.kind for frame in frames] == ["ack", "hello"]
    assert frames[1].number("reset_cause") == 3
    assert frames[1].number("clock_hz") == spec.clock_hz


def test_hello_tells_why_the_board_was_reset(elf: Path, spec: BoardSpec) -> None:
    firmware = Firmware(elf, spec=spec)
    firmware.settle()
    # these families have one flag for both: RM0432 6.4, RM0444 5.4.23, RP2040 Datasheet 2.12.8
    brown_out = 1 if spec.family in ("stm32l4", "stm32g0", "rp2040") else 5
    for cause, number in (("pin", 2), ("watchdog", 4), ("brown-out", brown_out), ("power-on", 1)):
        firmware.board.reset(cause)
        (hello,) = firmware.settle()
        assert hello.number("reset_cause") == number


def test_the_serial_port_has_the_rate_that_its_registers_say(elf: Path, spec: BoardSpec) -> None:
    firmware = Firmware(elf, spec=spec)
    firmware.settle()
    line = SerialLine(firmware.board.bus)
    for baud in (115_200, 460_800):
        if baud != 115_200:
            (answer,) = firmware.send("baud", baud=baud)
            assert answer.number("status") == 0
        assert firmware.board.bus.serial_baud() == pytest.approx(baud, rel=0.02)
        line.host_baud = baud
        assert line.to_board(DATA) == line.to_host(DATA) == DATA
        line.host_baud = baud * 2
        assert line.to_board(DATA) != DATA
        assert line.to_host(DATA) != DATA


# CFSR on Armv7-M; Armv6-M has none
FAULTS = {0: 1 << 15 | 1 << 9, 2: 1 << 16, 3: 1 << 25, 4: 1 << 10 | 1 << 12, 5: 1 << 8, 6: 1 << 10}


@pytest.mark.parametrize(("which", "cfsr"), FAULTS.items())
def test_planted_faults_are_reported(elf: Path, spec: BoardSpec, which: int, cfsr: int) -> None:
    if which == 3 and spec.core == "cortex-m0plus":
        pytest.skip("the core has no division")
    firmware = Firmware(elf, spec=spec)
    firmware.settle()
    fault = firmware.fault(which)
    assert fault.number("cause") == 3
    assert fault.number("cfsr") == (0 if spec.core == "cortex-m0plus" else cfsr)
    if which not in (4, 5):  # a stack that has left its memory keeps nothing; 5 jumped away
        flash = spec.region("code")
        assert flash.origin <= fault.number("pc") < flash.origin + 16384


def test_an_unaligned_load_is_reported_where_it_faults(elf: Path, spec: BoardSpec) -> None:
    firmware = Firmware(elf, spec=spec)
    firmware.settle()
    if spec.core != "cortex-m0plus":
        with pytest.raises(AssertionError, match="no fault"):
            firmware.fault(7)
        return
    fault = firmware.fault(7)
    assert fault.number("cause") == 3
    place = CodePlaces(elf).place(fault.number("pc"))
    assert place is not None
    assert place.function == "load_unaligned"


def test_both_forms_of_the_counter_count_the_same(elf: Path, spec: BoardSpec) -> None:
    found = set()
    for allow_compiled in (True, False):
        firmware = Firmware(elf, spec=spec, allow_compiled=allow_compiled)
        firmware.settle()
        assert firmware.infer(DATA) == expected_output(DATA)
        counter = firmware.board.cpu.counter
        found.add((counter.invoke_instructions, counter.invoke_cycles, counter.invoke_waits))
    assert len(found) == 1
    assert found.pop()[2] > 0  # caches are cold


def test_memory_that_never_waits_costs_fewer_cycles_for_the_same_instructions(
    elf: Path, spec: BoardSpec
) -> None:
    counts = []
    for wait_states in (True, False):
        firmware = Firmware(elf, spec=spec, wait_states=wait_states)
        firmware.settle()
        firmware.infer(DATA)
        counts.append(firmware.board.cpu.counter)
    with_waits, without = counts
    assert with_waits.invoke_instructions == without.invoke_instructions
    assert without.invoke_waits == 0
    assert with_waits.invoke_cycles == without.invoke_cycles + with_waits.invoke_waits


@pytest.mark.parametrize(
    ("board_id", "input_bytes", "memory"),
    [
        ("stm32f746", 20_000, "DTCM"),
        ("stm32f746", 62_000, "SRAM"),
        ("stm32h743", 100_000, "DTCM"),
        ("stm32h743", 200_000, "AXI_SRAM"),
    ],
)
def test_the_arena_is_beside_the_core_where_it_fits(
    tmp_path: Path, board_id: str, input_bytes: int, memory: str
) -> None:
    spec = load_board(board_id)
    elf = build_stub(tmp_path, input_bytes, board=board_id)
    with elf.open("rb") as stream:
        sections = {s.name: s["sh_addr"] for s in ELFFile(stream).iter_sections()}
    (region,) = (r for r in spec.regions if r.name == memory)
    assert region.origin <= sections[".arena"] < region.origin + region.size_bytes
    assert sections[".stack"] == spec.region("data").origin  # below it is nothing, so that it faults
    firmware = Firmware(elf, spec=spec)
    (hello,) = firmware.settle()
    assert hello.number("arena_bytes") == input_bytes + 16


def test_an_arena_for_which_no_memory_is_large_enough_is_refused_by_the_largest(tmp_path: Path) -> None:
    with pytest.raises(DoesNotFit, match="SRAM: needs 263 KB, STM32F746 Nucleo has 256 KB"):
        build_stub(tmp_path, 269_000, board="stm32f746")


def test_the_cycle_counter_of_a_cortex_m7_is_locked_until_it_is_unlocked() -> None:
    control, lock, key = 0xE0001000, 0xE0001FB0, 0xC5ACCE55
    for board_id, locked in (("stm32f407", False), ("stm32f746", True)):
        bus = VirtualBoard(load_board(board_id)).bus
        bus.write(control, 4, 1)
        assert bus.read(control, 4) == (0 if locked else 1)
        bus.write(lock, 4, key)
        bus.write(control, 4, 1)
        assert bus.read(control, 4) == 1


def test_a_cortex_m0plus_has_no_cycle_counter() -> None:
    bus = VirtualBoard(load_board("stm32g0b1")).bus
    bus.write(0xE0001000, 4, 1)
    assert bus.read(0xE0001000, 4) == 0
