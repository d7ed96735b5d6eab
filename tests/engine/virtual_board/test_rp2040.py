"""The RP2040: what its ROM checks, what the boot block sets up, and a clock of its own choice."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from engine.boards import load_board
from engine.code_places import CodePlaces
from engine.device.flash import read_image
from engine.firmware.build import boot_checksum
from engine.virtual_board import rp2040
from engine.virtual_board.board import State, VirtualBoard
from engine.virtual_board.waits import NO_WAITS, SerialFlash
from tests.helpers.board_in_process import Firmware
from tests.helpers.stub_firmware import build_stub, expected_output

PICO = load_board("rp2040")
FLASH = 0x1000_0000
DATA = bytes(range(200)) + bytes(290)


@pytest.fixture(scope="module")
def elf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_stub(tmp_path_factory.mktemp("pico"), board="rp2040")


@pytest.mark.parametrize("crc", [boot_checksum, rp2040.checksum])
def test_the_checksum_is_the_one_that_the_datasheet_describes(crc) -> None:  # type: ignore[no-untyped-def]
    assert crc(b"123456789") == 0x0376E6E7  # the published check value of CRC-32/MPEG-2


def test_the_image_begins_with_a_sealed_boot_block_and_then_the_vectors(elf: Path) -> None:
    image = read_image(elf)
    assert image.address == FLASH
    assert int.from_bytes(image.data[252:256], "little") == rp2040.checksum(image.data[:252])
    stack, start = (int.from_bytes(image.data[at : at + 4], "little") for at in (256, 260))
    assert 0x2000_0000 < stack < 0x2004_2000
    assert FLASH + 256 < start < FLASH + len(image.data)
    assert (elf.parent / "firmware.bin").read_bytes() == image.data


def test_the_size_that_the_board_tells_is_that_of_the_file(elf: Path) -> None:
    (hello,) = Firmware(elf, spec=PICO).settle()
    assert CodePlaces(elf).is_of("0123456789abcdef", hello.number("flash_bytes"))


def loaded(elf: Path) -> VirtualBoard:
    board = VirtualBoard(PICO)
    board.load_elf(elf)
    return board


def test_a_boot_block_with_a_wrong_checksum_starts_nothing(elf: Path) -> None:
    board = loaded(elf)
    board.cpu.engine.mem_write(FLASH + 100, b"\0")
    board.reset()
    assert board.state is State.ERASED


def test_a_boot_block_that_leaves_the_flash_as_it_is_cannot_go_on_there(elf: Path) -> None:
    """ldr r0, =0x10000100; ldr r0, [r0]: a read in place, without the interface set up."""
    board = loaded(elf)
    block = bytes.fromhex("0048 0068 00010010").ljust(252, b"\0")
    board.cpu.engine.mem_write(FLASH, block + rp2040.checksum(block).to_bytes(4, "little"))
    board.reset()
    for _ in range(3):
        board.run_slice()
    assert board.cpu.exceptions.active == [3]


def test_the_boot_block_switches_four_lines_on_in_a_flash_that_has_them_off(elf: Path) -> None:
    firmware = Firmware(elf, spec=PICO)
    (flash,) = (d for d in firmware.board.bus.devices if isinstance(d, rp2040.FlashInterface))
    flash.quad_enabled = False
    firmware.board.reset()
    assert [frame.kind for frame in firmware.settle()] == ["hello"]
    assert flash.quad_enabled


def test_another_clock_is_a_matter_of_the_board_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast = msgspec.structs.replace(PICO, clock_hz=133_000_000)
    monkeypatch.setattr("tests.helpers.stub_firmware.load_board", lambda _: fast)
    firmware = Firmware(build_stub(tmp_path, board="rp2040"), spec=fast)
    (hello,) = firmware.settle()
    assert hello.number("clock_hz") == 133_000_000 == firmware.board.bus.rcc.core_hz
    assert firmware.infer(DATA) == expected_output(DATA)


def test_a_miss_costs_the_clocks_of_its_transfer() -> None:
    control, timing = SerialFlash(), PICO.memory_timing
    registers = {0x1800_0008: 0, 0x1800_0014: 2, 0x1800_00F4: 8 << 2 | 4 << 11}
    assert control.waits(registers.__getitem__, timing) == NO_WAITS
    registers[0x1800_0008] = 1
    waits = control.waits(registers.__getitem__, timing)
    # 8 nibbles of address and mode, 4 clocks of waiting, 16 nibbles of data, at half the core's clock
    assert waits.flash_miss == PICO.flash_wait_states + timing.flash_extra_cycles == 2 * (8 + 4 + 16) + 8
    assert waits.one_cache


def test_both_forms_of_the_counter_share_one_cache(elf: Path) -> None:
    """Code that was just executed is not fetched again as data."""
    counts = []
    for allow_compiled in (True, False):
        firmware = Firmware(elf, spec=PICO, allow_compiled=allow_compiled)
        firmware.settle()
        firmware.infer(DATA)
        counts.append(firmware.board.cpu.counter.invoke_waits)
    assert counts[0] == counts[1]
    assert counts[0] % (2 * 28 + 8) == 0
